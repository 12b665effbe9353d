"""What stands on P1 to P7: the rows of the domain's table, and what two sheets must never say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields as parts_of
from dataclasses import is_dataclass
from typing import Any

import pytest

from tests.forms.conftest import DAY, LANGUAGES, dossier, record
from tipcase import forms
from tipcase.forms.definition import Form, Line
from tipcase.forms.fields import Field, of_record
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition

CODES = ("P1", "P2", "P3", "P3-copy", "P4", "P4-host", "P5", "P6", "P7")
PLAIN = ("P3-copy", "P4-host")


def of_857(*numbers: str) -> set[str]:
    return {f"857/{number}" for number in numbers}


CRITERIA = {f"062/III.closure.{letter}" for letter in "abcd"}
_VISIT = (
    of_857("7.8.5", "7.8.6", "7.9.1", "7.9.3", "7.9.4", "7.9.5", "7.10.3", "13.2", "13.3", "6.2.3")
    | CRITERIA
)
# The provisions that a code's row of the domain's table names; the sheets of a set share them.
CITED = {
    ("P1",): of_857(
        "11.1", "11.2", "11.3", "6.11.5", "7.1.4", "7.1.7", "6.5.5", "7.1.8", "7.1.1", "7.1.2",
        "7.1.6", "6.5.1", "6.5.2", "6.5.3", "7.4.4", "7.4.2", "7.4.5", "7.2.8", "3.1", "3.2", "3.3",
        "6.11.1",
    ),
    ("P2",): of_857(
        "7.6.2", "7.6.7", "6.11.4", "11.4", "6.1.1", "6.1.8", "7.6.4", "11.5", "6.2.3", "7.7.6",
        "7.8.1",
    ) | {"062/II.C.1", "062/III.assessment.1"},
    ("P3", "P3-copy"): of_857(
        "7.5.4", "7.7.3", "6.8.5", "11.4", "6.10.2", "6.10.3", "6.7.1", "6.7.2", "6.7.3", "6.7.4",
        "6.7.5", "7.8.3", "7.8.7", "7.8.8", "7.8.2", "7.5.7", "7.5.5", "7.5.3", "7.5.6",
    ) | {"062/III.planning.1"},
    ("P4", "P4-host"): of_857(
        "7.8.1", "7.8.4", "7.8.5", "7.8.7", "7.8.8", "6.1.1", "7.9.1", "7.9.2", "7.9.3", "7.9.4",
        "7.9.5",
    ) | {"062/III.reintegration.1", "062/II.D.3", "062/II.D.1"},
    ("P5",): _VISIT,
    ("P6",): _VISIT,
    ("P7",): CRITERIA
    | {"062/III.reopen"}
    | of_857("7.10.1", "7.10.2", "7.10.3", "7.10.4", "7.10.5", "7.10.6", "7.2.8", "6.2.3"),
}  # fmt: skip

# The record types that a form is about: each of their fields is on it, or here with a reason.
ABOUT = {
    "P1": ("profile", "identification", "reception"),
    "P2": ("assessment",),
    "P3": ("case-planning", "recovery"),
    "P4": ("reintegration",),
    "P5": ("follow-up",),
    "P6": ("follow-up",),
    "P7": ("closure",),
}
HEADER = {f"{kind}.{name}" for kind in ("profile", "reception", "recovery")
          for name in ("written_by", "source", "paper_kept_at")}  # fmt: skip
LEFT_OUT = {
    # One sheet names one writer: that of its main record.
    **dict.fromkeys(HEADER, "the sheet's writer is the identification's, or the plan's"),
    "identification.trafficked_before": "counted in reports; the sheet tells it in the narrative",
    "identification.counted_elsewhere": "the office's own mark, so that national counts add up",
}
# A file is no line; the picture of the person has a line of its own.
FILES = ".attachments"
# The column that says which row it is may stand in two tables of one list.
NAMES_THE_ROW = {"case-planning.goals.goal", "service.service_kind", "legal.proceeding_kind"}


@pytest.fixture(scope="session")
def set_of_forms(edition: Edition) -> dict[str, Form]:
    return {code: forms.form(edition, code) for code in CODES}


def lines(form: Form) -> Iterator[Line]:
    for section in form.sections:
        yield from section.lines


def leaves(field: Field) -> Iterator[Field]:
    """The fields below a record type or a group that hold something themselves."""
    if not field.inner:
        yield field
    for part in field.inner:
        yield from leaves(part)


def name(field: Field) -> str:
    return f"{field.record}.{field.path}"


def shown(line: Line) -> list[str]:
    """What a line prints: its fields, by record type and path."""
    if line.log:
        return [f"{kind.record}.{column.path}" for kind in line.log for column in line.columns]
    if line.field is None:
        return []
    return [name(leaf) for chosen in line.columns or (line.field,) for leaf in leaves(chosen)]


def canaries(edition: Edition) -> Dossier:
    """A case whose every field says where it stands."""
    return dossier(
        *(
            Record(kind, "exampl2a" if edition.record_type(kind).repeats else None, told)
            for kind in edition.record_types
            for told in [{f.name: canary(f) for f in of_record(edition.record_type(kind)).inner}]
        )
    )


def canary(field: Field) -> Any:
    inner = {part.name: canary(part) for part in field.inner}
    made: Mapping[str, Any] = {
        "group": inner,
        "table": [inner],
        "choice": next(iter(field.values), None),
        "choices": list(field.values)[:1],
        "list": [f"<{name(field)}>"],
        "yes-no": True,
        "count": 3,
        "date": "2026-03-05",
        "place": "010301",
        "country": "KH",
        "phone": "+85500000000",
    }
    return made.get(field.kind, f"<{name(field)}>")


def texts(part: Any) -> Iterator[str]:
    """Every text of a sheet, however deep."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        yield from texts(tuple(part.values()))
    elif isinstance(part, (tuple, list)):
        for one in part:
            yield from texts(one)
    elif is_dataclass(part):
        for one in parts_of(part):
            yield from texts(getattr(part, one.name))


