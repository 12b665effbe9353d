"""What an admin signs, changed on two machines: settings are joined, texts are left to an admin."""

from __future__ import annotations

import pytest

from tests.casebook.clones import Pair
from tests.casebook.world import TIME
from tipcase.casebook import staff
from tipcase.casebook.book import HEAD, Book


@pytest.fixture
def pair(pair: Pair) -> Pair:
    """Both machines are the admin's."""
    pair.two.me = pair.one.me
    return pair


def settle(pair: Pair, one: dict[str, str], two: dict[str, str]) -> list[str]:
    """Change settings on both machines and join them; the warnings."""
    staff.change_settings(pair.one.book(), one, pair.one.me, TIME)
    pair.one.commit()
    staff.change_settings(pair.two.book(), two, pair.two.me, TIME)
    pair.two.commit()
    pair.join()
    assert HEAD in pair.one.unmerged()
    warnings = pair.one.merge().warnings
    assert not pair.one.unmerged()
    pair.one.git("commit", "--quiet", "--no-edit")
    return warnings


def test_settings_of_two_admins_are_joined_and_signed(pair: Pair) -> None:
    assert settle(pair, {"language": "km"}, {"form_language": "en"}) == []
    config = pair.one.book().config
    assert (config.get("language"), config.get("form_language")) == ("km", "en")
    assert len(pair.one.book().signed_files[HEAD]) == 1
    assert pair.one.damage() == []
    pair.give_back()
    assert pair.two.book().config == config


@pytest.mark.soak
def test_where_they_chose_differently_what_was_in_force_stays(pair: Pair) -> None:
    [warning] = settle(pair, {"form_language": "km"}, {"form_language": "en"})
    assert "tipcase settings form_language=VALUE" in warning
    assert pair.one.book().config.get("form_language") == "both"
    assert pair.one.damage() == []


@pytest.mark.soak
def test_who_is_no_admin_leaves_one_signed_version_in_force(pair: Pair) -> None:
    staff.change_settings(pair.one.book(), {"language": "km"}, pair.one.me, TIME)
    pair.one.commit()
    staff.change_settings(pair.two.book(), {"form_language": "en"}, pair.two.me, TIME)
    pair.two.commit()
    pair.join()
    report = pair.one.merge_without_key()
    assert any("an admin joins" in text for text in report.warnings)
    assert not pair.one.unmerged()
    book = Book(pair.one.root, pair.one.home)
    book.check()
    assert len(book.signed_files[HEAD]) == 2
    assert pair.one.merge().warnings == []
    assert len(pair.one.book().signed_files[HEAD]) == 1


@pytest.mark.soak
def test_marks_in_a_signed_text_never_count(pair: Pair) -> None:
    for clone, text in ((pair.one, "one\n"), (pair.two, "two\n")):
        target = clone.root / "templates" / "letter.html"
        target.parent.mkdir()
        target.write_text(text)
        staff.accept(Book(clone.root, clone.home), clone.me, TIME)
        clone.commit()
    pair.join()
    assert b"<<<<<<<" in (pair.one.root / "templates" / "letter.html").read_bytes()
    [warning] = pair.one.merge().warnings
    assert "settings --accept" in warning
    assert not pair.one.unmerged()
    pair.one.book().check()
    assert (pair.one.root / "templates" / "letter.html").read_text() in ("one\n", "two\n")
