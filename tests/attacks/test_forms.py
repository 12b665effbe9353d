"""Attacks on what a sheet gives away, by those who fill, date, or lay out a form."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.forms.conftest import SHIPPED, dossier, record
from tipcase import forms
from tipcase.forms import plain
from tipcase.forms.definition import FormsError
from tipcase.forms.template import TemplateError
from tipcase.law import edition as editions
from tipcase.law.dossier import Disputed, Dossier, Record
from tipcase.law.edition import Edition

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

DAY = date(2026, 10, 15)
WHO = "An Invented School"
PLAIN = ("P3-copy", "P4-host")
CANARY = "canary-why"
WHY = {"unknown": "not-known", "why": CANARY}
YES: Mapping[str, Any] = {
    "happened_on": "2026-03-01",
    "subject": "sharing",
    "answer": "given",
    "given_by": "self",
    "information_kinds": ["identity", "contact", "plan", "health", "narrative", "legal"],
    "shared_with": [WHO],
}


@pytest.fixture(scope="module")
def edition() -> Edition:
    return editions.load(SHIPPED)


def consent(tag: str = "first234", **data: Any) -> Record:
    return Record("consent", tag, {**YES, **data})


def case(*more: Record, **profile: Any) -> Dossier:
    """A person referred to the school."""
    person = record("profile", **{"full_name": "CANARY Name", **profile})
    letter = record("referral", "one", happened_on="2026-03-02", referred_to=WHO)
    return dossier(person, letter, *more)


def filled(edition: Edition, found: Dossier | None, code: str, **choices: Any) -> forms.Document:
    words = {"lang": "en", "as_of": DAY, "casebook_name": "Example Shelter", **choices}
    return forms.fill(edition, found, code, **words)


def text(document: forms.Document) -> str:
    return json.dumps(plain.of(document), ensure_ascii=False)


def letter(edition: Edition, *consents: Record, profile: Any = None, **choices: Any) -> bool:
    """Whether the person's name leaves."""
    document = filled(edition, case(*consents, **(profile or {})), "S1b", **choices)
    leaves = "CANARY" in text(document)
    assert leaves is not bool(document.unconsented and "identity" in document.unconsented)
    return leaves


# -- which day counts --


def test_an_old_date_on_a_form_releases_nothing_that_was_taken_back_since(edition: Edition) -> None:
    old = date(2026, 4, 1)
    taken_back = consent(withdrawn_on="2026-06-01")
    assert letter(edition, taken_back, as_of=old)
    assert not letter(edition, taken_back, as_of=old, today=DAY)
    refused = consent("second34", happened_on="2026-06-01", answer="refused")
    assert not letter(edition, consent(), refused, as_of=old, today=DAY)
    assert not letter(edition, consent(valid_until="2026-05-01"), as_of=old, today=DAY)
    # Nor what was agreed to only after the form's date, or will be before a later one.
    late = consent(happened_on="2026-06-01")
    assert not letter(edition, late, as_of=old, today=DAY)
    assert not letter(edition, late, as_of=DAY, today=old)
    assert letter(edition, consent(), as_of=old, today=DAY)


def test_an_old_date_shows_no_photo_that_was_taken_back_since(edition: Edition) -> None:
    image = pytest.importorskip("PIL.Image")
    stream = io.BytesIO()
    image.new("RGB", (60, 80), "green").save(stream, "JPEG")
    agreed = consent(subject="photo", withdrawn_on="2026-06-01")
    kept = case(agreed, attachments=[{"id": "photo234", "purpose": "photo"}])

    def shown(**days: date) -> bool:
        made = filled(edition, kept, "P1", pictures=lambda *_: stream.getvalue(), **days)
        return bool(plain.pictures(made))

    assert shown(as_of=date(2026, 4, 1))
    assert not shown(as_of=date(2026, 4, 1), today=DAY)


# -- whose word counts --


