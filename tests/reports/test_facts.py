"""What is taken out of a case to be counted, and what can never be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reports.cases import case, definition, dossier, edition, facts_of, moved, record
from tipcase import law
from tipcase.law.edition import EditionError
from tipcase.law.findings import Text
from tipcase.law.schema import fields
from tipcase.reports import derived, fact_reader, facts
from tipcase.reports.collecting import collect
from tipcase.reports.entry import Entry
from tipcase.reports.export.flat import may_leave
from tipcase.reports.facts import Fact, FactsDefinition
from tipcase.reports.period import parse

CANARY = "Canary of the record"
# What a fact may be taken from as it stands; whatever else is in a record is somebody's words.
CODES = {"enum", "date", "yes-no", "count", "number", "country", "place"}


def own(folder: Path, facts: str) -> FactsDefinition:
    """The shipped edition with an office's own facts over it."""
    (folder / "facts.yaml").write_text(facts, encoding="utf-8")
    return FactsDefinition.of(law.load([*edition().source.folders, folder]))


def with_canaries(node: Any, kinds: dict[str, str], path: str = "") -> Any:
    """A record in which every text is a canary that could name somebody."""
    if isinstance(node, dict):
        return {
            key: with_canaries(value, kinds, f"{path}.{key}" if path else key)
            for key, value in node.items()
        }
    if isinstance(node, list):
        inside = {True: f"{path}[]", False: path}
        return [with_canaries(one, kinds, inside[isinstance(one, dict)]) for one in node]
    if isinstance(node, str) and kinds.get(path) not in CODES:
        return CANARY
    return node


@pytest.mark.parametrize("everywhere", [False, True], ids=["in-texts", "in-codes-too"])
def test_no_text_of_any_record_becomes_a_fact(everywhere: bool) -> None:
    records = []
    for name in edition().record_types:
        row = edition().record_type(name)
        kinds = (
            {}
            if everywhere
            else {f.path: "enum" if f.values else f.kind for f in fields(row.schema)}
        )
        data = with_canaries(row.example, kinds)
        assert CANARY in json.dumps(data), name
        if everywhere:
            # As a draft may: words where codes, days and unknowns belong.
            data |= {CANARY: {"unknown": CANARY, "why": CANARY}}
        records.append(record(name, data, "abcd2345" if row.repeats else None))
    found = facts_of(*records)
    assert found["spans"]
    assert "Canary" not in json.dumps(found)
    if not everywhere:
        # It is no wonder that nothing leaks where nothing is taken.
        missing = {name for name, fact in definition().facts.items() if fact.path} - found.keys()
        assert missing <= {"trafficked_before", "counted_elsewhere", "disability",
                           "sexual_exploitation", "accompanying"}  # fmt: skip


def test_nothing_restricted_is_taken() -> None:
    for fact in definition().facts.values():
        inner = fact.fields.values() if fact.fields else [fact]
        for one in (fact, *inner):
            if one.path is not None:
                assert one.path.record not in ("health", "safeguarding")
    found = facts_of(record("health", {"happened_on": "2026-01-06", "hiv_status": "positive",
                                       "notes": {"unknown": "declined"}}, "abcd2345"))  # fmt: skip
    assert "records" not in found
    assert "unknowns" not in found


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("facts", "said", "hint"),
    [
        ("{id: words, from: profile.narrative}", "could name somebody", "known:"),
        ("{id: words, from: profile.full_name}", "could name somebody", "known:"),
        ("{id: words, from: profile.safe_contact.phone}", "could name somebody", "known:"),
        ("{id: words, from: profile.languages}", "could name somebody", "known:"),
        ("{id: words, from: profile.office_number}", "could name somebody", "known:"),
        ("{id: words, from: profile.birth}", "could name somebody", "known:"),
        ("{id: hiv, from: health.hiv_status}", "is restricted", "restricted: true"),
        ("{id: ill, count: health.prescriptions}", "is restricted", "restricted: true"),
        ("{id: ill, each: health, label: {en: A, km: ក}}", "is restricted", "restricted: true"),
        ("{id: home, from: profile.birthplace.place, level: 8}", "cut to a province", "2 is the"),
        ("{id: sax, from: profile.sax}", "has no field sax", "did you mean sex?"),
        ("{id: x, from: profle.sex}", "no record type", "did you mean profile?"),
        ("{id: x, from: profile.sex, known: profile.sex}", "in no way, or in two", "from:"),
        ("{id: x}", "in no way, or in two", "from:"),
        ("{id: X1, from: profile.sex}", "no id", "id: NAME"),
        ("{id: period, from: profile.sex}", "no fact can be called", ""),
        ("{id: x, from: profile.sex, wher: y}", "wher means nothing", "what can stand"),
        ("{id: x, each: service, label: {en: A, km: ក}, take: {w: service_need}}", "name somebody",
         "known:"),
        ("{id: x, each: service, label: {en: A, km: ក}, take: {w: [a]}}", "names no field", ""),
        ("{id: x, each: profile.sex, label: {en: A, km: ក}}", "is no list", ""),
        ("{id: x, built: spans}", "is called spans", ""),
        ("{id: x, built: magic}", "something unknown for built", ""),
        ("{id: x, count: profile.sex}", "nothing to count", ""),
        ("{id: x, each: service}", "no label in both languages", ""),
        ("{id: x, from: profile.nationality, labels: planets}", "unknown for labels", "provinces"),
    ],
)  # fmt: skip
def test_a_fact_that_cannot_be_one_is_refused_with_its_place(
    tmp_path: Path, facts: str, said: str, hint: str
) -> None:
    with pytest.raises(EditionError) as caught:
        own(tmp_path, f"facts:\n  - {facts}\n")
    assert said in caught.value.sentence
    assert hint in caught.value.hint
    assert caught.value.file == tmp_path / "facts.yaml"
    assert caught.value.line == 2
    assert caught.value.column > 1


