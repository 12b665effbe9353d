from __future__ import annotations

import contextlib
import hmac
import os
import random
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from tipcase import age
from tipcase.age import header, scrypt
from tipcase.age.header import MAX_STANZAS, Stanza, encode_base64
from tipcase.age.keys import KeyIdentity
from tipcase.age.wrapping import derive, mac

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
KINDS = ["x25519", "hybrid"]
KEYS = {kind: [age.generate(kind) for _ in range(3)] for kind in KINDS}
HEADER_ERRORS = (age.HeaderError, age.HmacError, age.NoMatchError)


def low(passphrase: str) -> scrypt.ScryptRecipient:
    return age.passphrase_recipient(passphrase, work_factor=2)


def forge(stanzas: Sequence[Stanza], file_key: bytes = bytes(16)) -> bytes:
    """A file with stanzas as given, and a right MAC, nonce and (empty) payload."""
    covered = header.cover(stanzas)
    closing = hmac.digest(derive(file_key, b"", b"header"), covered, "sha256")
    whole = age.encrypt(b"", [KEYS["x25519"][0].recipient])
    return header.close(covered, closing) + whole[header.parse(whole).size :]


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=40))
def test_keys_are_derived_as_libraries_do(secret: bytes, salt: bytes, info: bytes) -> None:
    assert derive(secret, salt, info) == HKDF(SHA256(), 32, salt, info).derive(secret)
    assert mac(salt, secret) == hmac.digest(salt, secret, "sha256")


@pytest.mark.parametrize("kind", KINDS)
@given(plaintext=st.binary(max_size=300), count=st.integers(1, 3))
def test_what_is_encrypted_decrypts_for_each_recipient(
    kind: str, plaintext: bytes, count: int
) -> None:
    keys = KEYS[kind][:count]
    whole = age.encrypt(plaintext, [key.recipient for key in keys])
    for key in keys:
        assert age.decrypt(whole, [key]) == plaintext


@given(plaintext=st.binary(max_size=300), passphrase=st.text(min_size=1).filter(str.isprintable))
def test_what_is_encrypted_by_passphrase_decrypts(plaintext: bytes, passphrase: str) -> None:
    whole = age.encrypt(plaintext, [low(passphrase)])
    assert age.decrypt(whole, [age.passphrase_identity(passphrase)]) == plaintext
    with pytest.raises(age.NoMatchError):
        age.decrypt(whole, [age.passphrase_identity(passphrase + "x")])


def test_nothing_of_two_encryptions_is_alike() -> None:
    recipient = KEYS["x25519"][0].recipient
    assert b"content" not in age.encrypt(b"content", [recipient])
    first, second = age.encrypt(b"content", [recipient]), age.encrypt(b"content", [recipient])
    assert header.parse(first).stanzas != header.parse(second).stanzas
    assert first[-39:-23] != second[-39:-23]
    assert first[-23:] != second[-23:]


def test_identities_that_do_not_match_are_passed_over() -> None:
    whole = age.encrypt(b"content", [KEYS["hybrid"][0].recipient])
    others = [*KEYS["x25519"], KEYS["hybrid"][1], age.passphrase_identity("invented")]
    assert age.decrypt(whole, [*others, KEYS["hybrid"][0]]) == b"content"
    for identities in (others, []):
        with pytest.raises(age.NoMatchError) as refused:
            age.decrypt(whole, identities)
        assert refused.value.exit_code == 6


def test_recipients_that_do_not_go_together_are_refused() -> None:
    classic, hybrid = KEYS["x25519"][0].recipient, KEYS["hybrid"][0].recipient
    wrong: list[list[age.Recipient]] = [
        [],
        [classic, hybrid],
        [low("one"), low("two")],
        [classic, low("one")],
        [classic] * (MAX_STANZAS + 1),
    ]
    for recipients in wrong:
        with pytest.raises(age.RecipientsError):
            age.encrypt(b"content", recipients)


