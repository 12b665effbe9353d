from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase import age
from tipcase.age import header
from tipcase.age.header import MAX_HEADER_SIZE, MAX_STANZAS, Stanza

VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
STANZAS = st.lists(
    st.builds(
        Stanza, st.lists(VISIBLE, min_size=1, max_size=4).map(tuple), st.binary(max_size=150)
    ),
    min_size=1,
    max_size=5,
)
MAC = bytes(range(32))


def written(stanzas: list[Stanza]) -> bytes:
    return header.close(header.cover(stanzas), MAC)


@given(STANZAS, st.binary(max_size=50))
def test_what_is_written_parses(stanzas: list[Stanza], payload: bytes) -> None:
    data = written(stanzas)
    parsed = header.parse(data + payload)
    assert parsed.stanzas == tuple(stanzas)
    assert parsed.mac == MAC
    assert parsed.size == len(data)
    assert data.startswith(parsed.covered + b" ")


ONE = written([Stanza(("X25519", "share"), bytes(31) + b"\xff")])


def found(data: bytes) -> header.Header | str:
    try:
        return header.parse(data)
    except age.AgeError as error:
        return error.sentence


def plainly(data: bytes) -> header.Header | str:
    """The same where nothing is taken by the pattern."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(header, "_ONE_STANZA", re.compile(rb"(?!)"))
        return found(data)


@given(st.data())
def test_the_pattern_of_one_stanza_takes_what_the_plain_way_does(data: st.DataObject) -> None:
    changed = bytearray(ONE)
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at : at + data.draw(st.integers(0, 2))] = data.draw(
        st.binary(max_size=2) | st.sampled_from([b"\n", b" ", b"=", b"\n---", b"9", b"-> "])
    )
    assert header._ONE_STANZA.match(ONE)
    assert found(bytes(changed)) == plainly(bytes(changed))


def test_the_last_letters_of_body_and_mac_have_no_bits_to_spare() -> None:
    for end in (ONE.index(b"\n---"), len(ONE) - 1):
        for letter in range(33, 127):
            changed = ONE[: end - 1] + bytes([letter]) + ONE[end:]
            assert found(changed) == plainly(changed)


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 95, 96, 97])
def test_a_body_ends_with_a_short_line_which_may_be_empty(size: int) -> None:
    stanza = Stanza(("X25519",), bytes(size))
    lines = written([stanza]).split(b"\n")[2:-2]
    assert [len(line) for line in lines[:-1]] == [64] * (size // 48)
    assert len(lines[-1]) < 64
    assert header.parse(written([stanza])).stanzas == (stanza,)


@given(STANZAS, st.data())
def test_whatever_parses_serialises_to_the_same_bytes(
    stanzas: list[Stanza], draw: st.DataObject
) -> None:
    data = bytearray(written(stanzas))
    for _ in range(draw.draw(st.integers(1, 3))):
        place = draw.draw(st.integers(0, len(data) - 1))
        change = draw.draw(
            st.sampled_from([b"", b"\n", b" ", b"A", b"=", b"-> x\n", b"---", b"\r"])
        )
        data[place : place + draw.draw(st.integers(0, 1))] = change
    try:
        parsed = header.parse(bytes(data))
    except age.HeaderError:
        return
    assert header.close(header.cover(parsed.stanzas), parsed.mac) == bytes(data[: parsed.size])


STANZA = "-> X25519 abc\n" + "A" * 64 + "\nAAAA\n"
CLOSING = "--- " + "A" * 43 + "\n"
GOOD = "age-encryption.org/v1\n" + STANZA + CLOSING


def test_the_good_header_of_the_bad_ones_below_parses() -> None:
    assert header.parse(GOOD.encode()).stanzas == (Stanza(("X25519", "abc"), bytes(51)),)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(GOOD.replace("v1", "v2"), id="another version"),
        pytest.param(GOOD.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(GOOD.replace(STANZA, ""), id="no recipient"),
        pytest.param(GOOD.replace("-> X25519 abc", "-> "), id="no arguments"),
        pytest.param(GOOD.replace("-> X25519 abc", "->"), id="no arguments, no space"),
        pytest.param(GOOD.replace("-> X", "->X"), id="no space"),
        pytest.param(GOOD.replace("-> X", "-->"), id="another beginning"),
        pytest.param(GOOD.replace("X25519 abc", "X25519  abc"), id="an empty argument"),
        pytest.param(GOOD.replace("abc", "abc "), id="a space behind the arguments"),
        pytest.param(GOOD.replace("abc", "a\x7fc"), id="a character that is not visible"),
        pytest.param(GOOD.replace("abc", "\x00"), id="a zero byte"),
        pytest.param(GOOD.replace("AAAA\n---", "---"), id="no final line"),
        pytest.param(GOOD.replace("AAAA\n---", "AAAA\nAAAA\n---"), id="two final lines"),
        pytest.param(GOOD.replace("A" * 64 + "\n", "A" * 68 + "\n"), id="a long line"),
        pytest.param(GOOD.replace("AAAA\n---", "AB\n---"), id="more surplus bits"),
        pytest.param(GOOD.replace("AAAA\n---", "AAA=\n---"), id="padding"),
        pytest.param(GOOD.replace("AAAA\n---", "AAB\n---"), id="surplus bits in the body"),
        pytest.param(GOOD.replace("AAAA\n---", "A\n---"), id="base64 of an impossible length"),
        pytest.param(GOOD.replace("AAAA\n---", "A*AA\n---"), id="a foreign character"),
        pytest.param(GOOD.replace("--- ", "---"), id="no space before the MAC"),
        pytest.param(GOOD.replace("--- ", "---  "), id="two spaces before the MAC"),
        pytest.param(GOOD.replace(CLOSING, "---\n"), id="no MAC"),
        pytest.param(GOOD.replace(CLOSING, ""), id="no end"),
        pytest.param(GOOD[:-1], id="no last newline"),
        pytest.param(GOOD[:-1] + " \n", id="a space behind the MAC"),
        pytest.param(GOOD[:-2] + "B\n", id="surplus bits in the MAC"),
        pytest.param(GOOD[:-3] + "\n", id="a short MAC"),
        pytest.param(GOOD[:-1] + "AAA\n", id="a long MAC"),
        pytest.param("\n" + GOOD, id="an empty line before"),
    ],
)
def test_what_the_grammar_refuses_is_refused(text: str) -> None:
    assert text != GOOD
    with pytest.raises(age.HeaderError):
        header.parse(text.encode())


def test_too_many_recipients_are_refused() -> None:
    stanza = Stanza(("grease",), b"")
    assert len(header.parse(written([stanza] * MAX_STANZAS)).stanzas) == MAX_STANZAS
    with pytest.raises(age.HeaderError):
        header.parse(written([stanza] * (MAX_STANZAS + 1)))


def test_a_header_longer_than_the_bound_is_refused() -> None:
    longest = [Stanza(("mlkem768x25519", "A" * 1494), bytes(32))] * MAX_STANZAS
    assert header.parse(written(longest)).size < MAX_HEADER_SIZE
    overhead = len(written([Stanza(("grease", "A"), b"")])) - 1
    fitting, longer = (
        written([Stanza(("grease", "A" * (MAX_HEADER_SIZE - overhead + more)), b"")])
        for more in (0, 1)
    )
    assert header.parse(fitting).size == MAX_HEADER_SIZE
    with pytest.raises(age.HeaderError, match="does not end"):
        header.parse(longer)


def test_a_newer_version_is_named_as_such() -> None:
    with pytest.raises(age.HeaderError, match="another version"):
        header.parse(b"age-encryption.org/v2\nanything")


def test_no_argument_of_a_file_is_shown() -> None:
    with pytest.raises(age.HeaderError) as refused:
        header.parse(GOOD.replace("abc", "secretive ").encode())
    assert not re.search("secretive", refused.value.sentence + refused.value.hint)
