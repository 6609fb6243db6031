"""What the levels of a column say of the target: means over rows, drawn towards that of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from dataprep.columns import known
from dataprep.draw import integers
from dataprep.engine import Arrays, Mapped
from dataprep.errors import ConfigError, DataError
from dataprep.kinds import NUMERIC
from dataprep.provenance import PARENT_B, row_of_source
from dataprep.stages.levels import Level, level_counts, plain_level
from dataprep.table import ALL, ROW, Table, hidden, steady

if TYPE_CHECKING:
    from dataprep.stages.encode import Encode

_PART, _COUNT = hidden("part"), hidden("count")


class Statistics(NamedTuple):
    """Counts and sums of the target by level, part of the rows, and output.

    The last level is that of the missing values.
    """

    levels: list[Level]
    counts: np.ndarray
    """Of shape (n_levels + 1, n_parts)."""
    sums: np.ndarray
    """Of shape (n_outputs, n_levels + 1, n_parts), around the goal's centre."""
    squares: np.ndarray
    """Of the same shape: sums of squares."""


def goal_of(stage: Encode, table: Table, columns: Sequence[str]) -> dict[str, Any]:
    """Return the target's name, its classes (None for a number), and a value near its mean.

    Raises
    ------
    DataError
        When there is no target, or it has no value.
    """
    name = stage.target and known(stage.target, table, "encode.target")
    name = name or next((n for n, role in table.roles.items() if role == "target"), None)
    if name is None:
        raise DataError(
            "requires y to be passed, but the target y is None",
            place="encode",
            remedy="Pass y, or name the target: Pipeline([...], target='y').",
        )
    if name in columns:
        raise ConfigError(
            f"{name!r} is the target itself",
            place="encode.columns",
            remedy="Leave it out, or use another method for it.",
        )
    if not table.counts([name])[name]:
        raise DataError("the target has no value", place=name, remedy="Give training rows with it.")
    classes = _classes(stage, table, name)
    if classes is not None:
        return {"target": name, "classes": classes, "centre": 0.0}
    mean = table.moments([name])[ALL][name][0]
    return {"target": name, "classes": None, "centre": mean or 0.0}


def _classes(stage: Encode, table: Table, name: str) -> list[Level | float] | None:
    """Return the classes that have an output each; of two classes, the second alone."""
    wanted, numeric = stage.target_type, table.kinds[name] in NUMERIC
    if wanted == "continuous":
        if not numeric:
            raise ConfigError(
                f"the target {name!r} holds no numbers, it is of kind {table.kinds[name]}",
                place="encode.target_type",
                remedy="Use target_type='multiclass'.",
            )
        return None
    if wanted == "auto" and numeric and name in table.many_levels([name]):
        return None
    classes = list(level_counts(table, name))
    if wanted == "binary" and len(classes) != 2:
        raise ConfigError(
            f"the target {name!r} has {len(classes)} values, binary is 2",
            place="encode.target_type",
            remedy="Use target_type='multiclass' or 'continuous'.",
        )
    if len(classes) <= 2 and wanted != "multiclass":
        return classes[-1:]
    return None if wanted == "auto" and table.kinds[name] == "float" else classes


def parts_of(rows: Any, number: int, seed: int) -> Any:
    """Return the part, from 0 on, that each row is encoded in, by its number in the source."""
    # Where every digit counts, whole numbers beside the row number come as objects.
    return integers(np.asarray(rows, dtype="int64"), number, seed, "encode")


def apart(table: Table, columns: Sequence[str], goal: Mapping[str, Any], stage: Encode) -> Table:
    """Return the rows and columns that are learned from, and the part that each row is in."""
    source, frame = row_of_source(table), table.frame
    if table.made:
        # Between two parents: it would tell rows in the part of the one of the other's target.
        frame = frame.filter(nw.col(PARENT_B) < 0)
    frame = frame.select(*dict.fromkeys([ROW, source, goal["target"], *columns]))

    def numbered(arrays: Arrays) -> Arrays:
        return {_PART: parts_of(arrays[source], stage.cv, stage.random_state)}

    mapped = Mapped([source], {_PART: "integer"}, numbered)
    return replace(table, frame=table.engine.mapped(frame, mapped))


