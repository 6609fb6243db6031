"""What made rows do for a model: Jitter, MixUp, SMOTE and TabularVAE beside nothing.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/augment.py --data FOLDER                 # some minutes
    python tests/benchmarks/augment.py --only mammography --folds 1

FOLDER (or a folder ``tables`` in it; by default `shared/data` beside the checkout) holds
mammography.csv and adult-train.csv of the UCI repository: no header, the target last.

Each fold is held out once; stages see the others alone. The model is scikit-learn's
HistGradientBoostingClassifier. Mean and standard deviation over folds; nothing is asserted.
Seconds: to prepare the training rows. Of TabularVAE also what it says of its rows, in the mean.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import dataprep as dp

TABLES = {"mammography": ("mammography.csv", 0.2), "adult": ("adult-train.csv", 0.8)}
"""Files, and how many rows of the rare class for one of the other are asked for."""


def treatments(ratio: float, epochs: int, max_rows: int) -> dict[str, dp.Stage | None]:
    """Return the stages to compare."""
    return {
        "nothing": None,
        "SMOTE, SMOTENC's rule": dp.SMOTE(sampling_strategy=ratio),
        "Jitter": dp.Jitter(sampling_strategy=ratio),
        "MixUp": dp.MixUp(sampling_strategy=ratio),
        "TabularVAE": dp.TabularVAE(sampling_strategy=ratio, epochs=epochs, max_rows=max_rows),
    }


def read(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Return features, numbers and categories, and whether a row is of the rarer class."""
    frame = pd.read_csv(path, header=None, skipinitialspace=True, na_values="?")
    target = frame.pop(frame.columns[-1])
    frame.columns = [f"c{i}" for i in range(frame.shape[1])]
    for name in frame.columns[~frame.dtypes.map(pd.api.types.is_numeric_dtype)]:
        frame[name] = frame[name].astype("category")
    return frame, (target == target.value_counts().index[-1]).to_numpy().astype(int)


def scores(
    X: pd.DataFrame, y: np.ndarray, stage: dp.Stage | None, fold: Any
) -> tuple[list[float], dict[str, Any]]:
    """Return the measures of a fold, and what TabularVAE says of its rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    inside, outside = fold
    numeric = X.select_dtypes("number").columns
    scale = dp.Scale(columns=list(numeric)).fit(X.iloc[inside])
    rows, held = scale.transform(X.iloc[inside]), scale.transform(X.iloc[outside])
    classes, started, said = y[inside], time.perf_counter(), {}
    if stage is not None:
        made = stage.__sklearn_clone__()
        rows, classes = made.fit_resample(rows.reset_index(drop=True), classes)
        said = made.quality_["1"] if isinstance(made, dp.TabularVAE) else {}
    took = time.perf_counter() - started
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0)
    chances = model.fit(rows, classes).predict_proba(held)[:, 1]
    truth = y[outside]
    measures = (average_precision_score, roc_auc_score, brier_score_loss)
    return [*(measure(truth, chances) for measure in measures), took], said


def compare(name: str, path: Path, ratio: float, given: argparse.Namespace) -> None:
    """Print a line for each treatment of a table."""
    from sklearn.model_selection import StratifiedKFold

    X, y = read(path)
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))[: given.folds]
    print(f"\n{name}: {len(X):,} rows, {y.mean():.1%} rare, to {ratio} of the others")
    print(f"{'':24}{'PR AUC':>16}{'ROC AUC':>9}{'Brier':>8}{'seconds':>9}")
    for called, stage in treatments(ratio, given.epochs, given.max_rows).items():
        found = [scores(X, y, stage, fold) for fold in folds]
        pr, roc, brier, took = np.array([measured for measured, _ in found]).T
        line = f"{pr.mean():.3f} ± {pr.std():.3f}"
        print(f"{called:24}{line:>16}{roc.mean():9.3f}{brier.mean():8.4f}{took.mean():9.1f}")
        if found[0][1]:
            told = {
                key: np.mean([said[key] for _, said in found]) for key in list(found[0][1])[:-1]
            }
            off = np.mean([np.mean(list(said["columns"].values())) for _, said in found])
            print("  " + ", ".join(f"{key} {value:.3f}" for key, value in told.items()), end="")
            print(f", columns {off:.3f}")


def main() -> None:
    """Compare what made rows do for a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).parents[3] / "shared/data"
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--only", choices=[*TABLES])
    parser.add_argument("--folds", type=int, default=3, choices=(1, 2, 3))
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--max-rows", type=int, default=50_000)
    given = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    for name, (file, ratio) in TABLES.items():
        if given.only in (None, name):
            folder = given.data / "tables"
            path = (folder if folder.is_dir() else given.data) / file
            compare(name, path, ratio, given)


if __name__ == "__main__":
    main()
