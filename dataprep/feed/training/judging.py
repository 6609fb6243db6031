"""What a network says of rows that are held out, and how good that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dataprep.errors import ConfigError
from dataprep.feed.rows import Rows
from dataprep.feed.training.balancing import Balanced
from dataprep.feed.training.metrics import measured_classes, measured_numbers, precision_recall
from dataprep.feed.training.models import Network
from dataprep.parts import label_of
from dataprep.priors import prior_correction
from dataprep.thresholds import best_threshold

_TINY = 1e-15
_AWAY_FROM_1 = 1e-2
"""How far from 1 probabilities may sum up to: those of half precision are that coarse."""
_SHOWN = 5
_MOST_CURVES = 10
"""Classes whose curves are drawn: the rarest ones."""


class HeldOut:
    """Rows that are held out, and what a network says of them.

    Parameters
    ----------
    rows : Rows
    network : Network
    batches : tf.data.Dataset
        The same rows, in order.
    scale : (float, float), optional
        Mean and standard deviation of a target of numbers, which the network predicts scaled.
    balanced : mapping, optional
        How often classes are, and how often they were trained on, as `prior_correction` takes it.
    """

    def __init__(
        self,
        rows: Rows,
        network: Network,
        batches: Any,
        scale: tuple[float, float] | None,
        balanced: Balanced | None,
    ) -> None:
        self.balanced = balanced
        self.classes = rows.classes
        self.labels = rows.labels(np.arange(rows.height))
        self._network, self._scale = network, scale
        self._batches = network.fed(batches, scale)

    def predicted(self) -> np.ndarray:
        """Return probabilities of shape (n_rows, n_classes), or numbers of shape (n_rows,)."""
        given = self._network.inner.predict(self._batches, verbose=0).astype("float64")
        if self._scale is not None:
            mean, deviation = self._scale
            return np.asarray(given.reshape(-1) * deviation + mean)
        return softmax(given) if self._network.logits else given

    def check_probabilities(self) -> None:
        """Raise where a network that was given says something else than it must."""
        if self.classes is None:
            return
        said = self._network.inner.predict(self._batches.take(1), verbose=0).astype("float64")
        sums = said.sum(axis=1)
        if not ((said >= 0).all() and np.allclose(sums, 1.0, atol=_AWAY_FROM_1)):
            worst = said[np.argmax(np.where(said.min(axis=1) < 0, np.inf, abs(sums - 1.0)))]
            told = ", ".join(f"{value:.3g}" for value in worst[:_SHOWN])
            raise ConfigError(
                f"it gives no probabilities, but {told} for a row: they are not from 0 to 1, or "
                "do not sum to 1",
                place="model",
                remedy="End it with the activation softmax.",
            )

    def watched(self, loss: Any, *, soft: bool = False) -> dict[str, float]:
        """Return what is told of each epoch: the loss as in training, unweighted, and metrics.

        What balanced the classes is undone for the loss: it would else be smallest where little
        was learned of how frequent they are. ``soft``: the loss takes shares of classes, no codes.
        """
        found = self.predicted()
        if self._scale is not None:
            truth, scaled = (self._scaled(values)[:, None] for values in (self.labels, found))
            told = measured_numbers(self.labels, found)["metrics"]
            return {"loss": _mean(loss(truth, scaled)), "mae": told["mae"]}
        told = measured_classes(self.labels, found, self.classes or ())["metrics"]
        right = self.corrected(found)
        # Logarithms of probabilities are logits of them.
        given = np.log(np.clip(right, _TINY, 1.0)) if self._network.logits else right
        return {
            "loss": _mean(
                loss(np.eye(right.shape[1])[self.labels] if soft else self.labels, given)
            ),
            "pr_auc": told["pr_auc"],
            "balanced_accuracy": told["balanced_accuracy"],
        }

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        mean, deviation = self._scale or (0.0, 1.0)
        return np.asarray((values - mean) / deviation)

    def corrected(self, said: np.ndarray) -> np.ndarray:
        """Return probabilities as they would be, had nothing balanced the classes."""
        if self.balanced is None:
            return said
        return prior_correction(said, self.balanced, self.classes)


def _mean(losses: Any) -> float:
    return float(np.mean(np.asarray(losses)))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities from logits of shape (n_rows, n_classes)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def judged(validation: HeldOut, test: HeldOut | None, metric: str) -> dict[str, Any]:
    """Return what ``metrics.json`` says of a model.

    Where classes were balanced, probabilities are judged a second time with that undone.

    Parameters
    ----------
    validation : HeldOut
        The rows that the threshold, and the class that is looked for, are chosen by.
    test : HeldOut, optional
        The rows that it is judged on; those of validation where there are none.
    metric : str
        What the threshold is best for.
    """
    parts = {"validation": validation} if test is None else {"test": test, "validation": validation}
    said = {part: held.predicted() for part, held in parts.items()}
    part = next(iter(parts))
    if validation.classes is None:
        found = {
            name: measured_numbers(held.labels.astype("float64"), said[name])
            for name, held in parts.items()
        }
        return {"part": part, "judged": found[part], "validation": found["validation"]}
    classes, names = validation.classes, [label_of(label) for label in validation.classes]
    positive, chosen = _chosen(validation, said["validation"], names, metric)
    found = {
        name: measured_classes(
            held.labels,
            said[name],
            classes,
            positive=positive,
            threshold=None if chosen is None else chosen["threshold"],
        )
        for name, held in parts.items()
    }
    if validation.balanced is not None:
        for name, held in parts.items():
            right = measured_classes(held.labels, held.corrected(said[name]), classes)["metrics"]
            found[name]["corrected"] = {k: right[k] for k in ("log_loss", "brier")}
    return {
        "part": part,
        "judged": found[part],
        "validation": found["validation"],
        "threshold": chosen,
        "curves": _curves(
            parts[part].labels, said[part], names, positive, found[part]["per_class"]
        ),
    }


def _chosen(
    validation: HeldOut, said: np.ndarray, names: Sequence[str], metric: str
) -> tuple[int | None, dict[str, Any] | None]:
    """Return the place of the class that is looked for, and its threshold, of two classes."""
    if len(names) != 2:
        return None, None
    counts = np.bincount(validation.labels, minlength=2)
    positive = int(counts[1] <= counts[0])
    if not counts.all():
        return positive, None
    scores = np.clip(said[:, positive], 0.0, 1.0)
    best = best_threshold((validation.labels == positive).astype("int64"), scores, metric)
    return positive, {
        "threshold": best.threshold,
        "metric": metric,
        "positive": names[positive],
    }


def _curves(
    codes: np.ndarray,
    said: np.ndarray,
    names: Sequence[str],
    positive: int | None,
    told: dict[str, Any],
) -> dict[str, Any]:
    """Return curves of precision over recall, of the class that is looked for or the rarest."""
    places = [positive] if positive is not None else range(len(names))
    here = [i for i in places if told[names[i]]["rows"]]
    rarest = sorted(here, key=lambda i: told[names[i]]["rows"])[:_MOST_CURVES]
    return {
        names[i]: {
            **precision_recall(codes == i, said[:, i]),
            "pr_auc": told[names[i]]["pr_auc"],
            "prevalence": told[names[i]]["prevalence"],
        }
        for i in sorted(rarest)
    }
