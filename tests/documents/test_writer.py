"""The writer: whatever it writes, every reader reads alike, and always the same bytes."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given, settings

from tests.conftest import SOAK
from tests.documents.trees import AWKWARD, as_text, same, texts, trees
from tests.oracles import require_module
from tipcase import documents
from tipcase.documents import DocumentError, dump, load, plain, read

CANARY = "Kanaryanora"

# The careful reader is slow: in soak it gets a third of the examples that the others get.
SLOWLY = settings(max_examples=300 if SOAK else 15)


@given(trees)
@example({text or "empty": [text, {"in": text}, [text]] for text in AWKWARD if len(text) <= 128})
def test_the_fast_reader_gives_back_exactly_what_was_written(tree: dict[str, Any]) -> None:
    assert same(load(dump(tree).encode()), tree)


@pytest.mark.soak
@SLOWLY
@given(trees)
@example({text or "empty": [text, {"in": text}, [text]] for text in AWKWARD if len(text) <= 128})
def test_the_careful_reader_gives_the_same_content_as_text(tree: dict[str, Any]) -> None:
    assert same(plain(read(dump(tree)).tree), as_text(tree))


@given(trees)
@example({text or "empty": [text, {"in": text}, [text]] for text in AWKWARD if len(text) <= 128})
def test_a_reader_of_yaml_1_1_that_we_did_not_write_agrees(tree: dict[str, Any]) -> None:
    yaml = require_module("yaml")
    assert same(yaml.safe_load(dump(tree)), tree)


@SLOWLY
@given(trees)
def test_padded_or_not_the_content_is_the_same(tree: dict[str, Any]) -> None:
    assert same(load(documents.pad(dump(tree))), tree)
    assert same(plain(read(documents.pad(dump(tree))).tree), as_text(tree))


@SLOWLY
@given(trees)
@example({"a": ["0\n\xa0"], "b\n# c": []})
def test_what_was_read_is_written_as_the_same_bytes_again(tree: dict[str, Any]) -> None:
    once = dump(read(dump(tree)).tree)
    assert dump(read(once).tree) == once == dump(as_text(tree))


@pytest.mark.parametrize("text", [
    "0087", "1998", "2026-01-05", "1:30", "1e3", "0x1f", ".inf", "~", "null", "yes", "No", "", "y",
])  # fmt: skip
def test_a_text_that_could_be_something_else_is_quoted(text: str) -> None:
    assert dump({"a": text}) == f'a: "{text}"\n'


@pytest.mark.parametrize("text", ["Sok", "សុខា ជាក្មេងស្រី", "12 rooms on the left", "a:b#c", "ok ✓"])
def test_a_text_that_nothing_else_could_be_stands_as_it_is(text: str) -> None:
    assert dump({"a": text}) == f"a: {text}\n"


def test_lines_are_a_literal_block_and_never_folded() -> None:
    long = "word " * 300 + "end"
    assert dump({"a": {"b": f"one\n\n  two\n{long}\n"}, "c": long}) == (
        f"a:\n  b: |\n    one\n\n      two\n    {long}\nc: {long}\n"
    )


@pytest.mark.parametrize("text", [" a\nb", "a\n\n", "a\n \nb", "a\u2028\nb", "\na", "a\x85\nb"])
def test_lines_that_a_block_would_not_carry_exactly_are_quoted(text: str) -> None:
    assert dump({"a": text}).startswith('a: "')
    assert dump({"a": text}).count("\n") == 1


def test_the_shape_on_the_page() -> None:
    tree: dict[str, Any] = {
        "z": 1, "a": None, "t": True, "n": {}, "l": [], "m": [{"x": 1, "y": [1, [2, "3"]]}, []],
    }  # fmt: skip
    assert dump(tree) == (
        'z: 1\na: null\nt: true\n"n": {}\nl: []\n'
        'm:\n  - x: 1\n    "y":\n      - 1\n      - - 2\n        - "3"\n  - []\n'
    )


def test_the_same_list_twice_is_written_twice() -> None:
    shared = ["x"]
    assert dump({"a": shared, "b": shared}) == "a:\n  - x\nb:\n  - x\n"


def test_nothing_is_an_empty_mapping_and_any_mapping_will_do() -> None:
    assert dump({}) == "{}\n"
    assert load(dump({}).encode()) == {}
    assert dump(MappingProxyType({"a": 1})) == "a: 1\n"


@pytest.mark.parametrize("value", [
    f"{CANARY}\x00", f"{CANARY}\x1b[31m", f"{CANARY}\r\n", f"{CANARY}\x7f", f"{CANARY}\x9b",
    f"{CANARY}\nb\x07", f"{CANARY}\ud800", f"{CANARY}\n\udfff", 2**63, -(2**63) - 1, 10**5000,
    float("nan"), float("inf"),
], ids=map(str, range(13)))  # fmt: skip
def test_what_could_not_be_read_back_is_refused_without_showing_it(value: object) -> None:
    with pytest.raises(DocumentError) as caught:
        dump({"members": [{"full_name": value}]})
    assert str(caught.value).startswith("members.0.full_name: ")
    assert CANARY not in str(caught.value) + caught.value.hint + repr(caught.value)


def test_a_name_that_may_be_content_is_not_shown() -> None:
    with pytest.raises(DocumentError) as caught:
        dump({CANARY: {"full_name": "\x00"}})
    assert str(caught.value).startswith("….full_name: ")


@pytest.mark.parametrize("key", ["", "k" * 129, "a\x1bb"])
def test_a_name_that_could_not_be_read_back_is_refused(key: str) -> None:
    with pytest.raises(DocumentError):
        dump({key: 1})
    assert read(dump({"k" * 128: 1})).tree == {"k" * 128: "1"}


def test_content_beyond_the_limits_is_refused() -> None:
    deep: Any = "x"
    for _ in range(documents.MAX_DEPTH - 1):
        deep = [deep]
    assert read(dump({"a": deep})).tree == {"a": deep}
    endless: list[Any] = []
    endless.append(endless)
    for tree in ({"a": [deep]}, {"a": endless}, {"a": [1] * 50_000}, {"a": "x" * 2**22}):
        with pytest.raises(DocumentError):
            dump(tree)


@pytest.mark.parametrize("value", [object(), b"x", {1: 2}, (1,), {"x"}])
def test_other_types_are_a_mistake_of_the_program(value: object) -> None:
    with pytest.raises(TypeError):
        dump({"a": value})


def test_what_does_not_read_back_is_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipcase.documents.writer.load", lambda written: {"a": written})
    with pytest.raises(RuntimeError) as caught:
        dump({"a": CANARY})
    assert CANARY not in str(caught.value)


@given(texts)
def test_a_text_is_never_content_of_anything_but_itself(text: str) -> None:
    tree = load(dump({"before": "x", "a": text, "b": [text, "y"], "after": "z"}).encode())
    assert tree == {"before": "x", "a": text, "b": [text, "y"], "after": "z"}
