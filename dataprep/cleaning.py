"""``dp.clean`` and ``dp.read``: one call for a frame or a file, the same stages for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import perf_counter
from typing import Any
from weakref import finalize

import narwhals as nw
import numpy as np

from dataprep.arrays import library_of
from dataprep.errors import ConfigError, did_you_mean
from dataprep.pipeline import Pipeline
from dataprep.stage import Stage
from dataprep.table import Table

MISSING_CHOICES = ("auto", "mean", "median", "most_frequent", "drop", "none")
_WRITTEN = ("delimiter", "quote", "escape", "encoding", "comment", "header", "names", "skip_lines")
_READING = (
    *_WRITTEN, "kinds", "missing_values", "sentinels", "decimal", "thousands", "date_order",
    "sheet", "member", "table", "query", "memory_limit",
)  # fmt: skip
_CHOICES = ("target", "id", "image", "pipeline", "missing", "outliers", "dedupe")
OUTLIER_CHOICES = ("iqr", "z_score", "mad", "quantile", "none")


def default_stages(
    missing: str = "auto", outliers: str = "iqr", dedupe: str | Sequence[str] = "exact"
) -> list[Stage]:
    """Return the stages of ``dataprep clean`` without a pipeline of one's own.

    Parameters
    ----------
    missing : {"auto", "mean", "median", "most_frequent", "drop", "none"}, default="auto"
        Median for numbers, most frequent level for categories and booleans.
    outliers : {"iqr", "z_score", "mad", "quantile", "none"}, default="iqr"
        Far outliers (k = 3) of numeric columns with more than a handful of levels are clipped.
    dedupe : {"exact", "none"} or list of str, default="exact"
        Drop rows that agree in all columns, or in those listed.
    """
    from dataprep.stages.duplicates import DropDuplicates
    from dataprep.stages.impute import Impute
    from dataprep.stages.missing import DropMissing
    from dataprep.stages.outliers import IQR, MAD, Quantile, ZScore

    _one_of(missing, MISSING_CHOICES, "missing")
    _one_of(outliers, OUTLIER_CHOICES, "outliers")
    stages: list[Stage] = []
    if dedupe != "none":
        stages.append(DropDuplicates(subset=None if dedupe == "exact" else dedupe))
    if missing == "drop":
        stages.append(DropMissing())
    elif missing != "none":
        stages.append(Impute(strategy=missing))  # type: ignore[arg-type]
    treatments: dict[str, Stage] = {
        "iqr": IQR(columns="continuous", k=3.0),
        "z_score": ZScore(columns="continuous"),
        "mad": MAD(columns="continuous"),
        "quantile": Quantile(columns="continuous"),
    }
    if outliers != "none":
        stages.append(treatments[outliers])
    return stages


def _one_of(value: str, choices: Sequence[str], place: str) -> None:
    if value not in choices:
        raise ConfigError(
            f"unknown choice {value!r}", place=place, remedy=did_you_mean(value, choices)
        )


def clean(
    data: Any,
    target: str | int | None = None,
    *,
    id: str | int | Sequence[str | int] | None = None,
    image: str | int | None = None,
    pipeline: Pipeline | None = None,
    missing: str | None = None,
    outliers: str | None = None,
    dedupe: str | Sequence[str] | None = None,
    **reading: Any,
) -> Any:
    """Clean a frame or a file.

    Parameters
    ----------
    data : pandas, Polars or PyArrow frame, or what `read` takes: a path, an open file, ...
        It is not changed.
    target, id, image : str or int, optional
        The column to be predicted; the columns that name a row; the column with the paths of
        pictures.
    pipeline : Pipeline, optional
        One of your own, instead of the default stages. It is fitted, or a copy of it where a
        target, id or image is given that it does not have.
    missing, outliers, dedupe : str, optional
        See `default_stages`; not beside a pipeline.
    **reading
        For a file: ``delimiter``, ``quote``, ``escape``, ``encoding``, ``comment``, ``header``,
        ``names``, ``skip_lines``, ``kinds``, ``missing_values``,
        ``sentinels``, ``decimal``, ``thousands``, ``date_order``, ``memory_limit``. For a
        database: ``table`` or ``query``.

    Returns
    -------
    Result
        ``.data``, ``.rejected``, ``.ledger``, ``.summary``, ``.pipeline``, ``.undo()``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [30.0, None, 40.0, 40.0], "plan": ["a", "b", "a", "a"]})
    >>> result = clean(frame)
    >>> result.data["age"].tolist(), result.summary["rows_rejected"]
    ([30.0, 35.0, 40.0], 1)
    >>> result.undo().equals(frame)
    True
    """
    chosen = {"missing": missing, "outliers": outliers, "dedupe": dedupe}
    given = {name: value for name, value in chosen.items() if value is not None}
    if pipeline is None:
        stages = default_stages(**given)  # type: ignore[arg-type]
        pipeline = Pipeline(stages, target=target, id=id, image=image)
    elif given:
        name = next(iter(given))
        raise ConfigError(
            f"{given[name]!r} would be ignored beside a pipeline",
            place=name,
            remedy="Set it in the pipeline's stages, or leave the pipeline out.",
        )
    elif (target, id, image) != (None, None, None):
        pipeline = replace(
            pipeline,
            target=pipeline.target if target is None else target,
            id=pipeline.id if id is None else id,
            image=pipeline.image if image is None else image,
        )
    check_options(reading)
    if is_file(data) or (isinstance(data, list) and data and all(map(is_file, data))):
        return _clean_file(data, pipeline, reading)
    if reading:
        name = next(iter(reading))
        raise ConfigError(
            f"{name!r} is for files", place=name, remedy="Give a path, or leave it out."
        )
    return _clean_frame(data, pipeline)


def is_file(data: Any) -> bool:
    """Tell whether data are to be read: a path, or an open file.

    Examples
    --------
    >>> import pandas as pd
    >>> is_file("data.csv"), is_file(pd.DataFrame({"read": [1]}))
    (True, False)
    """
    if isinstance(data, str | Path):
        return True
    # A frame may have a column of that name.
    return library_of(data) is None and callable(getattr(data, "read", None))


def check_options(options: Mapping[str, Any], others: Sequence[str] = _CHOICES) -> None:
    """Raise for an option that `read` does not take; ``others`` may be meant as well."""
    for name in options:
        if name not in _READING:
            raise ConfigError(
                f"unknown option {name!r}",
                place=name,
                remedy=did_you_mean(name, [*_READING, *others]),
            )


def _clean_frame(data: Any, pipeline: Pipeline) -> Any:
    from dataprep.jobs.clean import check_target
    from dataprep.result import FrameResult

    started = perf_counter()
    opened = pipeline._open(data, None, fitting=True)
    after, records = pipeline.fit_table(opened.table)
    check_target(after, records, pipeline)
    return FrameResult(pipeline, opened, after, records, perf_counter() - started)


@dataclass(repr=False)
class FileResult:
    """The result of cleaning a file in the library: nothing is written."""

    pipeline: Pipeline
    run: Any
    _folder: Path

    @cached_property
    def data(self) -> Table:
        """Return the cleaned table: ``.to_pandas()``, ``.to_polars()``, ``.to_arrow()``."""
        from dataprep.provenance import shown

        return shown(self.run.after)

    @property
    def train(self) -> Table:
        """Return the cleaned rows to learn from; all of them where nothing was split."""
        return self._part("train")

    @property
    def validation(self) -> Table:
        """Return the cleaned rows of the part ``validation``."""
        return self._part("validation")

    @property
    def test(self) -> Table:
        """Return the cleaned rows of the part ``test``."""
        return self._part("test")

    def _part(self, name: str) -> Table:
        from dataprep.parts import part_of

        table = part_of(self.data, name)
        kinds = {n: kind for n, kind in table.kinds.items() if table.roles.get(n) != "split"}
        return replace(table, kinds=kinds)

    @cached_property
    def _ledger_path(self) -> Path:
        from dataprep.jobs.records import write_ledger

        path = self._folder / "ledger.parquet"
        write_ledger(self.run.source.engine, self.run.records, path)
        return path

    @cached_property
    def ledger(self) -> Any:
        """Return the ledger as a pandas frame."""
        import pandas as pd

        return pd.read_parquet(self._ledger_path)

    @cached_property
    def provenance(self) -> Any:
        """Return where each row that was made comes from, as a pandas frame."""
        from dataprep.ledger import provenance_table

        return provenance_table(self.run.records).to_pandas()

    @cached_property
    def rejected(self) -> Any:
        """Return the dropped rows as they came, as a pandas frame of text."""
        from dataprep.jobs.records import rejected_sql

        engine = self.run.source.engine
        return engine.connection.sql(
            rejected_sql(engine, self.run.source, self.run.records)
        ).to_df()

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Return the counts, as ``summary.json`` holds them."""
        from dataprep.jobs.clean import summarised

        _ = self._ledger_path
        found: dict[str, Any] = summarised(self.run, self.run.after.height(), None, None)
        return found

    def undo(self) -> Table:
        """Return the input table, as it was read: every cell as text."""
        source: Table = self.run.source.table
        return source

    def __repr__(self) -> str:
        """Say in a line what was done."""
        from dataprep.result import told

        return told(self.summary)


