"""Joining records field by field: the rule stated anew as facts, and examples of every kind.

The oracle knows nothing of trees. It takes a record for a set of facts (this field holds that, this
item is there, this value is in the list) and asks of every merge: is each fact that a side changed
in the result or among the choices of a conflict, is nothing invented, is nothing disputed that only
one side touched?
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.casebook.merge import threeway
from tipcase.casebook.merge.conflicts import ABSENT, Conflict, Said
from tipcase.casebook.merge.threeway import Merged, Side

UNKNOWN = {"unknown": "declined"}
VALUES = ["0087", 87, "87", "1998", "1998-03", True, "yes", 1, 1.0, "", None, "ភូមិ", UNKNOWN]
TAGS = ["kh", "en", "th", "vi", 5, "5"]
IDS = ["k3f9m2xq", "aaaaaaa2", "zzzzzzz9"]


# -- the oracle --

Facts = dict[tuple[str, ...], str]


def exact(value: Any) -> str:
    """A value with its kind: "1", 1, 1.0 and true are four."""
    return f"{type(value).__name__} {json.dumps(value, sort_keys=True)}"


def facts(value: Any, path: tuple[str, ...] = ()) -> Facts:
    if isinstance(value, dict) and "unknown" not in value:
        return {
            k: v for name, inner in value.items() for k, v in facts(inner, (*path, name)).items()
        }
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return {k: v for i in value for k, v in facts(i, (*path, i["id"])).items()}
    if isinstance(value, list):
        return {(*path, f"holds {exact(item)}"): "" for item in value}
    return {path: exact(value)}


def arranged(value: Any, path: tuple[str, ...] = ()) -> Facts:
    """The facts, and in which order a list has its entries: whoever rearranges it changes it."""
    found = facts(value, path)
    if isinstance(value, dict):
        for name, inner in value.items():
            found |= arranged(inner, (*path, name))
    elif isinstance(value, list):
        found[(*path, "order")] = " ".join(
            one["id"] if isinstance(one, dict) else exact(one) for one in value
        )
    return found


def below(path: tuple[str, ...], found: Facts) -> Facts:
    return {key: value for key, value in found.items() if key[: len(path)] == path}


def touches(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    short = min(len(path), len(other))
    return path[:short] == other[:short]


def changes(base: Facts, side: Facts) -> dict[tuple[str, ...], str | None]:
    return {p: side.get(p) for p in base.keys() | side.keys() if base.get(p) != side.get(p)}


def choices(conflict: Conflict) -> Iterator[Facts]:
    path = tuple(conflict.field.split("."))
    for said in conflict.values:
        yield {} if said.value is ABSENT else arranged(said.value, path)


def check_nothing_is_lost(base: Facts, sides: Sequence[Facts], merged: Merged) -> None:
    result = facts(merged.data)
    for side in sides:
        for path, value in changes(base, side).items():
            kept = result.get(path) == value or any(
                touches(tuple(one.field.split(".")), path)
                and any(choice.get(path) == value for choice in choices(one))
                for one in merged.conflicts
            )
            assert kept, path


def check_nothing_is_invented(base: Facts, sides: Sequence[Facts], merged: Merged) -> None:
    for path, value in facts(merged.data).items():
        assert any(known.get(path) == value for known in (base, *sides)), path


def check_conflicts_are_true(base: Any, sides: Sequence[Any], merged: Merged) -> None:
    result, before = facts(merged.data), facts(base)
    for one in merged.conflicts:
        path = tuple(one.field.split("."))
        assert below(path, result) == below(path, before), "something pretends to be settled"
        parts = [
            {p: v for p, v in changes(arranged(base), arranged(side)).items() if touches(path, p)}
            for side in sides
        ]
        wrote = [part for part in parts if part]
        assert len(wrote) > 1 and any(part != wrote[0] for part in wrote), one.field
        assert len({exact([str(c)]) for c in map(sorted, map(dict.items, choices(one)))}) > 1


# -- records and what people do to them --

GROUP = {"x": st.sampled_from(VALUES), "y": st.sampled_from(VALUES)}
SET = st.lists(st.sampled_from(TAGS), unique_by=exact, max_size=4)


def record_of(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in ("a", "b", "c"):
        if draw(st.booleans()):
            made[name] = draw(st.sampled_from(VALUES))
    if draw(st.booleans()):
        made["g"] = {"x": draw(GROUP["x"]), "deep": {"z": draw(GROUP["y"])}}
    if draw(st.booleans()):
        made["tags"] = draw(SET)
    ids = draw(st.lists(st.sampled_from(IDS), unique=True))
    if ids:
        made["m"] = [{"id": one, "name": draw(GROUP["x"])} for one in ids]
    return made


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    return record_of(draw)


def edit_fields(draw: st.DrawFn, data: dict[str, Any]) -> None:
    name = draw(st.sampled_from(["a", "b", "c"]))
    data[name] = draw(st.sampled_from(VALUES))


def remove_something(draw: st.DrawFn, data: dict[str, Any]) -> None:
    data.pop(draw(st.sampled_from(["a", "b", "g", "m"])), None)


def edit_group(draw: st.DrawFn, data: dict[str, Any]) -> None:
    group = data.get("g")
    if not isinstance(group, dict) or "unknown" in group:
        group = data["g"] = {}
    if draw(st.booleans()):
        group[draw(st.sampled_from(["x", "y"]))] = draw(GROUP["x"])
    else:
        group["deep"] = {"z": draw(GROUP["y"])}


def decline_group(draw: st.DrawFn, data: dict[str, Any]) -> None:
    data["g"] = dict(UNKNOWN)


def edit_item(draw: st.DrawFn, data: dict[str, Any]) -> None:
    items = data.setdefault("m", [])
    one = draw(st.sampled_from(IDS))
    found = next((item for item in items if item["id"] == one), None)
    if found is None:
        items.append({"id": one, "name": draw(GROUP["x"])})
    else:
        found[draw(st.sampled_from(["name", "more"]))] = draw(GROUP["x"])


def remove_item(draw: st.DrawFn, data: dict[str, Any]) -> None:
    if len(data.get("m", [])) > 1:
        data["m"].remove(draw(st.sampled_from(data["m"])))


def edit_tags(draw: st.DrawFn, data: dict[str, Any]) -> None:
    tags = data.setdefault("tags", [])
    one = draw(st.sampled_from(TAGS))
    there = [exact(tag) for tag in tags]
    tags.append(one) if exact(one) not in there else tags.pop(there.index(exact(one)))


ADDING = [edit_fields, edit_group, edit_item, edit_tags]
ALL = [*ADDING, remove_something, decline_group, remove_item]


@st.composite
def partings(draw: st.DrawFn, sides: int = 2, edits: Sequence[Any] = ALL) -> list[dict[str, Any]]:
    """A base and what so many sides made of it."""
    base = record_of(draw)
    found = [base]
    for _ in range(sides):
        data = copy.deepcopy(base)
        for edit in draw(st.lists(st.sampled_from(list(edits)), max_size=5)):
            edit(draw, data)
        found.append(data)
    return found


def side(data: Mapping[str, Any], number: int, *conflicts: Conflict) -> Side:
    return Side(data, f"cw{number}", f"2026-01-0{number}T08:00:00Z", f"{number}" * 64, conflicts)


def merge(base: Mapping[str, Any], *datas: Mapping[str, Any]) -> Merged:
    return threeway.merge(base, [side(data, n) for n, data in enumerate(datas, 1)])


def as_found(merged: Merged) -> tuple[Any, ...]:
    """A merge for comparing, kinds included; the order of fields and of what was added aside."""
    said = {
        one.field: sorted(
            "absent" if s.value is ABSENT else str(sorted(facts(s.value).items()))
            for s in one.values
        )
        for one in merged.conflicts
    }
    return sorted(facts(merged.data).items()), said


# -- properties --


@given(partings(), st.data())
def test_no_edit_is_lost_and_none_is_invented(found: list[dict[str, Any]], data: Any) -> None:
    base, *sides = found
    merged = merge(base, *sides)
    known = facts(base), [facts(one) for one in sides]
    check_nothing_is_lost(*known, merged)
    check_nothing_is_invented(*known, merged)
    check_conflicts_are_true(base, sides, merged)


@given(partings(sides=3))
def test_the_same_holds_of_three_sides(found: list[dict[str, Any]]) -> None:
    base, *sides = found
    merged = merge(base, *sides)
    known = facts(base), [facts(one) for one in sides]
    check_nothing_is_lost(*known, merged)
    check_nothing_is_invented(*known, merged)
    check_conflicts_are_true(base, sides, merged)


@given(partings(sides=3), st.permutations([0, 1, 2]))
def test_whoever_merges_gets_the_same(found: list[dict[str, Any]], order: list[int]) -> None:
    base, *datas = found
    sides = [side(data, number) for number, data in enumerate(datas, 1)]
    there = threeway.merge(base, sides)
    here = threeway.merge(copy.deepcopy(base), [copy.deepcopy(sides[at]) for at in order])
    assert here == there and repr(here.data) == repr(there.data)
    assert list(map(repr, here.conflicts)) == list(map(repr, there.conflicts))


@given(partings(sides=1))
def test_what_one_side_changed_is_taken_as_it_is(found: list[dict[str, Any]]) -> None:
    base, ours = found
    for sides in ([ours, base], [base, ours], [ours, ours], [ours, base, base]):
        merged = merge(base, *sides)
        assert exact(merged.data) == exact(ours) and not merged.conflicts


@given(partings(sides=2))
def test_a_merge_is_joined_with_its_own_parts_without_a_change(found: list[dict[str, Any]]) -> None:
    base, *datas = found
    merged = merge(base, *datas)
    again = [side(merged.data, number, *merged.conflicts) for number in (3, 4)]
    for sides in (again, [*again, side(datas[0], 1)], [again[0], side(datas[1], 2)]):
        joined = threeway.merge(base, sides)
        assert as_found(joined) == as_found(merged)


@given(partings(sides=3, edits=ADDING))
def test_it_does_not_matter_who_met_first(found: list[dict[str, Any]]) -> None:
    base, *datas = found
    one, two, three = (side(data, number) for number, data in enumerate(datas, 1))
    at_once = as_found(threeway.merge(base, [one, two, three]))
    for first, second, last in ((one, two, three), (two, three, one), (one, three, two)):
        met = threeway.merge(base, [first, second])
        joined = threeway.merge(base, [side(met.data, 4, *met.conflicts), last])
        assert as_found(joined) == at_once


@given(partings(sides=2), st.data())
def test_a_choice_on_one_side_settles_and_nothing_else_moves(
    found: list[dict[str, Any]], draw: Any
) -> None:
    base, *datas = found
    merged = merge(base, *datas)
    if not merged.conflicts:
        return
    chosen = draw.draw(st.sampled_from(merged.conflicts))
    value = draw.draw(st.sampled_from(chosen.values)).value
    rest = tuple(one for one in merged.conflicts if one is not chosen)
    settled = side(put(merged.data, chosen.field, value), 3, *rest)
    untouched = side(merged.data, 4, *merged.conflicts)
    joined = threeway.merge(merged.data, [untouched, settled], merged.conflicts)
    assert exact(joined.data) == exact(settled.data)
    assert joined.conflicts == rest


def put(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of a record with one place set or left out, by hand."""
    made = copy.deepcopy(data)
    *above, last = path.split(".")
    node: Any = made
    for step in above:
        if isinstance(node, list):
            node = next(item for item in node if item["id"] == step)
        else:
            node = node.setdefault(step, {})
    if isinstance(node, list):
        node[:] = [value if i["id"] == last else i for i in node]
        node[:] = [item for item in node if item is not ABSENT]
    elif value is ABSENT:
        node.pop(last, None)
    else:
        node[last] = value
    return made


