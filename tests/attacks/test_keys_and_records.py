"""design.md §1, "Records are standard age files", "new/grant/revoke/rekey carry the recipients",
"The plaintext", "No free text": what somebody with a valid key of their own signs and lies about.
"""

from __future__ import annotations

import pytest

from tests.casebook import world as worlds
from tests.casebook.world import CANARY, SECOND, TIME, World
from tests.journal.staffing import generation, office, sha
from tipcase import age, files
from tipcase.casebook import change, revision, staff, team, wraps
from tipcase.casebook import record as records
from tipcase.casebook.naming import parse_record_file
from tipcase.casebook.writing import NewFile
from tipcase.errors import TipcaseError
from tipcase.journal.casefold import CaseFold
from tipcase.keyring import person as people

PROFILE = "profile.yaml.age"


# -- wraps: a hash that is signed, and something else inside --


def evil_wrap(world: World, kind: str) -> bytes:
    """What a supervisor hands to cw2 in the place of the ordinary key of the case."""
    fold = world.case().fold
    keys = wraps.CaseKeys(world.case().place, fold, world.cw1)
    ordinary, restricted = (keys.identities(which)[0] for which in ("ordinary", "restricted"))
    stranger = people.generate("evil", "x25519").identity
    content = {
        "another identity": f"{stranger}\n",
        "the restricted one": f"{restricted}\n",
        "two identities": f"{stranger}\n{ordinary}\n",
        "the right one first": f"{ordinary}\n{stranger}\n",
        "no identity": "",
        "a public key": f"{ordinary.recipient}\n",
    }
    if kind == "a passphrase file that costs a year":
        header = b"age-encryption.org/v1\n-> scrypt " + b"A" * 22 + b" 40\n" + b"A" * 43 + b"\n"
        return header + b"--- " + b"A" * 43 + b"\n" + bytes(32)
    return age.encrypt(content[kind].encode(), [age.parse_recipient(world.cw2.recipient)])


@pytest.mark.parametrize(
    "kind",
    [
        "another identity",
        "the right one first",
        "no identity",
        "a passphrase file that costs a year",
        *(
            pytest.param(kind, marks=pytest.mark.soak)
            for kind in ("the restricted one", "two identities", "a public key")
        ),
    ],
)
def test_a_wrap_with_a_signed_hash_opens_and_seals_nothing_false(world: World, kind: str) -> None:
    team.rekey(world.book(), world.case_id, world.cw1, TIME)
    name = world.case().fold.generations[-1].name
    data = evil_wrap(world, kind)
    wrap = {"generation": name, "handle": "cw2", "kind": "ordinary", "sha256": files.sha256(data)}
    given = {"team": [{"handle": "cw2", "restricted": False}], "wraps": [wrap]}
    world.append(world.forge(world.cw1, "grant", data=given))
    (world.folder / wraps.wrap_path(name, "cw2", "ordinary")).write_bytes(data)
    before = world.snapshot()
    for act in (lambda: world.read("profile", world.cw2), lambda: note(world)):
        with pytest.raises(TipcaseError) as info:
            act()
        assert info.value.exit_code in (6, 7)
        assert CANARY not in str(info.value) and "AGE-SECRET" not in str(info.value)
    assert world.snapshot() == before
    # Nobody else is held up.
    assert world.read("profile")["full_name"] == CANARY


def note(world: World) -> None:
    with change.editing(world.book(), world.case_id, world.cw2) as case:
        change.put(case, "note", None, {"text": "x"}, world.cw2, TIME)


# -- generations: whoever made a key knows it, wrap or no wrap --


def wrapped(made: dict[str, str], *handles: str) -> list[dict[str, str]]:
    return [
        {"generation": made["name"], "handle": handle, "kind": kind, "sha256": sha(handle + kind)}
        for handle in handles
        for kind in ("ordinary", "restricted")
    ]


