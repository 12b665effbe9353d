"""An edition: everything that a ministry could change, as one value.

``load`` only finds the files. Each part is read when it is first asked for and then kept, so that a
command that needs one record type does not parse all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipcase.errors import NotFoundError
from tipcase.law import schema as schemas
from tipcase.law.findings import Text
from tipcase.law.record_type import RecordType
from tipcase.law.shapes import Shape, Vocabulary, snake
from tipcase.law.source import PARTS, EditionError, Source, misdescribed, read_carefully, text_list
from tipcase.law.stages import Phase, Stage, ordered, read_stage

if TYPE_CHECKING:
    # Only named in annotations: rules and closure are compiled when first asked for.
    from tipcase.law.deadlines import Schedule
    from tipcase.law.rules import Closure, Rule


@dataclass(frozen=True, eq=False)
class Edition:
    """The law as data, read from folders; use ``load``."""

    source: Source

    @cached_property
    def _about(self) -> dict[str, Any]:
        return self.source.read("edition.yaml")

    @property
    def name(self) -> str:
        """The edition's name, ``kh-2009``."""
        return str(self._about.get("name") or self.source.folders[0].name)

    @property
    def title(self) -> Text:
        """The edition's title."""
        return Text.of(self._about.get("title"))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that every text of the edition should have; ``en`` is always one."""
        return text_list(self._about.get("languages")) or ("en", "km")

    @cached_property
    def _stage_data(self) -> dict[str, Any]:
        return self.source.read("stages.yaml")

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in their order."""
        found = [read_stage(self.source, entry) for entry in self._entries("stages")]
        names = {stage.name for stage in found}
        numbers = {stage.number for stage in found}
        if not found or len(names) < len(found) or len(numbers) < len(found):
            raise self.source.error("stages.yaml", "has no stages, or two with one name or number")
        return ordered(self.source, sorted(found, key=lambda stage: stage.number))

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {stage.name: place for place, stage in enumerate(self.stages)}

    def position(self, stage: str) -> int:
        """The place of a stage in the order, from 0; ``NotFoundError`` if there is none."""
        return self._positions[self.stage(stage).name]

    def _entries(self, key: str) -> list[dict[str, Any]]:
        entries = self._stage_data.get(key) or []
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise self.source.error("stages.yaml", f"{key} is no list of mappings", near=[key])
        return entries

    def stage(self, name: str) -> Stage:
        """The stage called ``name``; ``NotFoundError`` if there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        names = ", ".join(stage.name for stage in self.stages)
        raise NotFoundError("there is no such stage", f"the stages are {names}")

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The phases, in order; empty where the edition knows none."""
        return tuple(
            Phase(str(p.get("name", "")), Text.of(p.get("label")), text_list(p.get("provisions")))
            for p in self._entries("phases")
        )

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks of phases that an office may follow."""
        return text_list(self._stage_data.get("frameworks"))

    def phase_of(self, stage: str, framework: str) -> str | None:
        """The phase a stage stands in under ``framework``; ``None`` is valid (857/9.0)."""
        return self.stage(stage).phases.get(framework)

    @cached_property
    def record_types(self) -> tuple[str, ...]:
        """The names of a case's record types: the stages in order, then the others."""
        names = self.source.type_names("records")
        stages = tuple(stage.name for stage in self.stages)
        for name in stages:
            if name not in names:
                raise self.source.error(
                    "stages.yaml", f"the stage {name} has no records/{name}.yaml", near=[name]
                )
        return stages + tuple(name for name in names if name not in stages)

    @cached_property
    def provider_types(self) -> tuple[str, ...]:
        """The names of the record types in which a provider records its own duties."""
        names = self.source.type_names("provider")
        for name in names:
            if name in self.record_types:
                raise self.source.error(
                    f"provider/{name}.yaml",
                    "has the name of a case's record type",
                    near=["$schema"],
                )
        return names

    @property
    def all_types(self) -> tuple[str, ...]:
        """Every record type: a case's, then the provider's."""
        return self.record_types + self.provider_types

    def record_type(self, name: str) -> RecordType:
        """The record type called ``name``; ``NotFoundError`` if there is none."""
        if name not in self._loaded:
            if name not in self.record_types and name not in self.provider_types:
                names = ", ".join(self.all_types)
                raise NotFoundError("there is no such record type", f"the types are {names}")
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def file_of(self, name: str) -> str:
        """The file of a record type, as ``source`` takes it."""
        of_case = name in self.record_types or name not in self.provider_types
        return f"{'records' if of_case else 'provider'}/{name}.yaml"

    @cached_property
    def _loaded(self) -> dict[str, RecordType]:
        return {}

    @cached_property
    def _common(self) -> schemas.Schema:
        return schemas.common_defs(self.source.read("common.yaml"))

    def _load(self, name: str) -> RecordType:
        file = self.file_of(name)
        raw = self.source.read(file)
        about = raw.get("x-tipcase-record")
        if not isinstance(about, dict):
            raise self.source.error(file, "has no x-tipcase-record", near=["$schema"])
        for steps, sentence in misdescribed(raw, ()):
            raise self.source.error_at(file, steps, sentence)
        schema, lost = schemas.loaded(raw, self._common)
        for ref in lost:
            place = ref.rsplit("/", 1)[-1]
            raise self.source.error(file, "refers to a definition that is not there", near=[place])
        lost_in = schemas.circle(schema["$defs"])
        if lost_in:
            sentence = f"the definition {lost_in} leads back to itself"
            raise self.source.error_at("common.yaml", ("$defs", lost_in), sentence)
        number = next((stage.number for stage in self.stages if stage.name == name), None)
        return RecordType(
            name=name,
            of_provider=name not in self.record_types,
            number=number,
            repeats=bool(about.get("repeats")),
            restricted=bool(about.get("restricted")),
            label=Text.of(about.get("label", name)),
            schema=schema,
        )

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The names that expressions of this edition may use."""
        return Vocabulary(
            record_types=self.record_types,
            repeats=lambda name: self.record_type(name).repeats,
            shape_of=self._shape,
            stages=tuple(stage.name for stage in self.stages),
            phases=tuple(phase.name for phase in self.phases),
        )

    @cached_property
    def provider_vocabulary(self) -> Vocabulary:
        """The names that expressions about the provider's own records may use."""
        return Vocabulary(
            record_types=self.provider_types,
            repeats=lambda name: self.record_type(name).repeats,
            shape_of=self._shape,
            stages=(),
            phases=(),
        )

    def has_field(self, record_type: str, path: str) -> bool:
        """Whether a type has the field ``path``, looking along that path only."""
        shape: Shape | None = self._shape(record_type)
        for part in path.replace("[]", "").split("."):
            if shape is not None and shape.kind == "list":
                shape = shape.item()
            shape = shape.child(part) if shape is not None else None
        return shape is not None

    @cached_property
    def _shapes(self) -> dict[str, Shape]:
        return {}

    def _shape(self, name: str) -> Shape:
        if name not in self._shapes:
            schema = self.record_type(name).schema
            self._shapes[name] = Shape.of(schema, schema["$defs"])
        return self._shapes[name]

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The gates and rules across records, checked and compiled."""
        from tipcase.law.rules import load_rules

        return load_rules(self)

    @cached_property
    def closure(self) -> Closure:
        """The criteria, thresholds and duties of closing a case."""
        from tipcase.law.rules import load_closure

        return load_closure(self)

    @cached_property
    def schedule(self) -> Schedule:
        """What is due when, checked and compiled."""
        from tipcase.law.deadlines import load_schedule

        return load_schedule(self)

    @cached_property
    def forms_data(self) -> dict[str, Any]:
        """The content of ``forms.yaml`` as it stands; ``{}`` where there is none."""
        return self.source.read("forms.yaml")

    @cached_property
    def facts_data(self) -> dict[str, Any]:
        """What is taken from a case to be counted, as it stands; ``{}`` where there is none."""
        return self.source.read("facts.yaml")

    @cached_property
    def reports(self) -> tuple[str, ...]:
        """The names of the reports; ``source`` reads each as ``reports/NAME.yaml``."""
        return self.source.names("reports")

    @cached_property
    def provisions(self) -> tuple[dict[str, Any], ...]:
        """The entries of ``provisions.yaml``, in order: id, heading, carried_by, reason."""
        entries = self.source.read("provisions.yaml").get("provisions") or []
        if not isinstance(entries, list) or not all(
            isinstance(entry, dict)
            and "id" in entry
            and isinstance(entry.get("carried_by") or [], list)
            for entry in entries
        ):
            sentence = "has an entry without an id, or with a carried_by that is no list"
            raise self.source.error("provisions.yaml", sentence)
        return tuple(entries)


def load(folders: Sequence[Path] | Path) -> Edition:
    """Open the edition in ``folders``; a later folder wins field by field.

    Errors: ``EditionError`` (with file, line and column where they are known) here or when the part
    that is wrong is first asked for; ``check`` asks for everything.
    """
    return Edition(Source.of(folders))


def check(edition: Edition) -> None:
    """Read and compile every part, so that whatever is wrong in an edition is told.

    The files of the last folder are also read by the careful reader, which takes seconds for a
    whole edition and finds keys that stand twice.
    """
    from tipcase.law.validation import validator

    for path in edition.source.own_files():
        read_carefully(path.read_bytes(), path)
    for name in edition.all_types:
        record_type = edition.record_type(name)
        try:
            validator(record_type, complete=True)
        except ValueError:
            file = edition.file_of(name)
            raise edition.source.error(file, "is no JSON Schema", near=["$schema"]) from None
    _ = edition.rules, edition.closure, edition.schedule, edition.provisions, edition.forms_data
    _ = (
        edition.facts_data,
        [edition.source.read(f"reports/{name}.yaml") for name in edition.reports],
    )


__all__ = [
    "PARTS",
    "Edition",
    "EditionError",
    "Phase",
    "RecordType",
    "Stage",
    "check",
    "load",
    "snake",
]
