"""Counting: who is counted where, what is said of those who are not, and what can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports.cases import definition, dossier, edition, facts_of, record
from tests.reports.test_definition import HEAD, TEXT, own
from tipcase.errors import UsageError
from tipcase.law.visits import standing
from tipcase.reports.counting import Counted, Table, count
from tipcase.reports.definition import Report, ReportBook
from tipcase.reports.period import parse
from tipcase.reports.tables import TOTAL
from tipcase.reports.visit_plan import visits

TODAY = date(2026, 10, 15)
YEAR = parse("2026")
YES = [{"on": "2026-02-01", "answer": "given", "by": "self"}]
NO = [{"on": "2026-02-01", "answer": "refused", "by": "self"}]
shipped = cache(ReportBook(edition(), definition()).get)


def person(**facts: Any) -> dict[str, Any]:
    return {"spans": [{"from": "2026-01-05", "how": "new"}], **facts}


def asked(name: str, facts: Mapping[str, Any], **how: Any) -> Counted:
    return count(shipped(name), facts, how.pop("period", YEAR), as_of=TODAY, **how)


def values(table: Table, *codes: str) -> dict[str, Any]:
    frame = table.frame
    key = codes or (TOTAL,) * len(frame.dimensions)
    names = [measure.id for measure in frame.measures]
    return dict(zip(names, frame.cells[key].values, strict=True))


def made(tmp_path: Any, table: str) -> Report:
    return own(tmp_path, f"{HEAD}  - id: one\n{table}").get("mine")


# -- everybody, and those who agreed --

people = st.lists(
    st.fixed_dictionaries(
        {
            "spans": st.just([{"from": "2026-01-05", "how": "new"}]),
            "sex": st.sampled_from(["female", "male", "other", {"unknown": "declined"}]),
            "reporting": st.sampled_from([YES, NO, []]),
        },
        optional={"exploitation": st.lists(
            st.sampled_from(["ForcedLabour", "ChildLabour"]), min_size=1, max_size=2, unique=True
        )},
    ),
    max_size=12,
).map(lambda every: {f"CASE-{n:04}": one for n, one in enumerate(every)})  # fmt: skip


@given(people)
def test_everybody_is_given_refused_or_not_asked(facts: dict[str, Any]) -> None:
    [table] = asked("caseload", facts, by=("sex", "exploitation")).tables
    everybody = table.frame.cells[TOTAL, TOTAL]
    assert table.consent.cells[(TOTAL,)].values == everybody.values
    parts = [table.consent.cells[(code,)].values for code in ("given", "refused", "not-asked")]
    assert everybody.values == tuple(sum(part) for part in zip(*parts, strict=True))
    given_ = table.given
    total = given_.cells[(TOTAL,) * len(given_.dimensions)]
    assert total.values == parts[0]
    agreed = {name for name, one in facts.items() if one["reporting"] == YES}
    assert {item.case for item in given_.items} == agreed
    assert {item.case for item in table.frame.items} == facts.keys()


@given(people)
def test_nobody_stands_in_two_categories(facts: dict[str, Any]) -> None:
    [table] = asked("caseload", facts, by=("exploitation",)).tables
    assert len({item.case for item in table.frame.items}) == len(table.frame.items)
    inner = [cell.persons[1] for codes, cell in table.frame.cells.items() if codes != (TOTAL,)]
    assert sum(inner) == table.frame.cells[(TOTAL,)].persons[1] == len(facts)


def test_the_categories_of_what_has_no_single_code() -> None:
    facts = {
        "A": person(exploitation=["ForcedLabour", "ChildLabour"], nationality="VN"),
        "B": person(exploitation=["ForcedLabour"], nationality="XX"),
        "C": person(exploitation={"unknown": "not-applicable"}, nationality="VN"),
        "D": person(exploitation={"unknown": "declined"}, nationality={"unknown": "not-known"}),
        "E": person(),
    }
    [table] = asked("caseload", facts, by=("exploitation",)).tables
    for code in ("several", "ForcedLabour", "not-applicable", "unknown", "missing"):
        assert values(table, code)["new"] == 1
    codes = table.frame.dimensions[0].codes
    # After all that can be, and only where they occur; zeroes of what can be are there.
    assert codes[-4:] == ("several", "not-applicable", "unknown", "missing")
    assert values(table, "OrganRemoval")["new"] == 0
    labels = {c.code: c.label for c in table.frame.dimensions[0].categories}
    assert labels["missing"].en == "Not recorded"
    assert all(label.km for label in labels.values())
    # Codes that nobody named stand in their own order.
    others = {code: person(nationality=code) for code in ("XX", "QQ", "ZZ", "XA", "QM")}
    [table] = asked("caseload", others, by=("nationality",)).tables
    assert table.frame.dimensions[0].codes == ("QM", "QQ", "XA", "XX", "ZZ")
    # Of countries only those that occur, by the names that sheets give them.
    [table] = asked("caseload", facts, by=("nationality",)).tables
    assert [(c.code, c.label.en) for c in table.frame.dimensions[0].categories] == [
        ("VN", "Viet Nam"), ("XX", "XX"), ("unknown", "Not known"), ("missing", "Not recorded"),
    ]  # fmt: skip


# -- what is asked --


def test_a_filter_counts_only_those() -> None:
    facts = {
        "A": person(sex="female", nationality="VN"),
        "B": person(sex="male", nationality="KH"),
        "C": person(sex="other"),
    }

    def new(*where: tuple[str, str]) -> int:
        found = asked("caseload", facts, where=where)
        assert found.where == where
        total: int = values(found.tables[0])["new"]
        return total

    assert new() == 3
    assert new(("sex", "female")) == 1
    assert new(("sex", "female"), ("sex", "male")) == 2
    assert new(("sex", "female"), ("nationality", "KH")) == 0
    assert new(("nationality", "missing")) == 1


def test_a_table_takes_what_it_has() -> None:
    facts = {"A": person(sex="male", services=[{"on": "2026-03-01", "kind": "legal"}])}
    found = asked("monthly", facts, by=("kind",))
    assert {table.id: table.by for table in found.tables} == {
        "caseload": (), "visits": (), "services": ("kind",),
    }  # fmt: skip
    found = asked("monthly", facts, by=("sex", "kind"), where=[("kind", "legal")])
    assert [(table.id, table.by) for table in found.tables] == [("services", ("sex", "kind"))]
    assert found.left_out == ("caseload", "visits")
    assert asked("monthly", facts).tables[0].by == ("group",)


@pytest.mark.parametrize(
    ("how", "said", "hint"),
    [
        ({"by": ("sax",)}, "the report caseload has no such dimension", "did you mean sex?"),
        ({"by": ("zzz",)}, "no such dimension", "the dimensions are sex, age"),
        ({"by": ("sex", "sex")}, "named twice", "the dimensions are"),
        ({"where": [("zzz", "male")]}, "no such dimension", "the dimensions are"),
        ({"where": [("sex", "mail")]}, "sex has no such value", "did you mean male?"),
        ({"where": [("sex", "")]}, "sex has no such value", "one of female, male"),
        ({"where": [("age", "13")]}, "age has no such value", ""),
        ({"where": [("nationality", "Vietnam")]}, "nationality has no such value",
         "--by nationality"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(how: dict[str, Any], said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked("caseload", {"A": person(sex="male")}, **how)
    assert said in caught.value.sentence
    assert hint in caught.value.hint
    # What was typed may be anything, and so it is not said again.
    for name, code in how.get("where", ()):
        assert name == "zzz" or not code or code not in caught.value.sentence


def test_a_code_that_occurs_or_is_known_can_be_asked_for() -> None:
    facts = {"A": person(nationality="XX")}
    for code, new in (("XX", 1), ("VN", 0), ("unknown", 0)):
        [table] = asked("caseload", facts, where=[("nationality", code)]).tables
        assert values(table)["new"] == new


def test_a_code_that_only_others_have_gives_zeroes() -> None:
    facts = {
        "A": person(sex="female", nationality="XX"),
        "B": person(sex="male", nationality="VN", incidents=[{"on": "2026-03-01"}]),
    }
    [table] = asked("caseload", facts, where=[("sex", "male"), ("nationality", "XX")]).tables
    assert values(table)["new"] == 0
    # Of XX there is no incident: the other tables know that there is one of XX at all.
    tables = asked("outcomes", facts, where=[("nationality", "XX")]).tables
    assert {table.id for table in tables} >= {"incidents", "people"}
    # Where nothing is counted at all, nobody can say which codes there are.
    [table] = asked("workload", facts, where=[("worker", "cw9")]).tables
    assert values(table)["open_cases"] == 0


def test_without_any_case_there_are_zeroes() -> None:
    for name in ("caseload", "monthly", "closures", "follow-up", "stages"):
        for table in asked(name, {}).tables:
            total = values(table)
            assert set(total.values()) <= {0, None}
            assert not table.frame.items


# -- measures --

SERVICES = {
    "A": person(services=[
        {"on": "2026-03-01", "kind": "legal", "sessions": 4, "received": "received"},
        {"on": "2026-03", "kind": "legal", "sessions": 6},
    ]),
    "B": person(services=[
        {"on": "2026-02-28", "kind": "medical", "sessions": 9},
        {"kind": "medical", "sessions": 1},
        {"on": "2026-04-01", "kind": "medical"},
    ]),
}  # fmt: skip


def test_sums_persons_and_medians_over_events(tmp_path: Any) -> None:
    report = made(tmp_path, f"""\
    each: services
    where: "period.start <= this.on <= period.end"
    measures:
      - {{id: given, label: {TEXT}}}
      - {{id: people, label: {TEXT}, statistic: persons}}
      - {{id: legal, label: {TEXT}, where: "this.kind == 'legal'"}}
      - {{id: sessions, label: {TEXT}, where: "known(this.sessions)", amount: this.sessions}}
      - {{id: sure, label: {TEXT}, amount: this.sessions, unit: sessions}}
      - {{id: middle, label: {TEXT}, amount: this.sessions, statistic: median}}
      - {{id: received, label: {TEXT}, where: "this.received == 'received'"}}
    dimensions: [{{id: kind, of: this.kind}}]
    by: [kind]
