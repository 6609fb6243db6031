"""How well `LabelErrors` finds wrong labels, and how fast; beside cleanlab where it is installed.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/labels.py                      # the table of docs/labels.md
    python tests/benchmarks/labels.py --speed              # 1 million x 10, 50,000 x 1,000
    python tests/benchmarks/labels.py --peer /path/python  # cleanlab of another environment
    python tests/benchmarks/labels.py --only german --rates 0.2 --seeds 3
    python tests/benchmarks/labels.py --keep figures.jsonl --minutes 10

Real tables are looked for in `shared/data` beside the checkout, or in the folder that --data names;
those that are not there are left out. A share of the labels is made wrong: `uniform`, each other
class as likely, or `by class`, always the next class, of some classes more often than of others.
Every setting is the default. A random choice of rows has the share of wrong labels as its precision
and average precision; as many of them as were found have the recall that is the share that they
are of all rows.

With --keep, figures go to a file, and what is there is not measured again: a study that was stopped
goes on, and several programs may divide the tables among them (--only). What `LabelErrors` came to
is measured again once the code of the stages of labels changed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from kept import Kept, code_of
from sklearn.datasets import load_digits
from sklearn.metrics import average_precision_score

import dataprep as dp
from dataprep.labels.confident import estimated, found
from dataprep.labels.validation import check_probabilities

RATES = (0.05, 0.2, 0.4)
KINDS = ("uniform", "by class")
FILES = {
    "mammography": "mammography.csv",
    "german": "german.csv",
    "adult": "adult-train.csv",
}
METHODS = {
    "argmax": "predicted_neq_given",
    "confident_joint": "confident_learning",
    "prune_by_class": "prune_by_class",
    "prune_by_noise_rate": "prune_by_noise_rate",
    "both": "both",
}
ADULT_ROWS = 6000
PEER = """
import sys, time, tracemalloc, warnings
import numpy as np
warnings.simplefilter("ignore")
given, out, how = sys.argv[1:]
held = dict(np.load(given))
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
    seconds = time.perf_counter() - started
    tracemalloc.start()
    find_label_issues(held["y"], held["P"], filter_by=how, n_jobs=1)  # other processes hide theirs
    peak = tracemalloc.get_traced_memory()[1]
    np.savez(out, wrong=wrong, seconds=seconds, peak=peak)
"""


def table(name: str, data: Path) -> tuple[pd.DataFrame, np.ndarray] | None:
    """Return the features and labels of a table, None where its file is not there."""
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        return pd.DataFrame(X).add_prefix("p"), y
    path = data / "tables" / FILES[name]
    if not path.exists():
        return None
    frame = pd.read_csv(path, header=None, skipinitialspace=True, na_values="?")
    if len(frame) > 2 * ADULT_ROWS:
        frame = frame.sample(ADULT_ROWS, random_state=0).reset_index(drop=True)
    frame.columns = [f"c{i}" for i in frame.columns]
    return frame.iloc[:, :-1], frame.iloc[:, -1].astype(str).to_numpy()


def encoded(X: pd.DataFrame) -> np.ndarray:
    """Return standardised numbers and indicators of levels, for the peer's classifier."""
    numbers = X.select_dtypes("number")
    scaled = ((numbers - numbers.mean()) / numbers.std().replace(0, 1)).fillna(0)
    levels = X.drop(columns=numbers.columns)
    parts = [scaled] if levels.empty else [scaled, pd.get_dummies(levels, dummy_na=True)]
    return pd.concat(parts, axis=1).to_numpy(dtype="float64")


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


