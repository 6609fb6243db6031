"""What can be fed: frames, results, tables, Parquet and run folders, opened as `Rows`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw

from dataprep.arrays import library_of
from dataprep.engines.frames import open_frame
from dataprep.errors import ConfigError, DataError
from dataprep.feed.channels import Channels, channels_in
from dataprep.feed.columns import is_text, most_fed
from dataprep.feed.files import Files, files_in
from dataprep.feed.held import features_of, held_of, labels_in, root_of
from dataprep.feed.image_sources import listed_pictures
from dataprep.feed.labels import Wanted
from dataprep.feed.manifest import manifest_of
from dataprep.feed.parquet import Streamed, streamed_of
from dataprep.feed.roles import (
    check_column,
    check_part,
    chosen_part,
    one_of_role,
    origin_column,
    parts_of,
    with_roles,
)
from dataprep.feed.rows import Held
from dataprep.feed.runs import Run, is_run
from dataprep.kinds import Kind
from dataprep.parts import TRAIN, part_of, split_column
from dataprep.provenance import shown
from dataprep.readers.image_folders import holds_pictures
from dataprep.table import Table

_HELD = 256 * 2**20
"""Files that take at most so many bytes in memory are read whole."""
_WINDOW = 64 * 2**20
"""How many bytes are shuffled together of larger ones; up to four times as many are in memory."""
_TEXT = 80
"""About how many bytes a text takes in memory beside its letters."""
_READ = ("target", "weight", "image", "split")
"""The roles of columns that are read beside the features."""


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
        (``data.clean.dataprep``). `Rows` are given back: they know their
        part.
    target : str, optional
        The column to be predicted; by default that of the pipeline, where there was one.
    split : str, default="train"
        The part to take, where rows were split.
    columns : str, Selector or sequence of str, optional
        The features, in the order of a list. By default all numbers, booleans and categories (text
        of few levels) that have no role: no target, id, weight, group, split, picture, index of
        pandas, nor what a pipeline adds (``sample_weight``, ``split``, ``_origin``, ...). Others
        are ``.left_out``: identifiers, dates, free text; where nothing else is there, text is
        taken.
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
    (2, ['no', 'yes'], {'x': 'float', 'plan': 'category'})
    >>> rows.take([1, 0])["plan"].tolist(), rows.labels([1, 0]).tolist()
    (['b', 'a'], [1, 0])
    """
    if isinstance(source, Held | Streamed):
        if split != TRAIN:
            check_part(split, [source.split])
        return source
    given = Given(target, split, columns, classes, weight, image, image_root, window)
    if isinstance(source, str | Path):
        path = Path(source)
        if is_run(path):
            return _run(Run(path.absolute()), given)
        if holds_pictures(path):
            return _of_table(given.named(listed_pictures(path)), given)
        return _files(path, given)
    table = _table_of(source)
    if table is None:
        raise ConfigError(
            f"{type(source).__name__} cannot be fed",
            place="source",
            remedy="Give a frame, a result of dp.clean, a Parquet file or folder, or a run folder.",
        )
    return _of_table(given.named(table), given)


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

    def named(self, table: Table, **options: Any) -> Table:
        """Return a table with the roles that were named, and those of what pipelines add."""
        return with_roles(
            table, target=self.target, weight=self.weight, image=self.image, **options
        )

    def held(self, table: Table, classes: Wanted) -> Held:
        """Return the rows of a part, in memory."""
        found = held_of(
            table,
            columns=self.columns,
            classes=classes,
            image_root=self.image_root,
            channels=self.channels,
        )
        return replace(found, split=self.split)

    def after(self, trained: Table) -> Given:
        """Return what is said of held-out rows: codes and channels are those of training rows."""
        image = one_of_role(trained, "image")
        root = root_of(trained, self.image_root)
        return replace(
            self,
            classes=labels_in(trained) if self.classes is None else self.classes,
            channels=None if image is None else channels_in(trained, image, root),
        )


def _of_table(table: Table, given: Given) -> Held:
    """Return a part of a table in memory, whose columns have their roles."""
    part = chosen_part(table, given.split)
    if given.split != TRAIN and split_column(table) is not None:
        given = given.after(part_of(table, TRAIN))
    return given.held(part, given.classes)


def _run(run: Run, given: Given) -> Held | Streamed:
    """Return a part of a run."""
    path = run.file(given.split)
    if given.split != TRAIN and TRAIN in run.parts:
        given = given.after(_trained(run, given))
    if run.format != "parquet":
        return given.held(given.named(run.table(given.split)), given.classes)
    # The file holds the rows of that part alone, and no column of parts.
    whole = replace(given, split=TRAIN)
    return replace(_held_or_streamed(Files([path]), whole, run.described), split=given.split)


def _trained(run: Run, given: Given) -> Table:
    """Return the columns of the training rows that held-out ones are read by."""
    check_column(given.target, run.columns, "target")
    named = {given.target, given.image}
    roles = {n for n, role in run.roles.items() if role in ("target", "image", "measure")}
    names = [name for name in run.columns if name in named | roles]
    # The weight of held-out rows is none of what they are read by.
    return with_roles(run.table(TRAIN, names), target=given.target, image=given.image)


