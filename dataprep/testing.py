"""`check_stage`: what every stage must keep, for whoever writes one.

A check is a small function of a stage and a table that raises AssertionError with what it found.
`check_stage` runs them all; `checks_of` gives them one by one, so that pytest can name each.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.cleaning import clean
from dataprep.engines.frames import open_frame
from dataprep.errors import DataprepError, SchemaError
from dataprep.kinds import kind_of_dtype
from dataprep.pipeline import Pipeline
from dataprep.registry import stage_names
from dataprep.stage import Change, Stage

LIBRARIES = ("pandas", "polars", "pyarrow")
"""Where a frame may live; ``duckdb`` reads the same table from CSV files."""
ENGINES = (*LIBRARIES, "duckdb")
PARTITIONS = (1, 2, 7)

__all__ = [
    "ENGINES",
    "LIBRARIES",
    "PARTITIONS",
    "Check",
    "check_stage",
    "checks_of",
    "given_as",
    "sample_table",
    "text_table",
]


@dataclass(frozen=True)
class Check:
    """One thing that a stage must keep; call it to find out whether it does."""

    name: str
    run: Callable[[], None]

    def __call__(self) -> None:
        """Run the check."""
        self.run()


def check_stage(
    stage: Stage,
    table: Any = None,
    *,
    engines: Sequence[str] = ENGINES,
    partitions: Sequence[int] = PARTITIONS,
) -> int:
    """Check that a stage keeps the contract of stages.

    The same data, rows, ledger and state on every engine and over every partition; the input
    untouched; parameters and state the same after a journey through JSON; no surprise at tables
    that are all null, constant, empty or of one row; the same answer twice; as many rows out of
    ``transform`` as went in.

    Parameters
    ----------
    stage : Stage
        With the parameters that it is to be checked with; it is not fitted.
    table : pyarrow.Table, optional
        What it is tried on: `sample_table` by default, `text_table` for stages that read text.
    engines : sequence of str, default=("pandas", "polars", "pyarrow", "duckdb")
    partitions : sequence of int, default=(1, 2, 7)

    Returns
    -------
    int
        How many checks were run.

    Raises
    ------
    AssertionError
        With the check that failed in a note.

    Examples
    --------
    >>> import dataprep as dp
    >>> check_stage(dp.IQR(k=3.0), engines=["pandas"], partitions=[1, 2]) > 10
    True
    """
    count = 0
    for check in checks_of(stage, table, engines=engines, partitions=partitions):
        try:
            check()
        except Exception as error:
            error.add_note(f"in {check.name} of {stage!r}")
            raise
        count += 1
    return count


def checks_of(
    stage: Stage,
    table: Any = None,
    *,
    engines: Sequence[str] = ENGINES,
    partitions: Sequence[int] = PARTITIONS,
) -> Iterator[Check]:
    """Give the checks of `check_stage` one by one, to be run by name.

    Examples
    --------
    >>> import dataprep as dp
    >>> [check.name for check in checks_of(dp.IQR())][:2]
    ['declared', 'parameters_round_trip']
    """
    table = sample_table() if table is None else table
    frames = [engine for engine in engines if engine in LIBRARIES]
    for name, function in (
        ("declared", check_declared),
        ("parameters_round_trip", check_parameters_round_trip),
        ("parameters_left_alone", check_parameters_left_alone),
        ("state_round_trip", check_state_round_trip),
        ("same_answer_twice", check_same_answer_twice),
        ("rows_alone", check_rows_alone),
        ("empty", check_empty),
    ):
        yield Check(name, partial(function, stage, table))
    on_engine: Any
    for engine in engines:
        for name, on_engine in (
            ("input_untouched", check_input_untouched),
            ("ledger_tells_all", check_ledger_tells_all),
            ("undo", check_undo),
        ):
            yield Check(f"{name}_{engine}", partial(on_engine, stage, table, engine))
    for engine in frames:
        for name, on_engine in (("transform", check_transform), ("order_kept", check_order_kept)):
            yield Check(f"{name}_{engine}", partial(on_engine, stage, table, engine))
    if "duckdb" in engines:
        yield Check("applied_to_a_file", partial(check_applied_to_a_file, stage, table))
    reference = cache(lambda: _outcome(stage, table, "pandas"))
    for engine in engines:
        for parts in partitions:
            check = partial(check_same_everywhere, stage, table, engine, parts, reference)
            yield Check(f"same_{engine}_{parts}", check)
    for case in degenerate(table):
        check = partial(check_degenerate, stage, table, case, engines)
        yield Check(f"degenerate_{case}", check)


# ---- the tables


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
            return [_to_csv(part, folder / f"part{i}.csv") for i, part in enumerate(parts)]
    raise ValueError(f"{engine!r} is none of {', '.join(ENGINES)}")


def _to_pandas(table: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    day = pa.date32()
    types = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype(), day: pd.ArrowDtype(day)}
    return table.to_pandas(types_mapper=types.get)


def _to_csv(table: Any, path: Path) -> str:
    """Write with DuckDB, whose text for a value is the one that ledgers of frames use."""
    import duckdb

    with duckdb.connect() as connection:
        connection.register("given", table)
        connection.execute(f"copy given to '{path}' (format csv, header)")
    return str(path)


# ---- what comes out, in plain Python


@dataclass(frozen=True)
class Outcome:
    """What cleaning gave, in the same plain values whatever the engine."""

    data: dict[str, list[Any]]
    types: dict[str, str]
    rejected: list[tuple[int, str, str]]
    ledger: list[tuple[Any, ...]]
    states: list[Any]


_FAMILIES = {
    **dict.fromkeys(("category", "text", "identifier"), "words"),
    **dict.fromkeys(("date", "timestamp"), "time"),
}


def _outcome(stage: Stage, table: Any, engine: str, partitions: int = 1) -> Outcome:
    with TemporaryDirectory() as folder:
        result = _cleaned(stage, given_as(table, engine, partitions, Path(folder)), table)
        data = result.data.to_arrow() if engine == "duckdb" else result.data
        return Outcome(
            _plain(data),
            _types(data),
            _rejected(result.rejected),
            sorted(_rows(result.ledger), key=lambda row: (row[0], row[1] or "")),
            result.pipeline.states_,
        )


def _cleaned(stage: Stage, given: Any, table: Any) -> Any:
    """Clean with the stage alone; a file's columns are read as the kinds that the frames have."""
    pipeline = Pipeline([_fresh(stage)])
    if isinstance(given, list):
        options: dict[str, Any] = {"header": True, "delimiter": ",", "kinds": _kinds(table)}
        return clean(given, pipeline=pipeline, **options)
    return clean(given, pipeline=pipeline)


