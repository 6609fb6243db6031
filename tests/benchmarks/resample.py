"""How fast rows are balanced, and in how much memory, side by side with imbalanced-learn.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/resample.py                                  # some twenty minutes
    python tests/benchmarks/resample.py --only TomekLinks --rows 20000 --repeat 3

Each contender is a process of its own, one after the other: seconds of ``fit_resample`` alone, the
least of the repeats, and the peak memory of the process beyond what it had when the data were made.
Where no draws are made, "rows" says whether both keep the very same ones. Nothing is asserted.

    separate   made by scikit-learn's make_classification, 1 % of the classes wrong
    mixed up   normal noise: the class is no function of the numbers
    levels     the same, and the last three columns hold 300 levels each, at random
    frame      a pandas frame: noise, whole numbers, levels, text, times and truth values by turns
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import importlib
import json
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """What is measured: a sampler, with parameters, on made rows.

    Parameters
    ----------
    sampler : str
        Its name in both libraries.
    rows, columns : int
    shape : {"separate", "mixed up", "levels", "frame"}
    goal : float
        How many times faster it is to be.
    parameters : dict
        For both.
    drawn : bool
        Whether draws decide, so that the rows differ.
    minority : float
        The share of the smaller of the two classes.
    """

    sampler: str
    rows: int
    columns: int
    shape: str
    goal: float
    parameters: dict[str, Any] = {}  # noqa: RUF012 -- never changed
    drawn: bool = False
    minority: float = 0.05


CASES = [
    Case("TomekLinks", 200_000, 30, "separate", 10),
    Case("TomekLinks", 200_000, 30, "mixed up", 10),
    Case("EditedNearestNeighbours", 200_000, 30, "separate", 5),
    Case("EditedNearestNeighbours", 200_000, 30, "mixed up", 5),
    Case("NeighbourhoodCleaningRule", 200_000, 30, "separate", 5),
    Case("NeighbourhoodCleaningRule", 200_000, 30, "mixed up", 5),
    Case("AllKNN", 50_000, 30, "separate", 5),
    Case("RepeatedEditedNearestNeighbours", 50_000, 30, "separate", 5),
    *(
        Case(name, 100_000, columns, "separate", 4)
        for columns in (8, 10, 15)
        for name in ("TomekLinks", "EditedNearestNeighbours", "NeighbourhoodCleaningRule")
    ),
    *(
        Case(name, 1_000_000, 30, shape, 2, drawn=True)
        for shape in ("separate", "mixed up")
        for name in ("SMOTE", "BorderlineSMOTE", "ADASYN")
    ),
    Case("CondensedNearestNeighbour", 10_000, 10, "separate", 30, drawn=True),
    Case("CondensedNearestNeighbour", 3_000, 10, "mixed up", 30, drawn=True),
    Case("OneSidedSelection", 100_000, 10, "separate", 4, drawn=True),
    Case("OneSidedSelection", 100_000, 30, "separate", 2, drawn=True),
    *(
        Case("NearMiss", 100_000, columns, "separate", goal, {"version": version})
        for columns, goal in ((10, 4), (30, 1))
        for version in (1, 3)
    ),
    Case("NearMiss", 20_000, 10, "separate", 4, {"version": 2}),
    Case("RandomOverSampler", 200_000, 20, "frame", 30, drawn=True),
    Case("SMOTENC", 20_000, 8, "levels", 30, {"categorical_features": [5, 6, 7]}, drawn=True),
]
HOMES = {
    "dataprep": ["dataprep"],
    "imbalanced-learn": ["imblearn.under_sampling", "imblearn.over_sampling"],
}


def class_of(case: Case, library: str) -> Any:
    """Return the sampler's class in a library."""
    homes = [importlib.import_module(home) for home in HOMES[library]]
    return next(getattr(home, case.sampler) for home in homes if hasattr(home, case.sampler))


