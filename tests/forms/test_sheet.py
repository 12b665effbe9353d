from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.forms.conftest import Printed, dossier, record
from tipcase.errors import NotFoundError, UsageError
from tipcase.forms import plain
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

Render = Callable[..., Printed]
EMPTY = dossier()

LAB = """
forms:
  X9:
    title: {en: Laboratory, km: ពិសោធន៍}
    sections:
      - title: {en: First, km: មួយ}
        lines:
          - {field: LINE}
"""


class _Text(HTMLParser):
    """The words of a page's body, without its style."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open = self.open or tag == "body"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.words.append(data)


def text_of(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    return re.sub(r"\s+", " ", "".join(parser.words))


def rows(page: str) -> dict[str, str]:
    """What stands in each line, by the line's English words."""
    found = re.split(r'<div class="row ', page)[1:]
    drawn = [row.split('<div class="value">') for row in found if '<div class="value">' in row]
    return {
        re.sub(r"^\d+\. ", "", text_of("<body>" + row[0].split(">", 1)[1]).strip()): text_of(
            "<body>" + row[1].split("</section>")[0]
        ).strip()
        # Of lines with the same words, the first.
        for row in reversed(drawn)
    }


def lines(page: str) -> dict[str, str]:
    """What is drawn in each line, as HTML, by the line's English words without the number."""
    found = re.findall(
        r'<span class="number">\d+\.</span> <span class="words">(.*?)</span>\n(.*?)'
        r'(?=<span class="number">|</section>)',
        page,
        re.DOTALL,
    )
    return {text_of("<body>" + label): drawn for label, drawn in found}


def one_line(own: Callable[[str], Edition], line: str) -> Edition:
    return own(LAB.replace("{field: LINE}", line))


def test_values_stand_beside_their_words(render: Render) -> None:
    case = dossier(
        record("profile", full_name="ឧទាហរណ៍ សុខា", nationality="KH", languages=["Khmer", "Thai"])
    )
    page = rows(render(case, "P1").html)
    assert page["Full name, family name first"] == "ឧទាហរណ៍ សុខា"
    assert page["Nationality"] == "Cambodia"
    assert page["Languages"] == "KhmerThai"


def test_a_blank_is_a_line_and_never_a_word(render: Render) -> None:
    page = render(EMPTY, "P1").html
    assert 'class="said"' not in page
    assert 'tickbox on"' not in page
    assert page.count('class="dots"') > 20


def test_required_gaps_are_marked_and_listed(render: Render) -> None:
    empty = render(EMPTY, "P1")
    assert "profile.full_name" in empty.missing
    assert "identification.happened_on" in empty.missing
    assert "profile.photo_kept_at" not in empty.missing
    assert empty.html.count('class="ring" role="img"') == len(empty.missing)
    filled = render(dossier(record("profile", full_name="Someone")), "P1")
    assert set(empty.missing) - set(filled.missing) == {"profile.full_name"}


def test_the_whole_story_leaves_nothing_required_blank(render: Render, story: Dossier) -> None:
    for code in ("P1", "P5", "P7", "S1a"):
        printed = render(story, code)
        assert printed.missing == ()
        assert 'class="ring"' not in printed.html


def test_an_honest_unknown_is_an_answer_and_prints_as_one(render: Render) -> None:
    case = dossier(
        record(
            "profile",
            full_name={"unknown": "declined", "why": "afraid of the broker"},
            birth={"unknown": "not-known"},
            sex={"unknown": "not-asked"},
        )
    )
    printed = render(case, "P1")
    page = rows(printed.html)
    assert page["Full name, family name first"] == "Declined to answer: afraid of the broker"
    assert page["Date of birth"] == "Not known"
    assert page["Age on the date of this form"] == "Not known"
    assert page["Sex"] == "Not asked"
    assert not {"profile.full_name", "profile.sex", "profile.birth.date"} & set(printed.missing)


def test_ticks_are_drawn_for_what_was_chosen(render: Render) -> None:
    case = dossier(record("identification", safe_space=False, key_factors=["exploitation"]))
    page = render(case, "P1").html
    ticked = re.findall(r'tickbox on"[^>]*></i> <span class="option"><span[^>]*>([^<]*)', page)
    assert ticked == ["No", "Exploitation"]


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ({"date": "1998-10-15", "basis": "document"}, "28 years"),
        ({"date": "1998-10-16", "basis": "document"}, "27 years"),
        ({"date": "1998", "basis": "told"}, "27 to 28 years"),
        ({"basis": "animal-year", "candidate_years": ["1998", "2010"]}, "15 to 28 years"),
    ],
)
def test_an_age_is_worked_out_on_the_forms_date(
    render: Render, birth: dict[str, Any], age: str
) -> None:
    page = rows(render(dossier(record("profile", birth=birth)), "P1").html)
    assert page["Age on the date of this form"] == age


