"""Labels by clusters: a cluster is what its labelled members are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from dataprep.columns import Columns
from dataprep.labels.clustering import Clusters, Names, clustered, named
from dataprep.parts import label_of
from dataprep.resampling.limits import Share
from dataprep.stages.labels.supplier import Given, LabelSupplier, left_out, texts
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
    have. Its other members get it if these are enough, and enough of one mind.

    Parameters
    ----------
    n_clusters : int, optional
        By default five for each class.
    purity : float, default=0.9
        The least share of a cluster's labelled members that must have its label.
    min_labelled : int, default=2
        The fewest labelled members that may name a cluster.
    weight : bool, default=True
        Whether confidence, the purity of the cluster, becomes the weight of a row, in
        ``sample_weight`` or times the weight that is there.
    unlabelled : {"drop", "keep"}, default="drop"
        What becomes of rows that still have no label; dropped ones are rejected with the reason.
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
        (whether it gives its label) and the ``representative``: the row nearest to its centre,
        worth labelling by hand where the cluster has no name.

    Notes
    -----
    Numbers are standardised, levels are indicators. Labelled rows keep their label.

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

    n_clusters: Annotated[int, Ge(1)] | None = None
    purity: Annotated[float, Gt(0), Le(1)] = 0.9
    min_labelled: Annotated[int, Ge(1)] = 2
    weight: bool = True
    unlabelled: Literal["drop", "keep"] = "drop"
    max_synthetic: Share = "warn"
    target: str | None = None
    columns: Columns = "features"
    random_state: Annotated[int, Ge(0)] = 0

    def given(self, table: Table, target: str, labels: Sequence[Level]) -> Given:
        """Return the label of each row's cluster."""
        seen = self.seen(table, target)
        own = self.coded(seen.arrays[target], labels)
        count = self.n_clusters or _EACH * len(labels)
        found = clustered(seen.matrix("indicators").X, count, seed=self.random_state)
        names = named(found.member_of, own, len(labels))
        good = (names.labelled >= self.min_labelled) & (names.purity >= self.purity)
        self.clusters_ = _told(found, names, good, seen.rows, labels)
        at = found.member_of
        return Given(
            seen.rows,
            own,
            np.where(good, names.codes, -1)[at],
            names.purity[at],
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
        told.append(
            {
                "cluster": i,
                "rows": size,
                "labelled": labelled,
                "share": steady(labelled / size),
                "label": label_of(labels[code]) if labelled else None,
                "purity": steady(float(names.purity[i])) if labelled else None,
                "named": bool(good[i]),
                "representative": int(rows[found.representatives[i]]),
            }
        )
    return told


def _why(cluster: dict[str, Any]) -> str:
    if not cluster["labelled"]:
        return f"no label: none of the {cluster['rows']:,} rows of its cluster has one"
    return (
        f"no label: of {cluster['labelled']:,} labelled rows of its cluster "
        f"{cluster['purity']:.1%} are {cluster['label']}"
    )


def _notes(clusters: Sequence[dict[str, Any]]) -> list[str]:
    nameless = [c for c in clusters if not c["named"]]
    done = f"{len(clusters) - len(nameless)} of {len(clusters)} clusters have a name"
    if not nameless:
        return [done]
    largest = sorted(nameless, key=lambda c: (-c["rows"], c["cluster"]))[:5]
    worth = ", ".join(str(c["representative"]) for c in largest)
    return [f"{done}; rows worth labelling by hand, one of each of the others: {worth}"]
