"""Parquet files larger than memory as rows: read in blocks, never whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dataprep.engine import Arrays
from dataprep.engines.frames import open_frame
from dataprep.engines.matrix import arrays_of
from dataprep.errors import ReadError, SchemaError
from dataprep.feed.columns import check_numbers, is_text, numbers_of
from dataprep.feed.labels import Wanted, check_present, classes_in, coded
from dataprep.feed.rows import Held, Rows
from dataprep.table import Table

ROWS_READ = 16_384
"""Rows that are decoded at a time: a block of them stays in the processor's cache."""
_MOST_LABELS = 10_000
"""A target of more distinct values is a number."""


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
        for _, metadata in self._metadata:
            for number in range(metadata.num_row_groups):
                group = metadata.row_group(number)
                for i in range(group.num_columns):
                    column = group.column(i)
                    told = column.statistics
                    if told is not None and told.has_null_count:
                        name = column.path_in_schema
                        found[name] = found.get(name, 0) + told.null_count
        return found

    def empty(self) -> Table:
        """Return the table without its rows: columns, and what they hold as far as types tell."""
        return open_frame(self.schema.empty_table()).table

    def read(self) -> Any:
        """Return all rows as an Arrow table."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        return pa.concat_tables([pq.ParquetFile(path).read() for path in self.paths])

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


@dataclass(frozen=True)
class Streamed(Rows):
    """Rows of Parquet files that are not in memory.

    Parameters
    ----------
    files : Files
    window : int
        How many rows may be in memory at a time, to be shuffled together.
    names : tuple of str
        The features that are numbers.
    words : tuple of str
        Those that are text.
    counts : dict
        How many rows each class has.
    """

    files: Files = field(default_factory=lambda: Files(()))
    window: int = 0
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    counts: Mapping[Any, int] = field(default_factory=dict)

    @property
    def numbers(self) -> list[str]:
        """The features that are fed as float32."""
        return list(self.names)

    @property
    def texts(self) -> list[str]:
        """The features that are fed as text."""
        return list(self.words)

    @property
    def columns(self) -> list[str]:
        """All columns that are read."""
        others = [self.image, self.target, self.weight]
        return [*self.names, *self.words, *(name for name in others if name is not None)]

    def class_counts(self) -> dict[Any, int]:
        """Return how many rows each class has."""
        return dict(self.counts)

    def held(self, batch: Any) -> Held:
        """Return rows that were read, an Arrow table or batch, as rows in memory."""
        others = [name for name in self.columns if name not in self.names]
        arrays = arrays_of(batch.select(others))
        matrix = numbers_of(batch, self.names)
        objects = {n: arrays[n] for n in (*self.words, *([self.image] if self.image else []))}
        check_numbers(matrix, self.names)
        y = w = None
        if self.target is not None and self.target_kind is not None:
            values = arrays[self.target]
            if values.dtype != object:
                check_present(int(np.isnan(values).sum()), len(values), self.target)
            y = coded(values, self.target_kind, self.classes)
        if self.weight is not None:
            w = arrays[self.weight].astype("float32")
        plain = {f: getattr(self, f) for f in Rows.__dataclass_fields__ if f != "height"}
        return Held(
            height=batch.num_rows,
            matrix=matrix,
            names=self.names,
            objects=objects,
            y=y,
            w=w,
            **plain,
        )

    def blocks(self) -> Iterator[Held]:
        """Give all rows in order, in blocks that fit in memory."""
        for batch in self.files.batches(self.columns, self.files.groups):
            yield self.held(batch)

    def _taken(self, positions: np.ndarray) -> Held:
        """Return rows by their positions; each row group that has some is read."""
        import pyarrow as pa

        order = np.argsort(positions, kind="stable")
        wanted, found = np.asarray(positions)[order], []
        for group in self.files.groups:
            ends = np.searchsorted(wanted, [group.first, group.first + group.rows])
            if ends[0] < ends[1]:
                here = wanted[slice(*ends)] - group.first
                found += _picked(self.files.batches(self.columns, [group]), here)
        table = pa.Table.from_batches(found)
        back = np.empty(len(order), "int64")
        back[order] = np.arange(len(order))
        return self.held(table.take(back))

    def take(self, positions: np.ndarray) -> Arrays:
        """Return features, and references to pictures, of some rows."""
        held = self._taken(positions)
        return held.take(np.arange(held.height))

    def labels(self, positions: np.ndarray) -> np.ndarray:
        """Return the codes of classes (int64), or numbers (float32), of some rows."""
        held = self._taken(positions)
        return held.labels(np.arange(held.height))

    def weights(self, positions: np.ndarray) -> np.ndarray:
        """Return the sample weights (float32) of some rows."""
        held = self._taken(positions)
        return held.weights(np.arange(held.height))


def _picked(batches: Iterator[Any], positions: np.ndarray) -> list[Any]:
    """Return the rows of a group at sorted positions."""
    import pyarrow as pa

    found, first = [], 0
    for batch in batches:
        here = slice(*np.searchsorted(positions, [first, first + batch.num_rows]))
        if here.stop > here.start:
            found.append(batch.take(pa.array(positions[here] - first)))
        first += batch.num_rows
    return found


def streamed_of(
    files: Files,
    table: Table,
    chosen: Sequence[str],
    window: int,
    *,
    classes: Wanted,
    image_root: str,
) -> Streamed:
    """Return files as rows that stay on the disk, checked as far as that needs no reading.

    Parameters
    ----------
    files : Files
    table : Table
        Their columns, kinds and roles, without rows.
    chosen : sequence of str
        Features.
    window : int
    classes : sequence or False, optional
    image_root : str
    """
    one = {role: name for name, role in table.roles.items() if name in table.kinds}
    schema = table.frame.schema
    words = tuple(name for name in chosen if is_text(schema[name]))
    found = Streamed(
        height=files.height,
        kinds={name: table.kinds[name] for name in chosen},
        target=one.get("target"),
        target_kind=table.kinds[one["target"]] if "target" in one else None,
        weight=one.get("weight"),
        image=one.get("image"),
        image_root=image_root,
        roles=dict(table.roles),
        files=files,
        window=window,
        names=tuple(name for name in chosen if name not in words),
        words=words,
    )
    nulls = files.nulls()
    gaps = {name: nulls.get(name, 0) for name in chosen}
    check_numbers(np.empty((0, 0), "float32"), (), gaps, files.height)
    if found.target is None or found.target_kind is None:
        return found
    check_present(nulls.get(found.target, 0), files.height, found.target)
    counts = _label_counts(files, found.target, classes)
    if counts is None:
        return found
    check_present(sum(n for v, n in counts.items() if v != v), files.height, found.target)
    known = classes_in(list(counts), files.height, found.target_kind, found.target, classes)
    if known is None:
        return found
    return replace(found, classes=known, counts={label: counts.get(label, 0) for label in known})


def _label_counts(files: Files, target: str, classes: Wanted) -> dict[Any, int] | None:
    """Return how often each label occurs; None for a target of numbers."""
    if classes is False:
        return None
    import pyarrow.compute as pc

    counts: dict[Any, int] = {}
    for batch in files.batches([target], files.groups):
        for pair in pc.value_counts(batch.column(0)).to_pylist():
            counts[pair["values"]] = counts.get(pair["values"], 0) + pair["counts"]
        if len(counts) > _MOST_LABELS and not isinstance(next(iter(counts)), str):
            return None
    return counts
