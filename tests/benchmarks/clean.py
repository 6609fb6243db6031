"""How long `dataprep clean` takes, beside what people would write by hand.

Run it with the interpreter of the environment that dataprep is installed in:

    python tests/benchmarks/clean.py                       # 5 million rows: some minutes
    python tests/benchmarks/clean.py --rows 200000         # a quick look
    python tests/benchmarks/clean.py --only duckdb,dataprep --repeat 3
    python tests/benchmarks/clean.py --scaling --big       # also rows / 10, and 2 GB in 512 MB

A CSV of customers is made once and kept in the --work folder: 12 columns, 5 % of the cells
missing, 1 % outliers in two columns, 3 % duplicate rows, in mixed order. Each contender then runs
in a process of its own, all on the same two cores, with the file in the page cache. Its time runs
from the start of the process to its end, its memory is the peak resident set (a file that is
mapped into memory counts), and the best of --repeat trials is kept.

    duckdb, polars        only read the file and write it again: the floor
    polars-lazy, pandas   drop duplicates, impute by median or most frequent, clip by IQR, by hand
    dataprep              `dataprep clean`, with its ledger, its rejected rows and its summary
    big, scaling          off unless asked for, by their flags or by --only
    help, churn           start-up: `dataprep --help`, and a small file (best of 5)
    memory-pandas, memory-polars
                          up to a million rows already loaded, by hand and by `dataprep.clean` in
                          turn, in one process: only the work is timed (best of 3)

A contender that is missing or fails has its error in the table, one that wrote another number of
rows than it should is marked. Nothing here asserts a time. Linux and macOS.
"""

import argparse
import gc
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# The frame libraries are imported inside the functions that use them: the process that measures
# must stay small, because a child's peak memory starts from the size of its parent.

THREADS = 2
STARTUP_TRIALS = 5
MEMORY_TRIALS = 3
MEMORY_ROWS = 1_000_000
MEMORY_LIMIT = "512MB"
BIG_ROWS = 22_000_000  # makes a file of 2 GB
RECIPE = 1  # part of the cached file's name; raise it when the SQL below changes

NUMBERS = ["age", "income", "spend", "score", "ratio", "visits", "temp"]
CATEGORIES = ["region", "plan"]
SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "churn.csv"


# ----------------------------------------------------------------------------------------- the data


def draw(key: int) -> str:
    """SQL for a number that looks random but follows from the row number `i` and the key alone."""
    # Not hash(i, key): DuckDB combines the two by XOR, so that columns would be correlated.
    return f"hash(i * 64 + {key})"


