"""The files of a table made ready: streams copied, packed ones unpacked, told by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dataprep.errors import ConfigError, DataprepError
from dataprep.objects import fetch_object
from dataprep.readers.inputs import STANDARD_INPUT, Inputs, Part
from dataprep.readers.lines import Scan, hashed
from dataprep.readers.opening import readable
from dataprep.readers.packed import chosen_member, packing_of, unpacked, write_blocks
from dataprep.readers.paths import format_of, named_format
from dataprep.readers.signs import format_by_bytes, refuse_other
from dataprep.readers.source import Source

_DEEPEST = 4
"""How often a file may be packed."""
_TEXTS = ("csv", "jsonl", "json")


@dataclass
class Files:
    """Files that can be read as they are.

    Parameters
    ----------
    paths : list of Path
    format : str
    inputs : Inputs
        What a person gave.
    """

    paths: list[Path]
    format: str
    inputs: Inputs
    _originals: list[Path] = field(default_factory=list)
    _packings: dict[str, str] = field(default_factory=dict)
    _members: dict[str, str] = field(default_factory=dict)
    _scans: list[Future[Scan]] = field(default_factory=list)
    _digests: list[str] = field(default_factory=list)

    def credit(self, source: Source) -> None:
        """Have a source tell its files by the names that a person knows."""
        parts, names = self.inputs.parts, self.names
        for lines in (source.malformed, source.mended, source.skipped):
            lines[:] = [line._replace(file=names.get(line.file, line.file)) for line in lines]
        source.decided = _renamed(source.decided, names)
        source.paths = [part.shown for part in parts]
        source.named = self.inputs.named
        if self._originals != self.paths:
            source.hashed = hashed(self._originals)
        if any(part.origin for part in parts):
            source.decided["paths"] = [part.label for part in parts]
        if parts and (rows := parts[0].rows) is not None:
            source.decided["format"] = rows.address.kind
            # Of the rows: the file on the way is none that anybody knows.
            source.hashed = Future()
            source.hashed.set_result(Scan(self._digests[0], False, 0))
        self._scans = [scan for scan in (source.scan, source.hashed) if scan is not None]
        if self._packings:
            source.decided["packed"] = self._packings
        if self._members:
            source.decided["member"] = self._members
        if self.inputs.passed_over:
            source.decided["passed_over"] = self.inputs.passed_over

    @property
    def names(self) -> dict[str, str]:
        """Return by the path that is read the name that a person knows."""
        shown = [part.label for part in self.inputs.parts]
        return dict(zip(map(str, self.paths), shown, strict=False))


@contextmanager
def renamed(names: Mapping[str, str]) -> Iterator[None]:
    """Have errors tell files by the names that a person knows."""
    try:
        yield
    except DataprepError as error:
        for path, shown in names.items():
            error.place = error.place.replace(path, shown)
            error.message = error.message.replace(path, shown)
        raise


@contextmanager
def unpacked_parts(inputs: Inputs, work: Path | None) -> Iterator[Files]:
    """Give files that can be read as they are; copies of others are gone afterwards."""
    files = Files([], "csv", inputs)
    made: list[Path] = []
    try:
        for number, part in enumerate(inputs.parts):
            ready = _Ready(part, work, number, made)
            files.paths.append(ready.path)
            files._originals.append(ready.original)
            files._digests.append(ready.sha256)
            if not number:
                files.format = ready.format
            if ready.packing:
                files._packings[str(part.shown)] = ready.packing
            if ready.member:
                files._members[str(part.shown)] = ready.member
        for part, path in zip(inputs.parts, files.paths, strict=True):
            refuse_other(path, files.format, part.shown)
        with renamed(files.names):
            yield files
        if made:
            # What they look through is removed next.
            for scan in files._scans:
                scan.result()
    finally:
        for path in made:
            path.unlink(missing_ok=True)


class _Ready:
    """A file that can be read as it is, and the one with the bytes that were given."""

    def __init__(self, part: Part, work: Path | None, number: int, made: list[Path]) -> None:
        self.part, self.work, self.made = part, work, made
        self.stem = f"part-{number}"
        self.packing, self.member = "", part.member if part.stream is None else None
        self.sha256 = part.sha256 or ""
        if part.path is None:
            self.path = self._new()
            self.sha256 = fetched(part, self.path).sha256 or ""
        else:
            self.path = part.path
        self.original = self.path
        for _ in range(_DEEPEST):
            with readable(self.path):
                packing = packing_of(self.path)
            if packing is None or (packing == "gzip" and self.format in _TEXTS):
                break
            if packing == "zip" and self.member is None:
                with renamed({str(self.path): str(part.shown)}):
                    self.member = chosen_member(self.path, part.member)
            self.packing = self.packing or packing
            target = self._new()
            unpacked(self.path, packing, self.member, target, part.shown)
            self.path = target

    @property
    def format(self) -> str:
        """Return the format, by the name; by the first bytes where a stream has no name."""
        if self.part.rows is not None:
            return "feather"
        name = Path(self.member) if self.member else self.part.shown
        if self.part.stream is not None and named_format(name) is None:
            return format_by_bytes(self.path) or "csv"
        return format_of(name)

    def _new(self) -> Path:
        if self.work is None:
            raise ConfigError(
                "a folder for intermediate files is needed",
                place=self.part.label,
                remedy="Give work.",
            )
        path = self.work / f"{self.stem}-{len(self.made)}"
        self.made.append(path)
        return path


def fetched(part: Part, target: Path) -> Part:
    """Write what is no file here to one, and return it as a file.

    Of a database the hash of its rows is known then, and the table as the database has it.
    """
    if part.rows is not None:
        # The driver is loaded where it is used.
        from dataprep.databases.fetching import fetch

        with renamed({str(target): part.label}):
            found = fetch(part.rows, target)
        rows = replace(part.rows, table=found.table)
        return replace(part, path=target, sha256=found.sha256, rows=rows)
    if part.stored is not None:
        fetch_object(part.stored, target)
    elif part.stream == STANDARD_INPUT:
        import sys

        write_blocks(sys.stdin.buffer, target, part.shown)
    elif isinstance(part.stream, Path):
        with readable(part.shown), part.stream.open("rb") as stream:
            write_blocks(stream, target, part.shown)
    else:
        write_blocks(part.stream, target, part.shown)
    return replace(part, path=target)


def _renamed(content: Any, names: dict[str, str]) -> Any:
    if isinstance(content, dict):
        return {names.get(key, key): _renamed(value, names) for key, value in content.items()}
    if isinstance(content, list):
        return [_renamed(value, names) for value in content]
    return names.get(content, content) if isinstance(content, str) else content
