"""The language of rules: what it takes, what it refuses and where, and that it never raises."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.editions import AS_OF, dossier, record, tiny
from tipcase.law.expressions import LENGTH_LIMIT, ExpressionError, compiled, condition
from tipcase.law.functions import FUNCTIONS, STEP_LIMIT
from tipcase.law.kleene import UNKNOWN, Span
from tipcase.law.shapes import Vocabulary

PROFILE = """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: false, label: {en: Profile, km: ប្រវត្តិ}}
properties:
  birth:
    type: object
    properties:
      date: {$ref: common.yaml#/$defs/date}
      basis: {type: string, enum: [told, animal-year]}
      candidate_years: {type: array, items: {type: integer}}
"""


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    folder = tmp_path_factory.mktemp("edition")
    return tiny(folder, {"records/profile.yaml": PROFILE}).vocabulary


def facts(words: Vocabulary) -> dict[str, Any]:
    return dossier(
        "visit",
        record(
            "intake",
            happened_on="2026-01",
            care=True,
            kind="child",
            visits=4,
            code={"unknown": "declined"},
            contact={"unknown": "not-asked"},
            family=[{"name": "A", "years": 3}, {"name": "B"}, {"name": "C", "years": 40}],
        ),
        record("visit", "bbbbbbbb", happened_on="2026-03-01", met="survivor"),
        record("visit", "aaaaaaaa", happened_on="2026-02-01", met={"unknown": "not-known"}),
        record("profile", birth={"date": "2010", "basis": "told"}),
        intake="complete",
    ).context(words, AS_OF)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("intake.care == True", True),
        ("intake.care", True),
        ("not intake.care", False),
        ("intake['kind'] == 'child'", True),
        ("intake.kind != 'child'", False),
        ("intake.kind in ['adult', 'child']", True),
        ("intake.kind not in ['adult']", True),
        ("intake.visits * 2 - 1 == 7", True),
        ("1 < intake.visits <= 4", True),
        ("-intake.visits / 2", -2.0),
        ("intake.visits / 0 == 1", UNKNOWN),
        ("intake.code == '0087'", UNKNOWN),
        ("known(intake.code)", False),
        ("answered(intake.code)", True),
        ("unknown(intake.code)", True),
        ("answered(intake.contact.phone)", True),
        ("known(intake.contact.phone)", False),
        ("unknown(intake.visits)", False),
        ("len(closure)", 0),
        ("len(visit)", 2),
        ("len(intake.family)", 3),
        ("any(one.met == 'survivor' for one in visit)", True),
        ("all(one.met == 'survivor' for one in visit)", UNKNOWN),
        ("any(one.met == 'nobody' for one in visit)", UNKNOWN),
        ("any(one.outcome == 'died' for one in closure)", False),
        ("all(one.outcome == 'died' for one in closure)", True),
        ("count(one for one in visit if one.met == 'survivor')", Span(1, 2)),
        ("count(one for one in visit if one.met == 'survivor') >= 1", True),
        ("count(one.years > 18 for one in intake.family)", Span(1, 2)),
        ("count(one for one in intake.family if known(one.years))", 2),
        ("latest(visit).happened_on == '2026-03-01'", True),
        ("latest(closure).outcome == 'died'", UNKNOWN),
        ("latest([one.name for one in intake.family]) == 'C'", True),
        ("'B' in [one.name for one in intake.family]", True),
        ("any(any(two.name == one.name for two in intake.family) for one in intake.family)", True),
        ("intake.happened_on < '2026-02-01'", True),
        ("intake.happened_on < '2026-01-15'", UNKNOWN),
        ("intake.happened_on == '2026-01'", UNKNOWN),
        ("today == '2026-11-21'", True),
        ("before(intake.happened_on, latest(visit).happened_on)", True),
        ("not_after('2026-02', intake.happened_on)", False),
        ("not_after(latest(closure).happened_on, today)", UNKNOWN),
        ("days_between('2026-03-01', '2026-03-31') == 30", True),
        ("days_between(intake.happened_on, today) > 200", True),
        ("child_on(today)", True),
        ("adult_on(today)", False),
        ("adult_on('2029-01-01')", True),
        ("age_uncertain()", False),
        ("case.stage == 'visit' and case.opened == '2026-01-05'", True),
        ("states['intake'] == 'complete' and states['visit'] == 'not-started'", True),
        ("case.phase == 'early'", UNKNOWN),
        ("True or intake.code == 'x'", True),
        ("False and intake.code == 'x'", False),
        ("True and intake.code == 'x'", UNKNOWN),
        ("intake.care ==\n  True", True),
    ],
)
def test_values(words: Vocabulary, source: str, value: Any) -> None:
    found = compiled(source, words).evaluate(facts(words))
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function_is_in_the_table_above(function: str) -> None:
    table = Path(__file__).read_text("utf-8")
    assert f'"{function}(' in table or f" {function}(" in table


def test_this_stands_for_each_record(words: Vocabulary) -> None:
    expression = condition("this.met == 'survivor'", words, each="visit")
    assert expression.truth({"this": {"met": "survivor"}}) is True
    assert expression.truth({"this": {"met": "nobody"}}) is False
    assert expression.truth({"this": {}}) is UNKNOWN
    with pytest.raises(ExpressionError):
        compiled("this.met == 'survivor'", words)


@pytest.mark.parametrize(
    ("source", "part", "at"),
    [
        ("intake.cared", "the field cared", (1, 0)),
        ("intak.care", "names intak", (1, 0)),
        ("intake.care and\n nothing.x", "names nothing", (2, 1)),
        ("\n  'ថ្ងៃ' == intake.cod", "the field cod", (2, 12)),
        ("known(intake.kind) and intake.kind == 'kid'", "cannot have", (1, 38)),
        ("intake.kind in ['adult', 'kid']", "cannot have", (1, 25)),
        ("'kid' in [one.met for one in visit]", "cannot have", (1, 0)),
        ("intake.care == 'yes'", "yes-or-no with a text", (1, 15)),
        ("intake.kind == True", "a choice with True", (1, 15)),
        ("intake.happened_on < 'soon'", "no date", (1, 21)),
        ("before(intake.kind, today)", "no date", (1, 7)),
        ("intake.kind < 'b'", "in order", (1, 0)),
        ("intake.care + 1", "no number", (1, 0)),
        ("intake.visits and True", "yes-or-no", (1, 0)),
        ("any(one.visits for one in visit)", "the field visits", (1, 4)),
        ("any(one.met for one in visit)", "yes-or-no", (1, 3)),
        ("known(visit)", "always there", (1, 6)),
        ("len(intake)", "no list", (1, 4)),
        ("len(x for x in intake)", "", (1, 4)),
        ("any(one.care for one in intake)", "no list", (1, 24)),
        ("'a' in intake.kind", "no list", (1, 7)),
        ("any(intake.care for intake in visit)", "second meaning", (1, 20)),
        ("any(len.met == 'nobody' for len in visit)", "second meaning", (1, 28)),
        ("any(True for one in visit for two in visit)", "loops", (1, 3)),
        ("open('x')", "function", (1, 0)),
        ("intake.kind.upper()", "function", (1, 0)),
        ("known()", "arguments", (1, 0)),
        ("known(*visit)", "arguments", (1, 0)),
        ("known(x=intake.care)", "arguments", (1, 0)),
        ("2 ** 2 == 4", "sign", (1, 0)),
        ("7 % 2 == 1", "sign", (1, 0)),
        ("~1 == 1", "sign", (1, 0)),
        ("intake is intake", "comparison", (1, 0)),
        ("intake.__class__", "field __class__", (1, 0)),
        ("intake['__class__']", "field __class__", (1, 0)),
        ("latest([1, 'a']).__class__ == 1", "field __class__", (1, 0)),
        ("visit[0]", "key", (1, 0)),
        ("intake[0:1]", "key", (1, 0)),
        ("f'{intake}' == 'x'", "expressions do not have", (1, 0)),
        ("'%s' % intake.care == 'x'", "sign", (1, 0)),
        ("lambda: 1", "expressions do not have", (1, 0)),
        ("(x := 1) == 1", "expressions do not have", (1, 1)),
        ("intake.care if True else False", "expressions do not have", (1, 0)),
        ("{'a': 1}", "expressions do not have", (1, 0)),
        ("(1, 2)", "expressions do not have", (1, 0)),
        ("{x for x in visit}", "expressions do not have", (1, 0)),
        ("await x", "", (1, 0)),
        ("None == intake.care", "literal", (1, 0)),
        ("b'x' == intake.code", "literal", (1, 0)),
        ("1j == intake.visits", "literal", (1, 0)),
        ("... == intake.visits", "literal", (1, 0)),
        ("'\\n' == intake.code", "backslash", (1, 0)),
        ("1or 2", "", (1, 0)),
        ("intake.care ==", "not written", (1, 0)),
        ("", "not written", (1, 0)),
        ("intake.care # or", "a #", (1, 0)),
        ("intake.care; 1", "not written", (1, 0)),
        ("intake.care) or (True", "not written", (1, 0)),
        ("\0", "not written", (1, 0)),
        ("not " * 60 + "True", "nested deeper", (1, 100)),
        ("-" * 1500 + "1 == 1", "", (1, 0)),
        ("(" * 500 + "1" + ")" * 500, "", (1, 0)),
        ("True " + "and True " * 400, "longer than", (1, 0)),
        ("any(any(any(any(True for d in visit) for c in visit) for b in visit) for a in visit)",
         "more than 3 loops", (1, 15)),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(
    words: Vocabulary, source: str, part: str, at: tuple[int, int]
) -> None:
    with pytest.raises(ExpressionError) as caught:
        condition(source, words)
    assert part in caught.value.sentence
    if part and part != "not written":
        assert caught.value.at == at


def test_a_question_must_be_one(words: Vocabulary) -> None:
    assert compiled("len(visit)", words).evaluate({}) == 0
    with pytest.raises(ExpressionError, match="yes-or-no"):
        condition("len(visit)", words)


def test_a_slip_is_met_with_the_name_meant(words: Vocabulary) -> None:
    for source, meant in [
        ("intake.hapened_on == '2026'", "happened_on"),
        ("intakes.care", "intake"),
        ("intake.kind == 'chld'", "child"),
        ("knwon(intake.care)", "known"),
    ]:
        with pytest.raises(ExpressionError) as caught:
            condition(source, words)
        assert caught.value.hint == f"did you mean {meant}?"


def test_a_long_loop_gives_up_instead_of_running_on(words: Vocabulary) -> None:
    source = "any(any(two.years == 1 for two in intake.family) for one in intake.family)"
    many = [{"years": 2}] * (STEP_LIMIT // 100)
    expression = condition(source, words)
    assert expression.truth({"intake": {"family": many[:100]}}) is False
    assert expression.truth({"intake": {"family": many}}) is UNKNOWN


SOURCES = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            ["intake", ".care", ".kind", "(", ")", "[", "]", "==", "in", " and ", " not ", "or",
             "'child'", "1", "any", "for one in visit", "one", ".met", ",", "known", "today", "-",
             "*", "**", ":", "lambda", "if", "else", " ", "\n", "this", "states", "0x", "_", "\\"]
        ),
        max_size=24,
    ).map("".join),
)  # fmt: skip


@given(SOURCES)
def test_any_text_compiles_or_is_refused(words: Vocabulary, source: str) -> None:
    try:
        expression = compiled(source, words, each="visit")
    except ExpressionError:
        return
    assert len(source) <= LENGTH_LIMIT
    expression.evaluate({})


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.dates().map(date.isoformat), st.just("2026-03"), st.sampled_from(["child", "survivor"]),
    st.integers(10**400, 10**401),
)  # fmt: skip
KEYS = st.sampled_from(
    ["happened_on", "care", "code", "visits", "kind", "contact", "phone", "family", "name",
     "years", "met", "outcome", "unknown", "why", "birth", "date", "basis", "candidate_years"]
)  # fmt: skip
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)  # fmt: skip
NAMES = ["intake", "visit", "closure", "profile", "today", "states", "case", "this"]
TOTAL = [
    "intake.care == True and intake.visits * 3 / intake.visits - 1 > 2",
    "any(one.met == 'survivor' for one in visit) or all(known(one.happened_on) for one in visit)",
    "count(one for one in visit if one.met in ['survivor', 'nobody']) >= 2",
    "latest(visit).happened_on < today",
    "days_between(intake.happened_on, latest(visit).happened_on) > 30",
    "len([one for one in intake.family if one.years > 3]) * 2 == 4",
    "child_on(latest(closure).happened_on) or adult_on(today) or age_uncertain()",
    "'B' in [one.name for one in intake.family] or intake.kind not in ['child']",
    "states['intake'] == 'open' and case.stage == 'visit' and -intake.visits < 1.5",
    "not_after(intake.happened_on, today) and before(today, this.happened_on)",
    "unknown(intake.contact.phone) or answered(intake.code) or intake.visits == intake.visits",
]


BIRTHS = st.fixed_dictionaries(
    {}, optional={"date": SCALARS, "basis": DATA, "candidate_years": st.lists(SCALARS, max_size=3)}
)


@given(DATA, BIRTHS)
def test_ages_never_raise(words: Vocabulary, day: Any, birth: dict[str, Any]) -> None:
    facts = {"profile": {"birth": birth}, "today": AS_OF, "this": {"happened_on": day}}
    for source in ("child_on(this.happened_on)", "adult_on(today)", "age_uncertain()"):
        assert condition(source, words, each="visit").truth(facts) in (True, False, UNKNOWN)


@given(st.dictionaries(st.sampled_from(NAMES), DATA, max_size=8))
def test_evaluation_never_raises(words: Vocabulary, data: dict[str, Any]) -> None:
    for source in TOTAL:
        assert condition(source, words, each="visit").truth(data) in (True, False, UNKNOWN)


def test_what_was_compiled_is_kept_with_the_names_it_was_compiled_for(tmp_path: Path) -> None:
    one, other = (
        tiny(tmp_path / name, {"records/profile.yaml": PROFILE}).vocabulary for name in "ab"
    )
    first = compiled("today", one)
    assert compiled("today", one) is first
    assert compiled("today", one, "profile") is not first
    assert compiled("today", other) is not first
