"""Parquet files larger than memory as rows: read in blocks, never whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dataprep.engine import Arrays
from dataprep.engines.matrix import arrays_of
from dataprep.feed.columns import check_numbers, is_text, missing_in, numbers_of, weights_of
from dataprep.feed.files import Files
from dataprep.feed.held import check_references
from dataprep.feed.labels import Wanted, check_present, classes_in, coded, target_of
from dataprep.feed.roles import made_in, one_of_role, origin_column
from dataprep.feed.rows import Held, Rows
from dataprep.table import Table

_MOST_LABELS = 10_000
"""A target of more distinct values is a number."""


@dataclass(frozen=True, repr=False)
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
        others = [name for name in (self.image, self.target, self.weight) if name is not None]
        return [*dict.fromkeys([*self.names, *self.words, *others])]

    def class_counts(self) -> dict[Any, int]:
        """Return how many rows each class has."""
        return dict(self.counts)

    def held(self, batch: Any) -> Held:
        """Return rows that were read, an Arrow table or batch, as rows in memory."""
        texts = [*self.words, *([self.image] if self.image else [])]
        objects = arrays_of(batch.select(texts))
        matrix = numbers_of(batch, self.names)
        check_numbers(matrix, self.names, {n: batch.column(n).null_count for n in self.words})
        if self.image is not None:
            check_references(batch.column(self.image).null_count, batch.num_rows, self.image)
        w = None if self.weight is None else weights_of(batch.column(self.weight), self.weight)
        plain = {f: getattr(self, f) for f in Rows.__dataclass_fields__ if f != "height"}
        return Held(
            height=batch.num_rows,
            matrix=matrix,
            names=self.names,
            objects=objects,
            y=self._coded(batch),
            w=w,
            **plain,
        )

    def blocks(self) -> Iterator[Held]:
        """Give all rows in order, in blocks that fit in memory."""
        for batch in self.files.batches(self.columns, self.files.groups):
            yield self.held(batch)

    def _coded(self, batch: Any) -> np.ndarray | None:
        """Return the labels of rows that were read."""
        if self.target is None or self.target_kind is None:
            return None
        values = target_of(batch.column(self.target))
        check_present(missing_in(values), len(values), self.target)
        return coded(values, self.target_kind, self.classes)

    def _taken(self, positions: np.ndarray, columns: Sequence[str]) -> Any:
        """Return rows by their positions; each row group that has some is read."""
        import pyarrow as pa

        order = np.argsort(positions, kind="stable")
        wanted, found = np.asarray(positions)[order], []
        for group in self.files.groups:
            ends = np.searchsorted(wanted, [group.first, group.first + group.rows])
            if ends[0] < ends[1]:
                here = wanted[slice(*ends)] - group.first
                found += _picked(self.files.batches(columns, [group]), here)
        table = pa.Table.from_batches(found) if found else self.files.schema.empty_table()
        back = np.empty(len(order), "int64")
        back[order] = np.arange(len(order))
        return table.take(back)

    def take(self, positions: np.ndarray) -> Arrays:
        """Return features, and references to pictures, of some rows."""
        held = self.held(self._taken(positions, self.columns))
        return held.take(np.arange(held.height))

    def keys(self, positions: np.ndarray) -> np.ndarray:
        """Return what the looks of some rows' pictures are drawn by: their places in the files.

        Which rows refer to the same picture is not known without reading all of them.
        """
        return positions

    def labels(self, positions: np.ndarray) -> np.ndarray:
        """Return the codes of classes (int64), or numbers (float32), of some rows."""
        assert self.target is not None, "asked for a target that was not named"  # noqa: S101
        found = self._coded(self._taken(positions, [self.target]))
        assert found is not None  # noqa: S101
        return found


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
    target = one_of_role(table, "target")
    origin = origin_column(table)
    made = 0
    if origin is not None:
        made = sum(made_in(b.column(0)) for b in files.batches([origin], files.groups))
    schema = table.frame.schema
    words = tuple(name for name in chosen if is_text(schema[name]))
    found = Streamed(
        height=files.height,
        kinds={name: table.kinds[name] for name in chosen},
        target=target,
        target_kind=None if target is None else table.kinds[target],
        weight=one_of_role(table, "weight"),
        image=one_of_role(table, "image"),
        image_root=image_root,
        roles=dict(table.roles),
        made=made,
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
    import pyarrow as pa
    import pyarrow.compute as pc

    counts: dict[Any, int] = {}
    for batch in files.batches([target], files.groups):
        column = batch.column(0)
        # As in memory, where a decimal is a number.
        column = column.cast(pa.float64()) if pa.types.is_decimal(column.type) else column
        for pair in pc.value_counts(column).to_pylist():
            counts[pair["values"]] = counts.get(pair["values"], 0) + pair["counts"]
        check_present(counts.get(None, 0), files.height, target)
        if len(counts) > _MOST_LABELS and not isinstance(next(iter(counts)), str):
            return None
    return counts