""")  # fmt: skip
    [table] = count(report, SERVICES, YEAR, as_of=TODAY).tables
    assert values(table) == {
        "given": 4, "people": 2, "legal": 2, "sessions": 19, "sure": 19, "middle": 6,
        "received": 1,
    }  # fmt: skip
    assert values(table, "medical")["people"] == 1
    # One without a day, one without sessions, three of which nobody wrote whether it was received.
    assert table.undecided == {"": 1, "sure": 1, "middle": 1, "received": 3}
    units = {measure.id: measure.unit for measure in table.frame.measures}
    assert (units["given"], units["sure"]) == ("services", "sessions")
    # A partial date is its earliest day: March, and not lost.
    [table] = count(report, SERVICES, parse("2026-03"), as_of=TODAY).tables
    assert values(table)["given"] == 2
    parts = [count(report, SERVICES, parse(f"2026-{m:02}"), as_of=TODAY) for m in range(1, 13)]
    assert sum(values(part.tables[0])["given"] for part in parts) == 4


def test_a_condition_may_ask_for_an_age_and_for_today(tmp_path: Any) -> None:
    report = made(tmp_path, f"""\
    measures:
      - {{id: children, label: {TEXT}, where: "child_on(came_on)"}}
      - {{id: doubtful, label: {TEXT}, where: "age_uncertain()"}}
      - {{id: past, label: {TEXT}, where: "came_on < today and today <= period.end"}}
