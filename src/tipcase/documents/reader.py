"""The careful reader: what a person wrote becomes a Document, or a refusal with line and column.

Rules: one mapping in UTF-8, and nothing of YAML that could mean something other than what is seen:
no anchors, aliases, tags, merge keys, directives, further documents, or control characters. The
limits hold while the events stream by, before anything is built, so that a hostile text costs
little. No message of the library is ever passed on, because its messages quote the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .comments import Entry, attach
from .content import Document, DocumentError, Mapping, Scalar, Sequence
from .limits import MAX_BYTES, MAX_DEPTH, MAX_KEY, MAX_NODES, VALUE_CONTROL

if TYPE_CHECKING:
    from collections.abc import Iterator

_RAW_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
# Readers of YAML 1.1 and 1.2 disagree about whether a line ends here, so that a comment to one is
# content to the other. As escapes inside quotes, which is how we write them, they are plain.
_SEPARATORS = re.compile("[\x85\u2028\u2029]")

_UTF8_HINT = "save the text as UTF-8"
_BLOCKS = ("|", ">")

# What the library says when it gives up, by a fragment of its own wording, never passed on.
_TROUBLES = (
    ("'\\t'", "a tab stands where only spaces may", "indent with spaces"),
    ("unexpected end of stream", "a quotation mark is never closed", "close it with the same mark"),
    (
        "mapping values are not allowed",
        "a colon stands where no field can begin",
        "put quotation marks around a text that holds a colon and a space",
    ),
    (
        "could not find expected ':'",
        "a field has no colon",
        "write each field as its name, a colon, a space and the value",
    ),
    ("expected <block end>", "the indentation does not fit", "line up the fields of a level"),
    ("unknown escape", "an unknown escape stands in double quotation marks", "write \\\\ for \\"),
)


def read(text: str | bytes) -> Document:
    """Read one document strictly; every scalar stays the text that was written.

    Raises ``DocumentError``, with line and column, for anything that is not exactly one plain
    mapping within the limits of ``content``.
    """
    source = _without_padding(decoded(text))
    separator = "a line separator that readers disagree about stands in the text"
    _refuse_match(_SEPARATORS, source, separator, "make it an ordinary line end")
    _refuse_directives(source)
    builder = _Builder(source)
    for event in _events(source):
        builder.take(event)
    if builder.root is None:
        raise DocumentError("the text is empty", 1, 1, "write fields, each with a value")
    attach(source, builder.entries, builder.spans, builder.root)
    return Document(builder.root)


def decoded(text: str | bytes) -> str:
    """Text from bytes in UTF-8 or from a string, with line feeds as its only line ends.

    A byte order mark at the start and Windows line ends are taken off; control characters other
    than line end, tab and U+0085, and lone surrogates, are refused.
    """
    source = _from_utf8(text) if isinstance(text, bytes) else text
    source = source.removeprefix("\ufeff").replace("\r\n", "\n")
    if len(source) > MAX_BYTES or len(source.encode("utf-8", "replace")) > MAX_BYTES:
        raise DocumentError(f"the text is longer than {MAX_BYTES // 2**20} MiB")
    _refuse_match(_RAW_CONTROL, source, "a control character stands in the text", "delete it")
    return source


def _refuse_match(signs: re.Pattern[str], source: str, sentence: str, hint: str) -> None:
    found = signs.search(source)
    if found:
        raise _refusal(source, found.start(), sentence, hint)


def _without_padding(source: str) -> str:
    """The text without a record's padding, which the library would walk through line by line."""
    end = source.rstrip("\n")
    return f"{end}\n" if end.endswith("\n...") else source


def _from_utf8(text: bytes) -> str:
    if len(text) > MAX_BYTES:
        raise DocumentError(f"the text is longer than {MAX_BYTES // 2**20} MiB")
    bad = 0
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = error.start
    # Raised out here so that the decoder's error, which holds the whole text, is not its context.
    before = text[:bad].decode("utf-8")
    raise _refusal(before, len(before), "the text is not UTF-8", _UTF8_HINT)


def _refuse_directives(source: str) -> None:
    at = 0 if source.startswith("%") else source.find("\n%") + 1
    if not at and not source.startswith("%"):
        return
    line = source[at:].split("\n", 1)[0]
    if line.rstrip() != "%YAML 1.2" or "\n%" in source[at:]:
        raise _refusal(source, at, "a directive stands in the text", "delete the line")


def _events(source: str) -> Iterator[Any]:
    """The library's parsing events; whatever it throws becomes a refusal of our own."""
    from ruamel.yaml import YAML  # 27 ms; a batch that only loads records never needs it

    stream = YAML(typ="safe", pure=True).parse(source)
    while True:
        trouble: tuple[str, int] | None = None
        try:
            event = next(stream, None)
        except Exception as error:  # the library throws many kinds, and all of them quote the text
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            trouble = (str(getattr(error, "problem", "")), mark.pointer if mark else -1)
        if trouble is not None:
            # Outside the handler, so that the library's error is not the context of ours.
            raise _explained(source, *trouble)
        if event is None:
            return
        yield event