def fill(edition: Edition, case: Dossier, code: str, lang: str = "en", **choices: Any) -> Any:
    return forms.fill(
        edition, case, code, lang=lang, as_of=DAY, casebook_name="Example Shelter", **choices
    )


@pytest.mark.parametrize("sheets", CITED, ids="-and-".join)
def test_each_provision_of_the_row_has_its_line(
    set_of_forms: dict[str, Form], sheets: tuple[str, ...]
) -> None:
    cited = {
        one for code in sheets for line in lines(set_of_forms[code]) for one in line.provisions
    }
    slots = {slot.consent for code in sheets for slot in set_of_forms[code].signatures}
    assert CITED[sheets] - cited == set()
    assert slots <= {"", "local-authority"}


@pytest.mark.parametrize("code", ABOUT)
def test_every_field_of_its_records_is_on_the_form(
    edition: Edition, set_of_forms: dict[str, Form], code: str
) -> None:
    form = set_of_forms[code]
    there = {one for line in lines(form) for one in shown(line)}
    there |= {name(box.field) for box in form.boxes if box.field}
    asked = {
        name(leaf)
        for kind in ABOUT[code]
        for leaf in leaves(of_record(edition.record_type(kind)))
        if not leaf.restricted and FILES not in name(leaf)
    }
    assert asked - there - set(LEFT_OUT) == set()
    assert len(asked) > 15


def test_nothing_is_left_out_that_a_form_has(set_of_forms: dict[str, Form]) -> None:
    there = {one for code in ABOUT for line in lines(set_of_forms[code]) for one in shown(line)}
    assert there.isdisjoint(set(LEFT_OUT) - {"recovery.happened_on"})


@pytest.mark.parametrize("code", CODES)
def test_nothing_prints_twice(set_of_forms: dict[str, Form], code: str) -> None:
    seen: list[str] = []
    for line in lines(set_of_forms[code]):
        # What other records of the kind say is another matter than what this one says.
        if not line.others:
            seen += [
                one
                for one in shown(line)
                if one not in NAMES_THE_ROW and not (line.log and one.endswith(".happened_on"))
            ]
    ages = {"profile.birth.date", "profile.birth.basis", "profile.birth.candidate_years"}
    twice = {one for one in seen if seen.count(one) > 1}
    assert twice <= ages


