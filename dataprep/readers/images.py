"""Pictures as a table: a row for each file of a folder, or for each item of an array."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataprep.engines.duckdb import DuckDB
from dataprep.errors import ConfigError, ReadError
from dataprep.readers.delimited import open_csv
from dataprep.readers.image_arrays import listed_array
from dataprep.readers.image_folders import files_below, is_hidden, shown, why_no_picture
from dataprep.readers.source import MOST_TOLD, Source
from dataprep.readers.wanted import Wanted

IMAGE, LABEL, PART = "image", "label", "part"
"""The columns of a listing."""
_PARTS = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation",
    "validation": "validation", "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip
"""Names of folders that say what their pictures are for, where all folders beside them do."""


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


def check_labels(path: Path, columns: Sequence[str], roles: Mapping[str, Any]) -> None:
    """Raise where labels are asked for, and there are none."""
    role = next((role for role, name in roles.items() if name == LABEL), None)
    if role is not None and LABEL not in columns:
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
        When a class has no picture, there is none at all, or some lie beside the parts.
    """
    root = _absolute(folder)
    skipped: list[tuple[str, str]] = []
    references = []
    for found in files_below(root, skipped):
        name = found.relative_to(root).as_posix()
        if (reason := why_no_picture(found)) is None:
            references.append(name)
        else:
            skipped.append((shown(name), reason))
    if not references:
        raise ReadError(
            "no picture is in this folder, nor below it", place=str(folder), remedy="Check it."
        )
    places = [reference.split("/")[:-1] for reference in references]
    tops = {folders[0] for folders in places if folders}
    in_parts = _are_parts(folder, places, references)
    deep = 1 if in_parts else 0
    labels = [folders[deep] if len(folders) > deep else None for folders in places]
    columns, listing = [IMAGE], Listing(root, [], [], skipped)
    cells: list[Sequence[str | None]] = [references]
    if in_parts:
        _refuse_empty(folder, [root], {*tops}, among=_PARTS)
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
        if len(set(cells[-1])) > 1:
            listing.decided["part_column"] = PART
    listing.columns, listing.rows = columns, list(zip(*cells, strict=True))
    return listing


def _are_parts(folder: Path, places: Sequence[Sequence[str]], references: Sequence[str]) -> bool:
    """Tell whether the folders right below are parts, such as train and test.

    They are where all are called so, and classes lie below them or one is for training. Classes may
    be called so too: those that have others beside them, and pictures right inside.

    Raises
    ------
    ReadError
        When parts that hold classes have something else beside them.
    """
    named = {
        folders[0]: len(folders) > 1
        for folders in sorted(places, key=len, reverse=True)
        if folders and folders[0].casefold() in _PARTS
    }
    parts = {_PARTS[top.casefold()] for top in named}
    others = [
        reference
        for folders, reference in zip(places, references, strict=True)
        if not folders or folders[0] not in named
    ]
    nested = bool(named) and all(named.values())
    if not others:
        return nested or "train" in parts
    strays = all("/" not in reference for reference in others)
    if "train" in parts and (len(parts) > 1 or (nested and strays)):
        raise ReadError(
            f"{_listed(sorted(named))} {'is a part' if len(named) == 1 else 'are parts'} by name, "
            f"and {shown(others[0])!r} lies in none of them",
            place=str(folder),
            remedy="Put it into a part, or take it out of the folder; if these are classes, call "
            "them otherwise.",
        )
    return False


def _refuse_empty(
    folder: Path,
    above: Sequence[Path],
    labels: set[str | None],
    among: Collection[str] | None = None,
) -> None:
    """Raise for folders of classes that hold no picture, or for those of them that are called so.

    A folder without pictures that is called otherwise than parts are is no part.
    """
    classes = {
        path.name
        for parent in above
        for path in parent.iterdir()
        if path.is_dir() and not is_hidden(path.name)
        if among is None or path.name.casefold() in among
    }
    if empty := sorted(classes - labels):
        raise ReadError(
            f"{_listed(empty)} {'holds' if len(empty) == 1 else 'hold'} no picture: no row "
            "would stand for it",
            place=str(folder),
            remedy="Put pictures in, or take the folder away.",
        )


def _listed(names: Sequence[str]) -> str:
    told = ", ".join(repr(name) for name in names[:10])
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"the folder {told}" if len(names) == 1 else f"the folders {told}{more}"


def _absolute(path: Path) -> Path:
    # Not resolved: a folder that is a link is called as the person calls it.
    return Path(os.path.abspath(path))  # noqa: PTH100
