"""The functions that rules may call, each total over any facts.

``FUNCTIONS`` is the whole list: how many arguments each takes and what it gives. What one of them
does not know it answers with ``UNKNOWN``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tipcase.law import dates
from tipcase.law import kleene as k
from tipcase.law.kleene import UNKNOWN, Pair, Unknown
from tipcase.law.shapes import ANY, NUMBER, TRUTH, Shape

# Elements looked at in one evaluation: a hundred times a large case, a fraction of a second.
STEP_LIMIT = 100_000
STEPS = "<steps>"
# So much of an expression may stand within a loop before each element counts as another.
_PARTS_OF_A_STEP = 8
_PARTS_OF_A_CALL = 8

Env = dict[str, Any]
Run = Callable[[Env], Any]
Items = Callable[[Env], list[Pair] | Unknown]


def spent(env: Env, steps: int) -> bool:
    """Count some steps; whether there were too many of them by now."""
    env[STEPS] += steps
    too_many: bool = env[STEPS] > STEP_LIMIT
    return too_many


def steps_of(nodes: Iterable[ast.AST]) -> int:
    """How many steps one element of a loop costs that looks at ``nodes``."""
    inside = [node for one in nodes for node in ast.walk(one)]
    calls = sum(isinstance(node, ast.Call) for node in inside)
    return 1 + (len(inside) + calls * _PARTS_OF_A_CALL) // _PARTS_OF_A_STEP


def elements(run: Run) -> Items:
    """The items of a list, each let through."""

    def items(env: Env) -> list[Pair] | Unknown:
        values = run(env)
        if not isinstance(values, list) or spent(env, len(values)):
            return UNKNOWN
        return [(True, value) for value in values]

    return items


def loop(source: Run, variable: str, conditions: Sequence[Run], element: Run, cost: int) -> Items:
    """The elements of a comprehension, each with the truth of its conditions."""

    def items(env: Env) -> list[Pair] | Unknown:
        values = source(env)
        if not isinstance(values, list) or spent(env, len(values) * cost):
            return UNKNOWN
        pairs: list[Pair] = []
        for value in values:
            env[variable] = value
            lets = k.conjunction([test(env) for test in conditions]) if conditions else True
            if lets is not False:
                pairs.append((lets, element(env)))
        return pairs

    return items


@dataclass(frozen=True)
class Function:
    """A listed function: how many arguments, what it gives, whether it takes dates."""

    arguments: int
    shape: Shape
    run: Callable[..., Any] | None = None
    of_dates: bool = False
    with_facts: bool = False


def call_of(function: Function, runs: Sequence[Run]) -> Run:
    """A call of ``function`` with the values of ``runs``."""
    call = function.run
    assert call is not None  # only the functions over items have none, and they go elsewhere
    if function.with_facts:
        return lambda env: call(env, *[run(env) for run in runs])
    if len(runs) == 1:
        only = runs[0]
        return lambda env: call(only(env))
    return lambda env: call(*[run(env) for run in runs])


def _birth(env: Env) -> Any:
    profile = env.get("profile")
    if not isinstance(profile, dict):
        return None
    birth = profile if k.is_honest(profile) else profile.get("birth")
    years = birth.get("candidate_years") if isinstance(birth, dict) else None
    # Each reading of the birth is another age, reckoned twice.
    return None if isinstance(years, list) and spent(env, 2 * len(years)) else birth


def _child_on(env: Env, day: Any) -> Any:
    return k.from_optional(dates.child_on(_birth(env), day))


FUNCTIONS: dict[str, Function] = {
    "any": Function(1, TRUTH),
    "all": Function(1, TRUTH),
    "count": Function(1, NUMBER),
    "latest": Function(1, ANY),
    "len": Function(1, NUMBER, k.length),
    "known": Function(1, TRUTH, lambda value: not k.is_unknown(value)),
    "answered": Function(1, TRUTH, lambda value: not k.is_missing(value)),
    "unknown": Function(1, TRUTH, k.is_honest),
    "before": Function(2, TRUTH, lambda a, b: k.from_optional(dates.before(a, b)), True),
    "not_after": Function(2, TRUTH, lambda a, b: k.from_optional(dates.not_after(a, b)), True),
    "days_between": Function(
        2, NUMBER, lambda a, b: k.from_optional(dates.days_between(a, b)), True
    ),
    "child_on": Function(1, TRUTH, _child_on, True, True),
    "adult_on": Function(1, TRUTH, lambda env, d: k.negation(_child_on(env, d)), True, True),
    "age_uncertain": Function(
        0,
        TRUTH,
        lambda env: k.from_optional(dates.age_uncertain(_birth(env), env.get("today"))),
        with_facts=True,
    ),
}
OVER_ITEMS: dict[str, Callable[[list[Pair] | Unknown], Any]] = {
    "any": k.any_of,
    "all": k.all_of,
    "count": k.count_of,
    "latest": k.latest_of,
}
