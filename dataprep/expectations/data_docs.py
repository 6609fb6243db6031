"""A verdict as pages of HTML: Great Expectations' own Data Docs."""

from __future__ import annotations

import datetime as dt
import html
import re
from pathlib import Path

from dataprep.errors import OutputError
from dataprep.expectations import gx
from dataprep.expectations.verdicts import Verdict
from dataprep.files import explained, write_text


def write_data_docs(verdict: Verdict, folder: str | Path) -> Path:
    """Write the page of a verdict, and an index of all pages that are there; return the page.

    Parameters
    ----------
    verdict : Verdict
    folder : path
        It is made where it is not there. A page of the same suite and place is replaced.

    Raises
    ------
    OutputError
        When the folder cannot be written to.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise OutputError(
            "is a file", place=str(folder), remedy="Name a folder for the pages."
        ) from None
    except OSError as error:
        raise explained(error, folder) from error
    stem = re.sub(r"[^\w.-]+", "-", f"{verdict.suite} {Path(verdict.place).name}".strip())
    page = folder / f"{stem}.html"
    write_text(page, _page(verdict))
    write_text(folder / "index.html", _index(folder))
    return page


def _page(verdict: Verdict) -> str:
    gx.loaded()
    from great_expectations.core import ExpectationSuiteValidationResult, RunIdentifier
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    met = sum(one.success for one in verdict.results)
    number = len(verdict.results)
    # In UTC, where the page is read is not known.
    run = RunIdentifier(run_name=verdict.place or None, run_time=dt.datetime.now(dt.UTC))
    with gx.quiet():
        result = ExpectationSuiteValidationResult(
            success=verdict.success,
            results=list(verdict.raw),
            suite_name=verdict.suite,
            statistics={
                "evaluated_expectations": number,
                "successful_expectations": met,
                "unsuccessful_expectations": number - met,
                "success_percent": 100 * met / number if number else 100.0,
            },
            meta={"run_id": run, "batch_spec": {}, "active_batch_definition": {}},
        )
        document = ValidationResultsPageRenderer().render(result)
        return str(DefaultJinjaPageView().render(document))


def _index(folder: Path) -> str:
    pages = sorted(p.name for p in folder.glob("*.html") if p.name != "index.html")
    links = "\n".join(
        f'<li><a href="{html.escape(name)}">{html.escape(name)}</a></li>' for name in pages
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Data Docs</title>'
        f"</head>\n<body><h1>Data Docs</h1>\n<ul>\n{links}\n</ul></body></html>\n"
    )
