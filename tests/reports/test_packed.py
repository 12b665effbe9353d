"""Facts in little room: what is taken out is what was put in, with and without the events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.reports.packed import Facts, Packed, pack, unpack

EVENTS = frozenset({"stays", "records"})
IDS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=8, max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
FACTS = st.dictionaries(st.sampled_from(["sex", "spans", "stays", "records"]), PLAIN)


@given(st.dictionaries(IDS, FACTS, max_size=6), st.binary(max_size=1).map(lambda one: one * 9))
def test_what_is_taken_out_is_what_was_put_in(
    cases: dict[str, dict[str, object]], pad: bytes
) -> None:
    packed = {case: Packed.of(facts, EVENTS) for case, facts in cases.items()}
    assert unpack(pack(packed) + pad) == packed
    found = Facts(packed)
    assert list(found) == sorted(cases) and dict(found) == cases
    less = found.without_events()
    assert dict(less) == {
        case: {name: value for name, value in facts.items() if name not in EVENTS}
        for case, facts in cases.items()
    }


def test_a_case_stands_on_one_line_whatever_it_holds() -> None:
    packed = Packed.of({"sex": "a\nb\u2028ក", "stays": ["\n"]}, EVENTS)
    assert b"\n" not in packed.others + packed.events
    assert json.loads(packed.events) == {"stays": ["\n"]}


def test_nobody_is_told_of_who_is_not_there() -> None:
    found = Facts({"K7Q2-M9TX": Packed.of({"sex": "female"}, EVENTS)})
    with pytest.raises(KeyError):
        found["K7Q2-M9TY"]
    assert "female" not in repr(found)
