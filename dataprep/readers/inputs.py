"""What a person gives to be read: files, folders, patterns, standard input, open files."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataprep.databases.address import Rows, is_database, rows_of, scheme_of
from dataprep.errors import ConfigError, ReadError
from dataprep.objects import StoredObject, name_of_object, objects_of
from dataprep.readers.image_folders import holds_pictures
from dataprep.readers.packed import chosen_member, packing_of
from dataprep.readers.paths import (
    PACKED,
    check_name,
    checked_path,
    format_of,
    named_format,
    nearest,
    split_name,
)
from dataprep.secrets import remember_of

STANDARD_INPUT = Path("-")
_WRITTEN_AS = {"excel": ".csv", "json": ".jsonl"}
"""The suffix of an output whose input's format is read, and not written."""

_OF_SQLITE = (".db", ".db3", ".sqlite", ".sqlite3")


@dataclass(frozen=True)
class Part:
    """One of the files of a table.

    Parameters
    ----------
    shown : Path
        As a person calls it.
    path : Path, optional
        Where it lies; None for a stream.
    stream : object, optional
        A pipe's path, or an open file: what can be read only once.
    member : str, optional
        The file that is read of a zip archive.
    origin : str
        What a person calls it that is no file here: a URI, without its secrets.
    rows : Rows, optional
        What is read of a database.
    stored : StoredObject, optional
        What is fetched from a store.
    sha256 : str, optional
        Of what was fetched, where it was already: the bytes of an object, the rows of a database.
    """

    shown: Path
    path: Path | None = None
    stream: Any = None
    member: str | None = None
    origin: str = ""
    rows: Rows | None = None
    stored: StoredObject | None = None
    sha256: str | None = None

    @property
    def name(self) -> Path:
        """Return the name that tells the format."""
        return self.shown if self.member is None else Path(self.member)

    @property
    def label(self) -> str:
        """Return what a person calls it."""
        return self.origin or str(self.shown)

    @property
    def is_here(self) -> bool:
        """Tell whether it is a file of this machine, that can be looked into now."""
        return self.path is not None or (self.rows is None and self.stored is None)


@dataclass(frozen=True)
class Inputs:
    """The files of a table, found and not yet read.

    Parameters
    ----------
    parts : list of Part
    named : Path, optional
        What an output beside them is named after, with the suffix that it gets; None for streams.
    passed_over : list of str
        Files of a folder that hold no table by their names.
    pictures : Path, optional
        A folder of pictures, or a file that is an array of them; there are no parts then.
    """

    parts: list[Part]
    named: Path | None
    passed_over: list[str] = field(default_factory=list)
    pictures: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """Return the files that exist."""
        return [part.path for part in self.parts if part.path is not None]


def inputs_of(
    given: Any, member: str | None = None, table: str | None = None, query: str | None = None
) -> Inputs:
    """Find what is to be read.

    Parameters
    ----------
    given : path, open file, or list of them
        A path may be a file, a folder (its files of one format, sorted by name), a pattern such as
        ``data/2024-*.csv``, a named pipe, or ``-`` for standard input; the URI of a database, or of
        an object in a store (or a pattern of such).
    member : str, optional
        The file to be read of a zip archive that holds several.
    table, query : str, optional
        What is read of a database.

    Raises
    ------
    ReadError
        When there is nothing, or files of several formats.
    """
    if isinstance(given, Inputs):
        return given
    listed = list(given) if isinstance(given, list | tuple) else [given]
    if not listed:
        raise ReadError("no input", remedy="Give the path of a file.")
    if any(map(is_database, listed)):
        return _of_database(listed, table, query)
    if table is not None or query is not None:
        place = "table" if table is not None else "query"
        # Nothing has looked at it yet, and the message names it.
        remember_of(str(listed[0]))
        if Path(str(listed[0])).suffix.lower() in _OF_SQLITE:
            raise ConfigError(
                f"{listed[0]} is the path of a file, and a {place} is of a database",
                place=place,
                remedy=f"Write sqlite:///{listed[0]}.",
            )
        raise ConfigError(
            f"{listed[0]} is no database, and has no tables",
            place=place,
            remedy="Leave it out, or give postgresql://... or sqlite:///file.db.",
        )
    if any(not hasattr(item, "read") and str(item) and _holds(item) for item in listed):
        return _pictures(listed)
    parts: list[Part] = []
    passed_over: list[str] = []
    named = None
    for item in listed:
        if hasattr(item, "read"):
            parts.append(Part(_name_of(item), stream=item, member=member))
            continue
        if scheme_of(item):
            parts += [_object(one, member) for one in objects_of(item)]
            continue
        path = Path(item)
        check_name(path)
        if str(item) and _is_stream(path):
            parts.append(Part(path, stream=path, member=member))
            continue
        if str(item) and path.is_dir():
            found, others = _files_in(path)
            passed_over += others
            suffix = _written_suffix(_part_of(found[0], member))
            where = path.resolve()
            named = named or where.with_name(f"{where.name}{suffix}")
        elif glob.has_magic(str(path)) and not path.exists():
            found = _matching(path)
        else:
            found = [checked_path(item)]
        parts += [_part_of(file, member) for file in found]
    _refuse_mixed(parts)
    if named is None and parts[0].path is not None:
        named = _named_after(parts[0])
    return Inputs(parts, named, passed_over)


