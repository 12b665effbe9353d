"""What reports, publications and exports must bear: hostile words, hostile records, other hands."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.casebook import clones
from tests.casebook.clones import Clone, Pair
from tests.casebook.world import TIME, World
from tests.reports.test_publications import DAY, kept, publication
from tipcase.casebook import change, team
from tipcase.cli import report_out
from tipcase.errors import ConflictError, DamagedError, TipcaseError
from tipcase.journal.names import PROVIDER
from tipcase.law.findings import Text
from tipcase.reports import publications
from tipcase.reports.export import folder
from tipcase.reports.rendering import Grid, Printed, Published, flat, layout, render
from tipcase.reports.tables import Category, Dimension, Measure

HOSTILE = '=cmd|"</style><script>alert(1)</script>\n| <img src=x> [a](javascript:x)\t\u202e'


def printed(*, incomplete: bool) -> Printed:
    words = Text(HOSTILE, HOSTILE)
    sex = Dimension("sex", words, (Category("a", words), Category("b", words)))
    cells: Any = {("a",): (12,), ("b",): ("x",), ("",): ("x",)}
    grid = Grid("t", words, (sex,), (Measure("n", words),), cells)
    days = (date(2026, 1, 1), date(2026, 3, 31))
    how = Published(11, incomplete=incomplete)
    return Printed("mine", words, words, *days, (grid,), how, unread=1, notes=(words,))


def test_an_offices_own_words_stay_words_in_every_format() -> None:
    for lang in ("en", "km", "both"):
        page = render(printed(incomplete=False), "html", lang)
        assert "<script" not in page and "<img" not in page and page.count("</style>") == 1
        marked = render(printed(incomplete=False), "md", lang)
        assert "](" not in marked.replace("\\](", "").replace("]\\(", "")
        assert "\u202e" not in page + marked
    row = render(printed(incomplete=False), "csv", "en").splitlines()
    assert not any(cell.startswith(("=", '"=')) for line in row for cell in line.split(","))
    assert all(
        json.loads(line) for line in render(printed(incomplete=False), "ndjson", "en").splitlines()
    )


def test_a_row_for_scripts_is_one_line_whatever_a_label_says() -> None:
    found = report_out._table(layout.layout(printed(incomplete=False).tables[0]), "en")
    texts = [*found.columns, *(cell for row in found.rows for cell in row)]
    assert not any(sign in text for text in texts for sign in "\n\t\u202e")


def test_what_is_incomplete_says_so_in_every_format() -> None:
    for form in ("csv", "ndjson", "md", "html"):
        assert "INCOMPLETE" in render(printed(incomplete=True), form, "en"), form
        assert "INCOMPLETE" not in render(printed(incomplete=False), form, "en"), form
    rows = list(flat.rows(printed(incomplete=True), "en"))
    assert {row["status"] for row in rows} == {"published INCOMPLETE"}
    assert flat.data(printed(incomplete=True), "en")["incomplete"] is True


# -- what was published before --


TABLE = {
    "table": "t",
    "dimensions": [["sex", ["a"]]],
    "measures": [["n", "sum", "cases"]],
    "items": [["K7Q2-M9TX", ["a"], [1]]],
    "shown": [[["a"], ["x"]], [[""], ["x"]]],
}
ABOUT = ["caseload", "2026-07-01", "2026-09-30", ["sex"], "outside", 11]
COUNTED: dict[str, Any] = {
    "version": 1,
    "about": ABOUT,
    "where": [],
    "rounding": None,
    "tables": [TABLE],
}
PLAIN = {
    "published_report": "caseload",
    "published_from": "2026-07-01",
    "published_to": "2026-09-30",
    "published_by": ["sex"],
    "published_audience": "outside",
    "published_threshold": 11,
}


def record(counted: Any, **plain: Any) -> dict[str, Any]:
    text = counted if isinstance(counted, bytes) else json.dumps(counted).encode()
    return {
        **PLAIN,
        **plain,
        "published_counts": base64.b64encode(zlib.compress(text)).decode(),
    }


def changed(**fields: Any) -> dict[str, Any]:
    return {**COUNTED, "tables": [{**TABLE, **fields}]}


UNREADABLE: dict[str, dict[str, Any]] = {
    "deep": record(b"[" * 200_000),
    "a list": record([1]),
    "a code of no category": record(changed(items=[["C", ["zz"], [1]]])),
    "two codes": record(changed(items=[["C", ["a", "b"], [1]]])),
    "no amount": record(changed(items=[["C", ["a"], []]])),
    "an amount in words": record(changed(items=[["C", ["a"], ["x"]]])),
    "an amount without end": record(changed(items=[["C", ["a"], [10**400]]])),
    "a case that is a list": record(changed(items=[[["C"], ["a"], [1]]])),
    "a code that is a list": record(changed(items=[["C", [["a"]], [1]]])),
    "nothing shown": record(changed(shown=[])),
    "too little shown": record(changed(shown=[[["a"], []], [[""], [1]]])),
    "no number": record(json.dumps(changed(shown=[[["a"], [1]], [[""], [7e99]]])).encode()),
    "nan": record(json.dumps(changed(shown=[[["a"], [1]], [[""], [float("nan")]]])).encode()),
    "another statistic": record(changed(measures=[["n", "mean", "cases"]])),
    "dimensions in words": record(changed(dimensions="ab")),
    "rounded to a word": record({**COUNTED, "rounding": "a"}),
    "other threshold": record(COUNTED, published_threshold=3),
    "other days": record(COUNTED, published_from="2026-01-01"),
    "a partial day": record(COUNTED, published_from="2026"),
    "other report": record(COUNTED, published_report="legal"),
    "for others": record(COUNTED, published_audience="network"),
}


def test_what_is_remembered_is_whole_or_damaged_and_never_a_bug() -> None:
    assert publications._unpacked(record(COUNTED)).tables[0].frame.items
    for name, data in UNREADABLE.items():
        try:
            publications._unpacked(data)
        except DamagedError:
            continue
        pytest.fail(f"taken for a publication: {name}")


def test_a_publication_that_somebody_changed_stops_the_next_until_it_is_put_back(
    world: World,
) -> None:
    tag = kept(world, publication(3)).partition("/")[2]

    def written(**fields: Any) -> None:
        with change.editing(world.book(), PROVIDER, world.cw1) as case:
            path = case.find(publications.TYPE, tag)
            assert path is not None
            data = {**case.read(path, world.cw1).data, **fields}
            change.put(case, publications.TYPE, tag, data, world.cw1, TIME)

    written(published_threshold=3)
    with pytest.raises(DamagedError, match="changed since"):
        publications.remembered(world.book(), world.cw1)
    written(published_threshold=11)
    assert len(publications.remembered(world.book(), world.cw1)) == 1


def keep(clone: Clone, count: int) -> str | None:
    before = publications.remembered(clone.book(), clone.me)
    made = publication(count)
    return publications.remember(clone.book(), clone.me, made, before, day=DAY, time=TIME)


def test_what_two_people_published_apart_is_all_remembered(pair: Pair) -> None:
    one, two = pair.one, pair.two
    team.grant(one.book(), PROVIDER, ["cw2"], one.me, TIME, restricted=True)
    one.commit()
    two.fetch(one)
    two.git("merge", "--quiet", "other/main")
    assert keep(one, 3) and keep(two, 4)
    for clone in (one, two):
        clone.commit()
    before = publications.remembered(two.book(), two.me)
    two.fetch(one)
    two.git("merge", "--quiet", "other/main", fails=True)
    # In the middle of joining, nobody can say that all is known: never fewer than before.
    try:
        assert len(publications.remembered(two.book(), two.me)) >= 2
    except TipcaseError as error:
        assert error.exit_code in (5, 7)
    clones.finish(two)
    found = publications.remembered(two.book(), two.me)
    assert len(found) == 2
    # Protected against one alone, nothing is remembered beside the other.
    with pytest.raises(ConflictError):
        publications.remember(two.book(), two.me, publication(5), before, day=DAY, time=TIME)
    # What is taken away is missed.
    next((two.root / PROVIDER).glob("publication-*.age")).unlink()
    with pytest.raises(TipcaseError):
        publications.remembered(two.book(), two.me)


# -- an export and what stands where it is to go --


def manifest(*names: Any) -> bytes:
    about = {"made_by": folder.MADE_BY, "files": [{"name": name} for name in names]}
    return json.dumps(about).encode()


@pytest.mark.parametrize("kind", ["folder", "link", "deep"])
def test_force_replaces_nothing_that_no_export_wrote(tmp_path: Path, kind: str) -> None:
    out, inside = tmp_path / "out", tmp_path / "out" / "mine"
    out.mkdir()
    (out / folder.MANIFEST).write_bytes(b"[" * 200_000 if kind == "deep" else manifest("mine"))
    if kind == "folder":
        inside.mkdir()
        (inside / "precious").write_text("mine", "utf-8")
    elif kind == "link":
        inside.symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConflictError):
        folder.deliver(out, {folder.MANIFEST: manifest()}, force=True)
    assert sorted(tmp_path.rglob("*")) == before
