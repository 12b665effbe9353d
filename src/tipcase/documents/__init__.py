"""The one door to YAML: reading what people write, reading fast what we wrote, and the only writer.

``read`` is strict and keeps comments, order and every scalar as text; ``load`` is fast and typed,
for bytes that are known to be ours; ``dump`` writes both kinds of tree; ``pad`` and
``check_padding`` frame a record's plaintext. A name's module is imported when the name is first
used: a command that only loads records pays for the fast reader alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .content import (
        Document,
        DocumentError,
        Mapping,
        Note,
        Path,
        Scalar,
        Sequence,
        keep_comments,
        kept,
        plain,
        spelled,
    )
    from .limits import MAX_BYTES, MAX_DEPTH, MAX_KEY, MAX_NODES
    from .loader import check_padding, load, pad, padded_length
    from .paths import get, parse_path, set_value
    from .reader import decoded, read
    from .writer import dump

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_KEY",
    "MAX_NODES",
    "Document",
    "DocumentError",
    "Mapping",
    "Note",
    "Path",
    "Scalar",
    "Sequence",
    "check_padding",
    "decoded",
    "dump",
    "get",
    "keep_comments",
    "kept",
    "load",
    "pad",
    "padded_length",
    "parse_path",
    "plain",
    "read",
    "set_value",
    "spelled",
]

_MODULES = {
    "limits": ("MAX_BYTES", "MAX_DEPTH", "MAX_KEY", "MAX_NODES"),
    "loader": ("check_padding", "load", "pad", "padded_length"),
    "paths": ("get", "parse_path", "set_value"),
    "reader": ("decoded", "read"),
    "writer": ("dump",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'content')}"), name)
    globals()[name] = value
    return value
