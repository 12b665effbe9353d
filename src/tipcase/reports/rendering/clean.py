"""Text of an edition, which an office may have written, without what steers a page."""

from __future__ import annotations

# C0 but tab and newline, DEL and C1; direction marks, overrides and isolates; half a surrogate
# pair, which no file can hold.
_STEERING = dict.fromkeys(
    code
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0x61C,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x2070),
        0xFEFF,
        *range(0xD800, 0xE000),
        0xFFFE,
        0xFFFF,
    )
    if chr(code) not in "\n\t"
)


def clean(text: str) -> str:
    """The text without them; zero-width spaces stay, at which Khmer breaks its lines."""
    return text.translate(_STEERING)
