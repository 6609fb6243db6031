"""Train a model on what a run wrote, and put its folder beside it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dataprep.errors import OutputError, ReadError
from dataprep.feed.training.trained import Draw, Trained, check_free, publish
from dataprep.files import sync, working_folder
from dataprep.optional import require
from dataprep.parts import PARTS
from dataprep.readers.paths import split_name


def train_path(
    given: str | Path,
    output: str | Path | None,
    draw: Draw | None = None,
    *,
    force: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> dict[str, Any]:
    """Train on a run, write the model's folder, and return what was found.

    Parameters
    ----------
    given : path
        A run folder (``data.clean.dataprep``), or the output beside it.
    output : path, optional
        The folder to be written; ``data.model`` beside the run by default.
    draw : callable, optional
        What draws pictures of the training.
    force : bool
        Whether to write over a model that is there.
    progress : callable
        Told what is being done.
    **options
        As for ``dp.training.train``.

    Returns
    -------
    dict
        ``folder``, ``metrics``, ``training`` and ``files``.

    Raises
    ------
    ReadError
        When there is no such run.
    ConfigError
        When the folder is there already.
    """
    run = run_of(Path(given))
    place = Path(output) if output else _place_beside(run)
    if not place.absolute().parent.is_dir():
        raise OutputError(
            "the folder does not exist", place=str(place.parent), remedy="Make it first."
        )
    check_free(place, force=force)
    progress("loading TensorFlow")
    require("tensorflow", "tensorflow")
    from dataprep.feed.training.fit import train

    with working_folder(place.absolute().parent, place) as work:
        draft = work / "model"
        draft.mkdir()
        progress("reading")
        with warnings.catch_warnings():
            # Keras tells of choices that are ours.
            warnings.filterwarnings("ignore", module="keras")
            # A person is told in words, without a line of code.
            warnings.showwarning = lambda message, *_: progress(str(message))
            trained: Trained = train(run, logs=draft / "logs", progress=progress, **options)
            progress("writing")
            trained.write(draft, draw)
        for path in draft.rglob("*"):
            if path.is_file():
                sync(path)
        publish(draft, place)
    return {
        "folder": str(place),
        "files": sorted(path.name for path in place.iterdir()),
        "metrics": trained.metrics,
        "training": trained.parameters,
    }


def run_of(given: Path) -> Path:
    """Return the run folder that is meant: itself, or the one beside an output or its part."""
    if given.is_dir():
        if (given / "summary.json").is_file():
            return given
        raise ReadError(
            "is no folder of a run: there is no summary.json in it",
            place=str(given),
            remedy="Give what dataprep clean wrote, such as data.clean.dataprep.",
        )
    stem, _ = split_name(given)
    whole, _, part = stem.rpartition(".")
    for name in (stem, whole if part in PARTS else stem):
        folder = given.with_name(f"{name}.dataprep")
        if folder.is_dir():
            return folder
    raise ReadError(
        "there is no run folder beside it" if given.exists() else "no such file or folder",
        place=str(given),
        remedy="Clean the data first: dataprep clean data.csv --target COL writes "
        "data.clean.dataprep.",
    )


def _place_beside(run: Path) -> Path:
    """Return ``data.model`` for ``data.clean.dataprep``."""
    stem = run.name.removesuffix(".dataprep").removesuffix(".clean")
    return run.with_name(f"{stem}.model")
