"""Tables that stages are tried on, and what holds them: frames of each library, CSV files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

LIBRARIES = ("pandas", "polars", "pyarrow")
"""Where a frame may live; ``duckdb`` reads the same table from CSV files."""
ENGINES = (*LIBRARIES, "duckdb")
PARTITIONS = (1, 2, 7)


def sample_table() -> Any:
    """Return a small Arrow table with what stages meet.

    Missing values, outliers on both sides, repeated rows, few and many levels, text that a
    spreadsheet would run, times, dates, booleans, a constant column and one that is all null.
    """
    import pyarrow as pa

    rows = 60
    start = dt.datetime(2024, 1, 1, 8, 30)
    amount: list[float | None] = [round(10 + (i * 37 % 41) / 4, 2) for i in range(rows)]
    count: list[int] = [20 + i * 13 % 23 for i in range(rows)]
    children: list[int | None] = [i % 4 for i in range(rows)]
    for row, value in ((3, 250.75), (17, -180.5), (29, None), (30, None), (44, None), (0, None)):
        amount[row] = value
    count[5], count[41] = 4000, -3000
    for row in (2, 9, 10, 33):
        children[row] = None
    words = ["=1+1", "plain words", "+49 30 1234", "@home", "it's fine", "-5 degrees", "\ttab"]
    columns = {
        "amount": pa.array(amount, pa.float64()),
        "count": pa.array(count, pa.int64()),
        "children": pa.array(children, pa.int64()),
        "plan": pa.array(
            [None if i % 11 == 4 else ("basic", "plus", "NA")[i % 5 % 3] for i in range(rows)]
        ),
        "note": pa.array([None if i % 13 == 6 else f"{words[i % 7]} {i}" for i in range(rows)]),
        "active": pa.array([None if i % 9 == 5 else i % 3 == 0 for i in range(rows)], pa.bool_()),
        "seen": pa.array(
            [None if i % 10 == 7 else start + dt.timedelta(hours=7 * i) for i in range(rows)],
            pa.timestamp("us"),
        ),
        "day": pa.array(
            [None if i % 8 == 1 else dt.date(2024, 1 + i % 12, 1 + i % 5) for i in range(rows)],
            pa.date32(),
        ),
        "same": pa.array([7.5] * rows, pa.float64()),
        "nothing": pa.array([None] * rows, pa.float64()),
    }
    table = pa.table(columns)
    # Whole rows that come again, one of them twice, the last ones far from their first.
    again = [12, 12, 3, 29, 0, 20, 41, 5, 59, 1]
    return pa.concat_tables([table.slice(0, 30), table.take(again), table.slice(30)])


def class_table() -> Any:
    """Return the sample table with a target, ``label``: of ten rows six common, one scarce."""
    import pyarrow as pa

    table = sample_table()
    classes = ("common",) * 6 + ("rare",) * 3 + ("scarce",)
    labels = [classes[row * 7 % 10] for row in range(len(table))]
    return table.append_column("label", pa.array(labels))


def text_table() -> Any:
    """Return an Arrow table whose columns are all text, as a file has it before it is read."""
    import pyarrow as pa

    rows = 60
    missing = {4: "NA", 11: "?", 23: None, 31: "n/a"}

    def column(cells: list[str], holes: Mapping[int, str | None] | None = None) -> Any:
        return pa.array([(holes or {}).get(i, cell) for i, cell in enumerate(cells)], pa.string())

    return pa.table(
        {
            "age": column([str(20 + i * 7 % 50) for i in range(rows)], missing),
            "ratio": column([f"{i * 3 % 17}.{i % 4}0" for i in range(rows)], missing),
            "zip": column([f"{i * 977 % 90000:05d}" for i in range(rows)]),
            "land": column([("DE", "NA", "FR")[i % 3] for i in range(rows)], {7: "?", 8: None}),
            "open": column([("true", "false")[i % 2] for i in range(rows)], missing),
            "day": column(
                [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(rows)], missing
            ),
            "at": column([f"2024-03-01 {i % 24:02d}:15:00" for i in range(rows)], missing),
            "price": column([f"{1 + i % 9}.{100 + i},{i % 10} EUR" for i in range(rows)], missing),
            "when": column([f"{1 + i % 28}/{1 + i % 12}/2024" for i in range(rows)], missing),
            "agreed": column([("Ja", "nein")[i % 2] for i in range(rows)], missing),
            "sent": column([f"2024-03-01T{i % 24:02d}:15:00+02:00" for i in range(rows)], missing),
            "order": column([f"0{1 + i % 9}/07/2024" for i in range(rows)], missing),
            "half": column([str(i) if i % 2 else f"no {i}" for i in range(rows)]),
            "one": column(["5"] * rows),
            "nothing": pa.array([None] * rows, pa.string()),
        }
    )


def degenerate(table: Any) -> dict[str, Any]:
    """Return the table as it would be all null, constant, and of a single row."""
    import pyarrow as pa

    full = [
        i
        for i in range(len(table))
        if all(_present(table.column(c), i) for c in table.column_names)
    ]
    row = full[0] if full else 1
    nulls = [pa.nulls(5, kind) for kind in table.schema.types]
    return {
        "all_null": pa.table(nulls, schema=table.schema),
        "constant": table.take([row] * 6),
        "one_row": table.slice(row, 1),
    }


def _present(column: Any, row: int) -> bool:
    return bool(column[row].is_valid) or column.null_count == len(column)


def given_as(table: Any, engine: str, partitions: int, folder: Path) -> Any:
    """Return a table as a caller has it: in a library's frame of several parts, or in files.

    Parameters
    ----------
    table : pyarrow.Table
    engine : {"pandas", "polars", "pyarrow", "duckdb"}
    partitions : int
        A pandas frame of several parts was concatenated: its index labels repeat.
    folder : path
        Where the files of ``duckdb`` are written.
    """
    bounds = [len(table) * i // partitions for i in range(partitions + 1)]
    parts = [table.slice(a, b - a) for a, b in pairwise(bounds) if b > a]
    parts = parts or [table]
    match engine:
        case "pandas":
            import pandas as pd

            return pd.concat([_to_pandas(part) for part in parts])
        case "polars":
            import polars as pl

            return pl.concat([pl.DataFrame(part) for part in parts], rechunk=False)
        case "pyarrow":
            import pyarrow as pa

            return pa.concat_tables(parts)
        case "duckdb":
            return [to_csv(part, folder / f"part{i}.csv") for i, part in enumerate(parts)]
    raise ValueError(f"{engine!r} is none of {', '.join(ENGINES)}")


def _to_pandas(table: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    day = pa.date32()
    types = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), day: pd.ArrowDtype(day)}
    return table.to_pandas(types_mapper=types.get)


def to_csv(table: Any, path: Path) -> str:
    """Write with DuckDB, whose text for a value is the one that ledgers of frames use."""
    _connection().cursor().from_arrow(table).write_csv(str(path), header=True)
    return str(path)


@cache
def _connection() -> Any:
    """Return one connection for all files: to make one takes longer than to write a file."""
    import duckdb

    return duckdb.connect()
