"""A contact sheet of a run, or of pictures that no run has seen yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dataprep.cleaning import read
from dataprep.config import load_pipeline
from dataprep.errors import ConfigError, ReadError
from dataprep.pipeline import Pipeline
from dataprep.readers.image_folders import holds_pictures
from dataprep.readers.images import check_labels
from dataprep.stages.augment.image_augment import ImageAugment
from dataprep.table import Table


def preview_path(
    source: str | Path,
    pipeline: str | Path | None,
    output: str | Path,
    *,
    target: str | None = None,
    image: str | None = None,
    image_root: str | Path | None = None,
    rows: int = 8,
    copies: int = 7,
    size: tuple[int, int] | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Write the contact sheet of a run folder, or of pictures; see `dataprep.feed.preview`.

    Parameters
    ----------
    source : path
        A run folder; or what ``dataprep.read`` reads: a folder of pictures, a list, an array file.
    pipeline : path, optional
        YAML or JSON with the stage image_augment; of a run folder its own by default.
    output : path
        The PNG.
    target, image, image_root, rows, copies, size
        As of `dataprep.feed.preview`; columns are those of the pipeline by default.
    force : bool, default=False
        Whether a file that is there is replaced.

    Returns
    -------
    dict
        ``output``, ``rows``, ``copies``.

    Raises
    ------
    ConfigError
        When there is no pipeline, or no stage image_augment in it.
    """
    from dataprep.feed import preview
    from dataprep.feed.runs import is_run

    folder, written = Path(source), Path(output)
    if written.suffix.lower() != ".png":
        raise ConfigError(
            "a contact sheet is a PNG file", place=str(output), remedy="Call it e.g. preview.png."
        )
    if written.exists() and not force:
        raise ConfigError(
            "is there already", place=str(output), remedy="Overwrite it with -f, or use -o."
        )
    if not folder.exists():
        raise ReadError(
            "no such file or folder",
            place=str(source),
            remedy="Give a run folder, or a folder of pictures.",
        )
    run = is_run(folder)
    if pipeline is None and not run:
        raise ConfigError(
            "is no run folder, and no pipeline is given",
            place=str(source),
            remedy="Add --pipeline FILE.yaml, one with the stage image_augment, such as "
            "pipelines/images.yaml; or clean it with one, and give the run folder.",
        )
    where = folder / "pipeline.json" if pipeline is None else Path(pipeline)
    made = load_pipeline(where)
    augment = _augment_of(made, where)
    found = folder if run else read(folder)
    if isinstance(found, Table) and holds_pictures(folder):
        check_labels(folder, found.columns, {"target": target or made.target})
    preview(
        found,
        augment,
        written,
        target=target or _text(made.target),
        image=image or _text(made.image),
        image_root=image_root,
        rows=rows,
        copies=copies,
        image_size=size,
    )
    return {"output": str(written), "rows": rows, "copies": copies}


def _text(name: str | int | None) -> str | None:
    return None if name is None else str(name)


def _augment_of(pipeline: Pipeline, place: Path) -> ImageAugment:
    for stage in pipeline.stages:
        if isinstance(stage, ImageAugment):
            return stage
    raise ConfigError(
        "there is no stage image_augment",
        place=str(place),
        remedy="Add e.g. '- image_augment: {rotation_range: 20}', or give --pipeline another file.",
    )