def study(asked: argparse.Namespace, peer: str | None) -> None:
    """Print the table of docs/labels.md, of means over seeds."""
    keep = Kept(asked.keep, asked.minutes)
    code = code_of("labels", "stages/labels")
    print(
        "| table | noise | rate | precision | recall | AP | cleanlab: P | R | AP "
        "| random: P, AP | R |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name in asked.only or ("digits", *FILES):
        given = table(name, asked.data)
        if given is None:
            print(f"{name}: not in {asked.data}", file=sys.stderr)
            continue
        for kind in asked.noise:
            for rate in asked.rates:
                case = {"table": name, "noise": kind, "rate": rate}
                rows = [one(keep, case, *given, s, peer, code) for s in range(asked.seeds)]
                told = [row for row in rows if row is not None]
                if told:
                    figures = " | ".join(f"{x:.2f}" for x in np.mean(told, axis=0))
                    line = f"| {name} | {kind} | {rate:.0%} | {figures} |"
                    print(line.replace("nan", "-"), flush=True)
    keep.tell()


def one(
    keep: Kept,
    case: dict[str, Any],
    X: pd.DataFrame,
    y: np.ndarray,
    seed: int,
    peer: str | None,
    code: str,
) -> list[float] | None:
    """Return the figures of a line of the table for one seed, None where no time was left."""
    labels, truth = made_wrong(y, case["rate"], case["noise"], seed)

    def mine() -> dict[str, Any]:
        wrong, quality = ours(X, labels)
        return {"scores": scored(wrong, quality, truth), "found": float(wrong.mean())}

    def of_peer() -> dict[str, Any]:
        codes = np.unique(labels, return_inverse=True)[1]
        got = theirs(str(peer), "learn", X=encoded(X), y=codes)
        return {"scores": scored(got["wrong"], got["quality"], truth)}

    own = keep({**case, "seed": seed, "who": "LabelErrors", "code": code}, mine)
    other = keep({**case, "seed": seed, "who": "cleanlab"}, of_peer) if peer else None
    if own is None or (peer and other is None):
        return None
    beside = other["scores"] if other else [np.nan] * 3
    return [*own["scores"], *beside, float(truth.mean()), own["found"]]


def speed(asked: argparse.Namespace, peer: str | None) -> None:
    """Print seconds and memory of each method, and the ratio to cleanlab's.

    Memory is what is allocated at the highest beside the input (tracemalloc, in a run of its own,
    and for cleanlab in one process, as it would hide what others take).
    """
    sizes = asked.sizes or ((1_000_000, 10), (50_000, 1000))
    for (n, k), classes in product(sizes, ("equal", "unequal")):
        draw = np.random.default_rng(0)
        # Thresholds of classes are far apart where their sizes are.
        shares = np.ones(k) if classes == "equal" else draw.dirichlet(np.full(k, 0.5)) + 0.1 / k
        truth = draw.choice(k, n, p=shares / shares.sum())
        y = np.where(draw.random(n) < 0.1, draw.integers(0, k, n), truth)
        P = draw.random((n, k))
        P[np.arange(n), truth] += 0.2 * k
        P /= P.sum(axis=1, keepdims=True)
        print(f"\n{n:,} x {k:,}, {classes} classes, {P.nbytes / 1e6:.0f} MB of probabilities")
        for method, filter_by in METHODS.items():
            if asked.methods and method not in asked.methods:
                continue
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
                line += f"{float(got['seconds']) / seconds:.1f} times, "
                line += f"{float(got['peak']) / 1e6:.0f} MB; {other} rows differ"
            print(line, flush=True)


def size(text: str) -> tuple[int, int]:
    """Return rows and classes, of ``1000000x10``."""
    n, k = text.split("x")
    return int(n), int(k)


def cleanlab_here(python: str) -> bool:
    """Tell whether an interpreter has cleanlab."""
    return subprocess.run([python, "-c", "import cleanlab"], capture_output=True).returncode == 0


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--peer", default=sys.executable, help="an interpreter that has cleanlab")
    parser.add_argument("--only", nargs="+", choices=["digits", *FILES], help="these tables")
    parser.add_argument("--noise", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--rates", nargs="+", type=float, default=RATES)
    parser.add_argument("--seeds", type=int, default=1, help="means over so many")
    parser.add_argument("--keep", type=Path, help="a file of figures that were measured")
    parser.add_argument("--minutes", type=float, help="begin nothing new after so many")
    parser.add_argument("--speed", action="store_true", help="measure seconds and memory")
    parser.add_argument("--sizes", nargs="+", type=size, help="of --speed: 1000000x10 50000x1000")
    parser.add_argument("--methods", nargs="+", choices=METHODS, help="of --speed")
    asked = parser.parse_args()
    peer = asked.peer if cleanlab_here(asked.peer) else None
    if peer is None:
        print("cleanlab is not installed there: nothing to compare with", file=sys.stderr)
    if asked.speed:
        speed(asked, peer)
    else:
        study(asked, peer)


if __name__ == "__main__":
    main()
