"""Feeding side by side with the idioms of the documentation: rows, files, memory, pictures.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/feed.py                          # some minutes, 0.4 GB of files
    python tests/benchmarks/feed.py --only rows --rows 500000
    python tests/benchmarks/feed.py --only memory --gigabytes 4

Parts: ``rows`` (in memory), ``files`` (Parquet), ``memory`` (a long file, 5 GB of disk), and
``pictures`` (tests/benchmarks/augment_images.py). Ratios of one run hold, seconds drift; the best
of some rounds is taken. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

import dataprep as dp

COLUMNS, BATCH = 32, 1024
PARTS = ("rows", "files", "memory", "pictures")


def spent(batches: Iterable[Any]) -> tuple[float, float]:
    """Return the seconds of the clock, and of processors, that it takes to go through batches."""
    clock, processor = time.perf_counter(), time.process_time()
    for _ in batches:
        pass
    return time.perf_counter() - clock, time.process_time() - processor


def compared(lines: dict[str, Callable[[], Iterable[Any]]], rows: int, rounds: int) -> None:
    """Print what each line takes, and how often the last one's speed it has."""
    best = {name: (float("inf"), float("inf")) for name in lines}
    for _ in range(rounds):
        for name, make in lines.items():
            found = spent(make())
            best[name] = (min(best[name][0], found[0]), min(best[name][1], found[1]))
    last = best[next(reversed(lines))]
    print(f"| {rows:,} rows | s | processor s | million rows/s | of the last line's speed |")
    print("|---|---|---|---|---|")
    for name, (clock, processor) in best.items():
        print(
            f"| {name} | {clock:.2f} | {processor:.2f} | {rows / clock / 1e6:.2f} "
            f"| {last[0] / clock:.2f} ({last[1] / processor:.2f} by processor) |"
        )


def numbers(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random features and labels."""
    X = np.random.default_rng(0).random((rows, COLUMNS), dtype="float32")
    return X, (X[:, 0] > 0.5).astype("int64")


def rows_in_memory(rows: int, rounds: int) -> None:
    """Compare rows in memory with the idiom, and with a plain gather by NumPy."""
    import tensorflow as tf

    X, y = numbers(rows)
    table = pa.table({**{f"x{i}": X[:, i] for i in range(COLUMNS)}, "y": y})
    given = dp.feed.opened(table, target="y")
    order = np.random.default_rng(1).permutation(rows)
    idiom = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(10_000).batch(BATCH).prefetch(2)

    def gathered() -> Iterator[Any]:
        for start in range(0, rows, BATCH):
            at = order[start : start + BATCH]
            yield X[at], y[at]

    fed = {
        form: dp.feed.dataset(given, batch_size=BATCH, features=form) for form in ("matrix", "dict")
    }
    compared(
        {
            "from_tensor_slices.shuffle(10_000).batch": lambda: idiom,
            "dp.feed.dataset, a tensor for each column": lambda: fed["dict"],
            "dp.feed.dataset": lambda: fed["matrix"],
            "a plain NumPy gather": gathered,
        },
        rows,
        rounds,
    )


def long_file(path: Path, rows: int, group: int) -> None:
    """Write a Parquet file of random numbers, some rows at a time."""
    X, y = numbers(min(rows, 2**20))
    table = pa.table({**{f"x{i}": X[:, i] for i in range(COLUMNS)}, "y": y})
    with pq.ParquetWriter(path, table.schema) as writer:
        for start in range(0, rows, len(table)):
            writer.write_table(table.slice(0, rows - start), row_group_size=group)


def files(folder: Path, rows: int, rounds: int) -> None:
    """Compare a Parquet file, shuffled in windows, with reading it by PyArrow alone."""
    path = folder / "rows.parquet"
    long_file(path, rows, 122_880)
    fed = dp.feed.dataset(path, "y", batch_size=BATCH, features="matrix", window=2**19)

    def read() -> Iterator[Any]:
        yield pq.read_table(path)

    compared(
        {
            "PyArrow, batches of 65,536": lambda: pq.ParquetFile(path).iter_batches(65_536),
            "dp.feed.dataset, windows of 524,288": lambda: fed,
            "PyArrow, pq.read_table": read,
        },
        rows,
        rounds,
    )


def memory(folder: Path, gigabytes: float) -> None:
    """Print by how much a process grows while it goes through a long file once."""
    rows = int(gigabytes * 2**30 / 4 / COLUMNS)
    for group in (122_880, 2**20):
        path = folder / "long.parquet"
        # In another process: what writing leaves behind here would hide what reading takes.
        writing = get_context("spawn").Process(target=long_file, args=(path, rows, group))
        writing.start()
        writing.join()
        gc.collect()
        before, highest, done = rss(), [0], threading.Event()

        def watch(highest: list[int] = highest, done: threading.Event = done) -> None:
            while not done.wait(0.02):
                highest[0] = max(highest[0], rss())

        fed = dp.feed.dataset(path, "y", batch_size=BATCH, features="matrix")
        next(iter(fed))
        watcher = threading.Thread(target=watch)
        watcher.start()
        clock, processor = spent(fed)
        done.set()
        watcher.join()
        size = path.stat().st_size / 2**30
        print(
            f"a file of {size:.1f} GB, {rows:,} rows in groups of {group:,}: {clock:.0f} s "
            f"({processor:.0f} of processors), the process grows by "
            f"{(highest[0] - before) / 2**20:.0f} MB",
            flush=True,
        )
        path.unlink()


def rss() -> int:
    """Return how much memory this process has."""
    return int(psutil.Process().memory_info().rss)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gigabytes", type=float, default=4.0)
    asked = parser.parse_args()
    import tensorflow as tf

    # Its own start is no part of what is measured.
    list(tf.data.Dataset.range(2).map(lambda x: x + 1))
    wanted = asked.only or PARTS
    with tempfile.TemporaryDirectory() as folder:
        if "rows" in wanted:
            rows_in_memory(asked.rows, asked.rounds)
        if "files" in wanted:
            files(Path(folder), asked.rows, asked.rounds)
        if "memory" in wanted:
            memory(Path(folder), asked.gigabytes)
    if "pictures" in wanted:
        subprocess.run([sys.executable, Path(__file__).with_name("augment_images.py")], check=True)


if __name__ == "__main__":
    main()
