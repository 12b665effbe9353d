"""From syntax to closures: every kind of node that an expression may have, and no other.

Each ``_name`` method of the compiler is named after the ``ast`` node it takes; a node without a
method is refused. Shapes travel along, so that a wrong field or value is found here, at load.
"""

from __future__ import annotations

import ast
from typing import Any

from tipcase.law import dates
from tipcase.law import kleene as k
from tipcase.law.comparisons import comparison, fault, suggestion
from tipcase.law.functions import (
    FUNCTIONS,
    OVER_ITEMS,
    Env,
    Items,
    Run,
    call_of,
    elements,
    loop,
    steps_of,
)
from tipcase.law.kleene import UNKNOWN, Truth
from tipcase.law.shapes import ANY, NUMBER, TEXT, TRUTH, Shape, Vocabulary

# Rules fit on a few lines; a deeper one hides what it asks, and depth is our own stack.
DEPTH_LIMIT = 24
LOOP_LIMIT = 3
_SIGNS = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/"}


class Compiler:
    """Turns one syntax tree into closures, keeping the shapes of the comprehensions' variables."""

    def __init__(self, vocabulary: Vocabulary, each: str | None) -> None:
        self.vocabulary = vocabulary
        self.each = each
        self.variables: dict[str, Shape] = {}

    def compile(self, node: ast.expr, depth: int) -> tuple[Run, Shape]:
        """Give the closure of ``node`` and the shape of what it yields."""
        if depth > DEPTH_LIMIT:
            raise fault(node, f"is nested deeper than {DEPTH_LIMIT} levels")
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise fault(node, "uses something that expressions do not have")
        compiled_node: tuple[Run, Shape] = method(node, depth + 1)
        return compiled_node

    def _constant(self, node: ast.Constant, depth: int) -> tuple[Run, Shape]:
        value = node.value
        if isinstance(value, bool):
            return lambda env: value, TRUTH
        if isinstance(value, int | float):
            return lambda env: value, NUMBER
        if isinstance(value, str):
            return lambda env: value, TEXT
        raise fault(node, "uses a literal that is no text, number or True/False")

    def _name(self, node: ast.Name, depth: int) -> tuple[Run, Shape]:
        name = node.id
        if name in self.variables:
            return lambda env: env.get(name, UNKNOWN), self.variables[name]
        shape = self.vocabulary.shape(name, self.each)
        if shape is None:
            names = (*self.vocabulary.names(self.each), *self.variables)
            raise fault(node, f"names {name}, which nothing is called", suggestion(name, names))
        if shape.repeating:
            nothing: list[Any] = []
            return lambda env: env.get(name, nothing), shape
        return lambda env: env.get(name, UNKNOWN), shape

    def _attribute(self, node: ast.Attribute, depth: int) -> tuple[Run, Shape]:
        return self._key(node, node.value, node.attr, depth)

    def _subscript(self, node: ast.Subscript, depth: int) -> tuple[Run, Shape]:
        key = node.slice
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            raise fault(node, "uses a key that is no plain text")
        return self._key(node, node.value, key.value, depth)

    def _key(self, node: ast.AST, of: ast.expr, name: str, depth: int) -> tuple[Run, Shape]:
        base, shape = self.compile(of, depth)
        child = shape.child(name)
        if child is None or name.startswith("__"):
            hint = suggestion(name, shape.names())
            raise fault(node, f"asks for the field {name}, which is not there", hint)

        def run(env: Env) -> Any:
            value = base(env)
            if isinstance(value, dict):
                if name in value:
                    return value[name]
                # What was honestly not known as a whole is not known in its parts.
                return value if "unknown" in value else UNKNOWN
            return UNKNOWN

        return run, child

    def _boolop(self, node: ast.BoolOp, depth: int) -> tuple[Run, Shape]:
        parts = [self._question(value, depth) for value in node.values]
        stop = isinstance(node.op, ast.Or)
        go_on = not stop

        def run(env: Env) -> Truth:
            result: Truth = go_on
            for part in parts:
                value: object = part(env)
                if value is stop:
                    return stop
                if value is not go_on:
                    result = UNKNOWN
            return result

        return run, TRUTH

    def _question(self, node: ast.expr, depth: int) -> Run:
        run, shape = self.compile(node, depth)
        if shape.kind not in {"truth", "any"}:
            hint = "compare it with a value, or use known(…)"
            raise fault(node, "stands where a yes-or-no question must", hint)
        return run

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> tuple[Run, Shape]:
        if isinstance(node.op, ast.Not):
            question = self._question(node.operand, depth)
            return lambda env: k.negation(question(env)), TRUTH
        if isinstance(node.op, ast.USub):
            number = self._number(node.operand, depth)
            return lambda env: k.arithmetic("-", 0, number(env)), NUMBER
        raise fault(node, "uses a sign that expressions do not have")

    def _number(self, node: ast.expr, depth: int) -> Run:
        run, shape = self.compile(node, depth)
        if shape.kind not in {"number", "any"}:
            raise fault(node, "reckons with something that is no number")
        return run

    def _binop(self, node: ast.BinOp, depth: int) -> tuple[Run, Shape]:
        sign = _SIGNS.get(type(node.op).__name__)
        if sign is None:
            raise fault(node, "uses a sign that expressions do not have")
        left, right = self._number(node.left, depth), self._number(node.right, depth)
        return lambda env: k.arithmetic(sign, left(env), right(env)), NUMBER

    def _compare(self, node: ast.Compare, depth: int) -> tuple[Run, Shape]:
        nodes = [node.left, *node.comparators]
        sides = [self.compile(operand, depth) for operand in nodes]
        tests = [
            comparison(nodes[i : i + 2], sides[i : i + 2], op) for i, op in enumerate(node.ops)
        ]
        if len(tests) == 1:
            return tests[0], TRUTH
        return lambda env: k.conjunction([one(env) for one in tests]), TRUTH

    def _list(self, node: ast.List, depth: int) -> tuple[Run, Shape]:
        parts = [self.compile(element, depth) for element in node.elts]
        runs = [run for run, _ in parts]
        element = parts[0][1] if len({shape.kind for _, shape in parts}) == 1 else ANY
        values = tuple(v for _, shape in parts for v in shape.values)
        item = Shape(element.kind, values=values, node=element.node, defs=element.defs)
        return lambda env: [run(env) for run in runs], Shape("list", element=item)

    def _listcomp(self, node: ast.ListComp, depth: int) -> tuple[Run, Shape]:
        items, shape = self._pairs(node, depth)
        return lambda env: k.list_of(items(env)), Shape("list", element=shape)

    def _pairs(self, node: ast.GeneratorExp | ast.ListComp, depth: int) -> tuple[Items, Shape]:
        clause = node.generators[0]
        if len(node.generators) != 1 or clause.is_async or not isinstance(clause.target, ast.Name):
            raise fault(node, "loops in a way that expressions do not have")
        variable = clause.target.id
        taken = self.vocabulary.shape(variable, self.each) or variable.startswith("__")
        if taken or variable in self.variables or variable in FUNCTIONS:
            raise fault(clause.target, f"gives {variable} a second meaning", "use another name")
        if len(self.variables) >= LOOP_LIMIT:
            raise fault(node, f"loops within more than {LOOP_LIMIT} loops")
        source, shape = self.compile(clause.iter, depth)
        if shape.kind not in {"list", "any"}:
            raise fault(clause.iter, "loops over something that is no list")
        self.variables[variable] = shape.item()
        conditions = [self._question(question, depth) for question in clause.ifs]
        element, element_shape = self.compile(node.elt, depth)
        del self.variables[variable]
        cost = steps_of([node.elt, *clause.ifs])
        return loop(source, variable, conditions, element, cost), element_shape

    def _call(self, node: ast.Call, depth: int) -> tuple[Run, Shape]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS:
            hint = suggestion(name, tuple(FUNCTIONS)) if name else ""
            raise fault(node, "calls a function that expressions do not have", hint)
        wanted = FUNCTIONS[name].arguments
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        if node.keywords or starred or len(node.args) != wanted:
            raise fault(node, f"calls {name} with other than {wanted} arguments")
        if name in OVER_ITEMS:
            return self._over_items(name, node.args[0], depth)
        sides = [self.compile(argument, depth) for argument in node.args]
        for argument, (_, shape) in zip(node.args, sides, strict=True):
            self._check_argument(name, argument, shape)
        return call_of(FUNCTIONS[name], [run for run, _ in sides]), FUNCTIONS[name].shape

    def _check_argument(self, name: str, node: ast.expr, shape: Shape) -> None:
        if name in {"known", "answered", "unknown"} and shape.repeating:
            raise fault(node, "is a list that is always there", "use len(…) > 0")
        if name == "len" and shape.kind not in {"list", "any"}:
            raise fault(node, "counts something that is no list")
        if FUNCTIONS[name].of_dates and shape.kind not in {"date", "any"}:
            literal = node.value if isinstance(node, ast.Constant) else None
            if not dates.is_partial_date(literal):
                raise fault(node, "gives something that is no date where a date must stand")

    def _over_items(self, name: str, node: ast.expr, depth: int) -> tuple[Run, Shape]:
        if isinstance(node, ast.GeneratorExp | ast.ListComp):
            items, shape = self._pairs(node, depth)
        else:
            run, over = self.compile(node, depth)
            if over.kind not in {"list", "any"}:
                raise fault(node, f"gives {name} something that is no list")
            items, shape = elements(run), over.item()
        if name in {"any", "all"} and shape.kind not in {"truth", "any"}:
            raise fault(node, "asks any or all of something that is no yes-or-no question")
        function = OVER_ITEMS[name]
        result = {"latest": shape, "count": NUMBER}.get(name, TRUTH)
        return lambda env: function(items(env)), result
