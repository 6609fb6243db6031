"""Labels by clusters: a cluster is what its labelled members are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.columns import Columns
from dataprep.labels.clustering import Clusters, Names, clustered, named
from dataprep.parts import label_of
from dataprep.resampling.limits import Share
from dataprep.stages.labels.supplied import Given
from dataprep.stages.labels.supplier import LabelSupplier, by_hand, left_out, texts
from dataprep.stages.levels import codes_of
from dataprep.table import steady

if TYPE_CHECKING:
    from dataprep.stages.levels import Level
    from dataprep.table import Table

_EACH = 5
"""Clusters for each class, where their number is not given."""


@dataclass(eq=False, repr=False)
class ClusterLabel(LabelSupplier):
    """Give rows without a target the label of their cluster, where its labelled members agree.

    For data with few labels. A cluster is named by the label that most of its labelled members
    have. Its other members get it if these are enough, and enough of one mind. Labels that an
    earlier stage supplied do not count.

    Parameters
    ----------
    n_clusters : int, optional
        By default five for each class; ten where no row has a label.
    purity : float, default=0.9
        The least share of a cluster's labelled members that must have its label.
    min_labelled : int, default=2
        The fewest labelled members that may name a cluster.
    weight : bool, default=True
        Whether confidence, the purity of the cluster, becomes the weight of a row, in
        ``sample_weight`` or times the weight that is there.
    unlabelled : {"drop", "keep"}, default="drop"
        What becomes of rows that still have no label; dropped ones are rejected with the reason.
        Where no row has a label at all, "keep" finds rows to label by hand.
    max_synthetic : float or "warn", default="warn"
        The largest share of rows with such a label in a class and in the table; by default more
        than half is told.
    target : str, optional
        The column of classes; by default the pipeline's target.
    columns : str, Selector or list, default="features"
        By what rows are clustered: numbers, times, categories and booleans.
    random_state : int, default=0
        For the first centres of k-means.

    Attributes
    ----------
    clusters_ : list of dict
        Of each cluster ``rows``, ``labelled`` and its ``share``, ``label``, ``purity``, ``named``
        (whether it gives its label) and the ``representative``: of its rows without a label the
        one nearest to its centre, worth labelling by hand where the cluster has no name; None
        where all have one.

    Notes
    -----
    Numbers are standardised, levels are indicators. Labelled rows keep their label. The first
    centres are drawn by position: rows in another order may lie in other clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> import dataprep as dp
    >>> frame = pd.DataFrame({"x": [*range(10), *range(50, 60)], "y": [None] * 20})
    >>> frame.loc[[0, 9, 10, 19], "y"] = ["low", "low", "high", "high"]
    >>> stage = ClusterLabel(n_clusters=2)
    >>> result = dp.clean(frame, pipeline=dp.Pipeline([stage], target="y"))
    >>> result.data["y"].value_counts().to_dict()
    {'low': 10, 'high': 10}
    >>> [(c["share"], c["purity"], c["named"]) for c in stage.clusters_]
    [(0.2, 1.0, True), (0.2, 1.0, True)]
    """

    fewer: ClassVar[str] = "raise purity"

    n_clusters: Annotated[int, Ge(1)] | None = None
    purity: Annotated[float, Gt(0), Le(1)] = 0.9
    min_labelled: Annotated[int, Ge(1)] = 2
    weight: bool = True
    unlabelled: Literal["drop", "keep"] = "drop"
    max_synthetic: Share = "warn"
    target: str | None = None
    columns: Columns = "features"
    random_state: Annotated[int, Ge(0)] = 0

    def classes(self, counts: dict[Level, int], target: str) -> list[Level]:
        """Return the classes that labelled rows have; none where there is only to be chosen."""
        return [] if not counts and self.unlabelled == "keep" else super().classes(counts, target)

    def given(self, table: Table, target: str, labels: Sequence[Level]) -> Given:
        """Return the label of each row's cluster."""
        seen = self.seen(table, target)
        own = codes_of(seen.arrays[target], labels)
        count = self.n_clusters or _EACH * (len(labels) or 2)
        X = seen.matrix("indicators").X
        found = clustered(X, count, among=own < 0, seed=self.random_state)
        names = named(found.member_of, by_hand(table, seen.arrays, own), len(labels))
        enough = (names.labelled >= self.min_labelled) & (names.purity >= self.purity)
        # Two classes that are equally frequent are no name, however low the purity.
        good = enough & (names.codes >= 0)
        self.clusters_ = _told(found, names, good, seen.rows, labels)
        at = found.member_of
        return Given(
            seen.rows,
            own,
            np.where(good, names.codes, -1)[at],
            names.purity[at],
            texts([_without(cluster) for cluster in self.clusters_])[at],
            texts([_why(cluster) for cluster in self.clusters_])[at],
            [*_notes(self.clusters_), *left_out(seen)],
            {"clusters": self.clusters_},
        )


def _told(
    found: Clusters, names: Names, good: np.ndarray, rows: np.ndarray, labels: Sequence[Level]
) -> list[dict[str, Any]]:
    """Return what is known of each cluster, as JSON holds it."""
    told = []
    for i, code in enumerate(names.codes.tolist()):
        size, labelled = int(names.sizes[i]), int(names.labelled[i])
        representative = int(found.representatives[i])
        told.append(
            {
                "cluster": i,
                "rows": size,
                "labelled": labelled,
                "share": steady(labelled / size),
                "label": label_of(labels[code]) if code >= 0 else None,
                "purity": steady(float(names.purity[i])) if labelled else None,
                "named": bool(good[i]),
                "representative": int(rows[representative]) if representative >= 0 else None,
            }
        )
    return told


def _why(cluster: dict[str, Any]) -> str:
    right = round(cluster["labelled"] * (cluster["purity"] or 0))
    return f"cluster {cluster['cluster']}, {right:,} of {cluster['labelled']:,} labelled rows"


def _without(cluster: dict[str, Any]) -> str:
    if not cluster["labelled"]:
        return f"no label: none of the {cluster['rows']:,} rows of its cluster has one"
    share = f"of {cluster['labelled']:,} labelled rows of its cluster {cluster['purity']:.1%} are"
    return f"no label: {share} {cluster['label'] or 'of each of two classes'}"


def _notes(clusters: Sequence[dict[str, Any]]) -> list[str]:
    have = sum(c["named"] for c in clusters)
    done = f"{have} of {len(clusters)} clusters have a name"
    asked = [c for c in clusters if not c["named"] and c["representative"] is not None]
    if not asked:
        return [done]
    largest = sorted(asked, key=lambda c: (-c["rows"], c["cluster"]))[:5]
    worth = ", ".join(str(c["representative"]) for c in largest)
    return [f"{done}; rows worth labelling by hand, one of each of the others: {worth}"]
