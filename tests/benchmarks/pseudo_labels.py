"""What pseudo-labels gain: PseudoLabel beside labelled rows alone and scikit-learn's self-training.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/pseudo_labels.py                      # some minutes
    python tests/benchmarks/pseudo_labels.py --only digits --shares 0.05 --seeds 3
    python tests/benchmarks/pseudo_labels.py --keep figures.jsonl --minutes 10

mammography.csv and adult-train.csv of the UCI repository, as kept in jbrownlee/Datasets (no header,
the target last), are looked for in `shared/data` beside the checkout, or in the folder that --data
names, or in ``tables`` of these; those that are not there are left out. Of adult 8,000 rows are
drawn for each seed. Digits are scikit-learn's.

A third of the rows is held out and judges; of the others 1, 5 or 10 % keep their label, at least
one of each class. The model is the same for every line: a logistic regression on standardised
numbers and one-hot levels. The gain is in balanced accuracy over the same model on labelled rows
alone, the mean over seeds with its 95 % interval (Student's t). Beside it: the rows that were given
a label, the share of them that is right, and how often a safeguard left the baseline as it was.
Seconds are of processors. Nothing is asserted.

With --keep, figures go to a file, and what is there is not measured again: a study that was stopped
goes on, seed by seed over all tables, and several programs may divide the tables among them
(--only). What `PseudoLabel` came to is measured again once the code of the label stages changed.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from kept import Kept, code_of
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


ALONE = "labelled rows alone"
METHODS: dict[str, Callable[[Given, int], Found]] = {
    ALONE: supervised,
    "SelfTrainingClassifier": peer,
    "PseudoLabel(safeguard=False)": ours(safeguard=False),
    "PseudoLabel()": ours(),
}
FILES = {"adult": ("adult-train.csv", ROWS_OF_ADULT), "mammography": ("mammography.csv", None)}
Drawn = Callable[[int], tuple[pd.DataFrame, np.ndarray]]


def table(name: str, folder: Path) -> Drawn | None:
    """Return a data set as a function of the seed, None where its file is not there."""
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        pixels = pd.DataFrame(X, columns=[f"p{i}" for i in range(64)])
        return lambda seed: (pixels, y.astype(str).astype(object))
    file, rows = FILES[name]
    path = next((p for p in (folder / file, folder / "tables" / file) if p.exists()), None)
    if path is None:
        return None
    frame = pd.read_csv(path, header=None, skipinitialspace=True, quotechar='"')
    frame.columns = [f"c{i}" for i in range(frame.shape[1])]

    def drawn(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
        part = frame.sample(rows, random_state=seed) if rows else frame
        return part.iloc[:, :-1], part.iloc[:, -1].astype(str).to_numpy(dtype=object)

    return drawn


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


def measured(run: Callable[[Given, int], Found], given: Given, seed: int) -> dict[str, Any]:
    """Return what a method comes to, as a file holds it."""
    return run(given, seed)._asdict()


def study(asked: argparse.Namespace) -> dict[tuple[str, float], list[dict[str, Found]]]:
    """Return what each method came to, by table and share: a mapping for each seed."""
    keep = Kept(asked.keep, asked.minutes)
    code = code_of("labels", "stages/labels")
    found: dict[tuple[str, float], list[dict[str, Found]]] = {}
    there = {name: table(name, asked.data) for name in asked.only or ("digits", *FILES)}
    for seed in range(asked.seeds):
        for name, made in there.items():
            if made is None:
                continue
            for share in asked.shares:
                given = given_of(*made(seed), share, seed)
                told = {}
                for method, run in METHODS.items():
                    key = {"table": name, "share": share, "seed": seed, "method": method}
                    if run not in (supervised, peer):
                        key["code"] = code
                    told[method] = keep(key, partial(measured, run, given, seed))
                if None not in told.values():
                    whole = {m: Found(*(f[n] for n in Found._fields)) for m, f in told.items()}
                    found.setdefault((name, share), []).append(whole)
    keep.tell()
    return found


def line(method: str, seeds: list[dict[str, Found]]) -> str:
    """Return what the table says of a method: the cells behind its name."""
    runs = [told[method] for told in seeds]
    gains = np.array([told[method].score - told[ALONE].score for told in seeds])
    right = [run.right for run in runs if run.given]
    cells = [
        interval(gains),
        f"{np.mean([run.given for run in runs]):,.0f}",
        f"{100 * np.mean(right):.1f} %" if right else "-",
        f"{sum(not run.given for run in runs)} of {len(runs)}",
        f"{np.mean([run.seconds for run in runs]):.1f}",
    ]
    return " | ".join(cells)


def main() -> None:
    """Run the study and print it as a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--only", nargs="+", choices=["digits", *FILES], help="these tables")
    parser.add_argument("--shares", nargs="+", type=float, default=SHARES)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="a file of figures that were measured")
    parser.add_argument("--minutes", type=float, help="begin nothing new after so many")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    found = study(asked)
    print("| data | labels | alone | method | gain | given | right | as alone | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for (name, share), seeds in sorted(found.items(), key=lambda item: _place(*item[0])):
        alone = 100 * np.mean([told[ALONE].score for told in seeds])
        for method in METHODS:
            if method != ALONE:
                told = f"`{method}` | {line(method, seeds)}"
                print(f"| {name} | {share:.0%} | {alone:.1f} | {told} |")


def _place(name: str, share: float) -> tuple[int, float]:
    return ("digits", *FILES).index(name), share


if __name__ == "__main__":
    main()
