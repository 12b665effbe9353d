"""A staff made of signed entries in memory, for tests of the folds."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tipcase import age, sshsig
from tipcase.journal import card as cards
from tipcase.journal.card import Card
from tipcase.journal.entry import Entry, FileVersion, Signed, sign
from tipcase.journal.fold import CaseFold, fold
from tipcase.journal.ops import generation_name
from tipcase.journal.roster import Roster

CASE = "K7Q2-M9TX"
TIME = "2026-01-05T08:00:00Z"
RECIPIENT = "age1" + "q" * 58


def key(handle: str, number: int = 0) -> sshsig.SigningKey:
    return sshsig.SigningKey.from_seed(hashlib.sha256(f"{handle} {number}".encode()).digest())


@cache
def card(handle: str, number: int = 0, keys: str = "x25519") -> Card:
    seed = hashlib.sha256(f"{handle} {number}".encode()).digest()
    recipient = str(age.identity_from_seed(keys, seed).recipient)
    return cards.make(handle, keys, recipient, key(handle, number))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def generation(name: str = "one") -> dict[str, str]:
    pair = {kind: "age1" + sha(name + kind)[:58].translate(_BECH) for kind in _KINDS}
    return {"name": generation_name(pair["ordinary"], pair["restricted"]), **pair}


_KINDS = ("ordinary", "restricted")
_BECH = str.maketrans("b1", "cc")


@dataclass
class Staffing:
    """The entries of a staff journal and of one case, each signed with the right next number."""

    staff: list[Signed] = field(default_factory=list)
    case: list[Signed] = field(default_factory=list)
    _numbers: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict)
    _keys: dict[str, int] = field(default_factory=dict)

    def entry(
        self,
        place: str,
        op: str,
        signer: str,
        data: dict[str, Any],
        parents: list[Signed],
        seen: list[Signed] | None = None,
        *,
        device: str = "",
        by: sshsig.SigningKey | None = None,
        **fields: Any,
    ) -> Signed:
        device = device or f"{signer}aaaaaaaa"[:8].replace("1", "2").replace("0", "2")
        seq, prev = self._numbers.get((signer, device), (0, None))
        made = Entry(
            casebook=self.staff[0].id if self.staff else None,
            case=place,
            op=op,
            device=device,
            seq=seq + 1,
            prev=prev,
            parents=tuple(sorted(s.id for s in parents)),
            staff=tuple(sorted(s.id for s in (seen or []))),
            time=TIME,
            signer=signer,
            data=data,
        )
        signed = sign(
            dataclasses.replace(made, **fields), by or key(signer, self._keys.get(signer, 0))
        )
        if by is None and not fields:
            self._numbers[signer, device] = (seq + 1, signed.id)
        (self.staff if place == "staff" else self.case).append(signed)
        return signed

    # -- the staff --

    def init(self, signer: str = "cw1", roles: tuple[str, ...] = ("admin", "supervisor")) -> Signed:
        data = {
            "card": card(signer).as_json(),
            "recovery": card("recovery").as_json(),
            "roles": list(roles),
        }
        return self.entry("staff", "init", signer, data, [])

    def add(self, signer: str, handle: str, roles: str, *parents: Signed, **extra: Any) -> Signed:
        data = {"card": card(handle).as_json(), "roles": roles.split()}
        return self.entry("staff", "staff-add", signer, data, list(parents), **extra)

    def remove(
        self, signer: str, handle: str, *parents: Signed, heads: Any = (), **extra: Any
    ) -> Signed:
        data = {"handle": handle, "seen": {CASE: [s.id for s in heads]} if heads else {}}
        return self.entry("staff", "staff-remove", signer, data, list(parents), **extra)

    def keys(self, signer: str, new: Card, *parents: Signed, **extra: Any) -> Signed:
        return self.entry("staff", "keys", signer, {"card": new.as_json()}, list(parents), **extra)

    def roster(self, pinned: str | None = None) -> Roster:
        return Roster(self.staff, pinned=pinned)

    # -- a case --

    def new(self, signer: str, seen: Signed, team: str = "", **extra: Any) -> Signed:
        data = {
            "opened": "2026-01-05",
            "stage": "identification",
            "number": 1,
            "phase": None,
            "team": [{"handle": h, "restricted": True} for h in (team or signer).split()],
            "generation": generation(),
            "wraps": [],
        }
        return self.entry(CASE, "new", signer, data, [], [seen], **extra)

    def put(
        self,
        signer: str,
        seen: Signed,
        *parents: Signed,
        path: str = "profile.yaml.age",
        text: str = "one",
        previous: tuple[str, ...] = (),
        op: str = "put",
        **extra: Any,
    ) -> Signed:
        version = FileVersion(path, sha(text), tuple(sorted(map(sha, previous))), "ordinary")
        return self.act(signer, op, {}, seen, *parents, files=(version,), **extra)

    def act(
        self,
        signer: str,
        op: str,
        data: dict[str, Any],
        seen: Signed,
        *parents: Signed,
        **extra: Any,
    ) -> Signed:
        files = extra.pop("files", ())
        device = extra.get("device", "")
        signed = self.entry(CASE, op, signer, data, list(parents), [seen], files=files, **extra)
        if not extra.keys() - {"device"}:
            number = device or signed.entry.device
            self._numbers[signer, number] = (signed.entry.seq, signed.id)
        return signed

    def advance(
        self, signer: str, to: str, number: int, seen: Signed, *parents: Signed, **extra: Any
    ) -> Signed:
        data = {
            "from": "identification",
            "stage": to,
            "number": number,
            "phase": None,
            "complete": True,
            "decision": None,
        }
        return self.act(signer, "advance", data, seen, *parents, **extra)

    def grant(self, signer: str, handle: str, seen: Signed, *parents: Signed) -> Signed:
        data = {"team": [{"handle": handle, "restricted": False}], "wraps": []}
        return self.act(signer, "grant", data, seen, *parents)

    def revoke(self, signer: str, handle: str, seen: Signed, *parents: Signed) -> Signed:
        data = {"handles": [handle], "generation": None, "wraps": []}
        return self.act(signer, "revoke", data, seen, *parents)

    def fold(self, **extra: Any) -> CaseFold | None:
        return fold(self.case, self.roster(), CASE, **extra)

    def state(self) -> CaseFold:
        found = self.fold()
        assert found is not None
        return found

    def texts(self) -> list[tuple[str, bool]]:
        return [(problem.text, problem.damage) for problem in self.state().problems]


def office() -> tuple[Staffing, Signed]:
    """cw1 founds; cw2 is a supervisor, cw3 a caseworker, cw4 an auditor; the last staff entry."""
    made = Staffing()
    last = made.init()
    for handle, roles in (("cw2", "supervisor"), ("cw3", "caseworker"), ("cw4", "auditor")):
        last = made.add("cw1", handle, roles, last)
    return made, last