""")  # fmt: skip
    facts = {
        "A": person(came_on="2026-01-05", birth={"date": "2012", "basis": "told"}),
        "B": person(came_on="2026-01", birth={"date": "1998", "basis": "told"}),
        "C": person(came_on="2026-12-05", birth={"unknown": "not-known"}),
        "D": person(),
    }
    [table] = count(report, facts, YEAR, as_of=TODAY).tables
    assert values(table) == {"children": 2, "doubtful": 1, "past": 2}
    assert table.undecided == {"children": 1, "doubtful": 1, "past": 1}


def test_an_uncertain_age_alone_can_be_asked_for(tmp_path: Any) -> None:
    measures = f'[{{id: doubtful, label: {TEXT}, where: "age_uncertain()"}}]'
    report = made(tmp_path, f"    measures: {measures}\n    dimensions: [trafficked_before]\n")
    facts = {"A": person(birth={"unknown": "not-known"}), "B": person(birth={"date": "1998"})}
    [table] = count(report, facts, YEAR, as_of=TODAY).tables
    assert values(table) == {"doubtful": 1}
    # Of yes and no all codes are known, also where nobody has one.
    with pytest.raises(UsageError, match="trafficked_before has no such value"):
        count(report, {}, YEAR, as_of=TODAY, where=[("trafficked_before", "maybe")])


def test_an_age_that_was_told_is_that_of_the_exploitation() -> None:
    one = person(sex="male", birth={"date": "1998"}, exploited_from="2020-03")
    for told, group in (({}, "man"), ({"age_when_trafficked": 15}, "boy")):
        facts = {"A": one | told}
        [table] = [t for t in asked("national", facts).tables if t.id == "at_exploitation"]
        assert values(table, group)["people_at_exploitation"] == 1


def test_classes_take_the_first_that_holds(tmp_path: Any) -> None:
    report = made(tmp_path, f"""\
    each: services
    measures: [{{id: given, label: {TEXT}}}]
    dimensions:
      - id: size
        label: {TEXT}
        categories:
          - {{code: large, label: {TEXT}, when: "this.sessions > 5"}}
          - {{code: some, label: {TEXT}, when: "this.sessions > 1"}}
          - {{code: education, label: {TEXT}, when: "this.kind == 'education'"}}
      - {{id: latest, label: {TEXT}, of: "latest(s.kind for s in services)", like: services.kind}}
    by: [size]