def quoted(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"


def gappy(key: int, value: str) -> str:
    return f"case when {draw(key)} % 20 = 0 then null else {value} end"


def spiked(key: int, outlier: str, value: str) -> str:
    return f"case when {draw(key)} % 100 = 0 then {outlier} else {value} end"


def choice(key: int, *options: str) -> str:
    return f"{list(options)}[1 + ({draw(key)} % {len(options)})::int]"


def customers(rows: int) -> str:
    """The query that makes the table."""
    # Decimals are an integer divided once: the nearest double, which prints in few digits.
    income = spiked(1, f"({draw(2)} % 10000000) / 10.0", f"(400000 + {draw(3)} % 300000) / 10.0")
    spend = spiked(4, f"(50000 + {draw(5)} % 100000) / 10.0", f"({draw(6)} % 1000) / 10.0")
    columns = {
        "id": "i",
        "age": gappy(20, f"18 + {draw(7)} % 60"),
        "income": gappy(21, income),
        "spend": gappy(22, spend),
        "score": gappy(23, f"(6000 + {draw(8)} % 2000) / 10.0"),
        "ratio": gappy(24, f"({draw(9)} % 10000) / 10000.0"),
        "visits": gappy(25, f"{draw(10)} % 1000"),
        "temp": gappy(26, f"(({draw(11)} % 500)::int - 100) / 10.0"),
        "region": gappy(27, choice(12, "north", "south", "east", "west", "centre")),
        "plan": gappy(28, choice(13, "basic", "plus", "premium")),
        "email": f"'user' || lpad(({draw(14)} % 1000000)::varchar, 6, '0') || '@example.org'",
        "joined": f"date '2020-01-01' + ({draw(15)} % 1500)::int",
    }
    values = ", ".join(f"{value} as {name}" for name, value in columns.items())
    # Three of each hundred rows come twice; the hash of row and copy puts the two far apart.
    return f"""
        select * exclude (i, copy)
        from (select {values}, i, copy from range({rows}) rows(i), range(2) copies(copy)
              where copy = 0 or i % 100 in (7, 40, 73))
        order by hash(hash(i * 64 + 30 + copy)), i, copy"""


def rows_in(rows: int) -> int:
    return rows + 3 * (rows // 100) + sum(rest < rows % 100 for rest in (7, 40, 73))


def generate(target: str, rows: str) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"set threads = {THREADS}")
        connection.execute(
            f"copy ({customers(int(rows))}) to {quoted(target)} (format csv, header)"
        )


def data(work: Path, rows: int) -> Path:
    """The CSV with that many distinct rows, made on first use."""
    path = work / f"customers-{RECIPE}-{rows}.csv"
    if not path.exists():
        say(f"making {path.name}")
        partial = path.with_suffix(".partial")
        subprocess.run(child("generate", partial, rows), check=True, cwd=work)
        partial.rename(path)
        os.sync()  # or the first contender would share the disk with what is still being written
    warm(path)
    return path


def warm(path: Path) -> None:
    """Read the file into the page cache, so that the first contender has no handicap."""
    count_lines(path)


def count_lines(path: Path) -> int:
    # In blocks, to keep this process small; no cell of ours holds a line break.
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


# ------------------------------------------------------------------------- the contenders, on files


def duckdb_plain(source: str, target: str, limit: str = "") -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"set threads = {THREADS}")
        if limit:
            connection.execute(f"set memory_limit = '{limit}'")
        connection.execute(f"copy (from read_csv({quoted(source)})) to {quoted(target)} (header)")


def polars_plain(source: str, target: str) -> None:
    import polars as pl

    pl.scan_csv(source).sink_csv(target)


def polars_lazy(source: str, target: str) -> None:
    import polars as pl

    polars_work(pl.scan_csv(source)).sink_csv(target)


def polars_work(frame):
    """Clean a Polars frame, eager or lazy: the same expressions serve both."""
    import polars as pl

    def clipped(column):
        value = pl.col(column)
        low, high = value.quantile(0.25, "linear"), value.quantile(0.75, "linear")
        return value.clip(low - 3 * (high - low), high + 3 * (high - low))

    return (
        frame.unique(maintain_order=True)
        .with_columns(
            *[pl.col(column).fill_null(pl.col(column).median()) for column in NUMBERS],
            *[
                pl.col(column).fill_null(pl.col(column).drop_nulls().mode().min())
                for column in CATEGORIES
            ],
        )
        .with_columns(clipped(column) for column in NUMBERS)
    )


def pandas_script(source: str, target: str) -> None:
    import pandas as pd

    pandas_work(pd.read_csv(source)).to_csv(target, index=False)


def pandas_work(frame):
    frame = frame.drop_duplicates()
    frame = frame.fillna({**frame[NUMBERS].median(), **frame[CATEGORIES].mode().iloc[0]})
    low, high = frame[NUMBERS].quantile(0.25), frame[NUMBERS].quantile(0.75)
    spread = high - low
    frame[NUMBERS] = frame[NUMBERS].clip(low - 3 * spread, high + 3 * spread, axis=1)
    return frame


# ------------------------------------------------------------------------ the contenders, in memory


def dataprep_work(frame):
    import dataprep as dp

    pipe = dp.Pipeline(
        [
            dp.DropDuplicates(),
            dp.Impute(strategy="median"),
            dp.Impute(columns="category", strategy="most_frequent"),
            dp.IQR(k=3),
        ]
    )
    return dp.clean(frame, pipeline=pipe).data