@pytest.mark.parametrize("by", ["guardian", "other-adult"])
def test_who_answered_for_a_child_does_not_answer_for_the_grown_person(
    edition: Edition, by: str
) -> None:
    asked = consent(given_by=by)
    born = {"birth": {"date": "2008-10-16", "basis": "document"}}
    assert letter(edition, asked, profile=born)
    assert letter(edition, asked)
    born["birth"]["date"] = "2008-10-15"
    assert not letter(edition, asked, profile=born)
    # In doubt somebody is a child.
    assert letter(edition, asked, profile={"birth": {"date": "2008", "basis": "told"}})
    assert letter(edition, asked, profile={"birth": WHY})
    assert letter(edition, consent(given_by="self"), profile=born)
    assert not letter(edition, consent(given_by=WHY))


def test_a_consent_ends_with_the_person(edition: Edition) -> None:
    for outcome, leaves in (("transferred", True), ("died", False)):
        end = record("closure", "four4567", happened_on="2026-09-01", outcome=outcome)
        document = filled(edition, case(consent(), end), "S1b")
        assert ("CANARY" in text(document)) is leaves
    parted = Record("closure", "four4567", {}, disputed=(Disputed("outcome", ()),))
    assert "CANARY" not in text(filled(edition, case(consent(), parted), "S1b"))


SLIPS = (
    '{"ended": [{"record": "closing", "field": "outcome", "value": "died"}]}',
    '{"ended": [{"record": "closure", "field": "end", "value": "died"}]}',
    '{"ended": [{"record": "closure", "field": "outcome", "value": "dead"}]}',
    '{"ended": [{"record": "closure"}]}',
    '{"outgrown": {"born": "profile.born"}}',
    '{"outgrown": {"age": "18"}}',
    '{"outgrown": {"of": {"given_by": ["nobody"]}}}',
)


@pytest.mark.parametrize("slip", SLIPS, ids=range(len(SLIPS)))
def test_a_slip_in_how_consents_are_read_does_not_rest_in_silence(
    tmp_path: Path, slip: str
) -> None:
    (tmp_path / "forms.yaml").write_text(f'{{"sharing": {slip}}}')
    with pytest.raises(FormsError):
        filled(editions.load([SHIPPED, tmp_path]), case(consent()), "S1b")


def test_a_consent_that_nobody_can_read_may_be_a_no(edition: Edition) -> None:
    assert letter(edition, consent(), closed=("health",))
    assert not letter(edition, consent(), closed=("consent",))
    chief = record("consent", "three345", subject="local-authority", answer="given",
                   given_by="self", happened_on="2026-03-01")  # fmt: skip
    home = dossier(chief, record("reintegration", "one", happened_on="2026-03-05"))
    words = {"signatures": ("local-authority",)}
    slots = [filled(edition, home, "P4-host", **words, closed=shut).sheet.signatures
             for shut in ((), ("consent",))]  # fmt: skip
    assert len(slots[0]) - len(slots[1]) == 1


# -- what goes along with a value --


def deep(edition: Edition, kind: str) -> dict[str, Any]:
    """A record of which nobody knows anything, and somebody wrote why."""
    properties = edition.record_type(kind).schema["properties"]
    return {name: WHY for name in properties if name not in ("happened_on", "attachments")}


@pytest.mark.parametrize("code", [*PLAIN, "S1b", "S1d"])
def test_why_nobody_knows_stays_in_the_office(edition: Edition, code: str) -> None:
    to = {"referral": "referred_to", "closure": "handed_over_to"}
    records = [
        Record(kind, None, {**deep(edition, kind), **({to[kind]: WHO} if kind in to else {})})
        for kind in edition.record_types
        if kind != "consent"
    ]
    goals = {"goals": [{"id": "a", "goal": WHY, "who": WHY}]}
    records = [r if r.type != "case-planning" else Record(r.type, None, goals) for r in records]
    apart = [consent(s, subject=s) for s in ("hiv-status", "family-profile", "photo")]
    found = dossier(*records, consent(), *apart)
    document = filled(edition, found, code, include_restricted=True)
    assert "Not known" in text(document)
    assert CANARY not in text(document)
    for format in ("html", "md"):
        assert CANARY not in forms.write([document], format).decode("utf-8")
    # In the office the reason stands beside it.
    assert CANARY in text(filled(edition, found, "P1", include_restricted=True))


