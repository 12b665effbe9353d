"""Dotted paths to a field: names, positions in a list (from 0), and ids of a list's items.

``safe_contact.phone`` · ``members.0.name`` · ``members.k3f9m2xq.name``. Eight characters of an id
can also spell a field's name or a number; which it is, the thing it stands in decides: in a list
an id, in a mapping a name. No message shows a value.
"""

from __future__ import annotations

import re
from typing import Any

from tipcase.errors import NotFoundError, UsageError

from .content import Mapping, Path, spelled
from .limits import MAX_DEPTH

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")
_ITEM_ID = re.compile(r"[a-z2-9]{8}")
_HINT = "write it like safe_contact.phone or members.0.name"


def parse_path(text: str) -> Path:
    """The steps of a dotted path: a position as ``int``, a name or an item's id as ``str``.

    Raises ``UsageError`` for a path that cannot be one.
    """
    steps = text.split(".")
    if len(steps) > MAX_DEPTH:
        raise UsageError("the field's path has too many parts", _HINT)
    return tuple(_step(step) for step in steps)


def _step(step: str) -> str | int:
    if _INDEX.fullmatch(step):
        return int(step)
    if _NAME.fullmatch(step) or _ITEM_ID.fullmatch(step):
        return step
    raise UsageError("the field's path is not one that tipcase knows", _HINT)


def get(tree: dict[str, Any], path: str | Path) -> Any:
    """The value at a path; raises ``NotFoundError`` where nothing is."""
    steps = parse_path(path) if isinstance(path, str) else path
    node: Any = tree
    for depth, step in enumerate(steps):
        here = steps[: depth + 1]
        if isinstance(node, list):
            node = node[_position(node, step, here)]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            raise NotFoundError(f"nothing stands at {spelled(here)}")
    return node


def set_value(tree: dict[str, Any], path: str | Path, value: Any) -> None:
    """Put a value at a path in place, making the mappings that are missing on the way.

    Comments stay. Raises ``NotFoundError`` for a list's item that is not there and
    ``UsageError`` where the path leads into a text, or names a field as a number.
    """
    steps = parse_path(path) if isinstance(path, str) else path
    node: Any = tree
    for depth, step in enumerate(steps[:-1]):
        here = steps[: depth + 1]
        if isinstance(node, list):
            node = node[_position(node, step, here)]
        else:
            node = _mapping_below(node, step, here)
        if not isinstance(node, dict | list):
            raise UsageError(f"{spelled(here)} holds no fields")
    if isinstance(node, list):
        node[_position(node, steps[-1], steps)] = value
    else:
        node[_name(steps[-1], steps)] = value


def _mapping_below(node: dict[str, Any], step: str | int, here: Path) -> Any:
    name = _name(step, here)
    if node.get(name) is None:
        node[name] = Mapping()
    return node[name]


def _name(step: str | int, here: Path) -> str:
    if isinstance(step, int) or not _NAME.fullmatch(step):
        raise UsageError(f"{spelled(here)} stands in no list", "name the field instead")
    return step


def _position(items: list[Any], step: str | int, here: Path) -> int:
    if isinstance(step, int):
        if step < len(items):
            return step
    else:
        for position, item in enumerate(items):
            if isinstance(item, dict) and item.get("id") == step:
                return position
    raise NotFoundError(f"the list has no item {spelled(here)}", "edit the record to add an item")