@pytest.mark.parametrize("code", ["P1", "P4", "P5", "P6"])
def test_the_number_comes_after_how_to_call_safely(
    set_of_forms: dict[str, Form], code: str
) -> None:
    order = [one for line in lines(set_of_forms[code]) for one in shown(line)]
    safe = [at for at, one in enumerate(order) if one.startswith("profile.safe_contact.")]
    assert safe == list(range(safe[0], safe[0] + 11))
    assert order[safe[-1]] == "profile.safe_contact.phone"
    assert safe[0] == 0 or code == "P1"


def test_the_two_types_of_visits_ask_the_same(
    edition: Edition, set_of_forms: dict[str, Form]
) -> None:
    first, second = set_of_forms["P5"], set_of_forms["P6"]
    assert first.sections == second.sections
    assert first.signatures == second.signatures
    assert (first.phase, second.phase) == ("follow-up-1", "follow-up-2")
    visits = [
        record("follow-up", f"exampl{n}a", happened_on="2026-03-05", follow_up_type=f"type-{n}")
        for n in (2, 1)
    ]
    assert fill(edition, dossier(*visits), "P6").record == "follow-up/exampl2a"
    assert fill(edition, dossier(*visits), "P5").record == "follow-up/exampl1a"


@pytest.mark.parametrize("code", CODES)
def test_each_form_says_which_records_call_for_it(
    edition: Edition, set_of_forms: dict[str, Form], code: str
) -> None:
    assert set_of_forms[code].stages
    assert set(set_of_forms[code].stages) <= set(edition.record_types)
    assert set_of_forms[code].phase is None or code not in PLAIN


def test_health_is_on_the_assessment_only_when_asked_for(edition: Edition) -> None:
    case = canaries(edition)
    without = " ".join(texts(fill(edition, case, "P2").sheet))
    with_it = " ".join(texts(fill(edition, case, "P2", include_restricted=True).sheet))
    assert "<health." not in without
    for told in ("findings", "psychological_findings", "advice", "prescriptions"):
        assert f"<health.{told}>" in with_it
    assert "<health.forensic" not in with_it


def test_other_assessments_stand_under_the_one_that_is_the_sheet(edition: Edition) -> None:
    old = record("assessment", "exampl2a", happened_on="2026-01-05", security="<the first look>")
    new = record("assessment", "exampl3a", happened_on="2026-02-05", security="<the second look>")
    both = list(texts(fill(edition, dossier(old, new), "P2").sheet))
    assert both.count("<the second look>") == both.count("<the first look>") == 1
    alone = list(texts(fill(edition, dossier(new), "P2").sheet))
    assert len(alone) < len(both)
    assert not any("other assessments" in text for text in alone)


# What a stranger must not learn from a sheet that lies about; each as a beginning, in any case.
TELLING = {
    "en": (
        "traffick", "victim", "survivor", "exploit", "rescue", "shelter", "case", "reintegrat",
        "abuse", "court", "police", "prakas", "directive", "identification", "follow-up", "assess",
        "trauma", "crisis", "withheld", "restricted", "consent",
    ),
    "km": (
        "ជួញដូរ", "ជនរងគ្រោះ", "រងគ្រោះ", "កេងប្រវ័ញ្ច", "សង្គ្រោះ", "ជម្រក", "ករណី", "សមាហរណកម្ម",
        "បំពាន", "តុលាការ", "នគរបាល", "ប្រកាស", "សេចក្តីណែនាំ", "តាមដាន", "ប៉ាន់ប្រមាណ", "វិបត្តិ",
        "ប៉ះទង្គិច", "អត្តសញ្ញាណ", "ដាក់កំហិត", "យល់ព្រម",
    ),
}  # fmt: skip


def telling(text: str) -> set[str]:
    low = text.casefold()
    return {w for w in TELLING["en"] if re.search(rf"\b{w}", low)} | {
        w for w in TELLING["km"] if w in text
    }


