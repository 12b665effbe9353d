"""design.md §1, "The journal decides", "An entry", "An auditor", "Writing": bent journals.

By somebody who can write to the remote, and by a member who signs with a valid key.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Callable

import pytest

from tests.casebook.world import CANARY, TIME, World
from tipcase.casebook import change, staff, team
from tipcase.casebook.case import Case
from tipcase.errors import TipcaseError
from tipcase.journal.entry import FileVersion, Signed, canonical
from tipcase.journal.lines import read as read_lines

FAR = "9999-99-99T99:99:99Z"


def lines_of(world: World) -> list[bytes]:
    return world.journal().read_bytes().splitlines(keepends=True)


def unread(world: World) -> list[str]:
    return [item.error.sentence for item in world.case().read_all(world.cw1)[1]]


# -- the file: order, doubles, ends of lines --


def test_the_order_of_lines_and_lines_that_come_twice_say_nothing(world: World) -> None:
    fold = world.case().fold
    lines = lines_of(world)
    world.journal().write_bytes(b"".join([*reversed(lines), lines[0], lines[-1]]))
    assert world.case().fold == fold
    assert not world.damage()


@pytest.mark.parametrize("at", [0, 2, -2])
def test_two_lines_that_were_glued_into_one_are_two_lost_entries_and_said(
    world: World, at: int
) -> None:
    """What a union of two sides makes whose first has no line feed at its end, done badly."""
    lines = lines_of(world)
    glued = [*lines]
    glued[at] = glued[at][:-1]
    world.journal().write_bytes(b"".join(glued))
    assert world.damage()
    with pytest.raises(TipcaseError) as info:
        world.put("note", {"text": "x"})
    assert info.value.exit_code == 7


def test_a_line_without_its_end_takes_the_next_ones_place_only_in_its_own_file(
    world: World,
) -> None:
    """The next entry is appended: it does not become one line with the last."""
    lines = lines_of(world)
    world.journal().write_bytes(b"".join(lines)[:-1])
    world.put("note", {"text": "x"})
    assert lines_of(world)[: len(lines)] == lines and len(lines_of(world)) == len(lines) + 1
    assert not world.damage()


def test_line_ends_of_windows_are_damage_and_believed_by_nobody(world: World) -> None:
    world.journal().write_bytes(world.journal().read_bytes().replace(b"\n", b"\r\n"))
    assert any("line ends" in text for text in world.damage())
    with pytest.raises(TipcaseError) as info:
        world.read("profile")
    assert info.value.exit_code == 7


def test_every_line_that_a_union_drops_is_missed(world: World) -> None:
    """Of the case and of the staff: the pins miss the last line, their children all others."""
    for path in (world.journal(), world.root / "staff" / "journal" / "cw1.journal"):
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        for at in range(len(lines)):
            path.write_bytes(b"".join(lines[:at] + lines[at + 1 :]))
            assert world.damage(), at
        path.write_bytes(whole)
    assert not world.damage()


# -- what is replayed --


def test_entries_of_one_case_count_in_no_other(world: World) -> None:
    """Genuine lines of cw1, who is on the team of both; the folder's files come with them."""
    other = change.new_case(world.book(), world.cw1, opened="2026-01-06", time=TIME)
    target = world.root / "cases" / other
    with (target / "journal" / "cw1.journal").open("ab") as stream:
        stream.writelines(lines_of(world))
    for path in world.folder.glob("*.age"):
        (target / path.name).write_bytes(path.read_bytes())
    dossier, found = Case(world.book(), other).read_all(world.cw1)
    assert not dossier.records and found
    assert any("another case" in text for text in world.damage())
    assert CANARY not in str(world.damage())


def test_a_case_folder_under_another_id_is_no_case(world: World) -> None:
    taken = "0000-0000"
    world.folder.rename(world.root / "cases" / taken)
    with pytest.raises(TipcaseError) as info:
        Case(world.book(), taken).read_all(world.cw1)
    assert info.value.exit_code == 7
    assert {case for case, found in world.verdicts().items() if found.damage} >= {
        taken,
        world.case_id,
    }


def test_a_signature_of_a_card_signs_no_entry(world: World) -> None:
    """The same key, the same bytes, another purpose: what somebody was got to sign as a card."""
    signed = world.forge(world.cw1, "put")
    for namespace in ("tipcase.card.v1", "file", "git"):
        forged = signed._replace(signature=world.cw1.signing_key.sign(namespace, signed.payload))
        world.append(forged)
    assert signed.id not in {item.id for item in world.case().fold.entries}
    assert any("signature" in text for text in world.damage())


# -- what a member signs, and what it says is not so --


def lies(world: World) -> dict[str, Signed]:
    """Entries of cw2 (on the team) that are well formed and claim what nobody can have seen."""
    opening, nothing = world.case().fold.entries[0], hashlib.sha256(b"nothing").hexdigest()
    profile = world.case().fold.current["profile.yaml.age"][0].sha256
    file = FileVersion("profile.yaml.age", nothing, (profile,), "ordinary")
    cw1, seed = (dataclasses.replace(world.cw2, handle=handle) for handle in ("cw1", "recovery"))
    forge: Callable[..., Signed] = lambda **more: world.forge(world.cw2, "put", **more)  # noqa: E731
    return {
        "parents that nobody has": forge(parents=(nothing,), files=(file,)),
        "staff that nobody has": forge(staff=(nothing,), files=(file,)),
        "no staff": forge(staff=(), files=(file,)),
        "no parents": forge(parents=(), files=(file,)),
        "another casebook": forge(casebook=nothing, files=(file,)),
        "the name of cw1": world.forge(cw1, "put", files=(file,)),
        "the seed's name": world.forge(seed, "put", files=(file,)),
        "a second opening": world.forge(world.cw2, "new", parents=(), data=opening.entry.data),
    }


