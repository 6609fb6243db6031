"""What the kept row of a cluster takes over from the others, and pairs that a person labelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from dataprep.columns import known
from dataprep.errors import ConfigError, did_you_mean
from dataprep.kinds import NUMERIC
from dataprep.linkage.survivors import Rule, chosen_of
from dataprep.stage import Change
from dataprep.table import ROW, Table, hidden

_PLACE = "fuzzy_duplicates"
TEMPORAL = ("date", "timestamp")
_BY_SIZE = ("largest", "smallest")
_BY_DATE = ("newest", "oldest")


@dataclass(frozen=True)
class Merge:
    """Rules by column, and the column that dates the rows.

    Parameters
    ----------
    rules : mapping of str to str
        See `dataprep.linkage.survivors.chosen_of`.
    date : str, optional
    """

    rules: Mapping[str, Rule]
    date: str | None

    @staticmethod
    def resolved(
        merge: Rule | Mapping[str, Rule] | None, date: str | None, keep: str, table: Table
    ) -> dict[str, Any]:
        """Return the fields as plain JSON, names and rules checked.

        Raises
        ------
        ConfigError
            When a column is not there, or a rule needs what it does not have.
        """
        if isinstance(merge, Mapping):
            rules = {known(name, table, f"{_PLACE}.merge"): rule for name, rule in merge.items()}
        else:
            # A column with a role, the target above all, is changed only if it is named.
            chosen = [c for c in table.columns if c not in table.roles] if merge else []
            rules = {
                name: merge
                for name in chosen
                if merge and (merge not in _BY_SIZE or _has_size(name, table))
            }
        for name, rule in rules.items():
            if rule in _BY_SIZE and not _has_size(name, table):
                raise ConfigError(
                    f"{rule!r} cannot be told of {name!r}, of kind {table.kinds[name]}",
                    place=f"{_PLACE}.merge",
                    remedy="Use 'fill', 'longest' or 'most_frequent'.",
                )
        wanting = [f"merge={rule!r}" for rule in rules.values() if rule in _BY_DATE]
        wanting += ["keep='newest'"] if keep == "newest" else []
        if wanting and date is None:
            raise ConfigError(
                f"{wanting[0]} needs a date column",
                place=f"{_PLACE}.date",
                remedy="Name the column that says which row is newest: date='updated'.",
            )
        if date is not None and not _has_size(known(date, table, f"{_PLACE}.date"), table):
            raise ConfigError(
                f"{date!r} holds no dates, it is of kind {table.kinds[date]}",
                place=f"{_PLACE}.date",
                remedy="Name a column of dates, times or numbers.",
            )
        return {"rules": rules, "date": date}

    def of(self, table: Table, gone: np.ndarray, kept: np.ndarray) -> Change:
        """Return the cells of kept rows that take another value.

        Parameters
        ----------
        table : Table
        gone, kept : array of int64, shape (n_dropped,)
            Row numbers: which row goes, and which row stays in its place.
        """
        rules = {name: rule for name, rule in self.rules.items() if name in table.kinds}
        if not rules or not len(gone):
            return Change()
        home = dict(zip(gone.tolist(), kept.tolist(), strict=True))
        home.update({row: row for row in kept.tolist()})
        rows = sorted(home)
        small = table.engine.small({ROW: rows, hidden("home"): [home[row] for row in rows]})
        wanted = list(dict.fromkeys([*rules, *([self.date] if self.date else [])]))
        joined = table.engine.join(small, table.frame.select(ROW, *wanted), ROW)
        clusters: dict[int, list[dict[str, Any]]] = {}
        found = sorted(table.engine.rows(joined), key=lambda row: int(row[ROW]))
        for row in found:
            place = int(row[hidden("home")])
            # The kept row comes first.
            clusters.setdefault(place, []).insert(
                0 if row[ROW] == place else len(clusters[place]), row
            )
        cells, columns, moments = {}, {}, []
        for name, rule in rules.items():
            chosen = {
                place: chosen_of(
                    [row[name] for row in members],
                    [row[self.date] if self.date else None for row in members],
                    rule,
                )
                for place, members in clusters.items()
            }
            if all(i is None for i in chosen.values()):
                continue
            if table.kinds[name] in TEMPORAL:
                # A moment is fetched from its row: a small frame holds none.
                columns[_from(name)] = [clusters[p][i or 0][ROW] for p, i in chosen.items()]
                moments.append(name)
            else:
                columns[_merged(name)] = [
                    None if i is None else clusters[p][i][name] for p, i in chosen.items()
                ]
            column = nw.col(_merged(name))
            cells[name] = nw.when(~column.is_null()).then(column).otherwise(nw.col(name))
        beside = table.engine.small({ROW: list(clusters), **columns})
        for name in moments:
            source = (nw.col(ROW).alias(_from(name)), nw.col(name).alias(_merged(name)))
            beside = table.engine.join(beside, table.frame.select(*source), _from(name))
        reasons = {name: f"{rules[name]} of its copies" for name in cells}
        return Change(cells=cells, action="merge", reason=reasons, beside=beside)


def _merged(name: str) -> str:
    return hidden(f"merged {name}")


def _from(name: str) -> str:
    return hidden(f"from {name}")


def _has_size(name: str, table: Table) -> bool:
    return table.kinds[name] in NUMERIC or table.kinds[name] in TEMPORAL


def check_pairs(pairs: Sequence[Sequence[Any]] | None) -> None:
    """Refuse labelled pairs that no table can have.

    Raises
    ------
    ConfigError
        When a pair has another form, is a row and itself, or contradicts another one.
    """
    seen: dict[frozenset[str], tuple[int, bool]] = {}
    for i, pair in enumerate(pairs or ()):
        place = f"{_PLACE}.pairs[{i}]"
        if len(pair) != 3 or not isinstance(pair[2], bool):
            raise ConfigError(
                f"{list(pair)!r} is no labelled pair",
                place=place,
                remedy="Write two rows and whether they are copies: [17, 230, true].",
            )
        rows = frozenset(str(row) for row in pair[:2])
        if len(rows) == 1:
            raise ConfigError(
                f"{list(pair)!r} is a row and itself",
                place=place,
                remedy="Label two different rows.",
            )
        first, copies = seen.setdefault(rows, (i, pair[2]))
        if copies != pair[2]:
            raise ConfigError(
                f"{list(pair)!r} says the opposite of pairs[{first}]",
                place=place,
                remedy="Remove one of the two.",
            )


def labelled(
    pairs: Sequence[Sequence[Any]] | None, table: Table, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return labelled pairs as places of rows, and whether they are copies.

    Parameters
    ----------
    pairs : sequence of [row, row, bool], optional
        As `check_pairs` lets them pass. Row numbers, or values of the column with the role
        ``id`` where there is one.
    table : Table
    rows : array of int64, shape (n_rows,)
        Row numbers.

    Raises
    ------
    ConfigError
        When a pair names a row that is not there, or two rows at once.
    """
    if not pairs:
        return None
    ids = [name for name, role in table.roles.items() if role == "id"]
    names = _ids(table, ids[0], rows) if ids else [str(row) for row in rows.tolist()]
    places = {name: place for place, name in enumerate(names)}
    counts = Counter(names)
    found = []
    for i, pair in enumerate(pairs):
        for row in pair[:2]:
            if str(row) not in places:
                raise ConfigError(
                    f"there is no row {row!r} to learn from",
                    place=f"{_PLACE}.pairs[{i}]",
                    remedy=did_you_mean(str(row), names)
                    if ids
                    else "Rows are numbered from 0; those outside of train are not learned from.",
                )
            if counts[str(row)] > 1:
                raise ConfigError(
                    f"{counts[str(row)]} rows have the id {row!r}",
                    place=f"{_PLACE}.pairs[{i}]",
                    remedy="Label other rows, or pairs by row numbers, with no column in role id.",
                )
        found.append((places[str(pair[0])], places[str(pair[1])], pair[2]))
    left, right, copies = zip(*found, strict=True)
    return np.array(left), np.array(right), np.array(copies, dtype=bool)


def _ids(table: Table, name: str, rows: np.ndarray) -> list[str]:
    """Return the ids of rows as text, all digits of whole numbers kept."""
    frame = table.frame
    if frame.collect_schema()[name].is_integer():
        # A matrix holds floats, which round from 2**53 on.
        frame = frame.with_columns(nw.col(name).cast(nw.String))
    arrays = replace(table, frame=frame).matrix([name])
    order = np.argsort(arrays[ROW], kind="stable")
    taken = order[np.searchsorted(arrays[ROW][order], rows)]
    # A column of whole numbers with a gap in it may have come as floats.
    return [
        str(int(v)) if isinstance(v, float) and v.is_integer() else str(v)
        for v in arrays[name][taken].tolist()
    ]
