"""This device: one working copy on one machine, whose entries form one chain over all cases.

The device's file is written before the entry: it names the entry that is about to be appended. A
crash in between is seen by the next writer, who looks whether the entry is there. When the entry
that should be the tip is gone, or the journal holds numbers that the device has not given (a
restored backup), a new device starts: both chains count, and ``verify`` warns.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tipcase.casebook.naming import new_tag
from tipcase.casebook.place import Place
from tipcase.journal.entry import Signed
from tipcase.keyring.trust import Trust

_NAME = "device"


@dataclass(frozen=True)
class Tip:
    """The device's id and its last entry: number and id (0 and None before the first)."""

    device: str
    seq: int
    entry: str | None


class Device:
    """The chain of this device; used only while holding the device's lock."""

    def __init__(self, trust: Trust, book: Path) -> None:
        self._trust = trust
        self._book = book

    def tip(self, seen: Iterable[Signed]) -> Tip:
        """The tip to build on, given the entries of the place that is about to be written."""
        saved = self._trust.load(_NAME)
        if saved is None:
            return _fresh()
        tip = Tip(saved["device"], saved["seq"], saved["entry"])
        if tip.entry is not None and not self._is_there(saved, tip.entry):
            before = saved["before"]
            tip = Tip(saved["device"], before["seq"], before["entry"])
            if tip.entry is not None and not self._is_there(before, tip.entry):
                return _fresh()
        if any(s.entry.device == tip.device and s.entry.seq > tip.seq for s in seen):
            return _fresh()
        return tip

    def intend(self, tip: Tip, entry: Signed, place: Place) -> None:
        """Note the entry that is about to be appended, before it is."""
        saved = self._trust.load(_NAME)
        where = {
            "journal": place.journal_file(entry.entry.signer).relative_to(self._book).as_posix()
        }
        before = {"seq": tip.seq, "entry": tip.entry, "journal": ""}
        if saved is not None and saved["entry"] == tip.entry:
            before["journal"] = saved["journal"]
        elif saved is not None and saved["before"]["entry"] == tip.entry:
            before["journal"] = saved["before"]["journal"]
        self._trust.save(
            _NAME,
            {
                "device": tip.device,
                "seq": tip.seq + 1,
                "entry": entry.id,
                **where,
                "before": before,
            },
        )

    def _is_there(self, saved: dict[str, str], entry: str) -> bool:
        """Whether the journal that should hold the entry does (one file is read, not all)."""
        from tipcase import files
        from tipcase.errors import NotFoundError

        try:
            data = files.read(self._book / saved["journal"], "read a journal")
        except NotFoundError:
            return False
        return any(files.sha256(line.partition(b"\t")[0]) == entry for line in data.split(b"\n"))


def _fresh() -> Tip:
    return Tip(new_tag(), 0, None)


def new_record_id() -> str:
    """A random record id of 128 bits in hex."""
    return secrets.token_hex(16)
