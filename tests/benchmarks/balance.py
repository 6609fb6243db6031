"""What balancing classes helps: class weights, thresholds, under-sampling and SMOTE side by side.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/balance.py --data FOLDER                      # some minutes
    python tests/benchmarks/balance.py --data FOLDER --only mammography --folds 3

FOLDER (or a folder ``tables`` in it) holds mammography.csv and adult-train.csv of the UCI
repository, as kept in jbrownlee/Datasets: no header, the target last.

Each fold is held out once, and no treatment touches it. Of the other folds a fifth is put aside to
choose a threshold on; the model, and all that the stages learn, see the rest alone. The divisions
are the same for every line. Threshold: the best balanced accuracy on the part that was put aside.
"corrected": probabilities after `prior_correction`. Seconds: of processors, to prepare the training
rows and to fit the model, on a fold. Mean and standard deviation over folds; nothing is asserted.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import dataprep as dp

TABLES = {"mammography": "mammography.csv", "adult": "adult-train.csv"}
TREATMENTS: dict[str, list[dp.Stage]] = {
    "nothing": [],
    "class weights": [dp.ClassWeight()],
    "random under-sampling": [dp.RandomUnderSampler()],
    "SMOTE": [dp.SMOTE(max_synthetic=1.0)],
}
MEASURES = {
    "roc": "ROC AUC",
    "pr": "PR AUC",
    "brier": "Brier",
    "brier_corrected": "Brier, corrected",
    "at_half": "balanced accuracy at 0.5",
    "at_half_corrected": "at 0.5, corrected",
    "at_tuned": "at a tuned threshold",
    "seconds": "seconds",
}
DECISIONS = {"half": "at 0.5", "half_corrected": "at 0.5, corrected", "tuned": "tuned"}


class Fold(NamedTuple):
    """What a model came to on the rows of a fold.

    Parameters
    ----------
    measures : dict of str to float
        Of `MEASURES`.
    tables : dict of str to array of shape (2, 2)
        Confusion matrices of `DECISIONS`: rows are the true classes, columns the predicted ones.
    """

    measures: dict[str, float]
    tables: dict[str, np.ndarray]


def models() -> dict[str, Callable[[], Any]]:
    """Return a weak and a strong model, fresh ones at each call."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    return {
        "logistic regression": lambda: LogisticRegression(max_iter=2000),
        # Without early stopping, which would hold made rows out to stop by.
        "gradient boosting": lambda: HistGradientBoostingClassifier(
            early_stopping=False, random_state=0
        ),
    }


