"""What printing costs: our PDF beside WeasyPrint on the same sheets, and whether it grows evenly.

WeasyPrint gets our own HTML of the same sheets; where it is not installed, its row is left out and
said. The long run is a process of its own: it counts processor time and its own peak of memory.
"""

from __future__ import annotations

import importlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Row

if TYPE_CHECKING:
    from tipcase.forms import Document
    from tipcase.law.dossier import Dossier
    from tipcase.law.edition import Edition

DAY = date(2026, 10, 15)
CODES = ("P4-host", "S1b", "S1c", "S2c")
"""Sheets of one to four pages: with the longest, WeasyPrint alone would take minutes."""

LONG, SHORT = 1000, 100
CHUNK = 50
_RUN = "from benchmarks.forms import long_run; long_run({})"


def printing(_: Path) -> Iterator[Row]:
    """Rows of side by side, of time and of memory."""
    row = beside_weasyprint()
    if row is None:
        sys.stderr.write("forms: WeasyPrint is not installed, its row is left out\n")
    else:
        yield row
    # A machine's pace wanders by a tenth within minutes, so the halves of one run are compared.
    first, second, peak = _apart(LONG)
    least = _apart(SHORT)[2]
    yield Row(
        f"a form of the second half of {LONG:,}, as PDF, processor time",
        second, "one of the first half", first, 1.1, LONG // CHUNK,
    )  # fmt: skip
    yield Row(
        f"{LONG:,} forms as PDF, peak of memory", peak, f"{SHORT} forms", least, 1.6, 1, unit="MB"
    )


def beside_weasyprint() -> Row | None:
    """Our PDF and WeasyPrint's of the same sheets in Khmer and English; None without it."""
    try:
        html_class = importlib.import_module("weasyprint").HTML
    except ImportError:
        return None
    from tipcase import forms

    edition, story = _sample()
    warm = _document(edition, story, CODES[0], 0)
    forms.write([warm], "pdf")
    html_class(string=forms.write([warm], "html").decode("utf-8")).write_pdf()
    pairs = []
    for number, code in enumerate(CODES, 1):
        document = _document(edition, story, code, number)
        page = forms.write([document], "html").decode("utf-8")
        begun = time.process_time()
        forms.write([document], "pdf")
        between = time.process_time()
        html_class(string=page).write_pdf()
        pairs.append((between - begun, time.process_time() - between))
    return Row(
        "a form as PDF, both languages, processor time",
        statistics.mean(ours for ours, _ in pairs),
        "WeasyPrint on the same sheets",
        statistics.mean(theirs for _, theirs in pairs),
        0.2,
        len(pairs),
    )


def long_run(count: int) -> None:
    """Print forms of that many invented cases, and say what one takes and the peak of memory.

    Seconds of the first half's and of the second half's median chunk, by form, then megabytes.
    """
    from tipcase import forms

    edition, story = _sample()
    forms.write([_document(edition, story, CODES[0], 0)], "pdf")
    chunks = []
    for start in range(1, count + 1, CHUNK):
        begun = time.process_time()
        for number in range(start, start + CHUNK):
            forms.write([_document(edition, story, CODES[number % len(CODES)], number)], "pdf")
        chunks.append((time.process_time() - begun) / CHUNK)
    half = len(chunks) // 2
    first, second = statistics.median(chunks[:half]), statistics.median(chunks[half:])
    # The system's own count of this program alone: what getrusage tells begins with the parent's.
    status = Path("/proc/self/status").read_text("utf-8")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    sys.stdout.write(f"{first} {second} {int(peak) / 1024}\n")


def _apart(count: int) -> tuple[float, float, float]:
    """What ``long_run`` says, in a process of its own."""
    words = [sys.executable, "-c", _RUN.format(count)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    first, second, peak = map(float, done.stdout.split())
    return first, second, peak


def _sample() -> tuple[Edition, Dossier]:
    """The shipped edition and an invented case made of its examples."""
    from tipcase import resources
    from tipcase.law import edition as editions
    from tipcase.law.dossier import Dossier, Record

    edition = editions.load(resources.path("schemas") / "kh-2009")
    records = []
    for name in edition.record_types:
        kind = edition.record_type(name)
        for number, example in enumerate(kind.schema["examples"], 2):
            records.append(Record(name, f"exampl{number}a" if kind.repeats else None, example))
    return edition, Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=tuple(records))


def _document(edition: Edition, story: Dossier, code: str, number: int) -> Document:
    """One form of a case that differs from all others in what people wrote."""
    from tipcase import forms
    from tipcase.law.dossier import Dossier, Record

    records = tuple(Record(one.type, one.tag, _renamed(one.data, number)) for one in story.records)
    case = Dossier(f"K7Q2-{number:04d}", "2026-01-05", "closure", records=records)
    return forms.fill(
        edition,
        case,
        code,
        lang="both",
        as_of=DAY,
        casebook_name="Example Shelter",
        include_restricted=True,
    )


def _renamed(data: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The same record with a number in its texts of more than one word."""
    return {
        name: f"{value} ({number})" if isinstance(value, str) and " " in value else value
        for name, value in data.items()
    }
