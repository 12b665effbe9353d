"""Random edits of two people who do not see each other, joined by real git: no edit is lost.

What each side changed is noted field by field by the test itself. Afterwards each change stands in
the record, or among the values of a conflict of its field. Where one side was removed meanwhile,
the same holds once the other has adopted its work.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.casebook import clones
from tests.casebook.clones import Clone, Pair
from tests.casebook.world import TIME
from tipcase.casebook import change, staff, team
from tipcase.casebook.case import Case
from tipcase.casebook.change import Move
from tipcase.casebook.merge import aside
from tipcase.casebook.merge.objects import Objects
from tipcase.keyring import person as people

SOAK = os.environ.get("TIPCASE_SOAK") == "1"
PAIRS = 500 if SOAK else 2
LINES = ("full_name", "full_name_latin", "preferred_name", "photo_kept_at")
KINDS = ("nickname", "alias", "false-passport")
CW3 = people.generate("cw3", "x25519")


@pytest.fixture(scope="module")
def template(together: Pair, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    pair = clones.copied(together, tmp_path_factory.mktemp("pair"))
    pair.one.put("profile", {**clones.NAMES, "other_names": [item("abcdefg2", "Old Invented")]})
    pair.one.put("note", {"happened_on": "2026-01-06", "text": "old"})
    pair.one.put("health", {"happened_on": "2026-01-06", "summary": "old"})
    staff.add(pair.one.book(), staff.card_of(CW3), ["caseworker"], pair.one.me, TIME)
    team.grant(pair.one.book(), pair.one.case_id, ["cw3"], pair.one.me, TIME)
    pair.one.commit()
    pair.give_back()
    return pair


def item(key: str, name: str) -> dict[str, str]:
    return {"id": key, "kind": "alias", "name": name}


@dataclass
class Writer:
    """One side: what it did, by record and dotted field, as the test saw it."""

    clone: Clone
    name: str
    chance: Random
    wrote: dict[tuple[str, str], Any] = field(default_factory=dict)
    count: int = 0

    def fresh(self) -> str:
        self.count += 1
        return f"{self.name}{self.count} Invented"

    def work(self) -> None:
        acts = [self.profile, self.profile, self.names, self.note, self.old_note, self.health]
        acts += [self.advance, self.skip, self.first]
        if self.name == "one":
            acts += [self.rekey, self.drop_cw3, self.remove_cw3]
        for act in self.chance.choices(acts, k=self.chance.randint(1, 4)):
            act()
            if self.chance.random() < 0.5:
                self.clone.commit()
        self.clone.commit()

    def _put(self, kind: str, data: Mapping[str, Any], tag: str | None = None) -> str:
        return self.clone.put(kind, data, tag).path

    def _set(self, kind: str, changes: Mapping[str, Any], tag: str | None = None) -> None:
        data = {**self.clone.read(kind, tag), **changes}
        path = self._put(kind, data, tag)
        self.wrote |= {(path, name): value for name, value in changes.items()}

    def profile(self) -> None:
        names = self.chance.sample(LINES, self.chance.randint(1, 3))
        self._set("profile", {name: self.fresh() for name in names})

    def names(self) -> None:
        """Add, change or take away an item of a list."""
        found = list(self.clone.read("profile").get("other_names", []))
        what = self.chance.choice(["add", "change", "remove"])
        if what == "add" or not found:
            key = "".join(self.chance.choices("abcdefgh", k=7)) + "2"
            found.append(item(key, self.fresh()))
            changed = (key, found[-1]["name"])
        else:
            at = self.chance.randrange(len(found))
            key = found[at]["id"]
            if what == "change":
                found[at] = {**found[at], "name": self.fresh()}
                changed = (key, found[at]["name"])
            else:
                del found[at]
                changed = (key, None)
        path = self._put("profile", {**self.clone.read("profile"), "other_names": found})
        self.wrote[path, f"other_names.{changed[0]}"] = changed[1]

    def note(self) -> None:
        text = self.fresh()
        path = self._put("note", {"happened_on": "2026-01-07", "text": text})
        self.wrote[path, "text"] = text

    def old_note(self) -> None:
        [tag] = [
            tag
            for tag in self.clone.case().tags("note")
            if self.clone.read("note", tag)["happened_on"] == "2026-01-06"
        ]
        self._set("note", {"text": self.fresh()}, tag)

    def health(self) -> None:
        tags = self.clone.case().tags("health")
        self._set("health", {"summary": self.fresh()}, tags[0] if tags else None)

    def first(self) -> None:
        """A single record that each side may be the first to write."""
        data: dict[str, Any] = {"happened_on": "2026-01-08"}
        if self.clone.case().find("identification", None):
            data = self.clone.read("identification")
        name = self.chance.choice(("interviewer", "interview_place"))
        data[name] = self.fresh()
        path = self._put("identification", data)
        self.wrote[path, name] = data[name]

    def advance(self) -> None:
        with change.editing(self.clone.book(), self.clone.case_id, self.clone.me) as case:
            stages = [stage.name for stage in case.book.edition.stages]
            at = case.fold.number
            to = min(at + self.chance.randint(1, 2), len(stages))
            if to > at:
                move = Move(case.fold.stage, stages[to - 1], to, None, complete=True)
                change.advance(case, move, None, self.clone.me, TIME)

    def skip(self) -> None:
        reason = {"happened_on": "2026-01-09", "kind": "skip", "reason": self.fresh()}
        with change.editing(self.clone.book(), self.clone.case_id, self.clone.me) as case:
            change.skip(case, "follow-up", "not-applicable", reason, self.clone.me, TIME)

    def rekey(self) -> None:
        again = self.chance.random() < 0.5
        book = self.clone.book()
        team.rekey(book, self.clone.case_id, self.clone.me, TIME, reencrypt=again)

    def drop_cw3(self) -> None:
        if "cw3" in self.clone.case().fold.team:
            again = self.chance.random() < 0.5
            book, case_id = self.clone.book(), self.clone.case_id
            team.revoke(book, case_id, ["cw3"], self.clone.me, TIME, reencrypt=again)

    def remove_cw3(self) -> None:
        self.remove("cw3")

    def remove(self, handle: str) -> None:
        if handle in self.clone.book().roster.now:
            staff.remove(self.clone.book(), handle, self.clone.me, TIME)
        if handle in self.clone.case().fold.team:
            team.revoke(self.clone.book(), self.clone.case_id, [handle], self.clone.me, TIME)


def check(clone: Clone, *sides: Writer) -> None:
    """Every change of every side stands in its record or in a conflict of its field."""
    case = clone.case()
    for side in sides:
        for (path, name), value in side.wrote.items():
            content = case.read(path, clone.me)
            others = [o.wrote.get((path, name)) for o in sides if o is not side]
            said = {
                one.value
                for conflict in content.header.conflicts
                if conflict.field == name
                or conflict.field.startswith(f"{name}.")
                or name.startswith(f"{conflict.field}.")
                for one in values(conflict.values, name, conflict.field)
            }
            standing = at(content.data, name)
            assert standing == value or value in said, (path, name, side.name)
            if any(other not in (None, value) for other in others) and value is not None:
                assert value in said, f"{path} {name}: a true conflict is shown"


@dataclass(frozen=True)
class Value:
    value: Any


def values(found: Any, name: str, where: str) -> list[Value]:
    """The plain values of a conflict; of an item its name, and None where it was taken away."""
    told = []
    for said in found:
        value = said.value
        if isinstance(value, dict):
            value = value.get("name")
        elif isinstance(value, list):
            value = at({"other_names": value}, name)
        elif not isinstance(value, str):
            value = None
        told.append(Value(value))
    return told


def at(data: Mapping[str, Any], name: str) -> Any:
    first, _, key = name.partition(".")
    if not key:
        return data.get(first)
    return next((i["name"] for i in data.get(first, []) if i["id"] == key), None)


@pytest.mark.parametrize("seed", range(PAIRS))
@pytest.mark.sampled(2)
def test_no_edit_is_lost(template: Pair, tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    pair = clones.copied(template, tmp_path)
    one, two = Writer(pair.one, "one", chance), Writer(pair.two, "two", chance)
    one.work()
    two.work()
    removed = chance.random() < 0.15
    if removed:
        one.remove("cw2")
        pair.one.commit()
    if not removed and chance.random() < 0.5:
        pair = Pair(pair.two, pair.one)
    pair.join(chance.choice(["merge", "rebase", "cherry-pick"]))
    report = pair.finish()
    assert not report.left
    if removed:
        check(pair.one, one)
        waiting = [found.entry for found in aside.waiting(pair.one.case())]
        assert waiting
        with change.editing(pair.one.book(), pair.one.case_id, pair.one.me, "adopt") as case:
            chosen = aside.choose(case, waiting)
            aside.adopt(case, chosen, Objects(pair.one.root), pair.one.me, TIME)
        assert not pair.one.merge().left
        pair.one.commit()
    check(pair.one, one, two)
    assert pair.one.damage() == []
    pair.give_back()
    assert pair.two.damage() == []
    mine, yours = ({**c.believed()} for c in (pair.one, pair.two))
    if removed:
        for told in (mine, yours):
            told[pair.one.case_id] = told[pair.one.case_id]["heads"]
    assert mine == yours
    for clone in (pair.one, pair.two):
        assert clone.git("status", "--porcelain") == ""
        assert not Case(clone.book(), clone.case_id).damage
