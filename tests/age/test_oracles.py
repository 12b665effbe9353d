"""Other implementations of age judge ours, in both directions: pyrage, Debian's age, typage, and
the vectors of the specification (C2SP CCTV). `oracles.py` says what happens without them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shlex
import subprocess
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.age.make_vectors import ask, text
from tests.oracles import require, require_folder, require_module
from tipcase import age
from tipcase.age import header

CONTENTS = [b"", b"an invented record\n", bytes(64 * 1024), bytes(range(251)) * 600]
PASSPHRASE = "three invented words ឃ"
VECTORS = json.loads((Path(__file__).parent / "vectors" / "typage.json").read_text("utf-8"))


@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_pyrage_reads_ours_and_we_read_pyrages(content: bytes) -> None:
    pyrage = require_module("pyrage")
    ours, theirs = age.generate("x25519"), pyrage.x25519.Identity.generate()
    recipients = [str(ours.recipient), str(theirs.to_public())]
    whole = age.encrypt(content, [age.parse_recipient(line) for line in recipients])
    assert pyrage.decrypt(whole, [theirs]) == content
    assert pyrage.decrypt(whole, [pyrage.x25519.Identity.from_str(str(ours))]) == content
    back = pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(line) for line in recipients])
    assert age.decrypt(back, [ours]) == content
    assert age.decrypt(back, [age.parse_identity(str(theirs))]) == content


def test_pyrage_reads_what_we_protect_with_a_passphrase() -> None:
    pyrage = require_module("pyrage")
    ours = age.encrypt(b"content", [age.passphrase_recipient(PASSPHRASE, work_factor=10)])
    assert pyrage.passphrase.decrypt(ours, PASSPHRASE) == b"content"


@pytest.mark.soak
def test_we_read_what_pyrage_protects_with_as_much_work_as_a_second_allows() -> None:
    pyrage = require_module("pyrage")
    theirs = pyrage.passphrase.encrypt(b"content", PASSPHRASE)
    assert age.decrypt(theirs, [age.passphrase_identity(PASSPHRASE)]) == b"content"


@pytest.mark.parametrize("armored", [False, True])
@pytest.mark.parametrize("content", CONTENTS, ids=len)
def test_debians_age_reads_ours_and_we_read_its(
    content: bytes, armored: bool, tmp_path: Path
) -> None:
    program = require("age")
    identity = age.generate("x25519")
    keys = tmp_path / "key.txt"
    keys.write_text(f"# made for a test\n{identity}\n")
    decrypt = [program, "-d", "-i", str(keys)]
    whole = age.encrypt(content, [identity.recipient])
    assert subprocess.run(decrypt, input=whole, capture_output=True, check=True).stdout == content
    encrypt = [program, *(["-a"] if armored else []), "-r", str(identity.recipient)]
    theirs = subprocess.run(encrypt, input=content, capture_output=True, check=True).stdout
    assert theirs.startswith(b"-----") == armored
    assert age.decrypt(theirs, [identity]) == content


def test_debians_age_takes_our_protected_identity_file(tmp_path: Path) -> None:
    program, terminal = require("age"), require("script")
    identity = age.generate("x25519")
    protected = tmp_path / "key.age"
    secret = f"{identity}\n".encode()
    protected.write_bytes(age.encrypt(secret, [age.passphrase_recipient("invented", 10)]))
    whole, opened = tmp_path / "whole.age", tmp_path / "opened"
    whole.write_bytes(age.encrypt(b"content", [identity.recipient]))
    command = [program, "-d", "-i", str(protected), "-o", str(opened), str(whole)]
    # age asks the terminal for passphrases; script gives it one and types what it is given.
    subprocess.run(
        [terminal, "-qec", shlex.join(command), "/dev/null"],
        input=b"invented\n",
        capture_output=True,
        check=True,
    )
    assert opened.read_bytes() == b"content"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_what_typage_wrote_for_us_decrypts(vector: dict[str, Any]) -> None:
    whole, content = (base64.b64decode(vector[key]) for key in ("ciphertext", "plaintext"))
    if "passphrase" in vector:
        assert age.decrypt(whole, [age.passphrase_identity(vector["passphrase"])]) == content
        return
    identity = age.parse_identity(vector["identity"])
    assert str(identity.recipient) == vector["recipient"]
    assert age.decrypt(whole, [identity]) == content
    with pytest.raises(age.NoMatchError):
        age.decrypt(whole, [age.generate(identity.kind)])


@pytest.mark.parametrize("kind", ["x25519", "hybrid"])
def test_typage_reads_ours_and_we_read_typages(kind: str) -> None:
    package = str(require_folder("TIPCASE_TYPAGE", "npm package age-encryption"))
    require("node")
    ours = age.generate(kind)
    (theirs,) = ask(package, [{"op": "generate", "kind": kind}])
    recipients = [str(ours.recipient), theirs["recipient"]]
    parsed = [age.parse_recipient(line) for line in recipients]
    opening = {"op": "decrypt", "identities": [theirs["identity"]]}
    answers = ask(
        package,
        [opening | {"ciphertext": text(age.encrypt(content, parsed))} for content in CONTENTS]
        + [
            {"op": "encrypt", "recipients": recipients, "plaintext": text(content)}
            for content in CONTENTS
        ],
    )
    opened, sealed = answers[: len(CONTENTS)], answers[len(CONTENTS) :]
    assert [answer["plaintext"] for answer in opened] == [text(content) for content in CONTENTS]
    for answer, content in zip(sealed, CONTENTS, strict=True):
        whole = base64.b64decode(answer["ciphertext"])
        for identity in (ours, age.parse_identity(theirs["identity"])):
            assert age.decrypt(whole, [identity]) == content


CLASSES: dict[str, type[age.AgeError] | None] = {
    "success": None,
    "no match": age.NoMatchError,
    "HMAC failure": age.HmacError,
    "header failure": age.HeaderError,
    "payload failure": age.PayloadError,
    "armor failure": age.ArmorError,
}


def specification_vectors() -> dict[str, bytes]:
    """The vectors by name: from the npm package cctv-age, or a folder with a file each."""
    folder = require_folder("TIPCASE_CCTV", "vectors of the age specification")
    package = folder / "index.js"
    if not package.is_file():
        return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    script = (
        "import(process.argv[1]).then((all) => console.log(JSON.stringify("
        "Object.entries(all.default ?? all).filter(([, data]) => data instanceof Uint8Array)"
        ".map(([name, data]) => [name, Buffer.from(data).toString('base64')]))))"
    )
    node = [require("node"), "--eval", script, package.resolve().as_uri()]
    done = subprocess.run(node, capture_output=True, check=True)
    return {name: base64.b64decode(data) for name, data in json.loads(done.stdout)}


def test_the_specifications_vectors_end_as_they_say() -> None:
    vectors = specification_vectors()
    assert len(vectors) > 100
    surprises = {name: judge(data) for name, data in vectors.items()}
    assert {name: what for name, what in surprises.items() if what} == {}


def judge(vector: bytes) -> str:
    """What is not as a vector says, or an empty text."""
    head, _, whole = vector.partition(b"\n\n")
    said: dict[str, list[str]] = defaultdict(list)
    for line in head.decode().splitlines():
        key, _, value = line.partition(": ")
        said[key].append(value)
    if said["compressed"]:
        whole = zlib.decompress(whole)
    identities: list[age.Identity] = [age.parse_identity(line) for line in said["identity"]]
    identities += [age.passphrase_identity(line) for line in said["passphrase"]]
    expected = CLASSES[said["expect"][0]]
    hashes = said["payload"] if expected is None else []
    if expected is not age.HeaderError and not said["armored"]:
        parsed = header.parse(whole)
        if header.close(header.cover(parsed.stanzas), parsed.mac) != whole[: parsed.size]:
            return "the header does not serialise to the same bytes"
    wrong = surprise(lambda: age.decrypt(whole, identities), expected, hashes)
    if wrong or said["armored"]:
        return wrong
    source = io.BytesIO(whole)
    return surprise(lambda: b"".join(age.decrypt_stream(source, identities)), expected, hashes)


def surprise(opening: Any, expected: type[age.AgeError] | None, hashes: list[str]) -> str:
    """How an opening ended, if it was not as expected."""
    try:
        content = opening()
    except age.AgeError as error:
        ended = type(error)
        fits = expected is not None and issubclass(ended, expected)
        return "" if fits else f"ended as {ended.__name__}"
    if expected is not None:
        return "was opened"
    return "" if [hashlib.sha256(content).hexdigest()] == hashes else "holds something else"
