"""What a sheet leaves out, what it marks, what a blank holds, by forms made for the test."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from tests.forms.conftest import LANGUAGES, dossier, record
from tipcase import forms
from tipcase.errors import DamagedError
from tipcase.forms import Document, plain
from tipcase.forms.definition import FormsError
from tipcase.forms.sheet import Row
from tipcase.forms.values import Value
from tipcase.law.dossier import Disputed, Dossier, Record
from tipcase.law.edition import Edition

Own = Callable[[str], Edition]
Fill = Callable[..., Document]
SCHOOL = "An Invented School"

LEAVES = """
forms:
  X9:
    title: {en: Laboratory, km: ពិសោធន៍}
    about: referral
    leaves: {receiver: referral.referred_to}
    boxes: [date, case, {field: profile.birthplace.place, label: {en: Code}, information: identity}]
    signatures: [survivor, {slot: local-authority, default: true, consent: local-authority}]
    sections:
      - title: {en: Business}
        lines: [{field: referral.happened_on}]
      - title: {en: Person}
        information: identity
        lines:
          - {field: profile.full_name, required: true}
          - {field: profile.narrative, information: narrative}
          - log: [placement]
            columns: [happened_on, placement_name]
            label: {en: Where}
            information: contact
      - title: {en: Health}
        lines:
          - {log: [health], columns: [happened_on], label: {en: Health}, information: health}
          - {log: [health], columns: [happened_on], label: {en: Of no kind}}
