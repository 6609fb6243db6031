"""What lies in a folder: pictures, tables, or remarks beside pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dataprep.errors import ReadError
from dataprep.images.arrays import is_array_file
from dataprep.images.references import is_picture
from dataprep.readers.paths import named_format

_WEAK = (".txt", ".data", ".json")
"""What may lie beside pictures as a remark, rather than as a table."""
_REMARKS = frozenset({
    "about", "annotations", "attribution", "attributions", "changelog", "class_names", "classes",
    "credits", "info", "label", "labels", "licence", "license", "meta", "metadata", "note", "notes",
    "readme", "source", "sources",
})  # fmt: skip
"""What remarks are called."""
_NOT_SEEN = ("thumbs.db", "desktop.ini", "__macosx")


def holds_pictures(path: Path) -> bool:
    """Tell whether a path is a folder of pictures and no tables, or a file that is an array.

    Remarks beside folders of pictures, such as ``notes.txt``, are no tables; other files that can
    be tables are.

    Raises
    ------
    ReadError
        When a folder may as well be one of pictures as hold a table.
    """
    try:
        if path.is_file():
            return is_array_file(path)
        if not path.is_dir():
            return False
        tables = sorted(
            entry.name
            for entry in os.scandir(path)
            if entry.is_file() and not is_hidden(entry.name) and ".clean." not in entry.name
            if named_format(Path(entry.name))
        )
    except OSError:
        # What is the matter with it is told when it is read.
        return False
    pictures = (found for found in files_below(path, []) if is_picture(found.name))
    if not tables:
        return any(True for _ in pictures)
    if not all(name.lower().endswith(_WEAK) for name in tables):
        return False
    found = list(pictures)
    remarks = all(Path(name).stem.casefold() in _REMARKS for name in tables)
    classes = len({picture.parent for picture in found} - {path}) > 1
    if found and remarks != classes:
        first = found[0].relative_to(path).as_posix()
        raise ReadError(
            f"{tables[0]!r} may be a table, and {shown(first)!r} is a picture: which of them is "
            "meant is not clear",
            place=str(path),
            remedy=f"Give the table itself, '{path / tables[0]}'; or take it out of the folder, to "
            "read the pictures.",
        )
    return bool(found) and classes


def files_below(
    folder: Path, skipped: list[tuple[str, str]], above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[Path]:
    """Give the files below a folder, by name; note folders that cannot be read or go in circles."""
    try:
        state = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        skipped.append((shown(str(folder)), f"cannot be read: {error.strerror}"))
        return
    here = (state.st_dev, state.st_ino)
    if here in above:
        skipped.append((shown(str(folder)), "a link to a folder above it"))
        return
    for entry in entries:
        if entry.is_dir():
            if not is_hidden(entry.name):
                yield from files_below(Path(entry.path), skipped, above | {here})
        else:
            yield Path(entry.path)


def is_hidden(name: str) -> bool:
    """Tell whether a file or folder is the system's, or what a run has written."""
    return name.startswith(".") or name.lower() in _NOT_SEEN or name.endswith(".dataprep")


def why_no_picture(path: Path) -> str | None:
    """Return why a file is no row; None for a picture."""
    if is_hidden(path.name):
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


def shown(name: str) -> str:
    """Return a name as it can be printed, whatever its bytes."""
    return os.fsencode(name).decode(errors="backslashreplace")
