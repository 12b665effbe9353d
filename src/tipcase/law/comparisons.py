"""Comparisons in expressions: what may be compared with what, and as what."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tipcase.law import dates
from tipcase.law import kleene as k
from tipcase.law.functions import Env, Run, spent
from tipcase.law.shapes import Shape
from tipcase.law.source import EditionError

Side = tuple[Run, Shape]
_ORDERED = ast.Lt | ast.LtE | ast.Gt | ast.GtE


class ExpressionError(EditionError):
    """An expression that is no expression of this language.

    ``at`` is where in it: a line from 1 and a column from 0.
    """

    def __init__(self, sentence: str, hint: str = "", at: tuple[int, int] = (1, 0)) -> None:
        super().__init__(sentence, hint)
        self.at = at


def fault(node: ast.AST, sentence: str, hint: str = "") -> ExpressionError:
    """An error at the place of ``node``."""
    return ExpressionError(sentence, hint, at=(1, getattr(node, "col_offset", 0)))


def suggestion(name: str, names: Sequence[str]) -> str:
    """The name that was probably meant."""
    from difflib import get_close_matches

    close = get_close_matches(name, names, 1)
    return f"did you mean {close[0]}?" if close else ""


def comparison(nodes: Sequence[ast.expr], sides: Sequence[Side], op: ast.cmpop) -> Run:
    """One comparison of two sides, checked and compiled."""
    if isinstance(op, ast.In | ast.NotIn):
        return _membership(nodes, sides, isinstance(op, ast.NotIn))
    if isinstance(op, ast.Eq | ast.NotEq):
        return _equality(nodes, sides, isinstance(op, ast.NotEq))
    if isinstance(op, _ORDERED):
        return _order(nodes, sides, op)
    raise fault(nodes[0], "uses a comparison that expressions do not have")


def _crossed(
    nodes: Sequence[ast.expr], sides: Sequence[Side]
) -> tuple[tuple[ast.expr, Shape, Shape], tuple[ast.expr, Shape, Shape]]:
    (_, x), (_, y) = sides
    return (nodes[0], x, y), (nodes[1], y, x)


def _as_date(sides: Sequence[Side]) -> bool:
    return any(shape.kind == "date" for _, shape in sides)


def _equality(nodes: Sequence[ast.expr], sides: Sequence[Side], negate: bool) -> Run:
    for node, shape, other in _crossed(nodes, sides):
        _check_group(node, shape)
        _check_option(node, other)
        _check_date(node, shape, other)
    (a, _), (b, _) = sides
    as_date = _as_date(sides)
    if all(shape.kind in {"list", "any"} for _, shape in sides):
        a, b = _counted(a), _counted(b)
    if negate:
        return lambda env: k.negation(k.equal(a(env), b(env), as_date=as_date))
    return lambda env: k.equal(a(env), b(env), as_date=as_date)


def _order(nodes: Sequence[ast.expr], sides: Sequence[Side], op: ast.cmpop) -> Run:
    for node, shape, other in _crossed(nodes, sides):
        _check_date(node, shape, other)
        if shape.kind not in {"number", "date", "any"} and other.kind != "date":
            raise fault(node, "puts in order what is neither number nor date")
    (a, _), (b, _) = sides
    as_date, or_equal = _as_date(sides), isinstance(op, ast.LtE | ast.GtE)
    if isinstance(op, ast.Gt | ast.GtE):
        a, b = b, a
    return lambda env: k.less(a(env), b(env), as_date=as_date, or_equal=or_equal)


def _membership(nodes: Sequence[ast.expr], sides: Sequence[Side], negate: bool) -> Run:
    (a, x), (b, y) = sides
    if y.kind not in {"list", "any"}:
        raise fault(nodes[1], "looks for a member in something that is no list")
    _check_group(nodes[0], x)
    _check_option(nodes[0], y.item())
    if isinstance(nodes[1], ast.List):
        for option in nodes[1].elts:
            _check_option(option, x)
    else:
        b = _counted(b)
    if negate:
        return lambda env: k.negation(k.member(a(env), b(env)))
    return lambda env: k.member(a(env), b(env))


def _counted(run: Run) -> Run:
    """A list out of the facts, every item of which is looked at."""

    def values(env: Env) -> object:
        found = run(env)
        return k.UNKNOWN if isinstance(found, list) and spent(env, len(found)) else found

    return values


def _literal(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _check_date(node: ast.expr, shape: Shape, other: Shape) -> None:
    date_expected = other.kind == "date" and shape.kind not in {"date", "any"}
    if date_expected and not dates.is_partial_date(_literal(node)):
        raise fault(node, "compares a date with something that is no date")


def _check_group(node: ast.expr, shape: Shape) -> None:
    if shape.kind == "object" or (shape.kind == "list" and shape.item().kind in {"list", "object"}):
        hint = "compare a field of it, or use len(…) or known(…)"
        raise fault(node, "compares a group of fields as a whole", hint)


def _check_option(node: ast.expr, other: Shape) -> None:
    literal = _literal(node)
    if other.values and isinstance(literal, str) and literal not in other.values:
        hint = suggestion(literal, other.values) or "one of " + ", ".join(other.values)
        raise fault(node, "compares with a value that the field cannot have", hint)
    if other.values and isinstance(literal, bool):
        raise fault(node, "compares a choice with True or False", "write it as a text in quotes")
    if other.kind == "truth" and isinstance(literal, str):
        raise fault(node, "compares yes-or-no with a text", "write True or False")
