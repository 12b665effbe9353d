"""What is quick about reading a journal takes and refuses exactly what the plain rule does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.journal.staffing import key, office
from tipcase import sshsig
from tipcase.journal import entry as entries
from tipcase.journal import lines, pattern
from tipcase.journal.entry import EntryError, Signed

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([1e5, 1.0, -0.0, 10**30])
    | st.text(max_size=4)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner)
)
# What other writers of JSON do differently, each of which must be refused.
HABITS: list[dict[str, Any]] = [
    {},
    {"sort_keys": True},
    {"sort_keys": True, "separators": (",", ":")},
    {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False},
    {"sort_keys": True, "indent": 1},
]


def journal() -> tuple[bytes, list[Signed]]:
    """Three entries of cw1, as they stand in a file."""
    made, seen = office()
    first = made.new("cw1", seen)
    second = made.put("cw1", seen, first)
    third = made.put("cw1", seen, second, text="two", previous=("one",))
    return b"".join(s.line for s in made.case), [first, second, third]


def plainly_canonical(payload: bytes) -> bool:
    """The rule as docs/format.md says it, step by step."""

    def floats(value: Any) -> bool:
        if isinstance(value, dict):
            return any(map(floats, value.values()))
        return any(map(floats, value)) if isinstance(value, list) else isinstance(value, float)

    try:
        value = json.loads(payload.decode("ascii"))
    except ValueError:
        return False
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return not floats(value) and text.encode() == payload


def taken(payload: bytes) -> bool:
    """Whether the reader finds the spelling right, whatever it then thinks of the content."""
    try:
        entries._parse(payload)
    except EntryError as error:
        return "canonical" not in error.sentence
    return True


@given(VALUES, st.sampled_from(HABITS))
@example({"a": 1.0}, HABITS[2])
@example([float("nan")], HABITS[2])
@example({"b": 1, "a": 2}, HABITS[0])
def test_a_spelling_is_taken_where_the_plain_rule_takes_it(
    value: Any, habit: dict[str, Any]
) -> None:
    payload = json.dumps(value, **habit).encode("utf-8", "surrogatepass")
    assert taken(payload) == plainly_canonical(payload)


@given(st.data())
def test_a_changed_entry_is_taken_where_the_plain_rule_takes_it(data: st.DataObject) -> None:
    payload = bytearray(journal()[1][-1].payload)
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at : at + data.draw(st.integers(0, 2))] = data.draw(
        st.binary(max_size=3) | st.sampled_from([b" ", b"1.0", b"1e3", b'"', b"\\u0061", b"NaN"])
    )
    assert taken(bytes(payload)) == plainly_canonical(bytes(payload))


def judged(line: bytes) -> tuple[type, Any]:
    """What becomes of a line: an entry, or the sentence that refuses it."""
    try:
        return Signed, entries.parse_line(line)
    except EntryError as error:
        return type(error), error.sentence


def plainly(line: bytes) -> tuple[type, Any]:
    """The same where nothing is taken by the pattern."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pattern, "fields", lambda _: None)
        return judged(line)


PARTS = [
    b'"',
    b"{}",
    b"null",
    b"[]",
    b",",
    b"\\n",
    b" ",
    b"-0",
    b"01",
    b"1e3",
    b'"v":1',
    b"\\u0061",
]


@given(st.data())
def test_the_pattern_takes_and_makes_what_the_plain_way_does(data: st.DataObject) -> None:
    lines_ = journal()[0].split(b"\n")[:-1]
    line = bytearray(data.draw(st.sampled_from(lines_)))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at : at + data.draw(st.integers(0, 3))] = data.draw(
        st.binary(max_size=2) | st.sampled_from(PARTS)
    )
    assert judged(bytes(line)) == plainly(bytes(line))


