"""What may stand in a document, for hypothesis: texts of every kind, numbers, lists, mappings."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

# Texts that some reader of YAML takes for something else, or that break careless writers.
AWKWARD = (
    "", " ", "\n", "\t", "0087", "1998", "2026-01-05", "2026-01-05 10:00:00", "1:30", "190:20:30",
    "1e3", "1E3", "1.5e+3", ".5", "5.", "0x1f", "0o17", "017", "0b11", "1_000", "+855123456", "-1",
    ".inf", "-.INF", ".nan", "~", "null", "Null", "NULL", "true", "True", "yes", "No", "on", "OFF",
    "y", "N", "=", "<<", "-", "--", "---", "...", "--- x", "- x", "? x", "a: b", "a:", ":a", "a :b",
    "a #b", "#b", "a#b", "&a", "*a", "!a", "!!str a", "%YAML 1.1", "@a", "`a", "'a'", '"a"', "[a]",
    "{a: b}", "a, b", "|", ">", "|-", "a\\b", "a\\nb", " a", "a ", "\ta", "a\t", "a\tb",
    "a\n", "\na", "a\n\n", "a\n\nb", "a\n b", "a\n  b\nc", "a\n \nb", "a\n\tb", "a \nb ", "  a\nb",
    "a\n...\nb", "...\n---\na", "a\n# b\nc: d", "# a\nb", "a\n\n\n", "x\x85y",
    "x\u2028y\nz", "\u2029", "\ufeffa", "a\ufeffb", "\ufffe", "\xa0a", "a\u3000", "១២៣",
    "សុខា ជាក្មេងស្រី", "សុខា\nជា​ក្មេង\n", "👩‍👧 a: b", "\u202eabc\u202c", "é" * 400, "x" * 3000,
    "x " * 600 + "y", "012", "12 rooms", "1,5", "2026-13",
)  # fmt: skip

# Controls but line end, tab and U+0085 are refused (tested on their own), as are lone surrogates.
characters = st.one_of(
    st.characters(exclude_categories=("Cc", "Cs")),
    st.sampled_from("\n\t \x85\u2028\u2029\ufeff:#-?|>&*!%@`'\"[]{},~=<.0123456789abexyz\\"),
)
texts = st.one_of(st.sampled_from(AWKWARD), st.text(characters, max_size=40))
keys = st.one_of(
    st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True),
    st.sampled_from([text for text in AWKWARD if 0 < len(text) <= 128]),
    st.text(characters, min_size=1, max_size=20),
)
scalars = st.one_of(
    texts,
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
trees = st.dictionaries(keys, values, max_size=6)


def as_text(value: Any) -> Any:
    """A tree as the careful reader gives it: every scalar the text that stands in the file."""
    if isinstance(value, dict):
        return {key: as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        shown = repr(value)
        return shown if "." in shown else shown.replace("e", ".0e")
    return str(value)


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types all the way down: 1, 1.0 and True are three things."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)
