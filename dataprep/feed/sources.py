"""What can be fed: frames, results, tables, Parquet and run folders, opened as `Rows`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import narwhals as nw

from dataprep.arrays import library_of
from dataprep.engines.frames import open_frame
from dataprep.errors import ConfigError, did_you_mean
from dataprep.feed.held import check_column, held_of, labels_in
from dataprep.feed.labels import Wanted
from dataprep.feed.rows import Rows
from dataprep.feed.runs import is_run, table_of_run
from dataprep.kinds import Kind
from dataprep.parts import PARTS, TRAIN, part_of, split_column
from dataprep.provenance import SHOWN, shown
from dataprep.table import Table

WEIGHT = "sample_weight"
_SPLIT = "split"


def opened(
    source: Any,
    *,
    target: str | None = None,
    split: str = TRAIN,
    columns: Any = None,
    classes: Wanted = None,
    weight: str | None = None,
    image: str | None = None,
    image_root: str | Path | None = None,
    window: int | None = None,
) -> Rows:
    """Return prepared rows by their positions, whatever they come from.

    Parameters
    ----------
    source : frame, Result, Table, path or Rows
        A pandas, Polars or PyArrow frame; what ``dp.clean`` or ``dp.read`` returned; a Parquet file
        or a folder of them; a run folder (``data.clean.dataprep``). `Rows` are given back.
    target : str, optional
        The column to be predicted; by default that of the pipeline, where there was one.
    split : str, default="train"
        The part to take, where rows were split.
    columns : str, Selector or sequence of str, optional
        The features. By default all columns that have no role: no target, id, weight, group, split,
        picture, nor what a pipeline adds (``sample_weight``, ``split``, ``_origin``, ...).
    classes : sequence or False, optional
        Labels in the order of their codes, those of the training rows for held-out ones; False says
        that the target is a number. By default the target tells.
    weight : str, optional
        The column of sample weights; by default that of the pipeline.
    image : str, optional
        The column that refers to pictures; by default that of the pipeline.
    image_root : path, optional
        The folder that its references are relative to; by default that of the run, or the current
        one.
    window : int, optional
        See `dataprep.feed.dataset`.

    Returns
    -------
    Rows

    Raises
    ------
    ConfigError
        When a column, a part or a kind of source is unknown.
    DataError
        When features or the target are missing somewhere, or the target is of one class.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = opened(pd.DataFrame({"x": [1.0, 2.0], "plan": ["a", "b"], "y": ["no", "yes"]}),
    ...               target="y")
    >>> rows.height, rows.classes, rows.kinds
    (2, ['no', 'yes'], {'x': 'float', 'plan': 'text'})
    >>> rows.take([1, 0])["plan"].tolist(), rows.labels([1, 0]).tolist()
    (['b', 'a'], [1, 0])
    """
    if isinstance(source, Rows):
        return source
    table = _table_of(source)
    if isinstance(source, str | Path):
        table = table_at(Path(source), split)
        if is_run(Path(source)) and split != TRAIN and classes is None:
            training = with_roles(table_of_run(Path(source), TRAIN), target=target)
            classes = labels_in(training)
    if table is None:
        raise ConfigError(
            f"{type(source).__name__} cannot be fed",
            place="source",
            remedy="Give a frame, a result of dp.clean, a Parquet file or folder, or a run folder.",
        )
    table = with_roles(table, target=target, weight=weight, image=image)
    if not isinstance(source, str | Path) or not is_run(Path(source)):
        if split != TRAIN and classes is None and split_column(table) is not None:
            # The codes of held-out rows are those of the training rows.
            classes = labels_in(part_of(table, TRAIN))
        table = chosen_part(table, split)
    return held_of(table, columns=columns, classes=classes, image_root=image_root)


def _table_of(source: Any) -> Table | None:
    """Return an in-memory table of a frame, a table or a result; None of anything else."""
    after = getattr(source, "after", None) or getattr(getattr(source, "run", None), "after", None)
    table = after if isinstance(after, Table) else source
    if isinstance(table, Table):
        table = shown(table) if table.made else table
        return table if not table.has_text else _in_memory(table)
    if library_of(source) is not None:
        return open_frame(source).table
    return None


def table_at(path: Path, split: str) -> Table:
    """Return the table that a path leads to: a Parquet file or folder, or a part of a run."""
    if is_run(path):
        return table_of_run(path, split)
    import pyarrow.parquet as pq

    return open_frame(pq.read_table(path)).table


def _in_memory(table: Table) -> Table:
    """Return a table of the engine of files as one in memory."""
    found = open_frame(table.to_arrow()).table
    return replace(found, kinds=dict(table.kinds), roles=dict(table.roles), report=table.report)


def with_roles(table: Table, **given: str | None) -> Table:
    """Return a table with the roles that were named, and those of columns that pipelines add."""
    roles = dict(table.roles)
    for role, name in given.items():
        check_column(name, table, role)
        if name is not None:
            roles = {other: had for other, had in roles.items() if had != role}
            roles[name] = role
    taken = set(roles.values())
    if "weight" not in taken and table.kinds.get(WEIGHT) == "float":
        roles.setdefault(WEIGHT, "weight")
    if all(name in table.kinds for name in SHOWN):
        roles |= dict.fromkeys(SHOWN, "provenance")
    if "split" not in taken and _SPLIT not in roles and _names_parts(table):
        roles[_SPLIT] = "split"
    return replace(table, roles=roles)


def _names_parts(table: Table) -> bool:
    """Tell whether a column is the one that the stage Split adds."""
    if _SPLIT not in table.kinds or table.frame.collect_schema()[_SPLIT] not in (
        nw.String,
        nw.Categorical,
        nw.Enum,
    ):
        return False
    return set(parts_in(table, _SPLIT)) <= set(PARTS)


def parts_in(table: Table, column: str) -> list[str]:
    """Return the parts that rows are in."""
    found = table.engine.rows(table.frame.select(nw.col(column).cast(nw.String)).unique())
    names = {row[column] for row in found if row[column] is not None}
    return [*(part for part in PARTS if part in names), *sorted(names - set(PARTS))]


def chosen_part(table: Table, split: str) -> Table:
    """Return the rows of a part; all of them where nothing was split and ``train`` is asked."""
    column = split_column(table)
    check_part(split, [TRAIN] if column is None else parts_in(table, column), column is not None)
    part = part_of(table, split)
    return replace(part, kinds={n: k for n, k in part.kinds.items() if n != column})


def check_part(split: str, parts: list[str], divided: bool) -> None:
    """Raise where rows are in no such part."""
    if split in parts:
        return
    if not divided:
        raise ConfigError(
            f"there is no part {split!r}: the rows were not split",
            place="split",
            remedy="Add the stage split to the pipeline; 'train' takes all rows here.",
        )
    raise ConfigError(
        f"there is no part {split!r}", place="split", remedy=did_you_mean(split, parts)
    )
