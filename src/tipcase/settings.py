"""The environment's door, and the settings of a casebook, each declared once.

``SPEC`` says for every setting its values, its default and its meaning; the docs and
``tipcase settings`` print it from here. A threshold of closure has its default in the edition, and
a casebook can set its own as ``readiness.NAME``.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

from tipcase.errors import MachineError, UsageError

# The value of a setting that lists names, where it lists none.
NO_NAMES = "none"
# Two people know each other: a number that stands for fewer than three hides nobody.
LEAST_THRESHOLD = 3
# Nobody has a thousand to spare: a number that stands for more would never be printed.
MOST_THRESHOLD = 1000
_NAMES = re.compile(r"[a-z][a-z0-9-]{0,40}(,[a-z][a-z0-9-]{0,40}){0,29}")


class Setting(NamedTuple):
    """One setting of a casebook: its name, the values it takes, its default, its meaning."""

    name: str
    values: tuple[str, ...]  # empty: any whole number from 1 up, or names
    default: str  # empty: what the edition says
    meaning: str
    # Names with commas between them; which names there are, the edition says.
    names: bool = False
    # The least and the most of a whole number.
    least: int = 1
    most: int = 10_000

    def parse(self, text: str) -> str | int | bool:
        """The value that a person's text means; ``UsageError`` when it is none of the values."""
        word = text.strip().lower()
        if self.names:
            return self._listed(word)
        if self.values:
            if word not in self.values:
                raise UsageError(
                    f"{self.name} takes one of: {', '.join(self.values)}",
                    f"tipcase settings {self.name}={self.default}",
                )
            return word == "yes" if set(self.values) == {"yes", "no"} else word
        if not word.isascii() or not word.isdigit() or not self.least <= int(word) <= self.most:
            raise UsageError(
                f"{self.name} takes a whole number from {self.least} to {self.most}",
                f"tipcase settings {self.name}={self.default or 2}",
            )
        return int(word)

    def takes(self, value: object) -> bool:
        """Whether a value, as a casebook holds it, is one that ``parse`` gives."""
        if isinstance(value, bool):
            return set(self.values) == {"yes", "no"}
        if isinstance(value, int):
            return not self.values and not self.names and self.least <= value <= self.most
        if self.names:
            return isinstance(value, str) and bool(_NAMES.fullmatch(value))
        return isinstance(value, str) and value in self.values and self.parse(value) == value

    def _listed(self, text: str) -> str:
        listed = [word for word in text.replace(",", " ").split() if word != NO_NAMES]
        words = ",".join(dict.fromkeys(listed)) or NO_NAMES
        if _NAMES.fullmatch(words) is None:
            raise UsageError(
                f"{self.name} takes names with commas between them, or {NO_NAMES}",
                f"tipcase settings {self.name}={self.default}",
            )
        return words

    @property
    def default_value(self) -> str | int | bool | None:
        """The default as a value; None where the edition has it."""
        return self.parse(self.default) if self.default else None


