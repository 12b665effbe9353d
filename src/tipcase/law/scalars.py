"""Typing by the schema, not by YAML: ``0087`` and ``1998`` in a text field stay what was written.

The documents reader yields every scalar as text. Here each is turned into what its field asks for;
what cannot be turned stays text, so that validation reports it. Values that are typed already (from
the fast reader) pass through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tipcase.law.schema import UNKNOWN_DEF, is_unknown_branch, plain_branch
from tipcase.law.source import mapping

# Longer numbers are no count of anything, and int() of thousands of digits is slow by design.
DIGITS_LIMIT = 18
_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
_NULLS = {"", "null", "~"}

Misfit = tuple[str, str]


def type_values(schema: Mapping[str, Any], tree: Any) -> tuple[Any, tuple[Misfit, ...]]:
    """A plain, typed copy of ``tree`` by the loaded ``schema``.

    Also gives ``(dotted path, type asked for)`` of every scalar that could not be turned into its
    type. Mappings and lists are copied to plain ones; their order is kept.
    """
    misfits: list[Misfit] = []
    typed = _typed(schema, mapping(schema.get("$defs")), tree, "", misfits)
    return typed, tuple(misfits)


def _is_unknown(tree: Any) -> bool:
    return isinstance(tree, Mapping) and "unknown" in tree


def _typed(
    node: Mapping[str, Any], defs: Mapping[str, Any], tree: Any, path: str, misfits: list[Misfit]
) -> Any:
    if is_unknown_branch(node) and _is_unknown(tree):
        plain: Mapping[str, Any] = UNKNOWN_DEF
    else:
        plain = plain_branch(node, defs)
    if isinstance(tree, Mapping):
        children = mapping(plain.get("properties"))
        return {
            str(key): _typed(mapping(children.get(key)), defs, value, f"{path}{key}.", misfits)
            for key, value in tree.items()
        }
    if isinstance(tree, list | tuple):
        items = mapping(plain.get("items"))
        return [_typed(items, defs, v, f"{path}{i}.", misfits) for i, v in enumerate(tree)]
    return _scalar(plain, tree, path.rstrip("."), misfits)


def _types(node: Mapping[str, Any]) -> tuple[str, ...]:
    kind = node.get("type")
    if isinstance(kind, str):
        return (kind,)
    if isinstance(kind, list):
        return tuple(kind)
    branches = [b for key in ("anyOf", "oneOf") for b in node.get(key, []) if isinstance(b, dict)]
    return tuple(name for branch in branches for name in _types(branch))


def _scalar(node: Mapping[str, Any], value: Any, path: str, misfits: list[Misfit]) -> Any:
    if not isinstance(value, str):
        return value
    text = str(value)
    types = _types(node)
    if "null" in types and getattr(value, "plain", True) and text in _NULLS:
        return None
    for kind in ("boolean", "integer", "number"):
        if kind in types:
            found = _converted(kind, text)
            if found is not None:
                return found
    if types and "string" not in types:
        misfits.append((path, types[0]))
    return _by_options(node, text) if not types else text


def _converted(kind: str, text: str) -> bool | int | float | None:
    if kind == "boolean":
        return _BOOLEANS.get(text.lower())
    if len(text.lstrip("-")) > DIGITS_LIMIT:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if kind == "number" and _NUMBER.fullmatch(text) else None


def _by_options(node: Mapping[str, Any], text: str) -> Any:
    # An enum without a type may hold numbers or booleans: take the option that is written so.
    for option in node.get("enum", []):
        if not isinstance(option, str) and _converted_as(option, text):
            return option
    return text


def _converted_as(option: Any, text: str) -> bool:
    kind = {bool: "boolean", int: "integer", float: "number"}.get(type(option))
    if kind is None:
        return False
    found = _converted(kind, text)
    return found is not None and found == option
