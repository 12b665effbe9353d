from __future__ import annotations

import base64
import os
import pickle
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import require
from tipcase import sshsig
from tipcase.errors import DamagedError, UsageError
from tipcase.sshsig import SignatureError, SigningKey

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
KEY = SigningKey.from_seed(bytes(range(32)))
NAMESPACE = "test@example.org"
MESSAGE = b"an invented line of a journal"


@given(st.binary(min_size=32, max_size=32), st.text(min_size=1, max_size=20), st.binary())
def test_what_is_signed_verifies(seed: bytes, namespace: str, message: bytes) -> None:
    key = SigningKey.from_seed(seed)
    sshsig.verify(key.public, namespace, message, key.sign(namespace, message))


def test_a_key_comes_back_from_its_seed_and_is_new_each_time() -> None:
    key = SigningKey.generate()
    assert SigningKey.from_seed(key.seed).public == key.public
    assert SigningKey.generate().public != key.public
    for seed in (b"", bytes(31), bytes(33)):
        with pytest.raises(UsageError):
            SigningKey.from_seed(seed)


def test_a_secret_is_neither_shown_nor_pickled() -> None:
    assert KEY.seed.hex() not in repr(KEY)
    assert str(KEY.seed) not in repr(KEY) + str(KEY)
    assert KEY.public in repr(KEY)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(KEY)


def test_another_key_namespace_or_message_is_refused() -> None:
    signature = KEY.sign(NAMESPACE, MESSAGE)
    other = SigningKey.generate()
    for public, namespace, message in (
        (other.public, NAMESPACE, MESSAGE),
        (KEY.public, "file", MESSAGE),
        (KEY.public, NAMESPACE, MESSAGE + b" "),
    ):
        with pytest.raises(SignatureError) as refused:
            sshsig.verify(public, namespace, message, signature)
        assert isinstance(refused.value, DamagedError)
        assert refused.value.exit_code == 7


def test_a_signature_moved_to_another_key_or_namespace_is_refused() -> None:
    other = SigningKey.generate()
    raw = KEY.sign(NAMESPACE, MESSAGE)[-64:]
    for public, namespace, start in (
        (other.public, NAMESPACE, other.sign(NAMESPACE, MESSAGE)[:-64]),
        (KEY.public, "file", KEY.sign("file", MESSAGE)[:-64]),
    ):
        with pytest.raises(SignatureError):
            sshsig.verify(public, namespace, MESSAGE, start + raw)


def test_every_flipped_byte_of_the_blob_is_refused() -> None:
    signature = KEY.sign(NAMESPACE, MESSAGE)
    for place in range(len(signature)):
        for mask in range(1, 256) if SOAK else (1, 0x80):
            flipped = bytearray(signature)
            flipped[place] ^= mask
            with pytest.raises(SignatureError):
                sshsig.verify(KEY.public, NAMESPACE, MESSAGE, bytes(flipped))


def test_every_cut_and_every_appended_byte_is_refused() -> None:
    signature = KEY.sign(NAMESPACE, MESSAGE)
    cuts = [signature[:length] for length in range(len(signature))]
    for wrong in [*cuts, signature + b"\0", b"\0" + signature, signature * 2]:
        with pytest.raises(SignatureError):
            sshsig.verify(KEY.public, NAMESPACE, MESSAGE, wrong)