def rekeyed_by_who_was_revoked(name: str) -> CaseFold:
    """cw3 was revoked, and signs new keys for those who stay as if not knowing of it."""
    made, seen = office()
    first = made.new("cw1", seen, "cw1 cw2 cw3")
    good, evil = generation(f"good {name}"), generation("evil")
    revoked = {"handles": ["cw3"], "generation": good, "wraps": wrapped(good, "cw1", "cw2")}
    made.act("cw1", "revoke", revoked, seen, first)
    rekeyed = {"generation": evil, "wraps": wrapped(evil, "cw1", "cw2")}
    made.act("cw3", "rekey", rekeyed, seen, first)
    return made.state()


def test_nobody_writes_to_keys_that_who_was_revoked_made_for_the_others() -> None:
    """cw3 takes no wrap, and needs none. Which entry comes last is by its id: several are tried."""
    orders = set()
    for name in "abcdefgh":
        fold = rekeyed_by_who_was_revoked(name)
        good = generation(f"good {name}")["name"]
        orders.add([g.name for g in fold.generations].index(good))
        for kind in ("ordinary", "restricted"):
            chosen = fold.sealing_of(kind)
            assert chosen is not None and chosen.name == good
    assert orders == {1, 2}, "both orders must have been tried"


def test_who_left_the_staff_knows_the_keys_that_they_made() -> None:
    made, seen = office()
    first = made.new("cw1", seen, "cw1 cw2 cw3")
    evil = generation("evil")
    last = made.act(
        "cw3", "rekey", {"generation": evil, "wraps": wrapped(evil, "cw1")}, seen, first
    )
    sealing = made.state().sealing_of("ordinary")
    assert sealing is not None and sealing.name == evil["name"], "cw3 is still one of them"
    made.remove("cw1", "cw3", seen, heads=[last])
    sealing = made.state().sealing_of("ordinary")
    assert sealing is None or sealing.name != evil["name"]


# -- records: a signed hash, and a crooked plaintext under it --

CROOKED: dict[str, tuple[bytes, dict[str, object]]] = {
    "of another case": (b"", {"case": "0000-0000"}),
    "of a later format": (b"", {"format": 2}),
    "with a field of its own in the head": (b"", {"author": "cw1"}),
    "no revision": (b"", {"revision": 0}),
    "a value behind its end": (b"full_name: Hidden\n", {}),
    "a second document": (b"---\nfull_name: Hidden\n", {}),
}


def crooked(world: World, behind: bytes, head: dict[str, object]) -> bytes:
    """The plaintext of the profile with something wrong about it, of a length that is right."""
    plain = world.case().plaintext(PROFILE, world.cw1)
    text, end, _ = plain.partition(b"\n...\n")
    for name, value in head.items():
        lines = text.split(b"\n")
        at = next((n for n, line in enumerate(lines) if line.startswith(f"  {name}:".encode())), 0)
        new = f"  {name}: {value}".encode()
        lines[at : at + 1] = [new] if at else [lines[0], new]
        text = b"\n".join(lines)
    return (text + end + behind).ljust(len(plain), b"\n")


@pytest.mark.parametrize("name", CROOKED)
def test_a_signed_record_with_a_crooked_plaintext_is_refused(world: World, name: str) -> None:
    case = world.case()
    content = crooked(world, *CROOKED[name])
    assert content != case.plaintext(PROFILE, world.cw1)
    sealed = age.encrypt(content, [age.parse_recipient(case.fold.generations[-1].ordinary)])
    new = NewFile(sealed, (case.current(PROFILE).sha256,), "ordinary")
    with change.editing(world.book(), world.case_id, world.cw2) as editing:
        change.commit(editing, "put", {}, {PROFILE: new}, world.cw2, TIME)
    with pytest.raises(TipcaseError) as info:
        world.read("profile")
    assert info.value.exit_code == 7
    assert "Hidden" not in str(info.value) and CANARY not in str(info.value)
    dossier, unread = world.case().read_all(world.cw1)
    assert [item.record for item in unread] == ["profile"]
    assert "profile" not in [record.name for record in dossier.records]


def test_the_plaintext_that_is_bent_is_good_when_it_is_not_bent(world: World) -> None:
    """Else all of the above could be refused for one reason that they share."""
    plain = crooked(world, b"", {})
    assert records.decode(plain, world.case_id).data["full_name"] == CANARY


# -- a complaint, and a second file that would be read in its place --


