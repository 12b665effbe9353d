"""An edition against what is known: the words it may use, the one below it, records written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tipcase.law import rules, schema
from tipcase.law.dossier import Record
from tipcase.law.edition import Edition, RecordType
from tipcase.law.findings import Severity
from tipcase.law.source import EditionError, Source, mapping, text_list
from tipcase.law.validation import validate

if TYPE_CHECKING:
    from pathlib import Path

    from tipcase.law.conflicts import Conflicts

Steps = tuple[str | int, ...]
Node = Mapping[str, Any]
# What may stand in a schema: JSON Schema 2020-12 by what its words hold, and our own annotations.
_ONE = {
    "if", "then", "else", "not", "items", "contains", "additionalProperties", "propertyNames",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
}  # fmt: skip
_SEVERAL = {"allOf", "anyOf", "oneOf", "prefixItems"}
_BY_NAME = {"properties", "patternProperties", "dependentSchemas", "$defs"}
_OURS = {
    "help", "inverse", "label", "not-required", "ours", "provisions", "record", "restricted",
    "values",
}  # fmt: skip
_PLAIN = {
    "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment",
    "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",
    "maxContains", "minContains", "maxProperties", "minProperties", "required",
    "dependentRequired", "format", "title", "description", "default", "deprecated", "readOnly",
    "writeOnly", "examples", "contentEncoding", "contentMediaType",
}  # fmt: skip
WORDS = _ONE | _SEVERAL | _BY_NAME | _PLAIN | {f"x-tipcase-{word}" for word in _OURS}
_RECORD_WORDS = {"repeats", "restricted", "label"}
_LOOKS_FOR = {"left_open", "disagreement", "concerns", "open", "heard", "documentation"}
_TOP = {
    "edition.yaml": {"name", "title", "country", "languages", "sources", "value_lists"},
    "stages.yaml": {"stages", "phases", "frameworks"},
    "common.yaml": {"$schema", "$id", "$comment", "title", "description", "$defs"},
    "closure.yaml": {"thresholds", "criteria", "duties"} | _LOOKS_FOR,
    "forms.yaml": {"forms", "words", "slots", "sets", "sharing"},
    "rules.yaml": {"rules"}, "due.yaml": {"due", "stops"}, "provisions.yaml": {"provisions"},
    "facts.yaml": {"facts", "dimensions", "lists", "words"},
    "reports.yaml": {"title", "help", "note", "publish", "dimensions", "tables"},
}  # fmt: skip
ENTRIES = (
    ("rules.yaml", "rules", "rule"),
    ("closure.yaml", "duties", "duty"),
    ("closure.yaml", "concerns", "concern"),
    ("due.yaml", "due", "due"),
)
# Every field takes the honest unknown, so a condition may ask for it anywhere.
_UNKNOWN = {"unknown", "why"}


def words(look: Conflicts) -> None:
    """Take up every word of the last folder that nothing reads: what it holds would be lost."""
    folder = look.source.folders[-1]
    for path in look.source.own_files():
        parts = path.relative_to(folder).parts
        part = parts[0] if len(parts) == 1 else f"{parts[0]}.yaml"
        raw = look.attempt(look.source.content, path) or {}
        _known(look, path, raw, _TOP.get(part, WORDS if len(parts) > 1 else set(raw)), ())
        if part == "common.yaml":
            for name, node in mapping(raw.get("$defs")).items():
                _schema_words(look, path, node, ("$defs", name))
        elif len(parts) > 1 and part in ("records.yaml", "provider.yaml"):
            _known(look, path, raw.get("x-tipcase-record"), _RECORD_WORDS, ("x-tipcase-record",))
            _inside(look, path, raw, ())
            _named(look, path, raw, parts[0])


def _tell(
    look: Conflicts, path: Path, steps: Steps, sentence: str, close: str, hint: str = ""
) -> None:
    """Take up something in this very file, whatever others of its name there are."""
    alone = Source((path.parent,))
    hint = f"did you mean {close}?" if close else hint
    look.add(alone.error_at(path.name, steps, sentence, hint))


def _closest(word: object, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(str(word), sorted(known), 1, 0.75)), "")


def _known(look: Conflicts, path: Path, node: Any, known: set[str], steps: Steps) -> None:
    for word in mapping(node):
        if word not in known:
            sentence = f"{word} means nothing here: what stands under it is not read"
            hint = "a field stands under properties:" if known is WORDS else ""
            hint = hint or "what can stand here: " + ", ".join(sorted(known))
            _tell(look, path, (*steps, word), sentence, _closest(word, known), hint)


def _schema_words(look: Conflicts, path: Path, node: Any, steps: Steps) -> None:
    _known(look, path, node, WORDS, steps)
    _inside(look, path, node, steps)


def _inside(look: Conflicts, path: Path, node: Any, steps: Steps) -> None:
    for word, value in mapping(node).items():
        if word in _ONE:
            _schema_words(look, path, value, (*steps, word))
        elif word in _SEVERAL and isinstance(value, list):
            for at, child in enumerate(value):
                _schema_words(look, path, child, (*steps, word, at))
        elif word in _BY_NAME:
            for name, child in mapping(value).items():
                _schema_words(look, path, child, (*steps, word, name))


def _named(look: Conflicts, path: Path, raw: Node, kind: str) -> None:
    """Take up the fields that are named where there are none."""
    name = f"{kind}/{path.name}"
    try:
        full = look.edition.record_type(path.stem).schema
        lower = Source(look.source.folders[:-1] or look.source.folders).read(name)
    except (EditionError, LookupError):
        return  # told already
    _required(look, path, raw, full, full["$defs"], ())
    _not_required(look, path, raw, lower, ())


def _required(look: Conflicts, path: Path, raw: Any, full: Node, defs: Node, steps: Steps) -> None:
    raw = mapping(raw)
    if not raw:
        return
    there = mapping(full.get("properties")) or mapping(raw.get("properties"))
    for name in text_list(raw.get("required")):
        if name not in there and not (steps and name in _UNKNOWN):
            sentence = f"requires {name}, which is no field here"
            _tell(look, path, (*steps, "required", name), sentence, _closest(name, there))
    for name, child in mapping(raw.get("properties")).items():
        below = schema.plain_branch(mapping(there.get(name)), defs)
        _required(look, path, child, below, defs, (*steps, "properties", name))
    for word in ("items", "contains"):
        below = schema.plain_branch(mapping(full.get("items")), defs)
        _required(look, path, raw.get(word), below, defs, (*steps, word))
    for word in ("if", "then", "else", "not"):
        _required(look, path, raw.get(word), full, defs, (*steps, word))
    for word in ("allOf", "anyOf", "oneOf"):
        several = raw.get(word)
        for at, child in enumerate(several if isinstance(several, list) else []):
            _required(look, path, child, full, defs, (*steps, word, at))


def _not_required(look: Conflicts, path: Path, raw: Any, lower: Any, steps: Steps) -> None:
    raw, lower = mapping(raw), mapping(lower)
    asked = {*_asked(lower), *_asked(raw)}
    for name in text_list(raw.get("x-tipcase-not-required")):
        if name not in asked:
            sentence = f"{name} is not required here, so that nothing is taken away"
            place = (*steps, "x-tipcase-not-required", name)
            _tell(look, path, place, sentence, _closest(name, asked))
    for name, child in mapping(raw.get("properties")).items():
        below = mapping(lower.get("properties")).get(name)
        _not_required(look, path, child, below, (*steps, "properties", name))
    if "items" in raw:
        _not_required(look, path, raw["items"], lower.get("items"), (*steps, "items"))


def _asked(node: Node) -> Iterator[str]:
    yield from text_list(node.get("required"))
    conditions = node.get("allOf")
    for one in conditions if isinstance(conditions, list) else []:
        for word in ("then", "else"):
            yield from text_list(mapping(mapping(one).get(word)).get("required"))


def edition_below(look: Conflicts, base: Edition) -> None:
    """Take up what is turned, lost or loosened against the edition below."""
    for stage in base.stages:
        now = next((s for s in look.edition.stages if s.name == stage.name), stage)
        if now.number != stage.number:
            sentence = f"the stage {stage.name} has number {stage.number} in its files' names"
            hint = "leave the number; after: STAGE moves a stage"
            look.at("stages.yaml", ("stages", stage.name, "number"), sentence, hint)
    for name in base.all_types:
        if not look.owns(look.edition.file_of(name)) and not look.owns("common.yaml"):
            continue
        try:
            _type_against(look, base.record_type(name), look.edition.record_type(name))
        except EditionError:
            continue  # told already
    before = {rule.id: rule for rule in base.rules}
    for entry in look.raw("rules.yaml", "rules"):
        known = before.get(str(entry.get("id")))
        if known and known.severity == "blocks" and entry.get("severity") == "advises":
            sentence = f"{known.id} only advises here; below it blocks"
            look.at("rules.yaml", ("rules", known.id, "severity"), sentence, "", "advises")


def _type_against(look: Conflicts, was: RecordType, now: RecordType) -> None:
    file = look.edition.file_of(now.name)
    for flag in ("repeats", "restricted"):
        if getattr(was, flag) != getattr(now, flag):
            sentence = f"{flag} is turned against the edition below, which records follow"
            hint = f"leave {flag} out, or make a record type of another name"
            look.at(file, ("x-tipcase-record", flag), sentence, hint)
    for before in was.fields:
        field = now.field(before.path)
        if field is None:
            continue
        steps = _steps(before.path)
        if before.restricted and not field.restricted and not was.restricted:
            sentence = f"the field {before.path} is restricted below and open here"
            look.at(file, (*steps, "x-tipcase-restricted"), sentence, "leave it restricted")
        if before.kind != field.kind:
            sentence = f"the field {before.path} was {before.kind} and is {field.kind} here"
            look.at(file, steps, sentence, "records may hold what was right before", "advises")
        if before.required and not field.required and before.provisions:
            sentence = f"{before.path} is no longer needed; {before.provisions[0]} asks for it"
            above = steps[:-2]
            look.at(file, (*above, "x-tipcase-not-required"), sentence, "", "advises")
        for value in before.values:
            if value not in field.values:
                _value_lost(look, file, now.name, before.path, value)
        _value_new(look, file, before.path, tuple(before.values), tuple(field.values))


def _value_lost(look: Conflicts, file: str, name: str, path: str, value: str) -> None:
    users = ", ".join(_users(look, name, path, value))
    sentence = f"takes the value {value} away from {path}"
    steps = (*_steps(path), "enum")
    if users:
        look.at(file, steps, f"{sentence}, which is used by {users}", f"keep {value}")
    else:
        hint = "to add a value without repeating the others, write only its label"
        look.at(file, steps, sentence, hint, "advises")


def _value_new(
    look: Conflicts, file: str, path: str, before: tuple[str, ...], now: tuple[str, ...]
) -> None:
    from difflib import get_close_matches

    for value in now if before else ():
        close = get_close_matches(value, before, 1, 0.8)
        if value not in before and close:
            steps = (*_steps(path), "x-tipcase-values", value)
            sentence = f"adds the value {value} to {path}"
            look.at(file, steps, sentence, f"did you mean {close[0]}?", "advises")


def _users(look: Conflicts, name: str, path: str, value: str) -> Iterator[str]:
    """What compares the field with the value: rules, duties, dues, forms, conditions."""
    field = path.replace("[]", "").rpartition(".")[2]
    quoted = re.compile(rf"""['"]{re.escape(value)}['"]""")
    for part, key, word in ENTRIES:
        for entry in look.raw(part, key):
            text = " ".join(str(entry.get(k, "")) for k in ("when", "holds", "done"))
            outcome = (name, field) == (rules.CLOSURE, "outcome")
            bound = outcome and value in text_list(entry.get("outcomes"))
            if bound or (field in text and quoted.search(text)):
                yield f"{word} {entry.get('id', '')}"
    forms = look.source.read("forms.yaml").get("forms")
    for code, form in forms.items() if isinstance(forms, dict) else ():
        prefer = mapping(mapping(form).get("prefer"))
        if form.get("about") == name and prefer.get("value") == value:
            yield f"form {code}"
    if _conditioned(look.edition.record_type(name).schema.get("allOf"), field, value):
        yield f"a condition of {name}"


