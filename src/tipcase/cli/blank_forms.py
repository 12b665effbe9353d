"""Blank forms for pen and paper: of no case, without a key, in no journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tipcase.cli.pages import pages
from tipcase.cli.press import Press
from tipcase.errors import NotFoundError, UsageError
from tipcase.output import Result

FRONT = "blank"


def blanks(press: Press) -> Result:
    """Print the forms that are named, or all, empty."""
    from tipcase import terminal
    from tipcase.cli.printing import to_output

    wishes, codes = press.wishes, _codes(press)
    if wishes.out is None and not wishes.dry_run:
        if len(codes) > 1:
            raise UsageError("several forms go into a folder", "give --out DIR")
        text = to_output(press.write([press.fill(codes[0])]), wishes.format)
        return Result(text=text)
    out = wishes.out or Path()
    names = {code: press.name(FRONT, code) for code in codes}
    if wishes.bundle:
        names = dict.fromkeys(codes, press.name(FRONT))
    if not wishes.dry_run:
        with pages(out) as held, terminal.progress("printing", len(codes)) as step:
            if wishes.bundle:
                held.hold(names[codes[0]], press.write([press.fill(code) for code in codes]))
            for code in () if wishes.bundle else codes:
                held.hold(names[code], press.write([press.fill(code)]))
                step()
    paths = [str(out / name) for name in dict.fromkeys(names.values())]
    rows: list[dict[str, Any]] = [
        {"form": code, "lang": press.lang, "file": str(out / name) if wishes.out else None}
        for code, name in names.items()
    ]
    return Result(
        data={"case": None, "cases": [], "forms": rows, "written": not wishes.dry_run},
        text=() if wishes.dry_run else tuple(paths),
        talk=("nothing was written",) if wishes.dry_run else (),
    )


def _codes(press: Press) -> tuple[str, ...]:
    from tipcase import forms

    every, words = forms.codes(press.edition), press.wishes.words
    if press.wishes.every_form:
        if words:
            raise UsageError("--all stands for every form", "leave out the codes, or --all")
        return every
    if not words:
        raise UsageError("no form is named", f"give --all, or some of: {', '.join(every)}")
    if not all(map(press.is_code, words)):
        raise NotFoundError("there is no such form", f"the forms are {', '.join(every)}")
    return press.codes(words)
