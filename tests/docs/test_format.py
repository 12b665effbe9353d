"""What docs/format.md says, read by a reader that was written from that page alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.commands import run_inside
from tests.oracles import require

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Made(NamedTuple):
    """A casebook with one case of two records, the case's id, and the words of its seed."""

    book: Path
    home: Path
    case: str
    words: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("format")
    env = {"TIPCASE_HOME": str(folder / "home")}
    book = folder / "book"
    run_inside("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519", env=env)
    words = ("init", book, "--name", "Example", "--keys", "x25519", "--no-git")
    said = run_inside(*words, env=env).stderr
    case = run_inside("new", "--opened", "2026-01-05", env=env, cwd=book).stdout.strip()
    long = "happened_on: 2026-01-06\ntext: " + "word " * 800 + "\n"
    assert run_inside("put", case, "note", input=long, env=env, cwd=book).code == 0
    assert run_inside("set", case, "profile", "nationality=KH", env=env, cwd=book).code == 0
    seed = [line.strip() for line in said.splitlines() if line.startswith("    ")]
    return Made(book, folder / "home", case, " ".join(seed))


def entries(journal: Path) -> list[tuple[str, dict[str, Any]]]:
    """The id and the JSON of each line, every line being as the page says."""
    found = []
    for line in journal.read_bytes().splitlines(keepends=True):
        assert line.endswith(b"\n")
        payload, signature = line[:-1].split(b"\t")
        entry = json.loads(payload)
        spelled = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode("ascii")
        assert spelled == payload
        assert base64.b64encode(base64.b64decode(signature)) == signature
        assert entry["signer"] == journal.stem
        found.append((hashlib.sha256(payload).hexdigest(), entry))
    return found


def journals(made: Made) -> list[tuple[str, dict[str, Any]]]:
    return [item for path in made.book.rglob("*.journal") for item in entries(path)]


def test_the_first_entry_of_the_staff_gives_the_casebook_its_id(made: Made) -> None:
    book, first = entries(made.book / "staff/journal/cw1.journal")[0]
    assert first["casebook"] is None
    assert {entry["casebook"] for _, entry in journals(made)} == {None, book}


def test_the_entries_of_a_device_form_one_chain(made: Made) -> None:
    chain = sorted(journals(made), key=lambda item: item[1]["seq"])
    assert [entry["seq"] for _, entry in chain] == list(range(1, len(chain) + 1))
    assert [entry["prev"] for _, entry in chain] == [None, *(name for name, _ in chain[:-1])]


def test_files_and_wraps_have_the_hashes_that_the_journal_names(made: Made) -> None:
    folder = made.book / "cases" / made.case
    lines = [entry for _, entry in entries(folder / "journal/cw1.journal")]
    named = {file["path"]: file["sha256"] for entry in lines for file in entry["files"]}
    for wrap in lines[0]["data"]["wraps"]:
        middle = ".restricted" if wrap["kind"] == "restricted" else ""
        named[f"keys/{wrap['generation']}/{wrap['handle']}{middle}.age"] = wrap["sha256"]
    on_disk = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.age")
    }
    assert named == on_disk
    made_by = lines[0]["data"]["generation"]
    both = f"{made_by['ordinary']}\n{made_by['restricted']}\n".encode()
    assert made_by["name"] == hashlib.sha256(both).hexdigest()[:16]


def test_a_record_opens_with_others_and_is_framed_as_the_page_says(made: Made) -> None:
    program = require("age")
    folder = made.book / "cases" / made.case
    key = made.home / "case.key"
    with key.open("wb") as out:
        wrap = next(folder.glob("keys/*/cw1.age"))
        identity = made.home / "keys" / "cw1.txt"
        subprocess.run([program, "-d", "-i", identity, wrap], stdout=out, check=True)
    yaml = pytest.importorskip("yaml")
    for path in folder.glob("*.yaml.age"):
        done = subprocess.run([program, "-d", "-i", key, path], capture_output=True, check=True)
        text, end, padding = done.stdout.partition(b"\n...\n")
        assert end
        assert not padding.strip(b"\n")
        length = len(text) + len(end)
        exponent = length.bit_length() - 1
        step = 1 << (exponent - exponent.bit_length())
        padded = 1024 if length <= 1024 else -(-length // step) * step
        assert len(done.stdout) == padded
        head = next(iter(yaml.safe_load(text).items()))
        assert head[0] == "tipcase"
        assert list(head[1]) == ["format", "edition", "case", "record", "revision", "conflicts"]
        assert head[1]["case"] == made.case
        assert len(bytes.fromhex(head[1]["record"])) == 16


def test_a_card_is_signed_over_its_other_five_fields(made: Made, tmp_path: Path) -> None:
    program = require("ssh-keygen")
    card = entries(made.book / "staff/journal/cw1.journal")[0][1]["data"]["card"]
    signature = card.pop("signature")
    message = json.dumps(card, sort_keys=True, separators=(",", ":")).encode("ascii")
    armored = tmp_path / "card.sig"
    armored.write_text(
        f"-----BEGIN SSH SIGNATURE-----\n{signature}\n-----END SSH SIGNATURE-----\n", "ascii"
    )
    signers = made.book / "staff" / "allowed_signers"
    words: list[str | Path] = [
        "-Y",
        "verify",
        "-f",
        signers,
        "-I",
        "cw1",
        "-n",
        "tipcase.card.v1",
        "-s",
        armored,
    ]
    done = subprocess.run([program, *words], input=message, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def derived(seed: bytes, label: bytes) -> bytes:
    """HKDF-SHA-256 without salt, one block: RFC 5869 by hand."""
    extracted = hmac.new(bytes(32), seed, hashlib.sha256).digest()
    return hmac.new(extracted, b"tipcase recovery v1 " + label + b"\x01", hashlib.sha256).digest()


def test_the_recovery_keys_follow_from_the_seed_on_paper(made: Made) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from tipcase import age

    number = 0
    assert len(made.words.split()) == 14
    for letter in made.words.replace(" ", ""):
        number = number * 32 + DIGITS.index(letter)
    seed, check = number.to_bytes(35, "big")[:32], number.to_bytes(35, "big")[32:]
    assert hashlib.sha256(b"tipcase recovery v1 " + seed).digest()[:3] == check
    card = entries(made.book / "staff/journal/cw1.journal")[0][1]["data"]["recovery"]
    signing = Ed25519PrivateKey.from_private_bytes(derived(seed, b"ssh-ed25519"))
    public = signing.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    assert card["signing_key"] == public.decode("ascii")
    identity = age.identity_from_seed("x25519", derived(seed, b"age x25519"))
    assert card["recipient"] == str(identity.recipient)
