"""Column selection: by name, list, regular expression, kind or role; resolved at ``fit``.

A selector is a small expression that can be written in Python, ``numeric() - "age"``, or as text,
``"numeric() - 'age'"``, which is how YAML and the command line say it. Selectors by kind choose
features only; columns with another role (target, id, weight, ...) are chosen by role or by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dataprep.errors import ConfigError, did_you_mean
from dataprep.kinds import KINDS

if TYPE_CHECKING:
    from dataprep.table import Table

__all__ = [
    "Selector",
    "all_columns",
    "boolean",
    "category",
    "continuous",
    "identifier",
    "kind",
    "matching",
    "numeric",
    "resolve",
    "role",
    "target",
    "temporal",
    "text",
]


class Selector:
    """A set of columns, to be resolved against a table.

    Examples
    --------
    >>> numeric() - "age"
    numeric() - 'age'
    >>> Selector.parse("category() | matching('^code_')")
    category() | matching('^code_')
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._tree = _checked(source)

    @classmethod
    def parse(cls, source: str) -> Selector:
        """Read a selector from text; no code is evaluated."""
        return cls(source)

    def __repr__(self) -> str:
        return self.source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selector) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def _join(self, sign: str, other: Selector | str) -> Selector:
        right = repr(other)
        if isinstance(other, Selector) and re.search(r" [-|&] ", right):
            right = f"({right})"
        left = f"({self.source})" if re.search(r" [-|&] ", self.source) else self.source
        return Selector(f"{left} {sign} {right}")

    def __sub__(self, other: Selector | str) -> Selector:
        return self._join("-", other)

    def __or__(self, other: Selector | str) -> Selector:
        return self._join("|", other)

    def __and__(self, other: Selector | str) -> Selector:
        return self._join("&", other)

    def resolve(self, table: Table) -> list[str]:
        """Return the chosen columns of ``table``, in its order."""
        chosen = _evaluate(self._tree, table)
        return [name for name in table.columns if name in chosen]


def _features(kinds: Iterable[str]) -> Callable[[Table], set[str]]:
    wanted = set(kinds)
    return lambda table: {
        name
        for name, column_kind in table.kinds.items()
        if column_kind in wanted and name not in table.roles
    }


def _continuous(table: Table) -> set[str]:
    return table.many_levels(sorted(_features({"integer", "float"})(table)))


def _by_role(table: Table, wanted: str) -> set[str]:
    return {name for name, column_role in table.roles.items() if column_role == wanted}


_PLAIN: dict[str, Callable[[Table], set[str]]] = {
    "all": lambda table: set(table.columns),
    "features": lambda table: set(table.columns) - set(table.roles),
    "numeric": _features({"integer", "float"}),
    "continuous": _continuous,
    "category": _features({"category"}),
    "text": _features({"text"}),
    "boolean": _features({"boolean"}),
    "temporal": _features({"date", "timestamp"}),
    "identifier": _features({"identifier"}),
    "target": lambda table: _by_role(table, "target"),
}
_WITH_ARGUMENT = ("kind", "role", "matching")
KEYWORDS = frozenset(_PLAIN)


def _bad(source: str, what: str, remedy: str) -> ConfigError:
    return ConfigError(f"{what} in the column selection {source!r}", remedy=remedy)


def _checked(source: str) -> ast.expr:
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise _bad(
            source, f"cannot read {error.text or source!r}", "Write e.g. \"numeric() - 'age'\"."
        ) from None
    _check(tree, source)
    return tree


def _check(node: ast.expr, source: str) -> None:
    match node:
        case ast.Constant(value=str()):
            return
        case ast.BinOp(left=left, op=ast.Sub() | ast.BitOr() | ast.BitAnd(), right=right):
            _check(left, source)
            _check(right, source)
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]) if name in _PLAIN:
            return
        case ast.Call(
            func=ast.Name(id=name), args=[ast.Constant(value=str(argument))], keywords=[]
        ) if name in _WITH_ARGUMENT:
            if name == "kind" and argument not in KINDS:
                raise _bad(source, f"unknown kind {argument!r}", did_you_mean(argument, KINDS))
            if name == "matching":
                try:
                    re.compile(argument)
                except re.error as error:
                    raise _bad(source, f"bad regular expression: {error}", "Mend it.") from None
        case ast.Call(func=ast.Name(id=name)):
            known = [*_PLAIN, *_WITH_ARGUMENT]
            raise _bad(source, f"cannot use {name}(...)", did_you_mean(name, known))
        case _:
            raise _bad(
                source,
                f"cannot use {ast.unparse(node)}",
                "Use names in quotes, selectors such as numeric(), and the signs | & - between.",
            )