def places(length: int) -> list[int]:
    """Every place of a file in the soak, otherwise a sample with both ends."""
    if SOAK or length < 400:
        return list(range(length))
    return sorted({0, length - 1, *random.Random(length).sample(range(length), 400)})


@pytest.mark.parametrize("kind", [*KINDS, "scrypt"])
def test_every_flipped_byte_is_refused(kind: str) -> None:
    identity: age.Identity = age.passphrase_identity("invented", max_work_factor=6)
    recipient: age.Recipient = low("invented")
    if kind != "scrypt":
        identity, recipient = KEYS[kind][0], KEYS[kind][0].recipient
    whole = age.encrypt(b"an invented record", [recipient])
    size = header.parse(whole).size
    for place in places(len(whole)):
        masks = range(1, 256) if SOAK and kind == "x25519" else (1, 0x20, 0x80)
        for mask in masks:
            flipped = bytearray(whole)
            flipped[place] ^= mask
            with pytest.raises(HEADER_ERRORS if place < size else age.PayloadError):
                age.decrypt(bytes(flipped), [identity])


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_is_refused(kind: str) -> None:
    key = KEYS[kind][0]
    whole = age.encrypt(b"an invented record", [key.recipient])
    payload = header.parse(whole).size + 16
    for length in places(len(whole)):
        with pytest.raises(age.HeaderError if length < payload else age.PayloadError):
            age.decrypt(whole[:length], [key])


@given(st.binary(max_size=400), st.sampled_from([b"", b"age-encryption.org/v1\n", b"-----BEGIN "]))
def test_noise_is_refused_as_age_refuses(noise: bytes, start: bytes) -> None:
    identities = [KEYS["x25519"][0], KEYS["hybrid"][0], age.passphrase_identity("invented")]
    with pytest.raises(age.AgeError):
        age.decrypt(start + noise, identities)


@given(st.data())
def test_a_file_changed_in_any_way_is_refused_as_age_refuses(draw: st.DataObject) -> None:
    key = KEYS[draw.draw(st.sampled_from(KINDS))][0]
    whole = bytearray(age.encrypt(b"content", [key.recipient]))
    place = draw.draw(st.integers(0, len(whole)))
    whole[place : place + draw.draw(st.integers(0, 40))] = draw.draw(st.binary(max_size=40))
    with contextlib.suppress(age.AgeError):
        assert age.decrypt(bytes(whole), [key]) == b"content"


def test_a_changed_mac_and_an_added_stanza_are_told_apart_from_a_wrong_key() -> None:
    key = KEYS["x25519"][0]
    whole = age.encrypt(b"content", [key.recipient])
    parsed = header.parse(whole)
    forged = header.close(parsed.covered, bytes(32)) + whole[parsed.size :]
    longer = header.cover([*parsed.stanzas, Stanza(("grease",), b"")])
    for data in (forged, header.close(longer, parsed.mac) + whole[parsed.size :]):
        with pytest.raises(age.HmacError):
            age.decrypt(data, [key])


def test_stanzas_of_unknown_types_are_passed_over() -> None:
    key = KEYS["x25519"][0]
    grease = Stanza(("example.com/grease", "a", "b"), bytes(70))
    data = forge([grease, key.recipient.wrap(bytes(16)), grease])
    with pytest.raises(age.PayloadError):  # the payload is of another file; the header is good
        age.decrypt(data, [key])


def wrapped(kind: str) -> Stanza:
    key: KeyIdentity = KEYS[kind][0]
    return key.recipient.wrap(bytes(16))


