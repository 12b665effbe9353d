"""``backup`` and ``restore`` through the command line: who opens one, what is said and refused."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.cli.test_commit import git
from tests.commands import run_inside
from tests.oracles import require

CANARY = "Canary Invented"


@pytest.fixture
def saved(office: Office) -> Path:
    """An archive of the office, with a record in it."""
    office.done("set", office.case, "profile", "full_name=-", input=CANARY)
    out = office.book.parent / "out.age"
    office.done("backup", "--out", out)
    return out


def test_a_casebook_goes_and_comes_back(office: Office, saved: Path, tmp_path: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    assert CANARY.encode() not in saved.read_bytes()
    data = office.data("restore", saved, tmp_path / "back", cwd=tmp_path)
    assert data["written"] and data["damaged"] == [] and data["history"] is None
    back = tmp_path / "back"
    assert office.done("show", office.case, "profile", cwd=back) == f"full_name: {CANARY}\n"
    assert office.run("verify", cwd=back).code == 0


def test_neither_key_nor_lock_is_needed_to_make_one(
    office: Office, saved: Path, tmp_path: Path
) -> None:
    """An auditor, or a machine that copies every night, holds no key."""
    out = tmp_path / "night.age"
    env = {"TIPCASE_HOME": str(tmp_path / "empty-home")}
    assert office.run("backup", "--out", out, env=env).code == 0
    assert office.run("restore", out, tmp_path / "back", env=env).code == 6
    assert office.run("restore", out, tmp_path / "back").code == 0


def test_the_recovery_seed_opens_it(tmp_path: Path, home: Path) -> None:
    run_inside("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519", cwd=tmp_path)
    words = ("init", "book", "--name", "Example", "--keys", "x25519", "--no-git")
    made = run_inside(*words, cwd=tmp_path)
    lines = made.stderr.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("RECOVERY SEED"))
    seed = "\n".join(line.strip() for line in lines[at + 1 :] if line.startswith("    "))
    assert run_inside("backup", "--out", tmp_path / "out.age", cwd=tmp_path / "book").code == 0
    shutil.rmtree(home / "tipcase")
    ask = ("restore", tmp_path / "out.age", tmp_path / "back")
    assert run_inside(*ask, cwd=tmp_path).code == 6
    assert run_inside(*ask, "--seed-file", "-", input="0000 " * 14, cwd=tmp_path).code == 2
    ran = run_inside(*ask, "--seed-file", "-", input=seed, cwd=tmp_path)
    assert (ran.code, ran.stdout) == (0, made.stdout)


def test_others_on_the_staff_or_a_passphrase(
    office: Office, second_person: Callable[..., Path], tmp_path: Path
) -> None:
    theirs = {"TIPCASE_HOME": str(second_person("cw2", "auditor"))}
    data = office.data("backup", "--out", tmp_path / "a", "--to", "cw2")
    assert data["sealed_to"] == ["cw2", "recovery"]
    ran = office.run("restore", tmp_path / "a", tmp_path / "back")
    assert ran.code == 6 and "--seed-file" in ran.stderr
    assert office.run("restore", tmp_path / "a", tmp_path / "back", env=theirs).code == 0
    assert office.run("backup", "--out", tmp_path / "b", "--to", "nobody").code == 4
    words = ("--to", "cw2", "--passphrase-file", "-")
    assert office.run("backup", "--out", tmp_path / "b", *words).code == 2
    assert not (tmp_path / "b").exists()


def test_a_passphrase(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipcase.keyring.person.WORK_FACTOR", 10)
    out, empty = tmp_path / "out.age", {"TIPCASE_HOME": str(tmp_path / "empty-home")}
    words = ("--passphrase-file", "-")
    office.done("backup", "--out", out, *words, input="five words of my own")
    ask = ("restore", out, tmp_path / "back")
    assert office.run(*ask, *words, env=empty, input="four words of my").code == 6
    assert office.run(*ask, env=empty).code == 8
    assert office.run(*ask, "--seed-file", "-", env=empty).code == 2
    assert office.run(*ask, *words, env=empty, input="five words of my own").code == 0


def test_stock_programs_open_it(office: Office, saved: Path, tmp_path: Path) -> None:
    age, folder = require("age"), tmp_path / "by-hand"
    folder.mkdir()
    words = [age, "-d", "-i", str(office.home / "keys/cw1.txt"), str(saved)]
    content = subprocess.run(words, capture_output=True, check=True).stdout
    subprocess.run([require("tar"), "xf", "-"], input=content, cwd=folder, check=True)
    subprocess.run(
        [require("sha256sum"), "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True
    )
    assert office.run("verify", office.case, cwd=folder).code == 0


def test_where_an_archive_may_go(office: Office, saved: Path, tmp_path: Path) -> None:
    for inside in (office.book / "x.age", office.book / "cases/x.age", office.book):
        assert office.run("backup", "--out", inside).code == 2
    before = saved.read_bytes()
    ran = office.run("backup", "--out", saved)
    assert ran.code == 5 and "--force" in ran.stderr and saved.read_bytes() == before
    assert office.run("backup", "--out", saved, "--force").code == 0
    assert saved.read_bytes() != before
    for dry in ((), ("--dry-run",)):
        ran = office.run("backup", "--out", tmp_path / "no/such/folder", *dry)
        assert (ran.code, ran.stdout) == (4, "") and "the folder for the archive" in ran.stderr
    assert office.run("restore", saved, office.book / "inside").code == 2
    assert office.run("restore", tmp_path / "no-such", tmp_path / "back").code == 4
    (tmp_path / "loop").symlink_to("loop")
    assert office.run("restore", tmp_path / "loop", tmp_path / "back").code == 7
    assert office.run("restore", tmp_path, tmp_path / "back").code == 7


def test_a_dry_run_writes_nothing(office: Office, saved: Path, tmp_path: Path) -> None:
    names = sorted(p.name for p in tmp_path.iterdir())
    data = office.data("backup", "--out", tmp_path / "x.age", "--dry-run")
    assert data["written"] is False and data["files"] > 5
    read = office.data("restore", saved, tmp_path / "back", "--dry-run")
    assert (read["files"], read["written"], read["folder"]) == (data["files"], False, None)
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    torn = tmp_path / "torn.age"
    torn.write_bytes(saved.read_bytes()[:-1])
    assert office.run("restore", torn, tmp_path / "back", "--dry-run").code == 7


def test_a_damaged_casebook_is_kept_and_said(office: Office, saved: Path, tmp_path: Path) -> None:
    (office.book / "cases" / office.case / "profile.yaml.age").write_bytes(b"tampered")
    out = tmp_path / "damaged.age"
    ran = office.run("backup", "--out", out)
    assert ran.code == 7 and office.case in ran.stderr and out.exists()
    ran = office.run("restore", out, tmp_path / "back")
    assert ran.code == 7 and office.case in ran.stderr
    assert (tmp_path / "back/cases" / office.case / "profile.yaml.age").read_bytes() == b"tampered"


def test_the_id_that_is_asked_for(office: Office, saved: Path, tmp_path: Path) -> None:
    words = ("restore", saved, tmp_path / "back", "--casebook-id")
    ran = office.run(*words, "0" * 64)
    assert ran.code == 5 and not (tmp_path / "back").exists()
    known = office.data("backup", "--out", tmp_path / "x", "--dry-run")["casebook"]
    assert office.done(*words, known) == f"{known}\n"


def test_history_comes_back(office: Office, tmp_path: Path) -> None:
    git(office.book, "init", "--quiet", "--initial-branch=work")
    office.done("set", office.case, "profile", "full_name=-", input=CANARY)
    office.done("set", office.case, "profile", "nationality=KH")
    git(office.book, "tag", "monthly")
    git(office.book, "remote", "add", "origin", "ssh://example.invalid/book")
    data = office.data("backup", "--out", tmp_path / "out.age")
    assert data["history"] is True
    back = tmp_path / "back"
    assert office.data("restore", tmp_path / "out.age", back)["history"] is True
    assert git(back, "log", "--format=%H %s") == git(office.book, "log", "--format=%H %s")
    assert git(back, "symbolic-ref", "HEAD") == "refs/heads/work\n"
    assert git(back, "tag") == "monthly\n"
    assert git(back, "status", "--porcelain") == ""
    assert "remote" not in (back / ".git/config").read_text()
    assert not any((back / ".git/hooks").glob("*")) and not list(back.glob("*.bundle"))
    office.done("set", office.case, "profile", "full_name=Two Invented", cwd=back)
    assert git(back, "log", "-1", "--format=%s") == f"{office.case} put profile\n"
    words = ("backup", "--out", tmp_path / "bare.age", "--no-history")
    assert office.data(*words)["history"] is False
    assert office.data("restore", tmp_path / "bare.age", tmp_path / "bare")["history"] is None
    assert not (tmp_path / "bare/.git").exists()


def test_a_git_that_cannot_give_its_history_does_not_keep_the_files(
    office: Office, tmp_path: Path
) -> None:
    git(office.book, "init", "--quiet", "--initial-branch=main")
    office.done("set", office.case, "profile", "full_name=-", input=CANARY)
    for path in (office.book / ".git/objects").glob("??/*"):
        path.unlink()
    ran = office.run("backup", "--out", tmp_path / "out.age")
    assert ran.code == 10 and "without the history" in ran.stderr
    assert office.run("restore", tmp_path / "out.age", tmp_path / "back").code == 0


def test_a_history_that_git_refuses(office: Office, saved: Path, tmp_path: Path) -> None:
    """An archive whose bundle holds a tree with a ``.git`` in it, or is no bundle at all."""
    from tests.casebook.test_archive import composed
    from tipcase import age
    from tipcase.keyring import person as people

    person = people.from_text((office.home / "keys/cw1.txt").read_text())
    evil = tmp_path / "evil"
    git(tmp_path, "init", "--quiet", "evil")
    (evil / "config").write_text("[core]\n\tfsmonitor = touch ran\n")
    blob = git(evil, "hash-object", "-w", "config").strip()
    git(evil, "update-index", "--add", "--cacheinfo", f"100644,{blob},x")
    raw = bytes.fromhex(blob)
    tree = (
        subprocess.run(
            [require("git"), "hash-object", "-w", "-t", "tree", "--stdin", "--literally"],
            cwd=evil,
            input=b"100644 .git\0" + raw,
            capture_output=True,
            check=True,
        )
        .stdout.decode()
        .strip()
    )
    commit = git(evil, "commit-tree", "-m", "x", tree).strip()
    git(evil, "update-ref", "refs/heads/main", commit)
    git(evil, "bundle", "create", "--quiet", "../evil.bundle", "main")
    plain = b"".join(age.decrypt_stream(io.BytesIO(saved.read_bytes()), [person.identity]))
    with tarfile.open(fileobj=io.BytesIO(plain)) as found:
        members = [(m.name, found.extractfile(m).read()) for m in found if m.name != "SHA256SUMS"]  # type: ignore[union-attr]
    for number, bundle in enumerate(((tmp_path / "evil.bundle").read_bytes(), b"no bundle")):
        data = composed([*members, ("history/000000", bundle)])
        archive = tmp_path / f"{number}.age"
        archive.write_bytes(age.encrypt(data, [age.parse_recipient(person.recipient)]))
        back = tmp_path / f"back-{number}"
        ran = office.run("restore", archive, back)
        assert ran.code == 0 and "would not take the history" in ran.stderr
        assert not (back / ".git").exists() and not list(back.glob("*.bundle"))


def test_memory_does_not_grow_with_the_casebook(office: Office, tmp_path: Path) -> None:
    """A casebook with 40 MB more in it takes no 10 MB more to pack and to read."""
    import tracemalloc

    from tipcase.casebook.backup import archive, restoring
    from tipcase.casebook.book import Book
    from tipcase.keyring import person as people

    person = people.from_text((office.home / "keys/cw1.txt").read_text())
    big = office.book / "cases" / office.case / "aside" / f"{'0' * 64}.age"
    big.parent.mkdir()
    with big.open("wb") as stream:
        stream.truncate(40_000_000)
    out = tmp_path / "big.age"
    tracemalloc.start()
    parts = archive.pack(Book(office.book, office.home), "2026", archive.Packed(), history=False)
    with out.open("wb") as stream:
        stream.writelines(archive.seal(parts, [person.recipient], None))
    with out.open("rb") as source:
        wanted = restoring.Wanted(tmp_path / "back", office.home)
        assert restoring.look(source, [person.identity], wanted).size > 40_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
