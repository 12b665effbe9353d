"""Makes the tables of docs/ that follow from the code: ``python docs/make_docs.py`` writes them.

A table stands between ``<!-- made: NAME -->`` and ``<!-- end -->``; what is between is replaced.
``tests/docs/test_make_docs.py`` fails when a page is not as this would write it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
_PLACE = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# Which exit codes a command gives besides those that any command may (see commands.md).
EXITS = {
    "keygen": "5: an identity of this handle is there",
    "init": "4: no such edition · 5: the folder is not empty, or the sheet is there · "
    "7: the edition cannot be read · 10: git refused, or the sheet cannot be written (the casebook "
    "stands, its seed is shown)",
    "unlock": "6: wrong passphrase · 10: nothing here can hold an unlocked identity",
    "lock": "",
    "staff add": "5: on the staff already · 6: you are no admin · 7: the card is not signed",
    "staff remove": "4: not on the staff · 5: the only admin, or the last supervisor of a case · "
    "6: you are no admin, or cases are left that others must take away · 7: a case is damaged",
    "staff keys": "4: not on the staff · 5: these keys already, or another's · 6: you are no admin "
    "· 7: the card is not signed",
    "grant": "2: cannot be granted · 4: not on the staff · 6: not yours to give · 7: a case is "
    "damaged (the others are done)",
    "revoke": "4: not on the team · 5: nobody would supervise it · 6: not yours to take away, or "
    "with `--all` cases are left that others must take away · 7: something is damaged",
    "rekey": "6: not on the team · 7: something is damaged (the others are done)",
    "recover": "2: a letter of the seed is wrong · 5: on the staff without the role · "
    "6: the seed of another casebook, a replaced seed, or cases that others must finish · 7: a "
    "case is damaged (the others are done) · 10: the sheet cannot be written",
    "staff list": "",
    "settings": "5: changed after it was shown · 6: you are no admin · 7: edited by hand and not "
    "accepted, or law that cannot be read",
    "doctor": "3: something is wrong",
    "demo": "1: a step did not end as it should · 5: the folder is not empty",
    "due": "7: a case is damaged or gone (the others are looked at)",
    "link": "6: a case is not open to you · 8: no kind given",
    "new": "6: no role that may open cases",
    "list": "7: a case is damaged or gone (the others are listed)",
    "status": "7: a record is not believed (the rest is shown)",
    "show": "4: no such record · 6: not for you · 7: not believed",
    "put": "3: the content does not fit · 5: changed meanwhile",
    "set": "2: several records, name one · 3: the content does not fit · 5: changed meanwhile",
    "edit": "3: the content does not fit · 8: no terminal · 10: no editor, or it failed",
    "attach": "2: several records, name one · 3: the record has no room for it · 4: no such record "
    "or file · 5: the file changed while it was read",
    "check": "3: something blocks · 7: a case is damaged or gone (the others are checked)",
    "advance": "3: something blocks · 4: no such stage or phase · 5: at the last stage, closed, or "
    "an open conflict",
    "skip": "4: no such stage · 5: closed · 8: no reason given",
    "readiness": "7: a case is damaged or gone (the others are looked at)",
    "close": "3: a duty is unmet · 4: no such outcome, or nothing to withdraw · 5: closed or "
    "proposed already, an open conflict, or the closure record says another outcome · 8: nobody "
    "says the outcome",
    "confirm": "3: a duty is unmet by now · 4: nothing is proposed · 5: you proposed it yourself, "
    "or an open conflict",
    "reopen": "3: the crisis was not assessed · 4: no such cause or stage · 5: the case is open",
    "resolve": "2: several records, name one · 3: the value does not fit · 4: no open conflict, or "
    "no such choice · 5: changed meanwhile, or versions not joined yet · 8: no choice given",
    "merge": "5: people have to settle something · 6: records have two versions and no key here "
    "may join them · 7: something is not believed · 10: git refused",
    "adopt": "4: no such entry · 5: it builds on one that nobody may adopt, or its bytes are "
    "not here",
    "sync": "4: no remote · 5: people have to settle something, or git is in the middle of "
    "something · 7: the other side, or this copy's git settings, are not to be believed · "
    "10: offline",
    "log": "7: the journal is damaged (what counts is listed)",
    "verify": "7: something is damaged, forged or missing",
    "repair": "7: something is damaged still",
    "backup": "2: `--out` is inside the casebook · 4: `--to` names somebody not on the staff · "
    "5: a file stands there · 7: the casebook is damaged (it is kept as it is) · 10: git could not "
    "give the history (the files are kept)",
    "restore": "4: no such file · 5: something stands there, another casebook, or an older state · "
    "6: no key opens it · 7: the archive is not whole (nothing is kept), or what was saved is "
    "damaged · 10: the folder cannot be written",
    "form": "2: `--out` is inside the casebook, `--bundle` would join what goes to other hands "
    "with what stays, or nothing may own the copy of `--seal` · 4: no "
    "such case or form · 6: not open to you · 7: a case is damaged or gone, or a record is not "
    "believed (the rest is printed) · 10: `--out` cannot be written, or no PDF can be made here",
    "find": "7: a case is damaged or gone (the others are searched)",
    "report": "2: no such period, dimension or threshold, or `--out` is inside the casebook · 3: "
    "it cannot be published safely, or would lack cases · 4: no such report · 5: a file stands "
    "there, or somebody published meanwhile · 6: what was published before is not open to you · "
    "7: a case is damaged or gone (the others are counted) · 10: the solver is not installed",
    "export": "2: `--out` is inside the casebook · 4: no such attachment · 5: there is a file · "
    "6: not for you · 7: not believed · 8: no `--out` given · 10: no Parquet can be made here",
    "law": "4: no such provision",
    "schema": "3: with `--check`, something blocks · 4: no such record type, or no such folder",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def exit_codes() -> str:
    """Every exit code with its meaning."""
    from tipcase.errors import EXIT_CODES

    return table(("code", "meaning"), ((str(code), text) for code, text in EXIT_CODES.items()))


def settings() -> str:
    """Every setting with its values, its default and its meaning."""
    from tipcase.settings import SPEC

    return table(
        ("setting", "values", "default", "meaning"),
        (
            (
                f"`{setting.name}`",
                ", ".join(f"`{value}`" for value in setting.values)
                or (
                    "names with commas between them"
                    if setting.names
                    else f"{setting.least} to {setting.most}"
                ),
                f"`{setting.default}`" if setting.default else "the edition's",
                setting.meaning,
            )
            for setting in SPEC
        ),
    )


def operations() -> str:
    """Every operation of a journal: where it may stand, who may do it, what it carries."""
    from tipcase.journal.ops import OPS

    rows = []
    for name, op in OPS.items():
        where = "the first of the staff" if name == "init" else ", ".join(sorted(op.where))
        rows.append(
            (
                f"`{name}`",
                where,
                "everybody" if len(op.roles) == 4 else ", ".join(sorted(op.roles)),
                "yes" if op.team else "",
                "yes" if op.recovery else "",
                ", ".join(f"`{field}`" for field in op.data),
            )
        )
    return table(("op", "journal", "roles", "team", "recovery", "data"), rows)


def commands() -> str:
    """Every command with its words, its options and its own exit codes."""
    from tipcase.cli.words import FAMILIES

    parts = []
    for family, names in FAMILIES.items():
        parts.append(f"## {family.capitalize()}\n")
        for name in names:
            parts += [_command(full, found) for full, found in _found(name)]
    return "\n".join(parts)


def _found(name: str) -> Iterator[tuple[str, Any]]:
    """A command, or the commands of its family, with the names that people type."""
    import typer

    from tipcase.cli.root import load

    command = typer.main.get_command(load(name))
    inner: dict[str, Any] = getattr(command, "commands", {})
    if not inner:
        yield name, command
    for part, found in inner.items():
        yield f"{name} {part}", found


def _command(name: str, command: Any) -> str:
    words = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    needed = [_option(p) for p in options if p.required]
    usage = " ".join(["tipcase", name, *(_word(p) for p in words), *needed])
    lines = [f"### {name}\n", f"`{usage}`\n", _sentences(command.help), ""]
    rows = [(f"`{_word(p)}`", p.help or "") for p in words if p.help]
    rows += [(f"`{_option(p)}`", p.help or "") for p in options]
    if rows:
        lines += [table(("", ""), rows)]
    if EXITS[name]:
        lines += [f"Exit {EXITS[name]}.\n"]
    return "\n".join(lines)


def _sentences(text: str | None) -> str:
    return " ".join((text or "").split())


def _word(parameter: Any) -> str:
    shown = parameter.metavar or parameter.name.upper()
    return shown if parameter.required or shown.startswith("[") else f"[{shown}]"


def _option(parameter: Any) -> str:
    name = "/".join([*parameter.opts, *parameter.secondary_opts])
    if parameter.is_flag:
        return name
    again = " …" if parameter.multiple else ""
    return f"{name} {(parameter.metavar or 'VALUE').upper()}{again}"


def _edition() -> Any:
    from tipcase.casebook.book import load_edition
    from tipcase.cli.init_book import EDITION

    return load_edition(EDITION)


def coverage() -> str:
    """How many provisions are carried, and by what."""
    from tipcase.law.provisions import coverage as counted

    data = counted(_edition())
    rows = [("all", data["provisions"]), ("carried", data["carried"])]
    rows += [(f"carried by: {kind}", count) for kind, count in data["by"].items()]
    rows += [("outside of any file", data["outside"]), ("carried by nothing", data["uncarried"])]
    return table(("provisions", "number"), ((name, str(count)) for name, count in rows))


def provisions() -> str:
    """Every provision with its heading and what carries it."""
    from tipcase.law.provisions import carriers, heading

    edition = _edition()
    return table(
        ("provision", "heading", "carried by"),
        (
            (row["id"], heading(edition, row["id"]).en, _carriers(edition, row))
            for row in carriers(edition)
        ),
    )


def _carriers(edition: Any, row: dict[str, Any]) -> str:
    from tipcase.law.provisions import about

    refs: dict[str, list[str]] = {}
    for item in row["carried_by"]:
        refs.setdefault(item["kind"], []).append(item["ref"])
    severities = [about(edition, "rule", ref)["severity"] for ref in refs.pop("rule", [])]
    rules = [
        _counted(severities.count(kind), f"rule that {kind}", f"rules that {kind[:-1]}")
        for kind in ("blocks", "advises")
    ]
    parts = [_records(edition, refs.pop("field", [])), *rules]
    provider = _records(edition, refs.pop("provider", []))
    parts += [f"the provider's {provider}" if provider else ""]
    refs.pop("outside", None)
    parts += [f"{kind} {', '.join(f'`{ref}`' for ref in names)}" for kind, names in refs.items()]
    said = "; ".join(part for part in parts if part)
    if not said:
        return f"outside: {row['reason']}" if row.get("reason") else "nothing"
    return said


def _records(edition: Any, refs: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for ref in refs:
        name = ref.partition(".")[0]
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(
        f"{edition.record_type(name).label.en} ({_counted(count, 'field', 'fields')})"
        for name, count in counts.items()
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def closing() -> str:
    """Every criterion and duty of closing, what answers it, and a sample case that shows it."""
    # Tests load this file by its path, so its neighbour has to be found.
    if str(DOCS) not in sys.path:
        sys.path.append(str(DOCS))
    made = import_module("closing_table")
    return table(made.HEAD, made.rows(_edition()))


MADE: dict[str, Callable[[], str]] = {
    "exit-codes": exit_codes,
    "settings": settings,
    "operations": operations,
    "commands": commands,
    "coverage": coverage,
    "provisions": provisions,
    "closing": closing,
}


def page(text: str) -> str:
    """A page with every made table as the code has it now."""
    return _PLACE.sub(lambda found: found[1] + "\n" + MADE[found[2]]() + "\n" + found[3], text)


def pages() -> list[Path]:
    """The pages that hold made tables."""
    return [path for path in sorted(DOCS.glob("*.md")) if _PLACE.search(path.read_text("utf-8"))]


def main() -> int:
    """Write every page that is not as it should be; 1 with ``--check`` where there is one."""
    stale = [path for path in pages() if page(path.read_text("utf-8")) != path.read_text("utf-8")]
    for path in stale:
        sys.stdout.write(f"{path.name}\n")
        if "--check" not in sys.argv:
            path.write_text(page(path.read_text("utf-8")), encoding="utf-8")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