def records_written(look: Conflicts, records: Iterable[Record]) -> None:
    """Look at records that were written under the law so far: how many fit no longer.

    What the edition below does not take either only advises: it may be a field that the office
    itself had added and has taken away again. Nothing is said of whose they are.
    """
    misfits: dict[tuple[Severity, str, str, str], int] = {}
    for record in records:
        for key in _misfits(look, record):
            misfits[key] = misfits.get(key, 0) + 1
    for (severity, kind, path, sentence), count in misfits.items():
        number = "1 record has" if count == 1 else f"{count} records have"
        if not path:
            look.add(EditionError(f"{number} the type {kind}, {sentence}"))
            continue
        hint = "keep what records hold, or change them first"
        told = f"{number} something in {path} that does not fit: {sentence}"
        look.at(look.edition.file_of(kind), _steps(path), told, hint, severity)


def records_kept(look: Conflicts, kept: Iterable[tuple[str, bool, bool]]) -> None:
    """Look at how records are kept, by type, whether tagged and whether restricted.

    A type of the edition below that is turned was told without looking at any record.
    """
    turned: dict[tuple[str, str], int] = {}
    for name, *flags in kept:
        if name in look.edition.all_types and (not look.base or name not in look.base.all_types):
            row = look.edition.record_type(name)
            for flag, was in zip(("repeats", "restricted"), flags, strict=True):
                if getattr(row, flag) != was:
                    turned[name, flag] = turned.get((name, flag), 0) + 1
    for (name, flag), count in turned.items():
        number = "1 record is" if count == 1 else f"{count} records are"
        sentence = f"{flag} is turned, and {number} kept the other way"
        hint = f"turn {flag} back, or make a record type of another name"
        look.at(look.edition.file_of(name), ("x-tipcase-record", flag), sentence, hint)


