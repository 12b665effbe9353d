"""``merge``: what git joined or could not join, made into one casebook again.

It works from the journals; git's index only tells what git waits for. In order: journals are made
whole, what admins sign is put in force, files that are derived are made anew, and in every case the
bytes that the journal believes come back, what nobody vouches for goes to ``aside/``, and versions
that were written apart become one, field by field, with a signed entry. Then git is told. Each step
can be repeated, so that after a crash the next run finishes.

Somebody who may not sign in a case (who left its team, or has no key at all) does all of it but the
joining: both versions stay current then, and a member's next run finds their bytes in git.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tipcase import files
from tipcase.casebook import change, derived, writing
from tipcase.casebook.backup.inventory import is_ours
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.merge import apart, aside, heads, joining, objects
from tipcase.casebook.merge.mergereport import Left, Report, Step
from tipcase.casebook.place import JOURNAL_SUFFIX, hash_at
from tipcase.casebook.reencrypt import name_of
from tipcase.casebook.verification import gitstate
from tipcase.casebook.wraps import wrap_path
from tipcase.errors import ConflictError, DamagedError, NoKeyError, NotFoundError, TipcaseError
from tipcase.git import joins
from tipcase.journal.names import PROVIDER, STAFF
from tipcase.keyring.person import Person

Asked = Callable[[], Person]
# The cases to look at; None for all of them.
Cases = Collection[str] | None


def merge(
    root: Path, home: Path, person: Asked, time: str, cases: Cases = None, *, dry_run: bool = False
) -> Report:
    """Make one casebook of what git joined: the staff, and all cases or those named.

    ``person`` gives whoever signs; it is asked only where something has to be signed. With
    ``dry_run`` nothing is written: the report says what would be done.
    """
    return _Merge(root, home, person, time, cases, dry_run).run()


class _Merge:
    """One run."""

    def __init__(
        self, root: Path, home: Path, person: Asked, time: str, cases: Cases, dry_run: bool
    ) -> None:
        self.root = root
        self.home = home
        self.objects = objects.Objects(root)
        self.report = Report()
        self._person = person
        self._time = time
        self._cases = cases
        self._dry = dry_run
        # Every file that the journals name, in the casebook.
        self._named: set[str] = set()

    def run(self) -> Report:
        """Everything, in the order of the module's docstring."""
        if self.objects.here:
            gitstate.refuse_filters(self.root)
            self.report.waiting = joins.waiting(self.root)
        book = Book(self.root, self.home)
        self._journals(book, STAFF)
        book = Book(self.root, self.home)
        with self._reporting(STAFF):
            self._staff(book)
        book = Book(self.root, self.home)
        # Where the staff journal itself is damaged nobody can say who may have written anything.
        book.check()
        for case in (PROVIDER, *book.all_case_ids()):
            if not self._is_meant(case):
                continue
            with self._reporting(case):
                self._journals(book, case)
                self._case(book, case)
        self._tell_git()
        return self.report

    def _is_meant(self, case: str) -> bool:
        """Whether this run is to look at a case; at the staff it always looks."""
        return self._cases is None or case == STAFF or case in self._cases

    @contextlib.contextmanager
    def _reporting(self, case: str) -> Iterator[None]:
        """What cannot be done in one case does not keep the others from being done."""
        try:
            yield
        except TipcaseError as error:
            if error.exit_code in (8, 10):
                raise  # nobody can be asked, or the machine refuses: so it would for every case
            self.report.left.append(Left(case, error))

    def _did(self, case: str, name: str, done: str, *paths: Path) -> None:
        self.report.steps.append(Step(case, name, done))
        self.report.paths |= {path.relative_to(self.root).as_posix() for path in paths}

    # -- journals and staff --

    def _journals(self, book: Book, case: str) -> None:
        place = book.staff if case == STAFF else book.place(case)
        if not files.is_plain_folder(place.root):
            return
        found = joining.look(book, place, self.objects)
        if found.journals and not self._dry:
            with writing.locked(place):
                # Somebody may have written meanwhile: what is put there is made of what is there.
                found = joining.look(book, place, self.objects)
                joining.write(found)
        for path in found.paths(book):
            self._did(case, path.rpartition("/")[2], "joined", self.root / path)

    def _staff(self, book: Book) -> None:
        for step in heads.settle(book, self.objects, self._person, self._time, dry_run=self._dry):
            if step.path is not None:
                self._did(STAFF, step.path, step.done, self.root / step.path)
            self.report.warnings += step.warnings
        book = Book(self.root, self.home)
        for path, data in derived.files_of(book.roster).items():
            self._derived(STAFF, self.root / path, data)
        for name, data in heads.GIT_FILES.items():
            if name in self.objects.unmerged:
                self._derived(STAFF, self.root / name, data)

    def _derived(self, case: str, target: Path, data: bytes) -> None:
        try:
            good = files.read(target) == data
        except (NotFoundError, DamagedError):
            good = False
        if not good:
            if not self._dry:
                with files.refusals("write what follows from the journals"):
                    files.replace(target, data, 0o644)
            self._did(case, target.name, "rebuilt", target)

    # -- a case --

    def _case(self, book: Book, case_id: str) -> None:
        case = Case(book, case_id)
        with self._locked(case):
            # Somebody may have written since, and nobody does from here on.
            case = Case(book, case_id)
            torn = [path for path, found in case.fold.current.items() if len(found) > 1]
            if torn:
                # Within a rebase the keys can be still to come, and joining needs them.
                self._keys(case)
            else:
                self._put_whole(case)
        if torn:
            with self._reporting(case_id):
                self._join(book, case_id, torn)
            with self._locked(case):
                case = Case(book, case_id)
                self._put_whole(case)
        self._derived(case_id, case.place.root / "case.yaml", change.case_yaml(case_id))
        self.report.warnings += [
            f"{case_id}: {problem.text}" for problem in case.fold.problems if not problem.damage
        ]

    def _locked(self, case: Case) -> contextlib.AbstractContextManager[None]:
        """The lock of a case that is there, where something may be written."""
        return contextlib.nullcontext() if self._dry else writing.locked(case.place)

    def _put_whole(self, case: Case) -> None:
        """Finish what a crash cut short, and let the files be those that the journals believe."""
        if self._dry:
            self._restore(case)
            return
        with files.refusals("mend an unfinished write"):
            writing.mend_files(case.place, case.pending())
            self._restore(case)
            gone = aside.tidy(case)
        self.report.paths |= {path.relative_to(self.root).as_posix() for path in gone}

    def _join(self, book: Book, case_id: str, torn: Sequence[str]) -> None:
        """Make one version of each record that has several, with one signed entry."""
        person = self._signer(book, case_id, torn)
        with change.editing(book, case_id, person, "merge") as case:
            new, told = {}, []
            for path, found in case.fold.current.items():
                if len(found) < 2:
                    continue
                with self._reporting(case_id):
                    joined = apart.join(case, path, self._fetch(case, path), person)
                    # What stands on disk is one of the versions, or what git put in their place.
                    on_disk = hash_at(case.place.root / path)
                    new[path] = replace(joined.new, found=on_disk or found[0].sha256)
                    fields = tuple(conflict.field for conflict in joined.conflicts)
                    told.append(Step(case_id, joined.record, "merged", fields))
            if new and not self._dry:
                change.commit(case, "merge", {}, new, person, self._time)
            self.report.steps += told
            self.report.paths |= {self._path(case, path) for path in new}
            journal = case.place.journal_file(person.handle)
            if new:
                self.report.paths.add(journal.relative_to(self.root).as_posix())

    def _signer(self, book: Book, case_id: str, torn: Sequence[str]) -> Person:
        try:
            person = self._person()
        except NoKeyError as error:
            raise NoKeyError(
                f"{len(torn)} records of {case_id} have two versions: no key here may join them",
                error.hint,
            ) from None
        if person.handle not in Case(book, case_id).fold.team:
            raise ConflictError(
                f"{len(torn)} records of {case_id} have two versions, and both are kept: "
                f"{person.handle} is not on the team",
                f"somebody of the team joins them: tipcase merge (tipcase log {case_id})",
            )
        return person

    def _fetch(self, case: Case, path: str) -> Callable[[str], bytes | None]:
        inside = self._path(case, path)

        def fetch(digest: str) -> bytes | None:
            waiting = aside.path_of(case, digest)
            with contextlib.suppress(NotFoundError):
                data = files.read(waiting)
                if files.sha256(data) == digest:
                    return data
            return self.objects.find(inside, digest)

        return fetch

    def _path(self, case: Case, path: str) -> str:
        return (case.place.root / path).relative_to(self.root).as_posix()

    # -- what stands on disk --

    def _keys(self, case: Case) -> None:
        """Bring back the wraps that the journal signs."""
        for key, found in sorted(case.fold.wraps.items()):
            with self._reporting(case.id):
                self._put_right(case, wrap_path(*key), sorted(found), set(), now=True)

    def _restore(self, case: Case) -> None:
        """Bring back what the journal believes; lay aside what waits for somebody to adopt it."""
        waits = {digest for s in aside.set_aside(case) for _, digest in aside.versions(s)}
        expected = {
            path: [version.sha256 for version in found] for path, found in case.fold.current.items()
        }
        expected |= {wrap_path(*key): sorted(found) for key, found in case.fold.wraps.items()}
        self._named |= {self._path(case, path) for path in expected}
        for path, digests in sorted(expected.items()):
            with self._reporting(case.id):
                self._put_right(case, path, digests, waits)
        for path in sorted(aside.others(case) - expected.keys()):
            digest = hash_at(case.place.root / path)
            if digest in waits:
                target = case.place.root / path
                if not self._dry:
                    aside.lay(case, target, digest)
                self._did(case.id, name_of(path), "set aside", target, aside.path_of(case, digest))

    def _put_right(
        self,
        case: Case,
        path: str,
        digests: Sequence[str],
        waits: set[str],
        *,
        now: bool = False,
    ) -> None:
        target = case.place.root / path
        on_disk = hash_at(target)
        if on_disk in digests or (not now and self._comes_later(case, path, on_disk)):
            self._solved(case, path)
            return
        found = (self._fetch(case, path)(digest) for digest in digests)
        data = next((item for item in found if item is not None), None)
        if data is None:
            raise DamagedError(
                f"the believed bytes of {path} of {case.id} are not here",
                "get them from a colleague: git fetch --all, then tipcase merge",
            )
        if on_disk in waits:
            if not self._dry:
                aside.lay(case, target, str(on_disk))
            self._did(case.id, name_of(path), "set aside", aside.path_of(case, str(on_disk)))
        elif on_disk is not None and not self._is_kept(case, path, target, on_disk):
            raise DamagedError(
                f"{path} of {case.id} is not what its journal names, and git has no copy of it",
                "move the file out of the casebook, then run tipcase merge",
            )
        if not self._dry:
            writing.make_folder(case.place, target.parent)
            files.replace(target, data)
        self._did(case.id, name_of(path), "restored", target)

    def _comes_later(self, case: Case, path: str, on_disk: str | None) -> bool:
        """Whether a file is not there because a commit that git has yet to replay brings it."""
        return (
            on_disk is None
            and self.report.waiting in ("rebase", "cherry-pick", "revert")
            and self._path(case, path) not in self.objects.unmerged
        )

    def _is_kept(self, case: Case, path: str, target: Path, digest: str) -> bool:
        return digest in case.fold.past.get(path, ()) or self.objects.holds(target)

    def _solved(self, case: Case, path: str) -> None:
        if self._path(case, path) in self.objects.unmerged:
            self.report.paths.add(self._path(case, path))

    # -- git --

    def _tell_git(self) -> None:
        """Mark as joined what is, and count what is none of ours."""
        unmerged = set(self.objects.unmerged)
        ours = {path for path in unmerged if is_ours(path)}
        self.report.foreign = len(unmerged - ours)
        # A conflict waits for people, and no key for somebody else: git need not wait with them.
        bad = {item.case for item in self.report.left if item.error.exit_code not in (5, 6)}
        self.report.paths = {path for path in self.report.paths if joining.case_of(path) not in bad}
        done = {path for path in ours if joining.case_of(path) not in bad}
        if self._dry or not self.objects.here:
            return
        # What an earlier run did that was cut off is told to git by this one.
        for path in joins.changed(self.root):
            case = joining.case_of(path)
            if is_ours(path) and case not in bad and self._is_meant(case) and self._is_known(path):
                self.report.paths.add(path)
        if self.report.waiting or unmerged:
            objects.stage(self.root, self.report.paths | done)

    def _is_known(self, path: str) -> bool:
        """Whether a file that git has not as it stands is right so."""
        target = self.root / path
        if path.endswith(JOURNAL_SUFFIX) or path in self._named or not target.exists():
            return True
        if f"/{aside.FOLDER}/" in path:
            return hash_at(target) == target.name.removesuffix(aside.SUFFIX)
        return target.name == "case.yaml" or path in (derived.ROSTER, derived.SIGNERS)
