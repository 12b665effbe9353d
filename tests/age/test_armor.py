from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase import age
from tipcase.age import armor

BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----"
END = "-----END AGE ENCRYPTED FILE-----"


def armored(data: bytes, newline: str = "\n") -> bytes:
    text = base64.b64encode(data).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return newline.join((BEGIN, *lines, END, "")).encode()


@given(
    st.binary(max_size=200),
    st.sampled_from(["\n", "\r\n"]),
    st.text(" \t\r\n", max_size=40),
    st.text(" \t\r\n", max_size=40),
)
def test_whitespace_around_and_either_newline_are_free(
    data: bytes, newline: str, before: str, after: str
) -> None:
    text = before.encode() + armored(data, newline) + after.encode()
    assert armor.is_armored(text)
    assert armor.decode(text) == data


def test_more_whitespace_than_is_looked_into_changes_nothing() -> None:
    text = b" \n" * 4_000 + armored(b"content")
    assert armor.is_armored(text)
    assert armor.decode(text) == b"content"


@given(st.binary(max_size=150))
def test_what_decodes_is_the_only_text_for_its_bytes(noise: bytes) -> None:
    for text in (noise, BEGIN.encode() + b"\n" + noise + b"\n" + END.encode()):
        try:
            data = armor.decode(text)
        except age.ArmorError:
            continue
        assert text.strip() in (armored(data).strip(), armored(data, "\r\n").strip())


GOOD = armored(bytes(range(100))).decode()
LINES = GOOD.split("\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD.replace("FILE", "MESSAGE"), id="another label"),
        pytest.param(GOOD.replace("AGE", "age"), id="a label in small letters"),
        pytest.param(GOOD.replace("-----BEGIN", "----- BEGIN"), id="a space in the first line"),
        pytest.param(GOOD.replace(END, ""), id="no last line"),
        pytest.param(GOOD.replace("=", ""), id="no padding"),
        pytest.param(GOOD.replace("Yw==", "Yx=="), id="base64 that is not canonical"),
        pytest.param(GOOD.replace("Yw==", "Yw==\n"), id="an empty line at the end"),
        pytest.param(GOOD.replace(BEGIN, BEGIN + "\n"), id="an empty line at the beginning"),
        pytest.param(GOOD.replace(BEGIN, BEGIN + "\nVersion: 1\n"), id="headers"),
        pytest.param(GOOD.replace(LINES[1], LINES[1] + " "), id="a space behind a line"),
        pytest.param(GOOD.replace(LINES[1], " " + LINES[1]), id="a space before a line"),
        pytest.param(GOOD.replace("\n", "", 2).replace(BEGIN, BEGIN + "\n"), id="a long line"),
        pytest.param(GOOD.replace(LINES[1], LINES[1][:60] + "\n" + LINES[1][60:]), id="a short"),
        pytest.param(GOOD.replace("\n", "\r\n", 2), id="both newlines"),
        pytest.param(GOOD.replace(LINES[1], "*" + LINES[1][1:]), id="a foreign character"),
        pytest.param("garbage\n" + GOOD, id="something before"),
        pytest.param(GOOD + "garbage\n", id="something after"),
        pytest.param(GOOD + GOOD, id="twice"),
    ],
)
def test_what_is_not_strict_is_refused(text: str) -> None:
    assert text != GOOD
    assert armor.is_armored(text.encode())
    with pytest.raises(age.ArmorError):
        age.decrypt(text.encode(), [])


def test_binary_files_and_noise_are_not_taken_for_armor() -> None:
    assert not armor.is_armored(b"age-encryption.org/v1\n-----BEGIN AGE ENCRYPTED FILE-----")
    assert not armor.is_armored(b"")
    assert not armor.is_armored(b"hello")


def test_an_armored_file_decrypts_and_its_cuts_do_not() -> None:
    identity = age.generate("x25519")
    text = armored(age.encrypt(b"content", [identity.recipient]))
    assert age.decrypt(text, [identity]) == b"content"
    for length in range(5, len(text) - 1):
        with pytest.raises(age.ArmorError):
            age.decrypt(text[:length], [identity])
