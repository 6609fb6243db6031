"""The checks: each a function of a stage and a table that raises with what it found."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.cleaning import clean
from dataprep.engines.frames import open_frame
from dataprep.errors import DataprepError, SchemaError
from dataprep.pipeline import Pipeline
from dataprep.registry import stage_names
from dataprep.stage import Change, Stage
from dataprep.testing.outcomes import (
    Outcome,
    cleaned_by,
    columns_of,
    fresh_copy,
    ledger_rows,
    outcome_of,
    rejected_rows,
    same,
)
from dataprep.testing.tables import LIBRARIES, degenerate, given_as, to_csv


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
    same(list(stage.get_params()), names, "get_params() and the fields")


def check_parameters_round_trip(stage: Stage, table: Any) -> None:
    """A stage made again from its parameters as JSON says and does the same."""
    text = json.dumps(stage.parameters(), allow_nan=False)
    loaded = {n: tuple(v) if isinstance(v, list) else v for n, v in json.loads(text).items()}
    again = type(stage)(**loaded)
    same(json.dumps(again.parameters()), text, "parameters after a journey through JSON")
    here, there = outcome_of(stage, table, "pyarrow"), outcome_of(again, table, "pyarrow")
    same(there.states, here.states, "the state learned with parameters from JSON")


def check_parameters_left_alone(stage: Stage, table: Any) -> None:
    """Neither fitting nor applying changes a parameter."""
    fresh = fresh_copy(stage)
    before = json.dumps(fresh.parameters())
    pipeline = Pipeline([fresh]).fit(given_as(table, "pyarrow", 1, Path()))
    pipeline.transform(given_as(table, "pyarrow", 1, Path()))
    same(json.dumps(fresh.parameters()), before, "parameters after fit and transform")


def check_state_round_trip(stage: Stage, table: Any) -> None:
    """A state is plain JSON, and means the same after a journey through it."""
    frame = given_as(table, "pandas", 1, Path())
    pipeline = Pipeline([fresh_copy(stage)]).fit(frame)
    state = pipeline.states_[0]
    try:
        again = json.loads(json.dumps(state, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"the state is no plain JSON: {error}: {state!r}") from None
    same(again, state, "the state after a journey through JSON")
    expected = columns_of(pipeline.transform(frame))
    pipeline.states_ = [again]
    same(columns_of(pipeline.transform(frame)), expected, "transform with the state from JSON")
    if stage.name() in stage_names():
        with TemporaryDirectory() as folder:
            path = Path(folder) / "pipeline.json"
            pipeline.save(path)
            loaded = Pipeline.load(path)
        same(columns_of(loaded.transform(frame)), expected, "transform of the loaded pipeline")


def check_same_answer_twice(stage: Stage, table: Any) -> None:
    """The same rows and the same seed give the same answer, every time."""
    once, twice = (outcome_of(stage, table, "pyarrow") for _ in range(2))
    _compare(twice, once, "the second time")


def check_same_everywhere(
    stage: Stage,
    table: Any,
    engine: str,
    partitions: int,
    reference: Callable[[], Outcome] | None = None,
) -> None:
    """Data, rejected rows, ledger and state are those of a pandas frame of one part."""
    expected = outcome_of(stage, table, "pandas") if reference is None else reference()
    found = outcome_of(stage, table, engine, partitions)
    _compare(found, expected, f"{engine} in {partitions} parts, and pandas in one")


def _compare(found: Outcome, expected: Outcome, where: str) -> None:
    same(found.states, expected.states, f"{where}: state")
    same(found.rejected, expected.rejected, f"{where}: rejected rows")
    same(found.data, expected.data, f"{where}: data")
    same(found.types, expected.types, f"{where}: types")
    same(found.ledger, expected.ledger, f"{where}: ledger")


def check_input_untouched(stage: Stage, table: Any, engine: str) -> None:
    """What the caller gave is as it was: every value, type, label, and byte of a file."""
    with TemporaryDirectory() as folder:
        given = given_as(table, engine, 2, Path(folder))
        before = _snapshot(given_as(table, engine, 2, Path(folder)))
        cleaned_by(stage, given, table)
        if engine in LIBRARIES:
            Pipeline([fresh_copy(stage)]).fit(given).transform(given)
        same(_snapshot(given), before, f"the {engine} input after clean, fit and transform")


def _snapshot(given: Any) -> Any:
    if isinstance(given, list):
        return [Path(path).read_bytes() for path in given]
    labels = given.index.tolist() if hasattr(given, "index") else None
    types = [str(x) for x in given.dtypes] if hasattr(given, "dtypes") else str(given.schema)
    return columns_of(given), types, labels


def check_ledger_tells_all(stage: Stage, table: Any, engine: str) -> None:
    """Every cell that differs and every row that left is in the ledger, once, and nothing else."""
    import pyarrow as pa

    with TemporaryDirectory() as folder:
        result = cleaned_by(stage, given_as(table, engine, 2, Path(folder)), table)
        summary, ledger = result.summary, ledger_rows(result.ledger)
        after = columns_of(result.data.to_arrow() if engine == "duckdb" else result.data)
        rejected = rejected_rows(result.rejected)
    gone = [row for row, _, _ in rejected]
    dropped = sorted(row[0] for row in ledger if row[1] is None)
    same(dropped, sorted(gone), "rows dropped in the ledger, and rejected rows")
    same(len(set(gone)), len(gone), "rejected rows that are different")
    same(summary["rows_rejected"], len(gone), "rows_rejected and rejected rows")
    same(summary["rows_in"], len(table), "rows_in and the rows of the input")
    same(summary["rows_out"], summary["rows_kept"] + summary["rows_synthetic"], "rows_out")
    cells = [(row[0], row[1]) for row in ledger if row[1] is not None]
    same(summary["cells_changed"], len(cells), "cells_changed and cells in the ledger")
    same(len(set(cells)), len(cells), "cells in the ledger that are different")
    kept = [row for row in range(len(table)) if row not in set(gone)]
    before = columns_of(table.take(pa.array(kept, pa.int64())))
    read = _change(stage, table).parses
    differing = {
        (kept[i], name)
        for name in before
        if name in after and name not in read
        for i, (a, b) in enumerate(zip(before[name], after[name], strict=True))
        if a != b
    }
    told = {cell for cell in cells if cell[0] not in set(gone)}
    same(sorted(told), sorted(differing), "cells in the ledger, and cells that differ")


def _change(stage: Stage, table: Any) -> Change:
    opened = open_frame(table).table
    return stage.change(opened, stage.learn(opened))


def check_undo(stage: Stage, table: Any, engine: str) -> None:
    """``undo`` gives the input again, cell for cell."""
    with TemporaryDirectory() as folder:
        given = given_as(table, engine, 2, Path(folder))
        back = cleaned_by(stage, given, table).undo()
        if engine == "duckdb":
            text = cleaned_by(stage, given, table).undo().to_arrow().to_pylist()
            same(back.to_arrow().to_pylist(), text, "undo of a file, twice")
            same(len(text), len(table), "rows after undo")
            return
        same(_snapshot(back), _snapshot(given), "the table after undo")


def check_transform(stage: Stage, table: Any, engine: str) -> None:
    """``transform`` gives as many rows as it was given, and learns nothing from them."""
    frame = given_as(table, engine, 2, Path())
    pipeline = Pipeline([fresh_copy(stage)]).fit(frame)
    states = json.dumps(pipeline.states_)
    few = given_as(table.slice(1, 3), engine, 1, Path())
    for given, rows in ((frame, len(table)), (few, 3)):
        same(len(pipeline.transform(given)), rows, "rows out of transform")
    same(json.dumps(pipeline.states_), states, "the state after transform")
    if stage.phase == "training":
        plain = columns_of(pipeline.transform(frame))
        same(plain, columns_of(frame), "rows at serving, for a stage of the training phase")


def check_target_absent(stage: Stage, table: Any) -> None:
    """A target that ``columns`` names is done without at serving, or missed in words of ours."""
    chosen = {"columns": "all"} if "columns" in stage.get_params() else {}
    # Every third column: a number, words and a time are among them.
    for target in table.column_names[::3]:
        named = fresh_copy(stage).set_params(**chosen)
        try:
            pipeline = Pipeline([named], target=target).fit(table)
            served = pipeline.transform(table.drop_columns([target]))
        except DataprepError:
            continue
        same(len(served), len(table), f"rows out of transform without the target {target!r}")


def check_order_kept(stage: Stage, table: Any, engine: str) -> None:
    """Rows stay in order, and in pandas under their own label, which may be that of another."""
    frame = given_as(table, engine, 7, Path())
    result = clean(frame, pipeline=Pipeline([fresh_copy(stage)]))
    gone = {row for row, _, _ in rejected_rows(result.rejected)}
    kept = [row for row in range(len(table)) if row not in gone]
    same(len(result.data), len(kept), "rows that are neither kept nor rejected")
    if engine == "pandas":
        same(result.data.index.tolist(), frame.index.take(kept).tolist(), "index labels")
        served = Pipeline([fresh_copy(stage)]).fit(frame).transform(frame)
        same(served.index.tolist(), frame.index.tolist(), "index labels after transform")


def check_rows_alone(stage: Stage, table: Any) -> None:
    """A row served alone is treated as it is among others, unless the stage looks at neighbours."""
    if _change(stage, table).whole:
        return
    frame = given_as(table, "pyarrow", 1, Path())
    pipeline = Pipeline([fresh_copy(stage)]).fit(frame)
    whole = columns_of(pipeline.transform(frame))
    for row in (0, 3, 17, len(table) - 1):
        alone = columns_of(pipeline.transform(frame.slice(row, 1)))
        expected = {name: [values[row]] for name, values in whole.items()}
        same(alone, expected, f"row {row} alone, and among others")


def check_applied_to_a_file(stage: Stage, table: Any) -> None:
    """A pipeline fitted on a frame and applied to a file does what it does to a frame."""
    from dataprep.jobs.clean import apply_path
    from dataprep.jobs.reading import Reading
    from dataprep.jobs.running import Running
    from dataprep.readers.wanted import Wanted

    frame = given_as(table, "pandas", 1, Path())
    pipeline = Pipeline([fresh_copy(stage)]).fit(frame)
    expected = pipeline.transform(frame)
    with TemporaryDirectory() as folder:
        path = to_csv(table, Path(folder) / "given.csv")
        output = Path(folder) / "out.parquet"
        reading = Reading(Wanted(",", header=True))
        summary = apply_path(pipeline, path, output, reading, Running())
        import pyarrow.parquet as pq

        found = pq.read_table(output)
    same(summary["rows_out"], len(table), "rows out of apply")
    same(columns_of(found), columns_of(expected), "the file, and the frame")


def check_degenerate(stage: Stage, table: Any, case: str, engines: Sequence[str]) -> None:
    """A table that is all null, constant or of one row is treated, and everywhere alike."""
    given = degenerate(table)[case]
    expected = _outcome_or_refusal(stage, given, "pandas")
    for engine in engines:
        found = _outcome_or_refusal(stage, given, engine)
        where = f"{case} on {engine}, and on pandas"
        if isinstance(found, str) or isinstance(expected, str):
            same(found, expected, where)
        else:
            _compare(found, expected, where)
    if isinstance(expected, str):
        return
    frame = given_as(table, "pandas", 1, Path())
    pipeline = Pipeline([fresh_copy(stage)]).fit(frame)
    served = pipeline.transform(given_as(given, "pandas", 1, Path()))
    same(len(served), len(given), f"rows out of transform, {case}")
    fitted = Pipeline([fresh_copy(stage)]).fit(given_as(given, "pandas", 1, Path()))
    try:
        same(len(fitted.transform(frame)), len(frame), f"rows out of transform, fitted on {case}")
    except SchemaError:
        # Rows of another kind than those of fit are refused, never let through as they are.
        return


def _outcome_or_refusal(stage: Stage, table: Any, engine: str) -> Outcome | str:
    try:
        return outcome_of(stage, table, engine)
    except DataprepError as error:
        return str(error)


def check_empty(stage: Stage, table: Any) -> None:
    """No rows: at ``fit`` an error that says so, at ``transform`` an empty frame."""
    for library in LIBRARIES:
        empty = given_as(table.slice(0, 0), library, 1, Path())
        try:
            Pipeline([fresh_copy(stage)]).fit(empty)
        except DataprepError as error:
            assert "0" in str(error) or "no rows" in str(error), f"it does not say so: {error}"
        else:
            raise AssertionError(f"fit on an empty {library} frame did not raise")
        frame = given_as(table, library, 1, Path())
        pipeline = Pipeline([fresh_copy(stage)]).fit(frame)
        served, full = pipeline.transform(empty), pipeline.transform(frame)
        same(len(served), 0, f"rows out of transform of an empty {library} frame")
        same(
            list(columns_of(served)),
            list(columns_of(full)),
            f"columns of an empty {library} frame",
        )