def test_a_sheet_says_that_something_is_withheld_where_it_could_not_be_opened(
    edition: Edition,
) -> None:
    seen = dossier(record("assessment", "one", happened_on="2026-03-01"))
    assert not filled(edition, seen, "P2", include_restricted=True).withheld
    assert filled(edition, seen, "P2", include_restricted=True, closed=("health",)).withheld
    # What is sealed to some is no more than need-to-know, and is not told.
    assert not filled(edition, seen, "P2", include_restricted=True, closed=("assessment",)).withheld


def test_a_restricted_box_without_a_kind_never_leaves(tmp_path: Path) -> None:
    (tmp_path / "forms.yaml").write_text(
        "forms: {S1b: {boxes: [{field: health.findings, cells: 4, label: {en: B, km: B}}]}}"
    )
    own = editions.load([SHIPPED, tmp_path])
    told = record("health", "one", happened_on="2026-03-02", findings="CANARY-health")
    found = dossier(*case(consent()).records, told)
    box = filled(own, found, "S1b", include_restricted=True).sheet.squares[0]
    assert "".join(box.cells).strip() == ""


# -- an edition of somebody's own --


@pytest.mark.parametrize("code", ["../../P1", "/etc/P1", "P1/..", "P 1", "P1\\x", ".P1", "P1\n"])
def test_a_code_that_would_name_another_file_is_refused(tmp_path: Path, code: str) -> None:
    form = {"title": {"en": "x", "km": "x"}, "sections": [], "signatures": [], "version": 1}
    (tmp_path / "forms.yaml").write_text(json.dumps({"forms": {code: form}}))
    own = editions.load([SHIPPED, tmp_path])
    with pytest.raises(FormsError):
        filled(own, None, code)


@pytest.mark.parametrize("format", ["html", "md"])
@pytest.mark.parametrize("lang", ["en", "both"])
def test_a_template_cannot_leave_out_what_a_sheet_must_say(
    edition: Edition, tmp_path: Path, format: str, lang: str
) -> None:
    (tmp_path / f"sheet.{format}.j2").write_text("only this")
    name = Record("profile", None, {"full_name": "x"}, disputed=(Disputed("full_name", ()),))
    told = record("health", "one", happened_on="2026-03-02", findings="CANARY-health")
    found = dossier(name, told, *case().records[1:])

    def page(code: str, **choices: Any) -> str:
        document = filled(edition, found, code, lang=lang, **choices)
        words = document.words
        made = forms.write([document], format, templates=[tmp_path]).decode("utf-8")
        assert "only this" in made
        return "".join(
            f"<{one}>"
            for one in ("not_official", "withheld", "unconsented", "disputed")
            if all(text in made.replace("\\", "") for _, text in words[one])
        )

    assert page("P1") == "<not_official><disputed>"
    assert page("P1", official=True) == "<disputed>"
    assert page("P2") == "<not_official><withheld><disputed>"
    assert page("S1b") == "<not_official><withheld><unconsented>"
    # A plain sheet says it without a word that tells whose paper it is.
    assert page("P3-copy") == "<not_official>"
    assert page("P3-copy", official=True) == ""
    # The shipped layout says each once.
    document = filled(edition, found, "P2", lang=lang)
    sentence = document.words["withheld"][0][1]
    (tmp_path / f"sheet.{format}.j2").write_text(f"{{% include 'shipped/sheet.{format}.j2' %}}")
    same = [forms.write([document], format, templates=own).decode() for own in ([tmp_path], [])]
    assert same[0].count(sentence) == same[1].count(sentence) > 0


