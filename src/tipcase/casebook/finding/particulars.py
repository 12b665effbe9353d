"""By what of a profile somebody is found: names, numbers, a telephone, a date of birth.

Nothing but the person's own: who is in the family, whom never to call, and what happened are not
searched. No repr holds a value.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tipcase.casebook import links
from tipcase.casebook.finding import births
from tipcase.casebook.finding.births import Birth
from tipcase.casebook.merge.conflicts import ABSENT, Conflict, steps_of

Found = TypeVar("Found", bound=Hashable)

# The fields of a profile, and the kind of thing that each of them is.
_NAMES = {"full_name": "name", "full_name_latin": "latin-name"}
_NUMBERS = {
    "office_number": "office-number",
    "mosvy_number": "ministry-number",
    "oscar_number": "oscar-number",
}
_OTHER_NAMES, _DOCUMENTS = "other_names", "identity_documents"
CASE_ID, OTHER_NAME, DOCUMENT, PHONE, BIRTH = (
    "case-id",
    "other-name",
    "document-number",
    "phone",
    "birth",
)
KINDS = (CASE_ID, *_NUMBERS.values(), DOCUMENT, *_NAMES.values(), OTHER_NAME, PHONE, BIRTH)
"""Every kind of thing, in the order in which an answer names them."""


@dataclass(frozen=True)
class Particulars:
    """What a profile says of who somebody is: pairs of a kind and a text.

    ``linked`` are the cases that are known to be somebody else's.
    """

    case: str
    names: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    numbers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    births: tuple[Birth, ...] = field(default=(), repr=False)
    sex: str = field(default="", repr=False)
    linked: frozenset[str] = field(default=frozenset(), repr=False)


def of_profile(
    case: str, data: Mapping[str, Any], conflicts: Iterable[Conflict] = ()
) -> Particulars:
    """The particulars of a profile's data; what is unknown or of another shape is left out.

    Where people wrote a field apart, what each of them wrote is searched.
    """
    readings = [data, *_variants(data, conflicts)]
    phones = (_text(_below(one.get("safe_contact")).get("phone")) for one in readings)
    born = (births.of_profile(one.get("birth")) for one in readings)
    return Particulars(
        case,
        names=_once(pair for one in readings for pair in _names(one)),
        numbers=_once(pair for one in readings for pair in _numbers(one)),
        phones=_once(filter(None, phones)),
        births=_once(filter(None, born)),
        sex=_text(data.get("sex")),
        linked=frozenset(link.case for link in links.of_profile(data)),
    )


def _names(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _texts(data, _NAMES)
    yield from _items(data, _OTHER_NAMES, "name", OTHER_NAME)


def _numbers(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _texts(data, _NUMBERS)
    yield from _items(data, _DOCUMENTS, "number", DOCUMENT)


def _variants(data: Mapping[str, Any], conflicts: Iterable[Conflict]) -> Iterator[dict[str, Any]]:
    """The fields of each conflict alone, as each of those who wrote it has them."""
    for conflict in conflicts:
        steps = steps_of(conflict.field)
        for said in conflict.values:
            if said.value is not ABSENT:
                yield _with(data, steps, said.value)


def _with(node: Any, steps: tuple[str, ...], value: Any) -> Any:
    """A copy of a node in which a value stands at the end of the steps, names or ids of items."""
    if not steps:
        return value
    first, *rest = steps
    if isinstance(node, list):
        kept = [item for item in node if _below(item).get("id") != first]
        return [*kept, _with(next((i for i in node if i not in kept), {}), tuple(rest), value)]
    return {**_below(node), first: _with(_below(node).get(first), tuple(rest), value)}


def _once(found: Iterable[Found]) -> tuple[Found, ...]:
    return tuple(dict.fromkeys(found))


def _texts(data: Mapping[str, Any], fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, kind in fields.items():
        if text := _text(data.get(name)):
            yield kind, text


def _items(data: Mapping[str, Any], name: str, part: str, kind: str) -> Iterator[tuple[str, str]]:
    items = data.get(name)
    for item in items if isinstance(items, list) else ():
        if text := _text(_below(item).get(part)):
            yield kind, text


def _below(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
