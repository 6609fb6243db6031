"""The classifier two-sample test: whether a model can tell two sets of rows apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dataprep.distributions.drifted import Separation
from dataprep.distributions.seen import TRUTHS, as_floats, drawn, level_text
from dataprep.draw import order, uniform
from dataprep.keys import content_keys
from dataprep.kinds import NUMERIC
from dataprep.table import ROW, Table

if TYPE_CHECKING:
    from dataprep.engine import Arrays

ROWS = 10_000
"""About so many rows of each set have a part."""
_LEVELS = 250
"""Levels that are told apart, the most frequent ones; scikit-learn allows 255."""
_FEWEST = 25
"""Rows that a fold must have of each set."""
_SHOWN = 10


def separated(
    reference: Table,
    current: Table,
    columns: Sequence[str],
    *,
    alpha: float = 0.01,
    auc: float = 0.55,
    rows: int = ROWS,
    seed: int = 0,
) -> Separation:
    """Train gradient boosted trees to tell two sets of rows apart, and test whether they can.

    Two-fold: each half is judged by a model of the other one. A fold's p-value is that of Mann and
    Whitney for the scores of its rows, which are independent of its model; that of the test is
    twice their mean, which holds whatever the folds have to do with one another.

    Of columns with few values, rows with the same contents are rows like others, and both sets
    have them. Where contents come again in one set alone, they are copies: each counts once, so
    that no model knows a row that it judges, and no test counts a row twice.

    Parameters
    ----------
    reference, current : Table
    columns : sequence of str
        Features that both have.
    alpha : float, default=0.01
        The level of significance.
    auc : float, default=0.55
        The area under the curve that is large enough.
    rows : int, default=10,000
        About so many of each set, drawn by their numbers.
    seed : int, default=0

    Returns
    -------
    Separation

    References
    ----------
    D. Lopez-Paz and M. Oquab, "Revisiting Classifier Two-Sample Tests", ICLR 2017; S. Rabanser,
    S. Günnemann and Z. Lipton, "Failing Loudly", NeurIPS 2019; V. Vovk and R. Wang, "Combining
    p-values via Averaging", Biometrika 107(4), 2020.
    """
    # Before the threads are limited: libraries that come later are not.
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import threadpool_limits

    if not columns:
        return Separation(note="there is no column to learn from")
    tables = [drawn(t, t.height(), rows, "drift", seed) for t in (reference, current)]
    X, is_category, contents, is_current = _pooled(tables, columns)
    kept, drawn_by = _units(contents, is_current)
    X, is_current = X[kept], is_current[kept]
    sizes = (int((~is_current).sum()), int(is_current.sum()))
    fold = uniform(drawn_by, seed, "drift folds") < 0.5
    for part in (fold, ~fold):
        if min(int((part & is_current).sum()), int((part & ~is_current).sum())) < _FEWEST:
            return Separation(rows=sizes, note="there are too few different rows")
    folds = (fold, ~fold)
    # One thread: sums, and with them the trees, do not depend on the number of processors.
    with threadpool_limits(1):
        halves = [_half(X, is_current, is_category, test, seed) for test in folds]
        found = float(np.mean([area for _, area, _ in halves]))
        p = min(1.0, 2 * float(np.mean([p for _, _, p in halves])))
        drifted = p <= alpha and found >= auc
        importances = _importances(halves, X, is_current, folds, columns, seed) if drifted else {}
    return Separation(found, p, drifted, sizes, importances)


def _units(contents: np.ndarray, is_current: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of the rows that count, and by what each is drawn into a fold.

    Rows of one source with the same contents are in both sets, but for chance: of k copies, all
    are in one set with probability ``p**k + (1 - p)**k``, where p is the share of a set. Where
    fewer than half as many rows as that have their like in the other set, copies are no rows of
    their own: each set keeps one, and those of both sets are in one fold.
    """
    _, place, copies = np.unique(contents, return_inverse=True, return_counts=True)
    current = np.bincount(place, weights=is_current)
    shared = copies[(current > 0) & (current < copies)].sum()
    p = is_current.mean()
    expected = (copies * (1 - p**copies - (1 - p) ** copies)).sum()
    if 2 * shared >= expected:
        rows = np.arange(len(contents))
        return rows, rows
    kept = np.unique(2 * place + is_current, return_index=True)[1]
    return kept, contents[kept]


