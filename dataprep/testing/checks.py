"""The checks: each a function of a trial that raises with what it found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataprep.errors import DataprepError, SchemaError
from dataprep.pipeline import Pipeline
from dataprep.registry import stage_names
from dataprep.testing.outcomes import Outcome, columns_of, fresh_copy, same
from dataprep.testing.tables import LIBRARIES, degenerate, given_as, to_csv
from dataprep.testing.trials import Trial, cells_of, snapshot


def check_declared(trial: Trial) -> None:
    """The parameters are the fields of a dataclass, each with a type and a word on what it is."""
    stage = trial.stage
    candidate: Any = stage
    assert is_dataclass(candidate), f"{type(stage).__name__} is no dataclass"
    declared = fields(candidate)
    assert stage.phase in ("repair", "training"), f"phase is {stage.phase!r}"
    told = type(stage).__doc__ or ""
    for item in declared:
        assert item.name in told, f"the docstring does not mention the parameter {item.name!r}"
    names = [item.name for item in declared]
    same(list(stage.get_params()), names, "get_params() and the fields")


def check_parameters_round_trip(trial: Trial) -> None:
    """A stage made again from its parameters as JSON says and does the same."""
    stage = trial.stage
    text = json.dumps(stage.parameters(), allow_nan=False)
    loaded = {n: tuple(v) if isinstance(v, list) else v for n, v in json.loads(text).items()}
    again = type(stage)(**loaded)
    same(json.dumps(again.parameters()), text, "parameters after a journey through JSON")
    states = trial.pipeline_of(again).fit(trial.given("pyarrow")).states_
    same(states, trial.fitted("pyarrow").states_, "the state learned with parameters from JSON")


def check_parameters_left_alone(trial: Trial) -> None:
    """Neither fitting nor applying changes a parameter."""
    fresh = fresh_copy(trial.stage)
    before = json.dumps(fresh.parameters())
    trial.pipeline_of(fresh).fit(trial.given("pyarrow")).transform(trial.given("pyarrow"))
    same(json.dumps(fresh.parameters()), before, "parameters after fit and transform")


def check_state_round_trip(trial: Trial) -> None:
    """A state is plain JSON, and means the same after a journey through it."""
    fitted, frame = trial.fitted("pandas"), trial.given("pandas")
    state = fitted.states_[0]
    try:
        again = json.loads(json.dumps(state, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"the state is no plain JSON: {error}: {state!r}") from None
    same(again, state, "the state after a journey through JSON")
    expected = trial.served("pandas")
    pipeline = copy(fitted)
    pipeline.states_ = [again]
    same(columns_of(pipeline.transform(frame)), expected, "transform with the state from JSON")
    if trial.stage.name() in stage_names():
        with TemporaryDirectory() as folder:
            path = Path(folder) / "pipeline.json"
            pipeline.save(path)
            loaded = Pipeline.load(path)
        same(columns_of(loaded.transform(frame)), expected, "transform of the loaded pipeline")


def check_same_answer_twice(trial: Trial) -> None:
    """The same rows and the same seed give the same answer, every time."""
    # On pandas, whose answer is what all others are held against.
    _compare(trial.outcome_of("pandas"), trial.outcome("pandas"), "the second time")


def check_same_everywhere(trial: Trial, engine: str, partitions: int, beside: int = 1) -> None:
    """Data, rejected rows, ledger and state are those of a pandas frame of ``beside`` parts."""
    where = f"{engine} in {partitions} parts, and pandas in {beside}"
    _compare(trial.outcome(engine, partitions), trial.outcome("pandas", beside), where)


def _compare(found: Outcome, expected: Outcome, where: str) -> None:
    same(found.states, expected.states, f"{where}: state")
    same(found.rejected, expected.rejected, f"{where}: rejected rows")
    same(found.data, expected.data, f"{where}: data")
    same(found.types, expected.types, f"{where}: types")
    same(found.ledger, expected.ledger, f"{where}: ledger")


def check_input_untouched(trial: Trial, engine: str) -> None:
    """What the caller gave is as it was: every value, type, label, and byte of a file."""
    way = trial.way(engine)
    same(way.after, way.before, f"the {engine} input after clean")


def check_ledger_tells_all(trial: Trial, engine: str) -> None:
    """Every cell that differs and every row that left is in the ledger, once, and nothing else."""
    import pyarrow as pa

    way, table = trial.way(engine), trial.table
    summary, outcome = way.summary, way.outcome
    gone = [row for row, _, _ in outcome.rejected]
    dropped = sorted(row[0] for row in outcome.ledger if row[3] == "drop")
    same(dropped, sorted(gone), "rows dropped in the ledger, and rejected rows")
    same(len(set(gone)), len(gone), "rejected rows that are different")
    same(summary["rows_rejected"], len(gone), "rows_rejected and rejected rows")
    same(summary["rows_in"], len(table), "rows_in and the rows of the input")
    same(summary["rows_out"], summary["rows_kept"] + summary["rows_synthetic"], "rows_out")
    _check_made(outcome, len(table), summary["rows_synthetic"])
    cells = [(row[0], row[1]) for row in outcome.ledger if row[1] is not None]
    same(summary["cells_changed"], len(cells), "cells_changed and cells in the ledger")
    same(len(set(cells)), len(cells), "cells in the ledger that are different")
    kept = [row for row in range(len(table)) if row not in set(gone)]
    before = columns_of(table.take(pa.array(kept, pa.int64())))
    after, read = outcome.data, trial.change.parses
    differing = {
        (kept[i], name)
        for name in before
        if name in after and name not in read
        # Below the rows that were kept stand those that were made.
        for i, (a, b) in enumerate(zip(before[name], after[name][: len(kept)], strict=True))
        if a != b
    }
    told = {cell for cell in cells if cell[0] not in set(gone)}
    same(sorted(told), sorted(differing), "cells in the ledger, and cells that differ")


def _check_made(outcome: Outcome, height: int, made: int) -> None:
    """Each row that was made is in the ledger and says where it comes from."""
    told = [row[0] for row in outcome.ledger if row[3] == "make"]
    same(told, list(range(height, height + made)), "rows made in the ledger")
    if made:
        same(outcome.data["_origin"].count(None), outcome.rows - made, "rows without an origin")
        parents = [row for row in outcome.data["_parent_a"] if row is not None]
        same([row for row in parents if not 0 <= row < height], [], "parents that are no rows")
        same(len(parents), made, "rows with a parent")


def check_undo(trial: Trial, engine: str) -> None:
    """``undo`` gives the input again, cell for cell; of files each cell's very text."""
    way = trial.way(engine)
    given = cells_of(way.before) if engine == "duckdb" else way.before
    same(way.undone, given, "the table after undo")


