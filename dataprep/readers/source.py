"""Source: a file that was read, and what was decided on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataprep.engines.duckdb import DuckDB
from dataprep.readers.dialect import Dialect
from dataprep.readers.lines import Scan
from dataprep.readers.opening import Malformed
from dataprep.readers.paths import split_name
from dataprep.table import Table

MOST_TOLD = 1000
"""So many lines of a kind are listed in a report; all of them are in the run folder."""


@dataclass
class Source:
    """A file that was read: its table, where every cell is still text, and what was decided."""

    table: Table
    engine: DuckDB
    paths: list[Path]
    format: str
    dialect: Dialect | None
    malformed: list[Malformed] = field(default_factory=list)
    """Lines that are no rows."""
    keys: dict[str, str] = field(default_factory=dict)
    """The names of JSON Lines, Parquet and the like, where a column could not be called so."""
    schema: Any = None
    """The Arrow schema of a file with types: time zones, dictionaries, what other programs add."""
    mended: list[Malformed] = field(default_factory=list)
    """Rows that were read otherwise than they stand."""
    skipped: list[Malformed] = field(default_factory=list)
    """Lines that were passed over: titles, remarks, blank ones, what stands below the table."""
    scan: Future[Scan] | None = None
    named: Path | None = None
    """What outputs are named after; the first of the paths where nothing else is said."""
    hashed: Future[Scan] | None = None
    """The scan of the bytes that were given, where those that were read are unpacked ones."""
    decided: dict[str, Any] = field(default_factory=dict)
    """What else was decided: a sheet, a member of an archive, how columns drift."""

    @property
    def suffix(self) -> str:
        """Return the suffix of an output of the input's own format."""
        return split_name(self.named or self.paths[0])[1]

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.engine.height

    def sha256(self) -> str | None:
        """Return the hash of the files' bytes, computed beside the other work."""
        scan = self.hashed or self.scan
        return None if scan is None else scan.result().sha256

    def find_pictures(self, roles: Mapping[str, str]) -> None:
        """Note where the pictures are that a column names: beside the file, if nowhere else."""
        if "image" in roles.values() and "image_root" not in self.decided:
            # What is packed or piped in is read from elsewhere than where it is.
            first = self.paths[0] if self.paths else Path()
            folder = first.parent if first.is_file() else Path()
            self.decided["image_root"] = str(folder.absolute())

    def report(self) -> dict[str, Any]:
        """Return what was decided while reading."""
        found: dict[str, Any] = {
            "paths": [str(path) for path in self.paths],
            "format": self.format,
            "rows": self.rows,
            "rows_malformed": len(self.malformed),
        }
        for name, lines in (
            ("malformed", self.malformed),
            ("mended", self.mended),
            ("skipped", self.skipped),
        ):
            found[name] = [_listed(line) for line in lines[:MOST_TOLD]]
        if self.mended:
            found["rows_mended"] = len(self.mended)
        if self.skipped:
            found["lines_skipped"] = dict(Counter(line.reason for line in self.skipped))
        return found | self.decided


def _listed(line: Malformed) -> dict[str, Any]:
    return {"line": line.line, "byte": line.byte, "reason": line.reason, "text": line.text}
