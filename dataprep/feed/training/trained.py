"""What a training gives back: the model, its history, and what it is worth."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataprep.errors import ConfigError
from dataprep.feed.folders import check_own
from dataprep.files import working_folder
from dataprep.stopping import held

if TYPE_CHECKING:
    import keras

_FILES = ("model.keras", "serving.keras", "metrics.json", "history.csv", "logs")

Draw = Callable[[Mapping[str, Any], Path], list[str]]
"""Draws pictures of ``{"history": ..., "metrics": ...}`` into a folder, and returns their names."""


@dataclass(repr=False)
class Trained:
    """A model that was trained, and what it is worth on rows that it never saw.

    Parameters
    ----------
    model : keras.Model
        From prepared columns, ``{column: tensor of shape (n_rows,)}``, or pictures, to
        probabilities of the classes in the order of ``classes``, or to a number.
    history : dict of str to list of float
        A value an epoch: ``loss``, ``val_loss``, ``val_pr_auc``, ``learning_rate``, ...
    metrics : dict
        What ``metrics.json`` holds: ``judged`` on the part ``part``, ``validation``, ``curves``.
    parameters : dict
        What ``training.json`` holds: how the model was made, of what, and with which versions.
    serving : keras.Model, optional
        From columns as they come, before the pipeline: its repair phase and the model in one.
    """

    model: keras.Model
    history: dict[str, list[float]]
    metrics: dict[str, Any]
    parameters: dict[str, Any]
    serving: keras.Model | None = None

    @property
    def classes(self) -> list[Any] | None:
        """The labels, in the order of the probabilities; None where a number is predicted."""
        found: list[Any] | None = self.parameters["classes"]
        return found

    def __repr__(self) -> str:
        """Say in a line how good the model is, and what a constant guess is worth."""
        judged = self.metrics["judged"]
        name = next(iter(judged["metrics"]))
        return (
            f"Trained({self.parameters['model']}, {self.metrics['best_epoch']} epochs; "
            f"{self.metrics['part']}: {name} {judged['metrics'][name]:.3f}, "
            f"a constant guess {judged['constant'][name]:.3f})"
        )

    def save(self, folder: str | Path, *, draw: Draw | None = None, force: bool = False) -> Path:
        """Write a folder beside its place, and rename it there.

        It holds ``model.keras``, ``serving.keras`` where there is one, ``metrics.json``,
        ``history.csv``, ``training.json``, and pictures where something draws them.

        Parameters
        ----------
        folder : path
        draw : callable, optional
            What draws pictures, such as ``dataprep.report.plots.draw``.
        force : bool, default=False
            Whether to write over a folder that is there.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        ConfigError
            When it is there already.
        """
        place = Path(folder)
        check_free(place, force=force)
        with working_folder(place.absolute().parent, place) as work:
            draft = work / "model"
            draft.mkdir()
            self.write(draft, draw)
            publish(draft, place)
        return place

    def write(self, folder: Path, draw: Draw | None = None) -> None:
        """Write the files into a folder that is there."""
        self.model.save(folder / "model.keras")
        if self.serving is not None:
            self.serving.save(folder / "serving.keras")
        told = {"history": self.history, "metrics": self.metrics}
        pictures = draw(told, folder) if draw is not None else []
        _write_json(folder / "metrics.json", self.metrics)
        _write_json(folder / "training.json", {**self.parameters, "pictures": pictures})
        with (folder / "history.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["epoch", *self.history])
            for epoch, values in enumerate(zip(*self.history.values(), strict=True), start=1):
                writer.writerow([epoch, *values])


def check_free(place: Path, *, force: bool) -> None:
    """Raise where a model's folder is there already, or is no folder that may be replaced."""
    if not place.exists() and not place.is_symlink():
        return
    if not force:
        raise ConfigError(
            "is there already", place=str(place), remedy="Overwrite it with -f, or use -o."
        )
    if not place.is_dir():
        raise ConfigError(
            "is no folder of a model, and is not written over",
            place=str(place),
            remedy="Name another with -o.",
        )
    if any(place.iterdir()):
        check_own(place, "folder of a model", "training.json", "dataprep", _files_of)


def _files_of(parameters: Mapping[str, Any]) -> list[str]:
    """Return the names of what is written beside ``training.json``."""
    return [*_FILES, *parameters.get("pictures", ())]


def publish(draft: Path, place: Path) -> None:
    """Put a folder in its place; one that was there goes at the same moment."""
    with held():
        if place.exists():
            place.rename(draft.with_name("old"))
        draft.rename(place)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")
