"""What pseudo-labels gain: PseudoLabel beside labelled rows alone and scikit-learn's self-training.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/pseudo_labels.py --data FOLDER                    # half an hour
    python tests/benchmarks/pseudo_labels.py --only digits --seeds 3

FOLDER (or a folder ``tables`` in it) holds mammography.csv and adult-train.csv of the UCI
repository, as kept in jbrownlee/Datasets: no header, the target last. Of adult 8,000 rows are
drawn for each seed. Digits are scikit-learn's.

A third of the rows is held out and judges; of the others 1, 5 or 10 % keep their label, at least
one of each class. The model is the same for every line: a logistic regression on standardised
numbers and one-hot levels. The gain is in balanced accuracy over the same model on labelled rows
alone, the mean over seeds with its 95 % interval (Student's t). Beside it: the rows that were given
a label, the share of them that is right, and how often a safeguard left the baseline as it was.
Seconds are of processors. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

import dataprep as dp

SHARES = (0.01, 0.05, 0.1)
ROWS_OF_ADULT = 8000


class Given(NamedTuple):
    """What a method is given: frames to learn from and to be judged by.

    Parameters
    ----------
    X, X_test : data frame
    y, y_test : array of object or int
    known : array of bool, shape (n_rows,)
        Which rows keep their label.
    """

    X: pd.DataFrame
    y: np.ndarray
    known: np.ndarray
    X_test: pd.DataFrame
    y_test: np.ndarray


class Found(NamedTuple):
    """What a method came to on one seed."""

    score: float
    given: int = 0
    right: float = float("nan")
    seconds: float = 0.0


def model() -> LogisticRegression:
    """Return the model that is the same for all."""
    return LogisticRegression(max_iter=1000)


def encoder() -> Any:
    """Return what makes numbers of features."""
    levels = make_column_selector(dtype_exclude="number")
    return make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), levels),
        remainder=StandardScaler(),
    )


def supervised(given: Given, seed: int) -> Found:
    """Return what labelled rows alone come to."""
    return _judged(given, encoder().fit(given.X), given.X[given.known], given.y[given.known])


def peer(given: Given, seed: int) -> Found:
    """Return what scikit-learn's self-training comes to, with its defaults."""
    started, encoded = time.process_time(), encoder().fit(given.X)
    codes = np.unique(given.y, return_inverse=True)[1]
    taught = SelfTrainingClassifier(model())
    taught.fit(encoded.transform(given.X), np.where(given.known, codes, -1))
    seconds = time.process_time() - started
    names = np.unique(given.y)
    told = names[taught.predict(encoded.transform(given.X_test))]
    new = ~given.known & (taught.transduction_ >= 0)
    right = float((taught.transduction_ == codes)[new].mean()) if new.any() else float("nan")
    return Found(balanced_accuracy_score(given.y_test, told), int(new.sum()), right, seconds)


def ours(**parameters: Any) -> Callable[[Given, int], Found]:
    """Return a method that labels with PseudoLabel and then fits the model."""

    def method(given: Given, seed: int) -> Found:
        y = pd.Series(given.y, dtype=object).where(given.known, None)
        stage = dp.PseudoLabel(random_state=seed, **parameters)
        started = time.process_time()
        X, labels = stage.fit_resample(given.X.reset_index(drop=True), y)
        seconds = time.process_time() - started
        rows = stage.sample_indices_
        new = ~given.known[rows]
        right = float((labels.to_numpy() == given.y[rows])[new].mean()) if new.any() else np.nan
        found = _judged(
            given, encoder().fit(given.X), X, labels.to_numpy(), np.asarray(stage.sample_weight_)
        )
        return found._replace(given=int(new.sum()), right=right, seconds=seconds)

    return method


def _judged(given: Given, encoded: Any, X: Any, y: Any, weight: Any = None) -> Found:
    fitted = model().fit(encoded.transform(X), y, sample_weight=weight)
    told = fitted.predict(encoded.transform(given.X_test))
    return Found(balanced_accuracy_score(given.y_test, told))


