"""A verdict as pages of HTML: Great Expectations' own Data Docs."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping
from copy import copy
from hashlib import sha256
from pathlib import Path
from typing import Any

from dataprep.errors import OutputError
from dataprep.expectations import gx
from dataprep.expectations.verdicts import Verdict
from dataprep.files import explained, write_text

# Great Expectations writes values into its pages as they are, in some places escaped, in others
# not. So the signs of HTML in them pass through its templates as signs for private use.
_MASKS = {ord(sign): 0xE000 + i for i, sign in enumerate("<>&\"'")}
_OPERATORS = ("<", "<=", ">", ">=")  # of conditions, which are read again; they begin no tag
_ENTITIES = {mask: html.escape(chr(sign)) for sign, mask in _MASKS.items()}


def write_data_docs(verdict: Verdict, folder: str | Path) -> Path:
    """Write the page of a verdict, and an index of all pages that are there; return the page.

    Parameters
    ----------
    verdict : Verdict
    folder : path
        It is made where it is not there. A page of the same suite and place is replaced; a hash
        of both in its name tells it from others.

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
    digest = sha256(f"{verdict.suite}\0{verdict.place}".encode()).hexdigest()
    page = folder / f"{stem}-{digest[:8]}.html"
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
    run = RunIdentifier(run_name=_masked(verdict.place) or None, run_time=dt.datetime.now(dt.UTC))
    with gx.quiet():
        result = ExpectationSuiteValidationResult(
            success=verdict.success,
            results=[_masked_result(one) for one in verdict.raw],
            suite_name=_masked(verdict.suite),
            statistics={
                "evaluated_expectations": number,
                "successful_expectations": met,
                "unsuccessful_expectations": number - met,
                "success_percent": 100 * met / number if number else 100.0,
            },
            meta={"run_id": run, "batch_spec": {}, "active_batch_definition": {}},
        )
        document = ValidationResultsPageRenderer().render(result)
        return str(DefaultJinjaPageView().render(document)).translate(_ENTITIES)


def _masked_result(result: Any) -> Any:
    """Return a result of Great Expectations without signs of HTML in what data and suites say."""
    found = copy(result)
    found.result = _masked(result.result)
    config = result.expectation_config
    found.expectation_config = type(config)(**_masked(config.to_json_dict()))
    return found


def _masked(value: Any) -> Any:
    """Return a value whose texts hold no sign of HTML: others stand for them in the page."""
    if isinstance(value, Mapping):
        return {_masked(name): _masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float | dt.date):
        return value
    text = str(value)
    return text if text in _OPERATORS else text.translate(_MASKS)


def _index(folder: Path) -> str:
    pages = sorted(p.name for p in folder.glob("*.html") if p.name != "index.html")
    links = "\n".join(
        f'<li><a href="{html.escape(name)}">{html.escape(name)}</a></li>' for name in pages
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Data Docs</title>'
        f"</head>\n<body><h1>Data Docs</h1>\n<ul>\n{links}\n</ul></body></html>\n"
    )
