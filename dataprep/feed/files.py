"""Parquet files of one table: their columns, their row groups, and their rows in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dataprep.engines.frames import open_frame
from dataprep.errors import ReadError, SchemaError
from dataprep.feed.columns import most_fed
from dataprep.table import Table

ROWS_READ = 16_384
"""Rows that are decoded at a time: a block of them stays in the processor's cache."""


@dataclass(frozen=True)
class Group:
    """A row group of a file.

    Parameters
    ----------
    path : Path
    number : int
        Its place in the file.
    first : int
        The position of its first row among all files.
    rows : int
    """

    path: Path
    number: int
    first: int
    rows: int


def files_in(path: Path) -> list[Path]:
    """Return a Parquet file, or those of a folder in the order of their names.

    Raises
    ------
    ReadError
        When there is none.
    """
    if path.is_dir():
        found = sorted(p for p in path.rglob("*.parquet") if p.is_file())
        if not found:
            raise ReadError(
                "neither a run folder nor a folder of Parquet files",
                place=str(path),
                remedy="Give the folder that dataprep clean wrote, such as data.clean.dataprep, "
                "or one with files named .parquet.",
            )
        _check_undivided(path, found)
        return found
    if not path.exists():
        raise ReadError("no such file", place=str(path), remedy="Check the path.")
    if path.suffix.lower() not in (".parquet", ".pq"):
        raise ReadError(
            "is no Parquet file",
            place=str(path),
            remedy="Clean it with dataprep clean and give the run folder, or read it with dp.read.",
        )
    return [path]


def _check_undivided(folder: Path, found: Sequence[Path]) -> None:
    """Raise where the names of folders hold a column, which the files in them lack."""
    for path in found:
        for name in path.relative_to(folder).parts[:-1]:
            if "=" in name:
                column = name.partition("=")[0]
                raise ReadError(
                    f"the folder {name!r} holds the column {column!r}, which its files lack",
                    place=str(folder),
                    remedy="Read it with pyarrow.parquet.read_table and give the table, or write "
                    "files that hold all columns.",
                )


@dataclass(frozen=True)
class Files:
    """Parquet files of the same columns.

    Parameters
    ----------
    paths : sequence of Path
    """

    paths: Sequence[Path]

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema, that of the first file."""
        return self._metadata[0][0]

    @cached_property
    def _metadata(self) -> list[tuple[Any, Any]]:
        found = []
        for path in self.paths:
            file = opened_file(path)
            found.append((file.schema_arrow, file.metadata))
            file.close()
            first, schema = found[0][0], found[-1][0]
            if not schema.equals(first):
                different = next(
                    (
                        n
                        for n in (*first.names, *schema.names)
                        if _type(first, n) != _type(schema, n)
                    ),
                    "the order of columns",
                )
                raise SchemaError(
                    f"{different} is not as in {self.paths[0].name}",
                    place=str(path),
                    remedy="Files of one table have the same columns: write them again, in one go.",
                )
        return found

    @cached_property
    def groups(self) -> list[Group]:
        """The row groups, in order."""
        found, first = [], 0
        for path, (_, metadata) in zip(self.paths, self._metadata, strict=True):
            for number in range(metadata.num_row_groups):
                rows = metadata.row_group(number).num_rows
                if rows:
                    found.append(Group(path, number, first, rows))
                first += rows
        return found

    @property
    def height(self) -> int:
        """The number of rows."""
        return sum(group.rows for group in self.groups)

    def nulls(self) -> dict[str, int]:
        """Return how many values of each column are null, as far as the files tell."""
        found: dict[str, int] = {}
        for column in self._chunks():
            told = column.statistics
            if told is not None and told.has_null_count:
                name = column.path_in_schema
                found[name] = found.get(name, 0) + told.null_count
        return found

    def sizes(self) -> dict[str, int]:
        """Return how many bytes each column has, not compressed."""
        found: dict[str, int] = {}
        for column in self._chunks():
            name = column.path_in_schema
            found[name] = found.get(name, 0) + column.total_uncompressed_size
        return found

    def _chunks(self) -> Iterator[Any]:
        """Give what the files say of each column of each row group."""
        for _, metadata in self._metadata:
            for number in range(metadata.num_row_groups):
                group = metadata.row_group(number)
                yield from (group.column(i) for i in range(group.num_columns))

    def distinct(self, column: str) -> set[Any]:
        """Return the values of a column, each once; it is never in memory whole."""
        import pyarrow.compute as pc

        batches = self.batches([column], self.groups)
        return {value for batch in batches for value in pc.unique(batch.column(0)).to_pylist()}

    def is_category(self, column: str) -> bool:
        """Tell whether a column of text has few levels; one of many is not read to its end."""
        import pyarrow.compute as pc

        levels: set[Any] = set()
        present = 0
        for batch in self.batches([column], self.groups):
            values = batch.column(0).drop_null()
            present += len(values)
            levels.update(pc.unique(values).to_pylist())
            if len(levels) > most_fed(self.height):
                return False
        return 0 < len(levels) <= most_fed(present)

    def empty(self) -> Table:
        """Return the table without its rows: columns, and what they hold as far as types tell."""
        return open_frame(self.schema.empty_table()).table

    def read(self, columns: Sequence[str]) -> Any:
        """Return columns of all rows as an Arrow table."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = list(columns)
        return pa.concat_tables([pq.ParquetFile(path).read(wanted) for path in self.paths])

    def batches(self, columns: Sequence[str], groups: Sequence[Group]) -> Iterator[Any]:
        """Give the rows of groups, one after the other, as Arrow record batches."""
        for group in groups:
            file = opened_file(group.path)
            try:
                yield from file.iter_batches(ROWS_READ, [group.number], list(columns))
            finally:
                file.close()


def _type(schema: Any, name: str) -> Any:
    return schema.field(name).type if name in schema.names else None


def opened_file(path: Path) -> Any:
    """Open a Parquet file, such that no more of it is read at a time than is asked for."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, pre_buffer=False, buffer_size=2**20)
    except (OSError, pa.ArrowInvalid) as error:
        raise ReadError(
            f"cannot be read: {error}", place=str(path), remedy="Write it again: it is damaged."
        ) from None