def table_of(folder: Path, name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Read features, and 1 where a row is of the rare class."""
    inside = folder / "tables"
    path = (inside if inside.is_dir() else folder) / TABLES[name]
    frame = dp.read(path, header=False).to_pandas()
    target = frame.columns[-1]
    rare = frame[target].value_counts().idxmin()
    return frame.drop(columns=target), (frame[target] == rare).to_numpy().astype("int64")


def preparation(treatment: list[dp.Stage]) -> dp.Pipeline:
    """Return what is learned from training rows: levels stay levels until the rows are balanced."""
    before = [
        dp.Impute(strategy="median"),
        dp.Impute(columns="category() | boolean()", strategy="most_frequent"),
        dp.Scale(),
    ]
    fresh = [stage.__sklearn_clone__() for stage in treatment]
    return dp.Pipeline([*before, *fresh, dp.Encode()])


def tried(
    X: pd.DataFrame, y: np.ndarray, fold: tuple[np.ndarray, np.ndarray], treatment: str, model: Any
) -> Fold:
    """Fit on a fold's training rows, choose a threshold aside, and judge on the fold."""
    from sklearn import metrics

    others, held_out = fold
    learned, aside = (others[part] for part in next(_aside(X.iloc[others], y[others])))
    start = time.process_time()
    pipe = preparation(TREATMENTS[treatment])
    if TREATMENTS[treatment]:
        rows, classes = pipe.fit_resample(X.iloc[learned], y[learned])
    else:
        rows, classes = pipe.fit_transform(X.iloc[learned]), y[learned]
    model.fit(rows, classes, sample_weight=getattr(pipe, "sample_weight_", None))
    seconds = time.process_time() - start
    found, asked = (
        model.predict_proba(pipe.transform(X.iloc[part]))[:, 1] for part in (held_out, aside)
    )
    truth = y[held_out]
    corrected = dp.prior_correction(found, pipe)
    threshold = dp.best_threshold(y[aside], asked, "balanced_accuracy").threshold
    decided = {
        "half": found >= 0.5,
        "half_corrected": corrected >= 0.5,
        "tuned": found >= threshold,
    }
    measures = {
        "roc": metrics.roc_auc_score(truth, found),
        "pr": metrics.average_precision_score(truth, found),
        "brier": metrics.brier_score_loss(truth, found),
        "brier_corrected": metrics.brier_score_loss(truth, corrected),
        "seconds": seconds,
    }
    for name, positive in decided.items():
        measures[f"at_{name}"] = metrics.balanced_accuracy_score(truth, positive)
    tables = {name: metrics.confusion_matrix(truth, rare) for name, rare in decided.items()}
    return Fold(measures, tables)


def _aside(X: pd.DataFrame, y: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return dp.Split(test=0.2, random_state=1).split(X, y)


def results(
    folder: Path, name: str, folds: int, asked: list[str]
) -> dict[tuple[str, str], list[Fold]]:
    """Return the folds of each model and treatment, which show on standard error as they come."""
    X, y = table_of(folder, name)
    divided = list(dp.Split(folds=folds).split(X, y))
    found = {}
    for model, treatment in itertools.product(asked, TREATMENTS):
        make = models()[model]
        tries = [tried(X, y, fold, treatment, make()) for fold in divided]
        found[model, treatment] = tries
        for lines in (measured, confused):
            *_, last = lines({(model, treatment): tries})
            print(last, file=sys.stderr, flush=True)
    return found


def measured(found: dict[tuple[str, str], list[Fold]]) -> Iterator[str]:
    """Give the table of measures in Markdown."""
    yield f"| model | treatment | {' | '.join(MEASURES.values())} |"
    yield "|---" * (2 + len(MEASURES)) + "|"
    for (model, treatment), folds in found.items():
        shown = []
        for measure in MEASURES:
            values = [fold.measures[measure] for fold in folds]
            digits = {"seconds": 1, "brier": 4, "brier_corrected": 4}.get(measure, 3)
            spread = f" ± {np.std(values, ddof=1):.{digits}f}" if measure != "seconds" else ""
            shown.append(f"{np.mean(values):.{digits}f}{spread}")
        yield f"| {model} | {treatment} | {' | '.join(shown)} |"


def confused(found: dict[tuple[str, str], list[Fold]]) -> Iterator[str]:
    """Give the confusion matrices, summed over folds, in Markdown."""
    cells = ["found", "missed", "false alarms"]
    heads = [f"{cell} {shown}" for shown in DECISIONS.values() for cell in cells]
    yield f"| model | treatment | {' | '.join(heads)} |"
    yield "|---" * (2 + len(heads)) + "|"
    for (model, treatment), folds in found.items():
        shown = []
        for decision in DECISIONS:
            summed = np.sum([fold.tables[decision] for fold in folds], axis=0)
            (_, alarms), (missed, hits) = summed.tolist()
            shown += [f"{count:,}" for count in (hits, missed, alarms)]
        yield f"| {model} | {treatment} | {' | '.join(shown)} |"


def main() -> None:
    """Print the tables."""
    from threadpoolctl import threadpool_limits

    parser: Any = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the tables")
    parser.add_argument("--only", default=",".join(TABLES), help="names, with commas between")
    parser.add_argument("--models", default=",".join(models()), help="likewise")
    parser.add_argument("--folds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="at most (%(default)s)")
    options = parser.parse_args()
    for name in options.only.split(","):
        with threadpool_limits(options.threads):
            found = results(options.data, name, options.folds, options.models.split(","))
        for title, lines in (("measures", measured(found)), ("confusion", confused(found))):
            print(f"\n{name}: {title}\n", *lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()