SPEC: tuple[Setting, ...] = (
    Setting(
        "framework",
        ("directive-009", "none"),
        "directive-009",
        "whether cases carry the phases of Directive 009 (shelters with a ministry agreement)",
    ),
    Setting("language", ("en", "km"), "en", "language of findings and labels on the screen"),
    Setting("form_language", ("en", "km", "both"), "both", "language of printed forms"),
    Setting(
        "official_forms",
        ("yes", "no"),
        "no",
        "the office's own forms are the ministry's official ones: leave out the line that says no",
    ),
    Setting(
        "form_signatures",
        (),
        NO_NAMES,
        "places to sign that forms leave out by themselves, such as that of an office: their names",
        names=True,
    ),
    Setting(
        "commit",
        ("yes", "no"),
        "yes",
        "make a git commit after every command that wrote, where the casebook is a repository",
    ),
    Setting(
        "closing_confirmed",
        ("yes", "no"),
        "no",
        "closing a case takes a second person, who confirms it with a key of their own",
    ),
    Setting(
        "publish_threshold",
        (),
        "11",
        "people that a number must stand for in a report that anybody may see",
        least=LEAST_THRESHOLD,
        most=MOST_THRESHOLD,
    ),
    Setting(
        "network_threshold",
        (),
        "5",
        "people that a number must stand for in a report for the network of providers",
        least=LEAST_THRESHOLD,
        most=MOST_THRESHOLD,
    ),
    Setting("readiness.visits_in_row", (), "", "visits in a row that show a criterion as met"),
    Setting("readiness.months_spanned", (), "", "months that those visits span"),
    Setting("readiness.informant_kinds", (), "", "kinds of people heard, the survivor among them"),
    Setting("readiness.evidence_age_days", (), "", "days after which evidence is too old"),
    Setting(
        "readiness.contact_attempts", (), "", "attempts to reach somebody before contact is lost"
    ),
    Setting("readiness.contact_days_spanned", (), "", "days that those attempts span"),
)
BY_NAME = {setting.name: setting for setting in SPEC}


def home() -> Path:
    """The person's own folder of tipcase: ``TIPCASE_HOME``, else ``.tipcase`` in their home."""
    named = os.environ.get("TIPCASE_HOME")
    if named:
        return folder() / named
    try:
        return Path.home() / ".tipcase"
    except RuntimeError:
        raise MachineError(
            "this machine does not say where your home folder is",
            "name a folder for your keys: export TIPCASE_HOME=DIR",
        ) from None


def folder() -> Path:
    """The folder that the command was started in; ``MachineError`` when it is gone."""
    try:
        return Path.cwd()
    except OSError:
        raise MachineError(
            "the folder that you are in is gone", "go to another one: cd ~"
        ) from None


def identity_named() -> str | None:
    """The identity file that ``TIPCASE_IDENTITY`` names, if any."""
    return os.environ.get("TIPCASE_IDENTITY") or None


def language_named() -> str | None:
    """The language that ``TIPCASE_LANG`` names; ``UsageError`` when it is neither en nor km."""
    word = os.environ.get("TIPCASE_LANG")
    if not word:
        return None
    if word not in ("en", "km"):
        raise UsageError("TIPCASE_LANG takes one of: en, km", "export TIPCASE_LANG=en")
    return word


def colour_wanted() -> bool:
    """Whether the environment allows colour (``NO_COLOR`` and a dumb terminal forbid it)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def editor() -> str | None:
    """The person's editor: ``VISUAL``, else ``EDITOR``."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or None


def completion_asked() -> bool:
    """Whether a shell is asking for completions instead of running a command."""
    return "_TIPCASE_COMPLETE" in os.environ


def ram_folder() -> Path | None:
    """A folder in RAM where plaintext may stand for a while, or None where there is none."""
    # Both are in RAM; a folder of our own is made inside, private, and checked before each use.
    candidates = [os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm"]  # noqa: S108 - not used itself
    if sys.platform == "win32" or sys.platform == "darwin":
        return None
    for candidate in candidates:
        if candidate and os.path.isdir(candidate) and os.access(candidate, os.W_OK):
            return Path(candidate) / f"tipcase-{os.getuid()}"
    return None


def ram_folders() -> tuple[Path, ...]:
    """Every folder that ``ram_folder`` gives to this person in one session or another."""
    if sys.platform == "win32" or sys.platform == "darwin":
        return ()
    # A session without XDG_RUNTIME_DIR (su, cron, ssh without PAM) meets what another one left.
    usual = (f"/run/user/{os.getuid()}", "/dev/shm")  # noqa: S108 - as above
    found = (os.environ.get("XDG_RUNTIME_DIR"), *usual)
    return tuple(dict.fromkeys(Path(one) / f"tipcase-{os.getuid()}" for one in found if one))