def _fresh(stage: Stage) -> Stage:
    return stage.__sklearn_clone__()


def _kinds(table: Any) -> dict[str, Any]:
    return dict(open_frame(table).table.kinds)


def _plain(frame: Any) -> dict[str, list[Any]]:
    """Return a frame's columns as Python values, None for what is missing."""
    import narwhals as nw

    opened = nw.from_native(frame, eager_only=True)
    return {name: [_value(v) for v in opened[name].to_list()] for name in opened.columns}


def _value(value: Any) -> Any:
    # NaN and NaT differ from themselves; pandas' NA will not even say whether it does.
    if value is None or type(value).__name__ == "NAType" or value != value:
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    # A date is a time at midnight in pandas, which has no type of its own for it.
    midnight = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return dt.datetime.combine(value, dt.time()) if midnight else value


def _types(frame: Any) -> dict[str, str]:
    import narwhals as nw

    found = {}
    for name, dtype in nw.from_native(frame, eager_only=True).schema.items():
        kind = kind_of_dtype(dtype)
        found[name] = _FAMILIES.get(kind, kind)
    return found


def _rows(frame: Any) -> list[tuple[Any, ...]]:
    columns = _plain(frame)
    return list(zip(*columns.values(), strict=True))


def _rejected(frame: Any) -> list[tuple[int, str, str]]:
    columns = _plain(frame)
    names = ("_row", "_stage", "_reason")
    return [tuple(row) for row in zip(*(columns[name] for name in names), strict=True)]


def _same(found: Any, expected: Any, what: str) -> None:
    """Raise with the first difference, not with two whole tables."""
    if found == expected:
        return
    raise AssertionError(f"{what}: {_difference(found, expected)}")


