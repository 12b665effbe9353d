"""The line of an entry: one spelling, one id, and nothing that is not ours."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journal.staffing import CASE, card, generation, key, office, sha
from tipcase import sshsig
from tipcase.journal import entry as entries
from tipcase.journal import lines, names, ops
from tipcase.journal.entry import Entry, EntryError, FileVersion, Signed, parse_line, sign
from tipcase.journal.roster import check_signature

GOOD = Entry(
    casebook=sha("book"),
    case=CASE,
    op="put",
    device="abcdefg2",
    seq=3,
    prev=sha("prev"),
    parents=(sha("parent"),),
    staff=(sha("staff"),),
    time="2026-01-05T08:00:00Z",
    signer="cw1",
    files=(FileVersion("profile.yaml.age", sha("file"), (), "ordinary"),),
)
HASHES = st.binary(max_size=4).map(lambda data: sha(data.hex()))
SETS = st.lists(HASHES, max_size=3, unique=True).map(lambda found: tuple(sorted(found)))


def signed(entry: Entry = GOOD) -> Signed:
    return sign(entry, key("cw1"))


def line(entry: Entry = GOOD) -> bytes:
    return signed(entry).line.removesuffix(b"\n")


@given(
    st.builds(
        Entry,
        casebook=HASHES,
        case=st.just(CASE),
        op=st.sampled_from(["put", "merge"]),
        device=st.text("abcdefghjk2345", min_size=8, max_size=8),
        seq=st.integers(1, 10**12),
        prev=st.none() | HASHES,
        parents=SETS,
        staff=SETS,
        time=st.just("2026-01-05T08:00:00Z"),
        signer=st.sampled_from(["cw1", "sokha-2"]),
        files=st.lists(
            st.builds(
                FileVersion,
                path=st.sampled_from(["profile.yaml.age", "attachments/abc.age"]),
                sha256=HASHES,
                previous=SETS,
                sealed_to=st.sampled_from([None, "ordinary", "restricted", ("cw1", "cw2")]),
            ),
            max_size=2,
            unique_by=lambda version: version.path,
        ).map(tuple),
    )
)
def test_what_is_written_reads_back_the_same(entry: Entry) -> None:
    found = parse_line(line(entry))
    assert found.entry == entry
    assert found.line == signed(entry).line
    ops.check(found.entry)
    assert check_signature(key("cw1").public, found)


def test_every_flipped_byte_of_a_line_is_refused_or_does_not_verify() -> None:
    whole = line()
    for at in range(len(whole)):
        for bit in (0x01, 0x20, 0x80):
            flipped = bytearray(whole)
            flipped[at] ^= bit
            try:
                found = parse_line(bytes(flipped))
            except EntryError:
                continue
            assert not check_signature(key("cw1").public, found), (at, bit)


def spelled(text: str) -> bytes:
    signature = key("cw1").sign(entries.NAMESPACE, text.encode())
    return text.encode() + b"\t" + base64.b64encode(signature)


PLAIN = GOOD.encode().decode()
OTHER_SPELLINGS = {
    "spaces": PLAIN.replace(",", ", "),
    "order": json.dumps(dict(reversed(list(json.loads(PLAIN).items()))), separators=(",", ":")),
    "escape": PLAIN.replace("put", "\\u0070ut"),
    "float": PLAIN.replace('"seq":3', '"seq":3.0'),
    "exponent": PLAIN.replace('"seq":3', '"seq":3e0'),
    "duplicate key": PLAIN.replace('"seq":3', '"seq":3,"seq":3'),
    "not ASCII": PLAIN.replace("cw1", "cẉ1"),
    "byte order mark": "\ufeff" + PLAIN,
    "NaN": PLAIN.replace('"seq":3', '"seq":NaN'),
    "huge number": PLAIN.replace('"seq":3', '"seq":' + "9" * 5000),
    "deep": "[" * 100_000,
    "trailing space": PLAIN + " ",
    "carriage return": PLAIN + "\r",
    "empty": "",
    "list": "[]",
}


@pytest.mark.parametrize("name", OTHER_SPELLINGS)
def test_json_that_is_not_canonical_is_refused_although_it_is_signed(name: str) -> None:
    with pytest.raises(EntryError):
        parse_line(spelled(OTHER_SPELLINGS[name]))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    )
)
def test_canonical_json_is_a_fixed_point(value: Any) -> None:
    text = entries.canonical(value)
    assert text.isascii()
    assert entries.canonical(json.loads(text)) == text


def changed(**fields: Any) -> bytes:
    return spelled(entries.canonical({**json.loads(PLAIN), **fields}).decode())


A_FILE = json.loads(PLAIN)["files"][0]
WRONG: dict[str, dict[str, Any]] = {
    "version": {"v": 2},
    "version true": {"v": True},
    "extra": {"extra": 1},
    "casebook": {"casebook": "abc"},
    "case": {"case": "../x"},
    "case lower": {"case": "k7q2-m9tx"},
    "op": {"op": 1},
    "device": {"device": "abc"},
    "seq 0": {"seq": 0},
    "seq true": {"seq": True},
    "prev": {"prev": "x"},
    "parents order": {
        "parents": [sha("b"), sha("a")] if sha("a") < sha("b") else [sha("a"), sha("b")]
    },
    "parents twice": {"parents": [sha("a"), sha("a")]},
    "parents upper": {"parents": [sha("a").upper()]},
    "staff": {"staff": "abc"},
    "time": {"time": "2026-01-05 08:00:00"},
    "time digits": {"time": "２026-01-05T08:00:00Z"},
    "time newline": {"time": "2026-01-05T08:00:00Z\n"},
    "signer": {"signer": "Cw1"},
    "signer newline": {"signer": "cw1\n"},
    "signer path": {"signer": "../cw1"},
    "data": {"data": []},
    "files": {"files": {}},
    "file twice": {"files": [A_FILE, A_FILE]},
    "file extra": {"files": [{**A_FILE, "x": 1}]},
    "file hash": {"files": [{**A_FILE, "sha256": "x"}]},
    "sealed to": {"files": [{**A_FILE, "sealed_to": "everybody"}]},
    "sealed to nobody": {"files": [{**A_FILE, "sealed_to": []}]},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_field_of_the_wrong_form_is_refused(name: str) -> None:
    with pytest.raises(EntryError):
        parse_line(changed(**WRONG[name]))


@pytest.mark.parametrize(
    "path",
    [
        "../x.yaml.age",
        "/etc/passwd",
        "a/../b.yaml.age",
        "a\\b.yaml.age",
        "c:x.yaml.age",
        ".x",
        "a//b",
        "a/",
        "",
        "profile.yaml.age\n",
        "ក.yaml.age",
        "a" * 200,
    ],
)
def test_a_path_that_is_not_inside_its_folder_is_refused(path: str) -> None:
    with pytest.raises(EntryError):
        parse_line(changed(files=[{**A_FILE, "path": path}]))


@pytest.mark.parametrize(
    ("op", "path", "good"),
    [
        ("put", "profile.yaml.age", True),
        ("attach", "attachments/abcdef23.age", True),
        ("put", "journal/cw2.journal", False),
        ("put", "keys/0123456789abcdef/cw1.age", False),
        ("put", "case.yaml", False),
        ("put", "casebook.yaml", False),
    ],
)
def test_entries_of_a_case_vouch_for_records_only(op: str, path: str, good: bool) -> None:
    entry = dataclasses.replace(GOOD, op=op, files=(FileVersion(path, sha("x")),))
    if good:
        ops.check(entry)
    else:
        with pytest.raises(EntryError):
            ops.check(entry)


def test_a_signature_in_another_spelling_or_size_is_refused() -> None:
    payload, _, encoded = line().partition(b"\t")
    signature = base64.b64decode(encoded)
    for wrong in (
        encoded + b"\r",
        b" " + encoded,
        encoded.rstrip(b"=") if encoded.endswith(b"=") else encoded + b"====",
        base64.b64encode(signature[:-3]),
        base64.b64encode(signature + b"\0"),
        base64.urlsafe_b64encode(b"\xff" * len(signature)),
        b"",
    ):
        with pytest.raises(EntryError):
            parse_line(payload + b"\t" + wrong)
    with pytest.raises(EntryError):
        parse_line(payload)


def test_every_signature_has_the_size_that_is_foretold() -> None:
    for space in ("a", entries.NAMESPACE):
        assert len(key("cw1").sign(space, b"x")) == sshsig.size(space)


def test_a_line_of_a_megabyte_is_refused_unread() -> None:
    with pytest.raises(EntryError):
        parse_line(b"[" * (entries.LINE_LIMIT + 1))


# -- the table --

CARD = card("cw5").as_json()
DATA: dict[str, dict[str, Any]] = {
    "init": {"card": CARD, "recovery": card("recovery").as_json(), "roles": ["admin"]},
    "staff-add": {"card": CARD, "roles": ["auditor"]},
    "staff-remove": {"handle": "cw2", "seen": {"K7Q2-M9TX": [sha("x")]}},
    "keys": {"card": CARD},
    "settings": {},
    "new": {
        "opened": "2026-01-05",
        "stage": "identification",
        "number": 1,
        "phase": None,
        "team": [{"handle": "cw1", "restricted": True}],
        "generation": generation(),
        "wraps": [],
    },
    "grant": {"team": [{"handle": "cw2", "restricted": False}], "wraps": []},
    "revoke": {"handles": ["cw2"], "generation": generation(), "wraps": []},
    "rekey": {"generation": generation(), "wraps": []},
    "put": {},
    "attach": {},
    "merge": {},
    "advance": {
        "from": "identification",
        "stage": "reception",
        "number": 4,
        "phase": "shelter",
        "complete": True,
        "decision": None,
    },
    "skip": {"stage": "referral", "state": "not-applicable", "decision": sha("x")},
    "close": {"decision": sha("x"), "confirm": True},
    "confirm": {"entry": sha("x")},
    "reopen": {"stage": "follow-up", "number": 9, "phase": None, "decision": sha("x")},
    "adopt": {"entries": [sha("x")]},
    "print": {"form": "P1", "decision": None},
    "share": {"decision": sha("x")},
}
WRONG_VALUES: tuple[Any, ...] = (7.5, "\n", {"x": 1}, [[]])
STAFF_OPS = {"init", "staff-add", "staff-remove", "keys", "settings"}
ROLES = {
    "supervisor": {"grant", "revoke"},
    "admin": {"init", "staff-add", "staff-remove", "settings"},
    "everybody": {"keys"},
}


def of(op: str, **fields: Any) -> Entry:
    place = {"case": "staff"} if op in STAFF_OPS else {}
    book: dict[str, Any] = {"casebook": None} if op == "init" else {}
    made = dataclasses.replace(GOOD, op=op, files=(), data=DATA[op])
    return dataclasses.replace(made, **{**place, **book, **fields})


def test_the_table_holds_every_operation_of_format_1() -> None:
    assert set(ops.OPS) == set(DATA)


@pytest.mark.parametrize("op", DATA)
def test_each_operation_takes_its_data_in_its_place_and_nothing_else(op: str) -> None:
    ops.check(of(op))
    for wrong in (
        {**DATA[op], "more": 1},
        *({k: v for k, v in DATA[op].items() if k != gone} for gone in DATA[op]),
    ):
        with pytest.raises(EntryError):
            ops.check(of(op, data=wrong))
    for name in DATA[op]:
        for value in WRONG_VALUES:
            with pytest.raises(EntryError):
                ops.check(of(op, data={**DATA[op], name: value}))
    with pytest.raises(EntryError):
        ops.check(of(op, case=CASE if op in STAFF_OPS else "staff"))
    with pytest.raises(EntryError):
        ops.check(of(op, casebook=sha("x") if op == "init" else None))


@pytest.mark.parametrize("op", DATA)
def test_each_operation_is_for_its_roles(op: str) -> None:
    named = next((role for role, found in ROLES.items() if op in found), "workers")
    expected = {
        "supervisor": {"supervisor"},
        "admin": {"admin"},
        "everybody": set(names.ROLES),
        "workers": {"supervisor", "caseworker"},
    }[named]
    assert ops.OPS[op].roles == expected
    assert ops.OPS[op].recovery == (op in {"grant", *STAFF_OPS - {"init"}})


def wrap(**fields: str) -> dict[str, str]:
    made = {"generation": generation()["name"], "handle": "cw2", "kind": "ordinary"}
    return {**made, "sha256": sha("w"), **fields}


@pytest.mark.parametrize("op", ["new", "revoke", "rekey", "grant"])
def test_an_entry_wraps_a_key_once_for_each_person(op: str) -> None:
    ops.check(of(op, data={**DATA[op], "wraps": [wrap()]}))
    with pytest.raises(EntryError):
        ops.check(of(op, data={**DATA[op], "wraps": [wrap(), wrap(sha256=sha("other"))]}))


@pytest.mark.parametrize("op", ["new", "revoke", "rekey"])
def test_only_a_grant_wraps_an_older_generation(op: str) -> None:
    """Else a caseworker could put a false key in the place of a colleague's."""
    older = wrap(generation=generation("older")["name"])
    with pytest.raises(EntryError):
        ops.check(of(op, data={**DATA[op], "wraps": [older]}))
    ops.check(of("grant", data={**DATA["grant"], "wraps": [older]}))