def check_transform(trial: Trial, engine: str) -> None:
    """``transform`` gives as many rows as it was given, changes none, and learns nothing."""
    table, frame = trial.table, trial.given(engine, 2)
    before = snapshot(trial.given(engine, 2))
    pipeline = trial.pipeline().fit(frame)
    states = json.dumps(pipeline.states_)
    served = pipeline.transform(frame)
    same(snapshot(frame), before, f"the {engine} input after fit and transform")
    same(len(served), len(table), "rows out of transform")
    few = given_as(table.slice(1, 3), engine, 1, Path())
    same(len(pipeline.transform(few)), 3, "rows out of transform")
    same(json.dumps(pipeline.states_), states, "the state after transform")
    if trial.stage.phase == "training":
        rows = "rows at serving, for a stage of the training phase"
        same(columns_of(served), before[0], rows)


def check_target_absent(trial: Trial) -> None:
    """A target that ``columns`` names is done without at serving, or missed in words of ours."""
    stage, table = trial.stage, trial.table
    chosen = {"columns": "all"} if "columns" in stage.get_params() else {}
    # Every third column: a number, words and a time are among them.
    for target in [trial.target] if trial.target else table.column_names[::3]:
        named = fresh_copy(stage).set_params(**chosen)
        try:
            pipeline = Pipeline([named], target=target).fit(table)
            served = pipeline.transform(table.drop_columns([target]))
        except DataprepError:
            continue
        same(len(served), len(table), f"rows out of transform without the target {target!r}")


