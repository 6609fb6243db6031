"""Fingerprints of rows: so that rows that a pipeline was fitted on are known when they come again.

A fingerprint holds salted hashes of rows, 48 bits each, and no data. Of many rows it keeps the
smallest hashes only: a sample by contents, so that another table's rows fall into it or not in
the same way, and their overlap can be estimated.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.engine import Frame
from dataprep.engines.registered import asked_in_sql
from dataprep.keys import mixed
from dataprep.table import ROW, Table

KEPT = 20_000
"""How many hashes a fingerprint has at most; up to so many different rows it is exact."""
_BITS = 48
_TOP = 2**_BITS
_BYTES = _BITS // 8
_VERSION = 1
_BATCH = 250_000
_CHECK = "select hash(1.5::DOUBLE, 'a'::VARCHAR, null::DOUBLE, 'more than twelve signs'::VARCHAR)"
"""What DuckDB says of constants: another version of it may hash in another way."""
_SURE = 3.0
"""An overlap of so many sampled rows in the mean is missed in 5 % of the cases."""


@dataclass(frozen=True)
class Overlap:
    """How many rows of a table were among those of a fingerprint.

    Parameters
    ----------
    rows : int
        Rows of the table with the contents of a row of the fingerprint; estimated, unless exact.
    of : int
        Rows of the table.
    exact : bool
    limit : int
        An overlap of so many rows is noticed with a probability of 95 %; 1 where it is exact.
    problem : str
        Why nothing can be told, if so.
    repeats : bool
        Whether most rows of the fingerprint repeat one another: then equal rows may be others.
    """

    rows: int
    of: int
    exact: bool = True
    limit: int = 1
    problem: str = ""
    repeats: bool = False

    def __str__(self) -> str:
        """Say it in a sentence."""
        if self.problem:
            return f"whether rows were among those of the fit cannot be told: {self.problem}"
        if not self.rows:
            found = f"none of {self.of:,} rows was among those of the fit"
            return found if self.exact else f"{found}, as far as a sample tells ({self.limit:,})"
        about = "" if self.exact else "about "
        found = f"{about}{self.rows:,} of {self.of:,} rows were among those of the fit"
        return f"{found}, or have the same values" if self.repeats else found


def fingerprint_of(
    table: Table, columns: Sequence[str], learned: Frame | None = None
) -> dict[str, Any]:
    """Return the fingerprint of a table's rows, as JSON holds it.

    Parameters
    ----------
    table : Table
        Rows as they came, before any stage.
    columns : sequence of str
        Those that count, in any order: features, not target, identifier or weight.
    learned : frame, optional
        With `ROW`: the rows that were learned from, where others were held out.

    Returns
    -------
    dict
        The same whatever the order of rows and the engine; at most 170 kB as JSON. Eight bytes for
        each row are needed to make it.

    References
    ----------
    Z. Bar-Yossef et al., "Counting Distinct Elements in a Data Stream", RANDOM 2002; E. Cohen and
    H. Kaplan, "Summarizing Data Using Bottom-k Sketches", PODC 2007.

    Examples
    --------
    >>> import pandas as pd
    >>> from dataprep.engines.frames import open_frame
    >>> fitted = open_frame(pd.DataFrame({"x": range(100), "y": 0})).table
    >>> found = fingerprint_of(fitted, ["x"])
    >>> later = open_frame(pd.DataFrame({"x": range(90, 300)})).table
    >>> print(overlap(found, later))
    10 of 210 rows were among those of the fit
    """
    names = sorted(columns)
    made: dict[str, Any] = {"version": _VERSION, "columns": names}
    if not names or table.engine.name not in _ENGINES:
        return {**made, "check": ""}
    if learned is not None:
        table = replace(table, frame=table.engine.join(learned, table.frame, ROW))
    check, hashes = _hashes(table, names)
    whole = np.concatenate([*hashes, np.empty(0, dtype="uint64")])
    salt = _salt(names, whole)
    kept, top = _smallest(_salted(whole, salt))
    # Where hashes were left out, their density tells how many different ones there are.
    distinct = len(kept) if top == _TOP else round((len(kept) - 1) * _TOP / top)
    return {
        **made,
        "check": check,
        "salt": f"{salt:016x}",
        "rows": len(whole),
        "distinct": distinct,
        "top": top,
        "hashes": _packed(kept),
    }


def overlap(fingerprint: Mapping[str, Any], table: Table) -> Overlap:
    """Return how many rows of a table were among those of a fingerprint.

    Parameters
    ----------
    fingerprint : mapping
        From `fingerprint_of`.
    table : Table
        Rows as they came, before any stage; eight bytes for each of a batch are needed.

    Returns
    -------
    Overlap
        Its text is a sentence for a person.
    """
    height = table.height()
    problem = _problem(fingerprint, table)
    if problem:
        return Overlap(0, height, exact=False, problem=problem)
    check, hashes = _hashes(table, fingerprint["columns"])
    if check != fingerprint["check"]:
        return Overlap(0, height, exact=False, problem="another version of DuckDB hashed them")
    kept, salt = _unpacked(fingerprint["hashes"]), int(fingerprint["salt"], 16)
    found = sum(int(np.isin(_salted(part, salt), kept).sum()) for part in hashes)
    share = fingerprint["top"] / _TOP
    return Overlap(
        rows=min(height, round(found / share)),
        of=height,
        exact=share == 1,
        limit=1 if share == 1 else round(_SURE / share),
        repeats=2 * fingerprint["distinct"] < fingerprint["rows"],
    )


_ENGINES = ("memory", "duckdb")


def _problem(fingerprint: Mapping[str, Any], table: Table) -> str:
    if fingerprint.get("version") != _VERSION:
        return "another version of dataprep made the fingerprint"
    if not fingerprint["check"]:
        return "no fingerprint was taken where the pipeline was fitted"
    absent = [name for name in fingerprint["columns"] if name not in table.kinds]
    if absent:
        return f"there is no column {absent[0]!r}"
    if table.engine.name not in _ENGINES:
        return f"rows are not hashed on {table.engine.name}"
    return ""


def _salted(hashes: np.ndarray, salt: int) -> np.ndarray:
    found: np.ndarray = mixed(hashes ^ np.uint64(salt)) >> np.uint64(64 - _BITS)
    return found


def _salt(names: Sequence[str], hashes: np.ndarray) -> int:
    """Return a number that another table is unlikely to have; the order of rows has no part."""
    total = int(np.add.reduce(hashes)) if len(hashes) else 0
    text = "\x1f".join([*names, str(len(hashes)), str(total)])
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _smallest(hashes: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the smallest different hashes, and the bound below which none was left out."""
    bound, least = _TOP, len(hashes)
    while least > 4 * KEPT:
        # Among few of them there may be too few different ones: then twice as many.
        tried = int(2 * KEPT / least * _TOP)
        if len(np.unique(hashes[hashes < tried])) > KEPT:
            bound = tried
            break
        least //= 2
    found = np.unique(hashes[hashes < bound])
    if len(found) <= KEPT:
        return found, _TOP
    return found[:KEPT], int(found[KEPT - 1]) + 1