def mixed_frame(case: Case) -> Any:
    """Return a pandas frame of six types of columns."""
    import pandas as pd

    rng = np.random.default_rng(0)
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(case.rows), unit="min")
    makes = (
        lambda: rng.normal(size=case.rows),
        lambda: rng.integers(0, 100, case.rows),
        lambda: pd.Categorical(rng.choice(list("abcdefgh"), case.rows)),
        lambda: rng.choice(["low", "middle", "high"], case.rows),
        lambda: times,
        lambda: rng.random(case.rows) < 0.5,
    )
    return pd.DataFrame({f"c{i}": makes[i % len(makes)]() for i in range(case.columns)})


def made(case: Case) -> tuple[Any, np.ndarray]:
    """Return features and classes."""
    from sklearn.datasets import make_classification

    if case.shape == "frame":
        drawn = np.random.default_rng(1).random(case.rows)
        return mixed_frame(case), (drawn < case.minority).astype("int64")
    if case.shape != "separate":
        rng = np.random.default_rng(0)
        X = rng.normal(size=(case.rows, case.columns))
        if case.shape == "levels":
            X[:, -3:] = rng.integers(0, 300, (case.rows, 3))
        return X, (rng.random(case.rows) < case.minority).astype("int64")
    X, y = make_classification(
        case.rows,
        case.columns,
        n_informative=max(2, case.columns // 3),
        n_redundant=case.columns // 6,
        weights=[1 - case.minority],
        random_state=0,
    )
    return X, y


def measured(case: Case, library: str, repeat: int) -> dict[str, Any]:
    """Resample in this process, and return seconds, memory in MB, and what stays."""
    # What a process imports once is no part of either.
    importlib.import_module("sklearn.neighbors")
    warnings.simplefilter("ignore")
    sampler = class_of(case, library)(**case.parameters)
    X, y = made(case)
    small = made(case._replace(rows=400))
    sampler.fit_resample(*small)
    gc.collect()
    before = resident(restart=True)
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        sampler.fit_resample(X, y)
        seconds.append(time.perf_counter() - start)
    # Where draws decide, the rows are others, and imbalanced-learn does not always tell which.
    rows = np.sort([] if case.drawn else sampler.sample_indices_).astype("int64")
    return {
        "seconds": min(seconds),
        "memory": resident() - before,
        "kept": len(rows),
        "rows": hashlib.sha256(rows.tobytes()).hexdigest(),
    }


def resident(*, restart: bool = False) -> float:
    """Return the peak memory of this process in MB, since it was last restarted (on Linux)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if restart:
        Path("/proc/self/clear_refs").write_text("5")
    return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024


def in_process(number: int, library: str, rows: int | None, repeat: int) -> dict[str, Any]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--one", str(number), library, "--repeat", str(repeat)]
    if rows:
        command += ["--rows", str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure what was asked for and print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names of samplers, with commas between")
    parser.add_argument("--columns", type=int, help="only cases with so many columns")
    parser.add_argument(
        "--shape", choices=sorted({case.shape for case in CASES}), help="only this kind of rows"
    )
    parser.add_argument("--rows", type=int, help="instead of the rows of each case")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cases = [case._replace(rows=options.rows or case.rows) for case in CASES]
    if options.one:
        number, library = options.one
        print(json.dumps(measured(cases[int(number)], library, options.repeat)))
        return
    only = options.only.split(",") if options.only else [case.sampler for case in CASES]
    print(f"{'':58}{'seconds':>18}{'':8}{'goal':>6}{'peak MB':>16}  rows")
    for number, case in enumerate(cases):
        if case.sampler not in only or options.columns not in (None, case.columns):
            continue
        if options.shape not in (None, case.shape):
            continue
        ours, theirs = (in_process(number, name, options.rows, options.repeat) for name in HOMES)
        name = f"{case.sampler}, {case.rows:,} x {case.columns}, {case.shape}"
        name += "".join(f", {key}={value}" for key, value in case.parameters.items())
        same = "the same" if ours["rows"] == theirs["rows"] else "OTHERS"
        print(
            f"{name:58}{ours['seconds']:8.2f} {theirs['seconds']:9.2f}"
            f"{theirs['seconds'] / ours['seconds']:7.1f}x{case.goal:5.0f}x"
            f"{ours['memory']:8.0f} {theirs['memory']:7.0f}"
            f"  {'drawn' if case.drawn else same}",
            flush=True,
        )


if __name__ == "__main__":
    main()
