"""Comments: each stays with the entry it was written for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.documents.trees import same, trees
from tipcase.documents import (
    Mapping,
    Note,
    Sequence,
    dump,
    keep_comments,
    load,
    plain,
    read,
    set_value,
)

WRITTEN = """\
# about the whole


# more
a: one # behind a
b: |- # behind the sign
  text # not a comment

  text


# before c
c:   # behind c
  d: [e, "f # no", {g: h}] # behind the list
  # before i
  i: "one
    line # no" # behind i
members:
  # before the item
  - # in the item
    id: abcdefg2
    name: Sok   # behind Sok
  - id: bcdefgh3
    # inside
    name: 'a#b'

# at the end

# of all

"""

KEPT = """\
# about the whole

# more
a: one  # behind a
b: |-  # behind the sign
  text # not a comment

  text

# before c
c:  # behind c
  d:
    - e
    - "f # no"
    - g: h  # behind the list
  # before i
  i: "one line # no"  # behind i
members:
  # before the item
  # in the item
  - id: abcdefg2
    name: Sok  # behind Sok
  - id: bcdefgh3
    # inside
    name: a#b

# at the end

# of all
"""


def test_all_comments_are_kept_where_they_belong() -> None:
    assert dump(read(WRITTEN).tree) == KEPT
    assert dump(read(KEPT).tree) == KEPT
    assert load(KEPT.encode()) == plain(read(WRITTEN).tree)


def test_a_value_changes_and_its_comment_stays() -> None:
    tree = read("# x\na: 1 # y\n# z\nb: 2\n").tree
    set_value(tree, "a", 7)
    set_value(tree, "c.d", "new")
    assert dump(tree) == '# x\na: 7  # y\n# z\nb: "2"\nc:\n  d: new\n'


def test_comments_are_laid_over_other_values() -> None:
    source = read(
        "# a\na: 1 # one\nlist:\n  - id: aaaaaaaa # A\n    v: 1 # nA\n  # B\n  - id: bbbbbbbb\n"
        "plain: [x] # X\ngone: 1 # gone\n# foot\n"
    ).tree
    values = {
        "head": {"v": 1},
        "plain": ["u", "w"],
        "list": [{"id": "bbbbbbbb"}, {"id": "cccccccc"}, {"id": "aaaaaaaa", "v": 1}],
        "a": 1,
    }
    assert dump(keep_comments(values, source)) == (
        "head:\n  v: 1\nplain:\n  - u  # X\n  - w\n"
        "list:\n  # B\n  - id: bbbbbbbb\n  - id: cccccccc\n"
        "  - id: aaaaaaaa  # A\n    v: 1  # nA\n# a\na: 1  # one\n# foot\n"
    )
    assert dump(values) == dump(plain(keep_comments(values, source)))


def test_a_comment_behind_an_item_that_became_a_mapping_goes_above_it() -> None:
    source = read("a: [x] # X\nb: y # Y\n").tree
    values = {"a": [{"c": 1}], "b": {"d": 1}}
    assert dump(keep_comments(values, source)) == "a:\n  # X\n  - c: 1\nb:  # Y\n  d: 1\n"


def test_a_comment_above_the_first_field_of_an_item_goes_above_its_dash() -> None:
    tree = read("m:\n  - a: 1\n    # about b\n    b: x\n").tree
    del tree["m"][0]["a"]
    assert dump(tree) == "m:\n  # about b\n  - b: x\n"


def test_a_comment_does_not_slip_into_the_block_above_it() -> None:
    tree = Mapping([("a", Sequence(["x\ny", "z\nz\n"])), ("b", "1\n2")])
    tree.notes["b"] = Note(("# before b", ""), "# behind b")
    tree["a"].notes[1] = Note(("", "# before z"))
    tree.foot = ("# foot",)
    assert load(dump(tree).encode()) == tree
    assert dump(read(dump(tree)).tree) == dump(tree)


comments = st.from_regex(r"#[a-z#: '\"|\[\]{}-]{0,8}[a-z]", fullmatch=True)
notes = st.builds(
    Note,
    st.lists(st.one_of(comments, st.just("")), max_size=3).map(tuple),
    st.one_of(st.just(""), comments),
)


@given(trees, st.data())
def test_comments_anywhere_change_no_content_and_survive(
    values: dict[str, object], data: st.DataObject
) -> None:
    tree = keep_comments(values, Mapping())
    _annotate(tree, data)
    text = dump(tree)
    assert same(load(text.encode()), values)
    again = dump(read(text).tree)
    assert sorted(_notes(read(again).tree)) == sorted(_notes(read(text).tree))
    assert all(text.count(note) <= again.count(note) for note in _notes(tree))


def _annotate(tree: Mapping, data: st.DataObject) -> None:
    for key, value in tree.items():
        tree.notes[key] = data.draw(notes)
        if isinstance(value, list):
            tree[key] = Sequence(value)
            tree[key].notes = {at: data.draw(notes) for at in range(len(value))}
        elif isinstance(value, dict):
            tree[key] = keep_comments(value, Mapping())
            tree[key].notes = {name: data.draw(notes) for name in value}


def _notes(tree: object) -> list[str]:
    found: list[str] = []
    if isinstance(tree, Mapping | Sequence):
        for note in tree.notes.values():
            found += [line for line in (*note.before, note.after) if line]
        for inner in tree.values() if isinstance(tree, Mapping) else tree:
            found += _notes(inner)
    return found