def string(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


@pytest.mark.parametrize("change", ["none", "version", "reserved", "sha256", "algorithm"])
def test_only_the_one_form_is_taken(change: str) -> None:
    """Blobs signed rightly, by hand, for what they say; only the unchanged one is accepted."""
    from hashlib import sha256, sha512

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(KEY.seed)
    version = 2 if change == "version" else 1
    reserved = string(b"tag" if change == "reserved" else b"")
    digest = sha256 if change == "sha256" else sha512
    rest = string(NAMESPACE.encode()) + reserved + string(digest().name.encode())
    signed = private.sign(b"SSHSIG" + rest + string(digest(MESSAGE).digest()))
    algorithm = b"ssh-ed448" if change == "algorithm" else b"ssh-ed25519"
    public = string(b"ssh-ed25519") + string(private.public_key().public_bytes_raw())
    blob = (
        b"SSHSIG" + version.to_bytes(4, "big") + string(public) + rest
        + string(string(algorithm) + string(signed))
    )  # fmt: skip
    if change == "none":
        assert blob == KEY.sign(NAMESPACE, MESSAGE)
        return
    with pytest.raises(SignatureError):
        sshsig.verify(KEY.public, NAMESPACE, MESSAGE, blob)


BLOB = base64.b64decode(KEY.public.split()[1])


@pytest.mark.parametrize(
    "public",
    [
        pytest.param("", id="nothing"),
        pytest.param("ssh-ed25519", id="no key"),
        pytest.param(KEY.public + " a comment", id="a comment"),
        pytest.param(KEY.public + "\n", id="a newline"),
        pytest.param(KEY.public.replace(" ", "  "), id="two spaces"),
        pytest.param("ssh-rsa " + KEY.public.split()[1], id="another algorithm outside"),
        pytest.param(
            "ssh-ed25519 " + base64.b64encode(BLOB.replace(b"ed25519", b"ed25518")).decode(),
            id="another algorithm inside",
        ),
        pytest.param("ssh-ed25519 " + base64.b64encode(BLOB[:-1]).decode(), id="cut"),
        pytest.param("ssh-ed25519 " + base64.b64encode(BLOB + b"\0").decode(), id="lengthened"),
        pytest.param("ssh-ed25519 " + KEY.public.split()[1] + "====", id="padding"),
        pytest.param(KEY.public[:-1] + "ឃ", id="a letter that is not ASCII"),
    ],
)
def test_a_malformed_public_key_is_refused(public: str) -> None:
    with pytest.raises(SignatureError, match="not an ssh-ed25519 key"):
        sshsig.verify(public, NAMESPACE, MESSAGE, KEY.sign(NAMESPACE, MESSAGE))


def test_a_signature_needs_a_namespace() -> None:
    with pytest.raises(UsageError):
        KEY.sign("", MESSAGE)


@pytest.mark.parametrize("message", [b"", MESSAGE, bytes(range(256)) * 500])
def test_ssh_keygen_verifies_ours(message: bytes, tmp_path: Path) -> None:
    program = require("ssh-keygen")
    signers, signature = tmp_path / "signers", tmp_path / "message.sig"
    signers.write_text(f"cw1 {KEY.public}\n")
    signature.write_text(sshsig.armor(KEY.sign(NAMESPACE, message)))
    command = [program, "-Y", "verify", "-f", str(signers), "-I", "cw1", "-s", str(signature)]
    good = subprocess.run([*command, "-n", NAMESPACE], input=message, capture_output=True)
    assert good.returncode == 0
    assert subprocess.run([*command, "-n", "file"], input=message, capture_output=True).returncode


def test_we_verify_what_ssh_keygen_signs(tmp_path: Path) -> None:
    program = require("ssh-keygen")
    key, message = tmp_path / "key", tmp_path / "message"
    message.write_bytes(MESSAGE)
    make = [program, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)]
    sign = [program, "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(message)]
    for command in (make, sign):
        subprocess.run(command, capture_output=True, check=True)
    public = key.with_suffix(".pub").read_text().strip()
    lines = message.with_suffix(".sig").read_text().splitlines()
    signature = base64.b64decode("".join(lines[1:-1]))
    sshsig.verify(public, NAMESPACE, MESSAGE, signature)
    assert sshsig.armor(signature).splitlines() == lines
    with pytest.raises(SignatureError):
        sshsig.verify(KEY.public, NAMESPACE, MESSAGE, signature)