def _packed(hashes: np.ndarray) -> str:
    octets = hashes.astype("<u8").view("uint8").reshape(-1, 8)[:, :_BYTES]
    return b64encode(octets.tobytes()).decode()


def _unpacked(text: str) -> np.ndarray:
    octets = np.frombuffer(b64decode(text), dtype="uint8").reshape(-1, _BYTES)
    wide = np.zeros((len(octets), 8), dtype="uint8")
    wide[:, :_BYTES] = octets
    found: np.ndarray = wide.view("<u8").ravel()
    return found


def _hashes(table: Table, names: Sequence[str]) -> tuple[str, Iterator[np.ndarray]]:
    """Return what tells one way to hash from another, and the hashes of rows in parts."""
    plain = {name: f"c{i}" for i, name in enumerate(names)}
    schema = table.frame.collect_schema()
    frame = table.frame.select(*[nw.col(name).alias(new) for name, new in plain.items()])
    values = ", ".join(_value(new, schema[name]) for name, new in plain.items())
    sql = f"select hash({values}) as h from given"
    engine: Any = table.engine
    if engine.name == "duckdb":
        check = engine.connection.execute(_CHECK).fetchall()[0][0]
        batches = engine.batches(frame, sql, _BATCH)
        return str(check), (_held(part.column("h")) for part in batches)
    with asked_in_sql(frame) as ask:
        check = ask(_CHECK).fetchall()[0][0]
        found: np.ndarray = ask(sql).fetchnumpy()["h"]
    return str(check), iter([np.asarray(found)])


def _held(column: Any) -> np.ndarray:
    """Return whole numbers of an Arrow array; its own ``to_numpy`` would import pandas."""
    return np.frombuffer(column.buffers()[1], "uint64")[column.offset :][: len(column)]


def _value(column: str, dtype: Any) -> str:
    """Return SQL for a value as every engine has it: a double for a number or a time, or text."""
    if dtype.is_numeric():
        return f"case when not isnan({column}::DOUBLE) then {column}::DOUBLE + 0.0 end"
    if dtype == nw.Boolean:
        return f"{column}::INTEGER::DOUBLE"
    if dtype == nw.Date:
        return f"epoch_us({column}::TIMESTAMP)::DOUBLE"
    if dtype == nw.Datetime:
        return f"epoch_us({column})::DOUBLE"
    return f"{column}::VARCHAR"
