"""Versions written apart: joined into one record, carried in its head, ended by a choice."""

from __future__ import annotations

import copy
import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.casebook import world as worlds
from tests.casebook.world import CANARY, World
from tipcase import documents, files
from tipcase.casebook import change, revision
from tipcase.casebook import record as records
from tipcase.casebook.merge import choices, conflicts
from tipcase.casebook.merge.conflicts import ABSENT, Conflict, Said
from tipcase.errors import ConflictError, DamagedError, NoKeyError, NotFoundError, UsageError

EARLY, LATE = "2026-02-01T08:00:00Z", "2026-02-02T08:00:00Z"
PROFILE = "profile.yaml.age"


class Offices:
    """Two working copies of one book, on two machines, and every byte that either ever had."""

    def __init__(self, world: World, folder: Path) -> None:
        self.here = world
        self.there = worlds.copy(world, folder / "there")
        shutil.rmtree(self.there.home / "trust")  # another machine is another device
        self.bytes: dict[str, bytes] = {}
        self.keep()

    def keep(self) -> None:
        for world in (self.here, self.there):
            for path in world.folder.glob("*.age"):
                self.bytes[files.sha256(path.read_bytes())] = path.read_bytes()

    def put(
        self, world: World, data: Mapping[str, Any], time: str = EARLY, kind: str = "profile"
    ) -> None:
        with change.editing(world.book(), world.case_id, world.cw1) as case:
            change.put(case, kind, None, data, world.cw1, time)
        self.keep()

    def exchange(self) -> None:
        """What git does with journals: both have the lines of both."""
        lines = [world.journal().read_bytes().splitlines(keepends=True) for world in self.both]
        for world, ours, theirs in zip(self.both, lines, lines[::-1], strict=True):
            new = [line for line in theirs if line not in ours]
            world.journal().write_bytes(b"".join([*ours, *new]))

    @property
    def both(self) -> tuple[World, World]:
        return self.here, self.there

    def merge(self, world: World | None = None, path: str = PROFILE) -> revision.Joined:
        world = world or self.here
        with change.editing(world.book(), world.case_id, world.cw1) as case:
            joined = revision.merged(case, path, self.bytes.get, world.cw1)
            change.commit(case, "merge", {}, {path: joined.new}, world.cw1, LATE)
        self.keep()
        return joined


@pytest.fixture
def offices(world: World, tmp_path: Path) -> Offices:
    return Offices(world, tmp_path)


def content(world: World, kind: str = "profile") -> records.Content:
    case = world.case()
    path = case.find(kind, None)
    assert path is not None
    return case.read(path, world.cw1)


# -- joining --


def test_two_edits_become_one_revision_and_what_differs_stands_in_its_head(
    offices: Offices,
) -> None:
    before = content(offices.here)
    offices.put(offices.here, {**before.data, "full_name": "A Example", "sex": "female"})
    offices.put(offices.there, {**before.data, "full_name": "B Example", "nationality": "KH"}, LATE)
    offices.exchange()
    unread = offices.here.case().read_all(offices.here.cw1)[1]
    assert [(item.record, item.error.exit_code) for item in unread] == [("profile", 5)]
    assert "tipcase merge" in unread[0].error.hint
    joined = offices.merge()
    after = content(offices.here)
    assert after.data == {**before.data, "sex": "female", "nationality": "KH"}
    assert after.header.conflicts == joined.conflicts
    assert [(said.by, said.time, said.value) for said in joined.conflicts[0].values] == [
        ("cw1", EARLY, "A Example"),
        ("cw1", LATE, "B Example"),
    ]
    assert joined.conflicts[0].field == "full_name" and joined.record == "profile"
    assert after.header.record == before.header.record
    assert after.header.revision == before.header.revision + 2
    assert len(joined.new.previous) == 2 and not offices.here.damage()
    assert "Example" not in repr(joined) + repr(after)


def test_a_value_is_by_whoever_wrote_it_and_not_by_who_wrote_last(offices: Offices) -> None:
    revision_before = content(offices.here).header.revision
    before = content(offices.here).data
    offices.put(offices.here, {**before, "full_name": "A Example"})
    offices.put(offices.there, {**before, "full_name": "B Example"}, EARLY)
    there = {**before, "full_name": "B Example", "nationality": "KH"}
    offices.put(offices.there, there, "2026-02-09T08:00:00Z")
    offices.exchange()
    assert {said.time for said in offices.merge().conflicts[0].values} == {EARLY}
    assert content(offices.here).header.revision == revision_before + 3


