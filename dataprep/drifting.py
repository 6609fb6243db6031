"""``dp.drift``: whether rows are distributed as others, or as a pipeline recorded it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dataprep.cleaning import check_options, is_file, table_of
from dataprep.distributions.drifted import Drifted
from dataprep.distributions.judging import THRESHOLDS
from dataprep.errors import ConfigError
from dataprep.jobs.clean import as_fitted
from dataprep.jobs.drift import Asked, drift_from_pipeline, drift_of_tables, is_pipeline
from dataprep.pipeline import Pipeline
from dataprep.table import Table


def drift(
    reference: Any,
    current: Any,
    target: str | None = None,
    *,
    id: str | Sequence[str] = (),
    columns: Any = None,
    classifier: bool = True,
    auc: float = 0.55,
    random_state: int = 0,
    **options: Any,
) -> Drifted:
    """Compare the distributions of rows with those of a reference.

    A column drifts where the difference is significant after a correction for the number of
    columns, and large as well. Where both sets of rows are at hand, a classifier is trained to
    tell them apart too.

    Parameters
    ----------
    reference : frame, Table, path, or fitted Pipeline
        Rows; or a pipeline, or its ``pipeline.json``, that has a stage `Drift`.
    current : frame, Table or path
        The rows to judge; beside a pipeline a frame or a Table.
    target : str, optional
        The column to be predicted: its drift is told apart from that of features.
    id : str or list of str, optional
        Columns that name a row; they are left out.
    columns : str, Selector or list, optional
        By default features and target; not identifiers, and not times, which always move on.
    classifier : bool, default=True
        Whether to try one.
    auc : float, default=0.55
        The area under the curve from which on it tells the rows apart.
    random_state : int, default=0
        For the rows and the folds of the classifier.
    **options
        ``alpha`` (0.01), ``psi`` (0.2), ``distance`` (0.2), ``missing`` (0.05), ``correction``
        ("holm") and ``min_rows`` (50) as in `Drift`, a pipeline's own by default. For files: what
        `read` takes.

    Returns
    -------
    Drifted
        ``.drifted``, ``.columns`` (the worst first), ``.classifier``, ``.as_dict()``,
        ``.to_frame()``; ``[name]`` gives the facts of a column.

    Examples
    --------
    >>> import pandas as pd
    >>> before = pd.DataFrame({"age": range(20, 70), "plan": ["a", "b"] * 25})
    >>> found = drift(before, before.assign(age=before["age"] + 30), classifier=False)
    >>> print(found["age"])
    age: PSI 2.41, KS 0.6
    >>> found.drifted, found["plan"].verdict
    (True, 'stable')
    """
    thresholds = {name: options.pop(name) for name in THRESHOLDS if name in options}
    check_options(options, THRESHOLDS)
    ids = (id,) if isinstance(id, str) else tuple(id)
    asked = Asked(target, ids, columns, thresholds, classifier, auc, random_state)
    asked.check()
    if isinstance(reference, str | Path) and is_pipeline(reference):
        reference = Pipeline.load(reference)
    from_files = [_is_read(data) for data in (reference, current)]
    if options and (isinstance(reference, Pipeline) or not any(from_files)):
        name = next(iter(options))
        raise ConfigError(
            f"{name!r} is for files that are read here",
            place=name,
            remedy=f"Leave it out; there is: {', '.join(THRESHOLDS)}.",
        )
    if isinstance(reference, Pipeline):
        if isinstance(current, str | Path):
            raise ConfigError(
                f"{str(current)!r} is a file",
                place="current",
                remedy="Read it with dp.read, or use: dataprep drift PIPELINE.json FILE.",
            )
        return drift_from_pipeline(reference, _as_fitted(reference, current), asked)
    first, second = (
        table_of(data, options if is_read else {})
        for data, is_read in zip((reference, current), from_files, strict=True)
    )
    return drift_of_tables(first, second, asked)


def _is_read(data: Any) -> bool:
    return not isinstance(data, Table) and (isinstance(data, list) or is_file(data))


def _as_fitted(pipeline: Pipeline, current: Any) -> Table:
    return as_fitted(pipeline, current) if isinstance(current, Table) else pipeline.opened(current)


__all__ = ["drift"]
