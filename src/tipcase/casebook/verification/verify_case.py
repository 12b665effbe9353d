"""The part of ``verify`` that looks at one case (or at the provider's folder)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tipcase import files
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.change import case_yaml
from tipcase.casebook.naming import parse_record_file, records
from tipcase.casebook.verification import strangers, verdict
from tipcase.casebook.verification.strangers import Tree
from tipcase.casebook.verification.verdict import Checked, Damage, Verdict
from tipcase.casebook.wraps import ORDINARY, RESTRICTED, wrap_path
from tipcase.errors import NotFoundError, TipcaseError
from tipcase.journal.entry import Signed
from tipcase.journal.tally import Version

# What a merge brought and nobody vouches for stands under its own hash.
_ASIDE = re.compile(r"aside/([0-9a-f]{64})\.age\Z")


def look(book: Book, case_id: str) -> Checked:
    """Everything about a case; each of its files is read once."""
    try:
        case = Case(book, case_id)
    except NotFoundError:
        return _only(case_id, "the folder of the case is not there")
    except TipcaseError as error:
        return _only(case_id, error.sentence)
    damage: list[str] = []
    apart: list[Damage] = []
    warnings: list[str] = []
    counted: tuple[Signed, ...] = ()
    # After the journals, so that whatever they name is there, or its temporary file is seen.
    tree = strangers.tree(case.place.root)
    entries = [signed for lines in case.lines for signed in lines.entries]
    damage += case.damage
    damage += verdict.cut(f"the journal of {case_id}", case.pins, entries)
    damage += verdict.missing(entries)
    warnings += verdict.unfinished(case.lines)
    with verdict.noted(damage):
        counted = case.rest.entries
        damage += [problem.text for problem in case.rest.problems if problem.damage]
        warnings += [problem.text for problem in case.rest.problems if not problem.damage]
        warnings += keys_warnings(case)
        apart += _apart(case)
        waiting = _pending_names(tree)
        damage += [*_records(case, waiting), *_wraps(case, waiting), *_head(case)]
    if not counted:
        damage += strangers.sentences(tree, set(tree.files))
    else:
        damage += strangers.sentences(tree, _known(case, tree))
        wrong, kept = _aside(case, tree)
        damage += wrong
        warnings += kept
    warnings += verdict.pending(tree.files)
    row = None if damage or apart else case.remember()
    return Checked(
        Verdict(case_id, (*verdict.torn(damage), *apart), tuple(warnings)),
        verdict.links(counted),
        verdict.links(verdict.others(entries, counted)),
        row=row,
        ids=frozenset(signed.id for signed in entries) if row else frozenset(),
        converted=bool(case.damage) and verdict.converted(case.place),
    )


def keys_warnings(case: Case) -> Iterator[str]:
    """Who of the team cannot open what is written now, and keys that somebody outside opens."""
    for handle, kind in case.rest.left_out:
        yield (
            f"the newest {kind} key of {case.id} leaves {handle} out: "
            f"tipcase grant {case.id} {handle}"
        )
    for kind in (ORDINARY, RESTRICTED):
        if case.rest.sealing_of(kind) is None:
            yield (
                f"every {kind} key of {case.id} is open to somebody outside its team: nothing is "
                f"written until somebody who holds it types tipcase rekey {case.id}"
            )


def _only(case_id: str, text: str) -> Checked:
    return Checked(Verdict(case_id, verdict.torn([text]), ()))


def _apart(case: Case) -> Iterator[Damage]:
    """The paths with versions that were written apart."""
    for path, versions in case.rest.current.items():
        if len(versions) > 1:
            text = f"{path} has two versions that were written apart: tipcase merge joins them"
            yield Damage(text, "apart")


def _records(case: Case, waiting: set[str]) -> Iterator[str]:
    """Every path must hold its current version."""
    own = {path for path, _, _ in records(case.rest.current, case.number)}
    for path, versions in case.rest.current.items():
        if parse_record_file(path) and path not in own:
            yield f"{path}, by {versions[-1].signer}, takes the name of another record: never read"
        if len(versions) > 1:
            continue
        try:
            _check(case, path, versions[0], waiting)
        except NotFoundError:
            yield f"{path} has no version that counts"
        except TipcaseError as error:
            yield error.sentence


def _pending_names(tree: Tree) -> set[str]:
    """The names of temporary files that stand in a tree."""
    return {name for path in tree.files if files.is_pending(name := path.rpartition("/")[2])}


def _check(case: Case, path: str, version: Version, waiting: set[str]) -> None:
    """Hash the file of a path in constant memory; raises as ``Case.believed`` does."""
    target = case.place.root / path
    candidates = [target]
    if waiting:
        temporary = files.pending_path(target, version.sha256)
        candidates = [temporary, target] if temporary.name in waiting else candidates
    digest = None
    for candidate in candidates:
        try:
            digest = files.hash_of(candidate, f"read {path}")
        except NotFoundError:
            continue
        if digest == version.sha256:
            return
    raise case.disbelief(path, digest)


def _wraps(case: Case, waiting: set[str]) -> Iterator[str]:
    """Every signed wrap must be there, with a hash that was signed."""
    for (generation, handle, kind), hashes in sorted(case.rest.wraps.items()):
        path = wrap_path(generation, handle, kind)
        target = case.place.root / path
        later = [files.pending_path(target, digest) for digest in sorted(hashes)]
        for candidate in (target, *(item for item in later if item.name in waiting)):
            try:
                good = files.hash_of(candidate, f"read {path}") in hashes
            except NotFoundError:
                continue
            except TipcaseError as error:
                yield error.sentence
                break
            if not good:
                yield f"{path} is not the key that the journal names"
            break
        else:
            yield f"{path} is gone"


def _head(case: Case) -> Iterator[str]:
    root = case.place.root
    for path in verdict.not_derived(root, {"case.yaml": case_yaml(case.id)}):
        yield verdict.marked(root, path) or f"{path} is not what the journals say"


def _known(case: Case, tree: Tree) -> set[str]:
    """The files that have a place in the folder of a case."""
    known = {"case.yaml", ".lock", *case.rest.current}
    known |= {wrap_path(*key) for key in case.rest.wraps}
    known |= {f"journal/{lines.signer}.journal" for lines in case.lines}
    return known | {path for path in tree.files if _ASIDE.match(path)}


def unnamed(case: Case) -> list[str]:
    """The plain files in the folder of a case that nothing names, by path."""
    tree = strangers.tree(case.place.root)
    known = _known(case, tree)
    return [
        path
        for path in tree.files
        if path not in known and not files.is_pending(path.rpartition("/")[2])
    ]


def _aside(case: Case, tree: Tree) -> tuple[list[str], list[str]]:
    """Damage and warnings about what stands in ``aside/`` and no entry names."""
    damage, warnings = [], []
    for path in tree.files:
        named = _ASIDE.match(path)
        if named is None or path in case.rest.current:
            continue
        try:
            genuine = files.hash_of(case.place.root / path, f"read {path}") == named.group(1)
        except TipcaseError:
            genuine = False
        if genuine:
            warnings.append(
                f"{path}: a merge brought it and nobody vouches for it: "
                f"tipcase adopt {case.id} --list"
            )
        else:
            damage.append(f"{path} has not the hash that is its name")
    return damage, warnings