def test_an_age_is_written_in_khmer_digits(render: Render) -> None:
    birth = {"date": "1998-10-15", "basis": "document"}
    assert "២៨ ឆ្នាំ" in render(dossier(record("profile", birth=birth)), "P1", "km").html


FOLLOW_UPS = (
    record("follow-up", "later234", happened_on="2026-08-01", follow_up_type="type-2",
           own_words="the second kind"),
    record("follow-up", "first234", happened_on="2026-06-01", follow_up_type="type-1",
           own_words="the first kind"),
    record("follow-up", "older234", happened_on="2026-03", own_words="of no kind"),
)  # fmt: skip


def test_a_form_about_one_record_takes_the_latest_of_its_kind(render: Render) -> None:
    printed = render(dossier(*FOLLOW_UPS), "P5")
    assert printed.record == "follow-up/first234"
    assert "the first kind" in printed.html
    assert "the second kind" not in printed.html


@pytest.mark.parametrize(
    ("records", "asked", "newer"),
    [
        (FOLLOW_UPS, None, "follow-up/later234"),
        (FOLLOW_UPS, "later234", None),
        (FOLLOW_UPS, "older234", "follow-up/later234"),
        (FOLLOW_UPS[1:], None, None),
        (FOLLOW_UPS[:1], None, "follow-up/later234"),
        ((*FOLLOW_UPS[1:], record("follow-up", "plan2345", planned_on="2027-01-01")), None, None),
        (
            (
                *FOLLOW_UPS[1:],
                record("follow-up", "same2345", happened_on="2026-06-01", follow_up_type="type-2"),
            ),
            None,
            None,
        ),
        ((), None, None),
    ],
)
def test_a_newer_record_that_is_not_on_the_sheet_is_told(
    render: Render, records: tuple[Record, ...], asked: str | None, newer: str | None
) -> None:
    assert render(dossier(*records), "P5", record=asked).newer == newer


@pytest.mark.parametrize("asked", ["later234", "follow-up/later234"])
def test_a_record_can_be_asked_for_by_name(render: Render, asked: str) -> None:
    printed = render(dossier(*FOLLOW_UPS), "P5", record=asked)
    assert printed.record == "follow-up/later234"
    assert "the second kind" in printed.html


def test_a_record_that_is_not_there_is_refused(render: Render) -> None:
    with pytest.raises(NotFoundError):
        render(dossier(*FOLLOW_UPS), "P5", record="nothing2")


def test_a_language_that_is_none_is_refused(render: Render) -> None:
    with pytest.raises(UsageError):
        render(EMPTY, "P1", "fr")


def test_a_log_has_a_row_for_each_record_that_says_something(render: Render) -> None:
    seen = {"a": {"seen": "yes", "basis": "BASIS-ONE", "heard": ["survivor"]}}
    partly = {"a": {"seen": "partly", "basis": "BASIS-TWO"}}
    case = dossier(
        record("follow-up", "late2345", happened_on="2026-09-01", criteria=seen),
        record("assessment", "early234", happened_on="2026-02", criteria=partly),
        record("follow-up", "mute2345", happened_on="2026-05-01"),
    )
    table = rows(render(case, "P7").html)["As seen on visits and in assessments"]
    assert table.index("BASIS-TWO") < table.index("BASIS-ONE")
    assert "1 September 2026" in table
    assert "May" not in table


def test_an_unknown_that_covers_a_row_is_said_once(render: Render) -> None:
    unknown = {"a": {"unknown": "not-applicable", "why": "WHY-NOT"}}
    case = dossier(record("follow-up", "late2345", happened_on="2026-09-01", criteria=unknown))
    assert render(case, "P7").html.count("WHY-NOT") == 1


RESTRICTED_LINES = {
    "a record": "{field: health.happened_on}",
    "a log": "{log: [health], columns: [happened_on]}",
    "a log among others": "{log: [placement, health], columns: [happened_on]}",
}


