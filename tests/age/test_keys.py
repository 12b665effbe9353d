from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipcase import age
from tipcase.age import bech32
from tipcase.age.hybrid import HybridIdentity, HybridRecipient
from tipcase.age.x25519 import X25519Identity, X25519Recipient
from tipcase.errors import UsageError

KINDS = ["x25519", "hybrid"]


@pytest.mark.parametrize("kind", KINDS)
def test_keys_come_back_from_their_text(kind: str) -> None:
    identity = age.generate(kind)
    again = age.parse_identity(str(identity))
    assert again == identity
    assert again.kind == identity.recipient.kind == kind
    assert age.parse_recipient(str(identity.recipient)) == identity.recipient == again.recipient
    assert len({identity.recipient, again.recipient, age.generate(kind).recipient}) == 2


def test_texts_begin_as_specified() -> None:
    x25519, hybrid = age.generate("x25519"), age.generate("hybrid")
    assert str(x25519).startswith("AGE-SECRET-KEY-1")
    assert str(x25519.recipient).startswith("age1")
    assert str(hybrid).startswith("AGE-SECRET-KEY-PQ-1")
    assert str(hybrid.recipient).startswith("age1pq1")


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_neither_shown_nor_pickled(kind: str) -> None:
    identity = age.generate(kind)
    assert str(identity)[20:] not in repr(identity)
    assert identity.secret.hex() not in repr(identity)
    assert str(identity.secret) not in repr(identity)
    assert identity.kind in repr(identity)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(identity)


@pytest.mark.parametrize("make", [age.passphrase_identity, age.passphrase_recipient])
def test_a_passphrase_is_neither_shown_nor_pickled(make: type) -> None:
    key = make("invented words")
    assert "invented" not in repr(key) + str(key)
    assert key.kind == "scrypt"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(key)


def test_generate_knows_two_kinds() -> None:
    with pytest.raises(age.KeyFormatError):
        age.generate("rsa")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("age1", id="only a beginning"),
        pytest.param(bech32.encode("age", bytes(31)), id="short"),
        pytest.param(bech32.encode("age", bytes(33)), id="long"),
        pytest.param(bech32.encode("age", bytes(32)).upper(), id="in capitals"),
        pytest.param(bech32.encode("age", bytes(32)) + "\n", id="with a newline"),
        pytest.param(bech32.encode("age1pq", bytes(32)), id="hybrid with a classic length"),
        pytest.param(bech32.encode("age1pq", b"\xff" * 1216), id="hybrid beyond the modulus"),
        pytest.param(bech32.encode("age1tag", bytes(33)), id="a kind not known here"),
        pytest.param("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA", id="an SSH key"),
    ],
)
def test_a_malformed_recipient_is_refused(text: str) -> None:
    with pytest.raises(age.KeyFormatError) as refused:
        age.parse_recipient(text)
    assert isinstance(refused.value, UsageError)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("make", [X25519Recipient, X25519Identity, HybridRecipient, HybridIdentity])
@pytest.mark.parametrize("size", [0, 31, 33, 1215, 1217])
def test_bytes_of_a_wrong_length_are_no_key(make: type, size: int) -> None:
    with pytest.raises(age.KeyFormatError, match="wrong length"):
        make(bytes(size))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(bech32.encode("age-secret-key-", bytes(32)), id="in small letters"),
        pytest.param(bech32.encode("age-secret-key-", bytes(31)).upper(), id="short"),
        pytest.param(bech32.encode("age-secret-key-pq-", bytes(33)).upper(), id="hybrid, long"),
        pytest.param(bech32.encode("age-secret-key-", bytes(32)).upper() + " ", id="a space"),
        pytest.param(bech32.encode("age-plugin-x-", bytes(32)).upper(), id="a plugin's"),
        pytest.param(bech32.encode("age", bytes(32)), id="a recipient"),
    ],
)
def test_a_malformed_identity_is_refused(text: str) -> None:
    with pytest.raises(age.KeyFormatError):
        age.parse_identity(text)


def test_a_secret_given_as_a_recipient_is_named_and_not_shown() -> None:
    text = str(age.generate("hybrid"))
    with pytest.raises(age.KeyFormatError, match="secret identity") as refused:
        age.parse_recipient(text)
    assert text[20:40] not in refused.value.sentence + refused.value.hint


def test_an_identity_file_may_have_comments_blank_lines_and_crlf() -> None:
    first, second = age.generate("x25519"), age.generate("hybrid")
    text = f"# made today\r\n\r\n{first}\r\n#{first}\n\n{second}"
    assert age.parse_identities(text) == [first, second]


def test_a_bad_line_of_an_identity_file_is_named_by_its_number() -> None:
    good = str(age.generate("x25519"))
    with pytest.raises(age.KeyFormatError, match="line 3 ") as refused:
        age.parse_identities(f"# comment\n{good}\n{good[:-1]}\n")
    assert good[20:40] not in refused.value.sentence + refused.value.hint
    with pytest.raises(age.KeyFormatError, match="no identity"):
        age.parse_identities("# only a comment\n\n")


@pytest.mark.parametrize("parse", [age.parse_recipient, age.parse_identity, age.parse_identities])
@given(text=st.text(max_size=80) | st.from_regex(r"(age|AGE-SECRET-KEY-)1[\x21-\x7e]{0,70}"))
def test_any_text_is_either_a_key_or_refused(parse: type, text: str) -> None:
    with pytest.raises(age.KeyFormatError):
        parse(text)


@pytest.mark.parametrize("passphrase", ["", "\ud800"])
def test_an_impossible_passphrase_is_refused(passphrase: str) -> None:
    with pytest.raises(age.KeyFormatError):
        age.passphrase_identity(passphrase)
    with pytest.raises(age.KeyFormatError):
        age.passphrase_recipient(passphrase)


@pytest.mark.parametrize("factor", [0, 23, -1])
def test_an_impossible_work_factor_is_refused(factor: int) -> None:
    with pytest.raises(age.KeyFormatError):
        age.passphrase_recipient("invented words", factor)
    with pytest.raises(age.KeyFormatError):
        age.passphrase_identity("invented words", factor)


def test_errors_have_the_exit_codes_of_their_families() -> None:
    damaged = [age.HeaderError, age.HmacError, age.PayloadError, age.ArmorError]
    assert [error.exit_code for error in [*damaged, age.WorkFactorError]] == [7] * 5
    assert age.NoMatchError.exit_code == 6
    assert age.KeyFormatError.exit_code == age.RecipientsError.exit_code == 2
    assert all(issubclass(error, age.AgeError) for error in [*damaged, age.NoMatchError])