def _misfits(look: Conflicts, record: Record) -> set[tuple[Severity, str, str, str]]:
    if record.type not in look.edition.all_types:
        return {("blocks", record.type, "", "which this edition does not have")}
    row = look.edition.record_type(record.type)
    before = set()
    if look.base is not None and record.type in look.base.all_types:
        below = look.base.record_type(record.type)
        before = {(f.field, f.rule) for f in validate(below, record.data, complete=False)}
    return {
        (
            "advises" if (f.field, f.rule) in before else "blocks",
            record.type,
            row.general(f.field),
            f.message.en,
        )
        for f in validate(row, record.data, complete=False)
    }


def _steps(path: str) -> Steps:
    """The steps in a schema to the field at a dotted path."""
    steps: list[str | int] = []
    for part in path.split("."):
        steps += ["properties", part.removesuffix("[]")]
        steps += ["items"] * part.endswith("[]")
    return tuple(steps)


def _conditioned(node: Any, field: str, value: str) -> bool:
    if isinstance(node, list):
        return any(_conditioned(item, field, value) for item in node)
    if not isinstance(node, dict):
        return False
    own = mapping(mapping(node.get("properties")).get(field))
    words = [own.get("const"), *(own.get("enum") or []), mapping(own.get("contains")).get("const")]
    return value in words or any(_conditioned(child, field, value) for child in node.values())