LIES = (
    "parents that nobody has",
    "staff that nobody has",
    "no staff",
    "no parents",
    "another casebook",
    "the name of cw1",
    "the seed's name",
    "a second opening",
)


@pytest.mark.parametrize("name", LIES)
def test_a_lie_about_what_was_seen_replaces_nothing(world: World, name: str) -> None:
    signed = lies(world)[name]
    world.append(signed)
    assert world.read("profile")["full_name"] == CANARY
    assert signed.id not in {item.id for item in world.case().fold.entries}
    assert world.damage() or world.warnings()


def test_who_replaces_what_they_claim_not_to_have_seen_replaces_nothing(world: World) -> None:
    """cw2 names the newest hash, and builds on the heads from before it."""
    before = world.case().fold.heads
    world.put("profile", {"full_name": "newer"})
    newest = world.case().fold.current["profile.yaml.age"][0].sha256
    mine = FileVersion("profile.yaml.age", "0" * 64, (newest,), "ordinary")
    # Which of two that stand beside each other is taken first is by their ids: several are tried.
    for second in range(8):
        time = f"2026-01-05T08:00:0{second}Z"
        world.append(world.forge(world.cw2, "put", parents=before, files=(mine,), time=time))
    assert newest in {v.sha256 for v in world.case().fold.current["profile.yaml.age"]}
    with pytest.raises(TipcaseError) as info:
        world.read("profile")
    assert info.value.exit_code == 5


def test_no_time_decides_and_none_breaks_a_reader(world: World) -> None:
    """A clock of the year 9999, or one that no calendar has, wins nothing for its writer."""
    before = world.case().fold.current
    for time in (FAR, "2036-02-31T00:00:00Z", "0000-00-00T00:00:00Z"):
        world.append(world.forge(world.cw2, "put", time=time))
    assert world.case().fold.current == before
    assert not world.damage() and world.warnings()
    world.put("note", {"text": "later"})
    assert world.read("profile")["full_name"] == CANARY and not world.damage()


def test_somebody_elses_device_does_not_stop_that_device(world: World) -> None:
    """cw2 numbers an entry as one of cw1's machine, with the last number there is."""
    device = world.case().fold.entries[0].entry.device
    assert world.case().fold.entries[0].entry.signer == "cw1"
    world.append(world.forge(world.cw2, "put", device=device, seq=2**53 - 1))
    written = world.put("note", {"text": "later"})
    newest = world.case().fold.current[written.path][0]
    mine = next(s for s in world.case().fold.entries if s.id == newest.entry)
    assert newest.signer == "cw1"
    assert mine.entry.device != device, "a device that somebody else numbers is given up"
    assert any("cw1 and cw2" in text for text in world.damage()), "who did it is told"


def test_two_histories_of_one_member_meet_and_neither_is_lost(world: World) -> None:
    """cw2 shows each colleague another entry under one number: both are signed, both are shown."""
    one, two = (
        world.forge(
            world.cw2,
            "advance",
            data={
                "from": "identification",
                "stage": stage,
                "number": number,
                "phase": None,
                "complete": True,
                "decision": None,
            },
        )
        for stage, number in (("reception", 2), ("closure", 14))
    )
    world.append(one)
    assert world.case().fold.stage == "reception" and not world.damage()
    world.append(two)
    assert world.case().fold.stage == "reception", "the less advanced one holds"
    assert sum("gave a number twice" in text for text in world.warnings()) == 1
    assert any("without seeing each other" in text for text in world.warnings())


# -- somebody without any key of the staff --


@pytest.mark.parametrize("where", ["end", "middle"])
def test_noise_in_a_journal_is_damage_and_nothing_is_believed_for_it(
    world: World, where: str
) -> None:
    signed = world.forge(world.cw2, "put")
    bad = [
        b"{}\tAAAA\n",
        b"\n",
        b"\x00\xff\n",
        signed.payload + b"\n",
        signed.payload + b"\t" + base64.b64encode(b"SSHSIG" + bytes(160)) + b"\n",
        canonical({"v": 1}) + b"\t" + base64.b64encode(signed.signature) + b"\n",
    ]
    lines = lines_of(world)
    known = world.case().fold.entries
    at = len(lines) if where == "end" else 1
    world.journal().write_bytes(b"".join(lines[:at] + bad + lines[at:]))
    found = read_lines(world.journal().read_bytes(), "cw1")
    assert len(found.damage) == len(bad)
    assert world.case().fold.entries == known
    assert len(world.damage()) >= len(bad)


def test_the_line_of_somebody_removed_cannot_be_brought_in_by_their_colleague(world: World) -> None:
    """The line itself is genuine; it stands in the journal of somebody else."""
    signed = world.forge(world.cw2, "put")
    staff.remove(world.book(), "cw2", world.cw1, TIME)
    team.revoke(world.book(), world.case_id, ["cw2"], world.cw1, TIME)
    world.append(signed, "cw1")
    assert signed.id not in {item.id for item in world.case().fold.entries}
    assert any("did not sign" in text for text in world.damage())