def _evaluate(node: ast.expr, table: Table) -> set[str]:
    match node:
        case ast.Constant(value=name):
            return {known(str(name), table)}
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _evaluate(left, table), _evaluate(right, table)
            return (
                a - b if isinstance(op, ast.Sub) else a | b if isinstance(op, ast.BitOr) else a & b
            )
        case ast.Call(func=ast.Name(id=name), args=[]):
            return _PLAIN[name](table)
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=argument)]):
            if name == "kind":
                return _features({str(argument)})(table)
            if name == "role":
                return _by_role(table, str(argument))
            return {column for column in table.columns if re.search(str(argument), column)}
    raise AssertionError(ast.dump(node))


def known(name: str, table: Table, place: str = "") -> str:
    """Return ``name`` if the table has it, else raise with the nearest names."""
    if name not in table.kinds:
        raise ConfigError(
            f"no column named {name!r}", place=place, remedy=did_you_mean(name, table.columns)
        )
    return name


Columns = str | Selector | Sequence[str]


def resolve(columns: Any, table: Table) -> list[str]:
    """Return the names that a ``columns`` parameter chooses, in the table's order.

    Parameters
    ----------
    columns : str, Selector or sequence of str
        A word such as ``"numeric"``, a selector, a regular expression between slashes
        (``"/^x_/"``), the name of one column, or a list of names.
    table : Table
        What they are chosen from.

    Raises
    ------
    ConfigError
        When a named column is not there.
    """
    if isinstance(columns, Selector):
        return columns.resolve(table)
    if isinstance(columns, str):
        if columns in table.kinds:
            return [columns]
        if columns in KEYWORDS:
            return Selector(f"{columns}()").resolve(table)
        if len(columns) > 2 and columns[0] == columns[-1] == "/":
            return Selector(f"matching({columns[1:-1]!r})").resolve(table)
        if "(" in columns:
            return Selector.parse(columns).resolve(table)
        return [known(columns, table)]
    wanted = {known(str(name), table) for name in columns}
    return [name for name in table.columns if name in wanted]


def to_plain(columns: Any) -> Any:
    """Return a ``columns`` parameter as JSON holds it."""
    return columns.source if isinstance(columns, Selector) else columns


def all_columns() -> Selector:
    """Choose every column, whatever its role."""
    return Selector("all()")


def numeric() -> Selector:
    """Choose integer and float features."""
    return Selector("numeric()")


def continuous() -> Selector:
    """Choose numeric features with more than a handful of distinct values."""
    return Selector("continuous()")


def category() -> Selector:
    """Choose features with few distinct levels."""
    return Selector("category()")


def text() -> Selector:
    """Choose free-text features."""
    return Selector("text()")


def boolean() -> Selector:
    """Choose true/false features."""
    return Selector("boolean()")


def temporal() -> Selector:
    """Choose features that are dates or timestamps."""
    return Selector("temporal()")


def identifier() -> Selector:
    """Choose features whose values are names: codes, phone numbers, keys."""
    return Selector("identifier()")


def target() -> Selector:
    """Choose the target column."""
    return Selector("target()")


def role(name: str) -> Selector:
    """Choose the columns that have a role: target, id, weight, split, group, ..."""
    return Selector(f"role({name!r})")


def kind(name: str) -> Selector:
    """Choose the features of one kind: integer, float, boolean, date, ..."""
    return Selector(f"kind({name!r})")


def matching(pattern: str) -> Selector:
    """Choose the columns whose name a regular expression finds."""
    return Selector(f"matching({pattern!r})")
