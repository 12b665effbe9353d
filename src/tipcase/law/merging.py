"""How one folder of an edition is laid over another.

A later folder wins field by field. Mappings merge by key, lists of entries with an ``id``, ``name``
or ``code`` merge by it, all other lists and values replace, but for what an office would else have
to repeat:

- ``required`` and ``allOf`` add to what is there; ``x-tipcase-not-required`` takes away.
- A label in ``x-tipcase-values`` for a value that an ``enum`` lacks adds the value.
- ``examples`` merge by their position.
- A time such as ``{months: 6}`` replaces the one below: it is not added to it.
- A mapping with ``x-tipcase-replaces: true`` replaces the one below as a whole.
- A Khmer text laid over another drops its ``km_source``: it is no longer that source's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# What names an entry of a list, in the order of looking.
ENTRY_KEYS = ("id", "name", "code")
# Nothing of the mapping below stays where the one above says this.
REPLACES = "x-tipcase-replaces"
# What a time of the schedule is written in.
UNITS = ("years", "months", "days")


def called(item: Any, at: int) -> str | int:
    """How an item of a list is named in a place: by its id, name or code, else by its number."""
    names = [item.get(key) for key in ENTRY_KEYS] if isinstance(item, dict) else []
    return next((name for name in names if isinstance(name, str)), at)


def _entry_key(items: list[Any]) -> str | None:
    for key in ENTRY_KEYS:
        if items and all(isinstance(i, dict) and isinstance(i.get(key), str) for i in items):
            return key
    return None


def _merged_list(base: list[Any], over: list[Any]) -> list[Any]:
    key = _entry_key([*base, *over])
    if key is None:
        return over
    places = {item[key]: place for place, item in enumerate(base)}
    both = list(base)
    for item in over:
        place = places.pop(item[key], None)
        if place is None:
            both.append(item)  # also what stands twice in ``over``: whoever reads it says so
        else:
            both[place] = merged(both[place], item)
    return both


def merged(base: Any, over: Any) -> Any:
    """``over`` laid upon ``base``; neither is changed."""
    if isinstance(over, dict) and over.get(REPLACES) is True:
        return {key: value for key, value in over.items() if key != REPLACES}
    if isinstance(base, dict) and isinstance(over, dict):
        both = dict(base)
        for key, value in over.items():
            both[key] = _laid_over(key, base.get(key), value)
        if "km" in over and "km_source" not in over:
            both.pop("km_source", None)
        _lessen(both, text_list(over.get("x-tipcase-not-required")))
        if isinstance(over.get("x-tipcase-values"), dict):
            _add_values(both, over)
        return both
    if isinstance(base, list) and isinstance(over, list):
        return _merged_list(base, over)
    return over


def _laid_over(key: str, base: Any, over: Any) -> Any:
    """``over`` upon ``base``, which is None where nothing of this key is below."""
    if _is_time(base) and _is_time(over):
        return over
    if not isinstance(base, list) or not isinstance(over, list):
        return merged(base, over)
    if key == "required":
        return _united(base, over)
    if key == "allOf":
        return base + over
    if key == "examples":
        pairs = [merged(one, other) for one, other in zip(base, over, strict=False)]
        return pairs + base[len(pairs) :] + over[len(pairs) :]
    return _merged_list(base, over)


def _is_time(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and value.keys() <= set(UNITS)


def _united(base: list[Any], over: list[Any]) -> list[Any]:
    return base + [value for value in over if value not in base]


def _lessen(schema: dict[str, Any], names: Sequence[str]) -> None:
    """Take fields out of what a schema requires, also where a condition requires them."""
    if not names:
        return
    if isinstance(schema.get("required"), list):
        schema["required"] = [name for name in schema["required"] if name not in names]
    conditions = schema.get("allOf")
    if isinstance(conditions, list):
        schema["allOf"] = [_lessened(one, names) for one in conditions]


def _lessened(condition: Any, names: Sequence[str]) -> Any:
    if not isinstance(condition, dict):
        return condition
    parts = {key: dict(condition[key]) for key in ("then", "else") if _is_schema(condition, key)}
    for part in parts.values():
        _lessen(part, names)
    return {**condition, **parts}


def _is_schema(condition: Mapping[str, Any], key: str) -> bool:
    return isinstance(condition.get(key), dict)


def _add_values(both: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Add the values that have a label in ``over`` to the enum, unless ``over`` writes it whole."""
    labelled = list(over["x-tipcase-values"])
    if isinstance(both.get("enum"), list) and "enum" not in over:
        both["enum"] = _united(both["enum"], labelled)
    items = both.get("items")
    if not isinstance(items, dict) or "enum" in mapping(over.get("items")):
        return
    if isinstance(items.get("enum"), list):
        both["items"] = {**items, "enum": _united(items["enum"], labelled)}


def text_list(value: object) -> tuple[str, ...]:
    """A list of texts out of an edition; one text is a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}