# -- examples --


def values(merged: Merged) -> dict[str, list[Any]]:
    return {one.field: [said.value for said in one.values] for one in merged.conflicts}


def test_fields_of_a_group_are_joined_and_disputed_one_by_one() -> None:
    base = {"birth": {"year": "1998", "place": "04"}}
    merged = merge(
        base, {"birth": {"year": "1999", "place": "04"}}, {"birth": {"year": "2000", "basis": "x"}}
    )
    assert merged.data == {"birth": {"year": "1998", "basis": "x"}}
    assert values(merged) == {"birth.year": ["1999", "2000"]}
    assert [said.by for said in merged.conflicts[0].values] == ["cw1", "cw2"]


@pytest.mark.parametrize(
    "one, two", [("0087", 87), (True, 1), (1, 1.0), ("yes", True), (None, "null"), ("", None)]
)
def test_values_of_other_kinds_are_other_values(one: Any, two: Any) -> None:
    merged = merge({}, {"a": one}, {"a": two})
    assert sorted(map(exact, values(merged)["a"])) == sorted(map(exact, [one, two]))
    assert merged.data == {}
    assert exact(merge({"a": one}, {"a": one}, {"a": two}).data["a"]) == exact(two)


def test_an_honest_unknown_is_one_value() -> None:
    other = {"unknown": "not-asked", "why": "no time"}
    assert values(merge({}, {"g": UNKNOWN}, {"g": other})) == {"g": [UNKNOWN, other]}
    assert values(merge({}, {"g": UNKNOWN}, {"g": {"x": 1}})) == {"g": [UNKNOWN, {"x": 1}]}
    asked = merge({"g": UNKNOWN}, {"g": {"x": 1}}, {"g": {"y": 2}})
    assert asked.data == {"g": {"x": 1, "y": 2}} and not asked.conflicts


