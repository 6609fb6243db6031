"""Readers under test: dataprep, and what people use beside it, each with its default settings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from corpus.measure import Read

Reader = Callable[[Path], Read]


def dataprep(path: Path, **options: Any) -> Read:
    """Read with ``dp.read``: the very text of each cell, and what was told.

    Raises
    ------
    Exception
        Whatever is no ``DataprepError``: those are answers, others are crashes.
    """
    import dataprep as dp
    from dataprep.table import ROW, text_of

    try:
        table = dp.read(path, **options)
    except dp.DataprepError as error:
        return Read(error=str(error))
    shown = table.frame.select(ROW, *[text_of(name) for name in table.columns])
    rows = sorted(shown.to_native().fetchall())
    report = table.report
    told = [entry["text"] for key in ("malformed", "skipped") for entry in report.get(key, ())]
    told += report.get("header_cells_without_column", [])
    return Read(table.columns, [_texts(row[1:]) for row in rows], told)


def pandas(path: Path) -> Read:
    """Read with ``pandas.read_csv``."""
    import pandas as pd

    frame = pd.read_csv(path)
    if not isinstance(frame.index, pd.RangeIndex):
        # Rows longer than the header: the first cells became the labels of rows.
        frame = frame.reset_index()
    records = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return Read([str(name) for name in frame.columns], [_texts(row) for row in records])


def polars(path: Path) -> Read:
    """Read with ``polars.read_csv``."""
    import polars as pl

    frame = pl.read_csv(path)
    return Read(frame.columns, [_texts(row) for row in frame.rows()])


def clevercsv(path: Path) -> Read:
    """Read with ``clevercsv.read_table``, which gives lists of text, the first line among them."""
    from clevercsv import read_table

    rows = [list(row) for row in read_table(str(path))]
    return Read(rows[0] if rows else [], rows[1:])


def duckdb(path: Path) -> Read:
    """Read with DuckDB's ``read_csv_auto``."""
    import duckdb as db

    with db.connect() as connection:
        found = connection.execute("select * from read_csv_auto(?)", [str(path)])
        names = [column[0] for column in found.description]
        return Read(names, [_texts(row) for row in found.fetchall()])


def _texts(row: Iterable[Any]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in row]


PEERS: Mapping[str, Reader] = {
    "pandas": pandas,
    "polars": polars,
    "CleverCSV": clevercsv,
    "DuckDB": duckdb,
}
"""The peers by name."""


def tried(reader: Reader, path: Path) -> Read:
    """Return what a reader made of a file; an exception is nothing read.

    Any exception: what a peer raises is not known beforehand.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return reader(path)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - polars panics by one that is no Exception
            return Read(error=f"{type(error).__name__}: {error}")