"""
CASE = (
    record("referral", "rfrl2345", happened_on="2026-10-01", referred_to=SCHOOL),
    record("profile", full_name="NAME-1", narrative="STORY-1", birthplace={"place": "0102"}),
    record("placement", "plce2345", happened_on="2026-01-05", placement_name="HOUSE-1"),
    record("health", "hlth2345", happened_on="1977-07-07"),
)


def consent(tag: str, *kinds: str, **data: Any) -> Record:
    said = {
        "happened_on": "2026-09-01",
        "subject": "sharing",
        "answer": "given",
        "shared_with": [SCHOOL],
        "information_kinds": list(kinds),
    }
    return record("consent", tag, **{**said, **data})


def rows_of(document: Document) -> Iterator[Row]:
    for part in document.sheet.parts:
        yield from part.rows


def row(document: Document, label: str) -> Row:
    """The line with the English words."""
    return next(one for one in rows_of(document) if dict(one.label).get("en") == label)


def printed(document: Document) -> str:
    return str(plain.of(document))


def test_without_a_consent_nothing_of_the_person_leaves(fill: Fill, own_edition: Own) -> None:
    own = own_edition(LEAVES)
    sent = fill(dossier(*CASE), "X9", edition=own, include_restricted=True)
    for told in ("NAME-1", "STORY-1", "HOUSE-1", "1977", "'0', '1', '0', '2'"):
        assert told not in printed(sent)
    assert "1 October 2026" in printed(sent)
    assert sent.unconsented == ("contact", "health", "identity", "narrative")
    assert [part.unconsented for part in sent.sheet.parts] == [False, True, True]
    # Which kinds there would be is nothing for the receiver.
    assert "narrative" not in printed(sent)
    # What was left out is no gap to be filled in.
    assert sent.missing == ()


def test_each_kind_of_information_leaves_by_its_own_consent(fill: Fill, own_edition: Own) -> None:
    own = own_edition(LEAVES)
    told = {"identity": "NAME-1", "narrative": "STORY-1", "contact": "HOUSE-1", "health": "1977"}
    for kind in told:
        case = dossier(*CASE, consent("cnst2345", kind))
        sent = fill(case, "X9", edition=own, include_restricted=True)
        shown = {one for one, text in told.items() if text in printed(sent)}
        assert shown == {kind}
        assert set(sent.unconsented) == set(told) - {kind}
        box = "".join(sent.sheet.squares[2].cells).strip()
        assert box == ("0102" if kind == "identity" else "")


def test_what_is_restricted_leaves_only_when_asked_for_as_well(
    fill: Fill, own_edition: Own
) -> None:
    own = own_edition(LEAVES)
    case = dossier(*CASE, consent("cnst2345", "health"))
    assert "1977" in printed(fill(case, "X9", edition=own, include_restricted=True))
    shut = fill(case, "X9", edition=own)
    assert "1977" not in printed(shut)
    assert shut.withheld


def test_a_restricted_line_that_says_nothing_of_itself_never_leaves(
    fill: Fill, own_edition: Own
) -> None:
    own = own_edition(LEAVES)
    case = dossier(*CASE, consent("cnst2345", "health", "other", "identity"))
    sent = fill(case, "X9", edition=own, include_restricted=True)
    assert printed(sent).count("7 July 1977") == 1


@pytest.mark.parametrize(
    "receiver",
    [
        {"referred_to": {"unknown": "not-known"}},
        {"referred_to": "Another School"},
        {"referred_to": ""},
        {},
    ],
)
def test_nothing_leaves_for_a_receiver_that_is_not_named_in_the_consent(
    fill: Fill, own_edition: Own, receiver: dict[str, Any]
) -> None:
    case = dossier(
        record("referral", "rfrl2345", happened_on="2026-10-01", **receiver),
        *CASE[1:],
        consent("cnst2345", "identity"),
    )
    assert "NAME-1" not in printed(fill(case, "X9", edition=own_edition(LEAVES)))


def test_nothing_leaves_for_a_receiver_in_an_open_conflict(fill: Fill, own_edition: Own) -> None:
    own = own_edition(LEAVES)
    data = dict(CASE[0].data)
    open_ = Record("referral", "rfrl2345", data, disputed=(Disputed("referred_to", ()),))
    case = (*CASE[1:], consent("cnst2345", "identity"))
    assert "NAME-1" in printed(fill(dossier(CASE[0], *case), "X9", edition=own))
    assert "NAME-1" not in printed(fill(dossier(open_, *case), "X9", edition=own))


def test_the_letter_of_one_referral_follows_the_consent_to_its_receiver(
    fill: Fill, own_edition: Own
) -> None:
    own = own_edition(LEAVES)
    other = record("referral", "othr2345", happened_on="2026-09-01", referred_to="Another School")
    case = dossier(*CASE, other, consent("cnst2345", "identity"))
    assert "NAME-1" in printed(fill(case, "X9", edition=own, record="rfrl2345"))
    assert "NAME-1" not in printed(fill(case, "X9", edition=own, record="othr2345"))


def test_an_edition_without_consents_lets_nothing_out(fill: Fill, own_edition: Own) -> None:
    said = re.sub(r",? *information: [a-z]+|    signatures: .*", "", LEAVES)
    own = own_edition(said + "sharing: null\n")
    case = dossier(*CASE, consent("cnst2345", "health"))
    assert "1977" not in printed(fill(case, "X9", edition=own, include_restricted=True))


def test_a_slot_that_wants_a_consent_is_there_while_it_stands(fill: Fill, own_edition: Own) -> None:
    own = own_edition(LEAVES)
    agreed = consent("agrd2345", subject="local-authority", shared_with=None)
    back = consent("agrd2345", subject="local-authority", withdrawn_on="2026-10-01")
    slots = {
        name: [dict(one.label)["en"] for one in fill(case, "X9", edition=own).sheet.signatures]
        for name, case in {
            "none": dossier(*CASE),
            "agreed": dossier(*CASE, agreed),
            "back": dossier(*CASE, back),
        }.items()
    }
    assert slots == {
        "none": ["Survivor"],
        "agreed": ["Survivor", "Local authority"],
        "back": ["Survivor"],
    }
    assert len(fill(None, "X9", edition=own).sheet.signatures) == 2


@pytest.mark.parametrize(
    "line",
    [
        "{field: profile.sex, information: shoe}",
        "{photo: nothing}",
        "{photo: profile, width: 0}",
        "{photo: profile, height: 251}",
        "{photo: profile, width: wide}",
        "{photo: profile, field: profile.sex}",
    ],
)
def test_a_line_that_makes_no_sense_is_refused(own_edition: Own, line: str) -> None:
    data = "forms: {X9: {title: {en: x}, sections: [{title: {en: x}, lines: [LINE]}]}}"
    with pytest.raises(FormsError, match=r"form X9, section 1, line 1"):
        forms.form(own_edition(data.replace("LINE", line)), "X9")


@pytest.mark.parametrize(
    "key",
    [
        "leaves: {to: profile.sex}",
        "leaves: {receiver: profile.shoe}",
        "stages: [shoe]",
        "signatures: [shoe]",
        "signatures: [{slot: survivor, consent: shoe}]",
        "boxes: [weather]",
        "boxes: [{field: profile.sex, information: shoe}]",
        "boxes: [{what: date, field: profile.sex}]",
    ],
)
def test_a_key_of_a_form_that_makes_no_sense_is_refused(own_edition: Own, key: str) -> None:
    with pytest.raises(FormsError, match=r"forms\.yaml, form X9"):
        forms.form(own_edition(f"forms: {{X9: {{title: {{en: x}}, {key}}}}}"), "X9")


# -- plain sheets --


def test_a_plain_sheet_gives_nothing_away(fill: Fill, own_edition: Own, edition: Edition) -> None:
    own = own_edition("forms: {X9: {like: P1, plain: true, title: {en: A paper}}}")
    sheet = fill(dossier(), "X9", edition=own).sheet
    usual = fill(dossier(), "P1").sheet
    assert usual.casebook and usual.phase and any(r.provisions for p in usual.parts for r in p.rows)
    assert not usual.official
    assert (sheet.plain, sheet.casebook, sheet.phase) == (True, "", ())
    assert not any(r.provisions for p in sheet.parts for r in p.rows)
    told = plain.of(fill(dossier(), "X9", edition=own))
    assert "Example Shelter" not in str(told["sheet"]) and "857/" not in str(told["sheet"])
    # It says that it is not official without naming the law that would tell whose paper it is.
    words, usual_words = told["words"], plain.of(fill(dossier(), "P1"))["words"]
    assert words["not_official"] == words["not_official_plain"] != usual_words["not_official"]


# -- blanks --


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_blank_of_every_form_is_all_there_and_empty(
    fill: Fill, edition: Edition, lang: str
) -> None:
    for code in forms.codes(edition):
        blank = fill(None, code, lang)
        form = forms.form(edition, code)
        assert blank.sheet.blank
        assert not blank.withheld and not blank.unconsented and blank.record is None
        # What only stands beside other records needs no pen.
        lines = [[line for line in s.lines if not line.others] for s in form.sections]
        assert [len(part.rows) for part in blank.sheet.parts] == [len(one) for one in lines]
        for box in blank.sheet.squares:
            assert not "".join(box.cells).strip()
        for one in rows_of(blank):
            assert one.value.kind == "say" or not one.value.filled
            assert one.value.kind != "table" or len(one.value.rows) >= 1
        assert blank.sheet.case == ""


def test_a_blank_of_a_letter_holds_every_line_there_is_nothing_to_hide(
    fill: Fill, own_edition: Own
) -> None:
    blank = fill(None, "X9", edition=own_edition(LEAVES))
    assert [len(part.rows) for part in blank.sheet.parts] == [1, 3, 2]


# -- pictures --

PHOTO = """
forms:
  X9:
    title: {en: Laboratory, km: ពិសោធន៍}
    sections:
      - title: {en: First, km: មួយ}
        lines: [{photo: profile, width: 30, height: 40}]
