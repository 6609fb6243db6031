"""Source: a file that was read, and what was decided on the way."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataprep.engines.duckdb import DuckDB
from dataprep.readers.dialect import Dialect
from dataprep.readers.lines import Scan
from dataprep.readers.opening import Malformed
from dataprep.table import Table


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
    """The names of JSON Lines and Parquet, where a column could not be called so."""
    schema: Any = None
    """The Arrow schema of Parquet: time zones, dictionaries and what other programs put there."""
    overlong: list[int] = field(default_factory=list)
    """Numbers of lines with an empty cell too many at their end, which is left out."""
    scan: Future[Scan] | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.engine.height

    def sha256(self) -> str | None:
        """Return the hash of the files' bytes, computed beside the other work."""
        return None if self.scan is None else self.scan.result().sha256

    def report(self) -> dict[str, Any]:
        """Return what was decided while reading."""
        found: dict[str, Any] = {
            "paths": [str(path) for path in self.paths],
            "format": self.format,
            "rows": self.rows,
            "rows_malformed": len(self.malformed),
            "rows_overlong": len(self.overlong),
        }
        if self.dialect:
            found |= {
                "delimiter": self.dialect.delimiter,
                "header": self.dialect.header,
                "encoding": "utf-8-sig" if self.dialect.bom else "utf-8",
                "columns": list(self.dialect.columns),
            }
        return found
