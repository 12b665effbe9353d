"""Dotted paths: what they name, what they make, and that they show no value."""

from __future__ import annotations

from typing import Any

import pytest

from tipcase.documents import get, parse_path, read, set_value
from tipcase.errors import NotFoundError, UsageError

C = "Kanaryanora"


def tree() -> dict[str, Any]:
    return {
        "name": C,
        "safe_contact": {"phone": C},
        "none": None,
        "members": [{"id": "abcdefg2", "name": C}, {"id": "23456789", "tags": ["x", "y"]}],
    }


@pytest.mark.parametrize(("text", "path"), [
    ("name", ("name",)), ("safe_contact.phone", ("safe_contact", "phone")),
    ("members.0.name", ("members", 0, "name")), ("members.12", ("members", 12)),
    ("members.abcdefg2", ("members", "abcdefg2")), ("members.23456789", ("members", "23456789")),
])  # fmt: skip
def test_parts_of_a_path(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize("text", [
    "", ".", "a.", ".a", "a..b", "A", "a-b", "a b", f"{C}", "a[0]", "-1", "a.-1", "01", "a.1x",
    "ឈ្មោះ", "a\n", "1234567", "a.b" * 99, ".".join("a" * 33), "__class__", "a=b", "１",
])  # fmt: skip
def test_what_is_no_path_is_a_usage_error_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_path(text)
    assert C not in str(caught.value) and caught.value.hint


def test_what_stands_at_a_path() -> None:
    assert get(tree(), "safe_contact.phone") == C
    assert get(tree(), "members.0.name") == C
    assert get(tree(), "members.1.tags.1") == "y"
    assert get(tree(), "members.abcdefg2.name") == C
    assert get(tree(), "members.23456789.tags.0") == "x"
    assert get(tree(), ()) == tree()


@pytest.mark.parametrize("path", [
    "missing", "safe_contact.missing", "name.first", "members.2", "members.zzzzzzzz",
    "members.name", "none.x", "safe_contact.0", "members.0.name.0",
])  # fmt: skip
def test_what_stands_nowhere_is_not_found(path: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        get(tree(), path)
    assert C not in str(caught.value) + caught.value.hint


def test_setting_changes_that_place_alone_and_makes_what_is_missing() -> None:
    changed = tree()
    set_value(changed, "safe_contact.phone", "new")
    set_value(changed, "members.abcdefg2.name", "new")
    set_value(changed, "members.1.tags.0", "new")
    set_value(changed, "none.deep.deeper", "new")
    set_value(changed, "fresh", "new")
    expected = tree()
    expected["safe_contact"]["phone"] = expected["members"][0]["name"] = "new"
    expected["members"][1]["tags"][0] = expected["fresh"] = "new"
    expected["none"] = {"deep": {"deeper": "new"}}
    assert changed == expected


@pytest.mark.parametrize(("path", "error"), [
    ("name.first", UsageError), ("members.0.name.x", UsageError), ("0", UsageError),
    ("safe_contact.0", UsageError), ("safe_contact.0.x", UsageError), ("missing.0", UsageError),
    ("members.2", NotFoundError), ("members.2.name", NotFoundError),
    ("members.name", NotFoundError), ("members.zzzzzzzz.name", NotFoundError),
    ("members.1.tags.2", NotFoundError),
    ("safe_contact.23456789", UsageError),
])  # fmt: skip
def test_setting_what_cannot_be_there_is_refused(path: str, error: type[Exception]) -> None:
    before = tree()
    with pytest.raises(error) as caught:
        set_value(before, path, C)
    assert C not in str(caught.value)
    assert before["members"] == tree()["members"] and before["name"] == C


def test_paths_work_on_what_was_read() -> None:
    document = read("a:\n  - id: abcdefg2\n    b: c # d\n")
    set_value(document.tree, "a.abcdefg2.b", "e")
    assert get(document.tree, "a.0.b") == "e"