def changed(kind: str, what: str) -> Stanza:
    """A good stanza with one thing that the specification refuses."""
    stanza = low("invented").wrap(bytes(16)) if kind == "scrypt" else wrapped(kind)
    name, share, *rest = stanza.arguments
    decoded = header.decode_base64(share.encode())
    last = "B" if share[-1] != "B" else "C"
    arguments: dict[str, tuple[str, ...]] = {
        "an argument more": (*stanza.arguments, "more"),
        "an argument less": stanza.arguments[:-1],
        "a share that is longer": (name, encode_base64(decoded + b"\0"), *rest),
        "a share that is shorter": (name, encode_base64(decoded[:-1]), *rest),
        "a share that is not canonical": (name, share[:-1] + last, *rest),
        "a share of no order": (name, encode_base64(decoded[:-32] + bytes(32)), *rest),
        "a share of low order": (name, encode_base64(decoded[:-32] + LOW_ORDER), *rest),
    }
    if what == "a longer body":
        return Stanza(stanza.arguments, stanza.body + b"\0")
    return Stanza(arguments[what], stanza.body)


# A point of order eight (RFC 7748 leaves it to protocols to refuse what it leads to).
LOW_ORDER = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
FORMS = ["an argument more", "an argument less", "a share that is longer", "a longer body",
         "a share that is shorter", "a share that is not canonical"]  # fmt: skip
POINTS = ["a share of no order", "a share of low order"]


@pytest.mark.parametrize(
    ("kind", "what"),
    [(kind, what) for kind in [*KINDS, "scrypt"] for what in FORMS]
    + [(kind, what) for kind in KINDS for what in POINTS],
)
def test_a_stanza_that_its_type_does_not_allow_is_refused(kind: str, what: str) -> None:
    identities = [*KEYS["x25519"], *KEYS["hybrid"], age.passphrase_identity("invented")]
    with pytest.raises(age.HeaderError):
        age.decrypt(forge([changed(kind, what)]), identities)


@pytest.mark.parametrize("what", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_malformed_stanza_is_refused_behind_a_good_one(kind: str, what: str) -> None:
    data = forge([wrapped(kind), changed(kind, what)])
    with pytest.raises(age.HeaderError):
        age.decrypt(data, [KEYS[kind][0]])


@pytest.mark.parametrize("position", [0, 1])
def test_a_passphrase_beside_other_recipients_is_refused(position: int) -> None:
    stanzas = [wrapped("x25519")]
    stanzas.insert(position, low("invented").wrap(bytes(16)))
    for identity in (KEYS["x25519"][0], age.passphrase_identity("invented")):
        with pytest.raises(age.HeaderError):
            age.decrypt(forge(stanzas), [identity])


@pytest.mark.parametrize("work", ["", "0", "01", "+2", "-2", "2 ", "0x2", "2a", "٢", "1e1"])
def test_a_work_factor_that_is_no_plain_number_is_refused(work: str) -> None:
    salt = low("invented").wrap(bytes(16)).arguments[1]
    stanza = Stanza(("scrypt", salt, work), bytes(32))
    with pytest.raises(age.HeaderError) as refused:
        age.passphrase_identity("invented").unwrap([stanza])
    assert not isinstance(refused.value, age.WorkFactorError)


@pytest.mark.parametrize("work", ["7", "23", "99", "9" * 5_000])
def test_too_much_work_is_refused_before_any_is_done(
    work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stretch(*_: object) -> bytes:
        raise AssertionError("computed")

    monkeypatch.setattr(scrypt, "_stretch", stretch)
    salt = encode_base64(bytes(16))
    data = forge([Stanza(("scrypt", salt, work), bytes(32))])
    with pytest.raises(age.WorkFactorError):
        age.decrypt(data, [age.passphrase_identity("invented", max_work_factor=6)])


def test_the_default_work_factor_is_written_into_the_file() -> None:
    assert age.passphrase_recipient("invented").work_factor == 18
    assert age.passphrase_identity("invented").max_work_factor == 22
    assert low("invented").wrap(bytes(16)).arguments[2] == "2"


def test_a_recipient_that_nobody_can_be_is_refused_when_used() -> None:
    hybrid = KEYS["hybrid"][0].recipient
    for recipient in (
        type(KEYS["x25519"][0].recipient)(LOW_ORDER),
        type(hybrid)(hybrid.key[:-32] + LOW_ORDER),
    ):
        with pytest.raises(age.KeyFormatError):
            age.encrypt(b"content", [recipient])