@pytest.mark.parametrize(
    "node",
    [
        {"from": "profile.narrative"},
        {"from": "profile.languages"},
        {"from": "profile.safe_contact.phone"},
        {"from": "health.hiv_status"},
        {"known": "health.findings"},
        {"each": "health", "label": {"en": "A", "km": "ក"}},
        {"each": "safeguarding", "label": {"en": "A", "km": "ក"}, "take": {"on": "happened_on"}},
        {"each": "service", "label": {"en": "A", "km": "ក"}, "take": {"a": "service_need"}},
        {"from": "profile.birthplace.place", "level": 6},
    ],
)
def test_nobody_can_be_named_by_a_fact(node: dict[str, Any]) -> None:
    entry = Entry(edition(), "facts.yaml", ("facts",), {"id": "mine", **node})
    with pytest.raises(EditionError, match=r"could name somebody|is restricted|is cut to"):
        fact_reader.fact_of(entry)


def test_an_office_adds_facts_and_changes_them(tmp_path: Path) -> None:
    shipped = definition()
    home = "{id: home, from: profile.birthplace.place, level: 4, label: {en: Home, km: ផ្ទះ}}"
    hiv = "{id: hiv, from: health.hiv_status, restricted: true}"
    sex = "{id: sex, label: {en: Sex at birth, km: ភេទ}}"
    changed = own(tmp_path, f"facts:\n  - {home}\n  - {hiv}\n  - {sex}\n")
    assert changed.digest != shipped.digest
    assert changed.facts["hiv"].restricted
    assert changed.facts["sex"].label.en == "Sex at birth"
    assert changed.facts["home"].level == 4
    assert shipped.digest == FactsDefinition.of(edition()).digest


def test_what_was_kept_is_of_the_very_files_that_facts_are_read_from(tmp_path: Path) -> None:
    shipped = definition().written
    assert own(tmp_path, "# nothing of ours\n{}\n").written != shipped
    (tmp_path / "facts.yaml").unlink()
    (tmp_path / "records").mkdir()
    secret = "properties: {sex: {x-tipcase-restricted: true}}\n"
    (tmp_path / "records" / "profile.yaml").write_text(secret, "utf-8")
    changed = law.load([*edition().source.folders, tmp_path])
    found = FactsDefinition.of(changed, checked=False)
    assert found.written != shipped == FactsDefinition.of(edition()).written
    assert found.facts["nationality"].kind == "country"
    with pytest.raises(EditionError, match="sex is restricted"):
        found.check()


def test_whatever_changes_what_is_taken_changes_the_digest(monkeypatch: Any) -> None:
    def digest(**change: Any) -> str:
        sex = replace(definition().facts["sex"], **change)
        return FactsDefinition(edition(), {"sex": sex}).digest

    path = replace(definition().facts["sex"].path, ask="known")  # type: ignore[type-var]  # it has one
    changes: tuple[dict[str, Any], ...]
    changes = ({"level": 4}, {"kind": "list"}, {"values": {}}, {"built": "state"}, {"path": path})
    assert len({digest(), *(digest(**change) for change in changes)}) == len(changes) + 1
    # What it is called changes nothing that is taken.
    assert digest(label=Text("Another")) == digest()
    before = digest()
    monkeypatch.setattr(facts, "VERSION", facts.VERSION + 1)
    assert digest() != before


def test_a_restricted_field_of_any_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    over = "properties: {sex: {x-tipcase-restricted: true}}\n"
    (tmp_path / "records" / "profile.yaml").write_text(over, encoding="utf-8")
    with pytest.raises(EditionError, match="sex is restricted"):
        own(tmp_path, "facts: []\n")


