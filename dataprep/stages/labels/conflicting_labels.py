"""Rows that are the same, or nearly so, and have different labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.columns import Columns, known
from dataprep.errors import ConfigError, DataError
from dataprep.keys import content_keys, value_keys
from dataprep.kinds import NUMERIC
from dataprep.labels.conflicts import Conflicts, among_near, among_same
from dataprep.provenance import origins
from dataprep.stages.labels.judging import Action, LabelJudge, of_source
from dataprep.stages.labels.verdicts import Verdicts, coded_labels
from dataprep.stages.mixed import TEMPORAL, coded, places_of, standardised
from dataprep.table import ROW

if TYPE_CHECKING:
    from dataprep.engine import Arrays
    from dataprep.table import Table


@dataclass(eq=False, repr=False)
class ConflictingLabels(LabelJudge):
    """Find rows that are the same and have different labels. Training rows only, without a model.

    Parameters
    ----------
    columns : str, Selector or list, default="features"
        What must be the same; a missing value is the same as another one.
    tolerance : float, default=0.0
        How far rows may be apart in numbers and times, by Euclidean distance in standard
        deviations; all else must be the same in any case.
    n_neighbors : int, default=10
        Within a tolerance, how many others count at most, the nearest ones; rows that are equal
        are one of them, with the labels of all.
    by : str, optional
        Rows with the same value in this column are the same, whatever else they hold: ``copies``,
        as ``fuzzy_duplicates`` with ``action="group"`` adds it. A row without a value is like no
        other. Neither ``columns`` nor ``tolerance`` goes beside it.
    action : {"flag", "drop", "relabel", "weight"}, default="flag"
        What is done to rows whose label is not the most frequent one among the same rows; to all
        of these where two are as frequent. ``flag`` adds ``_label_quality``, the share of the
        label among the same rows, and ``_suggested_label``, in ``clean`` though not in
        ``fit_resample``, whose columns are features. ``drop`` rejects the rows, ``relabel``
        gives them the most frequent label where it leads by ``margin``, ``weight`` multiplies
        their ``sample_weight`` by the quality.
    margin : float, default=0.0
        By how much the share of the most frequent label must exceed that of the label.
    max_share : float, optional
        At most this share of the rows is treated, the worst ones.

    Attributes
    ----------
    verdicts_ : Verdicts
        What was found in the rows of the last fit: ``rows``, ``quality``, ``wrong``, ``likely``.

    Notes
    -----
    Rows that a stage made or labelled neither vote nor are judged: they are copies of labels that
    have a vote already. Let this stage stand before such stages.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20, 20, 20, 30, 30, 40], "town": list("aaabbc")})
    >>> y = pd.Series(["no", "no", "yes", "no", "yes", "yes"])
    >>> ConflictingLabels(action="drop").fit_resample(X, y)[0].index.tolist()
    [0, 1, 5]
    >>> ConflictingLabels(action="relabel").fit_resample(X, y)[1].tolist()
    ['no', 'no', 'no', 'no', 'yes', 'yes']
    """

    by_whom = "same rows"

    columns: Columns = "features"
    tolerance: Annotated[float, Ge(0)] = 0.0
    n_neighbors: Annotated[int, Ge(1)] = 10
    by: str | None = None
    action: Action = "flag"
    margin: Annotated[float, Ge(0), Le(1)] = 0.0
    max_share: Annotated[float, Gt(0), Le(1)] | None = None

    def judged(self, table: Table, target: str) -> Verdicts:
        """Return what the same rows say of each label."""
        if self.by is not None:
            self._refuse_beside_by()
            columns = [known(self.by, table, f"{self.name()}.by")]
        elif not (columns := [n for n in self.chosen(table) if n not in table.roles]):
            raise DataError(
                "there is no feature to compare rows by",
                place=f"{self.name()}.columns",
                remedy="Choose columns that are no target and have no other role; or name one: by.",
            )
        beside = [*([] if target in columns else [target]), *origins(table)]
        arrays = table.matrix([*columns, *beside])
        labels, y = coded_labels(arrays[target], table.kinds[target])
        y, told = of_source(table, arrays, y, self.name())
        kept = np.flatnonzero(y >= 0)
        y = y[kept]
        part = {name: values[kept] for name, values in arrays.items()}
        if self.by is not None:
            keys = value_keys(part[self.by], apart=True)
            found = among_same(keys, y, len(labels))
        else:
            found = self._conflicts(table, part, columns, y, len(labels))
        likely = np.where(found.majority == y, -1, found.majority)
        wrong = (found.share < 1) & (found.majority != y)
        return Verdicts(
            rows=part[ROW],
            y=y,
            labels=labels,
            quality=found.share,
            wrong=wrong,
            likely=likely,
            lead=found.of_majority - found.share,
            told=told,
            facts={"in_conflict": int((found.share < 1).sum())},
        )

    def _refuse_beside_by(self) -> None:
        for name, own in (("columns", "features"), ("tolerance", 0.0)):
            if getattr(self, name) != own:
                raise ConfigError(
                    f"would be ignored: by={self.by!r} alone says which rows are the same",
                    place=f"{self.name()}.{name}",
                    remedy=f"Leave out {name}, or by.",
                )

    def _conflicts(
        self, table: Table, arrays: Arrays, columns: list[str], y: np.ndarray, n_classes: int
    ) -> Conflicts:
        kinds = {n: table.kinds[n] for n in columns if table.kinds[n] in NUMERIC | TEMPORAL}
        places = places_of(arrays, kinds if self.tolerance else {})
        if not places:
            return among_same(content_keys(arrays, columns), y, n_classes)
        numbers, gaps = [], {}
        for name, place in places.items():
            values = coded(arrays[name], place, far=True)
            lacking = np.isnan(values)
            gaps[f"no {name}"] = lacking
            numbers.append(standardised(np.where(lacking, place["median"], values), place))
        exact = {n: arrays[n] for n in columns if n not in places} | gaps
        return among_near(
            np.column_stack(numbers),
            content_keys(exact, list(exact)),
            y,
            n_classes,
            tolerance=self.tolerance,
            n_neighbors=self.n_neighbors,
        )