""")  # fmt: skip
    [table] = count(report, SERVICES, YEAR, as_of=TODAY).tables
    assert table.frame.dimensions[0].codes == ("large", "some", "education", "other", "missing")
    # One without sessions may be large, also where the last class certainly does not hold.
    given = [values(table, code)["given"] for code in table.frame.dimensions[0].codes]
    assert given == [2, 1, 0, 1, 1]
    [table] = count(report, SERVICES, YEAR, as_of=TODAY, by=("latest",)).tables
    assert values(table, "legal")["given"] == 2
    assert values(table, "medical")["given"] == 3


def test_a_report_that_does_not_balance_is_not_told(tmp_path: Any) -> None:
    report = made(tmp_path, f"""\
    measures:
      - {{id: new, label: {TEXT}, amount: flow.new}}
      - {{id: open_end, label: {TEXT}, amount: flow.open_end}}
    balance: {{open_end: [new]}}
""")  # fmt: skip
    count(report, {"A": person()}, YEAR, as_of=TODAY)
    older = {"A": {"spans": [{"from": "2025-01-05", "how": "new"}]}}
    with pytest.raises(UsageError, match="does not balance"):
        count(report, older, YEAR, as_of=TODAY)


def test_what_is_not_known_of_a_measure_leaves_nothing_to_balance(tmp_path: Any) -> None:
    report = made(tmp_path, f"""\
    each: services
    measures:
      - {{id: given, label: {TEXT}}}
      - {{id: legal, label: {TEXT}, where: "this.kind == 'legal'"}}
      - {{id: others, label: {TEXT}, where: "this.kind != 'legal'"}}
    balance: {{given: [legal, others]}}
""")  # fmt: skip
    facts = {"A": person(services=[{"kind": "legal"}, {"on": "2026-03-01"}])}
    [table] = count(report, facts, YEAR, as_of=TODAY).tables
    assert values(table) == {"given": 2, "legal": 1, "others": 0}
    assert table.undecided == {"legal": 1, "others": 1}


def test_amounts_are_whole_and_a_median_takes_zeroes_in(tmp_path: Any) -> None:
    report = made(tmp_path, f"""\
    each: services
    measures:
      - {{id: middle, label: {TEXT}, amount: this.sessions / 4, statistic: median}}