def test_items_are_joined_by_their_ids() -> None:
    base = {"m": [{"id": one, "name": one} for one in IDS]}
    ours = {"m": [{"id": "new22222", "name": "N"}, {"id": IDS[0], "name": "changed"}, base["m"][2]]}
    theirs = {"m": [*base["m"][:2], {"id": "new33333", "name": "M"}]}
    merged = merge(base, ours, theirs)
    assert [item["id"] for item in merged.data["m"]] == [IDS[0], "new22222", "new33333"]
    assert merged.data["m"][0]["name"] == "changed" and not merged.conflicts


def test_an_item_removed_here_and_changed_there_is_disputed_and_stays_as_it_was() -> None:
    base = {"m": [{"id": IDS[0], "name": "A"}, {"id": IDS[1], "name": "B"}]}
    changed = {"id": IDS[0], "name": "A", "phone": "+855"}
    merged = merge(base, {"m": base["m"][1:]}, {"m": [changed, base["m"][1]]})
    assert merged.data == base
    assert values(merged) == {f"m.{IDS[0]}": [ABSENT, changed]}


def test_lists_of_values_are_joined_as_sets_in_their_order() -> None:
    merged = merge({"t": ["a", "b", "c"]}, {"t": ["x", "a", "c"]}, {"t": ["a", "b", "y", "c"]})
    assert merged.data == {"t": ["a", "c", "x", "y"]} and not merged.conflicts
    assert merge({"t": ["a"]}, {"t": []}, {"t": ["a", "b"]}).data == {"t": ["b"]}
    assert merge({}, {"t": ["a"]}, {"t": ["b", "a"]}).data == {"t": ["a", "b"]}