def memory_pandas(source: str) -> None:
    import pandas as pd

    compare(pd.read_csv(source, nrows=MEMORY_ROWS), pandas_work)


def memory_polars(source: str) -> None:
    import polars as pl

    compare(pl.read_csv(source, n_rows=MEMORY_ROWS), polars_work)


def compare(frame, by_hand: Callable) -> None:
    """Time both kinds of work on the frame, in turn, and print what was found as JSON."""
    works = {"by hand": by_hand, "dataprep": dataprep_work}
    found: dict[str, dict] = {name: {"seconds": None} for name in works}
    for _ in range(MEMORY_TRIALS):
        for name, work in works.items():
            if "error" not in found[name]:
                found[name] |= attempt(work, frame, found[name]["seconds"])
    print(json.dumps(found))


def attempt(work: Callable, frame, best: float | None) -> dict:
    gc.collect()
    start = time.perf_counter()
    try:
        rows = len(work(frame))
    except Exception as error:  # noqa: BLE001 - any error belongs in the table, none ends the run
        return {"error": last_line(f"{type(error).__name__}: {error}"), "seconds": None}
    seconds = time.perf_counter() - start
    return {"rows": rows, "seconds": seconds if best is None else min(best, seconds)}


# ---------------------------------------------------------------------------------------- measuring


@dataclass
class Line:
    """A line of the table: what was measured, and the times it is compared with."""

    label: str
    seconds: float | None = None
    peak: float | None = None  # GB
    floor: float | None = None  # seconds that DuckDB takes to read and write the same file
    script: float | None = None  # seconds that the pandas script takes for it
    note: str = ""


@dataclass
class Trial:
    seconds: float
    peak: float
    output: str = ""
    error: str = ""


def child(name: str, *arguments) -> list:
    """The command that runs one of the functions in TASKS in a process of its own."""
    return [sys.executable, Path(__file__).resolve(), "--task", name, *map(str, arguments)]


def dataprep(*arguments) -> list:
    """The console script of this very environment, not whichever is first on the path."""
    return [Path(sys.executable).with_name("dataprep"), *map(str, arguments)]