def test_a_revocation_without_new_keys_wraps_none() -> None:
    ops.check(of("revoke", data={**DATA["revoke"], "generation": None}))
    with pytest.raises(EntryError):
        ops.check(of("revoke", data={**DATA["revoke"], "generation": None, "wraps": [wrap()]}))


@pytest.mark.parametrize("fields", [{"handle": "cw3"}, {"kind": "restricted"}])
def test_a_grant_wraps_only_what_it_grants(fields: dict[str, str]) -> None:
    with pytest.raises(EntryError):
        ops.check(of("grant", data={**DATA["grant"], "wraps": [wrap(**fields)]}))


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0000-01-01", "2026-1-1", "20260105"])
def test_a_case_is_opened_on_a_day_of_the_calendar(day: str) -> None:
    with pytest.raises(EntryError):
        ops.check(of("new", data={**DATA["new"], "opened": day}))


def test_a_generation_is_named_by_its_recipients() -> None:
    other = {**generation("evil"), "name": generation()["name"]}
    with pytest.raises(EntryError):
        ops.check(of("rekey", data={"generation": other, "wraps": []}))


def test_a_card_is_of_the_kind_that_it_says() -> None:
    with pytest.raises(EntryError):
        ops.check(of("keys", data={"card": {**CARD, "keys": "hybrid"}}))


