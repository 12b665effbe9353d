"""Open conflicts told to people, and what they choose put into the record.

Findings, sentences and lists name fields, people and times. What was written shows only where
somebody asked for it, below the record itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tipcase import documents
from tipcase.casebook.merge import conflicts
from tipcase.casebook.merge.conflicts import Conflict
from tipcase.casebook.naming import parse_record_file, record_name
from tipcase.errors import ConflictError, NotFoundError, UsageError

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.keyring.person import Person
    from tipcase.law import Disputed, Dossier, Finding

# What a line of ``show`` begins with that tells of a conflict. Taken out again when somebody hands
# back what was shown, so that a choice which was not made does not stay as a remark for ever.
MARK = "#="
# What would end a line, or turn its direction, without being seen; JSON escapes the others.
_UNSEEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


# -- choosing --


def choice(one: Conflict, word: str, standing: Any) -> Any:
    """The value that somebody chose by its number, 0 for what stands now, or by who wrote it."""
    if word.isascii() and word.isdigit() and len(word) < 4:
        number = int(word)
        if number == 0:
            return standing
        if number <= len(one.values):
            return one.values[number - 1].value
    by_them = [said.value for said in one.values if said.by == word]
    if len(by_them) > 1:
        raise UsageError(
            f"several values of {_shown(one.field)} are by the same person", "choose by the number"
        )
    if not by_them:
        raise NotFoundError(
            f"{_shown(one.field)} has no such choice",
            f"1 to {len(one.values)}, 0 for what stands there now, or the handle of who wrote it",
        )
    return by_them[0]


def settle(tree: Any, path: str, value: Any) -> None:
    """Put a chosen value at a conflict's path in a document, or take the field out (``ABSENT``)."""
    *above, last = conflicts.steps_of(path)
    node = tree
    for step in above:
        below = conflicts.at(node, [step])
        if below is conflicts.ABSENT and value is conflicts.ABSENT:
            return
        if below is conflicts.ABSENT and isinstance(node, dict):
            below = node[step] = documents.Mapping()
        node = below
    if isinstance(node, dict):
        node.pop(last, None)
        if value is not conflicts.ABSENT:
            node[last] = _written_out(value)
    elif isinstance(node, list):
        ids = [item.get("id") if isinstance(item, dict) else None for item in node]
        place = ids.index(last) if last in ids else len(node)
        node[place : place + 1] = [] if value is conflicts.ABSENT else [_written_out(value)]
    else:
        raise ConflictError(
            f"what {_shown(path)} stood in is something else now", "keep what stands there: 0"
        )


def _written_out(value: Any) -> Any:
    """A value as a document has it; its texts are no plain words that could mean nothing (null)."""
    if isinstance(value, dict):
        return documents.Mapping((key, _written_out(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return documents.Sequence(_written_out(inner) for inner in value)
    return documents.Scalar(value, False) if isinstance(value, str) else value


# -- told to people --


def disputed(open_: Sequence[Conflict]) -> tuple[Disputed, ...]:
    """Open conflicts as judgements know them: fields, people and times, no values."""
    if not open_:
        return ()
    from tipcase.law import Disputed

    return tuple(
        Disputed(_shown(one.field), tuple((said.by, said.time) for said in one.values))
        for one in open_
    )


def findings(dossier: Dossier) -> tuple[Finding, ...]:
    """A finding that blocks for each open conflict of a case."""
    from tipcase.law import Finding, Text

    return tuple(
        Finding(
            case=dossier.case,
            record=record.name,
            field=one.field,
            provision="",
            severity="blocks",
            message=Text(
                "people wrote this apart from each other, and nobody has chosen yet",
                "មនុស្សបានសរសេរចន្លោះនេះខុសគ្នា ហើយមិនទាន់មានអ្នកណាជ្រើសរើសទេ",
            ),
            rule="conflict",
            hint=Text(
                f"see both: tipcase show {dossier.case} {record.name}; "
                f"choose: tipcase resolve {dossier.case} {record.name}",
                f"មើលទាំងពីរ៖ tipcase show {dossier.case} {record.name}; "
                f"ជ្រើសរើស៖ tipcase resolve {dossier.case} {record.name}",
            ),
        )
        for record in dossier.records
        for one in record.disputed
    )


def refuse_open(dossier: Dossier) -> None:
    """Raise ``ConflictError`` where a record of the case holds an open conflict."""
    names = [f"{r.name}.{one.field}" for r in dossier.records for one in r.disputed]
    if names:
        first = next(record.name for record in dossier.records if record.disputed)
        raise ConflictError(
            f"{dossier.case} has open conflicts: {', '.join(names)}",
            f"see them: tipcase show {dossier.case} {first}; "
            f"choose: tipcase resolve {dossier.case} {first}",
        )


def unseen(case: Case, dossier: Dossier) -> tuple[str, ...]:
    """The records that a merge wrote last and that are closed to the reader of the dossier.

    Whether such a record holds an open conflict stands in it: only who can open it knows.
    """
    joined = {
        (file.path, file.sha256)
        for signed in case.fold.entries
        if signed.entry.op == "merge"
        for file in signed.entry.files
    }
    read = {(record.type, record.tag) for record in dossier.records}
    return tuple(
        record_name(kind, tag)
        for path, kind, tag in case.paths()
        if (kind, tag) not in read
        and any((path, version.sha256) in joined for version in case.fold.current[path])
    )


def told(open_: Sequence[Conflict], command: str) -> tuple[str, ...]:
    """Lines for below a record: each conflict with its values, numbered, by whom and when.

    ``command`` is what settles them, if that is to be said. The lines are YAML
    comments that ``intake`` takes out again.
    """
    lines = []
    for one in open_:
        lines.append(f"{MARK} in conflict: {_shown(one.field)}")
        lines += [
            f"{MARK}   {number}  {said.by}  {said.time}  {in_a_line(said.value)}"
            for number, said in enumerate(one.values, 1)
        ]
    if open_ and command:
        lines.append(f"{MARK} choose: {command} {_shown(open_[0].field)}=1")
    return tuple(lines)


def below(case: Case, path: str, person: Person) -> str:
    """What stands below a record for whoever edits it: its open conflicts, or nothing."""
    kind, tag = parse_record_file(path) or (path, None)
    command = f"tipcase resolve {case.id} {record_name(kind, tag)}"
    lines = told(case.read(path, person).header.conflicts, command)
    return "".join(f"{line}\n" for line in lines)


def as_json(open_: Sequence[Conflict]) -> list[dict[str, Any]]:
    """Conflicts with their values, as ``show --json`` has them: as in the head of the record."""
    return conflicts.written(open_)


def in_a_line(value: Any) -> str:
    """A value on one line, whatever it holds."""
    import json

    if value is conflicts.ABSENT:
        return "left out"
    text = json.dumps(value, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _shown(path: str) -> str:
    """A path for a message; a step that is surely no name of ours shows as ``…``."""
    return documents.spelled(conflicts.steps_of(path))
