"""`check_stage`: what every stage must keep, for whoever writes one.

A check is a small function of a trial, a stage and a table, that raises with what it found.
`check_stage` runs them all; `checks_of` gives them one by one, so that pytest can name each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dataprep.stage import Stage
from dataprep.testing.checks import (
    check_applied_to_a_file,
    check_declared,
    check_degenerate,
    check_empty,
    check_input_untouched,
    check_ledger_tells_all,
    check_order_kept,
    check_parameters_left_alone,
    check_parameters_round_trip,
    check_rows_alone,
    check_same_answer_twice,
    check_same_everywhere,
    check_state_round_trip,
    check_target_absent,
    check_transform,
    check_undo,
)
from dataprep.testing.images import picture_table
from dataprep.testing.splits import PART, check_nothing_learned_from_held_out, with_parts
from dataprep.testing.tables import (
    ENGINES,
    LIBRARIES,
    PARTITIONS,
    class_table,
    degenerate,
    given_as,
    sample_table,
    text_table,
)
from dataprep.testing.trials import Trial

__all__ = [
    "ENGINES",
    "LIBRARIES",
    "PARTITIONS",
    "Check",
    "check_stage",
    "checks_behind_split",
    "checks_of",
    "class_table",
    "given_as",
    "picture_table",
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
    target: str | None = None,
    engines: Sequence[str] = ENGINES,
    partitions: Sequence[int] = PARTITIONS,
) -> int:
    """Check that a stage keeps the contract of stages.

    The same data, rows, ledger and state on every engine and over every partition; the input
    untouched; parameters and state the same after a journey through JSON; no surprise at tables
    that are all null, constant, empty or of one row; the same answer twice; as many rows out of
    ``transform`` as went in, a target among the columns or not.

    Parameters
    ----------
    stage : Stage
        With the parameters that it is to be checked with; it is not fitted.
    table : pyarrow.Table, optional
        What it is tried on. By default `sample_table`, or `class_table` and its target for a stage
        that balances classes or judges labels, or `picture_table` for one that looks at pictures;
        `text_table` is for stages that read text.
    target : str, optional
        The table's column with the classes.
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
    for check in checks_of(stage, table, target=target, engines=engines, partitions=partitions):
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
    target: str | None = None,
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
    trial = Trial(stage, *_tried_on(stage, table, target))
    frames = [engine for engine in engines if engine in LIBRARIES]
    for name, function in (
        ("declared", check_declared),
        ("parameters_round_trip", check_parameters_round_trip),
        ("parameters_left_alone", check_parameters_left_alone),
        ("state_round_trip", check_state_round_trip),
        ("same_answer_twice", check_same_answer_twice),
        ("rows_alone", check_rows_alone),
        ("target_absent", check_target_absent),
        ("empty", check_empty),
    ):
        yield Check(name, partial(function, trial))
    on_engine: Any
    for engine in engines:
        for name, on_engine in (
            ("input_untouched", check_input_untouched),
            ("ledger_tells_all", check_ledger_tells_all),
            ("undo", check_undo),
        ):
            yield Check(f"{name}_{engine}", partial(on_engine, trial, engine))
    for engine in frames:
        for name, on_engine in (("transform", check_transform), ("order_kept", check_order_kept)):
            yield Check(f"{name}_{engine}", partial(on_engine, trial, engine))
    if "duckdb" in engines:
        yield Check("applied_to_a_file", partial(check_applied_to_a_file, trial))
    for engine in engines:
        # A pandas frame of one part is what all are held against: `same_answer_twice`.
        for parts in partitions if engine != "pandas" else [n for n in partitions if n != 1]:
            check = partial(check_same_everywhere, trial, engine, parts)
            yield Check(f"same_{engine}_{parts}", check)
    for case in degenerate(trial.table):
        check = partial(check_degenerate, trial, case, engines)
        yield Check(f"degenerate_{case}", check)


def checks_behind_split(
    stage: Stage,
    table: Any = None,
    *,
    target: str | None = None,
    engines: Sequence[str] = ENGINES,
) -> Iterator[Check]:
    """Give the checks of a stage behind a split, where two rows of six are held out.

    The same data, rows, ledger and state on every engine; a ledger that tells all, undo, and
    nothing learned from rows that are held out.

    Parameters
    ----------
    stage : Stage
        Not fitted.
    table : pyarrow.Table, optional
        As of `check_stage`; a column of parts is added.
    target : str, optional
        The table's column with the classes.
    engines : sequence of str, default=("pandas", "polars", "pyarrow", "duckdb")

    Examples
    --------
    >>> import dataprep as dp
    >>> [check.name for check in checks_behind_split(dp.IQR(), engines=["pandas", "polars"])][-2:]
    ['behind_split_same_polars', 'behind_split_nothing_learned_from_held_out']
    """
    table, target = _tried_on(stage, table, target)
    trial = Trial(stage, with_parts(table), target, PART)
    on_engine: Any
    for engine in engines:
        for name, on_engine in (
            ("ledger_tells_all", check_ledger_tells_all),
            ("undo", check_undo),
        ):
            yield Check(f"behind_split_{name}_{engine}", partial(on_engine, trial, engine))
        if engine != "pandas":
            check = partial(check_same_everywhere, trial, engine, 2, 2)
            yield Check(f"behind_split_same_{engine}", check)
    held_out = partial(check_nothing_learned_from_held_out, trial)
    yield Check("behind_split_nothing_learned_from_held_out", held_out)


def _tried_on(stage: Stage, table: Any, target: str | None) -> tuple[Any, str | None]:
    """Return the table that a stage is tried on, and its target."""
    if table is None and stage.pictures:
        return picture_table(), target
    if table is None and (stage.sampler or stage.weighs or stage.relabels):
        return class_table(), "label"
    return sample_table() if table is None else table, target