def _clean_file(data: Any, pipeline: Pipeline, options: Mapping[str, Any]) -> FileResult:
    from dataprep.jobs.clean import learn_file
    from dataprep.jobs.running import explained

    source, reading, running, folder = _opened(data, pipeline.roles_given(), options)
    with explained(running):
        return FileResult(pipeline, learn_file(source, pipeline, reading, running), folder)


def _opened(data: Any, roles: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    from dataprep.jobs.reading import reading_from
    from dataprep.jobs.running import Running, explained, new_engine

    running = Running(memory_limit=options.get("memory_limit", "1GB"))
    folder = Path(mkdtemp(prefix="dataprep-"))
    engine = new_engine(running, folder)
    # The folder for intermediate files lives as long as the engine that uses it.
    finalize(engine, rmtree, folder, ignore_errors=True)
    reading = reading_from(options)
    with explained(running):
        source = reading.open(data, engine, folder, roles)
    return source, reading, running, folder


def read(path: Any, **options: Any) -> Table:
    """Read a file: every column as what all of its values are, every cell's text kept beside.

    Parameters
    ----------
    path : path, open file, or list of them
        Delimited text, Excel, JSON Lines, JSON, Parquet, Feather or ORC, plain or packed (``.gz``,
        ``.bz2``, ``.xz``, ``.zst``, ``.zip``). A folder or a pattern (``data/2024-*.csv``) stands
        for its files, which are parts of one table; ``-`` is standard input. A folder of pictures,
        or an IDX, NPY or NPZ file, is a table with a reference in each row, and its label. Or a
        URI: ``postgresql://user@host/db`` or ``sqlite:///file.db`` with ``table`` or ``query``;
        an object such as ``s3://bucket/in.csv``.
    **options
        How delimited text is written, where that is not to be detected: ``delimiter``, ``quote``,
        ``escape``, ``encoding``, ``comment``, ``header``, ``names``, ``skip_lines``. What cells
        mean: ``kinds``, ``missing_values``, ``sentinels``, ``decimal``, ``thousands``,
        ``date_order`` (``"day"``, ``"month"`` or ``"year"``). ``sheet`` of an Excel
        file, ``member`` of a zip archive or an NPZ file, ``table`` or ``query`` of a database;
        ``memory_limit``.

    Returns
    -------
    Table
        ``.to_pandas()``, ``.to_polars()``, ``.to_arrow()``, ``.kinds``, ``.report``.
    """
    return _read(path, Pipeline(), options)


def _read(path: Any, pipeline: Pipeline, options: Mapping[str, Any]) -> Table:
    from dataprep.jobs.reading import typed
    from dataprep.jobs.running import explained

    check_options(options, ())
    source, reading, running, _ = _opened(path, pipeline.roles_given(), options)
    with explained(running):
        return typed(source, pipeline, reading, fitted=False)


def table_of(data: Any, reading: Mapping[str, Any], target: str | None = None) -> Table:
    """Return data as a table: a Table itself, a frame, or what `read` takes.

    The labels of a file's ``target`` stay the words that they are.
    """
    if isinstance(data, Table):
        return data
    if isinstance(data, list) or is_file(data):
        return _read(data, Pipeline(target=target), reading)
    if reading:
        name = next(iter(reading))
        raise ConfigError(
            f"{name!r} is for files", place=name, remedy="Give a path, or leave it out."
        )
    if library_of(data) is None and not isinstance(data, nw.DataFrame | np.ndarray):
        raise ConfigError(
            f"{type(data).__name__} is no frame",
            place="data",
            remedy="Give a pandas, Polars or PyArrow frame, a Table, or a path.",
        )
    from dataprep.engines.frames import open_frame

    return open_frame(data).table


__all__ = ["FileResult", "clean", "default_stages", "read", "table_of"]