def test_a_typst_template_cannot_leave_them_out_either(edition: Edition, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    from tipcase.forms import pdf

    said: list[list[Any]] = []
    document = filled(edition, case(), "S1b")

    def unsaid(source: str) -> list[Any]:
        (tmp_path / "sheet.typ").write_text(f"#let sheet(data) = [{source}]")
        folders = [tmp_path]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pdf, "_compiler", lambda root: Compiler())
            pdf.write([document], folders=folders)
        return said[-1]

    class Compiler:
        def compile(self, _source: bytes, sys_inputs: dict[str, str], **_: Any) -> bytes:
            said.append(json.loads(sys_inputs["job"])["sheets"][0]["unsaid"])
            return b"%PDF"

    words = [
        [list(text) for text in document.words[name]]
        for name in ("not_official", "withheld", "unconsented")
    ]
    assert unsaid("x") == words
    assert unsaid("#(data.shipped.head)(data)") == words[1:]
    assert unsaid("#(data.shipped.section)(data.sheet.parts.at(0), data)") == words[:1]
    assert unsaid("#(data.shipped.sheet)(data)") == []
    # And typst itself prints them.
    (tmp_path / "sheet.typ").write_text("#let sheet(data) = [x]")
    made = {
        pdf.write([filled(edition, None, "S1b", official=official)], folders=[tmp_path])
        for official in (False, True)
    }
    assert len(made) == 2


LEADING = {
    "a picture": "![x](https://example.org/{{ sheet.case }})",
    "a link": "[x](https://example.org)",
    "a link by name": "[x][y]\n\n[y]: https://example.org",
    "an element": "<img src='https://example.org/{{ sheet.case }}'>",
    "after a backslash": "\\\\<img src=x>",
    "a comment": "<!-- x -->",
    "an address": "<https://example.org>",
}


@pytest.mark.parametrize("what", LEADING)
def test_a_markdown_template_leads_nowhere(edition: Edition, tmp_path: Path, what: str) -> None:
    (tmp_path / "P1.md.j2").write_text(LEADING[what])
    with pytest.raises(TemplateError, match=r"P1\.md\.j2"):
        forms.write([filled(edition, case(), "P1")], "md", templates=[tmp_path])


def test_what_a_person_wrote_is_no_fault_of_a_markdown_template(
    edition: Edition, tmp_path: Path
) -> None:
    (tmp_path / "P1.md.j2").write_text("{% include 'shipped/sheet.md.j2' %}")
    wild = " ".join(LEADING.values()).replace("{", "(") + " \\<b> \\\\<b> \\](x) [ ] [x]: [x](y)"
    document = filled(edition, case(narrative=wild, full_name=wild), "P1")
    own = forms.write([document], "md", templates=[tmp_path])
    assert own.strip() == forms.write([document], "md").strip()


# -- hostile values --

ODD: Mapping[str, Mapping[str, Any]] = {
    "the end of time": {"birth": {"date": "9999-12-31", "basis": "document"}},
    "the beginning": {"birth": {"date": "0001-01-01", "basis": "document"}},
    "a leap day": {"birth": {"date": "2008-02-29", "basis": "estimated"}},
    "no years": {"birth": {"basis": "animal-year", "candidate_years": []}},
    "deep": {"birth": {"date": {"unknown": {"unknown": "x"}}}, "safe_contact": WHY},
    "another kind": {"full_name": ["a", {"b": 1}], "birth": "x", "family_members": "x"},
    "long": {"narrative": "៖ក្រ" * 20_000},
    "an id that is none": {"attachments": [{"id": 5, "purpose": "photo"}, "x", None]},
}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.sampled(3)
def test_whatever_is_written_the_sheet_prints(edition: Edition, what: str) -> None:
    found = case(consent(subject="photo"), **ODD[what])
    for code in ("P1", "S1b"):
        for day in (date(1, 1, 1), DAY, date(9999, 12, 31)):
            document = filled(edition, found, code, as_of=day, pictures=_refuse)
            assert forms.write([document], "html") and forms.write([document], "md")


def _refuse(_record: str, _attachment: str) -> bytes:
    from tipcase.errors import DamagedError

    raise DamagedError("gone", "ask")


@pytest.mark.parametrize("format", ["html", "md"])
def test_a_long_case_is_not_taken_for_a_template_that_runs_on(
    edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setattr("tipcase.forms.sandbox.MOST_TURNS", 100)
    document = filled(edition, case(), "P1")
    assert forms.write([document], format)
    with pytest.raises(TemplateError):
        (tmp_path / f"sheet.{format}.j2").write_text(
            "{% for one in range(101) %}{{ one }}{% endfor %}"
        )
        forms.write([document], format, templates=[tmp_path])
