"""Pictures as a table: a row for each file of a folder, or for each item of an array."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataprep.engines.duckdb import DuckDB
from dataprep.errors import ConfigError, ReadError
from dataprep.images.arrays import is_array_file
from dataprep.images.references import is_picture
from dataprep.readers.delimited import open_csv
from dataprep.readers.paths import named_format
from dataprep.readers.picture_arrays import listed_array
from dataprep.readers.source import MOST_TOLD, Source
from dataprep.readers.wanted import Wanted

IMAGE, LABEL, PART = "image", "label", "part"
"""The columns of a listing."""
_PARTS = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation",
    "validation": "validation", "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip
"""Names of folders that say what their pictures are for, where all folders beside them do."""
_WEAK = (".txt", ".data", ".json")
"""What lies beside pictures as a remark, rather than as a table."""
_NOT_SEEN = ("thumbs.db", "desktop.ini", "__macosx")


@dataclass
class Listing:
    """The pictures that were found.

    Parameters
    ----------
    root : Path
        What references start from.
    columns : list of str
    rows : list of tuple of str or None
    skipped : list of (str, str)
        Files that are no rows, and why.
    notes : list of str
    decided : dict
    """

    root: Path
    columns: list[str]
    rows: list[tuple[str | None, ...]]
    skipped: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decided: dict[str, Any] = field(default_factory=dict)


def holds_pictures(path: Path) -> bool:
    """Tell whether a path is a folder of pictures and no tables, or a file that is an array."""
    try:
        if path.is_file():
            return is_array_file(path)
        if not path.is_dir():
            return False
        tables = any(
            named_format(Path(entry.name)) and not entry.name.lower().endswith(_WEAK)
            for entry in os.scandir(path)
            if entry.is_file() and not _is_hidden(entry.name) and ".clean." not in entry.name
        )
    except OSError:
        # What is the matter with it is told when it is read.
        return False
    return not tables and any(is_picture(found.name) for found in _files(path, []))


def open_pictures(path: Path, engine: DuckDB, work: Path | None, member: str | None) -> Source:
    """Read pictures into an engine as a table of references and labels.

    Parameters
    ----------
    path : Path
        A folder, or an IDX, NPY or NPZ file.
    engine : DuckDB
    work : Path
        A folder for intermediate files.
    member : str, optional
        The array of an NPZ file with several.

    Raises
    ------
    ReadError
        When a class has no picture, or the file holds no array of pictures.
    """
    if work is None:
        raise ConfigError("pictures need a folder for intermediate files", place="work")
    if path.is_dir():
        if member is not None:
            raise ConfigError(f"{path} is a folder", place="member", remedy="Leave it out.")
        found = listed_folder(path)
    else:
        columns, rows, notes = listed_array(path, member)
        found = Listing(_absolute(path).parent, columns, rows, notes=notes)
    draft = work / "pictures.csv"
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([found.columns, *found.rows])
    wanted = Wanted(",", '"', '"', "utf-8", None, header=True, skip_lines=0)
    source = open_csv([draft], engine, work, wanted)
    if source.scan is not None:
        # It looks through the draft, which goes.
        source.scan.result()
    draft.unlink()
    source.paths, source.decided = [path], _told(found)
    return source


def check_labels(path: Path, source: Source, roles: Mapping[str, Any]) -> None:
    """Raise where labels are asked for, and there are none."""
    role = next((role for role, name in roles.items() if name == LABEL), None)
    if role is not None and LABEL not in source.table.columns:
        remedy = "Put the pictures of each class into a folder of its own, or name no target: "
        raise ConfigError(
            f"the pictures of {path} have no labels",
            place=role,
            remedy=f"{remedy}pipelines/photos.yaml is a recipe for such folders."
            if path.is_dir()
            else "Put the file of the labels beside it.",
        )


def _told(found: Listing) -> dict[str, Any]:
    """Return what ``summary.json`` says of a listing."""
    told: dict[str, Any] = {
        "format": "pictures",
        "image_root": str(found.root),
        "columns": found.columns,
    }
    if LABEL in found.columns:
        at = found.columns.index(LABEL)
        counts = Counter(row[at] for row in found.rows)
        told["classes"] = {str(label): counts[label] for label in sorted(counts, key=str)}
    if found.skipped:
        told["files_skipped"] = dict(Counter(reason for _, reason in found.skipped))
        told["skipped_files"] = [
            {"file": file, "reason": reason} for file, reason in found.skipped[:MOST_TOLD]
        ]
    return {**told, **found.decided, **({"notes": found.notes} if found.notes else {})}


def listed_folder(folder: Path) -> Listing:
    """List the pictures of a folder, by name; the folders right below it are classes.

    Folders called train, validation, test, ... are parts, and the classes lie below them. Deeper
    folders are passed through. Links are followed, unless they lead back to where they are.

    Raises
    ------
    ReadError
        When a class has no picture, or there is none at all.
    """
    root = _absolute(folder)
    skipped: list[tuple[str, str]] = []
    references = []
    for found in _files(root, skipped):
        name = found.relative_to(root).as_posix()
        if (reason := _no_picture(found)) is None:
            references.append(name)
        else:
            skipped.append((_shown(name), reason))
    if not references:
        raise ReadError(
            "no picture is in this folder, nor below it", place=str(folder), remedy="Check it."
        )
    places = [reference.split("/")[:-1] for reference in references]
    tops = {folders[0] for folders in places if folders}
    in_parts = len(tops) > 1 and all(folders for folders in places) and "train" in tops
    in_parts = in_parts and all(top.casefold() in _PARTS for top in tops)
    deep = 1 if in_parts else 0
    labels = [folders[deep] if len(folders) > deep else None for folders in places]
    columns, listing = [IMAGE], Listing(root, [], [], skipped)
    cells: list[Sequence[str | None]] = [references]
    if any(labels):
        _refuse_empty(folder, [root / top for top in tops] if in_parts else [root], set(labels))
        columns.append(LABEL)
        cells.append(labels)
        if none := labels.count(None):
            listing.notes.append(f"{none:,} pictures lie in no class folder: they have no label")
    if in_parts:
        columns.append(PART)
        cells.append([_PARTS[folders[0].casefold()] for folders in places])
        listing.notes.append(
            "the folders are parts: column 'part' (a split takes it with column: part)"
        )
    listing.columns, listing.rows = columns, list(zip(*cells, strict=True))
    return listing


def _refuse_empty(folder: Path, above: Sequence[Path], labels: set[str | None]) -> None:
    """Raise for folders of classes that hold no picture."""
    classes = {
        path.name
        for parent in above
        for path in parent.iterdir()
        if path.is_dir() and not _is_hidden(path.name)
    }
    if empty := sorted(classes - labels):
        raise ReadError(
            f"{_listed(empty)} {'holds' if len(empty) == 1 else 'hold'} no picture: a class "
            "without rows",
            place=str(folder),
            remedy="Put pictures in, or take the folder away.",
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:10])
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"the folder {shown}" if len(names) == 1 else f"the folders {shown}{more}"


def _files(
    folder: Path, skipped: list[tuple[str, str]], above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[Path]:
    """Give the files below a folder, by name; note folders that cannot be read or go in circles."""
    try:
        state = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        skipped.append((_shown(str(folder)), f"cannot be read: {error.strerror}"))
        return
    here = (state.st_dev, state.st_ino)
    if here in above:
        skipped.append((_shown(str(folder)), "a link to a folder above it"))
        return
    for entry in entries:
        if entry.is_dir():
            if not _is_hidden(entry.name):
                yield from _files(Path(entry.path), skipped, above | {here})
        else:
            yield Path(entry.path)


def _is_hidden(name: str) -> bool:
    """Tell whether a file or folder is the system's, or what a run has written."""
    return name.startswith(".") or name.lower() in _NOT_SEEN or name.endswith(".dataprep")


def _no_picture(path: Path) -> str | None:
    """Return why a file is no row; None for a picture."""
    if _is_hidden(path.name):
        return "hidden"
    if not is_picture(path.name):
        return "no picture by its name"
    if not path.exists():
        return "a link to nothing"
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    return None


def _shown(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def _absolute(path: Path) -> Path:
    # Not resolved: a folder that is a link is called as the person calls it.
    return Path(os.path.abspath(path))  # noqa: PTH100
