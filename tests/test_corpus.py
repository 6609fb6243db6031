"""Several hundred damaged files: no cell is lost without a word, and most are what they were."""

from __future__ import annotations

import csv
import io
import tempfile
from functools import cache
from pathlib import Path
from random import Random

import pytest
from corpus.cases import CASES, PAIRS, Case
from corpus.draft import Draft
from corpus.measure import Read, Score, means_the_same, score
from corpus.readers import dataprep
from corpus.tables import Clean

KNOWN: dict[str, str] = {}
"""What the reader cannot do yet: a damage, or a whole family of two, and why."""

CLEAN = Clean(
    "small",
    ("id", "name", "n"),
    (("1", "Anna", "2"), ("2", "Ben, jr.", "2"), ("3", "Cleo", "5"), ("4", "Dora", "2")),
)
NOTES = Clean(
    "notes",
    ("id", "note", "mark", "n"),
    tuple(
        (f"C-{i:04d}", note, ("", "x")[i % 2], str(i * 7 % 10))
        for i, note in enumerate(
            (
                "plain",
                "two copies,\n\nby the end of the month.",
                'he said "no"\n\n\nand left; later: "yes".',
                "\n\nlist:\na,b,1\n\nc,d,2\n",
            )
            * 5
        )
    ),
)
"""A table that is cut in pieces by who takes blank lines in quotes for gaps between tables."""


@cache
def outcome(case: Case) -> Score:
    """Return how dataprep read a file of the corpus."""
    draft = case.draft()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / case.file
        path.write_bytes(draft.bytes())
        return score(draft, dataprep(path))


def every(cases: list[Case]) -> pytest.MarkDecorator:
    """Return a mark that runs a test with each case, those that are known to fail marked so."""
    marked = []
    for case in cases:
        why = [KNOWN[name] for name in (case.family, *case.parts) if name in KNOWN]
        marks = [pytest.mark.xfail(reason=why[0], strict=False)] if why else []
        marked.append(pytest.param(case, id=case.name, marks=marks))
    return pytest.mark.parametrize("case", marked)


@every(list(CASES))
def test_no_cell_is_lost_without_a_word(case: Case) -> None:
    """Each cell of the clean table is in the result, in a malformed line, or in the report."""
    assert outcome(case).lost == 0


@every(list(CASES))
def test_every_cell_is_what_it_was(case: Case) -> None:
    """Header and records are those of the clean table; a row beyond help may be malformed."""
    found = outcome(case)
    assert not found.errors
    assert found.headers == 1
    assert found.wrong_rows == ()
    _, read, right = found.records
    assert read - right <= len(case.draft().hurt)


@every([case for case in CASES if case.draft().noise])
def test_what_belongs_to_no_table_is_named(case: Case) -> None:
    """Titles, comments, footers and other tables are in the report, where they are no rows."""
    found = outcome(case)
    assert found.unnamed == 0 or found.errors


def test_the_corpus_is_the_same_each_time() -> None:
    """Every case has a name of its own, and gives the same bytes whenever it is asked."""
    assert len({case.name for case in CASES}) == len(CASES) >= 400
    assert sum(len(case.damages) == 2 for case in CASES) == PAIRS
    for case in CASES[::10]:
        assert case.draft().bytes() == case.draft().bytes()


@pytest.mark.parametrize("case", [c for c in CASES if c.family == "comma"], ids=lambda c: c.table)
def test_what_is_not_damaged_is_read_by_anyone(case: Case) -> None:
    """Python's own reader finds all of a file that is written by the rules: the measure is fair."""
    draft = case.draft()
    header, *records = csv.reader(io.StringIO(draft.bytes().decode(), newline=""))
    found = score(draft, Read(header, records))
    assert (found.headers, found.lost, found.unnamed, found.wrong_rows) == (1, 0, 0, ())
    assert len(set(found.records)) == len(set(found.cells)) == 1


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("quote_all", [False, True], ids=["some quoted", "all quoted"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_blank_lines_in_quotes_part_no_tables(
    delimiter: str, quote_all: bool, ends: str, tmp_path: Path
) -> None:
    """Notes with blank lines, and lines cut as rows are, stay the cells that they are."""
    draft = Draft(NOTES, Random(0))
    draft.delimiter, draft.quote_all, draft.ends = delimiter, quote_all, (ends,)
    (tmp_path / "table.csv").write_bytes(draft.bytes())
    found = score(draft, dataprep(tmp_path / "table.csv"))
    assert (found.headers, found.lost, found.wrong_rows) == (1, 0, ())
    assert len(set(found.records)) == len(set(found.cells)) == 1


def measured(records: list[list[str]], *told: str) -> Score:
    """Score some records against the small clean table."""
    return score(Draft(CLEAN, Random(0)), Read(list(CLEAN.header), records, list(told)))


def test_a_row_too_few_spoils_no_other() -> None:
    """Records are aligned: where one is lost, its cells are lost, and those below are right."""
    found = measured([list(CLEAN.records[i]) for i in (0, 2, 3)])
    assert (found.records, found.cells, found.lost) == ((4, 3, 3), (12, 9, 9), 3)
    assert found.wrong_rows == (1,)


def test_what_is_told_is_not_lost() -> None:
    """A malformed line holds its cells, as they stand there, but only as often as they stand."""
    rest = [list(CLEAN.records[i]) for i in (0, 2)]
    assert measured(rest, '2,"Ben, jr.",2', "4,Dora,2").lost == 0
    assert measured(rest, '2,"Ben, jr.",2').lost == 3


def test_two_cells_in_one_are_wrong_and_not_lost() -> None:
    """A row that was not cut holds all its cells, none of them right."""
    found = measured([[",".join(record)] for record in CLEAN.records])
    assert (found.cells[2], found.lost) == (0, 0)


def test_a_garbled_cell_is_lost() -> None:
    """Text in a wrong encoding is in the result as something else, which nobody was told."""
    records = [list(record) for record in CLEAN.records]
    records[0][1] = "Ã„nna"
    assert measured(records).lost == 1


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("1.50", "1.5", True),
        ("31/05/2024", "2024-05-31", True),
        ("31/05/2024", "2024-05-31 00:00:00", True),
        ("true", "True", True),
        ("12,345.60", "12345.6", True),
        ("007", "7", False),
        ("NA", "", False),
        ("+49123", "49123", True),
        ("1,5", "15", False),
    ],
)
def test_types_may_change_the_form_and_not_the_value(expected: str, found: str, same: bool) -> None:
    """Readers that give types are compared by what a cell means."""
    assert means_the_same(expected, found) is same
