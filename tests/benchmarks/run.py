"""What `dataprep run` costs beside `dataprep clean` for the same work.

    python tests/benchmarks/run.py                    # 1,000,000 rows of 12 columns, best of 3
    python tests/benchmarks/run.py --rows 5000000 --repeat 2
    python tests/benchmarks/run.py --format parquet

Both commands run in turn, each in a process of its own, over the same file and into the same disk;
the wall-clock time of the whole process counts, and its processor time, which drifts less on a
machine with other work. `run` hashes its input before it reads it, puts its output on the disk,
hashes it and notes the run. `up to date` is a run that finds nothing to do.
The bound that the project set itself: 0.5 s and 5 % more than clean. Nothing here asserts it.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = "stages: [drop_duplicates, impute, iqr: {columns: continuous, k: 3.0}]\n"


def make(path, rows):
    """Write a table of customers: numbers, levels, 5 % of some cells missing."""
    import duckdb

    duckdb.sql(
        "copy (select i as id, i * 7919 % 99991 / 100 as income, i * 31 % 97 as age, "
        "case when i % 20 = 0 then null else i * 104729 % 89 end as visits, "
        "case when i % 21 = 0 then null else i * 1299709 % 9973 / 10 end as spend, "
        "i * 15485863 % 1009 / 7 as score, i % 1000 / 1000 as ratio, i * 13 % 41 as temp, "
        "['north', 'south', 'east', 'west'][1 + i % 4] as region, "
        "['basic', 'plus', null, 'pro'][1 + i * 7 % 4] as plan, "
        f"i % 3 = 0 as active, 'note ' || (i % 5003) as note from range({rows}) t(i)) "
        f"to '{path}' (header)"
    )


def timed(words, folder):
    """Run a command; return its wall-clock and processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "dataprep.cli", *words],
        cwd=folder, check=True, env={**os.environ, "DATAPREP_HISTORY": str(folder / "h.sqlite")},
    )  # fmt: skip
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--format", default="csv", choices=["csv", "parquet"])
    parser.add_argument("--work", help="Where files are made; the system's place by default.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as name:
        folder = Path(name)
        make(folder / "in.csv", given.rows)
        (folder / "stages.yaml").write_text(STAGES)
        (folder / "job.yaml").write_text(
            "extends: stages.yaml\nsource: {path: in.csv}\n"
            f"output: {{path: out, format: {given.format}}}\n"
        )
        clean = ["clean", "in.csv", "--pipeline", "stages.yaml", "-q", "-f"]
        contenders = {
            "clean": [*clean, "-o", f"clean.{given.format}"],
            "run": ["run", "job.yaml", "-q", "-f"],
            # Missing values and categories counted, and compared with the runs before.
            "with trends": ["run", "job.yaml", "-q", "-f", "--set", "trends.action=warn"],
            "up to date": ["run", "job.yaml", "-q"],
        }
        found = {name: [] for name in contenders}
        for _ in range(given.repeat):
            for name, words in contenders.items():
                found[name].append(timed(words, folder))
        size = (folder / "in.csv").stat().st_size / 1e6
    print(f"{given.rows:,} rows, {size:,.0f} MB, {given.format}, best of {given.repeat}")
    best = {name: [min(times) for times in zip(*all_, strict=True)] for name, all_ in found.items()}
    for name, (wall, used) in best.items():
        print(f"{name:12} {wall:7.2f} s {used:7.2f} processor s")
    for i, what in enumerate(("wall-clock", "processor")):
        more = best["run"][i] - best["clean"][i]
        bound = 0.5 + 0.05 * best["clean"][i]
        print(f"{what}: run takes {more:+.2f} s beside clean; the bound is {bound:.2f} s")
        print(f"{what}: trends take {best['with trends'][i] / best['run'][i]:.2f} times a run")


if __name__ == "__main__":
    main()