def _difference(found: Any, expected: Any) -> str:
    if isinstance(found, dict) and isinstance(expected, dict) and list(found) == list(expected):
        for key, value in expected.items():
            if found[key] != value:
                return f"[{key!r}] {_difference(found[key], value)}"
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        if len(found) != len(expected):
            extra = [item for item in found if item not in expected][:3]
            lacking = [item for item in expected if item not in found][:3]
            return f"{len(found)} and not {len(expected)}; only here {extra}, only there {lacking}"
        for i, (a, b) in enumerate(zip(found, expected, strict=True)):
            if a != b:
                return f"[{i}] {_difference(a, b)}"
    return f"{found!r} and not {expected!r}"


# ---- the checks


def check_declared(stage: Stage, table: Any) -> None:
    """The parameters are the fields of a dataclass, each with a type and a word on what it is."""
    candidate: Any = stage
    assert is_dataclass(candidate), f"{type(stage).__name__} is no dataclass"
    declared = fields(candidate)
    assert stage.phase in ("repair", "training"), f"phase is {stage.phase!r}"
    told = type(stage).__doc__ or ""
    for item in declared:
        assert item.name in told, f"the docstring does not mention the parameter {item.name!r}"
    names = [item.name for item in declared]
    _same(list(stage.get_params()), names, "get_params() and the fields")


def check_parameters_round_trip(stage: Stage, table: Any) -> None:
    """A stage made again from its parameters as JSON says and does the same."""
    text = json.dumps(stage.parameters(), allow_nan=False)
    loaded = {n: tuple(v) if isinstance(v, list) else v for n, v in json.loads(text).items()}
    again = type(stage)(**loaded)
    _same(json.dumps(again.parameters()), text, "parameters after a journey through JSON")
    here, there = _outcome(stage, table, "pyarrow"), _outcome(again, table, "pyarrow")
    _same(there.states, here.states, "the state learned with parameters from JSON")


def check_parameters_left_alone(stage: Stage, table: Any) -> None:
    """Neither fitting nor applying changes a parameter."""
    fresh = _fresh(stage)
    before = json.dumps(fresh.parameters())
    pipeline = Pipeline([fresh]).fit(given_as(table, "pyarrow", 1, Path()))
    pipeline.transform(given_as(table, "pyarrow", 1, Path()))
    _same(json.dumps(fresh.parameters()), before, "parameters after fit and transform")