"""


def picture(colour: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 80), colour).save(written, "PNG")
    return written.getvalue()


def attachment(id_: str, purpose: str = "photo") -> dict[str, Any]:
    return {"id": id_, "purpose": purpose, "file": f"attachments/{id_}.age", "type": "image/png"}


PHOTOGRAPHED = record(
    "profile",
    attachments=[attachment("older234"), attachment("newer234"), attachment("scan2345", "scan")],
)
AGREED = consent("foto2345", subject="photo", shared_with=None)


def take(name: str, id_: str) -> bytes:
    assert name == "profile"
    return picture({"older234": "red", "newer234": "blue"}[id_])


def test_the_newest_photo_is_placed_in_its_frame(fill: Fill, own_edition: Own) -> None:
    own = own_edition(PHOTO)
    document = fill(dossier(PHOTOGRAPHED, AGREED), "X9", edition=own, pictures=take)
    shown = row(document, "Photo").value
    assert (shown.kind, shown.width, shown.height, shown.filled) == ("picture", 30, 40, True)
    red, _, blue = Image.open(io.BytesIO(shown.picture)).convert("RGB").tobytes()[:3]
    assert blue > 200 > red
    (told,) = plain.of(document)["sheet"]["parts"][0]["rows"]
    assert told["value"]["picture"] == 0
    assert plain.pictures(document) == (shown.picture,)


def test_a_photo_that_nobody_agreed_to_is_not_shown(fill: Fill, own_edition: Own) -> None:
    own = own_edition(PHOTO)
    for consents in ((), (consent("foto2345", subject="photo", withdrawn_on="2026-10-01"),)):
        document = fill(dossier(PHOTOGRAPHED, *consents), "X9", edition=own, pictures=take)
        assert document.unconsented == ("photo",)
        assert not list(rows_of(document))
        assert plain.pictures(document) == ()


def test_where_there_is_no_photo_a_frame_is_left(fill: Fill, own_edition: Own) -> None:
    own = own_edition(PHOTO)
    for case in (None, dossier(), dossier(record("profile", attachments={"unknown": "declined"}))):
        document = fill(case, "X9", edition=own, pictures=take)
        shown = row(document, "Photo").value
        assert (shown.kind, shown.picture, shown.filled) == ("picture", b"", False)
        assert not document.unconsented and not document.unshown


def test_a_picture_that_cannot_be_shown_says_so(fill: Fill, own_edition: Own) -> None:
    own = own_edition(PHOTO)

    def lost(name: str, id_: str) -> bytes:
        raise DamagedError("gone", "look")

    for broken in (lost, lambda name, id_: b"no picture"):
        document = fill(dossier(PHOTOGRAPHED, AGREED), "X9", edition=own, pictures=broken)
        shown = row(document, "Photo").value
        assert dict(shown.words)["en"] == "The picture cannot be shown"
        assert shown.picture == b""
        assert document.unshown == ("profile",)


def test_a_photo_leaves_only_with_a_consent_to_share_it(fill: Fill, own_edition: Own) -> None:
    own = own_edition(PHOTO.replace("    sections", "    leaves: {}\n    sections"))
    ours = fill(dossier(PHOTOGRAPHED, AGREED), "X9", edition=own, pictures=take)
    assert plain.pictures(ours)
    # Whether there is a photo at all is not told either.
    for case in (dossier(), dossier(PHOTOGRAPHED)):
        sent = fill(case, "X9", edition=own, pictures=take)
        assert sent.unconsented == ("photo",)
        assert not list(rows_of(sent))


# -- conflicts --


def disputed(case_record: Record, *paths: str) -> Record:
    open_ = tuple(Disputed(path, (("a", "2026-01-01"),)) for path in paths)
    return Record(case_record.type, case_record.tag, case_record.data, disputed=open_)


FAMILY = record(
    "profile",
    full_name="NAME-1",
    birth={"date": "1998-10-15", "basis": "document"},
    family_members=[
        {"id": "famm2345", "name": "MOTHER-1", "relation": "mother"},
        {"id": "famf2345", "name": "FATHER-1", "relation": "father"},
    ],
)


def marks(value: Value) -> list[list[bool]]:
    return [[cell.disputed for cell in one] for one in value.rows]


def test_a_field_in_an_open_conflict_is_marked_and_what_stood_there_prints(fill: Fill) -> None:
    document = fill(dossier(disputed(FAMILY, "full_name")), "P1")
    one = row(document, "Full name, family name first")
    assert one.disputed and one.value.disputed and one.value.text == "NAME-1"
    assert [r for r in rows_of(document) if r.disputed] == [one]
    assert document.disputed == ("profile.full_name",)
    assert not fill(dossier(FAMILY), "P1").disputed


def test_a_conflict_marks_the_cell_that_it_is_in(fill: Fill) -> None:
    document = fill(dossier(disputed(FAMILY, "family_members.famf2345.name")), "P1")
    one = row(document, "Family members")
    assert one.disputed and not one.value.disputed
    assert [any(cells) for cells in marks(one.value)] == [False, True]
    assert sum(sum(cells) for cells in marks(one.value)) == 1


@pytest.mark.parametrize("path", ["family_members", "family_members.gone2345"])
def test_a_conflict_about_a_list_or_a_lost_item_marks_the_whole_table(
    fill: Fill, path: str
) -> None:
    one = row(fill(dossier(disputed(FAMILY, path)), "P1"), "Family members")
    assert one.disputed and one.value.disputed


def test_a_conflict_about_a_birth_marks_the_age(fill: Fill) -> None:
    for path in ("birth", "birth.date"):
        document = fill(dossier(disputed(FAMILY, path)), "P1")
        assert row(document, "Age on the date of this form").disputed
        assert row(document, "Date of birth").disputed


def test_a_conflict_in_a_log_marks_its_cell(fill: Fill) -> None:
    placed = record("placement", "plce2345", happened_on="2026-01-05", placement_name="HOUSE-1")
    other = record("placement", "plcf2345", happened_on="2026-02-05", placement_name="HOUSE-2")
    case = dossier(disputed(placed, "placement_name"), other)
    document = fill(case, "P1")
    one = row(document, "Where the person stayed")
    assert one.disputed
    first, second = marks(one.value)
    assert sum(first) == 1 and not any(second)
    assert [c.text for c, open_ in zip(one.value.rows[0], first, strict=True) if open_] == [
        "HOUSE-1"
    ]
    assert document.disputed == ("placement.placement_name",)


def test_a_conflict_in_what_is_withheld_is_not_told(fill: Fill, own_edition: Own) -> None:
    own = own_edition(
        "forms: {X9: {title: {en: x}, sections: [{title: {en: x}, lines: ["
        "{log: [health], columns: [happened_on], label: {en: L}}]}]}}"
    )
    case = dossier(disputed(record("health", "hlth2345", happened_on="1977-07-07"), "happened_on"))
    shut = fill(case, "X9", edition=own)
    assert not shut.disputed
    assert fill(case, "X9", edition=own, include_restricted=True).disputed


# -- places --


def test_a_code_of_a_place_prints_with_its_names(fill: Fill) -> None:
    lived = record("profile", addresses=[{"id": "addr2345", "period": "before", "place": "0102"}])
    for lang, names in (("en", ["en"]), ("km", ["km"]), ("both", ["km", "en"])):
        table = next(
            one.value
            for one in rows_of(fill(dossier(lived), "P1", lang))
            if any(cell.kind == "place" for cells in one.value.rows for cell in cells)
        )
        (cell,) = [cell for cell in table.rows[0] if cell.kind == "place"]
        assert cell.text == "0102"
        assert [code for code, _ in cell.words] == names
    assert "Mangkul Bourei" in dict(cell.words)["en"]


def test_a_code_that_nobody_knows_prints_as_it_is(fill: Fill) -> None:
    lived = record("profile", addresses=[{"id": "addr2345", "period": "before", "place": "9999"}])
    found = printed(fill(dossier(lived), "P1"))
    assert "'kind': 'place'" in found and "'text': '9999'" in found


# -- Khmer figures --


def test_no_latin_figure_slips_into_a_khmer_sheet(fill: Fill, edition: Edition) -> None:
    """But in the case's id and in what a person wrote as text."""
    story = dossier(
        record(
            "profile",
            birth={"date": "1998-10-15", "basis": "document"},
            birthplace={"place": "0102"},
        ),
        record("follow-up", "flwp2345", happened_on="2026-06-01", next_visit_on="2026-07-01"),
        record("placement", "plce2345", happened_on="2026-01-05", placement_name="Room 12"),
    )
    for code in forms.codes(edition):
        document = fill(story, code, "km")
        sheet = {**plain.of(document)["sheet"], "code": "", "record": "", "case": "", "version": ""}
        texts = [text for text in _texts(sheet) if any(c in "0123456789" for c in text)]
        kept = {"Room 12", "0102", "0", "1", "2", "7", "9", "K7Q2-M9TX"}
        assert {text for text in texts if "/" not in text} <= kept, code
        assert not any(c in "0123456789" for c in plain.of(document)["sheet"]["version"])


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in ("provisions", "newer"):
                yield from _texts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _texts(value)


def test_what_a_story_says_is_in_no_repr(fill: Fill, story: Dossier) -> None:
    document = fill(story, "P1")
    for one in (document, document.sheet, *document.sheet.squares, *rows_of(document)):
        assert "UTEAHAR" not in repr(one)


def test_a_text_of_several_lines_stands_in_its_squares_as_one(fill: Fill) -> None:
    odd = {"place": "12\n0103", "text": "x"}
    sheet = fill(dossier(record("profile", birthplace=odd)), "P1").sheet
    assert "".join(sheet.squares[2].cells).strip() == "12 0103"