def test_two_orders_that_go_together_are_no_dispute() -> None:
    base = {"t": ["a", "b", "c"]}
    # One also took something away: what is left stands as the other has it too.
    merged = merge(base, {"t": ["a", "c", "b"]}, {"t": ["c", "b"]})
    assert merged.data == {"t": ["c", "b"]} and not merged.conflicts
    merged = merge(base, {"t": ["a", "c", "b"]}, {"t": ["b", "c"]}, {"t": ["b", "a", "c"]})
    assert [one.field for one in merged.conflicts] == ["t"]


def test_an_order_is_kept_and_two_orders_are_disputed() -> None:
    base: dict[str, Any] = {"t": ["a", "b", "c"], "m": [{"id": one, "n": 1} for one in IDS]}
    turned = {"t": ["c", "b", "a"], "m": list(reversed(copy.deepcopy(base["m"])))}
    longer = copy.deepcopy(base)
    longer["t"].append("d")
    longer["m"][0]["n"] = 2
    merged = merge(base, turned, longer)
    assert merged.data["t"] == ["c", "b", "a", "d"] and not merged.conflicts
    assert [(item["id"], item["n"]) for item in merged.data["m"]] == [
        (IDS[2], 1),
        (IDS[1], 1),
        (IDS[0], 2),
    ]
    other = {"t": ["b", "a", "c"], "m": [base["m"][1], base["m"][0], base["m"][2]]}
    merged = merge(base, turned, other)
    assert merged.data == base
    assert values(merged) == {"t": [turned["t"], other["t"]], "m": [turned["m"], other["m"]]}


@pytest.mark.parametrize(
    "one, two",
    [(["a", "a"], ["b"]), ([["a"]], [["b"]]), ([{"n": 1}], [{"n": 2}]), (["a"], [{"id": "k"}])],
)
def test_a_list_that_is_neither_set_nor_items_is_one_value(one: Any, two: Any) -> None:
    merged = merge({"t": ["z"]}, {"t": one}, {"t": two})
    assert merged.data == {"t": ["z"]} and values(merged) == {"t": [one, two]}