def inputs_from(parts: list[Part]) -> Inputs:
    """Return files that were found already as those of one table, named after the first."""
    _refuse_mixed(parts)
    return Inputs(parts, _named_after(parts[0]))


def _of_database(listed: list[Any], table: str | None, query: str | None) -> Inputs:
    """Return what is read of a database."""
    rows = rows_of(next(filter(is_database, listed)), table, query)
    if len(listed) > 1:
        raise ReadError(
            "a database is read alone", place=rows.shown, remedy="Join tables in a query."
        )
    name = "query" if rows.table is None else rows.table.table.replace("/", "_")
    return Inputs([Part(Path(f"{name}.feather"), origin=rows.shown, rows=rows)], None)


def _object(one: StoredObject, member: str | None) -> Part:
    return Part(Path(name_of_object(one.url)), member=member, origin=one.shown, stored=one)


def _holds(item: Any) -> bool:
    if scheme_of(item):
        return False
    path = Path(item)
    check_name(path)
    return not _is_stream(path) and holds_pictures(path)


def _pictures(listed: list[Any]) -> Inputs:
    """Return a folder of pictures, or an array of them, as what is to be read."""
    if len(listed) > 1:
        raise ReadError(
            "pictures are read from one folder or file at a time",
            place=str(listed[0]),
            remedy="Put the folders into one, or list the pictures in a CSV file.",
        )
    path = Path(listed[0])
    if path.is_dir():
        where = path.resolve()
        return Inputs([], where.with_name(f"{where.name}.csv"), pictures=path)
    stem, _ = split_name(path)
    return Inputs([Part(path, path)], path.with_name(f"{stem}.csv"), pictures=path)


def _name_of(stream: Any) -> Path:
    name = getattr(stream, "name", None)
    return Path(name) if isinstance(name, str) and name else Path("<stream>")


def _is_stream(path: Path) -> bool:
    """Tell whether a path can be read only once: standard input or a pipe."""
    if path in (STANDARD_INPUT, Path("/dev/stdin")):
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _part_of(path: Path, member: str | None) -> Part:
    if path.is_file() and os.access(path, os.R_OK) and packing_of(path) == "zip":
        return Part(path, path, member=chosen_member(path, member))
    if member is not None:
        raise ConfigError(
            f"{path} is no zip archive", place="member", remedy="Leave it out, or give an archive."
        )
    return Part(path, path)


def _is_made(path: Path) -> bool:
    """Tell whether a file is hidden, or what a run has written."""
    parts = [part for part in path.parts if part not in (".", "..")]
    return (
        path.name.startswith((".", "_"))
        or split_name(path)[0].endswith((".clean", ".restored"))
        or any(part.endswith(".dataprep") for part in parts)
    )


def _files_in(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the files of a folder that hold tables by their names, and the others' names."""
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not _is_made(path))
    except OSError as error:
        raise ReadError(
            f"the folder cannot be read: {error.strerror}",
            place=str(folder),
            remedy="Check its permissions.",
        ) from None
    found = [path for path in files if named_format(path) or path.suffix.lower() == ".zip"]
    if found:
        return found, [path.name for path in files if path not in found]
    below = sorted(path.name for path in folder.iterdir() if path.is_dir() and not _is_made(path))
    remedy = (
        "Give a folder with .csv, .parquet, .jsonl, ... files or with pictures, or list the files."
    )
    if files:
        remedy = f"There is: {_shown(path.name for path in files)}. Give the files themselves."
    elif below:
        remedy = f"Look below it ({_shown(below)}): give '{folder}/**/*.csv' or the like."
    raise ReadError("no file of this folder holds a table", place=str(folder), remedy=remedy)


def _matching(pattern: Path) -> list[Path]:
    """Return the files that a pattern finds, sorted by name."""
    found = sorted(Path(name) for name in glob.glob(str(pattern), recursive=True))  # noqa: PTH207 - a pattern may begin at the root
    files = [path for path in found if path.is_file()]
    # Whoever writes .clean means outputs.
    kept = files if ".clean" in pattern.name else [path for path in files if not _is_made(path)]
    if not kept:
        remedy = nearest(pattern) or "Check the pattern, and that the shell did not change it."
        if files:
            remedy = f"It finds only what runs have written: {_shown(map(str, files))}."
        raise ReadError("no file is named so", place=str(pattern), remedy=remedy)
    return kept


def _refuse_mixed(parts: list[Part]) -> None:
    """Raise for files of several formats."""
    by_format: dict[str, str] = {}
    for part in parts:
        if part.stream is None:
            by_format.setdefault(format_of(part.name), part.label)
    if len(by_format) > 1:
        told = ", ".join(f"{path} ({format})" for format, path in by_format.items())
        raise ReadError(
            f"files of several formats are no parts of one table: {told}",
            place=parts[0].label,
            remedy="Give those of one format, e.g. 'folder/*.csv'.",
        )


def _written_suffix(part: Part) -> str:
    """Return the suffix of an output of the same format, or of the one that stands for it."""
    _, suffix = split_name(part.name)
    return _WRITTEN_AS.get(format_of(part.name), suffix)


def _named_after(part: Part) -> Path:
    stem, _ = split_name(part.shown)
    suffix = _written_suffix(part)
    if part.member is not None:
        for packed in PACKED:
            suffix = suffix.removesuffix(packed)
        stem = stem.removesuffix(suffix)
    return part.shown.with_name(f"{stem}{suffix}")


def _shown(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:10]) + (f", ... ({len(listed)} in all)" if len(listed) > 10 else "")