HASHES = ["a" * 64, "b" * 64, "B" * 64, "a" * 63, "é" * 64, ""]
OTHERS: dict[str, Any] = {
    "case": ["staff", "provider", "K7Q2-M9TX", "K7Q2-M9TI", "k7q2-m9tx", 7],
    "casebook": [None, *HASHES],
    "data": [{}, {"b": 1, "a": [{"c": None}]}, {"a": 1.0}, {"a": '},"device":"aaaaaaaa"'}, []],
    "device": ["aaaaaaaa", "aaaaaaa1", "aaaaaaaaa", "AAAAAAAA"],
    "op": ["put", "new", "", "Put", "a b", None],
    "parents": [[], HASHES[:2], HASHES[1::-1], HASHES[:1] * 2, HASHES[2:3], None],
    "prev": [None, *HASHES],
    "seq": [1, 0, -1, 2**53 - 1, 2**53, 10**15, 10**14, 1.0, True, "1"],
    "signer": ["cw1", "c", "c-", "cw1\n", "1c", "c" * 32, "c" * 33],
    "staff": [[], HASHES[:2], HASHES[1::-1]],
    "time": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00", "२026-01-01T00:00:00Z"],
    "v": [1, 2, True, 1.0, "1"],
}
FILES: dict[str, Any] = {
    "path": ["a.age", "a/b", ".a", "a//b", "a" * 81, "a" * 82, "/".join("abcdefgh"), "a\n", "a:b"],
    "previous": [[], HASHES[:2], HASHES[1::-1], HASHES[:1] * 2],
    "sealed_to": [None, "ordinary", "restricted", ["cw1"], [], "other"],
    "sha256": HASHES,
}


def variants() -> Iterator[bytes]:
    """An entry with each field in each of its other forms, and data in other spellings."""
    known = json.loads(journal()[1][-1].payload)
    good = {name: options[0] for name, options in FILES.items()}
    values = [known | {name: one} for name, options in OTHERS.items() for one in options]
    values += [
        known | {"files": [good | {"path": "b"}, good | {name: one}]}
        for name, options in FILES.items()
        for one in options
    ]
    lists: list[Any] = [[], [good], [good, good], [{}], None]
    values += [known | {"files": listed} for listed in lists]
    for value in values:
        yield json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    plain = json.dumps(known | {"data": {}}, sort_keys=True, separators=(",", ":")).encode()
    for data in (
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":"\\u0061"}',
        b'{"a":1,"a":1}',
        b'{"a":-0}',
        b"{",
    ):
        yield plain.replace(b'"data":{}', b'"data":' + data)


def test_each_field_is_taken_as_the_plain_way_takes_it() -> None:
    signature = journal()[0].split(b"\n")[0].partition(b"\t")[2]
    found = [judged(payload + b"\t" + signature) for payload in variants()]
    assert found == [plainly(payload + b"\t" + signature) for payload in variants()]
    taken_ = [kind for kind, _ in found if kind is Signed]
    assert 30 < len(taken_) < len(found) - 30


def test_what_is_written_is_taken_by_the_pattern() -> None:
    # Else nothing is quick, and nobody notices.
    for signed in journal()[1]:
        assert pattern.fields(signed.payload.decode()) is not None


def test_lines_that_were_read_before_are_judged_anew_for_another_person() -> None:
    data, found = journal()
    assert [s.id for s in lines.read(data, "cw1").entries] == [s.id for s in found]
    assert not lines.read(data, "cw2").entries
    assert lines.read(data, "cw1") == lines.read(data, "cw1")


def test_a_bad_line_is_bad_each_time() -> None:
    data, _ = journal()
    for _ in range(2):
        assert len(lines.read(data.replace(b'"op":"put"', b'"op":"fly"'), "cw1").damage) == 2


def test_a_signature_that_held_holds_for_nothing_else() -> None:
    ours, other = key("cw1"), key("cw2")
    message, space = b"invented", entries.NAMESPACE
    good = ours.sign(space, message)
    for _ in range(2):
        sshsig.verify(ours.public, space, message, good)
        for public, name, text, signature in [
            (other.public, space, message, good),
            (ours.public, "tipcase.card.v1", message, good),
            (ours.public, space, message + b".", good),
            (ours.public, space, message, good[:-1] + bytes([good[-1] ^ 1])),
            # Its end alone under another's beginning.
            (other.public, space, message, other.sign(space, message)[:-64] + good[-64:]),
        ]:
            with pytest.raises(sshsig.SignatureError):
                sshsig.verify(public, name, text, signature)


def test_what_is_signed_is_what_the_protocol_says() -> None:
    def string(content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + content

    digest = hashlib.sha512(b"invented").digest()
    parts = (b"a.namespace", b"", b"sha512", digest)
    expected = b"SSHSIG" + b"".join(map(string, parts))
    assert sshsig._signed_data("a.namespace", b"invented") == expected
