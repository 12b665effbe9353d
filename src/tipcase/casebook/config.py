"""casebook.yaml: the plain head of a casebook, signed in the staff journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tipcase import documents
from tipcase.errors import DamagedError, UsageError
from tipcase.journal.names import KEY_KINDS
from tipcase.settings import BY_NAME, NO_NAMES, SPEC

FORMAT = 1
_THRESHOLD = "readiness."


@dataclass(frozen=True)
class Config:
    """What casebook.yaml says: the office's name, the edition, the kind of keys, settings."""

    name: str
    edition: str
    keys: str
    settings: Mapping[str, str | int | bool]

    def get(self, name: str) -> str | int | bool | None:
        """The value of a setting, its default where the casebook says nothing.

        None where the default is the edition's.
        """
        return self.settings.get(name, BY_NAME[name].default_value)

    def everything(self) -> dict[str, str | int | bool | None]:
        """Every setting with its value as ``get`` gives it, in the order of their declaration."""
        return {setting.name: self.get(setting.name) for setting in SPEC}

    def names(self, name: str) -> tuple[str, ...]:
        """The names that a setting lists."""
        listed = str(self.get(name)).split(",")
        return tuple(word for word in listed if word != NO_NAMES)

    @property
    def thresholds(self) -> dict[str, int]:
        """The thresholds of closure that the casebook itself sets, by their name in the edition."""
        return {
            name.removeprefix(_THRESHOLD): int(value)
            for name, value in self.settings.items()
            if name.startswith(_THRESHOLD)
        }

    def with_setting(self, name: str, text: str) -> Config:
        """A copy with one setting changed; ``UsageError`` for an unknown name or value."""
        if name not in BY_NAME:
            raise UsageError("there is no setting of this name", "tipcase settings lists them all")
        return replace(self, settings={**self.settings, name: BY_NAME[name].parse(text)})

    def encode(self) -> bytes:
        """The bytes of casebook.yaml."""
        content = {
            "format": FORMAT,
            "name": self.name,
            "edition": self.edition,
            "keys": self.keys,
            "settings": dict(self.settings),
        }
        return documents.dump(content).encode("utf-8")


def decode(data: bytes) -> Config:
    """The head that the bytes hold; ``DamagedError`` when it is not one of format 1."""
    content = documents.load(data)
    fields = {"format", "name", "edition", "keys", "settings"}
    good = (
        set(content) == fields
        and content["format"] == FORMAT
        and isinstance(content["name"], str)
        and isinstance(content["edition"], str)
        and content["keys"] in KEY_KINDS
        and isinstance(content["settings"], dict)
        and all(
            name in BY_NAME and BY_NAME[name].takes(value)
            for name, value in content["settings"].items()
        )
    )
    if not good:
        raise DamagedError(
            "casebook.yaml is not the head of a casebook of format 1",
            "compare it with docs/format.md, or take it back from git",
        )
    return Config(content["name"], content["edition"], content["keys"], content["settings"])