def test_values_stand_in_the_order_of_their_times(offices: Offices) -> None:
    before = content(offices.here).data
    # The value that was written first stands in the version that was written last.
    offices.put(offices.here, {**before, "full_name": "A Example"}, LATE)
    offices.put(offices.there, {**before, "full_name": "B Example"}, EARLY)
    there = {**before, "full_name": "B Example", "nationality": "KH"}
    offices.put(offices.there, there, "2026-02-09T08:00:00Z")
    offices.exchange()
    said = offices.merge().conflicts[0].values
    assert [(one.time, one.value) for one in said] == [(EARLY, "B Example"), (LATE, "A Example")]


def test_who_merged_apart_agree_when_they_meet(offices: Offices) -> None:
    before = content(offices.here).data
    offices.put(offices.here, {**before, "full_name": "A Example"})
    offices.put(offices.there, {**before, "full_name": "B Example"}, LATE)
    offices.exchange()
    first, second = offices.merge(offices.here), offices.merge(offices.there)
    assert first.conflicts == second.conflicts
    # One settles it and the other writes something else before they meet again.
    offices.put(offices.here, {**before, "full_name": "B Example"}, LATE)
    offices.put(offices.there, {**before, "nationality": "KH"}, LATE)
    offices.exchange()
    for world in offices.both:
        case = world.case()
        joined = revision.merged(case, PROFILE, offices.bytes.get, world.cw1)
        assert joined.conflicts == ()
    offices.merge()
    assert content(offices.here).data == {**before, "full_name": "B Example", "nationality": "KH"}


def test_two_creations_of_one_record_keep_what_both_said(offices: Offices) -> None:
    offices.put(offices.here, {"happened_on": "2026-02-01", "summary": "a"}, EARLY, "reception")
    first = content(offices.here, "reception").header.record
    offices.put(offices.there, {"happened_on": "2026-02-01", "place": "04"}, LATE, "reception")
    second = content(offices.there, "reception").header.record
    offices.exchange()
    path = offices.here.case().find("reception", None)
    assert path is not None
    versions = offices.here.case().fold.current[path]
    smaller = min(versions, key=lambda version: version.entry)
    offices.merge(path=path)
    after = content(offices.here, "reception")
    assert after.data == {"happened_on": "2026-02-01", "summary": "a", "place": "04"}
    assert after.header.record == (first if smaller.time == EARLY else second)
    assert after.header.revision == 2 and not after.header.conflicts


def test_texts_stay_the_texts_that_they_were(offices: Offices) -> None:
    before = content(offices.here).data
    odd = {"a": "0087", "b": "1998", "c": "+855", "d": "yes", "e": "2026-01-05", "f": "null"}
    offices.put(offices.here, {**before, **odd, "g": 87})
    offices.put(offices.there, {**before, "a": 87, "g": "87", "f": None}, LATE)
    offices.exchange()
    offices.merge()
    after = content(offices.here)
    said = {one.field: [s.value for s in one.values] for one in after.header.conflicts}
    assert said == {"a": ["0087", 87], "f": ["null", None], "g": [87, "87"]}
    assert {name: after.data[name] for name in "bcde"} == {name: odd[name] for name in "bcde"}


def test_comments_of_both_sides_stay(offices: Offices) -> None:
    def written(world: World, text: str, time: str) -> None:
        offices.put(world, documents.read(text).tree, time)

    base = "# first\nfull_name: A\n# old\nsex: female\n"
    written(offices.here, base, EARLY)
    offices.exchange()
    shutil.copytree(offices.here.folder, offices.there.folder, dirs_exist_ok=True)
    written(offices.here, base.replace("# old\n", "") + "nationality: KH  # by phone\n", EARLY)
    written(
        offices.there, "# first\n# asked again\nfull_name: A\n# old\nsex: female\n# end\n", LATE
    )
    offices.exchange()
    offices.merge()
    case = offices.here.case()
    told = records.body(case.plaintext(PROFILE, offices.here.cw1))
    expected = "# first\n# asked again\nfull_name: A\nsex: female\nnationality: KH  # by phone\n"
    assert told == expected + "# end\n"