def run(command: list, folder: Path) -> Trial:
    """Run a command to its end, and take its wall time and its (or a child's) peak memory."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=errors)
        except OSError as error:
            return Trial(0, 0, error=f"missing: {Path(command[0]).name} ({error.strerror})")
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
        trial = Trial(seconds, usage.ru_maxrss * unit / 1e9, text_of(output))
        if process.returncode:
            said = last_line(text_of(errors)) or last_line(trial.output)
            trial.error = f"failed ({process.returncode}): {said}"
        return trial


def text_of(file) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def last_line(text: str) -> str:
    """The last line of an error, short enough for the table."""
    lines = text.strip().splitlines()
    return lines[-1][:110] if lines else ""


def measure(
    label: str, command: Callable, work: Path, trials: int, rows: int | None = None
) -> Line:
    """The best of some trials of `command(target)`, each with an empty folder to write in."""
    line = Line(label)
    say(label)
    for _ in range(trials):
        with tempfile.TemporaryDirectory(dir=work, prefix="trial-") as folder:
            target = Path(folder) / "out.csv"
            trial = run(command(target), Path(folder))
            if trial.error:
                return Line(label, note=trial.error)
            written = count_lines(target) - 1 if rows is not None and target.exists() else 0
            if rows is not None and written != rows:
                line.note = f"wrote {written:,} rows, expected {rows:,}"
        if line.seconds is None or trial.seconds < line.seconds:
            line.seconds = trial.seconds
        line.peak = min(trial.peak, line.peak or trial.peak)
    return line


# Name, label, and whether it cleans (and so should write the distinct rows) or only copies.
FILES = {
    "duckdb": ("DuckDB read+write", False),
    "polars": ("Polars read+write", False),
    "polars-lazy": ("Polars lazy, by hand", True),
    "pandas": ("pandas script", True),
    "dataprep": ("dataprep clean", True),
}
OTHERS = ["big", "scaling", "help", "churn", "memory-pandas", "memory-polars"]
ON_REQUEST = {"big", "scaling"}

TASKS = {
    "generate": generate,
    "duckdb": duckdb_plain,
    "polars": polars_plain,
    "polars-lazy": polars_lazy,
    "pandas": pandas_script,
    "memory-pandas": memory_pandas,
    "memory-polars": memory_polars,
}


class Benchmark:
    """The lines of the table, made one after the other."""

    def __init__(self, work: Path, rows: int, big_rows: int, trials: int):
        self.work, self.rows, self.big_rows, self.trials = work, rows, big_rows, trials
        self.measured: dict[tuple, Line] = {}

    def file(self, name: str, rows: int, limit: str = "") -> Line:
        """A contender on the file of that many rows; measured once, however often asked for."""
        key = name, rows, limit
        if key not in self.measured:
            label, cleans = FILES[name]
            source = data(self.work, rows)

            def command(target: Path) -> list:
                if name == "dataprep":
                    memory = ["--memory-limit", limit] if limit else []
                    return dataprep("clean", source, "-o", target, "-f", "-q", *memory)
                return child(name, source, target, *filter(None, [limit]))

            if rows != self.rows:
                label += f", {rows:,} rows"
            if limit:
                label += f" in {limit}"
            expected = rows if cleans else rows_in(rows)
            self.measured[key] = measure(label, command, self.work, self.trials, expected)
        return self.measured[key]

    def lines(self, names: list[str]) -> list[Line]:
        lines = [self.file(name, self.rows) for name in FILES if name in names]
        for name in OTHERS:
            if name in names:
                lines += getattr(self, name.replace("-", "_"))()
        for (_, *which), line in self.measured.items():
            line.floor = self.seconds("duckdb", *which)
            line.script = self.seconds("pandas", *which)
        return list({id(line): line for line in lines}.values())  # each once

    def seconds(self, *key) -> float | None:
        return self.measured[key].seconds if key in self.measured else None

    def big(self) -> list[Line]:
        return [self.file(name, self.big_rows, MEMORY_LIMIT) for name in ("duckdb", "dataprep")]

    def scaling(self) -> list[Line]:
        """Time on a tenth of the rows; DuckDB's own ratio too, as neither starts in no time."""
        lines = []
        for name in ("duckdb", "dataprep"):
            small, full = self.file(name, self.rows // 10), self.file(name, self.rows)
            if small.seconds and full.seconds:
                note = f"{full.seconds / small.seconds:.2f} x the time for 10 x the rows"
                small.note = "; ".join(filter(None, [note, small.note]))
            lines += [small, full]
        return lines

    def help(self) -> list[Line]:
        def command(_target: Path) -> list:
            return dataprep("--help")

        return [measure("dataprep --help", command, self.work, STARTUP_TRIALS)]

    def churn(self) -> list[Line]:
        def command(target: Path) -> list:
            return dataprep("clean", SAMPLE, "-o", target, "-f", "-q")

        return [measure(f"dataprep clean {SAMPLE.name}", command, self.work, STARTUP_TRIALS)]

    def memory_pandas(self) -> list[Line]:
        return self.in_memory("pandas")

    def memory_polars(self) -> list[Line]:
        return self.in_memory("polars")

    def in_memory(self, library: str) -> list[Line]:
        labels = {
            "by hand": f"{library} frame, by hand",
            "dataprep": f"{library} frame, dataprep.clean",
        }
        source = data(self.work, self.rows)
        say(f"{library} frame, in memory")
        trial = run(child(f"memory-{library}", source), self.work)
        if trial.error:
            return [Line(label, note=trial.error) for label in labels.values()]
        found = json.loads(trial.output.strip().splitlines()[-1])
        hand, ours = (Line(label, found[name]["seconds"]) for name, label in labels.items())
        hand.note, ours.note = (found[name].get("error", "") for name in labels)
        if hand.seconds and ours.seconds:
            ours.note = f"{ours.seconds / hand.seconds:.2f} x by hand"
            if found["by hand"]["rows"] != found["dataprep"]["rows"]:
                ours.note += "; {dataprep[rows]:,} rows, by hand {by hand[rows]:,}".format(**found)
        return [hand, ours]


# ---------------------------------------------------------------------------------------- the table


def table(lines: list[Line]) -> str:
    rows = [["contender", "seconds", "peak GB", "x DuckDB r+w", "pandas / it", ""]]
    for line in lines:
        numbers = [
            f"{line.seconds:.3f}" if line.seconds else "-",
            f"{line.peak:.2f}" if line.peak else "-",
            ratio(line.seconds, line.floor),
            ratio(line.script, line.seconds),
        ]
        rows.append([line.label, *numbers, line.note])
    widths = [max(len(row[place]) for row in rows) for place in range(5)]
    texts = []
    for label, *numbers, note in rows:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
        texts.append("  ".join([label.ljust(widths[0]), *cells, note]).rstrip())
    texts.insert(1, "-" * (sum(widths) + 8))
    return "\n".join(texts)


def ratio(seconds: float | None, other: float | None) -> str:
    return f"{seconds / other:.2f}" if seconds and other else "-"


def heading(work: Path, rows: int) -> str:
    """What the numbers depend on: the file, the machine and the versions."""
    path = data(work, rows)
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "pandas"))
    return (
        f"{rows_in(rows):,} rows ({rows:,} distinct), {path.stat().st_size / 1e6:.0f} MB; "
        f"{THREADS} of {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"
    )


