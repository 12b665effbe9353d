"""The fast reader and the padding of a record."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commands import SOURCE
from tipcase.documents import check_padding, dump, load, pad, padded_length
from tipcase.errors import DamagedError

C = "Kanaryanora"


@pytest.mark.parametrize("text", [
    f"a: !x {C}\n", f"a: !!python/name:{C} x\n", f"? [{C}]\n: 1\n", f"1: {C}\n", f"~: {C}\n",
    f"- {C}\n", f"{C}\n", "", "\n\n", f"# {C}\n", f"a: 1\n---\n{C}: 2\n", f"a: 1\n...\n{C}: 2\n",
    f"a: '{C}\n", f"a: {'[' * 9_000}{C}\n", f"a: &x [{C}]\nb: *x\n", f"a: {C}\nb: .inf\n",
    "a: .nan\n",
    f"a: [{C}, &x 1, *x]\n", f"{{a: &x {C},b: *x}}\n", f"&x {C}: *x\n", f"a:\n- &x {C}\n- *x\n",
])  # fmt: skip
def test_what_the_writer_could_not_have_written_is_damaged(text: str) -> None:
    with pytest.raises(DamagedError) as caught:
        load(text.encode())
    error = caught.value
    assert error.exit_code == 7
    assert error.__context__ is None
    assert C not in str(error) + error.hint + repr(error)


@pytest.mark.parametrize("data", [b"a: \xff\n", "a: b\n".encode("utf-16"), b"a" * 2**24])
def test_bytes_that_are_no_text_of_ours_are_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError) as caught:
        load(data)
    assert caught.value.__context__ is None


def test_an_alias_bomb_is_refused_before_it_goes_off() -> None:
    lines = [f"a{i}: &a{i} [{', '.join(['x' if not i else f'*a{i - 1}'] * 10)}]" for i in range(12)]
    with pytest.raises(DamagedError):
        load("\n".join(lines).encode())


def test_signs_of_anchors_and_aliases_inside_texts_are_only_text() -> None:
    tree = {"a": "salt &pepper *and* *more", "b": "one &x\n*x\n", "c": ["R&D", "* item", "&"]}
    assert load(dump(tree).encode()) == tree


def test_values_are_typed_as_yaml_1_2_has_them() -> None:
    text = b"i: 12\nf: 1.5\nb: true\nn: null\ns: yes\nz: 0087\nd: 2026-01-05\n"
    assert load(text) == {
        "i": 12, "f": 1.5, "b": True, "n": None, "s": "yes", "z": 87, "d": "2026-01-05",
    }  # fmt: skip


@given(st.integers(0, 2**40))
def test_padded_lengths_are_padme(length: int) -> None:
    padded = padded_length(length)
    if length <= 1024:
        assert padded == 1024
        return
    exponent = math.floor(math.log2(length))
    bits = exponent - (math.floor(math.log2(exponent)) + 1)
    assert padded >= length
    assert padded % (1 << bits) == 0
    assert padded - length < 1 << bits
    assert padded_length(padded) == padded


@pytest.mark.parametrize(("length", "padded"), [
    (0, 1024), (1, 1024), (1024, 1024), (1025, 1088), (1088, 1088), (1089, 1152), (2048, 2048),
    (2049, 2176), (5000, 5120), (1_000_000, 1_015_808),
])  # fmt: skip
def test_padded_lengths_by_hand(length: int, padded: int) -> None:
    assert padded_length(length) == padded


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=3000))
def test_a_padded_record_ends_in_its_mark_and_newlines(text: str) -> None:
    body = dump({"a": text})
    data = pad(body)
    marked = body.encode() + b"...\n"
    assert data == marked + b"\n" * (padded_length(len(marked)) - len(marked))
    check_padding(data)


def test_a_text_without_its_last_line_end_gets_one() -> None:
    assert pad("a: 1") == pad("a: 1\n")


def test_only_whole_padding_is_accepted() -> None:
    good = pad(dump({"a": C, "text": "x\n...\ny\n"}))
    check_padding(good)
    bad = [
        good[:-1], good + b"\n", good[:-1] + b" ", good[:-1] + b"\0", good.rstrip(b"\n"), b"",
        b"\n", good.replace(b"\n...\n", b"\n....", 1), good[:500] + b"b: 1" + good[504:],
        good + good, b"\n" * 1024, dump({"a": C}).encode(),
    ]  # fmt: skip
    for data in bad:
        with pytest.raises(DamagedError) as caught:
            check_padding(data)
        assert C not in str(caught.value) + caught.value.hint


def test_loading_imports_nothing_of_the_careful_reader() -> None:
    script = (
        "import sys; from tipcase import documents; documents.load(documents.pad('a: 1'));"
        "print([m for m in sys.modules if m.split('.')[0] in ('ruamel', 'dataclasses')])"
    )
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env
    )
    assert done.stdout.strip() == "[]"