@pytest.mark.parametrize(
    "base, one, two, kept",
    [
        ("# a\n# b\nx: 1\n", "# a\n# c\nx: 1\n", "# b\n# d\nx: 1\n", "# c\n# d\nx: 1\n"),
        ("x: 1  # a\n", "x: 1  # b\n", "x: 1  # c\n", "x: 1  # b  # c\n"),
        ("x: 1  # a\n", "x: 1\n", "x: 1  # a\n", "x: 1\n"),
        ("x: 1\n# end\n", "x: 1\n# end\n# p\n", "x: 1\n# q\n", "x: 1\n# p\n# q\n"),
        (
            "m:\n  - id: k3f9m2xq\n    name: x  # a\n",
            "m:\n  - id: k3f9m2xq\n    name: x  # b\n",
            "m:\n  - id: new22222\n  # a\n  - id: k3f9m2xq\n    name: x  # a\n",
            "m:\n  - id: new22222\n  # a\n  - id: k3f9m2xq\n    name: x  # b\n",
        ),
    ],
    ids=["before", "behind", "taken away", "at the end", "of an item"],
)
def test_comments_at_one_place_are_joined(base: str, one: str, two: str, kept: str) -> None:
    from tipcase.casebook.merge import remarks

    trees = [documents.read(text).tree for text in (base, one, two)]
    data = documents.load(two.encode())
    assert documents.dump(remarks.keep(data, trees[0], trees[1:])) == kept


def test_what_both_build_on_must_be_there_and_be_what_was_signed(offices: Offices) -> None:
    before = content(offices.here).data
    offices.put(offices.here, {**before, "full_name": "A Example"})
    offices.put(offices.there, {**before, "full_name": "B Example"})
    offices.exchange()
    case = offices.here.case()
    there = (offices.there.folder / PROFILE).read_bytes()
    only_tips = {files.sha256(there): there}
    for fetch in (only_tips.get, lambda digest: there, lambda digest: None):
        with pytest.raises(ConflictError, match="nowhere here"):
            revision.merged(case, PROFILE, fetch, offices.here.cw1)


def sealed_apart(offices: Offices, here: Any, there: Any) -> revision.Joined:
    """Each side seals the health record anew, to other people; the merge of it."""
    for world, only, day in ((offices.here, here, 1), (offices.there, there, 2)):
        with change.editing(world.book(), world.case_id, world.cw1) as case:
            data = {"happened_on": f"2026-01-0{day}"}
            path, new, _ = revision.seal(case, "profile", None, data, world.cw1, only)
            change.commit(case, "put", {}, {path: new}, world.cw1, EARLY)
        offices.keep()
    offices.exchange()
    return offices.merge()


@pytest.mark.parametrize(
    "here, there, expected",
    [
        (None, ("cw1", "recovery"), ("cw1", "recovery")),
        (("cw1", "cw2", "recovery"), ("cw1", "recovery"), ("cw1", "recovery")),
        (None, None, "ordinary"),
    ],
)
def test_a_joined_record_is_open_to_nobody_whom_a_side_kept_out(
    offices: Offices, here: Any, there: Any, expected: Any
) -> None:
    assert sealed_apart(offices, here, there).new.sealed_to == expected
    assert content(offices.here).header.conflicts


def test_restricted_is_stricter_than_ordinary() -> None:
    def version(sealed_to: Any) -> Any:
        return dataclasses.make_dataclass("V", ["sealed_to"])(sealed_to)

    both = [version("ordinary"), version("restricted")]
    assert revision._strictest(both) == "restricted"
    assert revision._strictest([*both, version(("cw1", "recovery"))]) == ("cw1", "recovery")
    assert revision._strictest(both[:1]) == "ordinary"


