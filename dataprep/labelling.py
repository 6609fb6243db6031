"""``dp.label_queue`` and ``dp.merge_labels``: what to label by hand, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataprep.cleaning import clean, table_of
from dataprep.errors import ConfigError
from dataprep.labels.answers import LABEL, ROW_NUMBER, answers_of
from dataprep.pipeline import Pipeline

if TYPE_CHECKING:
    import pandas as pd

    from dataprep.jobs.asked_rows import Strategy
    from dataprep.labels.queueing import Measure
    from dataprep.result import Result


def label_queue(
    data: Any,
    target: str,
    n: int = 100,
    *,
    strategy: Strategy = "auto",
    measure: Measure = "margin",
    teacher: Any = None,
    columns: Any = "features",
    group: str | None = None,
    random_state: int = 0,
    **reading: Any,
) -> pd.DataFrame:
    """Return the rows that are most worth a person's time, with the reason.

    Parameters
    ----------
    data : frame, Table or path
    target : str
        The column of labels; missing in rows that have none.
    n : int, default=100
        How many rows, at most.
    strategy : {"auto", "uncertain", "wrong", "representative"}, default="auto"
        ``uncertain``: rows without a label of which a classifier is unsure. ``wrong``: rows whose
        label is likely wrong, by confident learning. ``representative``: the rows nearest to the
        centres of clusters of those without a label. ``auto``: two thirds uncertain ones and a
        third wrong ones; wrong ones, where every row has a label; representative ones, where there
        are not two classes with five labelled rows.
    measure : {"margin", "entropy", "least_confident"}, default="margin"
        Of uncertainty.
    teacher : str, scikit-learn classifier or callable, optional
        As of `LabelErrors`.
    columns : str, Selector or list, default="features"
        What the classifier sees, and by what rows are alike.
    group : str, optional
        Rows with the same value here are judged by others only; one without a value is a group for
        itself.
    random_state : int, default=0
    **reading
        For a path: see `read`.

    Returns
    -------
    pandas.DataFrame
        A row for each that is to be looked at: ``_row`` (its number), ``_key`` (what it holds, to
        tell whether it changes), ``_reason``, ``_score`` (from 0 to 1), ``_was`` (its label),
        ``_suggested``; ``_label``, ``_by`` and ``_at`` are empty, to be filled in; then its cells.

    Notes
    -----
    The rows of each kind are unlike each other: among five times as many good ones each is the
    farthest from those before (k-centre greedy). Copies of a row are not asked for twice.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": range(40), "y": ["low"] * 10 + [None] * 20 + ["high"] * 10})
    >>> queue = label_queue(frame, "y", n=3, strategy="uncertain", teacher="logistic_regression")
    >>> sorted(queue["_row"].tolist())[1] in (18, 19, 20, 21)
    True
    >>> queue["_label"] = ["low" if row < 20 else "high" for row in queue["_row"]]
    >>> merged = merge_labels(frame, queue, "y", by="ann")
    >>> int(merged.data["y"].notna().sum()), merged.undo().equals(frame)
    (23, True)
    """
    import pandas as pd

    from dataprep.jobs.asked_rows import AskedRows
    from dataprep.jobs.queueing import queue_of

    asked = AskedRows(
        target,
        n,
        strategy,
        measure,
        teacher,
        columns,
        group,
        random_state=random_state,
    )
    asked.check()
    queue = queue_of(table_of(data, reading, target), asked)
    found = pd.DataFrame(queue.rows, columns=queue.columns)
    found.attrs["notes"] = queue.notes
    return found


def merge_labels(
    data: Any,
    queue: Any,
    target: str,
    *,
    by: str | None = None,
    at: str | None = None,
    new_labels: bool = False,
    **reading: Any,
) -> Result:
    """Write the labels of a queue that was filled in into the rows that they are for.

    Parameters
    ----------
    data : frame or path
        What the queue was made of.
    queue : frame of pandas, Polars or PyArrow, list of dict, or path
        From `label_queue`, the column ``_label`` filled in; rows without a label are left out.
    target : str
    by, at : str, optional
        Who labelled, and when, where ``_by`` and ``_at`` do not say so: for the ledger.
    new_labels : bool, default=False
        Whether labels may name classes that no row has yet.
    **reading
        For a path: see `read`.

    Returns
    -------
    Result
        ``.data``, ``.ledger`` (action ``relabel``), ``.summary`` and ``.undo()``; the notes of its
        stage say what was not merged, and why. See `MergeLabels`.
    """
    from dataprep.stages.labels.merge_labels import MergeLabels

    answers: Any = queue
    if isinstance(queue, str | Path):
        answers = str(queue)
    else:
        answers = [answer.as_dict() for answer in answers_of(_rows_of(queue), "queue")]
    stage = MergeLabels(answers, by=by, at=at, new_labels=new_labels)
    found: Result = clean(data, pipeline=Pipeline([stage], target=target), **reading)
    return found


def _rows_of(queue: Any) -> list[dict[str, Any]]:
    """Return the rows of a queue that is a frame, or a list of them already."""
    import narwhals as nw

    frame = nw.from_native(queue, eager_only=True, pass_through=True)
    rows: Any = frame.rows(named=True) if isinstance(frame, nw.DataFrame) else queue
    if (
        isinstance(rows, list)
        and all(isinstance(row, Mapping) and ROW_NUMBER in row for row in rows)
        and any(LABEL in row for row in rows or [{LABEL: ""}])
    ):
        return rows
    raise ConfigError(
        f"no rows with {ROW_NUMBER} and {LABEL}, as label_queue gives them",
        place="queue",
        remedy="Give its frame, a list of dict with these keys, or the path of the CSV.",
    )


__all__ = ["label_queue", "merge_labels"]
