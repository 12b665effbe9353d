"""A kind of record, as an edition describes it: its schema in force and its fields."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tipcase.law import schema as schemas
from tipcase.law.findings import Text

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator


@dataclass(frozen=True, eq=False)
class RecordType:
    """A kind of record: its schema in force and what is known of its fields.

    ``number`` is the stage's, ``None`` for records that belong to no stage; ``of_provider`` marks
    what the provider records of itself, not of a person. ``schema`` is self-contained and accepts
    an honest unknown in every field; ``examples[0]`` is a full record.
    """

    name: str
    of_provider: bool
    number: int | None
    repeats: bool
    restricted: bool
    label: Text
    schema: schemas.Schema

    @cached_property
    def fields(self) -> tuple[schemas.Field, ...]:
        """Every field in order, parents before their children."""
        return schemas.fields(self.schema)

    @cached_property
    def validators(self) -> dict[bool, Draft202012Validator]:
        """What ``validation`` has compiled of the schema: for drafts, and for what is complete."""
        return {}

    @cached_property
    def _by_path(self) -> dict[str, schemas.Field]:
        return {field.path: field for field in self.fields}

    def field(self, path: str) -> schemas.Field | None:
        """The field at ``path``; items of lists by index, id or ``[]``: ``family.0.name``."""
        return self._by_path.get(path) or self._by_path.get(self.general(path))

    def general(self, path: str) -> str:
        """The path with ``[]`` for each item of a list: ``family[].name``."""
        general = ""
        for part in path.split("."):
            deeper = f"{general}.{part}" if general else part
            in_list = general in self._by_path and self._by_path[general].kind == "list"
            general = f"{general}[]" if in_list and deeper not in self._by_path else deeper
        return general

    @property
    def example(self) -> dict[str, Any]:
        """A full, valid, invented record; ``{}`` where the edition has none."""
        examples = self.schema.get("examples") or [{}]
        return dict(examples[0])