def _pooled(
    tables: Sequence[Table], columns: Sequence[str]
) -> tuple[np.ndarray, list[bool], np.ndarray, np.ndarray]:
    """Return the rows of two tables as one matrix, where they belong, and keys of their contents.

    Numbers are themselves, moments microseconds, texts of few levels codes, other texts lengths.
    """
    reference, current = tables
    arrays = [t.matrix(columns) for t in tables]
    levelled = [n for n in columns if any(t.kinds[n] in ("category", "boolean") for t in tables)]
    made, is_category = [], []
    keyed: Arrays = {}
    for name in columns:
        parts = [a[name] for a in arrays]
        kinds = {reference.kinds[name], current.kinds[name]}
        if name in levelled:
            values, category = _codes(parts, is_truth="boolean" in kinds), True
        elif kinds <= NUMERIC or all(part.dtype.kind in "fM" for part in parts):
            values, category = np.concatenate([as_floats(part) for part in parts]), False
        else:
            values, category = _lengths(parts), False
        # An infinity is a value as any other to a tree; scikit-learn takes none.
        made.append(np.where(np.isinf(values), np.sign(values) * np.finfo("float32").max, values))
        is_category.append(category)
        keyed[name] = values
    is_current = np.repeat([False, True], [len(a[ROW]) for a in arrays])
    return np.column_stack(made), is_category, content_keys(keyed, list(columns)), is_current


def _codes(parts: Sequence[np.ndarray], *, is_truth: bool) -> np.ndarray:
    """Return codes for levels, the most frequent first; the rare ones share the last."""
    values = [v for p in parts for v in p.tolist()]
    texts = [level_text(v) if v is not None and v == v else None for v in values]
    if is_truth:
        texts = [TRUTHS.get(text, text) if text is not None else None for text in texts]
    counts: dict[str, int] = {}
    for text in texts:
        if text is not None:
            counts[text] = counts.get(text, 0) + 1
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    codes = {level: float(min(i, _LEVELS)) for i, level in enumerate(ranked)}
    return np.array([np.nan if text is None else codes[text] for text in texts])


def _lengths(parts: Sequence[np.ndarray]) -> np.ndarray:
    missing = float("nan")
    values = [v for p in parts for v in p.tolist()]
    return np.array([missing if v is None or v != v else float(len(str(v))) for v in values])


def _half(
    X: np.ndarray, y: np.ndarray, is_category: list[bool], test: np.ndarray, seed: int
) -> tuple[Any, float, float]:
    """Return a model of the rows that are not for testing, its AUC on the others, and its p."""
    from scipy.stats import mannwhitneyu
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=50,
        max_leaf_nodes=15,
        early_stopping=False,
        categorical_features=is_category,
        random_state=seed,
    )
    train = X[~test]
    # scikit-learn does not take a column without a single value.
    train[:, np.isnan(train).all(axis=0)] = 0.0
    model.fit(train, y[~test])
    scores, of = model.decision_function(X[test]), y[test]
    found = mannwhitneyu(scores[of], scores[~of], alternative="greater", method="asymptotic")
    return model, float(found.statistic) / (int(of.sum()) * int((~of).sum())), float(found.pvalue)


def _importances(
    halves: Sequence[tuple[Any, float, float]],
    X: np.ndarray,
    y: np.ndarray,
    folds: Sequence[np.ndarray],
    columns: Sequence[str],
    seed: int,
) -> dict[str, float]:
    """Return by how much the AUC falls, in the mean of the folds, when a column is shuffled."""
    from sklearn.metrics import roc_auc_score

    found = dict.fromkeys(columns, 0.0)
    for (model, area, _), test in zip(halves, folds, strict=True):
        for i, name in enumerate(columns):
            shuffled = X[test]
            places = np.argsort(order(np.arange(len(shuffled)), seed, f"drift {name}"))
            shuffled[:, i] = shuffled[places, i]
            left = roc_auc_score(y[test], model.decision_function(shuffled))
            found[name] += (area - float(left)) / len(folds)
    ranked = sorted(found.items(), key=lambda pair: -pair[1])[:_SHOWN]
    return {name: fall for name, fall in ranked if fall > 0}