def statistics_of(
    table: Table, column: str, levels: list[Level], goal: Mapping[str, Any], parts: int
) -> Statistics:
    """Return counts and sums of the target by level, and by part of a table that is `apart`."""
    target = nw.col(goal["target"])
    if goal["classes"] is None:
        outputs = [target - goal["centre"]]
    else:
        outputs = [(target == one).fill_null(False).cast(nw.Float64) for one in goal["classes"]]
    made = []
    for i, output in enumerate(outputs):
        made += [output.alias(hidden(f"s{i}")), (output * output).alias(hidden(f"q{i}"))]
    known_target = ~target.is_null()
    if table.frame.collect_schema()[goal["target"]].is_float():
        known_target = known_target & target.is_finite()
    frame = table.frame.filter(known_target).with_columns(*made)
    sums = [nw.col(hidden(f"{of}{i}")).sum() for i in range(len(outputs)) for of in "sq"]
    wanted = [nw.len().alias(_COUNT), *sums]
    present = frame.filter(~nw.col(column).is_null()).group_by(column, _PART).agg(*wanted)
    missing = frame.filter(nw.col(column).is_null()).group_by(_PART).agg(*wanted)
    rows = [*table.engine.rows(present), *table.engine.rows(missing)]
    places = {level: i for i, level in enumerate(levels)}
    shape = (len(levels) + 1, parts)
    counts = np.zeros(shape)
    sums_of, squares_of = np.zeros((2, len(outputs), *shape))
    for row in rows:
        place = places[plain_level(row[column])] if column in row else len(levels)
        counts[place, int(row[_PART])] = row[_COUNT]
        for i in range(len(outputs)):
            sums_of[i, place, int(row[_PART])] = row[hidden(f"s{i}")]
            squares_of[i, place, int(row[_PART])] = row[hidden(f"q{i}")]
    return Statistics(levels, counts, sums_of, squares_of)


def learned_of(
    column: str, found: Statistics, goal: Mapping[str, Any], smooth: str | float
) -> dict[str, Any]:
    """Return the encodings that all rows give, and those that all parts but one give.

    Each has values by level, for a missing and a new one.
    """
    classes = goal["classes"]
    several = classes is not None and len(classes) > 1
    makes = [f"{column}_target_{one}" for one in classes] if several else [f"{column}_target"]
    parts = range(found.counts.shape[1])
    return {
        "levels": found.levels,
        **_encodings(found, None, goal, smooth),
        # Kept, because rows that later stages or serving see may not be those learned from.
        "parts": [_encodings(found, part, goal, smooth) for part in parts],
        "makes": makes,
    }


def _encodings(
    found: Statistics, without: int | None, goal: Mapping[str, Any], smooth: str | float
) -> dict[str, Any]:
    """Return, for each output, the encoding of each level, of a missing and of a new one."""

    def kept(by_part: np.ndarray) -> np.ndarray:
        total: np.ndarray = by_part.sum(axis=1)
        return total if without is None else total - by_part[:, without]

    encoded, means = [], []
    for sums, squares in zip(found.sums, found.squares, strict=True):
        values, mean = smoothed(kept(found.counts), kept(sums), kept(squares), smooth)
        encoded.append([_plain(value + goal["centre"]) for value in values.tolist()])
        means.append(_plain(mean + goal["centre"]))
    return {
        "values": [one[:-1] for one in encoded],
        # Where none was missing, a missing value is a new level: encoded by the mean of all.
        "missing": [one[-1] for one in encoded],
        "unknown": means,
    }


def smoothed(
    counts: np.ndarray, sums: np.ndarray, squares: np.ndarray, smooth: str | float
) -> tuple[np.ndarray, float]:
    """Return the mean of each level, drawn towards the mean of all, and that mean.

    Parameters
    ----------
    counts, sums, squares : array of shape (n_levels,)
        How many rows a level has, and the sums of the target and of its squares over them.
    smooth : "auto" or float
        With ``m`` rows for the mean of all: ``(sum + m * mean) / (count + m)``. ``auto`` is the
        empirical Bayes estimate, with ``m`` the variance within the level by that of all.

    Examples
    --------
    >>> counts, sums = np.array([8.0, 2.0, 0.0]), np.array([2.0, 2.0, 0.0])
    >>> values, mean = smoothed(counts, sums, sums, 2.0)
    >>> values.round(2).tolist(), round(mean, 2)
    ([0.28, 0.7, 0.4], 0.4)
    """
    total = counts.sum()
    if not total:
        return np.full(len(counts), np.nan), float("nan")
    mean = float(sums.sum() / total)
    shown = np.maximum(counts, 1.0)
    if smooth == "auto":
        spread = max(0.0, float(squares.sum() / total) - mean**2)
        within = np.maximum(squares - sums**2 / shown, 0.0) / shown
        weight = spread * counts + within
        share = np.where(weight > 0, spread * counts / np.where(weight > 0, weight, 1.0), 0.0)
        values = share * (sums / shown) + (1 - share) * mean
    else:
        weight = counts + float(smooth)
        values = (sums + float(smooth) * mean) / np.where(weight > 0, weight, 1.0)
    return np.where(counts > 0, values, mean), mean


def _plain(value: float) -> float | None:
    return steady(value) if isfinite(value) else None
