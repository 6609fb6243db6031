"""Which rows train, which choose, and which judge; where nothing was split, some are put aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dataprep.errors import ConfigError, DataError
from dataprep.feed.rows import Held, Rows
from dataprep.feed.runs import Run, is_run
from dataprep.feed.sources import opened
from dataprep.feed.training.columns import Columns
from dataprep.kinds import Kind
from dataprep.parts import PARTS, TRAIN
from dataprep.pipeline import Pipeline
from dataprep.splitting.draws import cuts_of, order_of, places_by_cuts
from dataprep.splitting.sizes import allotted

_VALIDATION, _TEST = PARTS[1:]
_SHARES = {_TEST: 0.2, _VALIDATION: 0.1}
"""Of all rows: what is put aside where nothing was split."""
_REMEDY = "Add a stage to the pipeline, before rows are made: split: {test: 0.2, validation: 0.1}."


@dataclass(frozen=True)
class Origin:
    """Where rows come from.

    Parameters
    ----------
    pipeline : Pipeline, optional
        What prepared them.
    hashes : dict of str to str
        The SHA-256 of the files that hold them.
    kinds : mapping of str to Kind
        What columns without a role hold, where that was recorded.
    """

    pipeline: Pipeline | None = None
    hashes: dict[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True)
class Divided:
    """Rows to train on, to choose by, and to judge on.

    Parameters
    ----------
    train, validation : Rows
    test : Rows, optional
        None where a run put only validation rows aside.
    notes : list of str
        What the reader of the metrics must know of these rows.
    """

    train: Rows
    validation: Rows
    test: Rows | None
    notes: list[str]


def divided(source: Any, origin: Origin, seed: int, **options: Any) -> Divided:
    """Return the parts of a source; where nothing was split, drawn by class and row number.

    Parameters
    ----------
    source : as for `dataprep.feed.sources.opened`
    origin : Origin
        Of the source, from `origin_of`.
    seed : int
        For the draw, where nothing was split.
    **options
        ``target``, ``columns``, ``weight``, ``image``, ``image_root``, as for `opened`.

    Raises
    ------
    ConfigError
        When rows were made, or belong to groups, and nothing was split.
    DataError
        When there are too few rows of a class to put some aside.
    """
    train = opened(source, split=TRAIN, **options)
    if train.target is None:
        raise ConfigError(
            "no target is named", place="target", remedy="Name the column to be predicted."
        )
    if train.split != TRAIN:
        raise ConfigError(
            f"rows of the part {train.split!r} are held out, and nothing is trained on them",
            place="split",
            remedy="Give rows of the part 'train', or a source that has all parts.",
        )
    classes = False if train.classes is None else train.classes
    options["columns"] = [*train.kinds]
    held = {
        part: rows
        for part in (_VALIDATION, _TEST)
        if (rows := _part(source, part, {**options, "classes": classes})) is not None
    }
    notes = []
    if _VALIDATION not in held:
        _refuse_to_draw(train)
        missing = [part for part in _SHARES if part not in held]
        *drawn, train = _drawn(train, [_SHARES[part] for part in missing], seed)
        held |= dict(zip(missing, drawn, strict=True))
        shares = " and ".join(f"{_SHARES[part]:.0%} for {part}" for part in missing)
        notes.append(f"nothing was split off: {shares} were drawn from the training rows")
        if origin.pipeline is not None:
            notes.append("what stages learned, they learned from those rows too; a stage split,")
            notes[-1] += " before them, keeps them apart"
    elif _TEST not in held:
        notes.append("there is no test part: the figures are those of the validation rows, by")
        notes[-1] += " which the epoch and the threshold were chosen, and somewhat too good"
    return Divided(train, held[_VALIDATION], held.get(_TEST), notes)


def _part(source: Any, part: str, options: Mapping[str, Any]) -> Rows | None:
    """Return the rows of a part; None where there is no such part."""
    try:
        return opened(source, split=part, **options)
    except ConfigError as error:
        if error.place != "split":
            raise
        return None


def origin_of(source: Any) -> Origin:
    """Return what is known of where rows come from."""
    if isinstance(source, str | Path) and is_run(Path(source)):
        run = Run(Path(source))
        hashes = {Path(file["path"]).name: file["sha256"] for file in run.parts.values()}
        kinds = {n: kind for n, kind in run.columns.items() if n not in run.roles}
        return Origin(run.pipeline, hashes, kinds)
    if isinstance(getattr(source, "pipeline", None), Pipeline):
        run = source.run if hasattr(source, "run") else source
        kinds = {n: kind for n, kind in run.after.kinds.items() if n not in run.after.roles}
        return Origin(source.pipeline, {}, kinds)
    return Origin()


def unfed(origin: Origin, rows: Rows, table: Columns | None) -> dict[str, str]:
    """Return the columns that are no features, though they have no role, and why."""
    if rows.image is not None:
        why = dict.fromkeys(origin.kinds, "the network takes pictures alone")
    else:
        why = {**rows.left_out, **({} if table is None else table.left_out)}
    return {name: reason for name, reason in why.items() if name not in rows.kinds}


def _refuse_to_draw(train: Rows) -> None:
    """Raise where rows that are drawn at random would be like rows that stay."""
    if train.made:
        raise ConfigError(
            f"{train.made:,} rows were made or labelled by stages, and no validation rows were "
            "split off before: those to judge on would be like some that were trained on",
            place="split",
            remedy=_REMEDY,
        )
    if "group" in train.roles.values():
        raise ConfigError(
            "rows belong to groups, and no validation rows were split off",
            place="split",
            remedy="Add a stage to the pipeline: split: {test: 0.2, validation: 0.1, group: ...}.",
        )


def _drawn(rows: Rows, shares: Sequence[float], seed: int) -> list[Held]:
    """Return parts of given shares and the rest, by row number; each class has its share of all."""
    if not isinstance(rows, Held):
        raise ConfigError(
            "rows of files that are not read into memory cannot be divided here",
            place="split",
            remedy=_REMEDY,
        )
    everything = np.arange(rows.height)
    codes = np.zeros(rows.height, "int64") if rows.classes is None else rows.labels(everything)
    counts = np.bincount(codes).tolist()
    wanted = [max(1, int(share * rows.height + 0.5)) for share in shares]
    places = len(wanted) + 1
    scarce = min(counts)
    needed = max(places, sum(wanted) + 1 if rows.classes is None else 0)
    if scarce < needed or sum(wanted) >= rows.height:
        label = (
            "" if rows.classes is None else f" of the class {rows.classes[counts.index(scarce)]!r}"
        )
        raise DataError(
            f"{scarce} {'row' if scarce == 1 else 'rows'}{label} cannot be divided: each part "
            f"takes one at least, so that {needed} are needed",
            place=str(rows.target),
            remedy="Give more rows."
            if rows.classes is None
            else "Give more rows, or drop that class.",
        )
    sizes = allotted(
        counts,
        np.array([*wanted, rows.height - sum(wanted)]),
        np.ones(len(counts), dtype=bool),
    )
    order = order_of(everything, seed)
    found = places_by_cuts(codes, order, cuts_of(codes, order, sizes))
    return [chosen(rows, np.flatnonzero(found == place)) for place in range(places)]


def chosen(rows: Held, positions: np.ndarray) -> Held:
    """Return some rows of those in memory."""
    return replace(
        rows,
        height=len(positions),
        matrix=rows.matrix[positions],
        objects={name: values[positions] for name, values in rows.objects.items()},
        y=None if rows.y is None else rows.y[positions],
        w=None if rows.w is None else rows.w[positions],
    )
