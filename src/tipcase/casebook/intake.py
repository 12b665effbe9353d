"""What somebody wrote, made ready to be a record: typed by the schema, judged, comments kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tipcase import documents
from tipcase.casebook.case import Case
from tipcase.casebook.merge.choices import MARK
from tipcase.casebook.naming import new_tag, record_name
from tipcase.casebook.record import HEADER, body
from tipcase.errors import ConflictError, NotFoundError, UsageError
from tipcase.journal.names import PROVIDER
from tipcase.keyring.person import Person

if TYPE_CHECKING:
    from tipcase.law import Edition, Finding, RecordType


@dataclass(frozen=True)
class Draft:
    """A record's content before it is written: typed data with comments, and what is wrong."""

    data: Mapping[str, Any] = field(repr=False)
    findings: tuple[Finding, ...]


def record_type(edition: Edition, name: str, case: str | None = None) -> RecordType:
    """The record type of this name; ``NotFoundError`` names those that there are.

    With ``case``, only a type that belongs there: the provider's own records stand in ``provider``.
    """
    names = edition.all_types if case is None else types_of(edition, case)
    if name in names:
        return edition.record_type(name)
    if name in edition.all_types:
        where = "a case" if case == PROVIDER else "the provider"
        raise UsageError(f"this is a record of {where}", "tipcase schema lists them all")
    import difflib

    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "tipcase schema lists them"
    raise NotFoundError("there is no record type of this name", hint)


def types_of(edition: Edition, case: str) -> tuple[str, ...]:
    """The record types that stand in a case, or in ``provider``."""
    return edition.provider_types if case == PROVIDER else edition.record_types


def draft(edition: Edition, kind: str, written: Any, case: str, tag: str | None = None) -> Draft:
    """Type and judge what ``documents.read`` read; items of lists get their ids."""
    from tipcase import law

    row = record_type(edition, kind, case)
    # Somebody may hand back what stock age showed: the header is ours and is left out.
    root = documents.Mapping((k, v) for k, v in written.items() if k != HEADER)
    root.notes, root.foot = getattr(written, "notes", {}), getattr(written, "foot", ())
    _drop_told(root)
    typed, _ = law.type_values(row.schema, root)
    _give_ids(row.schema, typed, row.schema.get("$defs", {}))
    findings = law.validate(row, typed, complete=False, case=case, record=record_name(kind, tag))
    return Draft(documents.keep_comments(typed, root), findings)


def _drop_told(node: Any) -> None:
    """Take out, in place, what ``show`` told of open conflicts below a record."""
    for key, note in list(getattr(node, "notes", {}).items()):
        node.notes[key] = note._replace(before=_not_told(note.before))
    if isinstance(node, documents.Mapping):
        node.foot = _not_told(node.foot)
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            _drop_told(inner)


def _not_told(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in lines if not line.startswith(MARK))


def existing(case: Case, kind: str, tag: str | None, person: Person) -> Any:
    """The record as a document with its comments, or an empty one where there is none."""
    path = case.find(kind, tag)
    if path is None:
        return documents.Mapping()
    text = body(case.plaintext(path, person))
    return documents.read(text).tree if text.strip() else documents.Mapping()


def chosen_tag(case: Case, kind: RecordType, tag: str | None, person: Person) -> str | None:
    """The tag that STAGE without a tag means: the only record, or the latest by happening.

    Raises ``NotFoundError`` where a repeating type has no record yet.
    """
    if not kind.repeats:
        if tag is not None:
            raise UsageError(f"there is only one {kind.name} in a case", f"name it {kind.name}")
        return None
    tags = case.tags(kind.name)
    if tag is not None:
        if tag not in tags:
            raise NotFoundError(
                f"{case.id} has no {kind.name} of this tag", f"tipcase show {case.id}"
            )
        return tag
    if not tags:
        raise NotFoundError(
            f"{case.id} has no {kind.name} yet", f"tipcase put {case.id} {kind.name} FILE"
        )
    if len(tags) == 1:
        return tags[0]
    dossier, _ = case.read_all(person)
    latest = dossier.single(kind.name)
    return latest.tag if latest is not None else tags[-1]


def only_tag(case: Case, kind: RecordType, tag: str | None) -> str | None:
    """The tag to write to: a repeating type with several records wants it named."""
    if tag is None and kind.repeats and len(case.tags(kind.name)) > 1:
        raise UsageError(
            f"{case.id} has several {kind.name} records",
            f"name one: {kind.name}/{case.tags(kind.name)[0]}",
        )
    if tag is None and kind.repeats and not case.tags(kind.name):
        raise NotFoundError(
            f"{case.id} has no {kind.name} yet", f"tipcase put {case.id} {kind.name} FILE"
        )
    if tag is None and kind.repeats:
        return case.tags(kind.name)[0]
    if tag is not None and (not kind.repeats or tag not in case.tags(kind.name)):
        raise NotFoundError(f"{case.id} has no {kind.name} of this tag", f"tipcase show {case.id}")
    return tag


def value_of(text: str, kind: str) -> Any:
    """A field's value from text: lists, mappings and the honest unknown are written as YAML."""
    opening = text.lstrip()[:1]
    if opening in "{[" and opening and (kind in ("list", "object") or "unknown" in text[:40]):
        return documents.read(f"value: {text}").tree["value"]
    return documents.Scalar(text, False)


def kind_of(row: RecordType, path: Sequence[str | int]) -> str:
    """The kind of the field at a path ("" where the schema has none)."""
    spelled = ""
    for step in path:
        if isinstance(step, int):
            spelled += "[]"
        else:
            spelled += f".{step}" if spelled else step
    found = row.field(spelled)
    return found.kind if found is not None else ""


def clear(tree: dict[str, Any], path: str) -> None:
    """Remove a field; ``NotFoundError`` where nothing stands."""
    steps = documents.parse_path(path)
    documents.get(tree, steps)
    parent: Any = documents.get(tree, steps[:-1]) if len(steps) > 1 else tree
    last = steps[-1]
    if isinstance(parent, list):
        named = isinstance(last, str)
        left = documents.kept(
            parent, lambda at, item: item.get("id") != last if named else at != last
        )
        documents.set_value(tree, steps[:-1], left)
    else:
        del parent[last]


def _give_ids(node: Mapping[str, Any], value: Any, defs: Mapping[str, Any]) -> None:
    """Give every item of a list of mappings its id, where the schema has one."""
    plain = _plain(node, defs)
    if isinstance(value, dict):
        for name, child in plain.get("properties", {}).items():
            if name in value:
                _give_ids(child, value[name], defs)
    elif isinstance(value, list):
        item_schema = _plain(plain.get("items", {}), defs)
        # An id that is no text is told as such when the record is judged.
        ids = [item.get("id") for item in value if isinstance(item, dict)]
        known = [one for one in ids if isinstance(one, str)]
        if len(set(known)) < len(known):
            raise ConflictError("two items of a list have the same id", "leave the id of one out")
        for item in value:
            if isinstance(item, dict) and "id" in item_schema.get("properties", {}):
                item.setdefault("id", new_tag())
            _give_ids(plain.get("items", {}), item, defs)


def _plain(node: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a field without the honest unknown, its reference followed."""
    inner = node.get("else", node)
    ref = inner.get("$ref", "")
    if isinstance(ref, str) and ref.startswith("#/$defs/"):
        found: Mapping[str, Any] = defs.get(ref.removeprefix("#/$defs/"), {})
        return found
    plain: Mapping[str, Any] = inner
    return plain
