"""Five million rows out of databases and into them, beside ADBC alone and beside pandas.

Run it as ``python tests/benchmarks/databases.py [ROWS]``. Each reading is done in a process of its
own, so that its peak memory is its own. PostgreSQL is started for it, SQLite is a file.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

ROWS = 5_000_000
COLUMNS = ("i, i % 1000 as part, i * 0.5 as price, 'customer ' || (i % 5000) as name, "
           "i % 7 = 0 as flag")  # fmt: skip


def fetched(uri: str, folder: Path) -> None:
    """Fetch the table to an Arrow file, with the hash of its rows: how each reading begins."""
    from dataprep.databases.address import rows_of
    from dataprep.databases.fetching import fetch

    fetch(rows_of(uri, "t", None), folder / "rows.feather")


def read(uri: str, folder: Path) -> None:
    """Read the table with a memory limit that it passes by far."""
    import dataprep as dp

    dp.read(uri, table="t", memory_limit="256MB").height()


def adbc(uri: str, folder: Path) -> None:
    """Have all of it in memory as Arrow."""
    with _connected(uri) as connection, connection.cursor() as cursor:
        cursor.execute("select * from t")
        cursor.fetch_arrow_table()


def pandas(uri: str, folder: Path) -> None:
    """Have all of it in memory as pandas, by a plain driver where there is one."""
    import pandas as pd

    if uri.startswith("sqlite"):
        pd.read_sql("select * from t", sqlite3.connect(uri.removeprefix("sqlite:///")))
    else:
        with _connected(uri) as connection:
            pd.read_sql("select * from t", connection)


def written(uri: str, folder: Path) -> None:
    """Write a Parquet file to a table, in one transaction with what is noted of it."""
    from dataprep.databases.address import address_of, name_of
    from dataprep.databases.targets import Target
    from dataprep.databases.writing import load

    load(Target(address_of(uri), name_of("written")), [folder / "rows.parquet"], "k")


def to_sql(uri: str, folder: Path) -> None:
    """Write the same file with pandas."""
    import pandas as pd

    frame = pd.read_parquet(folder / "rows.parquet")
    if uri.startswith("sqlite"):
        with sqlite3.connect(uri.removeprefix("sqlite:///")) as connection:
            frame.to_sql("by_pandas", connection, index=False, if_exists="replace")
    else:
        with _connected(uri) as connection:
            frame.to_sql("by_pandas", connection, index=False, if_exists="replace")
            connection.commit()


def _connected(uri: str):
    if uri.startswith("sqlite"):
        from adbc_driver_sqlite import dbapi

        return dbapi.connect(uri.removeprefix("sqlite:///"))
    from adbc_driver_postgresql import dbapi

    return dbapi.connect(uri)


WAYS = {way.__name__: way for way in (fetched, read, adbc, pandas, written, to_sql)}
BESIDE = {"fetched": ("adbc", "pandas"), "read": ("adbc", "pandas"), "written": ("to_sql",)}


def main(rows: int) -> None:
    from postgres_server import served

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.db"
        with sqlite3.connect(path) as connection:
            connection.execute(
                f"create table t as with recursive n(i) as (select 1 union all select i + 1 from n "
                f"where i < {rows}) select {COLUMNS} from n"
            )
        servers = served()
        server = next(servers)
        numbers = f"(select g::bigint as i from generate_series(1, {rows}) g) n"
        server.sql(
            f"create table t as select {COLUMNS.replace('0.5', '0.5::float8')} from {numbers}"
        )
        for uri in (server.uri(), f"sqlite:///{path}"):
            _told(uri, Path(folder))
        servers.close()


def _told(uri: str, folder: Path) -> None:
    import dataprep as dp

    kind = uri.partition(":")[0]
    table = dp.read(uri, table="t", memory_limit="2GB").to_arrow()
    from pyarrow.parquet import write_table

    write_table(table, folder / "rows.parquet")
    del table
    found = {}
    for name in WAYS:
        done = subprocess.run(
            [sys.executable, __file__, "--one", name, uri, str(folder)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        found[name] = tuple(map(float, done.stdout.split()[-2:]))
        print(f"{kind:10} {name:8} {found[name][0]:7.2f} s {found[name][1]:6.2f} GB", flush=True)
    for ours, others in BESIDE.items():
        for other in others:
            time, memory = (a / b for a, b in zip(found[ours], found[other], strict=True))
            print(f"{kind:10} {ours} / {other}: time {time:.2f}, peak memory {memory:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        # What is imported is not what is compared.
        import duckdb  # noqa: F401

        import dataprep.databases.fetching
        import dataprep.databases.writing
        import dataprep.jobs.clean  # noqa: F401

        began = perf_counter()
        WAYS[sys.argv[2]](sys.argv[3], Path(sys.argv[4]))
        seconds = perf_counter() - began
        # Not by getrusage: that begins with the peak of the process that started this one.
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        print(seconds, int(status.partition("VmHWM:")[2].split()[0]) / 2**20)
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
