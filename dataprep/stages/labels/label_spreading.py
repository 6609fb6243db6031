"""Labels that spread from labelled rows to their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, Lt

from dataprep.columns import Columns
from dataprep.errors import DataError
from dataprep.labels.plurality import most_of
from dataprep.labels.spreading import spread
from dataprep.neighbours import Space, nearest
from dataprep.resampling.limits import Share
from dataprep.stages.labels.supplied import Given
from dataprep.stages.labels.supplier import LabelSupplier, left_out, texts
from dataprep.stages.levels import codes_of

if TYPE_CHECKING:
    from dataprep.stages.levels import Level
    from dataprep.table import Table


@dataclass(eq=False, repr=False)
class LabelSpreading(LabelSupplier):
    """Give rows without a target the label that reaches them over a graph of nearest rows.

    Labels go from row to neighbour, round by round, and fade on the way. A row takes the class of
    which most arrives. For data whose classes are regions with gaps between them.

    Parameters
    ----------
    n_neighbors : int, default=7
        Neighbours of a row in the graph; the row itself is one of them, as in scikit-learn.
    alpha : float, default=0.2
        The part that a row takes from its neighbours each round, in (0, 1).
    min_confidence : float, default=0.5
        The least share of what arrives at a row that must be of one class; of two that are equal
        none is given.
    max_iter : int, default=30
        Rounds, at most.
    tol : float, default=0.001
        The sum of all changes at which it ends.
    approximate : bool, default=False
        Whether a few of the nearest rows may be missed (extra "neighbours"); worth measuring first.
    weight : bool, default=True
        Whether confidence becomes the weight of a row, in ``sample_weight`` or times the weight
        that is there.
    unlabelled : {"drop", "keep"}, default="drop"
        What becomes of rows that still have no label; dropped ones are rejected with the reason.
    max_synthetic : float or "warn", default="warn"
        The largest share of rows with such a label in a class and in the table; by default more
        than half is told.
    target : str, optional
        The column of classes; by default the pipeline's target.
    columns : str, Selector or list, default="features"
        By what rows are near: numbers, times, categories and booleans.

    Notes
    -----
    Numbers are standardised, levels are indicators. The shares are no probabilities: `PseudoLabel`
    calibrates. Labelled rows keep their label.

    References
    ----------
    D. Zhou, O. Bousquet, T. N. Lal, J. Weston and B. Schölkopf, "Learning with Local and Global
    Consistency", NIPS 2003 (published 2004).

    Examples
    --------
    >>> import pandas as pd
    >>> import dataprep as dp
    >>> frame = pd.DataFrame({"x": [*range(10), *range(50, 60)], "y": [None] * 20})
    >>> frame.loc[[0, 19], "y"] = ["low", "high"]
    >>> stage = LabelSpreading(n_neighbors=4, alpha=0.8)
    >>> result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y"))
    >>> result.data["y"].value_counts().to_dict()
    {'low': 10, 'high': 10}
    >>> result.data["_origin"].value_counts().to_dict()
    {'label_spreading': 18}
    """

    n_neighbors: Annotated[int, Ge(2)] = 7
    alpha: Annotated[float, Gt(0), Lt(1)] = 0.2
    min_confidence: Annotated[float, Ge(0), Le(1)] = 0.5
    max_iter: Annotated[int, Ge(1)] = 30
    tol: Annotated[float, Gt(0)] = 1e-3
    approximate: bool = False
    weight: bool = True
    unlabelled: Literal["drop", "keep"] = "drop"
    max_synthetic: Share = "warn"
    target: str | None = None
    columns: Columns = "features"

    def given(self, table: Table, target: str, labels: Sequence[Level]) -> Given:
        """Return what arrives at each row."""
        seen = self.seen(table, target)
        own = codes_of(seen.arrays[target], labels)
        if self.n_neighbors > len(own):
            raise DataError(
                f"{self.n_neighbors} neighbours wanted of {len(own)} rows",
                place=f"{self.name()}.n_neighbors",
                remedy=f"Ask for at most {len(own)}, or give more rows.",
            )
        X = seen.matrix("indicators").X
        near = nearest(Space(X), self.n_neighbors - 1, approximate=self.approximate)
        found = spread(
            near.indices,
            own,
            len(labels),
            alpha=self.alpha,
            max_iter=self.max_iter,
            tol=self.tol,
        )
        most = most_of(found.shares)
        sure, reached = most.shares, most.shares > 0
        whose = np.where(most.tied, "each of two classes", "a class").tolist()
        unsure = [
            f"no label: {share:.3f} of what arrives is of {of}"
            for share, of in zip(sure.tolist(), whose, strict=True)
        ]
        unreached = "no label: none reaches the row over its neighbours"
        facts = {
            "rounds": found.rounds,
            "converged": found.converged,
            "unreached": int((~reached & (own < 0)).sum()),
        }
        return Given(
            seen.rows,
            own,
            np.where(sure >= self.min_confidence, most.codes, -1),
            sure,
            np.where(reached, texts(unsure), unreached),
            texts(["over its neighbours"] * len(own)),
            [*self._told(facts), *left_out(seen)],
            facts,
        )

    def _told(self, facts: dict[str, int]) -> list[str]:
        notes = []
        if facts["unreached"]:
            notes.append(
                f"no label reaches {facts['unreached']:,} rows in {facts['rounds']} rounds: label "
                "one near them, or raise n_neighbors or alpha"
            )
        if not facts["converged"]:
            notes.append(f"not settled after {facts['rounds']} rounds (max_iter)")
        return notes
