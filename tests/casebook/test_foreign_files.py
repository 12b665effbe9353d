"""What git and other programs put around a casebook: found, said in a sentence, never followed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.casebook import world as worlds
from tests.casebook.world import CANARY, TIME, World
from tipcase import git
from tipcase.casebook import naming, parallel, staff
from tipcase.casebook.book import Book
from tipcase.casebook.verification import gitstate, verify_case
from tipcase.errors import DamagedError, TipcaseError
from tipcase.keyring import person as people

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)


@pytest.fixture(scope="session")
def kept(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = worlds.copy(template, tmp_path_factory.mktemp("kept"))
    git.start(world.root)
    worlds.commit_all(world.root, "one", "cw1")
    assert not world.damage() and not world.warnings()
    return world


@pytest.fixture
def ours(kept: World, tmp_path: Path) -> World:
    return worlds.copy(kept, tmp_path)


def found(world: World, text: str) -> None:
    """Verify finds this damage, tells nothing of a record, and changes nothing."""
    before = world.snapshot()
    damage = world.damage()
    assert any(text in item for item in damage), damage
    assert CANARY not in str(damage)
    assert {k: v for k, v in world.snapshot().items() if k != ".git/index"} == {
        k: v for k, v in before.items() if k != ".git/index"
    }


def warned(world: World, text: str) -> None:
    assert not world.damage()
    assert any(text in item for item in world.warnings()), world.warnings()


PLACES = ["cases", "cases/CASE", "cases/CASE/keys", "staff", "staff/journal", "provider", "schemas"]


def test_a_file_that_steers_git_is_refused_anywhere(world: World) -> None:
    for place in PLACES:
        for name in (".gitattributes", ".gitignore", ".gitmodules"):
            folder = world.root / place.replace("CASE", world.case_id)
            folder.mkdir(exist_ok=True)
            (folder / name).write_text("* filter=evil\n")
            found(world, name if place != "cases" else "in the folder of the cases")
            (folder / name).unlink()
    assert not world.damage()


def test_a_file_that_steers_git_is_refused_beside_the_casebooks_own(world: World) -> None:
    folder = world.root / "notes" / "deep"
    folder.mkdir(parents=True)
    (folder / ".gitattributes").write_text("* text\n")
    found(world, "beside the casebook's own holds files that steer git")
    shutil.rmtree(folder)
    (world.root / ".gitmodules").write_text("[submodule]\n")
    found(world, ".gitmodules")


def test_a_repository_inside_is_refused(world: World) -> None:
    for place in ("cases/CASE", "staff", "provider/journal"):
        path = world.root / place.replace("CASE", world.case_id) / ".git"
        path.write_text("gitdir: elsewhere\n")
        found(world, "a git repository of its own")
        path.unlink()
        path.mkdir()
        found(world, "a git repository of its own")
        path.rmdir()
    assert not world.damage()


def test_a_submodule_in_the_index_is_refused(ours: World) -> None:
    head = git.run(ours.root, "rev-parse", "HEAD").strip()
    git.run(ours.root, "update-index", "--add", "--cacheinfo", f"160000,{head},cases/SUBM-0DVE")
    found(ours, "git keeps a submodule")


def test_a_link_in_the_index_is_refused(ours: World) -> None:
    blob = git.run(ours.root, "hash-object", "-w", "--stdin", stdin=b"/etc/passwd").strip()
    path = f"cases/{ours.case_id}/note-abcdef23.yaml.age"
    git.run(ours.root, "update-index", "--add", "--cacheinfo", f"120000,{blob},{path}")
    found(ours, "git keeps a link")


def test_a_nested_attributes_file_in_the_index_is_refused(ours: World) -> None:
    blob = git.run(ours.root, "hash-object", "-w", "--stdin", stdin=b"* text\n").strip()
    git.run(
        ours.root, "update-index", "--add", "--cacheinfo", f"100644,{blob},cases/.gitattributes"
    )
    found(ours, "git keeps a .gitattributes inside")


def test_a_plaintext_that_git_keeps_warns_and_is_not_named(ours: World) -> None:
    (ours.root / f"{CANARY}.txt").write_text("plain")
    git.run(ours.root, "add", "--force", f"{CANARY}.txt")
    warned(ours, "git keeps 1 files that are no part of the casebook")
    assert CANARY not in str(ours.warnings())


def test_names_that_other_systems_cannot_hold_warn(ours: World) -> None:
    blob = git.run(ours.root, "hash-object", "-w", "--stdin", stdin=b"x\n").strip()
    for path in ("schemas/aux.yaml", "templates/A.html", "templates/a.html"):
        git.run(ours.root, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    warned(ours, "Windows keeps for a device")
    warned(ours, "differ only in capital letters")


def test_files_that_wait_for_a_merge_warn(ours: World) -> None:
    blob = git.run(ours.root, "hash-object", "-w", "--stdin", stdin=b"x\n").strip()
    path = f"cases/{ours.case_id}/profile.yaml.age"
    lines = f"0 {'0' * 40}\t{path}\n" + "".join(f"100644 {blob} {n}\t{path}\n" for n in (1, 2, 3))
    git.run(ours.root, "update-index", "--index-info", stdin=lines.encode())
    warned(ours, "git waits for 1 files to be merged: tipcase merge")


def test_attributes_of_this_copy_alone_are_refused(ours: World) -> None:
    info = ours.root / ".git" / "info"
    info.mkdir(exist_ok=True)
    lines = ("*.age filter=lfs", "*.journal text", "*.age text=auto", "* ident", "*.journal merge")
    for line in lines:
        (info / "attributes").write_text(f"{line}\n")
        state = gitstate.look(ours.root, [ours.case_id], converted=False)
        assert "git would change or merge the casebook's files" in state.damage[0], line
    found(ours, "git would change or merge the casebook's files in its own way")


def test_attributes_of_a_single_file_are_refused(ours: World) -> None:
    info = ours.root / ".git" / "info"
    info.mkdir(exist_ok=True)
    name = next(path.name for path in ours.folder.glob("note-*.age"))
    (info / "attributes").write_text(f"{name} filter=evil\n")
    found(ours, "(filter)")


def test_attributes_that_a_setting_of_git_names_are_refused(ours: World, tmp_path: Path) -> None:
    (tmp_path / "attributes").write_text("*.age filter=lfs\n")
    git.run(ours.root, "config", "core.attributesFile", str(tmp_path / "attributes"))
    found(ours, "core.attributesFile")


@pytest.mark.parametrize("name", ["merge.union.driver", "merge.default"])
def test_a_driver_under_the_name_of_a_built_in_one_is_refused(ours: World, name: str) -> None:
    git.run(ours.root, "config", name, "evil %A")
    found(ours, "by a program that its config names")


def test_a_filter_of_a_foreign_copy_is_not_run_by_verify(ours: World, tmp_path: Path) -> None:
    made = tmp_path / "made"
    for kind in ("clean", "smudge", "process"):
        git.run(ours.root, "config", f"filter.evil.{kind}", f"touch {made}")
    git.run(ours.root, "config", "core.fsmonitor", f"touch {made}")
    (ours.root / ".git" / "info").mkdir(exist_ok=True)
    (ours.root / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    os.utime(ours.folder / "profile.yaml.age", (1, 1))
    assert ours.damage()
    assert not made.exists()


def test_changed_line_ends_are_told_with_their_cause(ours: World, tmp_path: Path) -> None:
    """A clone in which git did not heed .gitattributes, with core.autocrlf on as on Windows."""
    (ours.root / ".git" / "info").mkdir(exist_ok=True)
    (ours.root / ".git" / "info" / "attributes").write_text("* text=auto\n")
    git.run(ours.root, "config", "core.autocrlf", "true")
    ours.journal().unlink()
    git.run(ours.root, "checkout", "--", ".")
    assert b"\r\n" in ours.journal().read_bytes()
    (ours.root / ".git" / "info" / "attributes").unlink()
    found(ours, "line ends of cw1.journal were changed")
    assert any("core.autocrlf is on" in text for text in ours.warnings())


def test_autocrlf_changes_nothing_where_gitattributes_is(ours: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    words = ["git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "clone", "-q"]
    subprocess.run([*words, str(ours.root), str(copy)], check=True)
    for path, data in ours.snapshot().items():
        if not path.startswith(".git/"):
            assert (copy / path).read_bytes() == data, path


def test_a_casebook_below_the_top_of_a_repository_is_looked_at_too(ours: World) -> None:
    outer = ours.root.parent
    (ours.root / ".git").rename(outer / ".git")
    git.run(outer, "add", "--force", "book/casebook.yaml", f"book/cases/{ours.case_id}")
    assert not ours.damage()
    (outer / ".git" / "info" / "attributes").write_text("*.age filter=lfs\n")
    found(ours, "in its own way (filter)")


def test_without_git_it_is_said_that_nobody_looked(
    ours: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "available", lambda: False)
    warned(ours, "git is not installed")


def test_a_repository_that_git_refuses_is_said(ours: World) -> None:
    (ours.root / ".git" / "HEAD").write_text("nonsense\n")
    warned(ours, "was not looked at")


@pytest.mark.parametrize("part", ["staff/roster.yaml", "cases/CASE/case.yaml", "casebook.yaml"])
def test_conflict_marks_in_a_file_are_called_so(world: World, part: str) -> None:
    path = world.root / part.replace("CASE", world.case_id)
    text = path.read_text()
    path.write_text(f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n")
    found(world, "git's conflict marks stand in")
    assert all("marks stand" in text for text in world.damage())


def test_an_office_file_that_windows_cannot_hold_is_refused(world: World) -> None:
    (world.root / "schemas").mkdir()
    for name in ("aux.yaml", "CON.yaml", "com1.x.yaml", "lpt9.yaml", "nul"):
        (world.root / "schemas" / name).write_text("a: b\n")
        with pytest.raises(DamagedError, match="Windows keeps for a device"):
            world.book()
        found(world, "Windows keeps for a device")
        (world.root / "schemas" / name).unlink()


def test_names_of_devices_and_collisions() -> None:
    for path in ("aux", "a/con.txt", "NUL", "b/lpt1.age/c", "a.", "a /b", "com0"):
        assert naming.is_device(path), path
    for path in ("auxiliary.yaml", "a/console", "schemas/kh-2009/x.yaml", "com", "lpt10.yaml"):
        assert not naming.is_device(path), path
    assert naming.collisions(["a/B", "a/b", "c", "C/d"]) == ["a/B", "a/b"]


def test_bytes_that_a_merge_brought_warn_and_a_wrong_name_is_damage(world: World) -> None:
    from tipcase import files

    folder = world.folder / "aside"
    folder.mkdir()
    (folder / f"{files.sha256(b'theirs')}.age").write_bytes(b"theirs")
    warned(world, "nobody vouches for it")
    (folder / f"{'0' * 64}.age").write_bytes(b"theirs")
    found(world, "has not the hash that is its name")


def test_one_thing_that_is_wrong_hides_no_other(world: World) -> None:
    """A bad line, a torn record, a missing key, a stranger and an edited head, all at once."""
    with world.journal().open("ab") as stream:
        stream.write(b"torn in the middle\n")
    (world.folder / "profile.yaml.age").write_bytes(b"torn")
    next(world.folder.glob("keys/*/cw2.age"), next(world.folder.glob("keys/*/cw1.age"))).unlink()
    (world.folder / "stranger").write_bytes(b"x")
    (world.folder / "case.yaml").write_text("edited: yes\n")
    (world.root / ".gitignore").unlink()
    (world.root / "staff" / "roster.yaml").write_text("edited: yes\n")
    damage = world.damage()
    for text in (
        "line 7",
        "profile.yaml.age",
        "cw1.age is gone",
        "a file is named in no journal",
        "case.yaml is not what",
        ".gitignore is gone",
        "roster.yaml is not what",
    ):
        assert any(text in item for item in damage), (text, damage)


def test_what_was_cut_is_told_and_the_rest_looked_at(world: World) -> None:
    lines = world.journal().read_bytes().splitlines(keepends=True)
    world.journal().write_bytes(b"".join(lines[:3]))
    (world.folder / "case.yaml").write_text("edited: yes\n")
    damage = world.damage()
    head = world.case().pins
    assert any("was cut" in t and next(iter(head))[:16] in t for t in damage), damage
    assert any("the newest that is left is of 2026" in t for t in damage)
    assert any("case.yaml" in text for text in damage)


def test_entries_that_others_build_on_are_missed_by_their_ids(world: World) -> None:
    lines = world.journal().read_bytes().splitlines(keepends=True)
    gone = [s for part in world.case().lines for s in part.entries][2].id
    world.journal().write_bytes(b"".join(lines[:2] + lines[3:]))
    assert any(gone[:16] in text and "others build on" in text for text in world.damage())


def test_a_gap_says_how_many_of_whom_after_and_before_which_time(world: World) -> None:
    from tipcase.casebook.verification.chains import Link, device_chains

    chain = [Link("abcdefg2", n, str(n), None, "cw1", f"2026-01-{n:02d}") for n in (1, 2, 5, 7, 8)]
    [text] = device_chains(chain)[0]
    assert text == (
        "3 entries of cw1 are missing (device abcdefg2): numbers 3 to 4, after 2026-01-02 and "
        "before 2026-01-05; number 6, after 2026-01-05 and before 2026-01-07"
    )


def test_a_clock_in_2036_or_before_the_last_entry_warns_and_refuses_nothing(world: World) -> None:
    """Time decides nothing; a time before that of what an entry builds on is told."""
    from tipcase.casebook import change

    for time in ("2036-02-07T06:28:16Z", "2026-01-05T08:00:00Z"):
        with change.editing(world.book(), world.case_id, world.cw1) as case:
            change.put(case, "note", None, {"text": CANARY}, world.cw1, time)
    assert not world.damage()
    assert any("dated before one that it builds on" in text for text in world.warnings())


def test_a_key_file_of_a_stranger_opens_and_writes_nothing(world: World) -> None:
    from tipcase.casebook import change

    before = world.snapshot()
    stranger = people.generate("sokha", "x25519")
    with pytest.raises(TipcaseError) as info:
        world.read("profile", stranger)
    assert info.value.exit_code == 6 and info.value.hint
    with (
        pytest.raises(TipcaseError) as info,
        change.editing(world.book(), world.case_id, stranger),
    ):
        pass
    assert info.value.exit_code == 6 and info.value.hint
    assert world.snapshot() == before


# -- several processes --


def test_several_processes_find_the_same_in_the_same_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.folder / "profile.yaml.age").write_bytes(b"torn")
    cases = [world.case_id, "provider", "AAAA-AAAA"] * 3
    one = list(parallel.each(verify_case.look, Book(world.root, world.home), cases))
    monkeypatch.setattr(parallel, "WORTH", 2)
    monkeypatch.setattr(parallel, "_PORTION", 2)
    monkeypatch.setattr(parallel, "_processors", lambda: 2)
    calls: list[int] = []
    real = parallel._spread

    def spread(*words: object) -> object:
        calls.append(1)
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(parallel, "_spread", spread)
    several = list(parallel.each(verify_case.look, Book(world.root, world.home), cases))
    assert calls and several == one
    monkeypatch.setattr(parallel, "_spread", lambda *words: iter(()))
    assert list(parallel.each(verify_case.look, Book(world.root, world.home), cases)) == one


def test_a_process_that_dies_does_not_end_verify(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "WORTH", 1)
    monkeypatch.setattr(parallel, "_processors", lambda: 2)
    monkeypatch.setattr(parallel, "_begin", lambda: os._exit(1))
    looked = list(parallel.each(verify_case.look, Book(world.root, world.home), [world.case_id]))
    assert [item.verdict.ok for item in looked] == [True]


def test_where_there_is_no_repository_git_is_not_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "output", lambda *words, **more: pytest.fail("git was asked"))
    assert gitstate.look(world.root, [world.case_id], converted=True) == ([], [])


def test_the_first_commit_takes_nothing_that_nobody_signed(world: World) -> None:
    (world.root / "schemas").mkdir()
    (world.root / "schemas" / "stray.yaml").write_text("nobody signed this\n")
    assert staff.start_repository(Book(world.root, world.home), world.cw1, TIME)
    kept = git.run(world.root, "ls-files").splitlines()
    assert "casebook.yaml" in kept and "staff/roster.yaml" in kept
    assert f"cases/{world.case_id}/case.yaml" in kept
    assert "schemas/stray.yaml" not in kept
    assert git.run(world.root, "log", "--format=%an %s").strip() == "cw1 casebook init"
    assert not staff.start_repository(Book(world.root, world.home), world.cw1, TIME)