def test_two_offline_creations_join_over_nothing() -> None:
    merged = merge({}, {"a": "1", "g": {"x": "same"}}, {"a": "2", "b": "only", "g": {"x": "same"}})
    assert merged.data == {"b": "only", "g": {"x": "same"}}
    assert values(merged) == {"a": ["1", "2"]}


# -- conflicts that are open already --

TORN = Conflict(
    "a",
    (Said("cw1", "2026-01-01T08:00:00Z", "1"), Said("cw2", "2026-01-02T08:00:00Z", "2")),
)


def test_an_open_conflict_is_carried_and_takes_in_what_a_third_says() -> None:
    carried = threeway.merge({"a": "0"}, [side({"a": "0"}, 1, TORN), side({"a": "0", "b": "x"}, 2)])
    assert carried.data == {"a": "0", "b": "x"} and carried.conflicts == (TORN,)
    third = threeway.merge({"a": "0"}, [side({"a": "0"}, 1, TORN), side({"a": "3"}, 3)])
    assert third.data == {"a": "0"} and values(third) == {"a": ["1", "2", "3"]}
    same = threeway.merge({"a": "0"}, [side({"a": "0"}, 1, TORN), side({"a": "2"}, 3)])
    assert same.conflicts == (TORN,), "what a third says alike is no other value"


def test_settled_on_one_side_is_settled_and_settled_twice_is_disputed_again() -> None:
    open_ = side({"a": "0"}, 1, TORN)
    for chosen in ("1", "2", "0", "9"):
        merged = threeway.merge({"a": "0"}, [open_, side({"a": chosen}, 2)], (TORN,))
        assert merged.data == {"a": chosen} and not merged.conflicts
    merged = threeway.merge({"a": "0"}, [side({"a": "0"}, 1), side({"a": "1"}, 2)], (TORN,))
    assert merged.data == {"a": "0"} and values(merged) == {"a": ["0", "1"]}
    wider = Conflict("a", (*TORN.values, Said("cw3", "2026-01-03T08:00:00Z", "3")))
    merged = threeway.merge({"a": "0"}, [side({"a": "0"}, 1, wider), side({"a": "1"}, 2)], (TORN,))
    assert values(merged) == {"a": ["1", "3"]}, "who settled it had not seen the third value"


@pytest.mark.parametrize(
    "one, two", [(["a"], ["b"]), ({"x": 1}, {"y": 2}), ([{"id": IDS[0]}], [{"id": IDS[1]}])]
)
def test_two_choices_are_not_mixed_into_a_third(one: Any, two: Any) -> None:
    open_ = Conflict("a", (Said("cw1", "1", one), Said("cw2", "2", two)))
    merged = threeway.merge({}, [side({"a": one}, 1), side({"a": two}, 2)], (open_,))
    assert merged.data == {} and values(merged) == {"a": [one, two]}


def test_a_conflict_in_a_group_that_is_disputed_becomes_whole_groups_to_choose() -> None:
    base = {"g": {"a": "0", "x": "1"}}
    inner = Conflict("g.a", TORN.values)
    merged = threeway.merge(base, [side(base, 1, inner), side({}, 2)])
    assert merged.data == base
    whole = [{"a": "1", "x": "1"}, {"a": "2", "x": "1"}]
    assert [v for v in values(merged)["g"] if v is not ABSENT] == whole
    assert [one.field for one in merged.conflicts] == ["g"]
    # Taken away on the side that knew of it, it is gone.
    assert threeway.merge(base, [side(base, 1, inner), side({}, 2)], (inner,)) == Merged({}, ())


def test_a_conflict_whose_place_became_something_else_is_not_dropped() -> None:
    inner = Conflict("g.a", TORN.values)
    odd = [side({"g": UNKNOWN}, 1, inner), side({"g": UNKNOWN, "b": "x"}, 2)]
    merged = threeway.merge({"g": UNKNOWN}, odd)
    assert merged.data == {"g": UNKNOWN, "b": "x"} and merged.conflicts == (inner,)
    assert not threeway.merge({"g": UNKNOWN}, odd, (inner,)).conflicts


def test_no_name_of_a_field_can_be_taken_for_a_path() -> None:
    odd = {"a.b": "1", "%2e": "1", "a": {"b": "1"}}
    merged = merge({}, odd, {"a.b": "2", "%2e": "2", "a": {"b": "2"}})
    assert len({one.field for one in merged.conflicts}) == 3
    assert merged.data == {}
    again = threeway.merge({}, [side({}, 3, *merged.conflicts), side({}, 4, *merged.conflicts)])
    assert again == merged
