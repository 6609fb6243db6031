"""How well the imputers guess: values are taken out of real tables, filled, and compared.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/imputers.py FOLDER                    # some minutes
    python tests/benchmarks/imputers.py FOLDER --only german,oil-spill --seed 1

FOLDER holds adult-train.csv, german.csv, mammography.csv and oil-spill.csv of the UCI repository,
as kept in jbrownlee/Datasets: no header, the target last. It is left out; no imputer sees it.

    at random       each value of each column goes with the same chance
    not at random   of numbers only the upper half goes, of levels only the more frequent half:
                    the chance depends on the very value that is missing

Numbers: root mean squared error over the removed values, in standard deviations of the column,
averaged over columns; guessing the mean gives about 1 at random. Levels: the share of wrong
guesses over all removed values. Seconds: of one processor, to learn and to fill the table it was
learned from, twice over, as ``fit`` and ``transform`` do. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import dataprep as dp

TABLES = ("adult-train", "german", "mammography", "oil-spill")
IMPUTERS: dict[str, dp.Stage] = {
    "Impute mean": dp.Impute(strategy="mean"),
    "Impute median": dp.Impute(strategy="median"),
    "Impute most_frequent": dp.Impute(strategy="most_frequent"),
    "ImputeKNN": dp.ImputeKNN(),
    "ImputeKNN, 20": dp.ImputeKNN(n_neighbors=20),
    "ImputeIterative": dp.ImputeIterative(),
}


class Score(NamedTuple):
    """How far off the guesses are, and how long they took."""

    numbers: float
    levels: float
    seconds: float


def table_of(path: Path) -> pd.DataFrame:
    """Read a table without its target; whole numbers stay whole beside gaps."""
    frame = pd.read_csv(path, header=None, skipinitialspace=True, na_values="?").iloc[:, :-1]
    frame.columns = [f"c{i}" for i in frame.columns]
    whole = {name: "Int64" for name in frame if pd.api.types.is_integer_dtype(frame[name])}
    return frame.astype(whole)


def removed(frame: pd.DataFrame, share: float, at_random: bool, seed: int) -> pd.DataFrame:
    """Return which present values are taken out, about the same share of each column."""
    rng = np.random.default_rng(seed)
    gone = {}
    for name, column in frame.items():
        candidates = column.notna().to_numpy()
        chance = share
        if not at_random:
            candidates = candidates & _prone(column)
            chance = min(0.9, share * len(frame) / max(1, candidates.sum()))
        gone[name] = candidates & (rng.random(len(frame)) < chance)
    return pd.DataFrame(gone, index=frame.index)


def _prone(column: pd.Series) -> np.ndarray:
    """Return the upper half of numbers, or the levels that make up the more frequent half."""
    if is_number(column):
        numbers = column.astype("float64")
        return (numbers >= numbers.median()).to_numpy()
    counts = column.value_counts()
    frequent = counts.index[counts.cumsum() <= max(counts.iloc[0], counts.sum() / 2)]
    return column.isin(frequent).to_numpy()


def is_number(column: pd.Series) -> bool:
    """Tell whether a column holds numbers."""
    return pd.api.types.is_numeric_dtype(column)


def score(frame: pd.DataFrame, gone: pd.DataFrame, stage: dp.Stage) -> Score:
    """Take the values out, fill them, and compare; NaN where the stage fills nothing."""
    given = frame.mask(gone)
    start = time.process_time()
    filled = stage.__sklearn_clone__().fit(given).transform(given)
    seconds = time.process_time() - start
    errors, wrong, asked = [], 0.0, 0
    for name, column in frame.items():
        rows = gone[name].to_numpy()
        spread = float(column.astype("float64").std()) if is_number(column) else 1.0
        if not rows.any() or not spread:
            continue
        truth, guess = column[rows], filled[name][rows]
        if is_number(column):
            away = (guess.astype("float64") - truth.astype("float64")) / spread
            errors.append(float(np.sqrt((away**2).mean(skipna=False))))
        else:
            asked += len(truth)
            wrong += float((guess != truth).sum()) if guess.notna().all() else np.nan
    return Score(
        float(np.mean(errors)) if errors else np.nan, wrong / asked if asked else np.nan, seconds
    )


def lines(folder: Path, names: list[str], share: float, seed: int) -> Iterator[str]:
    """Give the lines of the table in Markdown, as they are found."""
    yield f"| table | missing | | {' | '.join(IMPUTERS)} |"
    yield "|---" * (3 + len(IMPUTERS)) + "|"
    for name in names:
        frame = table_of(folder / f"{name}.csv")
        for missing in ("at random", "not at random"):
            gone = removed(frame, share, missing == "at random", seed)
            found = [score(frame, gone, stage) for stage in IMPUTERS.values()]
            for measure, digits in (("numbers", 3), ("levels", 3), ("seconds", 1)):
                values = [getattr(one, measure) for one in found]
                if not np.isnan(values).all():
                    shown = ["" if np.isnan(v) else f"{v:.{digits}f}" for v in values]
                    yield f"| {name} | {missing} | {measure} | {' | '.join(shown)} |"


def main() -> None:
    """Print the table."""
    parser: Any = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=",".join(TABLES), help="names, with commas between")
    parser.add_argument(
        "--share", type=float, default=0.1, help="of values taken out (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for line in lines(options.folder, options.only.split(","), options.share, options.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
