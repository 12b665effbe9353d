"""What is due as an iCalendar file (RFC 5545): days and case ids, and nothing else.

A telephone sends its calendar to whoever runs its cloud, and shows it on the locked screen. So an
event has the case's id for a title and neither words, place nor reminder; the file does not even
name the program that wrote it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tipcase.law.dates import Interval

if TYPE_CHECKING:
    from tipcase.law.schedule import Due

# Octets of a line without its end.
_LONGEST = 75
_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//due//EN")


def calendar(found: Iterable[Due], casebook: str, as_of: date, stamp: datetime) -> bytes:
    """The calendar: one event for each case and day, however much is due of it then.

    What is late or was never recorded stands on ``as_of``; a date that is known in part is all the
    days it may mean. ``stamp`` (UTC) is when the file was made; nothing else differs between two
    runs on the same facts.
    """
    events = sorted({(_days(item, as_of), item.case) for item in found})
    lines = [*_HEAD]
    for days, case in events:
        lines += _event(days, case, casebook, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(part + b"\r\n" for line in lines for part in _folded(line))


def _days(item: Due, as_of: date) -> Interval:
    if item.days is None or item.state == "late":
        return Interval(as_of, as_of)
    return item.days


def _event(days: Interval, case: str, casebook: str, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_uid(casebook, case, days)}"
    yield f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{days.earliest:%Y%m%d}"
    # The end is the first day that is no longer part of it.
    yield f"DTEND;VALUE=DATE:{days.latest + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{case}"
    yield "CLASS:PRIVATE"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _uid(casebook: str, case: str, days: Interval) -> str:
    named = "\n".join((casebook, case, days.earliest.isoformat(), days.latest.isoformat()))
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _folded(line: str) -> Iterator[bytes]:
    """The line in pieces that are short enough; each but the first begins with a space."""
    rest, lead = line.encode(), b""
    while len(lead) + len(rest) > _LONGEST:
        cut = _LONGEST - len(lead)
        while rest[cut] & 0xC0 == 0x80:  # never inside a character
            cut -= 1
        yield lead + rest[:cut]
        rest, lead = rest[cut:], b" "
    yield lead + rest


__all__ = ["calendar"]