@pytest.mark.parametrize("code", PLAIN)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_plain_sheet_does_not_tell(
    edition: Edition, story: Dossier, code: str, lang: str
) -> None:
    document = fill(edition, story, code, lang)
    assert document.sheet.plain
    assert {w for text in texts(document.sheet.parts) for w in telling(text)} == set()
    page = forms.write([document], "html", citations=True).decode("utf-8")
    seen = re.sub(r"<[^>]+>", " ", page.split("<body", 1)[1])
    assert telling(seen) == set()
    for told in ("Example Shelter", "857/", "062/", "Kingdom", "ព្រះរាជាណាចក្រ"):
        assert told not in seen


# The texts of the file that may stand on a plain sheet; no other one does, whatever it says.
ALLOWED = {
    "P3-copy": {"case-planning.goals.goal", "case-planning.goals.who"},
    "P4-host": {"profile.full_name", "reintegration.host", "reintegration.visits_agreed.rhythm"},
}


@pytest.mark.parametrize("code", PLAIN)
def test_no_other_text_of_the_file_reaches_a_plain_sheet(edition: Edition, code: str) -> None:
    document = fill(
        edition, canaries(edition), code, include_restricted=True, signatures=["local-authority"]
    )
    there = set(re.findall(r"<([a-z-]+\.[a-z_.]+)>", " ".join(texts(document.sheet))))
    assert there == ALLOWED[code]


def chief(edition: Edition, **consent: Any) -> bool:
    """Whether the chief's place to sign is on the host's page, where the casebook has it on."""
    records = [record("reintegration", "exampl2a", happened_on="2026-03-05")]
    if consent:
        told = {"happened_on": "2026-03-05", "subject": "local-authority", "answer": "given"}
        records.append(record("consent", "exampl3a", **{**told, **consent}))
    sheet = fill(edition, dossier(*records), "P4-host", signatures=["local-authority"]).sheet
    return any(slot.by == "stamp" for slot in sheet.signatures)


def test_the_chief_signs_only_where_the_survivor_consented(edition: Edition) -> None:
    assert chief(edition, given_by="self")
    assert not chief(edition)
    assert not chief(edition, answer="refused")
    assert not chief(edition, answer={"unknown": "not-asked"})
    assert not chief(edition, subject="sharing")
    assert not chief(edition, withdrawn_on="2026-05")


def test_who_must_not_read_the_agreements_has_no_place_to_sign_them(
    set_of_forms: dict[str, Form],
) -> None:
    on = {code: {slot.name for slot in set_of_forms[code].signatures} for code in CODES}
    assert {"host-family", "local-authority"}.isdisjoint(on["P4"])
    assert {"host-family", "local-authority"} <= on["P4-host"]
    assert on["P3-copy"] == set()


def test_wherever_the_chief_may_sign_the_survivor_agreed(set_of_forms: dict[str, Form]) -> None:
    slots = [slot for form in set_of_forms.values() for slot in form.signatures]
    chiefs = [slot for slot in slots if slot.name == "local-authority"]
    assert len(chiefs) >= 5
    assert all(slot.consent == "local-authority" and not slot.default for slot in chiefs)


def test_the_plan_does_not_tell_that_somebody_was_asked_about_hiv(edition: Edition) -> None:
    asked = [
        record(
            "consent", f"cnst234{n}", happened_on="2026-03-05", subject=subject, answer="refused"
        )
        for n, subject in enumerate(("photo", "hiv-status"), start=2)
    ]
    sheet = fill(edition, dossier(*asked), "P3", include_restricted=True).sheet
    logs = [row.value for part in sheet.parts for row in part.rows if row.value.kind == "table"]
    said = [dict(cell.words).get("en") for log in logs for row in log.rows for cell in row]
    assert "A photo" in said
    assert said.count("Refused") == 1


def test_what_has_not_begun_is_not_missing(edition: Edition) -> None:
    plan = record("case-planning", happened_on="2026-03-05", survivor_took_part=True)
    sheets = {code: fill(edition, dossier(plan), code) for code in ("P1", "P3", "P3-copy")}
    assert sheets["P3"].missing == ("case-planning.objective", "case-planning.goals")
    assert "case-planning.goals" in sheets["P3-copy"].missing
    assert "profile.full_name" in sheets["P1"].missing
    assert not any(name.startswith("reception.") for name in sheets["P1"].missing)
