"""What a template may do: read plain data, print texts, and no more turns than it is given.

jinja2's own sandbox keeps templates from private attributes. This one lets them have no attribute
at all: a name after a dot is a key of a mapping. It has no filter that was not asked for by name,
nothing turns escaping off, and loops, calls and long texts come to an end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateAssertionError,
    Undefined,
    nodes,
)
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, Context, LoopContext, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

# The longest sheet of the shipped ones takes some ten thousand turns. A call counts for several: it
# takes as long.
MOST_TURNS = 500_000
_CALL = 10
# The longest text that a template may put together; a whole sheet is a small part of it.
LONGEST = 8 * 1024 * 1024
_LARGEST = 10**15
# An own template extends or includes the shipped one of its own name as shipped/NAME.
_SHIPPED = "shipped"
_FILTERS = frozenset({
    "count", "default", "first", "items", "last", "length", "list", "lower", "map", "reject",
    "rejectattr", "round", "select", "selectattr", "sort", "trim", "unique", "upper",
})  # fmt: skip
# The four things of jinja2's own that templates meet: their names are its documented ones.
_OPEN = (LoopContext, TemplateModule, TemplateReference, BlockReference)

Escape = Callable[[str], str]


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of templates; ``escape`` makes a text harmless in their format."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(
        self,
        folders: Sequence[Path],
        escape: Escape,
        filters: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        """The first folder that has a template gives it; the last is the shipped one."""
        super().__init__(
            loader=ChoiceLoader([
                PrefixLoader({_SHIPPED: FileSystemLoader(str(folders[-1]))}),
                FileSystemLoader([str(folder) for folder in folders]),
            ]),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=self.text,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )  # fmt: skip
        self._escape = escape
        self.turns = 0
        self.globals = {"range": self.globals["range"]}
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters |= {
            "join": self._join, "text": self.text, "counted": self._counted,
            **(filters or {}),
        }  # fmt: skip

    # -- what a template prints --

    def printed(self, value: Any) -> str:
        """What stands on the sheet for a value: ``text``, as short as what runs most must be."""
        if type(value) is str and len(value) <= LONGEST:
            return self._escape(value)
        return self.text(value)

    def text(self, value: Any) -> Markup:
        """The value as it may stand in the format: a text or a figure, nothing else prints."""
        if isinstance(value, str):
            _bounded(value)
            if isinstance(value, Markup):
                return value
            return Markup(self._escape(value))  # noqa: S704 - escaped here
        if type(value) is int:
            return Markup(value)  # noqa: S704 - a figure
        if isinstance(value, Undefined):
            # An unknown name raises here; an inline if without else is an empty text.
            return Markup(str(value))  # noqa: S704 - empty
        raise TypeError

    def _join(self, values: Iterable[Any], by: str = "") -> str:
        """Texts one after the other: still to be escaped, unless one of them already is."""
        values = list(values)
        texts = [self.text(value) for value in values]
        if any(isinstance(value, Markup) for value in (by, *values)):
            return Markup(self.text(by).join(texts))  # noqa: S704 - each of them escaped
        return by.join(map(str, values))

    # -- what a template reaches --

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key of a mapping, or one of the documented names of jinja2's own four things."""
        if type(obj) is dict:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, _OPEN) and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self._at(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of plain data."""
        if isinstance(obj, dict | list | tuple | str):
            return self._at(obj, argument)
        return self.undefined(obj=obj, name=str(argument))

    def _at(self, obj: Any, key: Any) -> Any:
        try:
            return obj[key]
        except (TypeError, LookupError):
            return self.undefined(obj=obj, name=str(key))

    # -- what a template costs --

    def _turn(self, weight: int = 1) -> None:
        self.turns += weight
        if self.turns > MOST_TURNS:
            raise OverflowError

    def _counted(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self._turn()
            yield value

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro or a block."""
        self._turn(_CALL)
        return super().call(context, called, *args, **kwargs)

    def get_template(self, *args: Any, **kwargs: Any) -> Template:
        """A template by its name."""
        self._turn(_CALL)
        return super().get_template(*args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic of figures, and texts or lists one after the other, within limits."""
        figures = all(type(one) in (int, float) for one in (left, right))
        if not figures and not (operator == "+" and isinstance(left, str | list)):
            raise SecurityError
        if operator == "+" and not figures:
            if isinstance(left, str) and isinstance(right, str):
                return self._join([left, right])
            return _bounded(left + right)
        if operator == "**" or abs(left) > _LARGEST or abs(right) > _LARGEST:
            raise OverflowError
        return super().call_binop(context, operator, left, right)

    # -- how a template is read --

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all((nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)):
            raise TemplateAssertionError("escaping stays on", node.lineno, name, filename)
        _Bounds().visit(tree)
        return tree


class _Writer(CodeGenerator):
    """Writes a template as Python; what it prints goes through ``printed`` alone.

    jinja2's own way (``finalize``, then ``escape``) does the same and takes half as long again.
    """

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("environment.printed(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write(")")


Sandbox.code_generator_class = _Writer


class _Bounds(NodeTransformer):
    """Puts loops and texts that are put together under the sandbox's eyes."""

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "counted")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "join")


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _bounded(value: Any) -> Any:
    if len(value) > LONGEST:
        raise OverflowError
    return value