def version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def say(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def hold_to_two_cores() -> None:
    """Give all contenders the same cores, also those that cannot be told how many to use."""
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    if hasattr(os, "sched_setaffinity"):  # Linux only
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def arguments() -> argparse.Namespace:
    known = [*FILES, *OTHERS]
    default = Path(tempfile.gettempdir()) / "dataprep-benchmarks"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, default=5_000_000, help="distinct rows (default %(default)s)"
    )
    parser.add_argument(
        "--work", type=Path, default=default, help="folder of the data (%(default)s)"
    )
    parser.add_argument(
        "--repeat", type=int, default=2, help="trials on files (default %(default)s)"
    )
    parser.add_argument("--only", metavar="NAME[,NAME]", help="of: " + ", ".join(known))
    parser.add_argument("--big", action="store_true", help="also a 2 GB file (needs 8 GB of disk)")
    parser.add_argument(
        "--big-rows", type=int, default=BIG_ROWS, help="its rows (default %(default)s)"
    )
    parser.add_argument("--scaling", action="store_true", help="also a tenth of the rows")
    options = parser.parse_args()
    if options.rows < 1000 or options.big_rows < 1000 or options.repeat < 1:
        parser.error("--rows and --big-rows must be 1000 or more, --repeat 1 or more")
    asked = {name for name in ON_REQUEST if getattr(options, name)}
    options.names = [name for name in known if name not in ON_REQUEST or name in asked]
    if options.only:
        options.names = [name.strip() for name in options.only.split(",")] + sorted(asked)
    if unknown := sorted(set(options.names) - set(known)):
        parser.error(f"--only: unknown {', '.join(unknown)}; choose from {', '.join(known)}")
    return options


def main() -> None:
    if sys.argv[1:2] == ["--task"]:  # this is one of the processes that the benchmark starts
        TASKS[sys.argv[2]](*sys.argv[3:])
        return
    options = arguments()
    hold_to_two_cores()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    benchmark = Benchmark(work, options.rows, options.big_rows, options.repeat)
    lines = benchmark.lines(options.names)
    print(heading(work, options.rows), table(lines), sep="\n\n")


if __name__ == "__main__":
    main()
