"""How long drift takes: recording it, finding it in large files, and beside scipy.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/drift.py                     # 2 x 5,150,000 rows, 12 columns
    python tests/benchmarks/drift.py --rows 200000       # a quick look

Two Parquet files, of which the second has drifted in one column, are made once and kept in the
--work folder. Each contender runs in a process of its own.

    fit          a pipeline of the usual stages, fitted on the first file
    fit+drift    the same with a stage drift before them: what recording costs
    files        `dataprep drift A B --no-classifier`: every statistic of two files, exact
    classifier   the same with the classifier
    recorded     `dataprep drift pipeline.json B`
    ours         the statistics of the columns of two pandas frames
    scipy        ks_2samp, wasserstein_distance and chi2_contingency of the same frames

The statistics of the last two are compared, and printed where they differ. Nothing here asserts a
time.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONTENDERS = ("fit", "fit+drift", "files", "classifier", "recorded", "ours", "scipy")
RECIPE = 1  # part of the cached files' names; raise it when the SQL below changes

MAKE = """
copy (select
  i as customer,
  hash(i + {salt}) % 90 as age,
  exp((hash(i * 3 + {salt}) % 100000) / 20000.0) * {factor} as income,
  (hash(i * 5 + {salt}) % 100003) / 10.0::double as charge,
  case when hash(i * 7 + {salt}) % 10 < 7 then 0 else (hash(i * 31 + {salt}) % 1000) end as spent,
  case when hash(i * 41 + {salt}) % 33 = 0 then null
    else (hash(i * 43 + {salt}) % 100000) / 7.0 end::double as debt,
  (hash(i * 47 + {salt}) % 60)::bigint as tenure,
  ['basic', 'plus', 'premium'][1 + (hash(i * 11 + {salt}) % 3)::int] as plan,
  'region ' || (hash(i * 13 + {salt}) % 150) as region,
  hash(i * 19 + {salt}) % 2 = 0 as newsletter,
  (hash(i * 37 + {salt}) % 5)::bigint as calls,
  (hash(i * 29 + {salt}) % 10 = 0)::int::bigint as churned
from range({rows}) r(i)) to '{path}'
"""
NUMBERS = ["age", "income", "charge", "spent", "debt", "tenure"]
LEVELS = ["plan", "region", "newsletter", "calls", "churned"]
STAGES = (
    "target: churned\nid: customer\nstages:\n{drift}  - drop_duplicates: {{}}\n  - impute: {{}}\n"
)


def made(work: Path, rows: int) -> tuple[Path, Path]:
    import duckdb

    found = []
    for name, salt, factor in (("a", 0, 1.0), ("b", 1_000_003, 1.5)):
        path = work / f"drift-{RECIPE}-{rows}-{name}.parquet"
        if not path.exists():
            duckdb.sql(MAKE.format(rows=rows, path=path, salt=salt, factor=factor))
        found.append(path)
    return found[0], found[1]


def fitted(path: Path, work: Path, drift: str) -> float:
    from dataprep.config import load_pipeline
    from dataprep.jobs.clean import learn_file
    from dataprep.jobs.reading import Reading
    from dataprep.jobs.running import Running, opened_engine
    from dataprep.readers.inputs import inputs_of

    file = work / "drift.yaml"
    file.write_text(STAGES.format(drift=drift))
    pipeline = load_pipeline(file)
    with tempfile.TemporaryDirectory() as folder, opened_engine(Running(), Path(folder)) as engine:
        started = time.perf_counter()
        reading = Reading()
        source = reading.open(
            inputs_of([str(path)], None), engine, Path(folder), pipeline.roles_given()
        )
        learn_file(source, pipeline, reading, Running())
        seconds = time.perf_counter() - started
        pipeline.save(work / "pipeline.json")
    return seconds


def commanded(*words: str) -> float:
    from dataprep.cli import answer

    started = time.perf_counter()
    code = answer(["drift", *words, "-q"])
    if code:
        raise SystemExit(code)
    return time.perf_counter() - started


def by_us(a: Path, b: Path) -> tuple[float, dict]:
    import pandas as pd

    import dataprep as dp

    frames = [pd.read_parquet(path) for path in (a, b)]
    dp.drift(*(frame.head(100) for frame in frames), classifier=False)
    started = time.perf_counter()
    found = dp.drift(*frames, columns=NUMBERS + LEVELS, classifier=False)
    seconds = time.perf_counter() - started
    return seconds, {one.column: one.statistic for one in found.columns}


def by_scipy(a: Path, b: Path) -> tuple[float, dict]:
    import pandas as pd
    from scipy import stats

    frames = [pd.read_parquet(path) for path in (a, b)]
    started = time.perf_counter()
    found = {}
    for name in NUMBERS:
        x, y = (frame[name].dropna().to_numpy(dtype=float) for frame in frames)
        found[name] = float(stats.ks_2samp(x, y, method="asymp").statistic)
        stats.wasserstein_distance(x, y)
    for name in LEVELS:
        counts = pd.concat([frame[name].value_counts() for frame in frames], axis=1).fillna(0)
        found[name] = float(stats.chi2_contingency(counts.T, correction=False).statistic)
    return time.perf_counter() - started, found


def run(contender: str, rows: int, work: Path) -> dict:
    a, b = made(work, rows)
    found: dict = {}
    if contender in ("fit", "fit+drift"):
        seconds = fitted(a, work, "  - drift: {}\n" if contender == "fit+drift" else "")
    elif contender == "files":
        seconds = commanded(str(a), str(b), "--no-classifier", "--id", "customer")
    elif contender == "classifier":
        seconds = commanded(str(a), str(b), "--id", "customer")
    elif contender == "recorded":
        seconds = commanded(str(work / "pipeline.json"), str(b))
    else:
        seconds, found = (by_us if contender == "ours" else by_scipy)(a, b)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": seconds, "peak": peak, "found": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_150_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", choices=CONTENDERS, nargs="*")
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(run(options.child, options.rows, options.work)))
        return
    made(options.work, options.rows)
    results = {}
    for contender in options.only or CONTENDERS:
        command = [sys.executable, __file__, "--rows", str(options.rows)]
        command += ["--work", str(options.work), "--child", contender]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        results[contender] = json.loads(answer.stdout.splitlines()[-1])
        found = results[contender]
        print(
            f"{contender:12} {found['seconds']:8.2f} s   peak {found['peak']:5.2f} GB", flush=True
        )
    for one, other in (("fit+drift", "fit"), ("ours", "scipy")):
        if {one, other} <= set(results):
            ratio = results[one]["seconds"] / results[other]["seconds"]
            print(f"{one} / {other}: {ratio:.2f}")
    if {"ours", "scipy"} <= set(results):
        ours, theirs = results["ours"]["found"], results["scipy"]["found"]
        apart = {n: (ours[n], x) for n, x in theirs.items() if abs(ours[n] - x) > 1e-12 * max(1, x)}
        print(f"statistics that differ: {apart or 'none'}")


if __name__ == "__main__":
    main()
