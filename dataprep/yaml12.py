"""YAML as its version 1.2 reads it: what looks like a word is one.

PyYAML follows version 1.1, where ``NO`` (Norway) is false, ``00060`` is 48, ``12:30`` is 750 and
``1e-3`` is a text; and of a key that stands there twice it keeps the last without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from dataprep.errors import ConfigError

_SCALARS = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", "~nN\0"),
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "tag:yaml.org,2002:int": (r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    "tag:yaml.org,2002:float": (
        r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|(?<=[0-9])\.)?([eE][-+]?[0-9]+)?(?<=[0-9.])"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
}

MOST_REPEATED = 100_000
"""So many values may aliases stand for, beside those that are written."""


def read_yaml(text: str, place: str) -> Any:
    """Return what a YAML text holds.

    Raises
    ------
    ConfigError
        With the line that is no YAML, the key that stands there twice, or the anchor that holds
        an alias of itself; and where aliases stand for more than a person means.

    Examples
    --------
    >>> read_yaml("[NO, 00060, 12:30, 1e-3, 7, true, ~]", "example")
    ['NO', '00060', '12:30', 0.001, 7, True, None]
    """
    return read_marked(text, place)[0]


def read_marked(text: str, place: str) -> tuple[Any, dict[str, int]]:
    r"""Return what a YAML text holds, and the line of each of its keys and items, from 1.

    Raises
    ------
    ConfigError
        As `read_yaml`.

    Examples
    --------
    >>> read_marked("id: [a]\nstages:\n  - impute", "example")
    ({'id': ['a'], 'stages': ['impute']}, {'id': 1, 'id[0]': 1, 'stages': 2, 'stages[0]': 3})
    """
    import yaml

    loader = _loader()(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}
        _check_aliases(node, place)
        return loader.construct_document(node), dict(_lines(node, ""))
    except RecursionError:
        raise ConfigError(
            "is nested too deeply", place=place, remedy="Write fewer brackets within brackets."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"not YAML: {getattr(error, 'problem', None) or error}",
            place=f"{place}{line}",
            remedy="Mend the indentation or the quotes there.",
        ) from None
    finally:
        loader.dispose()


def _check_aliases(root: Any, place: str) -> None:
    """Raise where an anchor holds itself, or aliases of aliases stand for millions of values."""
    sizes: dict[int, int | None] = {}

    def size(node: Any) -> int:
        """Return how many values a node stands for; what an alias repeats is looked at once."""
        if id(node) not in sizes:
            sizes[id(node)] = None  # it is being looked at
            parts = node.value if node.id != "scalar" else ()
            inner = (pair if node.id == "mapping" else (pair,) for pair in parts)
            sizes[id(node)] = 1 + sum(size(part) for pair in inner for part in pair)
        if (found := sizes[id(node)]) is None:
            raise ConfigError(
                "an anchor holds an alias of itself",
                place=f"{place}, line {node.start_mark.line + 1}",
                remedy="Write out what the alias stands for.",
            )
        return found

    if size(root) - len(sizes) > MOST_REPEATED:
        raise ConfigError(
            f"its aliases stand for more than {MOST_REPEATED:,} values",
            place=place,
            remedy="Write out what they stand for.",
        )


def _lines(node: Any, path: str) -> Iterator[tuple[str, int]]:
    """Give the path and the line of all that stands below a node."""
    if node.id == "mapping":
        inner = [(f"{path}.{key.value}".lstrip("."), key, value) for key, value in node.value]
    elif node.id == "sequence":
        inner = [(f"{path}[{i}]", value, value) for i, value in enumerate(node.value)]
    else:
        return
    for below, begins, value in inner:
        yield below, begins.start_mark.line + 1
        yield from _lines(value, below)


@cache
def _loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - so PyYAML has it

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    continue
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        problem=f"the key {key.value!r} is there twice",
                        problem_mark=key.start_mark,
                    )
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    for tag, (pattern, first) in _SCALARS.items():
        signs = [("" if sign == "\0" else sign) for sign in first]
        Loader.add_implicit_resolver(tag, re.compile(f"^(?:{pattern})$"), signs)
    Loader.add_constructor("tag:yaml.org,2002:float", _float)
    return Loader


def _float(loader: Any, node: Any) -> float:
    text = loader.construct_scalar(node).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))
