"""Reads the tables of ARCHITECTURE.md and judges Python source by them.

Three tables, found by their heads: the floors (``floor | room | holds``), the neighbours
(``room | may import | because``: imports between rooms of one floor) and the doors
(``what | only in | because``: names of libraries, modules, functions and attributes that only the
rooms listed may touch). In a door's name the last part may be anything below it: ``subprocess``
covers ``subprocess.run``. ``nobody`` among the rooms means what it says.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CODE = re.compile(r"`([^`]+)`")
FREE = ("", "__main__")
"""The package itself and ``python -m tipcase``: above every floor, and tied to none."""

MODULE_LIMIT = 350
FUNCTION_LIMIT = 55


@dataclass(frozen=True)
class House:
    """The three tables."""

    floors: dict[str, int]
    neighbours: frozenset[tuple[str, str]]
    doors: dict[str, frozenset[str]] = field(default_factory=dict)


def rows(text: str, *head: str) -> Iterator[list[str]]:
    """The cells of each row of the table with this head."""
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells == list(head):
            inside = True
        elif inside and not line.startswith("|"):
            return
        elif inside and not set(line) <= set("|-: "):
            yield cells


def names(cell: str) -> list[str]:
    """The names in backquotes of one cell; a folder's slash does not count."""
    return [name.rstrip("/") for name in CODE.findall(cell)]


def read_house(text: str) -> House:
    """The house that ARCHITECTURE.md describes."""
    floors = {
        room: int(floor)
        for floor, cell, _ in rows(text, "floor", "room", "holds")
        for room in names(cell)
    }
    neighbours = {
        (room, other)
        for left, right, _ in rows(text, "room", "may import", "because")
        for room in names(left)
        for other in names(right)
    }
    doors = {
        name: frozenset(names(rooms))
        for cell, rooms, _ in rows(text, "what", "only in", "because")
        for name in names(cell)
    }
    return House(floors, frozenset(neighbours), doors)


def room_of(module: str) -> str:
    """``casebook`` for ``tipcase.casebook.writing``; the empty name for the package itself."""
    return module.split(".")[1] if "." in module else ""


def module_name(path: Path, source: Path) -> str:
    """The dotted name of a file under ``src``."""
    parts = path.relative_to(source).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@dataclass
class _Uses(ast.NodeVisitor):
    """Every dotted name that a module imports or reaches, with the line it does it at."""

    package: str
    found: list[tuple[int, str]] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    imported: list[tuple[int, str]] = field(default_factory=list)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imported.append((node.lineno, alias.name))
            bound = alias.asname or alias.name.partition(".")[0]
            self.aliases[bound] = alias.name if alias.asname else bound

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parents = self.package.split(".")
            above = parents[: len(parents) - node.level + 1]
            base = ".".join([*above, base] if base else above)
        for alias in node.names:
            self.imported.append((node.lineno, f"{base}.{alias.name}"))
            self.aliases[alias.asname or alias.name] = f"{base}.{alias.name}"

    def visit_Attribute(self, node: ast.Attribute) -> None:
        dotted = self._dotted(node)
        if dotted:
            self.found.append((node.lineno, dotted))
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.found.append((node.lineno, self.aliases.get(node.id, node.id)))

    def _dotted(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id)
        if isinstance(node, ast.Attribute) and (base := self._dotted(node.value)):
            return f"{base}.{node.attr}"
        return None


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement of a module, however deep; expressions, most of any tree, hold none."""
    found: list[ast.AST] = [tree]
    while found:
        node = found.pop()
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            found += getattr(node, part, ())


def uses(tree: ast.Module, package: str) -> _Uses:
    """What a module imports and reaches; imports inside functions and type checks count."""
    visitor = _Uses(package)
    # Imports first, wherever they stand: a name may be used above the line that binds it.
    for node in statements(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            visitor.visit(node)
    imports = list(visitor.imported)
    visitor.visit(tree)
    visitor.imported = imports
    return visitor


def faults(house: House, module: str, text: str, *, is_package: bool = False) -> list[str]:
    """What one module does that the house does not allow, a sentence each."""
    tree = ast.parse(text)
    package = module if is_package else module.rpartition(".")[0]
    room = room_of(module)
    seen = uses(tree, package)
    found = [*_sizes(module, text, tree)]
    if room in FREE:
        return found
    if room not in house.floors:
        return [*found, f"{module}: the room {room} stands on no floor"]
    for line, name in seen.imported:
        found += _floor_faults(house, room, f"{module}:{line}", name)
    for line, name in {*seen.imported, *seen.found}:
        found += _door_faults(house, room, f"{module}:{line}", name)
    found += _strangers(house, module, seen)
    return sorted(set(found))


def _floor_faults(house: House, room: str, where: str, name: str) -> Iterator[str]:
    if not name.startswith("tipcase."):
        return
    other = name.split(".")[1]
    if other == room or other not in house.floors:
        if other != room and not other.startswith("__"):
            yield f"{where}: {other} stands on no floor"
        return
    ours, theirs = house.floors[room], house.floors[other]
    if theirs > ours:
        yield f"{where}: {room} (floor {ours}) imports {other} (floor {theirs})"
    elif theirs == ours and (room, other) not in house.neighbours:
        yield f"{where}: {room} imports its neighbour {other}"


def _door_faults(house: House, room: str, where: str, name: str) -> Iterator[str]:
    parts = name.split(".")
    # The longest door decides, so that a part of a library can be freer than the rest.
    for length in range(len(parts), 0, -1):
        door = ".".join(parts[:length])
        if door in house.doors:
            if room not in house.doors[door]:
                yield f"{where}: {room} goes through the door {door}"
            return


def _strangers(house: House, module: str, seen: _Uses) -> Iterator[str]:
    known = {door.partition(".")[0] for door in house.doors} | {"tipcase", "__future__"}
    for line, name in seen.imported:
        top = name.partition(".")[0]
        if top not in known and top not in sys.stdlib_module_names:
            yield f"{module}:{line}: {top} is no library of ours"


def _sizes(module: str, text: str, tree: ast.Module) -> Iterator[str]:
    length = len(text.splitlines())
    if length > MODULE_LIMIT:
        yield f"{module}: {length} lines"
    for node in statements(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LIMIT:
                yield f"{module}:{node.lineno}: {node.name} has {lines} lines"