def check_order_kept(trial: Trial, engine: str) -> None:
    """Rows stay in order, and in pandas under their own label, which may be that of another."""
    outcome = trial.outcome(engine, 2)
    gone = {row for row, _, _ in outcome.rejected}
    kept = [row for row in range(len(trial.table)) if row not in gone]
    made = sum(row[3] == "make" for row in outcome.ledger)
    same(outcome.rows, len(kept) + made, "rows that are neither kept, rejected nor made")
    if engine == "pandas":
        frame = trial.given(engine, 2)
        labels = (outcome.labels or [])[: len(kept)]
        same(labels, frame.index.take(kept).tolist(), "index labels")
        served = trial.fitted(engine).transform(frame)
        same(served.index.tolist(), frame.index.tolist(), "index labels after transform")


def check_rows_alone(trial: Trial) -> None:
    """A row served alone is treated as it is among others, unless the stage looks at neighbours."""
    if trial.change.whole:
        return
    frame, whole = trial.given("pyarrow"), trial.served("pyarrow")
    for row in (0, 3, 17, len(frame) - 1):
        alone = columns_of(trial.fitted("pyarrow").transform(frame.slice(row, 1)))
        expected = {name: [values[row]] for name, values in whole.items()}
        same(alone, expected, f"row {row} alone, and among others")


def check_applied_to_a_file(trial: Trial) -> None:
    """A pipeline fitted on a frame and applied to a file does what it does to a frame."""
    from dataprep.jobs.clean import apply_path
    from dataprep.jobs.reading import Reading
    from dataprep.jobs.running import Running
    from dataprep.readers.wanted import Wanted

    pipeline, table = trial.fitted("pandas"), trial.table
    with TemporaryDirectory() as folder:
        path = to_csv(table, Path(folder) / "given.csv")
        output = Path(folder) / "out.parquet"
        reading = Reading(Wanted(",", header=True))
        summary = apply_path(pipeline, path, output, reading, Running())
        import pyarrow.parquet as pq

        found = pq.read_table(output)
    same(summary["rows_out"], len(table), "rows out of apply")
    same(columns_of(found), trial.served("pandas"), "the file, and the frame")


def check_degenerate(trial: Trial, case: str, engines: Sequence[str]) -> None:
    """A table that is all null, constant or of one row is treated, and everywhere alike."""
    given = degenerate(trial.table)[case]
    expected = _outcome_or_refusal(trial, given, "pandas")
    for engine in engines:
        if engine == "pandas":
            continue
        found = _outcome_or_refusal(trial, given, engine)
        where = f"{case} on {engine}, and on pandas"
        if isinstance(found, str) or isinstance(expected, str):
            same(found, expected, where)
        else:
            _compare(found, expected, where)
    if isinstance(expected, str):
        return
    frame, poor = trial.given("pandas"), given_as(given, "pandas", 1, Path())
    served = trial.fitted("pandas").transform(poor)
    same(len(served), len(given), f"rows out of transform, {case}")
    fitted = trial.pipeline().fit(poor)
    try:
        same(len(fitted.transform(frame)), len(frame), f"rows out of transform, fitted on {case}")
    except SchemaError:
        # Rows of another kind than those of fit are refused, never let through as they are.
        return


def _outcome_or_refusal(trial: Trial, table: Any, engine: str) -> Outcome | str:
    try:
        return trial.outcome_of(engine, table)
    except DataprepError as error:
        return str(error)


def check_empty(trial: Trial) -> None:
    """No rows: at ``fit`` an error that says so, at ``transform`` an empty frame."""
    for library in LIBRARIES:
        empty = given_as(trial.table.slice(0, 0), library, 1, Path())
        try:
            trial.pipeline().fit(empty)
        except DataprepError as error:
            assert "0" in str(error) or "no rows" in str(error), f"it does not say so: {error}"
        else:
            raise AssertionError(f"fit on an empty {library} frame did not raise")
        served = trial.fitted(library).transform(empty)
        same(len(served), 0, f"rows out of transform of an empty {library} frame")
        found, full = list(columns_of(served)), list(trial.served(library))
        same(found, full, f"columns of an empty {library} frame")
