"""How well `LabelErrors` finds wrong labels, and how fast; beside cleanlab where it is installed.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/labels.py                      # the table of docs/labels.md
    python tests/benchmarks/labels.py --speed              # 1 million x 10, 50,000 x 1,000
    python tests/benchmarks/labels.py --peer /path/python  # cleanlab of another environment

Real tables are looked for in `shared/data` beside the checkout, or in the folder that --data names;
those that are not there are left out. A share of the labels is made wrong: `uniform`, each other
class as likely, or `by class`, always the next class, of some classes more often than of others.
Every setting is the default. A random choice of rows has the share of wrong labels as its precision
and average precision.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.metrics import average_precision_score

import dataprep as dp
from dataprep.engines.frames import open_frame
from dataprep.labels.confident import estimated, found
from dataprep.labels.validation import check_probabilities
from dataprep.stages.labels.features import seen

RATES = (0.05, 0.2, 0.4)
METHODS = {
    "argmax": "predicted_neq_given",
    "confident_joint": "confident_learning",
    "prune_by_class": "prune_by_class",
    "prune_by_noise_rate": "prune_by_noise_rate",
    "both": "both",
}
ADULT_ROWS = 6000
PEER = """
import sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
given, out, how = sys.argv[1:]
held = np.load(given)
if how == "learn":
    from cleanlab.classification import CleanLearning
    from sklearn.linear_model import LogisticRegression
    learner = CleanLearning(LogisticRegression(max_iter=1000), seed=0)
    issues = learner.find_label_issues(held["X"], held["y"])
    np.savez(out, wrong=issues["is_label_issue"], quality=issues["label_quality"])
else:
    from cleanlab.filter import find_label_issues
    started = time.perf_counter()
    wrong = find_label_issues(held["y"], held["P"], filter_by=how)
    np.savez(out, wrong=wrong, seconds=time.perf_counter() - started)
"""


def tables(data: Path) -> Iterator[tuple[str, pd.DataFrame, np.ndarray]]:
    """Give names, features and labels."""
    X, y = load_digits(return_X_y=True)
    yield "digits", pd.DataFrame(X).add_prefix("p"), y
    for name, file in (
        ("mammography", "mammography.csv"),
        ("german", "german.csv"),
        ("adult", "adult-train.csv"),
    ):
        path = data / "tables" / file
        if path.exists():
            frame = pd.read_csv(path, header=None, skipinitialspace=True, na_values="?")
            if len(frame) > 2 * ADULT_ROWS:
                frame = frame.sample(ADULT_ROWS, random_state=0).reset_index(drop=True)
            frame.columns = [f"c{i}" for i in frame.columns]
            yield name, frame.iloc[:, :-1], frame.iloc[:, -1].astype(str).to_numpy()


def made_wrong(y: np.ndarray, rate: float, kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels of which some are wrong, and which."""
    draw = np.random.default_rng(seed)
    classes, codes = np.unique(y, return_inverse=True)
    k = len(classes)
    if kind == "uniform":
        flipped = draw.random(len(y)) < rate
        step = draw.integers(1, k, len(y))
    else:
        flipped = draw.random(len(y)) < (rate * np.linspace(1.2, 0.8, k))[codes]
        step = np.ones(len(y), dtype=int)
    return classes[np.where(flipped, (codes + step) % k, codes)], flipped


def scored(wrong: np.ndarray, quality: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """Return precision, recall and average precision of what was found."""
    hits = int((wrong & truth).sum())
    return (
        hits / max(1, int(wrong.sum())),
        hits / int(truth.sum()),
        float(average_precision_score(truth, -quality)),
    )


def ours(X: pd.DataFrame, y: np.ndarray, **settings: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return which labels `LabelErrors` finds, and the quality of all."""
    stage = dp.LabelErrors(**settings).fit(X, y)
    wrong, quality = np.zeros(len(y), dtype=bool), np.ones(len(y))
    rows = stage.verdicts_.rows
    wrong[rows], quality[rows] = stage.verdicts_.wrong, stage.verdicts_.quality
    return wrong, quality


def theirs(peer: str, how: str, **arrays: np.ndarray) -> Any:
    """Return what cleanlab gives, run by its own interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "given.npz", Path(folder) / "out.npz"
        np.savez(given, **arrays)
        # One thread, as ours: on a busy machine more of them wait for each other.
        one = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([peer, "-c", PEER, str(given), str(out), how], check=True, env=one)
        return dict(np.load(out))


def study(data: Path, peer: str | None, seed: int) -> None:
    """Print the table of docs/labels.md."""
    print(
        "| table | noise | rate | precision | recall | AP | cleanlab: P | R | AP | random: P, AP |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, X, y in tables(data):
        table = open_frame(X).table
        encoded = seen(table, table.columns).matrix("indicators").X
        for kind in ("uniform", "by class"):
            for rate in RATES:
                labels, truth = made_wrong(y, rate, kind, seed)
                figures = [f"{x:.2f}" for x in scored(*ours(X, labels), truth)]
                if peer:
                    codes = np.unique(labels, return_inverse=True)[1]
                    got = theirs(peer, "learn", X=encoded, y=codes)
                    figures += [f"{x:.2f}" for x in scored(got["wrong"], got["quality"], truth)]
                else:
                    figures += ["-"] * 3
                told = " | ".join([*figures, f"{truth.mean():.2f}"])
                print(f"| {name} | {kind} | {rate:.0%} | {told} |", flush=True)


def speed(peer: str | None) -> None:
    """Print seconds and memory of each method, and the ratio to cleanlab's."""
    for n, k in ((1_000_000, 10), (50_000, 1000)):
        draw = np.random.default_rng(0)
        truth = draw.integers(0, k, n)
        y = np.where(draw.random(n) < 0.1, draw.integers(0, k, n), truth)
        P = draw.random((n, k))
        P[np.arange(n), truth] += 0.2 * k
        P /= P.sum(axis=1, keepdims=True)
        print(f"\n{n:,} x {k:,}, {P.nbytes / 1e6:.0f} MB of probabilities")
        for method, filter_by in METHODS.items():
            started = time.perf_counter()
            check_probabilities(P, y)
            wrong = found(P, y, method, estimated(P, y))  # type: ignore[arg-type]
            seconds = time.perf_counter() - started
            tracemalloc.start()
            found(P, y, method, estimated(P, y))  # type: ignore[arg-type]
            extra = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            line = f"{method:20} {seconds:6.2f} s, {extra / 1e6:4.0f} MB beside the input"
            if peer:
                got = theirs(peer, filter_by, P=P, y=y)
                other = int((got["wrong"] != wrong).sum())
                line += f"; cleanlab {float(got['seconds']):6.2f} s, "
                line += f"{float(got['seconds']) / seconds:.1f} times; {other} rows differ"
            print(line, flush=True)


def cleanlab_here(python: str) -> bool:
    """Tell whether an interpreter has cleanlab."""
    return subprocess.run([python, "-c", "import cleanlab"], capture_output=True).returncode == 0


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--peer", default=sys.executable, help="an interpreter that has cleanlab")
    parser.add_argument("--speed", action="store_true", help="measure seconds and memory")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    peer = given.peer if cleanlab_here(given.peer) else None
    if peer is None:
        print("cleanlab is not installed there: nothing to compare with")
    if given.speed:
        speed(peer)
    else:
        study(given.data, peer, given.seed)


if __name__ == "__main__":
    main()
