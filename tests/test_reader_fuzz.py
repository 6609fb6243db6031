"""Any bytes at all: the reader answers, in time, by a table or by an error that says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import tries
from corpus.accounts import check
from corpus.cases import CASES
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

pytestmark = pytest.mark.slow
FIXTURE = [HealthCheck.function_scoped_fixture]
FEW = tries(60, suppress_health_check=FIXTURE)
SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "blank": " ", "two": "||"}
WORDS = st.text(alphabet="abcxyz0123456789 .-#é日", max_size=6)
AWKWARD = st.sampled_from(['"', '""', "'", "\\", ",", ";", "|", "\n", "\r", "\r\n", "#", "NA", ""])
SMALL = [case for case in CASES if case.table in ("tiny", "narrow", "texts")]


@st.composite
def near_csv(draw: st.DrawFn) -> bytes:
    """Return a text that is nearly a table: mostly even rows, some of them harmed."""
    delimiter = draw(st.sampled_from(sorted(SIGNS.values())))
    width = draw(st.integers(1, 5))
    cell = st.one_of(WORDS, WORDS, WORDS, st.tuples(WORDS, AWKWARD, WORDS).map("".join))
    quoted = cell.map(lambda text: '"' + text.replace('"', '""') + '"')
    even = st.lists(st.one_of(cell, quoted), min_size=width, max_size=width)
    rows = draw(st.lists(even, max_size=25))
    # Few of them: a file in which one line of ten is no row is refused.
    for row in draw(st.lists(st.lists(cell, max_size=width + 2), max_size=2)):
        rows.insert(draw(st.integers(0, len(rows))), row)
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = end.join(delimiter.join(row) for row in rows) + draw(st.sampled_from([end, ""]))
    bom = draw(st.sampled_from(["", "", "\ufeff"]))
    return (bom + text).encode()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a file of the corpus with a few bytes taken out, put in, or doubled."""
    content = draw(st.sampled_from(SMALL)).draft().bytes()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        size = draw(st.integers(0, 40))
        middle = draw(
            st.one_of(
                st.just(b""),
                st.just(content[at : at + size] * 2),
                st.binary(max_size=4),
                st.sampled_from([b'"', b"\n", b"\r", b",", b"\xff", b"\x00", b"\\", b"\n\n"]),
            )
        )
        content = content[:at] + middle + content[at + size :]
    return content


@given(content=st.binary(max_size=300))
@FEW
def test_any_bytes_are_answered(content: bytes, tmp_path: Path) -> None:
    """Bytes of no format give a table or an error of ours."""
    check(content, tmp_path / "in.csv")


@given(content=near_csv())
@FEW
def test_nothing_of_a_text_is_lost(content: bytes, tmp_path: Path) -> None:
    """Of what is nearly a table, each letter is in a cell, a name, or a line that was told."""
    check(content, tmp_path / "in.csv")


@given(content=mutated())
@FEW
def test_nothing_of_a_harmed_file_is_lost(content: bytes, tmp_path: Path) -> None:
    """A damaged file that is harmed once more is read, or refused; no letter of it goes."""
    check(content, tmp_path / "in.csv")


@given(
    content=near_csv(), name=st.sampled_from(["a.tsv", "a.txt", "a.data", "a", "a.csv.gz", "a.zip"])
)
@tries(20, suppress_health_check=FIXTURE)
@example(content=b"", name="a.csv")
def test_a_name_promises_nothing(content: bytes, name: str, tmp_path: Path) -> None:
    """Whatever a file is called, it is what its bytes are."""
    check(content, tmp_path / name)


@pytest.mark.parametrize(
    "content",
    [
        b"\t0\na\n0\n0\n",
        b"0\t0\n0\n0\n",
        b'\t\t\n\t\n\t\t\n\t\n\t\t00\t"\r"\n\t\t\t\n\t\t\t\n',
        b"id,id,text,stars\n1,good,2.5\n2,bad,1.5\n3,good,4.5\n",
    ],
)
def test_what_was_found_by_searching_is_mended(content: bytes, tmp_path: Path) -> None:
    """Files that a search has found: each was a crash or a lost letter once."""
    check(content, tmp_path / "in.csv")
