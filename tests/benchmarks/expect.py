"""How long a suite takes in DuckDB, beside Great Expectations over pandas.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/expect.py                    # 28 expectations, 2 million rows
    python tests/benchmarks/expect.py --rows 200000      # a quick look

A Parquet file of customers is made once and kept in the --work folder. Each contender then runs in
a process of its own, on the same cores, and loads the file first; only validating is timed, best
of --repeat trials, and then the whole process once more.

    gx-pandas   Great Expectations' own interface over a pandas frame
    pandas      `dataprep.validate` on that frame
    duckdb      the same on a DuckDB table

Verdicts are compared, and printed where they differ. Nothing here asserts a time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

CONTENDERS = ("gx-pandas", "pandas", "duckdb")
RECIPE = 1  # part of the cached file's name; raise it when the SQL below changes

MAKE = """
copy (select
  i as customer,
  case when i % 50 = 0 then null else hash(i) % 90 end::bigint as age,
  case when i % 33 = 0 then null else (hash(i * 3) % 100000) / 100.0 end::double as income,
  (hash(i * 5) % 1000) / 10.0::double as charge,
  (hash(i * 7) % 60)::bigint as tenure,
  ['basic', 'plus', 'premium'][1 + (hash(i * 11) % 3)::int] as plan,
  ['north', 'south', 'east', 'west'][1 + (hash(i * 13) % 4)::int] as region,
  date '2020-01-01' + (hash(i * 17) % 1000)::int as signup,
  hash(i * 19) % 2 = 0 as newsletter,
  'customer' || i || '@example.net' as email,
  lpad((hash(i * 23) % 99999)::varchar, 5, '0') as zip,
  (hash(i * 29) % 10 = 0)::int::bigint as churned
from range({rows}) r(i)) to '{path}'
"""

COLUMNS = [
    "customer", "age", "income", "charge", "tenure", "plan", "region", "signup", "newsletter",
    "email", "zip", "churned",
]  # fmt: skip
PLANS = ["basic", "plus", "premium"]


def suite(rows: int) -> dict:
    """28 expectations, as people write them; some are not met."""
    listed = [
        ("table_row_count_to_be_between", {"min_value": rows // 2, "max_value": rows * 2}),
        ("table_columns_to_match_ordered_list", {"column_list": COLUMNS}),
        ("column_values_to_not_be_null", {"column": "customer"}),
        ("column_values_to_be_unique", {"column": "customer"}),
        ("column_values_to_not_be_null", {"column": "age", "mostly": 0.95}),
        ("column_values_to_be_between", {"column": "age", "min_value": 0, "max_value": 120}),
        ("column_mean_to_be_between", {"column": "age", "min_value": 20, "max_value": 70}),
        ("column_values_to_not_be_null", {"column": "income"}),
        ("column_values_to_be_between", {"column": "income", "min_value": 0}),
        ("column_median_to_be_between", {"column": "income", "min_value": 300, "max_value": 700}),
        ("column_stdev_to_be_between", {"column": "income", "min_value": 1, "max_value": 1000}),
        ("column_values_to_be_between", {"column": "charge", "min_value": 1, "max_value": 100}),
        ("column_sum_to_be_between", {"column": "charge", "min_value": 0}),
        ("column_max_to_be_between", {"column": "charge", "max_value": 100}),
        ("column_min_to_be_between", {"column": "tenure", "min_value": 0}),
        ("column_values_to_be_between", {"column": "tenure", "min_value": 0, "max_value": 59}),
        ("column_values_to_be_in_set", {"column": "plan", "value_set": PLANS}),
        ("column_distinct_values_to_be_in_set", {"column": "plan", "value_set": PLANS}),
        ("column_unique_value_count_to_be_between", {"column": "region", "max_value": 4}),
        ("column_values_to_be_in_set", {"column": "region", "value_set": ["north", "south"]}),
        ("column_values_to_not_be_null", {"column": "signup"}),
        ("column_values_to_be_in_set", {"column": "newsletter", "value_set": [True, False]}),
        ("column_values_to_match_regex", {"column": "email", "regex": "^[^@ ]+@[^@ ]+$"}),
        ("column_value_lengths_to_be_between", {"column": "email", "max_value": 40}),
        ("column_values_to_match_regex", {"column": "zip", "regex": "^[0-9]{5}$"}),
        ("column_value_lengths_to_equal", {"column": "zip", "value": 5}),
        ("column_values_to_be_in_set", {"column": "churned", "value_set": [0, 1]}),
        ("compound_columns_to_be_unique", {"column_list": ["customer", "zip"]}),
    ]
    return {
        "name": "customers",
        "expectations": [{"type": f"expect_{kind}", "kwargs": kwargs} for kind, kwargs in listed],
    }


def by_gx(path: str, asked: dict) -> tuple[float, list]:
    import great_expectations as gx
    import pandas as pd

    frame = pd.read_parquet(path)
    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas("pandas").add_dataframe_asset("frame")
    started = time.perf_counter()
    whole = source.add_batch_definition_whole_dataframe("whole")
    batch = whole.get_batch({"dataframe": frame})
    listed = [{**one, "id": str(i), "meta": {}} for i, one in enumerate(asked["expectations"])]
    found = batch.validate(gx.ExpectationSuite("customers", expectations=listed))
    seconds = time.perf_counter() - started
    ordered = sorted(found.results, key=lambda one: int(one.expectation_config.id))
    return seconds, [(bool(o.success), o.result.get("unexpected_count")) for o in ordered]


def by_us(path: str, asked: dict, library: str) -> tuple[float, list]:
    from dataprep.engines.frames import open_frame
    from dataprep.expectations.gx import loaded
    from dataprep.expectations.running import validate
    from dataprep.expectations.suites import suite_from

    loaded()
    if library == "duckdb":
        from dataprep.engines.duckdb import DuckDB
        from dataprep.kinds import kind_of_dtype
        from dataprep.table import ROW, Table

        engine = DuckDB("4GB")
        frame = engine.adopt(f"'{path}'")
        schema = frame.collect_schema()
        table = Table(frame, {n: kind_of_dtype(d) for n, d in schema.items() if n != ROW}, engine)
    else:
        import pandas as pd

        table = open_frame(pd.read_parquet(path)).table
    started = time.perf_counter()
    verdict = validate(table, suite_from(asked))
    seconds = time.perf_counter() - started
    return seconds, [(one.success, one.unexpected_count) for one in verdict.results]


def measure(name: str, path: str, rows: int, repeat: int) -> None:
    """Run a contender in this process, and print what came of it."""
    warnings.simplefilter("ignore")
    best, verdicts = float("inf"), []
    for _ in range(repeat):
        seconds, verdicts = (
            by_gx(path, suite(rows)) if name == "gx-pandas" else by_us(path, suite(rows), name)
        )
        best = min(best, seconds)
    print(json.dumps({"seconds": best, "verdicts": verdicts}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--work", default=str(Path(tempfile.gettempdir()) / "dataprep-bench"))
    parser.add_argument("--contender")
    asked = parser.parse_args()
    folder = Path(asked.work)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"expect-{asked.rows}-{RECIPE}.parquet"
    if not path.exists():
        import duckdb

        duckdb.sql(MAKE.format(rows=asked.rows, path=path))
    if asked.contender:
        measure(asked.contender, str(path), asked.rows, asked.repeat)
        return
    found = {}
    for name in CONTENDERS:
        words = [sys.executable, __file__, "--contender", name, "--rows", str(asked.rows)]
        words += ["--repeat", str(asked.repeat), "--work", asked.work]
        started = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1]}")
            continue
        found[name] = json.loads(done.stdout.splitlines()[-1])
        print(
            f"{name:10} {found[name]['seconds']:7.2f} s   "
            f"({time.perf_counter() - started:.1f} s for the process)"
        )
    base = found.get("gx-pandas")
    for name, one in found.items():
        if base and name != "gx-pandas":
            print(f"{name}: {one['seconds'] / base['seconds']:.2f} of gx-pandas")
            for i, (theirs, ours) in enumerate(zip(base["verdicts"], one["verdicts"], strict=True)):
                if theirs[0] != ours[0] or (theirs[1] and theirs[1] != ours[1]):
                    print(f"  {suite(asked.rows)['expectations'][i]}: {theirs} and {ours}")


if __name__ == "__main__":
    main()