""")  # fmt: skip
    services = [{"sessions": 6}, {"sessions": 0}, {"sessions": 0}, {"kind": "legal"}]
    [table] = count(report, {"A": person(services=services)}, YEAR, as_of=TODAY).tables
    assert [item.amounts for item in table.frame.items] == [(2,), (0,), (0,)]
    assert values(table) == {"middle": 0}
    # Three services of one person.
    assert table.frame.cells[()].persons == (1,)


def test_what_only_others_have_is_no_line_of_those_who_agreed() -> None:
    facts = {"A": person(nationality="VN", reporting=YES), "B": person(nationality="XX")}
    [table] = asked("caseload", facts, by=("nationality",)).tables
    assert table.frame.dimensions[0].codes == ("VN", "XX")
    assert table.given.dimensions[0].codes == ("VN",)


def test_what_happens_to_nobody_is_no_item() -> None:
    facts = {"A": person(), "B": {"spans": [{"from": "2027-01-05", "how": "new"}]}}
    [table] = asked("caseload", facts).tables
    assert [item.case for item in table.frame.items] == ["A"]


def test_what_no_median_takes_in_is_no_item() -> None:
    spans = [{"from": "2026-01-05", "how": "new", "to": "2026-01-05"}]
    stay = {"stage": "recovery", "from": "2026-03-01"}
    facts = {
        "A": person(nationality="VN", stays=[stay | {"to": "2027-01-01"}]),
        "B": person(nationality="XX", stays=[stay | {"to": "2026-03-01"}]),
        "C": person(spans=spans, nationality="LA", stays=[]),
    }
    [table] = asked("stages", facts, period=parse("2026-02"), by=("nationality",)).tables
    assert not table.frame.items
    [table] = asked("stages", facts, by=("nationality",)).tables
    # A stay of no day at all is one, and a median takes its zero in.
    assert values(table, "XX")["days"] == 0
    assert values(table, "VN")["days"] is None


# -- visits --


def visited(*follow_ups: tuple[str, str, str | None]) -> dict[str, Any]:
    """A case with three visits agreed, and follow-ups: on, reached, planned on."""
    agreed = {"agreed_on": "2026-05-01", "visits": [
        {"visit_on": "2026-06-10", "announced": "announced"},
        {"visit_on": "2026-08-10", "announced": "spot-check"},
        {"visit_on": "2026-09-20", "announced": "announced"},
    ]}  # fmt: skip
    plan = [["reintegration", {"happened_on": "2026-05-01", "visits_agreed": agreed}]]
    for on, reached, planned in follow_ups:
        data = {"happened_on": on, "reached": reached}
        plan.append(["follow-up", data | ({"planned_on": planned} if planned else {})])
    return person(visits=plan)


def test_follow_up_is_judged_on_the_last_day_of_the_period() -> None:
    late = visited(("2026-06-10", "met", None), ("2026-08-25", "met", "2026-08-10"))
    # Tried in vain two days later: that is no visit made later.
    facts = {"A": late, "B": visited(("2026-08-12", "other", "2026-08-10"))}
    table, _ = asked("follow-up", facts, period=parse("2026-Q3")).tables
    assert values(table) == {
        "agreed": 4, "people": 2, "done": 1, "late": 2, "missed": 0, "failed": 1, "not_due": 0,
        "made_later": 1, "days_after": 15,
    }  # fmt: skip
    assert values(table, "spot-check")["agreed"] == 2
    # In August the visit was late by its last day, and had not been made by its twentieth.
    august = parse(None, "2026-08-01", "2026-08-20")
    table, _ = asked("follow-up", {"A": late}, period=august).tables
    assert values(table)["late"] == 1
    # Of a period that is not over, what is still to come is not yet due.
    found = count(shipped("follow-up"), {"A": late}, parse("2026-Q3"), as_of=date(2026, 9, 1))
    assert values(found.tables[0])["not_due"] == 1
    assert found.tables[0].undecided == {}


def test_visits_are_kept_without_a_word_and_judged_as_the_law_does() -> None:
    days = [{"id": "vsc23456", "visit_on": "2026-06", "announced": "announced",
             "visit_note": "Canary"}, {"visit_on": "Canary", "announced": "Canary"}]  # fmt: skip
    agreed = {"agreed_on": "2026-05", "number": 3, "survivor_agrees": "yes", "rhythm": "Canary"}
    agreed |= {"visits": days}
    records = [
        record("reintegration", {"happened_on": "2026-05-01", "visits_agreed": agreed,
                                 "trial_outcome": "Canary"}, "aaaa2345"),
        record("follow-up", {"happened_on": "2026-06-30", "reached": "not-reached",
                             "own_words": "Canary"}, "bbbb2345"),
        record("follow-up", {"happened_on": "2026-07-03", "reached": "met",
                             "visits_agreed_now": {"agreed_on": "2026-07-03", "visits": [
                                 {"visit_on": "2026-09-01"}]}}, "cccc2345"),
    ]  # fmt: skip
    kept = facts_of(*records)["visits"]
    assert "Canary" not in str(kept)
    for day in (date(2026, 6, 15), date(2026, 7, 1), date(2026, 7, 4), date(2026, 10, 1)):
        lawful = standing(dossier(*records), day).visits
        assert [(one["on"], one["state"]) for one in visits(kept, day)] == [
            (visit.on.earliest.isoformat(), visit.state) for visit in lawful
        ]


def test_how_long_after_the_agreed_days_a_visit_was_made() -> None:
    agreed = {"agreed_on": "2026-05-01", "visits": [
        {"visit_on": "2026-06"}, {"visit_on": "2026-08"}, {"visit_on": "2026-10-10"},
    ]}  # fmt: skip
    kept: list[list[Any]] = [
        ["reintegration", {"happened_on": "2026-05-01", "visits_agreed": agreed}]
    ]
    for on, planned in (
        ("2026-06-20", "2026-06"),
        ("2026-09-02", "2026-08"),
        ("2026-10-08", "2026-10-10"),
    ):
        kept.append(["follow-up", {"happened_on": on, "reached": "met", "planned_on": planned}])
    found = visits(kept, date(2026, 10, 31))
    # Within the month that was agreed, after its last day, and before the day.
    assert [one["days_after"] for one in found] == [0, 2, 0]
    assert [one["made_on"] for one in found] == ["2026-06-20", "2026-09-02", "2026-10-08"]
