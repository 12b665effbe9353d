"""The words that stand on every report, whatever it counts."""

from __future__ import annotations

from collections.abc import Sequence

from tipcase.law.findings import Text

INTERNAL = Text("INTERNAL: not to leave the office", "ផ្ទៃក្នុង៖ មិនត្រូវយកចេញពីការិយាល័យឡើយ")
PUBLISHED = Text("Published", "សម្រាប់ផ្សព្វផ្សាយ")
INCOMPLETE = Text("INCOMPLETE", "មិនពេញលេញ")
HIDDEN = Text(
    "{marks}: hidden. A number is hidden where fewer than {k} people stand behind it, or where it"
    " would give away one that is.",
    "{marks}៖ លាក់។ លេខត្រូវបានលាក់ បើមានមនុស្សតិចជាង {k} នាក់ ឬបើវាអាចបង្ហាញលេខដែលបានលាក់។",
)
ROUNDED = Text(
    "Every number is rounded to a multiple of {base}; none is hidden.",
    "លេខទាំងអស់ត្រូវបានបង្គត់ទៅជាពហុគុណនៃ {base}។ គ្មានលេខណាត្រូវបានលាក់ទេ។",
)
ROUNDED_OR_HIDDEN = Text(
    "{marks}: hidden. Medians are hidden; every other number is rounded to a multiple of {base}.",
    "{marks}៖ លាក់។ មេដ្យានត្រូវបានលាក់។ លេខផ្សេងទៀតទាំងអស់ត្រូវបានបង្គត់ទៅជាពហុគុណនៃ {base}។",
)
NOT_OPEN = Text(
    "Not counted: {n} case(s) that are not open to whoever made this report.",
    "មិនបានរាប់៖ ករណីចំនួន {n} ដែលអ្នកធ្វើរបាយការណ៍នេះមិនមានសិទ្ធិបើក។",
)
UNREAD = Text(
    "Not counted: {n} case(s) that could not be read.",
    "មិនបានរាប់៖ ករណីចំនួន {n} ដែលអានមិនបាន។",
)
ZEROES = Text("Rows of zeroes alone are left out.", "ជួរដែលមានតែលេខសូន្យ មិនត្រូវបានបង្ហាញទេ។")
SPAN = Text("{start} to {end}", "ពី {start} ដល់ {end}")
COUNTED_ON = Text("Counted as of {day}", "រាប់គិតត្រឹមថ្ងៃ {day}")
TELLS_NOTHING = Text(
    "{table}: every number of the breakdown is hidden.",
    "{table}៖ លេខទាំងអស់ដែលបានបំបែកត្រូវបានលាក់។",
)
ONLY = Text("Only: {what}", "តែ៖ {what}")
TOTAL = Text("Total", "សរុប")
COUNTED = Text("What is counted", "អ្វីដែលបានរាប់")
NUMBER = Text("Number", "ចំនួន")
BELOW = Text(
    "A bar chart; the table below holds the same numbers.",
    "ក្រាហ្វរបារ។ តារាងខាងក្រោមមានលេខដូចគ្នា។",
)
WHO_COUNTS = Text("Who is counted, and who is not", "អ្នកដែលបានរាប់ និងអ្នកដែលមិនបានរាប់")
UNDECIDED = Text(
    "{what}: {n} could not be decided from what is written, and are not counted.",
    "{what}៖ {n} មិនអាចសម្រេចបានពីអ្វីដែលបានកត់ត្រា ហើយមិនបានរាប់ទេ។",
)
UNFILTERED = Text(
    "Left out, because this filter does not apply to them: {tables}.",
    "មិនបានបង្ហាញ ព្រោះមិនអាចជ្រើសរើសតាមលក្ខខណ្ឌនេះ៖ {tables}។",
)
EVERYBODY = Text("Everybody", "មនុស្សទាំងអស់")
REFUSED = Text("Not in this table: refused", "មិននៅក្នុងតារាងនេះ៖ បានបដិសេធ")
NOT_ASKED = Text("Not in this table: never asked", "មិននៅក្នុងតារាងនេះ៖ មិនបានសួរ")
WHO = Text("Who", "អ្នកណា")
SHOWN = Text("In this table", "ក្នុងតារាងនេះ")


def filled(words: Text, **gaps: object) -> Text:
    """The words with their gaps filled: a text in the language of the words, all else alike."""

    def said(lang: str) -> str:
        each = {name: gap.get(lang) if isinstance(gap, Text) else gap for name, gap in gaps.items()}
        return words.get(lang).format(**each)

    return Text(said("en"), said("km"))


def joined(glue: str, texts: Sequence[Text]) -> Text:
    """Several texts as one."""
    return Text(
        glue.join(one.get("en") for one in texts), glue.join(one.get("km") for one in texts)
    )