def check_state_round_trip(stage: Stage, table: Any) -> None:
    """A state is plain JSON, and means the same after a journey through it."""
    frame = given_as(table, "pandas", 1, Path())
    pipeline = Pipeline([_fresh(stage)]).fit(frame)
    state = pipeline.states_[0]
    try:
        again = json.loads(json.dumps(state, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"the state is no plain JSON: {error}: {state!r}") from None
    _same(again, state, "the state after a journey through JSON")
    expected = _plain(pipeline.transform(frame))
    pipeline.states_ = [again]
    _same(_plain(pipeline.transform(frame)), expected, "transform with the state from JSON")
    if stage.name() in stage_names():
        with TemporaryDirectory() as folder:
            path = Path(folder) / "pipeline.json"
            pipeline.save(path)
            loaded = Pipeline.load(path)
        _same(_plain(loaded.transform(frame)), expected, "transform of the loaded pipeline")


def check_same_answer_twice(stage: Stage, table: Any) -> None:
    """The same rows and the same seed give the same answer, every time."""
    once, twice = (_outcome(stage, table, "pyarrow") for _ in range(2))
    _compare(twice, once, "the second time")


def check_same_everywhere(
    stage: Stage,
    table: Any,
    engine: str,
    partitions: int,
    reference: Callable[[], Outcome] | None = None,
) -> None:
    """Data, rejected rows, ledger and state are those of a pandas frame of one part."""
    expected = _outcome(stage, table, "pandas") if reference is None else reference()
    found = _outcome(stage, table, engine, partitions)
    _compare(found, expected, f"{engine} in {partitions} parts, and pandas in one")


def _compare(found: Outcome, expected: Outcome, where: str) -> None:
    _same(found.states, expected.states, f"{where}: state")
    _same(found.rejected, expected.rejected, f"{where}: rejected rows")
    _same(found.data, expected.data, f"{where}: data")
    _same(found.types, expected.types, f"{where}: types")
    _same(found.ledger, expected.ledger, f"{where}: ledger")


def check_input_untouched(stage: Stage, table: Any, engine: str) -> None:
    """What the caller gave is as it was: every value, type, label, and byte of a file."""
    with TemporaryDirectory() as folder:
        given = given_as(table, engine, 2, Path(folder))
        before = _snapshot(given_as(table, engine, 2, Path(folder)))
        _cleaned(stage, given, table)
        if engine in LIBRARIES:
            Pipeline([_fresh(stage)]).fit(given).transform(given)
        _same(_snapshot(given), before, f"the {engine} input after clean, fit and transform")


def _snapshot(given: Any) -> Any:
    if isinstance(given, list):
        return [Path(path).read_bytes() for path in given]
    labels = given.index.tolist() if hasattr(given, "index") else None
    types = [str(x) for x in given.dtypes] if hasattr(given, "dtypes") else str(given.schema)
    return _plain(given), types, labels


def check_ledger_tells_all(stage: Stage, table: Any, engine: str) -> None:
    """Every cell that differs and every row that left is in the ledger, once, and nothing else."""
    import pyarrow as pa

    with TemporaryDirectory() as folder:
        result = _cleaned(stage, given_as(table, engine, 2, Path(folder)), table)
        summary, ledger = result.summary, _rows(result.ledger)
        after = _plain(result.data.to_arrow() if engine == "duckdb" else result.data)
        rejected = _rejected(result.rejected)
    gone = [row for row, _, _ in rejected]
    dropped = sorted(row[0] for row in ledger if row[1] is None)
    _same(dropped, sorted(gone), "rows dropped in the ledger, and rejected rows")
    _same(len(set(gone)), len(gone), "rejected rows that are different")
    _same(summary["rows_rejected"], len(gone), "rows_rejected and rejected rows")
    _same(summary["rows_in"], len(table), "rows_in and the rows of the input")
    _same(summary["rows_out"], summary["rows_kept"] + summary["rows_synthetic"], "rows_out")
    cells = [(row[0], row[1]) for row in ledger if row[1] is not None]
    _same(summary["cells_changed"], len(cells), "cells_changed and cells in the ledger")
    _same(len(set(cells)), len(cells), "cells in the ledger that are different")
    kept = [row for row in range(len(table)) if row not in set(gone)]
    before = _plain(table.take(pa.array(kept, pa.int64())))
    read = _change(stage, table).parses
    differing = {
        (kept[i], name)
        for name in before
        if name in after and name not in read
        for i, (a, b) in enumerate(zip(before[name], after[name], strict=True))
        if a != b
    }
    told = {cell for cell in cells if cell[0] not in set(gone)}
    _same(sorted(told), sorted(differing), "cells in the ledger, and cells that differ")


def _change(stage: Stage, table: Any) -> Change:
    opened = open_frame(table).table
    return stage.change(opened, stage.learn(opened))


def check_undo(stage: Stage, table: Any, engine: str) -> None:
    """``undo`` gives the input again, cell for cell."""
    with TemporaryDirectory() as folder:
        given = given_as(table, engine, 2, Path(folder))
        back = _cleaned(stage, given, table).undo()
        if engine == "duckdb":
            text = _cleaned(stage, given, table).undo().to_arrow().to_pylist()
            _same(back.to_arrow().to_pylist(), text, "undo of a file, twice")
            _same(len(text), len(table), "rows after undo")
            return
        _same(_snapshot(back), _snapshot(given), "the table after undo")


def check_transform(stage: Stage, table: Any, engine: str) -> None:
    """``transform`` gives as many rows as it was given, and learns nothing from them."""
    frame = given_as(table, engine, 2, Path())
    pipeline = Pipeline([_fresh(stage)]).fit(frame)
    states = json.dumps(pipeline.states_)
    few = given_as(table.slice(1, 3), engine, 1, Path())
    for given, rows in ((frame, len(table)), (few, 3)):
        _same(len(pipeline.transform(given)), rows, "rows out of transform")
    _same(json.dumps(pipeline.states_), states, "the state after transform")
    if stage.phase == "training":
        plain = _plain(pipeline.transform(frame))
        _same(plain, _plain(frame), "rows at serving, for a stage of the training phase")


def check_order_kept(stage: Stage, table: Any, engine: str) -> None:
    """Rows stay in order, and in pandas under their own label, which may be that of another."""
    frame = given_as(table, engine, 7, Path())
    result = clean(frame, pipeline=Pipeline([_fresh(stage)]))
    gone = {row for row, _, _ in _rejected(result.rejected)}
    kept = [row for row in range(len(table)) if row not in gone]
    _same(len(result.data), len(kept), "rows that are neither kept nor rejected")
    if engine == "pandas":
        _same(result.data.index.tolist(), frame.index.take(kept).tolist(), "index labels")
        served = Pipeline([_fresh(stage)]).fit(frame).transform(frame)
        _same(served.index.tolist(), frame.index.tolist(), "index labels after transform")


def check_rows_alone(stage: Stage, table: Any) -> None:
    """A row served alone is treated as it is among others, unless the stage looks at neighbours."""
    if _change(stage, table).whole:
        return
    frame = given_as(table, "pyarrow", 1, Path())
    pipeline = Pipeline([_fresh(stage)]).fit(frame)
    whole = _plain(pipeline.transform(frame))
    for row in (0, 3, 17, len(table) - 1):
        alone = _plain(pipeline.transform(frame.slice(row, 1)))
        expected = {name: [values[row]] for name, values in whole.items()}
        _same(alone, expected, f"row {row} alone, and among others")


def check_applied_to_a_file(stage: Stage, table: Any) -> None:
    """A pipeline fitted on a frame and applied to a file does what it does to a frame."""
    from dataprep.jobs.clean import Running, apply_path
    from dataprep.jobs.reading import Reading

    frame = given_as(table, "pandas", 1, Path())
    pipeline = Pipeline([_fresh(stage)]).fit(frame)
    expected = pipeline.transform(frame)
    with TemporaryDirectory() as folder:
        path = _to_csv(table, Path(folder) / "given.csv")
        output = Path(folder) / "out.parquet"
        reading = Reading(delimiter=",", header=True)
        summary = apply_path(pipeline, path, output, reading, Running())
        import pyarrow.parquet as pq

        found = pq.read_table(output)
    _same(summary["rows_out"], len(table), "rows out of apply")
    _same(_plain(found), _plain(expected), "the file, and the frame")


def check_degenerate(stage: Stage, table: Any, case: str, engines: Sequence[str]) -> None:
    """A table that is all null, constant or of one row is treated, and everywhere alike."""
    given = degenerate(table)[case]
    expected = _outcome_or_refusal(stage, given, "pandas")
    for engine in engines:
        found = _outcome_or_refusal(stage, given, engine)
        where = f"{case} on {engine}, and on pandas"
        if isinstance(found, str) or isinstance(expected, str):
            _same(found, expected, where)
        else:
            _compare(found, expected, where)
    if isinstance(expected, str):
        return
    frame = given_as(table, "pandas", 1, Path())
    pipeline = Pipeline([_fresh(stage)]).fit(frame)
    served = pipeline.transform(given_as(given, "pandas", 1, Path()))
    _same(len(served), len(given), f"rows out of transform, {case}")
    fitted = Pipeline([_fresh(stage)]).fit(given_as(given, "pandas", 1, Path()))
    try:
        _same(len(fitted.transform(frame)), len(frame), f"rows out of transform, fitted on {case}")
    except SchemaError:
        # Rows of another kind than those of fit are refused, never let through as they are.
        return


def _outcome_or_refusal(stage: Stage, table: Any, engine: str) -> Outcome | str:
    try:
        return _outcome(stage, table, engine)
    except DataprepError as error:
        return str(error)


def check_empty(stage: Stage, table: Any) -> None:
    """No rows: at ``fit`` an error that says so, at ``transform`` an empty frame."""
    for library in LIBRARIES:
        empty = given_as(table.slice(0, 0), library, 1, Path())
        try:
            Pipeline([_fresh(stage)]).fit(empty)
        except DataprepError as error:
            assert "0" in str(error) or "no rows" in str(error), f"it does not say so: {error}"
        else:
            raise AssertionError(f"fit on an empty {library} frame did not raise")
        frame = given_as(table, library, 1, Path())
        pipeline = Pipeline([_fresh(stage)]).fit(frame)
        served, full = pipeline.transform(empty), pipeline.transform(frame)
        _same(len(served), 0, f"rows out of transform of an empty {library} frame")
        _same(list(_plain(served)), list(_plain(full)), f"columns of an empty {library} frame")
