"""What a sheet says: every text that must be read on whatever is printed of it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any


def said(data: Any) -> Iterator[str]:
    """The texts of plain data, in order: words in each language, and what people wrote.

    A value says what its kind shows; the rest of it is empty. On a plain sheet a place that has a
    name says no code.
    """
    for part in data["parts"]:
        yield from _words(part["title"])
        for row in part["rows"]:
            yield from _words(row["label"])
            value = row["value"]
            named = data["plain"] and value["kind"] == "place" and value["words"]
            yield from _value({**value, "text": ""} if named else value)


def _words(label: Any) -> Iterator[str]:
    yield from (text for _, text in label)


def _value(value: Any) -> Iterator[str]:
    yield from _words(value["words"])
    yield from [value["text"]] if value["text"] else []
    for tick in value["ticks"]:
        yield from _words(tick["label"])
    yield from value["items"]
    for column in value["columns"]:
        yield from _words(column)
    for row in value["rows"]:
        for cell in row:
            yield from _value(cell)
    for part in value["parts"]:
        yield from _words(part["label"])
        yield from _value(part["value"])
    for gap in value["gaps"]:
        yield from _words(gap)


class Page(HTMLParser):
    """An HTML page taken apart: its elements with their attributes' names, and its texts."""

    def __init__(self, page: str) -> None:
        """Everything below the body; the style above it holds a font of half a megabyte."""
        super().__init__()
        self.elements: set[str] = set()
        self.texts: list[str] = []
        self.comments = 0
        self.feed(page[page.index("<body>") :])
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.add(" ".join([tag, *sorted(name for name, _ in attrs)]))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if data.strip():
            self.texts.append(data.strip())

    def handle_comment(self, data: str) -> None:
        """Count a comment: a sheet has none."""
        self.comments += 1
