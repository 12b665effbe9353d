"""What ``form`` tells of the sheets that it printed; never what a record says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tipcase.casebook.prints import Kept
    from tipcase.forms import Document


@dataclass(frozen=True)
class Sheet:
    """One printed sheet: of which case and record, where it went, what it leaves out and why."""

    case: str | None
    form: str
    lang: str
    record: str | None
    file: Path | None
    leaves: bool
    plain: bool
    missing: tuple[str, ...]
    withheld: bool
    unconsented: tuple[str, ...]
    disputed: tuple[str, ...]
    newer: str | None
    unshown: tuple[str, ...]
    glyphs: tuple[str, ...]
    kept: Kept | None = None

    def with_copy(self, kept: Kept | None) -> Sheet:
        """The sheet, with where its copy stands."""
        return replace(self, kept=kept)

    def row(self) -> dict[str, Any]:
        """The sheet as JSON."""
        kept = self.kept
        return {
            "case": self.case,
            "form": self.form,
            "lang": self.lang,
            "record": self.record,
            "file": str(self.file) if self.file else None,
            "kept": kept and {"record": kept.record, "attachment": kept.attachment},
            "leaves": self.leaves,
            "plain": self.plain,
            "missing": list(self.missing),
            "withheld": self.withheld,
            "unconsented": list(self.unconsented),
            "disputed": list(self.disputed),
            "newer": self.newer,
            "unshown": list(self.unshown),
            "glyphs": list(self.glyphs),
        }


def sheet(
    document: Document, case: str | None, file: Path | None, glyphs: Sequence[str] = ()
) -> Sheet:
    """What is told of a document."""
    return Sheet(
        case,
        document.form,
        document.lang,
        document.record,
        file,
        document.sheet.leaves,
        document.sheet.plain,
        document.missing,
        document.withheld,
        document.unconsented,
        document.disputed,
        document.newer,
        document.unshown,
        tuple(glyphs),
    )


def talk(sheets: Sequence[Sheet], *, to_whom: bool) -> Iterator[str]:
    """A line for everything that a sheet leaves blank or leaves out; cases where there are some."""
    several = len({one.case for one in sheets}) > 1
    for one in sheets:
        name = f"{one.case} {one.form}" if several else one.form
        yield from (f"{name} {line}" for line in _about(one))
        if one.leaves and not to_whom and one.case is not None:
            yield f"{name} leaves the office: --to says who gets it, sealed"
        if one.kept is not None:
            yield f"{name} is kept: attachment {one.kept.attachment} of {one.kept.record}"


def _about(one: Sheet) -> Iterator[str]:
    if one.case is not None and one.missing:
        yield f"has blanks: {', '.join(one.missing)}"
    if one.newer:
        yield f"leaves out a newer record: {one.newer} (--record prints it)"
    if one.withheld:
        yield "leaves out what is restricted: --include-restricted prints what you may open"
    if one.unconsented:
        yield f"leaves out what no consent covers: {', '.join(one.unconsented)}"
    if one.disputed:
        yield f"prints one side of an open conflict: {', '.join(one.disputed)} (tipcase resolve)"
    if one.unshown:
        yield f"cannot show a picture of: {', '.join(one.unshown)}"
    if one.glyphs:
        yield f"has characters that no packaged font has: {', '.join(one.glyphs)}"


def plaintext(paths: Sequence[Path], folder: Path | None) -> Iterator[str]:
    """That files stand in the clear, and what to do with them."""
    if len(paths) == 1:
        yield f"plaintext: {paths[0]}; print it, then delete it"
    elif paths:
        yield f"plaintext: {len(paths)} files in {folder}; print them, then delete them"