METHODS: dict[str, Callable[[Given, int], Found]] = {
    "SelfTrainingClassifier": peer,
    "PseudoLabel(safeguard=False)": ours(safeguard=False),
    "PseudoLabel()": ours(),
}


def tables(folder: Path | None) -> dict[str, Callable[[int], tuple[pd.DataFrame, np.ndarray]]]:
    """Return the data sets that are there, each a function of the seed."""

    def digits(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
        X, y = load_digits(return_X_y=True)
        return pd.DataFrame(X, columns=[f"p{i}" for i in range(64)]), y.astype(str).astype(object)

    def read(name: str, rows: int | None) -> Callable[[int], tuple[pd.DataFrame, np.ndarray]]:
        paths = [p for p in (folder / name, folder / "tables" / name) if p.exists()]
        frame = pd.read_csv(paths[0], header=None, skipinitialspace=True, quotechar='"')
        frame.columns = [f"c{i}" for i in range(frame.shape[1])]

        def drawn(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
            part = frame.sample(rows, random_state=seed) if rows else frame
            return part.iloc[:, :-1], part.iloc[:, -1].astype(str).to_numpy(dtype=object)

        return drawn

    found: dict[str, Callable[[int], tuple[pd.DataFrame, np.ndarray]]] = {"digits": digits}
    if folder is not None:
        found["adult"] = read("adult-train.csv", ROWS_OF_ADULT)
        found["mammography"] = read("mammography.csv", None)
    return found


def given_of(X: pd.DataFrame, y: np.ndarray, share: float, seed: int) -> Given:
    """Return a division of rows, and which of them keep their label."""
    places = np.arange(len(y))
    train, test = train_test_split(places, test_size=1 / 3, stratify=y, random_state=seed)
    classes = np.unique(y)
    size = max(round(share * len(train)), len(classes))
    kept, _ = train_test_split(
        np.arange(len(train)), train_size=size, stratify=y[train], random_state=seed
    )
    known = np.zeros(len(train), bool)
    known[kept] = True
    for label in classes:
        own = np.flatnonzero(y[train] == label)
        if not known[own].any():
            known[own[seed % len(own)]] = True
    return Given(X.iloc[train], y[train], known, X.iloc[test], y[test])


def interval(values: np.ndarray) -> str:
    """Return a mean with its 95 % interval, in hundredths."""
    mean = 100 * values.mean()
    if len(values) < 2 or not values.std():
        return f"{mean:+.1f}"
    half = 100 * stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    return f"{mean:+.1f} ± {half:.1f}"


def main() -> None:
    """Run the study and print it as a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--only")
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| data | labels | alone | method | gain | given | right | as alone | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, made in tables(options.data).items():
        if options.only not in (None, name):
            continue
        for share in SHARES:
            base, found = [], {method: [] for method in METHODS}
            for seed in range(options.seeds):
                given = given_of(*made(seed), share, seed)
                base.append(supervised(given, seed).score)
                for method, run in METHODS.items():
                    found[method].append(run(given, seed))
            alone = np.array(base)
            for method, runs in found.items():
                gains = np.array([run.score for run in runs]) - alone
                right = [run.right for run in runs if run.given]
                print(
                    f"| {name} | {share:.0%} | {100 * alone.mean():.1f} | {method} "
                    f"| {interval(gains)} | {np.mean([run.given for run in runs]):,.0f} "
                    f"| {100 * np.mean(right):.1f} % "
                    if right
                    else f"| {name} | {share:.0%} | {100 * alone.mean():.1f} | {method} "
                    f"| {interval(gains)} | 0 | - ",
                    f"| {sum(not run.given for run in runs)} of {len(runs)} "
                    f"| {np.mean([run.seconds for run in runs]):.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
