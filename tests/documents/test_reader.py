"""The careful reader: what it keeps, and what it refuses without showing it."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tipcase.documents import (
    MAX_BYTES,
    DocumentError,
    Mapping,
    Scalar,
    decoded,
    dump,
    load,
    plain,
    read,
)
from tipcase.errors import FindingsError

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

C = "Kanaryanora"

BOMB = "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9 if i else [C] * 9)}]\n" for i in range(9)
)

# name: the text, and what the refusal begins with
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "alias bomb": (BOMB, "line 1, column 5: an anchor"),
    "anchor": (f"a: 1\nb: &x {C}\n", "line 2, column 4: an anchor"),
    "alias without anchor": (f"a: {C}\nb: *x\n", "line 2, column 4: an alias"),
    "alias as a name": (f"? *x\n: {C}\n", "line 1, column 3: an alias"),
    "merge key": (f"a: {{<<: {{b: {C}}}}}\n", "line 1, column 5: a merge key"),
    "own tag": (f"a: !{C} x\n", "line 1, column 4: a tag"),
    "bare tag": (f"a: ! {C}\n", "line 1, column 4: a tag"),
    "standard tag": (f"a: !!str {C}\n", "line 1, column 4: a tag"),
    "python tag": (f"a: !!python/object/apply:os.system [{C}]\n", "line 1, column 4: a tag"),
    "tag on a name": (f"!!str {C}: x\n", "line 1, column 1: a tag"),
    "tag on the whole": (f"!!map\na: {C}\n", "line 1, column 1: a tag"),
    "tag directive": (f"%TAG ! tag:{C},2002:\n---\na: 1\n", "line 1, column 1: a directive"),
    "older version": (f"%YAML 1.1\n---\na: {C}\n", "line 1, column 1: a directive"),
    "unknown directive": (f"# x\n%{C}\n---\na: 1\n", "line 2, column 1: a directive"),
    "two directives": (f"%YAML 1.2\n%{C}\n---\na: 1\n", "line 1, column 1: a directive"),
    "duplicate name": (f"{C}: 1\nb: 2\n{C}: 3\n", "line 3, column 1: the field stands here again"),
    "duplicate, other quotes": (f"{C}: 1\n\"{C}\": 2\n", "line 2, column 1: the field stands here"),
    "duplicate inside": (f"a:\n  - b: {C}\n    b: 1\n", "line 3, column 5: the field stands here"),
    "second document": (f"a: 1\n---\nb: {C}\n", "line 2, column 1: a second document"),
    "after the end": (f"a: 1\n...\nb: {C}\n", "line 3, column 1: "),
    "list at the top": (f"- {C}\n", "line 1, column 1: a list stands"),
    "text at the top": (f"{C}\n", "line 1, column 1: a single text"),
    "list as a name": (f"? [{C}]\n: x\n", "line 1, column 3: a field's name is not a text"),
    "mapping as a name": (f"{{{{{C}: b}}: c}}\n", "line 1, column 2: a field's name is not"),
    "no name": (f": {C}\n", "line 1, column 1: a field has no name"),
    "empty name": (f'"": {C}\n', "line 1, column 1: a field has no name"),
    "long name": (f"{C * 20}: 1\n", "line 1, column 1: a field's name is longer"),
    "nested lists": (f"a: {'[' * 10_000}{C}{']' * 10_000}\n", "line 1, column 35: values are"),
    "nested mappings": ("{a: " * 10_000 + C + "}" * 10_000, "line 1, column 129: values are"),
    "nested dashes": (f"a:\n {'- ' * 10_000}{C}\n", "line 2, column 64: values are nested"),
    "nested blocks": (
        "".join(f"{' ' * i}{C}:\n" for i in range(40)), "line 33, column 33: values are nested",
    ),
    "too many values": (f"a: [{'x,' * 12_000}{C}]\n", "line 1, column "),
    "too long": (f"a: {C * (MAX_BYTES // len(C) + 1)}\n", "the text is longer than 4 MiB"),
    "too long in bytes": (f"a: {'ក' * (MAX_BYTES // 2)}\n", "the text is longer than 4 MiB"),
    "too long, bytes": (b"a: " + b"x" * MAX_BYTES, "the text is longer than 4 MiB"),
    "nul": (f"a: {C}\0\n", f"line 1, column {4 + len(C)}: a control character"),
    "escape sequence": (f"a: x\nb: \x1b[31m{C}\n", "line 2, column 4: a control character"),
    "delete": (f"a: {C}\x7f\n", f"line 1, column {4 + len(C)}: a control character"),
    "c1": (f"a: {C}\x9b\n", f"line 1, column {4 + len(C)}: a control character"),
    "next line": (f"a: {C}\x85\n", f"line 1, column {4 + len(C)}: a line separator"),
    "line separator": (f"a: |\n  {C}\u2028\n", f"line 2, column {3 + len(C)}: a line separator"),
    "paragraph separator": (f"a: 1 # x\u2029{C}: 2\n", "line 1, column 9: a line separator"),
    "lone carriage return": (f"a: {C}\rb: 1\n", f"line 1, column {4 + len(C)}: a control"),
    "control in a comment": (f"a: 1 # {C}\x07\n", f"line 1, column {8 + len(C)}: a control"),
    "mark inside": (f"a: {C}\ufeff\n", f"line 1, column {4 + len(C)}: a control character"),
    "lone surrogate": (f"a: {C}\ud800\n", f"line 1, column {4 + len(C)}: a control character"),
    "escaped nul": (f'a: "{C}\\0"\n', "line 1, column 4: an escape gives"),
    "escaped escape": (f'a: "{C}\\e[31m"\n', "line 1, column 4: an escape gives"),
    "escaped surrogate": (f'a: "{C}\\ud800"\n', "line 1, column 4: an escape gives"),
    "escape in a name": (f'"{C}\\x1b": 1\n', "line 1, column 1: an escape gives"),
    "escape out of range": (f'a: "{C}\\UFFFFFFFF"\n', ""),
    "unknown escape": (f'a: "{C}\\q"\n', f"line 1, column {6 + len(C)}: an unknown escape"),
    "utf-16": (f"a: {C}\n".encode("utf-16"), "line 1, column 1: the text is not UTF-8"),
    "utf-16 unmarked": (f"a: {C}\n".encode("utf-16-le"), "line 1, column 2: a control character"),
    "latin-1": (f"a: x\n{C}: é\n".encode("latin-1"), f"line 2, column {3 + len(C)}: the text is"),
    "khmer before latin-1": ("a: សុខ".encode() + b"\xff", "line 1, column 7: the text is not"),
    "surrogate in utf-8": (f"a: {C}".encode() + b"\xed\xa0\x80", f"line 1, column {4 + len(C)}: "),
    "unclosed quote": (f'a: "{C}\nb: 1\n', "line 3, column 1: a quotation mark is never"),
    "unclosed single": (f"a: '{C}\n", "line 2, column 1: a quotation mark is never"),
    "unclosed list": (f"a: [{C}\n", "line 2, column 1: "),
    "tab for indentation": (f"a:\n\tb: {C}\n", "line 2, column 1: a tab"),
    "two colons": (f"a: b: {C}\n", "line 1, column 5: a colon stands"),
    "no colon": (f"a: 1\n{C}\nb: 2\n", "line 3, column 1: a field has no colon"),
    "loose indentation": (f"a: 1\n  b: {C}\n", "line 2, column 4: a colon stands"),
    "reserved sign": (f"a: @{C}\n", "line 1, column 4: "),
    "percent": (f"a: %{C}\n", "line 1, column 4: "),
    "nothing": ("", "line 1, column 1: the text is empty"),
    "only a comment": (f"# {C}\n", "line 1, column 1: the text is empty"),
    "only an end": ("...\n", "line 1, column 1: "),
    "only a beginning": ("---\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.sampled(4)
def test_is_refused_at_its_place_and_shows_nothing(name: str) -> None:
    text, expected = HOSTILE[name]
    with pytest.raises(DocumentError) as caught:
        read(text)
    error = caught.value
    assert isinstance(error, FindingsError)
    assert error.exit_code == 3
    assert str(error).startswith(expected)
    assert error.__context__ is None and error.__cause__ is None
    shown = "".join(traceback.format_exception_only(error)) + error.hint + repr(error)
    assert C not in shown and "ruamel" not in shown
    assert str(error.args).count(C) == 0


def test_nothing_is_resolved() -> None:
    words = [
        "0087",
        "yes",
        "1e3",
        "2026-01-05",
        "1:30",
        "0x1f",
        "~",
        "null",
        "true",
        ".inf",
        "9" * 999,
    ]
    tree = read("".join(f"f{i}: {word}\n" for i, word in enumerate(words)) + "none:\n").tree
    assert list(tree.values()) == [*words, ""]
    assert all(value.plain for value in tree.values())


@pytest.mark.parametrize("written", ['"12"', "'12'", "|-\n  12", ">-\n  12"])
def test_quoted_and_block_texts_are_not_plain(written: str) -> None:
    value = read(f"a: {written}\n").tree["a"]
    assert value == "12" and not value.plain


def test_a_mark_at_the_start_windows_line_ends_and_bytes_are_taken() -> None:
    expected = {"a": "ខ្មែរ", "b": "x\ny\n"}
    for text in ("\ufeffa: ខ្មែរ\r\nb: |\r\n  x\r\n  y\r\n", "a: ខ្មែរ\nb: |\n  x\n  y\n"):
        assert read(text).tree == expected
        assert read(text.encode()).tree == expected


def test_one_document_may_be_marked_as_such() -> None:
    for text in ("%YAML 1.2\n---\na: b\n", "---\na: b\n...\n", "a: b\n...\n\n\n\n", "{a: b}"):
        assert read(text).tree == {"a": "b"}


def test_what_is_no_control_character_is_kept() -> None:
    text = "\u202eabc\u202c \u200b\tx 👩‍👧 \xa0"
    assert read(f"a: '{text}'\n").tree == {"a": text}
    assert read('a: "\\N\\u2028\\U0001F600"\n').tree == {"a": "\x85\u2028😀"}
    assert read('"<<": a\n').tree == {"<<": "a"}


def test_places_are_lines_and_columns_from_one() -> None:
    document = read("# x\na: 1\nb:\n  - c: 2\n    d: 3\n  -   - 4\n      - 5\n")
    assert document.place(()) == (1, 1)
    assert document.place(("a",)) == (2, 1)
    assert document.place(("b", 0, "d")) == (5, 5)
    assert document.place(("b", 1, 1)) == (7, 9)
    assert document.place(("b", 7, "d")) == (3, 1)
    assert document.place(("a", "below a text")) == (2, 1)


def test_nothing_that_was_read_shows_itself() -> None:
    document = read(f"{C}: [{C}, {{{C}: {C}}}]\n")
    assert C not in f"{document!r} {document} {document.tree!r} {document.tree[C]!r}"


def test_a_document_can_be_copied() -> None:
    tree = read("a: '1' # x\nb: [2]\n").tree
    for twin in (copy.deepcopy(tree), pickle.loads(pickle.dumps(tree))):
        assert twin == tree and dump(twin) == dump(tree)
        assert not twin["a"].plain and twin["b"][0].plain


def test_plain_leaves_only_builtin_types() -> None:
    bare = plain(read("a: [{b: c}]\n").tree)
    assert type(bare) is dict and type(bare["a"]) is list and type(bare["a"][0]["b"]) is str
    assert type(next(iter(bare))) is str
    assert plain({"n": 1, "t": True, "s": Scalar("x")}) == {"n": 1, "t": True, "s": "x"}


def test_a_single_value_is_decoded_by_the_same_rules() -> None:
    assert decoded("\ufeffមួយ\r\nពីរ\n".encode()) == "មួយ\nពីរ\n"
    with pytest.raises(DocumentError, match="line 2, column 2: a control character"):
        decoded("a\nb\x1b")


SOUP = st.lists(
    st.sampled_from([
        "a", "b: ", "c:", "\n", "\n  ", "\n    ", "- ", "#", " # x", "|", "|-\n", ">\n", "|+\n",
        "'", '"', "[", "]", "{", "}", ", ", "? ", ": ", "...", "---", "\n---\n", "\\", "\\n",
        "\t", " ", "&x ", "*x", "!", "%", "%YAML 1.2\n", "<<",
        "~", "12", "ខ", "\r\n", "\ufeff", "\0", "@", "|2",
    ]),
    max_size=25,
).map("".join)  # fmt: skip


@given(st.one_of(SOUP, SOUP.map(lambda soup: f"k: {soup}"), st.text(), st.binary()))
@example("a: |+\n  x\n\n\n# y\nb: 1\n")
@example("a: >2-\n    x # y\n\n\n  # z\n")
@example("{a: 'x', # y\n b: [1, # z\n 2] # w\n}\n")
@example("? a # x\n: b # y\n? c\n")
@example("a: # x\n  # y\n  - # z\n    - 1\n")
def test_any_text_is_a_document_that_can_be_written_or_is_refused(text: str | bytes) -> None:
    try:
        document = read(text)
    except DocumentError:
        return
    assert type(document.tree) is Mapping
    written = dump(document.tree)
    assert load(written.encode()) == plain(document.tree)
    assert dump(read(written).tree) == written
