"""What can be wrong with a value, in English and Khmer, by the kind of fault alone.

No sentence is built from what was written, nor from the validating library's text, which quotes it.
The Khmer wording is ours and awaits a Khmer reader's review.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tipcase.law.findings import Text

MISSING = Text(
    "is needed here; write it, or say why it is unknown",
    "ត្រូវបំពេញ ឬបញ្ជាក់មូលហេតុដែលមិនដឹង",
)
UNKNOWN_FIELD = Text("is no field of this record", "មិនមែនជាចន្លោះនៃកំណត់ត្រានេះទេ")
UNNAMED_FIELD = Text(
    "there is a field that this record does not have",
    "មានចន្លោះមួយដែលកំណត់ត្រានេះមិនមាន",
)
OTHER = Text("is not what this field takes", "មិនត្រូវនឹងអ្វីដែលចន្លោះនេះទទួល")
NO_STAGE_RECORD = Text(
    "this stage has no record yet",
    "ដំណាក់កាលនេះមិនទាន់មានកំណត់ត្រាទេ",
)

_TYPES: Mapping[str, Text] = {
    "string": Text("must be text", "ត្រូវជាអក្សរ"),
    "integer": Text("must be a whole number", "ត្រូវជាចំនួនគត់"),
    "number": Text("must be a number", "ត្រូវជាលេខ"),
    "boolean": Text("must be yes or no", "ត្រូវជា បាទ/ចាស ឬ ទេ (yes, no)"),
    "array": Text("must be a list", "ត្រូវជាបញ្ជី"),
    "object": Text("must be a group of fields", "ត្រូវជាក្រុមនៃចន្លោះ"),
    "null": Text("must be left empty", "ត្រូវទុកឱ្យទទេ"),
}
# By the name of the shared definition that the field refers to.
_KINDS: Mapping[str, Text] = {
    "date": Text(
        "must be a date that exists, as 1998, 2026-03 or 2026-03-05",
        "ត្រូវជាកាលបរិច្ឆេទដែលមានពិត ដូចជា 1998, 2026-03 ឬ 2026-03-05",
    ),
    "year": Text("must be a year, as 1998", "ត្រូវជាឆ្នាំ ដូចជា 1998"),
    "line": Text("must be one line of text", "ត្រូវជាអក្សរតែមួយបន្ទាត់"),
    "phone": Text(
        "must be a phone number with + and the country code, without spaces",
        "ត្រូវជាលេខទូរសព្ទមានសញ្ញា + និងលេខកូដប្រទេស ដោយគ្មានដកឃ្លា",
    ),
    "place": Text(
        "must be a gazetteer code of 2, 4, 6 or 8 digits",
        "ត្រូវជាលេខកូដទីតាំងមាន ២ ៤ ៦ ឬ ៨ ខ្ទង់",
    ),
    "country": Text(
        "must be a country's code of two capital letters, as KH",
        "ត្រូវជាលេខកូដប្រទេសជាអក្សរធំពីរ ដូចជា KH",
    ),
    "case-id": Text("must be a case's id, as K7Q2-M9TX", "ត្រូវជាលេខសម្គាល់ករណី ដូចជា K7Q2-M9TX"),
    "item-id": Text("must be an id of eight letters and digits", "ត្រូវជាលេខសម្គាល់ប្រាំបីតួ"),
}
_PLAIN: Mapping[str, Text] = {
    "required": MISSING,
    "minLength": Text("must not be empty", "មិនត្រូវទុកទទេ"),
    "minProperties": Text("must not be empty", "មិនត្រូវទុកទទេ"),
    "uniqueItems": Text("has the same item twice", "មានធាតុដដែលពីរដង"),
    "const": Text("has another value than is needed here", "មានតម្លៃខុសពីអ្វីដែលត្រូវការ"),
    "contains": Text("lacks an item that is needed here", "ខ្វះធាតុមួយដែលត្រូវការ"),
    "format": _KINDS["date"],
    "false schema": Text("must be left out here", "មិនត្រូវមាននៅទីនេះទេ"),
    "not": Text("must be left out here", "មិនត្រូវមាននៅទីនេះទេ"),
}
_LIMITS: Mapping[str, tuple[str, str]] = {
    "maxLength": ("is longer than {} characters", "វែងជាង {} តួអក្សរ"),
    "minItems": ("needs at least {} items", "ត្រូវមានយ៉ាងតិច {} ធាតុ"),
    "maxItems": ("has more than {} items", "មានលើសពី {} ធាតុ"),
    "minimum": ("must be {} or more", "ត្រូវស្មើ ឬធំជាង {}"),
    "maximum": ("must be {} or less", "ត្រូវស្មើ ឬតូចជាង {}"),
}


def of(keyword: str, detail: Mapping[str, Any], kind: str) -> Text:
    """The sentence for a fault of ``keyword`` in a field of ``kind``.

    ``detail`` is what the *schema* says (limits, options), never what was written.
    """
    if keyword in {"pattern", "format"} and kind in _KINDS:
        return _KINDS[kind]
    if keyword in _LIMITS and isinstance(detail.get("limit"), int | float):
        en, km = _LIMITS[keyword]
        if keyword == "minItems" and detail["limit"] == 1:
            return Text("must not be empty", "មិនត្រូវទុកទទេ")
        return Text(en.format(detail["limit"]), km.format(detail["limit"]))
    if keyword == "enum":
        options = ", ".join(str(option) for option in detail.get("options", []))
        return Text(f"must be one of {options}", f"ត្រូវជាមួយក្នុងចំណោម {options}")
    if keyword == "type":
        types = detail.get("types") or [""]
        return _TYPES.get(str(types[0]), OTHER)
    return _PLAIN.get(keyword, OTHER)


def labelled(label: Text, fault: Text) -> Text:
    """The sentence with its field's label before it; ``label`` may be empty."""
    if not label.en:
        return fault
    return Text(f"{label.en}: {fault.en}", f"{label.km or label.en}: {fault.km}")
