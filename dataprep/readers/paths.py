"""The paths of inputs: what they name, whether they can be read, and the hash of their bytes."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dataprep.errors import ReadError, did_you_mean
from dataprep.readers.opening import Malformed, is_gzip, open_bytes, readable

FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".psv": "csv", ".data": "csv",
    ".parquet": "parquet", ".pq": "parquet",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip


def format_of(path: Path) -> str:
    """Return the format that a file's name implies; ``csv`` when it says nothing."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return FORMATS.get(suffixes[-1] if suffixes else "", "csv")


def checked_paths(given: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return paths that exist and are files."""
    listed = [given] if isinstance(given, str | Path) else list(given)
    paths = [Path(path) for path in listed]
    if not paths:
        raise ReadError("no input", remedy="Give the path of a file.")
    for path in paths:
        check_name(path)
        if path.is_dir():
            raise ReadError(
                "this is a folder", place=str(path), remedy="Give a file, or list the files in it."
            )
        if not path.exists():
            near = _nearest(path)
            raise ReadError("no such file", place=str(path), remedy=near or "Check the path.")
        if not path.is_file():
            raise ReadError(
                "this is a pipe or a device, which can be read only once",
                place=str(path),
                remedy="Write it to a file first.",
            )
    return paths


def check_name(path: Path) -> None:
    """Raise for a name that DuckDB could not be told."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode(errors="backslashreplace")
        raise ReadError("the name is not UTF-8", place=shown, remedy="Rename it.") from None


def _nearest(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {path.parent} does not exist either."
    known = [other.name for other in path.parent.iterdir() if other.is_file()]
    answer = did_you_mean(path.name, known)
    return answer if answer.startswith("Did you mean") else ""


def sha256_of(paths: Sequence[Path]) -> str:
    """Return the hash of files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True)
class Scan:
    """What the bytes of files tell: their hash, and whether line ends follow each other."""

    sha256: str
    blank: bool


def scanned(paths: list[Path]) -> Future[Scan]:
    """Start to look through files' bytes beside the other work."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="scan")
    future = pool.submit(_scan, paths)
    pool.shutdown(wait=False)
    return future


def _scan(paths: list[Path]) -> Scan:
    digest, blank = hashlib.sha256(), False
    for path in paths:
        packed = is_gzip(path)
        seam = b""
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                blank = blank or (not packed and _has_blank_line(seam + block[:2], block))
                seam = block[-2:]
        if packed and not blank:
            # One that is cut off is told by who reads its rows.
            with suppress(EOFError, OSError, zlib.error), open_bytes(path) as file:
                seam = b""
                while not blank and (block := file.read(1 << 20)):
                    blank = _has_blank_line(seam + block[:2], block)
                    seam = block[-2:]
    return Scan(digest.hexdigest(), blank)


def _has_blank_line(*parts: bytes) -> bool:
    return any(b"\n\n" in part or b"\n\r\n" in part for part in parts)


def blank_lines(path: Path) -> list[Malformed]:
    """Return the blank lines of a file that lie between others, outside of quotes."""
    found: list[Malformed] = []
    last, byte, inside = 0, 0, False
    with readable(path), open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            if not inside and not line.strip(b"\r\n"):
                found.append(Malformed(number, byte, "blank line", "", str(path)))
            else:
                last = number
            inside ^= bool(line.count(b'"') & 1)
            byte += len(line)
    # Those after the last row only end the file.
    return [line for line in found if line.line < last]


def escaped(path: Path) -> str:
    """Return a path whose glob signs mean themselves."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