def _files(path: Path, given: Given) -> Held | Streamed:
    """Return a Parquet file, or a folder of them."""
    told = manifest_of(path)
    paths = files_in(path)
    files = Files(paths)
    if told is None:
        return _held_or_streamed(files, given, None)
    told.check(paths)
    if given.split != TRAIN:
        check_part(given.split, [told.split])
    classes = told.classes if given.classes is None else given.classes
    whole = replace(given, classes=classes, split=TRAIN)
    found = _held_or_streamed(files, whole, told.described)
    return replace(found, split=told.split, made=told.made)


def _held_or_streamed(
    files: Files, given: Given, described: Callable[[Table], Table] | None
) -> Held | Streamed:
    """Return the rows of Parquet files, in memory where they are few."""
    bare = files.empty()
    if not files.height:
        raise DataError("there are no rows", place=str(files.paths[0]), remedy="Give others.")

    def parts(_: Table, column: str) -> list[str]:
        return parts_of(files.distinct(column))

    table = given.named(described(bare) if described else bare, parts=parts)
    if described is None:
        table = replace(table, kinds={**table.kinds, **_categories(files, table, given.columns)})
    chosen, left_out = features_of(table, given.columns, "source")
    size = _row_size(files, table, chosen)
    window = given.window
    if window is None:
        window = files.height if files.height * size <= _HELD else max(1, _WINDOW // size)
    if window >= files.height:
        held = _of_table(_read(files, table, chosen), replace(given, columns=chosen))
        return replace(held, left_out=left_out)
    divided = split_column(table)
    if divided is None:
        check_part(given.split, [TRAIN], divided=False)
    else:
        found = files.distinct(divided)
        check_part(given.split, parts_of(found))
        if len(found) > 1:
            raise ConfigError(
                "rows of several parts lie in one file, which is not held in memory",
                place=divided,
                remedy="Write a file for each part, as dataprep clean does, or give a window of at "
                f"least {files.height:,} rows.",
            )
    root = root_of(table, given.image_root)
    rows = streamed_of(files, table, chosen, window, classes=given.classes, image_root=root)
    return replace(rows, split=given.split, channels=given.channels, left_out=left_out)


def _categories(files: Files, table: Table, columns: Any) -> dict[str, Kind]:
    """Return the columns of text that are categories, as far as that matters for what is chosen."""
    listed = columns if isinstance(columns, list | tuple) else table.columns
    texts = [n for n in table.columns if table.kinds[n] == "text" and n not in table.roles]
    return {n: "category" for n in texts if n in listed and files.is_category(n)}


def _row_size(files: Files, table: Table, chosen: list[str]) -> int:
    """Return about how many bytes a row takes in memory."""
    texts = [name for name in chosen if is_text(table.frame.schema[name])]
    sizes = files.sizes()
    letters = sum(sizes.get(name, 0) for name in texts) // files.height
    numbers = len(chosen) - len(texts) + len(table.of_role("soft_label"))
    return 4 * numbers + _TEXT * len(texts) + letters + 16


def _read(files: Files, table: Table, chosen: list[str]) -> Table:
    """Return the table with its rows in memory: of its columns those that are needed."""
    wanted = {*chosen, *(one_of_role(table, role) for role in _READ), origin_column(table)}
    wanted.update(table.of_role("soft_label"))
    names = [name for name in table.columns if name in wanted]
    found = open_frame(files.read(names)).table
    kinds = {name: table.kinds[name] for name in names}
    return replace(table, frame=found.frame, engine=found.engine, kinds=kinds)


def _table_of(source: Any) -> Table | None:
    """Return an in-memory table of a frame, a table or a result; None of anything else."""
    after = getattr(source, "after", None) or getattr(getattr(source, "run", None), "after", None)
    table = after if isinstance(after, Table) else source
    if isinstance(table, Table):
        table = shown(table) if table.made else table
        is_plain = isinstance(table.frame, nw.DataFrame) and not table.has_text
        return table if is_plain else _in_memory(table)
    if library_of(source) is not None:
        return _with_categories(open_frame(source).table)
    return None


def _with_categories(table: Table) -> Table:
    """Return a frame's table, in which text of few levels is a category however few rows it has."""
    texts = [name for name, kind in table.kinds.items() if kind == "text"]
    few = [name for name in texts if _has_few(table.frame[name])]
    return replace(table, kinds={**table.kinds, **dict.fromkeys(few, "category")})


def _has_few(texts: nw.Series[Any]) -> bool:
    """Tell whether text has few levels; more among the first rows than all may have settle it."""
    most = most_fed(len(texts) - int(texts.null_count()))
    # A missing value counts as one.
    return texts.head(4 * most).n_unique() <= most + 1 and texts.drop_nulls().n_unique() <= most


def _in_memory(table: Table) -> Table:
    """Return a table of the engine of files, which may be lazy, as one in memory."""
    found = open_frame(table.to_arrow()).table
    return replace(found, kinds=dict(table.kinds), roles=dict(table.roles), report=table.report)