def _explained(source: str, problem: str, at: int) -> DocumentError:
    sentence, hint = "the text is not YAML that can be read", "compare it with the example"
    for fragment, known, advice in _TROUBLES:
        if fragment in problem:
            sentence, hint = known, advice
            break
    return _refusal(source, at, sentence, hint) if at >= 0 else DocumentError(sentence, hint=hint)


def _refusal(source: str, at: int, sentence: str, hint: str = "") -> DocumentError:
    return DocumentError(sentence, *_line_column(source, at), hint=hint)


def _line_column(source: str, at: int) -> tuple[int, int]:
    return source.count("\n", 0, at) + 1, at - source.rfind("\n", 0, at)


class _Builder:
    """Takes events one by one, refuses what we do not want, and builds the tree of the rest."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.root: Mapping | None = None
        self.entries: list[Entry] = []
        self.spans: list[tuple[int, int]] = []
        self._stack: list[Mapping | Sequence] = []
        self._keys: list[str | None] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._guard(event)
            self._scalar(event)
        elif kind == "MappingStartEvent":
            self._guard(event)
            self._open(event, Mapping())
        elif kind == "SequenceStartEvent":
            self._guard(event)
            self._open(event, Sequence())
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._stack.pop()
            self._keys.pop()
        elif kind == "AliasEvent":
            raise self._refuse(event, "an alias (*) stands here", "write the value out")
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise self._refuse(event, "a second document begins here", "keep only one")

    def _refuse(self, event: Any, sentence: str, hint: str = "") -> DocumentError:
        return _refusal(self.source, event.start_mark.pointer, sentence, hint)

    def _guard(self, event: Any) -> None:
        """The limits and refusals that concern every node."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._refuse(event, f"there are more than {MAX_NODES} values")
        if event.anchor is not None:
            raise self._refuse(event, "an anchor (&) stands here", "delete it")
        if event.ctag is not None:
            raise self._refuse(event, "a tag (!) stands here", "delete it, or quote the text")

    def _open(self, event: Any, made: Mapping | Sequence) -> None:
        if not self._stack:
            if not isinstance(made, Mapping):
                raise self._refuse(event, "a list stands where fields are expected")
            self.root = made
        elif len(self._stack) >= MAX_DEPTH:
            raise self._refuse(event, f"values are nested more than {MAX_DEPTH} deep")
        else:
            self._put(event, made)
        self._stack.append(made)
        self._keys.append(None)

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.pointer, event.end_mark.pointer
        value = Scalar(event.value, plain=event.style is None)
        if VALUE_CONTROL.search(value):
            raise self._refuse(event, "an escape gives a control character", "delete it")
        if event.style in _BLOCKS:
            # The header may carry a comment; only what stands below it is text.
            start = self.source.find("\n", start) + 1
        self.spans.append((start, end))
        if not self._stack:
            raise self._refuse(event, "a single text stands where fields are expected")
        if isinstance(self._stack[-1], Mapping) and self._keys[-1] is None:
            self._key(event, value)
        else:
            self._put(event, value)

    def _key(self, event: Any, key: Scalar) -> None:
        mapping = self._stack[-1]
        assert isinstance(mapping, Mapping)
        if key == "":
            raise self._refuse(event, "a field has no name", "write a name before the colon")
        if key.plain and key == "<<":
            raise self._refuse(event, "a merge key (<<) stands here", "write the fields out")
        if len(key) > MAX_KEY:
            raise self._refuse(event, f"a field's name is longer than {MAX_KEY} characters")
        if key in mapping:
            first = mapping.places[key][0]
            raise self._refuse(
                event, f"the field stands here again, first in line {first}", "keep one of the two"
            )
        name = str(key)
        # Held open until the value comes, so that a value's own error cannot be a duplicate.
        mapping[name] = None
        mapping.places[name] = _line_column(self.source, event.start_mark.pointer)
        self._keys[-1] = name
        self.entries.append(Entry(event.start_mark.pointer, mapping, name))

    def _put(self, event: Any, value: Any) -> None:
        holder = self._stack[-1]
        if isinstance(holder, Mapping):
            key = self._keys[-1]
            if key is None:
                raise self._refuse(event, "a field's name is not a text", "write a name")
            holder[key] = value
            self._keys[-1] = None
            return
        start = event.start_mark.pointer
        holder.places[len(holder)] = _line_column(self.source, start)
        self.entries.append(Entry(start, holder, len(holder)))
        holder.append(value)