def test_versions_too_large_for_one_record_are_left_as_they_are(
    offices: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    for world, letter in zip(offices.both, "ab", strict=True):
        offices.put(world, {"narrative": letter * 3000, "kept": CANARY})
    offices.exchange()
    monkeypatch.setattr("tipcase.documents.writer.MAX_BYTES", 5000)
    before = offices.here.snapshot()
    with pytest.raises(ConflictError, match="too large") as caught:
        offices.merge()
    assert caught.value.__cause__ is None and CANARY not in str(caught.value)
    assert offices.here.snapshot() == before


def test_who_cannot_open_a_version_joins_nothing(offices: Offices) -> None:
    offices.put(offices.here, {"full_name": "A"})
    offices.put(offices.there, {"full_name": "B"})
    offices.exchange()
    case = offices.here.case()
    with pytest.raises(NoKeyError):
        revision.merged(case, PROFILE, offices.bytes.get, offices.here.cw2)


# -- carried along --


def torn(offices: Offices) -> records.Content:
    before = content(offices.here).data
    offices.put(offices.here, {**before, "full_name": "A Example"})
    offices.put(offices.there, {**before, "full_name": "B Example"}, LATE)
    offices.exchange()
    offices.merge()
    return content(offices.here)


def test_a_record_in_conflict_is_not_frozen(offices: Offices) -> None:
    before = torn(offices)
    offices.put(offices.here, {**before.data, "nationality": "KH"})
    after = content(offices.here)
    assert after.header.conflicts == before.header.conflicts
    assert after.header.revision == before.header.revision + 1
    offices.put(offices.here, {**after.data, "full_name": "C Example"})
    assert content(offices.here).header.conflicts == ()


def test_naming_what_stands_there_settles_too(offices: Offices) -> None:
    before = torn(offices)
    world = offices.here
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        same = change.put(case, "profile", None, before.data, world.cw1, LATE)
        settled = ("full_name",)
        done = change.put(case, "profile", None, before.data, world.cw1, LATE, settled=settled)
    assert not same.changed and done.changed
    assert content(world).header.conflicts == () and content(world).data == before.data


GROUP: dict[str, Any] = {"g": {"a": 1, "b": 2}, "m": [{"id": "k3f9m2xq", "n": 1}], "t": "x"}


def conflict(path: str, *values: Any) -> Conflict:
    return Conflict(path, tuple(Said("cw1", EARLY, value) for value in values or (ABSENT, "y")))


@pytest.mark.parametrize(
    "path, after, ends",
    [
        ("t", {**GROUP, "t": "z"}, True),
        ("t", {**GROUP, "u": "z"}, False),
        ("t", {k: v for k, v in GROUP.items() if k != "t"}, True),
        ("g", {**GROUP, "g": {"a": 1, "b": 3}}, False),
        ("g", {**GROUP, "g": {"unknown": "declined"}}, True),
        ("g", {k: v for k, v in GROUP.items() if k != "g"}, True),
        ("g.a", {**GROUP, "g": {"a": 1, "b": 3}}, False),
        ("g.a", {**GROUP, "g": {"b": 2}}, True),
        ("g.c", {**GROUP, "g": {"unknown": "declined"}}, True),
        ("g.c", {**GROUP, "g": {"a": 9}}, False),
        ("h.c", GROUP, False),
        ("m.k3f9m2xq", {**GROUP, "m": []}, True),
        ("m.k3f9m2xq.x", {**GROUP, "m": []}, True),
        ("m.k3f9m2xq.n", {**GROUP, "m": [{"id": "k3f9m2xq", "n": 1, "o": 2}]}, False),
    ],
)
def test_what_ends_a_conflict(path: str, after: dict[str, Any], ends: bool) -> None:
    assert (conflicts.left([conflict(path)], GROUP, after) == ()) is ends


def test_a_group_that_becomes_one_of_the_choices_is_chosen() -> None:
    whole = {"a": 5, "b": 2}
    assert not conflicts.left([conflict("g", ABSENT, whole)], GROUP, {**GROUP, "g": whole})


@pytest.mark.parametrize(
    "path, named, ends",
    [
        ("t", "t", True),
        ("g.a", "g", True),
        ("g", "g.a", False),
        ("t", "u", False),
        ("m.k3f9m2xq.n", "m.0.n", True),
        ("m.k3f9m2xq.n", "m.0", True),
        ("m.k3f9m2xq.n", "m.1.n", False),
    ],
)
def test_what_a_named_field_ends(path: str, named: str, ends: bool) -> None:
    assert (conflicts.left([conflict(path)], GROUP, GROUP, [named]) == ()) is ends


# -- in the head --

HEADER = records.Header("kh-2009", "K7Q2-M9TX", "0" * 32, 2)
TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20) | st.sampled_from(
    ["0087", "...", "---", "a\n...\nb", "\n---\nx", "- x", "# x", "tipcase:", "null", " x ", "a\n"]
)
VALUES = st.recursive(
    TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS.filter(bool), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_every_value_in_a_conflict_comes_back_as_it_was(one: Any, two: Any) -> None:
    header = HEADER._replace(conflicts=(conflict("g.a", one, two, ABSENT),))
    plaintext = records.encode(header, {"t": one})
    found = records.decode(plaintext, HEADER.case)
    assert found.header == header and found.data == {"t": one}
    assert documents.read(records.body(plaintext)).tree is not None


ROW = {"by": "cw1", "time": EARLY, "value": 1}


@pytest.mark.parametrize(
    "rows",
    [
        {},
        ["x"],
        [{"field": "a"}],
        [{"field": "a", "values": [ROW, ROW], "more": 1}],
        [{"field": "", "values": [ROW, ROW]}],
        [{"field": "a..b", "values": [ROW, ROW]}],
        [{"field": 5, "values": [ROW, ROW]}],
        [{"field": "a", "values": [ROW]}],
        [{"field": "a", "values": {}}],
        [{"field": "a", "values": [ROW, 5]}],
        [{"field": "a", "values": [ROW, {"by": "cw1", "time": EARLY}]}],
        [{"field": "a", "values": [ROW, {**ROW, "absent": True}]}],
        [{"field": "a", "values": [ROW, {"by": "cw1", "time": EARLY, "absent": False}]}],
        [{"field": "a", "values": [ROW, {"by": "cw1", "time": EARLY, "absent": 1}]}],
        [{"field": "a", "values": [ROW, {**ROW, "by": "../cw1"}]}],
        [{"field": "a", "values": [ROW, {**ROW, "by": 1}]}],
        [{"field": "a", "values": [ROW, {**ROW, "time": "yesterday"}]}],
        [{"field": "a", "values": [ROW, ROW]}] * 2,
    ],
)
def test_a_head_whose_conflicts_have_another_form_is_damaged(rows: Any) -> None:
    head = {
        "format": 1,
        "edition": "kh-2009",
        "case": HEADER.case,
        "record": HEADER.record,
        "revision": 2,
        "conflicts": rows,
    }
    plaintext = documents.pad(documents.dump({"tipcase": head}))
    with pytest.raises(DamagedError):
        records.decode(plaintext, HEADER.case)


# -- choosing --


def test_a_choice_is_a_number_or_a_person() -> None:
    one = Conflict("a", (Said("cw1", EARLY, "x"), Said("cw2", LATE, ABSENT)))
    assert choices.choice(one, "1", "old") == choices.choice(one, "cw1", "old") == "x"
    assert choices.choice(one, "2", "old") is choices.choice(one, "cw2", "old") is ABSENT
    assert choices.choice(one, "0", "old") == "old"
    for word in ("3", "cw3", "", "-1", "²", "9" * 5000):
        with pytest.raises(NotFoundError):
            choices.choice(one, word, "old")
    with pytest.raises(UsageError, match="the same person"):
        choices.choice(conflict("a", "x", "y"), "cw1", "old")


@pytest.mark.parametrize(
    "path, value, expected",
    [
        ("t", "null", {"t": "null"}),
        ("t", ABSENT, {"t": ABSENT}),
        ("g.a", {"x": [1]}, {"g": {"b": 2, "a": {"x": [1]}}}),
        ("h.i.j", 1, {"h": {"i": {"j": 1}}}),
        ("h.i.j", ABSENT, {}),
        ("m.k3f9m2xq", ABSENT, {"m": []}),
        ("m.k3f9m2xq", {"id": "k3f9m2xq", "n": 2}, {"m": [{"id": "k3f9m2xq", "n": 2}]}),
        ("m.k3f9m2xq.n", 3, {"m": [{"id": "k3f9m2xq", "n": 3}]}),
        ("m.newnew22", {"id": "newnew22"}, {"m": [*GROUP["m"], {"id": "newnew22"}]}),
    ],
)
def test_a_choice_goes_where_it_belongs(path: str, value: Any, expected: dict[str, Any]) -> None:
    tree: dict[str, Any] = copy.deepcopy(GROUP)
    choices.settle(tree, path, value)
    assert tree == {k: v for k, v in {**GROUP, **expected}.items() if v is not ABSENT}


def test_a_chosen_text_is_not_read_anew_as_something_else() -> None:
    tree = documents.Mapping()
    choices.settle(tree, "t", {"u": ["null", "~"]})
    assert [item.plain for item in tree["t"]["u"]] == [False, False]


def test_what_was_told_of_a_conflict_does_not_become_a_comment() -> None:
    from tipcase.casebook import intake

    lines = choices.told(
        [conflict("full_name", "A\n# x", {"b": 1})], "tipcase resolve CASE profile"
    )
    assert all(line.startswith(f"{choices.MARK} ") for line in lines)
    assert any('"A\\n# x"' in line for line in lines)
    odd = choices.told([conflict("a", "b\u2028c", "d\u0085e\u202e", "f\rg")], "")
    assert [line.isprintable() for line in odd] == [True] * 4
    text = "# hers\nfull_name: A\n" + "\n".join([*lines, *odd]) + "\n"
    tree = documents.read(text).tree
    intake._drop_told(tree)
    assert documents.dump(tree) == "# hers\nfull_name: A\n"