def test_values_are_taken_as_they_are_meant() -> None:
    found = facts_of(
        record("profile", {
            "sex": "female",
            "nationality": "VN",
            "birthplace": {"place": "01020304"},
            "birth": {"date": "1998", "basis": "told", "candidate_years": ["1998", CANARY]},
            "trafficking": {"unknown": "declined", "why": CANARY},
        }),
        record("service", {"happened_on": "2026-02", "service_kind": "medical",
                           "sessions": 3, "service_need": CANARY}, "aaaa2345"),
        record("service", {"happened_on": "soon", "service_kind": "magic", "sessions": "3",
                           "survivor_choice": {"unknown": "not-asked", "why": CANARY}}, "bbbb2345"),
    )  # fmt: skip
    assert found["sex"] == "female"
    assert found["province_origin"] == "01"
    # A number of ten digits may be a telephone.
    long = record("service", {"happened_on": "2026-02", "sessions": 85512345678}, "cccc2345")
    assert facts_of(long)["services"] == [{"on": "2026-02"}]
    assert found["birth"] == {"date": "1998", "basis": "told", "candidate_years": ["1998"]}
    assert found["exploitation"] == {"unknown": "declined"}
    assert found["services"] == [
        {"choice": {"unknown": "not-asked"}},
        {"on": "2026-02", "kind": "medical", "sessions": 3},
    ]
    assert found["came_on"] == "2026-01-05"
    assert found["team"] == [{"worker": "cw1"}]


def test_of_several_records_the_latest_that_knows_counts() -> None:
    def places(*told: Any) -> Any:
        return facts_of(*(
            record("reintegration", {"happened_on": f"2026-0{at}-01", "reintegration_place": one},
                   f"{at}aaa2345") for at, one in enumerate(told, 1)
        )).get("province_destination")  # fmt: skip

    assert places("0102", "0203") == "02"
    assert places("0102", {"unknown": "not-known"}) == "01"
    assert places({"unknown": "declined"}, None) == {"unknown": "declined"}
    assert places(None, None) is None


def test_whether_something_is_written_is_all_that_is_known_of_a_text() -> None:
    def claimed(**data: Any) -> Any:
        return facts_of(record("legal", {"happened_on": "2026-01-09", **data}, "aaaa2345"))[
            "proceedings"
        ][0]["claimed"]

    assert claimed(compensation_claimed="4,000 dollars") is True
    assert claimed(compensation_claimed="") is False
    assert claimed() is False
    assert claimed(compensation_claimed={"unknown": "not-known"}) == {"unknown": "not-known"}


def test_what_was_written_once_stays_written(tmp_path: Path) -> None:
    hurt = "{id: hurt, known: incident.what_happened, label: {en: A, km: ក}}"
    mine = own(tmp_path, f"facts:\n  - {hurt}\n")
    told = [record("incident", {"happened_on": "2026-01-09", "what_happened": CANARY}, "aaaa2345"),
            record("incident", {"happened_on": "2026-02-09"}, "bbbb2345")]  # fmt: skip
    assert collect(case(), dossier(*told), mine)["hurt"] is True
    assert collect(case(), dossier(told[1]), mine)["hurt"] is False


def test_a_record_was_written_on_the_day_of_its_first_version() -> None:
    def put(time: str) -> Any:
        version = SimpleNamespace(path="identification.yaml.age")
        return SimpleNamespace(op="put", time=f"{time}T09:00:00Z", data={}, files=(version,))

    entries = [moved("new", "2026-01-05", "identification")]
    entries += [SimpleNamespace(id="", entry=put(day)) for day in ("2026-01-07", "2026-03-01")]
    [row] = facts_of(record("identification", {}), entries=entries)["records"]
    assert row["written_on"] == "2026-01-07"


def test_what_is_restricted_or_about_staff_may_not_leave() -> None:
    plain = Fact("sex", Text("Sex"), "enum")
    assert may_leave(plain)
    assert not may_leave(replace(plain, restricted=True))
    assert not may_leave(replace(plain, internal=True))
    assert not may_leave(definition().facts["team"])


def test_records_are_counted_with_what_is_not_known_in_them() -> None:
    found = facts_of(
        record("identification", {"happened_on": "2026-01-06", "setting": {"unknown": "declined"},
                                  "made_up_field": {"unknown": "declined"}}),
        record("case-planning", {"goals": [{"due_on": {"unknown": "not-known"}},
                                           {"due_on": {"unknown": "not-known"}}]}),
    )  # fmt: skip
    period = parse("2026")
    rows = derived.expand(found, definition(), period, period.end, ["records"])["records"]
    assert [(r["kind"], r.get("on"), r["declined"], r["not_known"]) for r in rows] == [
        ("identification", "2026-01-06", 2, 0),
        ("case-planning", None, 0, 2),
    ]
    assert found["unknowns"] == [
        {"record": "case-planning", "field": "goals[].due_on", "reason": "not-known", "number": 2},
        {"record": "identification", "field": "setting", "reason": "declined", "number": 1},
    ]


def test_a_partial_date_counts_as_its_earliest_day() -> None:
    facts = facts_of(record("service", {"happened_on": "2026-02", "service_kind": "legal"}, "a2"),
                     record("service", {"happened_on": "2026", "service_kind": "legal"}, "b2"),
                     record("service", {"service_kind": "legal"}, "c2"))  # fmt: skip
    period = parse("2026")
    whole = derived.expand(facts, definition(), period, period.end, ["services"])["services"]
    assert sorted(one.get("on", "") for one in whole) == ["", "2026-01-01", "2026-02-01"]
    assert sorted(one.get("on", "") for one in facts["services"]) == ["", "2026", "2026-02"]
