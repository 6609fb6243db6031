"""A table of a job: read, looked at, changed and written aside, by the functions of `clean`."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataprep.errors import ReadError
from dataprep.files import sync
from dataprep.jobs.batch.expecting import Expecting
from dataprep.jobs.batch.fitted import settled
from dataprep.jobs.batch.job import Job
from dataprep.jobs.batch.publishing import LATEST
from dataprep.jobs.batch.watching import Watching
from dataprep.jobs.clean import apply_file, learn_file, write
from dataprep.jobs.places import place_for
from dataprep.jobs.reading import opened_for
from dataprep.jobs.running import Running, opened_engine
from dataprep.pipeline import Pipeline
from dataprep.readers.inputs import Inputs
from dataprep.readers.paths import split_name

_OF_RUN = ("seconds",)
"""What a summary says of a run and not of its output: the same key gives the same bytes."""


@dataclass(frozen=True)
class Maker:
    """Makes the tables of a job.

    Parameters
    ----------
    job : Job
    expecting : Expecting
    running : Running
    work : Path
        A folder for intermediate files.
    watching : Watching
    """

    job: Job
    expecting: Expecting
    running: Running
    work: Path
    watching: Watching

    def make(
        self,
        inputs: Inputs,
        named: str,
        pipeline: Pipeline,
        staged: Path,
        name: str,
        *,
        fitted: bool,
        sha256: str | None,
    ) -> dict[str, Any]:
        """Write what a pipeline makes of files, and return the summary.

        Parameters
        ----------
        inputs : Inputs
        named : str
            What messages call them.
        pipeline : Pipeline
        staged : Path
            The folder of the new version, or of a part of it.
        name : str
            What the output is called, without its suffix.
        fitted : bool
            Whether frozen statistics are applied, and nothing is learned.
        sha256 : str, optional
            What the bytes that are read must hash to.
        """
        place = place_for(
            inputs.named, inputs.paths, staged / f"{name}{self._suffix(inputs)}", force=False
        )
        before = self.watching.first(self.expecting.look("before", named), named)
        spill, results = self.work / "spill", self.expecting.results
        spill.mkdir()
        many = len(results)
        try:
            with opened_engine(self.running, spill) as engine:
                self.running.progress("reading")
                if fitted:
                    reading = settled(self.job.reading, pipeline)
                    source = opened_for(pipeline, inputs, reading, engine, spill)
                    run = apply_file(source, pipeline, reading, self.running, before)
                else:
                    roles = pipeline.roles_given()
                    source = self.job.reading.open(inputs, engine, spill, roles)
                    run = learn_file(source, pipeline, self.job.reading, self.running, before)
                run.after, rejected = self.expecting.look("after", named)(run.after)
                run.records += rejected
                summary = write(run, place, self.running)
        finally:
            shutil.rmtree(spill, ignore_errors=True)
        if sha256 is not None and summary["input"]["sha256"] not in (None, sha256):
            raise ReadError(
                "was changed while the job read it",
                place=named,
                remedy="Nothing was published. Run it again.",
            )
        summary["expectations"] = results[many:]
        _settle(summary, place.folder, staged, self.job.folder / LATEST)
        return summary

    def fit(self, inputs: Inputs, path: Path) -> None:
        """Learn from files, write nothing of them, and save the fitted pipeline."""
        pipeline = self.job.new_pipeline()
        sift = self.expecting.sift("before")
        spill = self.work / "spill"
        spill.mkdir()
        try:
            with opened_engine(self.running, spill) as engine:
                self.running.progress("reading all inputs, to learn from")
                source = self.job.reading.open(inputs, engine, spill, pipeline.roles_given())
                learn_file(source, pipeline, self.job.reading, self.running, sift)
                pipeline.read_as(pipeline.types_, {"sha256": source.sha256()})
                pipeline.save(path)
        finally:
            shutil.rmtree(spill, ignore_errors=True)

    def _suffix(self, inputs: Inputs) -> str:
        """Return the suffix of an output: of the format asked for, or of the input's own."""
        if self.job.output.format is not None:
            return f".{self.job.output.format}"
        if self.job.target is not None or inputs.named is None:
            # It keeps the types that a database gives and takes.
            return ".parquet"
        return split_name(inputs.named)[1]


def _settle(summary: dict[str, Any], folder: Path, staged: Path, final: Path) -> None:
    """Write a summary again as it is to be read where it is published, and without times."""

    def moved(path: str) -> str:
        return str(final / Path(path).relative_to(staged))

    output = summary["output"]
    output["path"], summary["folder"] = moved(output["path"]), moved(summary["folder"])
    for part in output.get("parts", {}).values():
        part["path"] = moved(part["path"])
    stages = [
        {key: value for key, value in stage.items() if key not in _OF_RUN}
        for stage in summary["stages"]
    ]
    lasting = {key: value for key, value in summary.items() if key not in _OF_RUN}
    text = json.dumps({**lasting, "stages": stages}, indent=1, ensure_ascii=False) + "\n"
    (folder / "summary.json").write_text(text, encoding="utf-8")
    sync(folder / "summary.json")
