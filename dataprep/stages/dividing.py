"""Ways to divide rows: each learns a state from a table, and tells from it where a row goes."""

from __future__ import annotations

import datetime as dt
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.engine import Arrays, Mapped
from dataprep.errors import ConfigError, DataError
from dataprep.keys import joint_keys
from dataprep.splitting import draws, groups, times
from dataprep.splitting.sizes import allotted, places_of
from dataprep.stage import State
from dataprep.stages.levels import codes_of
from dataprep.stages.strata import Strata, Unlabelled, check_room, lacking
from dataprep.table import ROW, Table, hidden

Shares = tuple[float, float, int | None]
"""Of test and validation, and the number of folds."""
Way = Callable[[Table, Strata | None, Shares, np.ndarray, int], tuple[State, np.ndarray]]
"""From a table, its classes, shares, wanted rows and a seed: a state, and where each row goes."""
_HIGH, _LOW = hidden("high"), hidden("low")
_HALF = 2**31


def way_of(
    group: str | Sequence[str] | None,
    time: str | None,
    key: str | Sequence[str] | None,
    unlabelled: Unlabelled | None = None,
) -> Way:
    """Return the function that divides rows in the way that was asked for.

    By their numbers, rows that are ``unlabelled`` are drawn for training only, the last part.
    """
    if group:
        return lambda table, *rest: _by_group(table, _listed(group), *rest)
    if time:
        return lambda table, *rest: _by_time(table, time, *rest)
    if key:
        return lambda table, *rest: _by_key(table, _listed(key), *rest)
    return lambda table, *rest: _by_row(table, unlabelled, *rest)


def placed(state: State, arrays: Arrays) -> np.ndarray:
    """Return the place among the parts of each row of a batch.

    Parameters
    ----------
    state : dict
        What was learned.
    arrays : dict of str to array of shape (n_rows,)
        Those that the state names as ``columns``, whole numbers with every digit.
    """
    columns, seed = state["columns"], state["seed"]
    if state["by"] == "row":
        return _rows_placed(state, arrays[ROW], _codes(state, arrays))
    if state["by"] == "time":
        return times.places_by_time(_moments(arrays[columns[0]]), state["first"])
    keys = joint_keys([arrays[name] for name in columns])
    if state["by"] == "key":
        test, validation, folds = state["shares"]
        return draws.places_by_key(keys, test, validation, folds, seed)
    found = groups.Grouped(
        np.frombuffer(b64decode(state["groups"]), "<i8"),
        np.frombuffer(b64decode(state["places"]), "<i2"),
    )
    return found.of(keys)


def expressions(state: State, table: Table) -> tuple[nw.Expr, ...] | None:
    """Return, for each part but the last, whether a row lies before its end.

    None where Python is faster: keys are hashed there, and a draw as an expression is so long that
    to plan it takes seconds.
    """
    if state["by"] == "time":
        return _since(state["first"], table, state["columns"][0])
    return None


def _since(firsts: Sequence[float], table: Table, column: str) -> tuple[nw.Expr, ...] | None:
    """Return whether a row is not earlier than each of some moments."""
    dtype, moment = table.frame.collect_schema()[column], nw.col(column)
    if dtype == nw.Datetime and getattr(dtype, "time_zone", None):
        return None
    if table.kinds[column] not in ("date", "timestamp"):
        return tuple(moment >= first for first in firsts)
    begun = [dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=first) for first in firsts]
    if table.kinds[column] == "date":
        return tuple(moment >= nw.lit(first.date()) for first in begun)
    return tuple(moment >= nw.lit(first) for first in begun)


def _by_row(
    table: Table,
    unlabelled: Unlabelled | None,
    strata: Strata | None,
    shares: Shares,
    wanted: np.ndarray,
    seed: int,
) -> tuple[State, np.ndarray]:
    rows = table.matrix([])[ROW]
    codes, needed = np.zeros(len(rows), dtype="int64"), np.array([False])
    state: State = {"by": "row", "columns": [ROW], "seed": seed}
    if strata is not None:
        codes, needed = strata.codes, strata.needed
        state |= {"columns": [ROW, strata.column], "levels": strata.levels}
    if unlabelled is not None:
        codes, needed = np.where(unlabelled.rows, len(needed), codes), np.append(needed, False)
        state["columns"] = list(dict.fromkeys([*state["columns"], unlabelled.column]))
        state["unlabelled"] = unlabelled.column
    counts, apart = np.bincount(codes, minlength=len(needed)), np.zeros_like(wanted)
    if unlabelled is not None:
        apart[-1], counts[-1] = counts[-1], 0
        # A class may have no row that is drawn.
        needed &= counts > 0
    if strata is not None:
        check_room(strata, counts, wanted - apart, places_of(*shares))
    sizes = allotted(counts.tolist(), wanted - apart, needed)
    sizes[-1] += apart
    state["cuts"] = draws.cuts_of(codes, draws.order_of(rows, seed), sizes).tolist()
    return state, _rows_placed(state, rows, codes)


