"""What can be fed: frames, results, tables, Parquet and run folders, opened as `Rows`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw

from dataprep.arrays import library_of
from dataprep.engines.frames import open_frame
from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.feed.channels import Channels, channels_in
from dataprep.feed.columns import is_text
from dataprep.feed.files import Files, files_in
from dataprep.feed.held import check_column, features_of, held_of, labels_in, root_of
from dataprep.feed.labels import Wanted
from dataprep.feed.manifest import manifest_of
from dataprep.feed.parquet import Streamed, streamed_of
from dataprep.feed.picture_sources import listed_pictures
from dataprep.feed.rows import Held
from dataprep.feed.runs import Run, is_run
from dataprep.parts import PARTS, TRAIN, part_of, split_column
from dataprep.provenance import SHOWN, shown
from dataprep.readers.picture_folders import holds_pictures
from dataprep.table import Table

WEIGHT = "sample_weight"
_SPLIT = "split"
_HELD = 256 * 2**20
"""Files that take at most so many bytes in memory are read whole."""
_WINDOW = 64 * 2**20
"""How many bytes are shuffled together of larger ones; up to four times as many are in memory."""
_TEXT = 80
"""About how many bytes a text takes in memory."""


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
) -> Held | Streamed:
    """Return prepared rows by their positions, whatever they come from.

    Parameters
    ----------
    source : frame, Result, Table, path or Rows
        A pandas, Polars or PyArrow frame; what ``dp.clean`` or ``dp.read`` returned; a Parquet file
        or a folder of them; a folder of pictures, an IDX, NPY or NPZ file; a run folder
        (``data.clean.dataprep``). `Rows` are given back.
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
    Held or Streamed
        Both are `Rows`.

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
    if isinstance(source, Held | Streamed):
        return source
    given = Given(target, split, columns, classes, weight, image, image_root, window)
    if isinstance(source, str | Path):
        path = Path(source)
        if is_run(path):
            return _run(Run(path.absolute()), given)
        if holds_pictures(path):
            return _of_table(listed_pictures(path), given)
        return _files(path, given)
    table = _table_of(source)
    if table is None:
        raise ConfigError(
            f"{type(source).__name__} cannot be fed",
            place="source",
            remedy="Give a frame, a result of dp.clean, a Parquet file or folder, or a run folder.",
        )
    return _of_table(table, given)


@dataclass(frozen=True)
class Given:
    """What a caller says of a source; see `opened`."""

    target: str | None
    split: str
    columns: Any
    classes: Wanted
    weight: str | None
    image: str | None
    image_root: str | Path | None
    window: int | None
    channels: Channels | None = None

    def named(self, table: Table) -> Table:
        """Return a table with the roles that were named, and those of what pipelines add."""
        return with_roles(table, target=self.target, weight=self.weight, image=self.image)

    def held(self, table: Table, classes: Wanted) -> Held:
        """Return the rows of a table."""
        return held_of(
            table,
            columns=self.columns,
            classes=classes,
            image_root=self.image_root,
            channels=self.channels,
        )

    def after(self, trained: Table) -> Given:
        """Return what is said of held-out rows: codes and channels are those of training rows."""
        image = next(iter(trained.of_role("image")), None)
        root = root_of(trained, self.image_root)
        return replace(
            self,
            classes=labels_in(trained) if self.classes is None else self.classes,
            channels=None if image is None else channels_in(trained, image, root),
        )


def _of_table(table: Table, given: Given) -> Held:
    table = given.named(table)
    part = chosen_part(table, given.split)
    if given.split != TRAIN:
        given = given.after(part_of(table, TRAIN))
    return given.held(part, given.classes)


def _run(run: Run, given: Given) -> Held | Streamed:
    """Return a part of a run."""
    if given.split != TRAIN and TRAIN in run.parts:
        given = given.after(given.named(run.table(TRAIN)))
    if run.format != "parquet":
        return given.held(given.named(run.table(given.split)), given.classes)
    files = Files([run.file(given.split)])
    # The file holds the rows of that part alone, and no column of parts.
    return _held_or_streamed(files, replace(given, split=TRAIN), run.described)


def _files(path: Path, given: Given) -> Held | Streamed:
    """Return a Parquet file, or a folder of them."""
    told = manifest_of(path)
    files = Files(files_in(path))
    if told is not None and given.classes is None:
        given = replace(given, classes=told.classes)
    return _held_or_streamed(files, given, told.described if told else None)


def _held_or_streamed(
    files: Files, given: Given, described: Callable[[Table], Table] | None
) -> Held | Streamed:
    """Return the rows of Parquet files, in memory where they are few."""
    bare = files.empty()
    told = described(bare) if described else bare
    if not files.height:
        raise DataError("there are no rows", place=str(files.paths[0]), remedy="Give others.")
    table = given.named(told)
    chosen = features_of(table, given.columns, "source")
    texts = sum(is_text(table.frame.schema[name]) for name in chosen)
    size = 4 * (len(chosen) - texts) + _TEXT * texts + 16
    window = given.window
    if window is None:
        window = files.height if files.height * size <= _HELD else max(1, _WINDOW // size)
    if window >= files.height:
        held = open_frame(files.read()).table
        return _of_table(described(held) if described else held, given)
    divided = split_column(table)
    if divided is not None and _SPLIT not in told.roles:
        _check_undivided(files, divided)
    root = root_of(table, given.image_root)
    found = streamed_of(files, table, chosen, window, classes=given.classes, image_root=root)
    return replace(found, channels=given.channels)


def _check_undivided(files: Files, column: str) -> None:
    """Raise where one file that is not held in memory has rows of several parts."""
    import pyarrow.compute as pc

    found = {v for b in files.batches([column], files.groups) for v in pc.unique(b[0]).to_pylist()}
    if found <= {*PARTS, None}:
        raise ConfigError(
            "rows of several parts lie in one file, which is not held in memory",
            place=column,
            remedy="Write a file for each part, as dataprep clean does, or give a window of at "
            f"least {files.height:,} rows.",
        )


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
    parts = table.report.get("part_column", _SPLIT)
    if "split" not in taken and parts not in roles and _names_parts(table, parts):
        roles[parts] = "split"
    return replace(table, roles=roles)


def _names_parts(table: Table, column: str) -> bool:
    """Tell whether a column names parts, as the one does that the stage Split adds."""
    if column not in table.kinds or table.frame.collect_schema()[column] not in (
        nw.String,
        nw.Categorical,
        nw.Enum,
    ):
        return False
    return set(parts_in(table, column)) <= set(PARTS)


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
