"""Configuration files: what they hold, what they extend, and where each of their keys stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from dataprep.errors import ConfigError, ReadError, did_you_mean
from dataprep.yaml12 import read_marked

_SUFFIXES = (".yaml", ".yml", ".json")


class Mark(NamedTuple):
    """The file and the line where a key stands; no file where it was typed as a flag."""

    file: Path | None
    line: int


@dataclass(frozen=True)
class Document:
    """What a configuration file holds, together with the file that it extends.

    Parameters
    ----------
    path : Path
    content : object
        As YAML has it; of ``extends`` nothing is left.
    marks : dict of str to Mark
        By path, such as ``stages[2].iqr.k``.
    """

    path: Path
    content: Any
    marks: dict[str, Mark] = field(default_factory=dict)

    def mark(self, path: str) -> Mark:
        """Return where a path stands, or the nearest one above it that stands anywhere."""
        # An error in a parameter leaves its stage out: stages[2].k for stages[2].iqr.k.
        inside = re.fullmatch(r"(stages\[\d+\])\.(.+)", path)
        if inside and path not in self.marks:
            stage = next((key for key in self.marks if key.startswith(f"{inside[1]}.")), inside[1])
            path = f"{stage}.{inside[2]}"
        while path and path not in self.marks:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.marks.get(path, Mark(self.path, 0))

    def place(self, path: str) -> str:
        """Return a path as errors name it: with its file and line.

        Examples
        --------
        >>> marks = {"stages[0].iqr.k": Mark(Path("p.yaml"), 3)}
        >>> Document(Path("p.yaml"), {}, marks).place("stages[0].k")
        'p.yaml, line 3: stages[0].k'
        """
        file, line = self.mark(path)
        if file is None:
            return f"--set {path}"
        return f"{file}, line {line}: {path}" if line else f"{file}: {path}"

    def base(self, path: str) -> Path:
        """Return the folder that a relative path at a key starts from: that of its file."""
        file, _ = self.mark(path)
        return Path.cwd() if file is None else file.absolute().parent

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Let an error about a path of this document name its file and line."""
        try:
            yield
        except ConfigError as error:
            inner = error.place.removeprefix(f"{self.path}: ")
            if inner != error.place:
                error.place = self.place(inner)
            raise


def read_document(
    path: str | Path,
    *,
    below: tuple[Path, ...] = (),
    fill: Callable[[str, str], str] = lambda text, _: text,
) -> Document:
    """Read a YAML file, and what it extends.

    Maps are merged key by key; of anything else, a list of stages say, the file that extends has
    the last word.

    Parameters
    ----------
    path : path
    below : tuple of Path
        The files that extend this one.
    fill : callable, optional
        Given the path that ``extends`` names and its place, returns it as it is meant.

    Raises
    ------
    ConfigError
        When it is no YAML, or extends itself.
    ReadError
        When it cannot be read.
    """
    path = Path(path)
    content, lines = read_marked(text_of(path), str(path))
    document = Document(path, content, {key: Mark(path, line) for key, line in lines.items()})
    if not isinstance(content, Mapping) or "extends" not in content:
        return document
    given = content["extends"]
    place = document.place("extends")
    if not isinstance(given, str):
        raise ConfigError(f"{given!r} is no path", place=place, remedy="Name one YAML file.")
    chain = (*below, path)
    parent = path.parent / fill(given, place)
    if parent.resolve() in [file.resolve() for file in chain]:
        circle = " -> ".join(map(str, [*chain, parent]))
        raise ConfigError(
            f"the files extend each other in a circle: {circle}",
            place=place,
            remedy="Take one of the keys 'extends' out.",
        )
    try:
        base = read_document(parent, below=chain, fill=fill)
    except ReadError as error:
        raise ConfigError(f"{parent}: {error.message}", place=place, remedy=error.remedy) from None
    if not isinstance(base.content, Mapping):
        raise ConfigError(f"{parent} holds no map of keys", place=place, remedy="Name a pipeline.")
    own = {key: value for key, value in content.items() if key != "extends"}
    # A name is a file's own.
    given = {key: value for key, value in base.content.items() if key != "name"}
    return merged(replace(base, content=given), replace(document, content=own))


def merged(base: Document, over: Document) -> Document:
    """Return a document with the keys of another laid over its own."""
    marks = dict(base.marks)
    content = _merged(base.content, over.content, "", marks)
    return Document(over.path, content, marks | over.marks)


def _merged(base: Any, over: Any, path: str, marks: dict[str, Mark]) -> Any:
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        for gone in [key for key in marks if key.startswith((f"{path}.", f"{path}["))]:
            del marks[gone]
        return over
    found = dict(base)
    for key, value in over.items():
        below = f"{path}.{key}".lstrip(".")
        found[key] = _merged(base[key], value, below, marks) if key in base else value
    return found


def text_of(path: Path) -> str:
    """Return the text of a configuration file.

    Raises
    ------
    ReadError
        When there is none.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        beside = path.parent.glob("*") if path.parent.is_dir() else []
        near = did_you_mean(path.name, [p.name for p in beside if p.suffix in _SUFFIXES])
        raise ReadError(
            "no such file",
            place=str(path),
            remedy=near if near.startswith("Did") else "Give a pipeline as YAML or JSON.",
        ) from None
    except IsADirectoryError:
        raise ReadError(
            "this is a folder", place=str(path), remedy="Give the YAML file inside it."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8 text", place=str(path), remedy="Give a YAML file.") from None
    except OSError as error:
        raise ReadError(
            f"cannot be read: {error.strerror}", place=str(path), remedy="Check its permissions."
        ) from None
