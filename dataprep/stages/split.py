"""Rows for training, validation and test, or for folds: drawn, by group, by time or by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, NamedTuple

import narwhals as nw
import numpy as np
from annotated_types import Ge

from dataprep.checking import validated
from dataprep.columns import known
from dataprep.errors import ConfigError, DataError
from dataprep.registry import engine_functions
from dataprep.splitting.sizes import TEST, VALIDATION, places_of, wanted_rows
from dataprep.stage import Change, Phase, Stage, State
from dataprep.stages import dividing, named_parts, part_columns
from dataprep.stages.part_columns import FOLD, SPLIT
from dataprep.stages.strata import check_in_every_part, check_labelled, strata_of, unlabelled_of
from dataprep.table import ROW, Table

_GROUPS = "groups"
_WAYS = ("group", "time", "key", "column")


class _Placed(NamedTuple):
    """What a split comes to: its state, and the place of each row among the parts."""

    state: State
    places: list[str]
    rows: np.ndarray


@dataclass(eq=False, repr=False)
class Split(Stage):
    """Divide rows into training, validation and test, or into folds. Later stages learn on train.

    It adds the column ``split`` with ``train``, ``validation`` and ``test``; with ``folds`` the
    column ``fold`` with whole numbers from 0, beside ``split`` where rows are held out for testing.
    Rows are drawn by their numbers: the same ones on every engine. The shares of a class, and of
    the whole, are exact (largest remainders).

    Parameters
    ----------
    test : int or float, optional
        The rows to be held out: a share below 1, or a number of rows. By default 0.2, or none where
        there are folds.
    validation : int or float, default=0.0
        The rows for tuning; not beside folds.
    stratify : bool or str, optional
        A column whose values are to have their share of every part; True: the target. By default
        the target where it is a class. A class that would be missing in a part is an error in
        every way of splitting, unless this is False.
    group : str or list, optional
        Rows that agree in these columns stay together; sizes are as near as whole groups allow.
    time : str, optional
        A date or number: the last rows are for testing, those before them for validation. Rows of
        the same time stay together.
    key : str or list, optional
        Rows are divided by their values here alone, whatever else is in the table: a person is in
        the same part next month. 5 and "5" are the same value. Shares are met as chance has it.
    column : str, optional
        A column that names the parts already: ``train``, ``test``, and ``validation``, ``val``,
        ``valid`` or ``dev``. It becomes the column of parts.
    folds : int, optional
        Into how many parts of equal size to divide the rows that are not held out.
    random_state : int, default=0
        For the draws.

    Notes
    -----
    A missing value in ``group``, ``time`` or ``key`` is an error: rows of an unknown person could
    be on both sides. Rows without a target are drawn for training only, where they may get one; no
    model can be judged by them, and shares are of the rows that have one. In the other ways of
    splitting, and with ``folds``, they are where the way puts them. A part in which no row has a
    target is an error, but where a ``column`` names the parts.

    With ``folds`` nothing is held out for the stages behind it: what they learn, such as a mean
    that fills gaps, they learn from the rows of all folds. Samplers and stages that learn from the
    target are refused there. Leave the split out of the pipeline then and evaluate with
    ``cross_validate(pipeline, X, y, cv=Split(folds=5))``, where each fold is fitted anew.

    ``Split(folds=5)`` is a splitter for scikit-learn's ``cross_validate`` and ``GridSearchCV`` as
    well: give it as ``cv``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": range(10), "y": ["no"] * 8 + ["yes"] * 2})
    >>> from dataprep import clean, Pipeline
    >>> clean(frame, pipeline=Pipeline([Split(test=0.3)], target="y")).data["split"].tolist()
    ['train', 'test', 'train', 'train', 'train', 'test', 'train', 'train', 'test', 'train']
    >>> [test.tolist() for _, test in Split(folds=2).split(frame, frame["y"])]
    [[1, 3, 5, 7, 8], [0, 2, 4, 6, 9]]
    >>> Split(validation=0.2).fit(frame[["x"]], frame["y"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: split.stratify: the class 'yes' of y has 2 rows, and there are 3 ...
    """

    test: Annotated[int, Ge(0)] | Annotated[float, Ge(0)] | None = None
    validation: Annotated[int, Ge(0)] | Annotated[float, Ge(0)] = 0.0
    stratify: bool | str | None = None
    group: str | Sequence[str] | None = None
    time: str | None = None
    key: str | Sequence[str] | None = None
    column: str | None = None
    folds: Annotated[int, Ge(2)] | None = None
    random_state: int = 0

    divides: ClassVar[bool] = True

    @property
    def phase(self) -> Phase:
        """Rows are divided in training only."""
        return "training"

    def learn(self, table: Table) -> State:
        """Return where one part ends and the next begins, and how many rows each has."""
        return self._placed(table).state

    def change(self, table: Table, state: State) -> Change:
        """Add the part of each row, or its fold."""
        told = ", ".join(f"{name} {rows}" for name, rows in state["rows"].items())
        notes = [f"rows by {'fold' if self.folds else 'part'}: {told}"]
        if state["by"] == "column":
            return named_parts.change(state, notes)
        return part_columns.change(table, state, folds=bool(self.folds), notes=notes)

    # ---- as a splitter of scikit-learn

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return how many pairs `split` gives."""
        return self.folds or 1

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give the positions of rows to learn from and of rows to try on, fold by fold.

        Without ``folds`` one pair: training, and validation where there is one, else test.

        Parameters
        ----------
        X : frame or array with n_rows rows
            A frame, where a parameter names a column.
        y : array-like of shape (n_rows,), optional
            The target: classes have their share of every fold.
        groups : array-like of shape (n_rows,), optional
            As a ``group`` that is no column of ``X``.
        """
        used = self if groups is None else replace(self, group=_GROUPS)
        validated(used)
        placed = used._placed(_table_of(X, y, groups, used._named_columns()))
        if not self.folds:
            tried = VALIDATION if VALIDATION in placed.places else TEST
            names = [tried] if tried in placed.places else []
        else:
            names = [name for name in placed.places if name != TEST]
        for name in names:
            here = placed.rows == placed.places.index(name)
            out = here | (placed.rows == _place_of(TEST, placed.places))
            out |= placed.rows == _place_of(VALIDATION, placed.places)
            yield np.flatnonzero(~out), np.flatnonzero(here)

    # ---- inside

    def _named_columns(self) -> list[str]:
        given = [self.group, self.time, self.key, self.column]
        named = [name for names in given if names for name in _listed(names)]
        return [*named, self.stratify] if isinstance(self.stratify, str) else named

    def _placed(self, table: Table) -> _Placed:
        """Divide the rows of a table; every error is raised here."""
        self._check_parameters(table)
        if (height := table.height()) < 2:
            raise DataError(
                f"{height} sample{'s' * (height != 1)} cannot be divided",
                place="split",
                remedy="Give at least two rows.",
            )
        strata = strata_of(table, self.stratify)
        unlabelled = None
        if self.column:
            state, places, rows = named_parts.learned(table, self.column)
        else:
            shares = self._shares()
            unlabelled = unlabelled_of(table)
            drawn = None if self._is_bound() else unlabelled
            way = dividing.way_of(self.group, self.time, self.key, drawn)
            apart = 0 if drawn is None else int(drawn.rows.sum())
            wanted = wanted_rows(height - apart, *shares)
            wanted[-1] += apart
            places = places_of(*shares)
            state, rows = way(table, strata, shares, wanted, self.random_state)
            for at in np.flatnonzero(np.bincount(rows, minlength=len(places)) == 0):
                raise DataError(
                    f"none of {height:,} rows falls into the part {places[at]!r}",
                    place=f"split.{state['by']}",
                    remedy="Ask for a larger share, or for fewer parts.",
                )
            check_labelled(unlabelled, rows, places)
        check_in_every_part(strata, unlabelled, rows, places)
        counts = np.bincount(rows, minlength=len(places)).tolist()
        state["rows"] = dict(zip(places, counts, strict=True))
        return _Placed(state, places, rows)

    def _is_bound(self) -> bool:
        """Whether something else than a draw says where rows without a target go."""
        return bool(self.group or self.time or self.key or self.folds)

    def _shares(self) -> tuple[float, float, int | None]:
        test = self.test
        if test is None:
            test = 0 if self.folds else 0.2
        return test, self.validation, self.folds

    def _check_parameters(self, table: Table) -> None:
        ways = [name for name in _WAYS if getattr(self, name)]
        if len(ways) > 1:
            raise ConfigError(
                f"{ways[0]} and {ways[1]} both say how to divide the rows",
                place=f"split.{ways[1]}",
                remedy="Leave one of them out.",
            )
        for name in self._named_columns():
            known(name, table, "split")
        given = table.report.get("part_column")
        if not self.column and given in table.kinds:
            raise ConfigError(
                f"the folders say already which rows are held out (column {given!r}), and rows "
                "would be drawn anew: test rows into train",
                place="split",
                remedy=f"Say split: {{column: {given}}}, without test and validation, before other "
                "stages. If drawing anew is meant, put the classes of all parts into one folder.",
            )
        if self.stratify and ways and ways != ["group"]:
            raise ConfigError(
                f"rows that are divided by {ways[0]} cannot be stratified",
                place="split.stratify",
                remedy="Leave it out.",
            )
        if self.folds and (self.validation or self.time or self.column):
            other = "validation" if self.validation else ways[0]
            raise ConfigError(
                f"{self.folds} folds beside {other!r}",
                place="split.folds",
                remedy="Each fold is the validation of the others; leave one of the two out.",
            )
        if self.column and (self.test is not None or self.validation):
            raise ConfigError(
                f"the column {self.column!r} says already which rows are held out",
                place="split.test" if self.test is not None else "split.validation",
                remedy="Leave it out.",
            )
        taken = {name.casefold() for name in table.columns if name != self.column}
        for name in (SPLIT, FOLD if self.folds else SPLIT):
            if name in taken and not self.column:
                raise DataError(
                    f"there is a column {name!r} already",
                    place="split",
                    remedy="Give column='split' where it names the parts, or rename it.",
                )


def _place_of(name: str, places: Sequence[str]) -> int:
    return places.index(name) if name in places else -1


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _table_of(X: Any, y: Any, groups: Any, columns: Sequence[str]) -> Table:
    """Return the columns that matter to a split, and the target."""
    import pyarrow as pa

    height = X.shape[0] if hasattr(X, "shape") else len(X)
    given = {} if groups is None else {_GROUPS: pa.array(np.asarray(groups))}
    wanted = [name for name in columns if name not in given]
    if wanted:
        try:
            frame = nw.from_native(X, eager_only=True)
        except TypeError:
            raise ConfigError(
                f"X has no column {wanted[0]!r}: it is no frame",
                place="split",
                remedy="Give a pandas, Polars or PyArrow frame, or groups beside X.",
            ) from None
        arrow = frame.select([name for name in wanted if name in frame.columns]).to_arrow()
        given |= {name: arrow.column(name) for name in arrow.column_names}
    if not given:
        given = {ROW.strip(): pa.array(np.arange(height))}
    table: Table = engine_functions().open_frame(pa.table(given), y).table
    return table