def test_a_second_file_under_a_records_name_is_never_read_in_its_place(world: World) -> None:
    """Who may not replace a complaint puts a number before its name: ``00-safeguarding-….age``."""
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        path = change.put(
            case, "safeguarding", None, {"summary": CANARY}, world.cw1, TIME, only=("cw1",)
        ).path
    parsed = parse_record_file(path)
    assert parsed is not None
    for number in ("00", "99"):
        with change.editing(world.book(), world.case_id, world.cw2) as case:
            _, new, _ = revision.seal(case, "note", None, {"text": "nothing"}, world.cw2)
            change.commit(case, "put", {}, {f"{number}-{path}": new}, world.cw2, TIME)
    case = world.case()
    assert case.find(*parsed) == path
    dossier, unread = case.read_all(world.cw1)
    said = [record.data for record in dossier.records if record.type == "safeguarding"]
    assert said == [{"summary": CANARY}]
    assert unread and all(item.error.exit_code == 7 for item in unread)
    assert sum("cw2" in text and "never read" in text for text in world.damage()) == 2


def take(world: World) -> None:
    """cw2 seals the profile to cw2 alone, without the seed."""
    with change.editing(world.book(), world.case_id, world.cw2) as case:
        change.put(case, "profile", None, {"full_name": "mine"}, world.cw2, TIME, only=("cw2",))
    with pytest.raises(TipcaseError) as info:
        world.read("profile")
    assert info.value.exit_code == 6


def test_who_takes_a_record_for_themselves_is_named(world: World) -> None:
    before = world.case().fold.current[PROFILE][0].sha256
    take(world)
    entry = world.case().fold.entries[-1].entry
    assert (entry.signer, entry.files[0].previous) == ("cw2", (before,)), "git has what was there"


def test_a_record_that_somebody_took_for_themselves_can_be_taken_back(world: World) -> None:
    take(world)
    staff.remove(world.book(), "cw2", world.cw1, TIME)
    team.revoke(world.book(), world.case_id, ["cw2"], world.cw1, TIME)
    world.put("profile", {"full_name": CANARY})
    assert world.read("profile") == {"full_name": CANARY}
    assert not world.damage()


# -- nothing about a person is plain --


def test_an_entry_has_no_room_for_a_reason(world: World) -> None:
    """A careless or hostile program writes why into the entry: then it is none."""
    data = {"stage": "recovery", "state": "not-applicable", "decision": None}
    for extra in ({"reason": CANARY}, {"why": None}):
        world.append(world.forge(world.cw1, "skip", data={**data, **extra}))
    before = len(world.case().fold.entries)
    damage = world.damage()
    assert any("data of its kind" in text for text in damage) and CANARY not in str(damage)
    assert len(world.case().fold.entries) == before
    assert "recovery" not in world.case().fold.stage_states


def test_a_thief_of_folder_and_memory_reads_no_value(world: World) -> None:
    """Every byte of the casebook and of what the machine remembers of it, names included."""
    decision = {"kind": "skip", "reason": CANARY}
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        change.skip(case, "recovery", "not-applicable", decision, world.cw1, TIME)
    assert "recovery" in world.case().fold.stage_states
    for folder in (world.root, world.home):
        for path in folder.rglob("*"):
            data = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
            for secret in (CANARY, SECOND, "AGE-SECRET-KEY", "2026-01-07"):
                assert secret.encode() not in data, path


def test_what_stock_age_wrote_without_an_entry_is_no_record_wherever_it_stands(
    world: World,
) -> None:
    """The recipients are public: anybody can seal. A name, a case and a number make no record."""
    sealed = world.plant("note-abcdefg2.yaml.age", {"text": "planted"})
    for name in ("01-identification.yaml.age", "consent.yaml.age", "aside/x.age"):
        (world.folder / name).parent.mkdir(exist_ok=True)
        (world.folder / name).write_bytes(sealed)
    dossier, unread = world.case().read_all(world.cw1)
    assert "planted" not in str([record.data for record in dossier.records])
    assert len(unread) == 3 and len(world.damage()) == 4
    assert worlds.CANARY not in str(world.damage())
