"""Rows a second of a preprocessing model, beside ``pipeline.transform`` in the same run.

    python -m tests.benchmarks.serving [FOLDER]

FOLDER holds adult-train.csv of the UCI repository; without it, sample_data/churn.csv is taken.
Nothing is asserted: what counts are the ratios of one run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

import dataprep as dp

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
NAMES = [
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours per week", "country"),
    "target",
]
HEIGHTS = (1, 256, 16_000, 256_000)


def rows_of(folder: Path | None) -> pd.DataFrame:
    """Return the table to be served, the column to be predicted called ``target``."""
    if folder is None:
        path = Path(__file__).parents[2] / "sample_data" / "churn.csv"
        return pd.read_csv(path).rename(columns={"churned": "target"})
    path = folder / "adult-train.csv"
    return pd.read_csv(path, names=NAMES, skipinitialspace=True, na_values="?")


def pipeline_of(rows: pd.DataFrame) -> dp.Pipeline:
    """Return a pipeline that makes numbers of all columns, fitted."""
    stages = [
        dp.Impute(),
        dp.IQR(columns="continuous", k=3.0),
        dp.Scale(columns="continuous"),
        dp.Encode(),
        dp.DropColumns(columns="text() | identifier() | temporal()", distinct=True),
    ]
    return dp.Pipeline(stages, target="target").fit(rows)


def seconds_of(call: Callable[[], Any], least: float = 1.0) -> float:
    """Return the seconds of the fastest call of those that fit into some time."""
    call()
    best, until = float("inf"), perf_counter() + least
    while perf_counter() < until:
        started = perf_counter()
        call()
        best = min(best, perf_counter() - started)
    return best


def main() -> None:
    """Print rows a second, and how many times those of ``transform`` they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    rows = rows_of(parser.parse_args().folder)
    pipeline = pipeline_of(rows)
    import tensorflow as tf

    started = perf_counter()
    model = dp.feed.preprocessing_model(pipeline, features="matrix")
    print(f"columns {len(model.input)} -> {model.output.shape[1]}; made in", end=" ")
    print(f"{perf_counter() - started:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, verbose=False)
        serve = tf.saved_model.load(folder).serve
    compiled = tf.function(model)
    print(
        f"{'rows':>8} {'transform':>12} {'model':>12} {'times':>6} {'SavedModel':>12} {'times':>6}"
    )
    for height in HEIGHTS:
        times = -(-height // len(rows))
        part = pd.concat([rows] * times, ignore_index=True).head(height).drop(columns="target")
        inputs = dp.feed.model_inputs(pipeline, part)
        before = seconds_of(lambda part=part: pipeline.transform(part))
        ours = [seconds_of(lambda call=call, i=inputs: call(i)) for call in (compiled, serve)]
        shown = " ".join(f"{height / s:>12,.0f} {before / s:>6.1f}" for s in ours)
        print(f"{height:>8} {height / before:>12,.0f} {shown}")


if __name__ == "__main__":
    main()