def _rows_placed(state: State, rows: np.ndarray, codes: np.ndarray) -> np.ndarray:
    cuts = np.array(state["cuts"], dtype="int64").reshape(len(state["cuts"]), -1)
    return draws.places_by_cuts(codes, draws.order_of(rows, state["seed"]), cuts)


def _codes(state: State, arrays: Arrays) -> np.ndarray:
    """Return the stratum of each row of a batch; the last one is that of rows without a target."""
    codes = np.zeros(len(arrays[ROW]), dtype="int64")
    if "levels" in state:
        codes = codes_of(arrays[state["columns"][1]], state["levels"])
        codes = np.where(codes < 0, len(state["levels"]), codes)
    if "unlabelled" in state:
        last = len(state["cuts"]) - 1
        codes = np.where(lacking(arrays[state["unlabelled"]]), last, codes)
    return codes


def _by_key(
    table: Table,
    columns: Sequence[str],
    strata: Strata | None,
    shares: Shares,
    wanted: np.ndarray,
    seed: int,
) -> tuple[State, np.ndarray]:
    for name, share in zip(("test", "validation"), shares, strict=False):
        if isinstance(share, int) and share:
            raise ConfigError(
                f"{share} rows cannot be counted off by a key",
                place=f"split.{name}",
                remedy="Give a share below 1.",
            )
    keys = _keys_of(table, columns, "key")
    state = {"by": "key", "columns": list(columns), "seed": seed, "shares": list(shares)}
    test, validation, folds = shares
    return state, draws.places_by_key(keys, test, validation, folds, seed)


def _by_time(
    table: Table, column: str, strata: Strata | None, shares: Shares, wanted: np.ndarray, seed: int
) -> tuple[State, np.ndarray]:
    kind = table.kinds[column]
    if kind not in ("date", "timestamp", "integer", "float"):
        raise DataError(
            f"{column!r} is of kind {kind}, it says no time",
            place="split.time",
            remedy="Name a date, a timestamp or a number, or give its kind when the table is read.",
        )
    _check_present(table, [column], "time")
    moments = _moments(table.matrix([column])[column])
    if not np.isfinite(moments).all():
        raise DataError(
            f"{column!r} has infinite values", place="split.time", remedy="Clip or drop them."
        )
    firsts = times.first_moments(moments, wanted)
    state = {"by": "time", "columns": [column], "seed": seed, "first": firsts}
    return state, times.places_by_time(moments, firsts)


def _by_group(
    table: Table,
    columns: Sequence[str],
    strata: Strata | None,
    shares: Shares,
    wanted: np.ndarray,
    seed: int,
) -> tuple[State, np.ndarray]:
    keys = _keys_of(table, columns, "group")
    codes = np.zeros(len(keys), dtype="int64") if strata is None else strata.codes
    try:
        found = groups.grouped(keys, codes, wanted, seed, folds=bool(shares[2]))
    except groups.GroupTooLargeError as error:
        name = _named(table, columns, int(np.argmax(keys == error.group)))
        raise groups.GroupTooLargeError(error.group, error.rows, error.most, name) from None
    state = {
        "by": "group",
        "columns": list(columns),
        "seed": seed,
        "groups": b64encode(found.keys.astype("<i8").tobytes()).decode(),
        "places": b64encode(found.places.astype("<i2").tobytes()).decode(),
    }
    return state, found.of(keys)


def _named(table: Table, columns: Sequence[str], at: int) -> str:
    """Return the name of a row's group, as a person would call it."""
    row = int(table.matrix([])[ROW][at])
    found = table.engine.rows(table.frame.filter(nw.col(ROW) == row).select(*columns))[0]
    return "the group " + ", ".join(f"{name}={value}" for name, value in found.items())


def _keys_of(table: Table, columns: Sequence[str], place: str) -> np.ndarray:
    """Return the key of each row, from the exact values of some columns."""
    _check_present(table, columns, place)

    def halves(arrays: Arrays) -> dict[str, Any]:
        # An engine gives whole numbers back as floats, which hold 53 bits.
        high, low = np.divmod(joint_keys([arrays[name] for name in columns]), _HALF)
        return {_HIGH: high, _LOW: low}

    made = Mapped(columns, {_HIGH: "integer", _LOW: "integer"}, halves, exact=True)
    frame = table.engine.mapped(table.frame.select(ROW, *dict.fromkeys(columns)), made)
    arrays = table.engine.arrays(frame, [_HIGH, _LOW])
    keys: np.ndarray = arrays[_HIGH].astype("int64") * _HALF + arrays[_LOW].astype("int64")
    return keys


def _check_present(table: Table, columns: Sequence[str], place: str) -> None:
    height = table.height()
    for name, present in table.counts(columns).items():
        if present < height:
            missing = height - present
            raise DataError(
                f"{name!r} is missing in {missing:,} of {height:,} rows",
                place=f"split.{place}",
                remedy="Drop these rows first (DropMissing), or fill in what they lack.",
            )


def _moments(values: np.ndarray) -> np.ndarray:
    """Return times as floats: microseconds since 1970 of a date."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]").astype("int64").astype("float64")
    return values.astype("float64")


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
