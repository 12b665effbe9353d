"""The language of rules: a subset of Python's, parsed by ``ast``, never executed as Python.

Names of facts, keys, comparisons, and/or/not, arithmetic, literals, comprehensions over the data
and the functions below: nothing else. An expression is checked against the edition's schemas and
compiled to closures once; evaluating it answers ``True``, ``False``, ``UNKNOWN`` or a value, and
never raises. Dates are compared as the intervals they are.

Functions: ``any all count latest`` over a comprehension or list, ``len``, ``known`` (a real value),
``answered`` (a real value or an honest unknown), ``unknown`` (an honest unknown), ``before``,
``not_after``, ``days_between``, ``child_on``, ``adult_on``, ``age_uncertain``.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tipcase.law import kleene as k
from tipcase.law.comparisons import ExpressionError
from tipcase.law.functions import STEP_LIMIT, STEPS, Run
from tipcase.law.kleene import UNKNOWN, Truth
from tipcase.law.shapes import Shape, Vocabulary
from tipcase.law.syntax import Compiler

__all__ = ["Expression", "ExpressionError", "compiled", "condition"]

# Rules fit on a few lines; a longer one hides what it asks.
LENGTH_LIMIT = 2000
# All conditions of an edition and of one laid over it.
_CACHED_TREES = 2048
_BLANKS = str.maketrans("\r\n\t\f", "    ")


@dataclass(frozen=True, eq=False)
class Expression:
    """A compiled expression; ``evaluate`` and ``truth`` are total functions of the facts."""

    source: str
    shape: Shape
    run: Run

    def evaluate(self, env: Mapping[str, Any]) -> Any:
        """The value for the facts of a dossier's context; ``UNKNOWN`` where they do not say."""
        facts = dict(env)
        facts[STEPS] = 0
        value = self.run(facts)
        # What was given up half-way is not known, whatever was made of it (known(…) says no).
        return UNKNOWN if facts[STEPS] > STEP_LIMIT else value

    def truth(self, env: Mapping[str, Any]) -> Truth:
        """Whether it holds: ``True``, ``False`` or ``UNKNOWN``."""
        return k.truth(self.evaluate(env))


def compiled(source: str, vocabulary: Vocabulary, each: str | None = None) -> Expression:
    """Check and compile ``source``; ``each`` is the record type that ``this`` stands for.

    Errors: ``ExpressionError``, for whatever text is given.
    """
    # Law is looked at for faults before it is signed, and its conditions are compiled both times.
    known: dict[tuple[str, str | None], Expression] = vocabulary.expressions
    if (source, each) not in known:
        known[source, each] = _compiled(source, vocabulary, each)
    return known[source, each]


def _compiled(source: str, vocabulary: Vocabulary, each: str | None) -> Expression:
    try:
        run, shape = Compiler(vocabulary, each).compile(_parsed(source), 0)
    except ExpressionError as error:
        error.at = _place(source, error.at[1])
        raise
    return Expression(source, shape, run)


def condition(source: str, vocabulary: Vocabulary, each: str | None = None) -> Expression:
    """Compile an expression that must be a yes-or-no question."""
    expression = compiled(source, vocabulary, each)
    if expression.shape.kind not in {"truth", "any"}:
        raise ExpressionError("is not a yes-or-no question", "compare it, or use known(…)")
    return expression


@lru_cache(maxsize=_CACHED_TREES)
def _parsed(source: str) -> ast.expr:
    """The syntax tree, which the compiler only reads; rules of several editions are the same."""
    if len(source) > LENGTH_LIMIT:
        raise ExpressionError(f"is longer than {LENGTH_LIMIT} characters")
    if "\\" in source or "#" in source:
        raise ExpressionError("has a backslash or a #", "write texts without escapes or comments")
    try:
        with warnings.catch_warnings():
            # What Python merely warns of (``1or 2``) is not worth guessing at.
            warnings.simplefilter("error")
            # On one line, since YAML text may be folded; nothing but its place depends on lines.
            return ast.parse(_on_one_line(source), mode="eval").body
    except SyntaxError as error:
        at = (1, max((error.offset or 1) - 1, 0))
        raise ExpressionError("is not written as an expression", at=at) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("is not written as an expression") from None


def _on_one_line(source: str) -> str:
    return source.translate(_BLANKS).lstrip(" ")


def _place(source: str, offset: int) -> tuple[int, int]:
    # Syntax trees count columns in UTF-8 bytes, of the text without its leading blanks.
    flat = _on_one_line(source)
    indent = len(source) - len(flat)
    passed = flat.encode("utf-8", "replace")[:offset].decode("utf-8", "replace")
    before = source[: indent + len(passed)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1)
