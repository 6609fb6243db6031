"""Regular expressions that are spelled out are found where Python finds the ones given."""

import re

import duckdb
import pyarrow as pa
import pytest

from dataprep.expectations.spelling_out import spelled_out

# Up to where the scripts lie that people write; what newer editions of Unicode add lies beyond.
SIGNS = [chr(code) for code in range(1, 0x3000)]
TEXTS = [
    *SIGNS,
    "",
    "abc",
    "abc\n",
    "abc\n\n",
    "a\rb",
    "a\nb",
    "aab",
    "a{b}",
    "ab-1",
    "Zoë_1",
    "x}",
]
PATTERNS = [
    r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"[\w.-]", r"[^\s\d]", ".", "^.$", "^abc$", r"^abc\Z",
    "^(abc|ab)$", "abc$|b$", r"\Aa", "a{,2}b", "a{2}b", "a{b}", r"x\}", r"\x61", r"[\x61-c]", r"\v",
    r"^\w+$", "^[^@ ]+$", r"\.", "(?:a|b)+c", "^$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_found_where_python_finds_it(pattern):
    """Letters, digits and blanks of every script, ends of texts, repetitions."""
    found = spelled_out(pattern)
    assert found is not None
    texts = pa.table({"text": TEXTS})
    query = "select regexp_matches(text, ?) from texts"
    with duckdb.connect() as connection:
        connection.register("texts", texts)
        rows = connection.execute(query, [found]).fetchall()
    assert [row[0] for row in rows] == [bool(re.search(pattern, text)) for text in TEXTS]


@pytest.mark.parametrize(
    "pattern",
    [r"\bno", r"\B", "(?i)no", "(?=a)", "(?P<n>a)", r"(a)\1", "a$b", "(a$)b", "(a$|b)c", "a$?",
     "[[:alpha:]]", "[a&&b]", r"[^\W]", "a++", r"\u0061", "(", "a**", "[]a]"],
)  # fmt: skip
def test_what_has_no_words_elsewhere_is_asked_of_python(pattern):
    """Boundaries, look-around, references, flags, ends in the midst, and what is no pattern."""
    assert spelled_out(pattern) is None
