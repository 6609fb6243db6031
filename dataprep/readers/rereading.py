"""Files on their way into an engine: read again until what is left are rows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from dataprep.engine import Frame
from dataprep.engines.duckdb import DuckDB
from dataprep.engines.parsing import Guess
from dataprep.errors import ReadError
from dataprep.readers.dialect import Dialect, guess_kinds
from dataprep.readers.encodings import legacy_encoding
from dataprep.readers.lines import overlong_lines, scanned
from dataprep.readers.opening import Malformed, open_bytes
from dataprep.readers.scans import rejected_by, rows_of, spans_of
from dataprep.readers.texts import Text, cut_out, in_encoding, ready, tidy
from dataprep.readers.wanted import Wanted
from dataprep.table import Table

log = logging.getLogger("dataprep")
MOST_MALFORMED = 0.10
_FEW = 100
"""So many lines in a foreign encoding tell which it is."""


class Reader:
    """Files on their way into an engine."""

    def __init__(
        self, paths: Sequence[Path], engine: DuckDB, work: Path | None, wanted: Wanted
    ) -> None:
        self.engine, self.work = engine, work
        first = ready(paths[0], wanted, work, 0)
        # The parts of a table are written by the same hand, as a rule.
        same = first.dialect
        alike = replace(
            wanted,
            delimiter=same.delimiter,
            quote=same.quote,
            escape=same.escape,
            header=same.header,
            expected=same.columns if same.header else None,
        )
        own = replace(wanted, expected=alike.expected)
        self.wanted, self.texts = [wanted], [first]
        self.renamed: dict[str, dict[str, str]] = {}
        for i, path in enumerate(paths[1:], start=1):
            text, chosen = ready(path, alike, work, i), alike
            if text.dialect.columns != same.columns:
                other = ready(path, own, work, len(paths) + i)
                if self._shared(other, same) > self._shared(text, same):
                    text, chosen = other, own
            self._rename(text)
            self.wanted.append(chosen)
            self.texts.append(text)
        self._check_columns()
        self._tried: set[tuple[int, str]] = set()
        self.scan = scanned(
            [(text.original, None if text.is_tidy else text.whole) for text in self.texts],
            self._sign,
        )

    @staticmethod
    def _shared(text: Text, same: Dialect) -> int:
        """Return how many columns a file has in common with the first."""
        names = {name.casefold() for name in same.columns}
        return sum(name.casefold() in names for name in text.dialect.columns)

    def _rename(self, text: Text) -> None:
        """Call columns as those of the first file that are the same but for their case."""
        known = {name.casefold(): name for name in self.columns}
        names = tuple(known.get(name.casefold(), name) for name in text.dialect.columns)
        if names != text.dialect.columns:
            changed = {
                old: new for old, new in zip(text.dialect.columns, names, strict=True) if old != new
            }
            self.renamed[str(text.original)] = changed
            text.dialect = replace(text.dialect, columns=names)

    def _check_columns(self) -> None:
        first = self.texts[0]
        for text in self.texts[1:]:
            if not set(text.dialect.columns) & set(first.dialect.columns):
                raise ReadError(
                    f"it has no column in common with {first.original}: "
                    f"{', '.join(text.dialect.columns[:5])}",
                    place=str(text.original),
                    remedy="Give files of one table, with the names of the columns in each.",
                )
            alike = len(text.dialect.columns) == len(first.dialect.columns)
            if not alike and not (text.dialect.header and first.dialect.header):
                raise ReadError(
                    f"it has {len(text.dialect.columns)} columns without names, and "
                    f"{first.original} has {len(first.dialect.columns)}",
                    place=str(text.original),
                    remedy="Give files with the same columns, or with a header.",
                )

    @property
    def dialect(self) -> Any:
        """The first file's dialect, with the columns of all."""
        first = self.texts[0].dialect
        same = self.columns == first.columns
        return first if same else replace(first, columns=self.columns, header_cells=self.columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all files, in the order in which they first appear."""
        return tuple(dict.fromkeys(n for text in self.texts for n in text.dialect.columns))

    @property
    def _sign(self) -> str | None:
        """The last sign of the delimiter, by which the ends of lines are looked through."""
        form = self.texts[0].form
        return None if form.is_blank else form.delimiter[-1]

    def drift(self) -> dict[str, Any]:
        """Return which files lack columns of others."""
        missing = {
            str(text.original): [n for n in self.columns if n not in text.dialect.columns]
            for text in self.texts
        }
        told: dict[str, dict[str, Any]] = {
            path: {"missing": names} for path, names in missing.items() if names
        }
        for path, names in self.renamed.items():
            told.setdefault(path, {})["renamed"] = names
        return {"drift": told} if told else {}

    def load(self) -> Frame:
        """Read until what is left are rows; each turn mends what the last one found."""
        while True:
            rejected: list[Malformed] = []
            try:
                frame = self._loaded()
                rejected = rejected_by(self.engine)
            except duckdb.InvalidInputException as error:
                # Line ends of several kinds, or a line beyond all limits. Not strict_mode=false,
                # which drops cells without a word.
                log.info("not for a strict parser: %s", str(error).split("\n")[0])
                changed = [self._tidied(i, None) for i in range(len(self.texts))]
                if not any(changed):
                    raise
                continue
            by_path = {text.path: i for i, text in enumerate(self.texts)}
            damaged: dict[int, list[Malformed]] = {}
            for line in rejected:
                damaged.setdefault(by_path[Path(line.file)], []).append(line)
            for i in range(len(self.texts)):
                if i not in damaged and self.engine.repeats_header(self._header_of(i)):
                    damaged[i] = []
            changed = [self._mended(i, lines) for i, lines in damaged.items()]
            if not damaged:
                changed = [self._shortened(i) for i in self._overlong(frame)]
            if not any(changed):
                return frame

    def _overlong(self, frame: Frame) -> list[int]:
        """Return which files have rows with an empty cell too many, that DuckDB leaves out.

        All cells of such a row may stand in the wrong columns.
        """
        scan, last = self.scan.result(), self.columns[-1]
        if len(self.columns) < 2:
            return []
        # The scan has not seen the copy of a table that was cut out.
        cut = [i for i, text in enumerate(self.texts) if text.cut and not text.is_tidy]
        texts = [text for text in self.texts if text.path == text.whole]
        if not texts or all(text.dialect.trailing for text in texts):
            return cut
        filled = Table(frame, {last: "text"}, self.engine).counts([last])[last]
        sign = texts[0].form.delimiter
        above = sum(
            line.endswith(sign)
            for text in texts
            for _, line in (*text.dialect.names_in, *text.dialect.titles)
        )
        if scan.ends <= self.engine.height - filled + above:
            return cut
        return cut + [i for i, text in enumerate(self.texts) if text.path == text.whole]

    def _shortened(self, i: int) -> bool:
        """Look again at the rows of a file that have an empty cell too many."""
        lines = self._overlong_lines(i)
        return bool(lines) and self._tidied(i, lines)

    def _overlong_lines(self, i: int) -> list[Malformed]:
        text = self.texts[i]
        if text.dialect.trailing or text.is_tidy:
            return []
        return overlong_lines(text.path, text.form, len(text.dialect.columns), text.first_row)

    def _loaded(self) -> Frame:
        guessed: dict[str, Guess] = {}
        for text in reversed(self.texts):
            guessed |= guess_kinds(text.dialect)
        return self.engine.load(rows_of(self.texts, self.columns), self.columns, guessed)

    def _header_of(self, i: int) -> dict[str, str]:
        dialect = self.texts[i].dialect
        if self.texts[i].is_tidy or len(dialect.header_cells) != len(dialect.columns):
            return {}
        cells = zip(dialect.columns, dialect.header_cells, strict=True)
        return {name: cell for name, cell in cells if cell}

    def _mended(self, i: int, rejected: list[Malformed]) -> bool:
        """Mend what a strict parser could not read in a file; tell whether to read it again."""
        text = self.texts[i]
        if not rejected:
            return self._tidied(i, None)
        if self._is_other_encoding(text, rejected):
            encoding = self._encoding_of(text, rejected)
            if self._first_time(i, encoding):
                log.info("%s: %s beyond its beginning", text.original, encoding)
                self.texts[i] = in_encoding(text.original, encoding, self.wanted[i], self.work, i)
                self._rename(self.texts[i])
                return True
        if text.dialect.trailing and self._has_last_column(text, rejected):
            self.wanted[i] = replace(self.wanted[i], last_column=True)
            encoding = text.dialect.encoding
            self.texts[i] = in_encoding(text.original, encoding, self.wanted[i], self.work, i)
            self._rename(self.texts[i])
            return True
        many = len(rejected) > MOST_MALFORMED * (self.engine.height + len(rejected))
        if many and self._first_time(i, "cut"):
            made = cut_out(text, self.wanted[i], self.work, i)
            if made.cut is not None and text.cut is None:
                self._rename(made)
                self.texts[i] = made
                return True
        return self._tidied(i, None if many else rejected + self._overlong_lines(i))

    def _has_last_column(self, text: Text, rejected: list[Malformed]) -> bool:
        """Tell whether the column that is empty in the first rows is filled further down."""
        width = len(text.dialect.columns) + 1
        rows = (text.form.strict(line.text.strip("\r\n")) for line in rejected)
        return any(not isinstance(row, bool) and len(row) == width and row[-1] for row in rows)

    def _first_time(self, i: int, what: str) -> bool:
        if (i, what) in self._tried:
            return False
        self._tried.add((i, what))
        return True

    def _is_other_encoding(self, text: Text, rejected: list[Malformed]) -> bool:
        """Tell whether all that is beyond ASCII came after the part that the guess was made of."""
        foreign = sum("unicode" in line.reason.lower() for line in rejected)
        plain = all(cell.isascii() for row in text.dialect.sample for cell in row)
        return foreign > 2 and plain and text.dialect.encoding == "utf-8"

    def _encoding_of(self, text: Text, rejected: list[Malformed]) -> str:
        lines = []
        with open_bytes(text.path) as file:
            for line in [one for one in rejected if "unicode" in one.reason.lower()][:_FEW]:
                file.seek(line.byte)
                lines.append(file.readline())
        return legacy_encoding(b"".join(lines))

    def _tidied(self, i: int, rejected: list[Malformed] | None) -> bool:
        """Go on with a tidy copy, and tell whether there is a new one."""
        if not self._first_time(i, "whole" if rejected is None else "parts"):
            # What could be mended is; the rest is told.
            return rejected is not None and self._tidied(i, None)
        spans = None if rejected is None else spans_of(rejected)
        tidy(self.texts[i], self.work, i, spans)
        return True