@pytest.mark.parametrize("kind", RESTRICTED_LINES)
def test_what_is_restricted_prints_only_when_asked_for(
    render: Render, own_edition: Callable[[str], Edition], kind: str
) -> None:
    own = one_line(own_edition, RESTRICTED_LINES[kind])
    case = dossier(
        record("health", "hlth2345", happened_on="1977-07-07"),
        record("placement", "plce2345", happened_on="2026-01-05"),
    )
    shut = render(case, "X9", edition=own)
    assert "1977" not in shut.html
    assert shut.withheld
    # Not even an empty row may tell how many restricted records there are.
    assert shut.html == render(dossier(case.records[1]), "X9", edition=own).html
    assert "Restricted information is withheld" in shut.html
    asked = render(case, "X9", edition=own, include_restricted=True)
    assert "7 July 1977" in asked.html
    assert not asked.withheld
    assert "withheld from this print" not in asked.html


def test_withholding_says_so_even_where_nothing_is_on_file(
    render: Render, own_edition: Callable[[str], Edition]
) -> None:
    own = one_line(own_edition, "{field: health.happened_on}")
    assert render(EMPTY, "X9", edition=own).withheld


def test_nothing_is_said_to_be_withheld_where_nothing_is(render: Render, story: Dossier) -> None:
    assert not any(render(story, code).withheld for code in ("P1", "P5", "P7", "S1a"))


def test_a_slot_that_is_off_is_turned_on_by_name(render: Render) -> None:
    agreed = record(
        "consent", "exampl2a", happened_on="2026-01-05", subject="local-authority", answer="given"
    )
    case = dossier(agreed)
    assert "Local authority" not in render(case, "P1").html.split("signatures")[-1]
    asked = render(case, "P1", signatures=["local-authority"]).html
    assert "Local authority" in asked.split('<div class="signatures">')[1]
    assert 'class="stamp"' in asked


def test_a_line_to_write_by_hand_has_its_room(
    render: Render, own_edition: Callable[[str], Edition]
) -> None:
    own = one_line(own_edition, "{write: {en: By hand, km: ដោយដៃ}, space: 4}")
    printed = render(EMPTY, "X9", edition=own)
    assert printed.html.count('<b class="dots">') == 4
    assert printed.missing == ()


def test_a_long_text_and_a_table_leave_room_for_a_pen(render: Render) -> None:
    """Also where some of the record is written already."""
    for case in (EMPTY, dossier(record("profile", full_name="Someone"))):
        page = lines(render(case, "P1").html)
        assert page["What happened"].count('class="dots"') == 4
        assert page["Nationality"].count('class="dots"') == 1
        assert page["Family members"].count("<tr>") == 1 + 3
        assert page["Where the person stayed"].count("<tr>") == 1 + 3


def test_a_choice_left_open_prints_its_boxes(render: Render) -> None:
    page = lines(render(dossier(record("profile", full_name="Someone")), "P1").html)
    for label, boxes in (("Exploitation", 12), ("Means of control", 16)):
        assert page[label].count('class="tickbox"') == boxes
    # A relation and whether it is safe to ask there, in each of three rows.
    assert page["Family members"].count('class="tickbox"') == 3 * (9 + 2)
    exploited = record("profile", trafficking={"exploitation": ["ForcedLabour"]})
    chosen = lines(render(dossier(exploited), "P1").html)
    assert chosen["Exploitation"].count("tickbox") == 1
    assert 'class="tickbox on"' in chosen["Exploitation"]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "Day Month Year"),
        ("km", "ថ្ងៃទី ខែ ឆ្នាំ"),
        ("both", "ថ្ងៃទី Day ខែ Month ឆ្នាំ Year"),
    ],
)
def test_the_gaps_of_a_date_say_what_goes_where(render: Render, lang: str, words: str) -> None:
    gaps = re.search(r'<span class="gaps">.*?</b></span>', render(EMPTY, "P1", lang).html)
    assert gaps is not None
    assert text_of("<body>" + gaps[0].replace("<b></b>", " ")).strip() == words


def test_a_casebooks_own_wording_wins(
    render: Render, own_edition: Callable[[str], Edition]
) -> None:
    own = own_edition("forms: {P1: {title: {en: Our own first sheet, km: ទម្រង់}}}")
    printed = render(EMPTY, "P1", edition=own)
    assert "Our own first sheet" in printed.html
    assert "Full name" in printed.html


def test_a_repr_says_nothing_of_the_person(render: Render, story: Dossier) -> None:
    document = render(story, "P1").document
    assert "UTEAHAR" in str(plain.of(document))
    assert "UTEAHAR" not in repr(document)
    assert "UTEAHAR" not in repr(document.sheet)