# -- lines --


def journal() -> tuple[bytes, list[Signed]]:
    made, seen = office()
    first = made.new("cw1", seen)
    second = made.put("cw1", seen, first)
    third = made.put("cw1", seen, second, text="two", previous=("one",))
    return b"".join(s.line for s in made.case), [first, second, third]


def test_the_same_line_twice_is_one_entry() -> None:
    data, found = journal()
    read = lines.read(data + data, "cw1")
    assert [s.id for s in read.entries] == [s.id for s in found]
    assert not read.damage and read.unfinished is None


def test_reading_goes_on_after_a_bad_line() -> None:
    data, found = journal()
    parts = data.splitlines(keepends=True)
    read = lines.read(parts[0] + b"garbage\n\n" + parts[1] + parts[2], "cw1")
    assert [s.id for s in read.entries] == [s.id for s in found]
    assert [text.partition(":")[0] for text in read.damage] == [
        "cw1.journal line 2",
        "cw1.journal line 3",
    ]


def test_an_entry_in_somebody_elses_file_is_damage() -> None:
    data, _ = journal()
    read = lines.read(data, "cw2")
    assert not read.entries and len(read.damage) == 3


def test_an_unknown_operation_or_version_is_damage_in_its_own_line_only() -> None:
    data, found = journal()
    future = changed(op="teleport") + b"\n" + changed(v=2) + b"\n"
    read = lines.read(future + data, "cw1")
    assert len(read.damage) == 2 and len(read.entries) == len(found)


def test_a_last_line_without_its_end_counts_when_it_is_whole() -> None:
    data, found = journal()
    read = lines.read(data[:-1], "cw1")
    assert read.unfinished == found[-1].id
    assert len(read.entries) == 3 and not read.damage


def test_a_torn_last_line_counts_for_nothing_and_is_no_damage() -> None:
    data, found = journal()
    start = len(data) - len(found[-1].line)
    for end in range(start + 1, len(data) - 1):
        read = lines.read(data[:end], "cw1")
        assert read.unfinished == "", end
        assert len(read.entries) == 2 and not read.damage
        assert read.whole == start


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    read = lines.read(data, "cw1")
    assert not read.entries
    assert "�" not in str(read.damage)
