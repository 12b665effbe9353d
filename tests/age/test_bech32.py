from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase.age import bech32
from tipcase.age.errors import KeyFormatError

PREFIXES = st.text(st.characters(codec="ascii", categories=["Ll", "Nd", "Pd"]), min_size=1)


@given(PREFIXES, st.binary(max_size=1300))
def test_what_is_encoded_decodes(prefix: str, data: bytes) -> None:
    text = bech32.encode(prefix, data)
    assert bech32.decode(text) == (prefix, data)
    assert bech32.decode(text.upper()) == (prefix.upper(), data)


@given(st.text(max_size=60) | st.text("aq1pzX-", max_size=60))
def test_what_decodes_encodes_to_the_same_text(text: str) -> None:
    try:
        prefix, data = bech32.decode(text)
    except KeyFormatError:
        return
    assert bech32.encode(prefix.lower(), data) == text.lower()


# From BIP 173: valid strings and what they hold, and invalid ones.
@pytest.mark.parametrize(
    ("text", "prefix", "data"),
    [
        ("A12UEL5L", "A", b""),
        ("a12uel5l", "a", b""),
        (
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "abcdef",
            bytes.fromhex("00443214c74254b635cf84653a56d7c675be77df"),
        ),
    ],
)
def test_the_standards_examples_decode(text: str, prefix: str, data: bytes) -> None:
    assert bech32.decode(text) == (prefix, data)


@pytest.mark.parametrize(
    "text",
    [
        " 1nwldj5",  # a space in the prefix
        "\x7f1axkwrx",
        "pzry9x0s0muk",  # no separator
        "1pzry9x0s0muk",  # no prefix
        "x1b4n0q5v",  # a letter that is not of the alphabet
        "li1dgmt3",  # checksum too short
        "A1G7SGD8",  # checksum over the capitals
        "10a06t8",
        "1qzzfhee",
        "a12uEL5L",  # both cases
        "",
        bech32.encode("age", bytes(3_000)),  # longer than any key
    ],
)
def test_the_standards_bad_examples_are_refused(text: str) -> None:
    with pytest.raises(KeyFormatError):
        bech32.decode(text)


@pytest.mark.parametrize("values", [[0], [0, 1], [31, 30, 1], [0] * 6])
def test_padding_that_is_long_or_not_zero_is_refused(values: list[int]) -> None:
    start = bech32._expanded("age")
    checksum = bech32._polymod(start, [*values, 0, 0, 0, 0, 0, 0]) ^ 1
    values = values + [checksum >> 5 * place & 31 for place in range(5, -1, -1)]
    text = "age1" + "".join(bech32._CHARSET[value] for value in values)
    with pytest.raises(KeyFormatError, match="surplus bits"):
        bech32.decode(text)


def test_each_changed_character_is_noticed() -> None:
    text = bech32.encode("age", bytes(range(32)))
    for place in range(len(text)):
        other = "q" if text[place] != "q" else "p"
        with pytest.raises(KeyFormatError):
            bech32.decode(text[:place] + other + text[place + 1 :])


def test_a_line_holds_a_key_by_its_prefix_and_bytes() -> None:
    key = bytes(range(32))
    line = bech32.encode("age", key)
    assert bech32.holds(line, "age", key)
    assert not bech32.holds(line, "age1pq", key)
    assert not bech32.holds(line, "age", key[:-1] + b"\x00")
    # What no writer of ours wrote: other letters, a bit too many at the end.
    assert not bech32.holds(line.replace("1", "1b", 1), "age", key)
    assert not bech32.holds(line.upper(), "age", key)
    data = line[len("age1") : -6]
    assert not bech32.holds(f"age1{data[:-1]}{_next(data[-1])}{line[-6:]}", "age", key)


def _next(letter: str) -> str:
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    return letters[(letters.index(letter) + 1) % 32]
