"""A file in the making: a clean table, how it is written, and what is done to its lines."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from corpus.tables import Clean

BOMS = {
    "utf-8": b"\xef\xbb\xbf",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "utf-32-le": b"\xff\xfe\x00\x00",
    "utf-32-be": b"\x00\x00\xfe\xff",
}
Edit = Callable[[list[str]], list[str]]


@dataclass
class Draft:
    """What a damage changes: the expected table, the way of writing, or single lines.

    Parameters
    ----------
    clean : Clean
    random : Random
        Where damages draw their places from.
    """

    clean: Clean
    random: Random
    header: list[str] = field(init=False)
    records: list[list[str]] = field(init=False)
    """What is expected of a reader."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = "double"
    """``double``, ``backslash``, or ``none``: quotes inside are written as they are."""
    quote_all: bool = False
    gap: str = ""
    """What stands after each delimiter."""
    aligned: bool = False
    """Columns are padded with blanks to one width."""
    ends: tuple[str, ...] = ("\n",)
    """The line ends, taken in turn."""
    final_end: bool = True
    encoding: str = "utf-8"
    bom: bool = False
    packing: str = ""

    header_lines: list[list[str]] | None = None
    """The cells of the header as written, where they differ from those expected."""
    name_parts: list[tuple[str, ...]] | None = None
    """Where names are to be joined from several lines: the parts of each."""
    has_header: bool = True
    above: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    before: dict[int, list[str]] = field(default_factory=dict)
    """Lines put in before the record of that number."""
    edits: dict[int, Edit] = field(default_factory=dict)
    """What is done to the written cells of a record."""
    recoded: dict[int, str] = field(default_factory=dict)
    """Records written in an encoding of their own."""
    touched: set[int] = field(default_factory=set)
    """Records that the damage touches at all."""
    hurt: set[int] = field(default_factory=set)
    """Records that no reader can be sure of: malformed is right too."""
    noise: list[str] = field(default_factory=list)
    """Words of lines that belong to no table, which the report has to show."""
    loose: bool = False
    """Whether blanks around a cell count as nothing."""

    def __post_init__(self) -> None:
        self.header = list(self.clean.header)
        self.records = [list(record) for record in self.clean.records]

    def places(self, share: float = 0.03, least: int = 1) -> list[int]:
        """Return some record numbers, none of them the first, in order."""
        n = max(least, round(share * len(self.records)))
        numbers = range(1, len(self.records))
        return sorted(self.random.sample(numbers, min(n, len(numbers))))

    def written(self, cell: str) -> str:
        """Return a cell as it stands in the file."""
        if not self.quote:
            return cell
        special = self.quote_all or any(
            sign in cell for sign in (self.delimiter, self.quote, "\n", "\r")
        )
        if not special:
            return cell
        inner = cell
        if self.escape == "double":
            inner = cell.replace(self.quote, self.quote * 2)
        elif self.escape == "backslash":
            inner = cell.replace(self.quote, f"\\{self.quote}")
        return f"{self.quote}{inner}{self.quote}"

    def joined(self, cells: list[str]) -> str:
        """Return written cells as a line."""
        if self.aligned:
            widths = self._widths()
            padded = (cell.ljust(widths[i] + 2) for i, cell in enumerate(cells))
            return "".join(padded).rstrip(" ")
        return f"{self.delimiter}{self.gap}".join(cells)

    def _widths(self) -> list[int]:
        rows = [self.header, *self.records]
        return [max(len(row[i]) for row in rows) for i in range(len(self.header))]

    def bytes(self) -> bytes:
        """Return the file."""
        pieces: list[tuple[str, str]] = [(line, self.encoding) for line in self.above]
        if self.has_header:
            lines = self.header_lines or [self.header]
            pieces += [
                (self.joined([self.written(c) for c in row]), self.encoding) for row in lines
            ]
        for i, record in enumerate(self.records):
            pieces += [(line, self.encoding) for line in self.before.get(i, ())]
            cells = [self.written(cell) for cell in record]
            cells = self.edits[i](cells) if i in self.edits else cells
            pieces.append((self.joined(cells), self.recoded.get(i, self.encoding)))
        pieces += [(line, self.encoding) for line in self.below]
        found = bytearray()
        for i, (text, encoding) in enumerate(pieces):
            end = self.ends[i % len(self.ends)]
            # Within quotes an old Mac breaks lines as it does elsewhere; all others as they like.
            text = text.replace("\n", "\r") if self.ends == ("\r",) else text
            if i == len(pieces) - 1 and not self.final_end:
                end = ""
            found += (text + end).encode(encoding)
        start = BOMS[self.encoding] if self.bom else b""
        return packed(start + bytes(found), self.packing)


def packed(content: bytes, how: str) -> bytes:
    """Return bytes as a compressed file holds them."""
    match how:
        case "gz":
            return gzip.compress(content, mtime=0)
        case "bz2":
            return bz2.compress(content)
        case "xz":
            return lzma.compress(content)
        case "zst":
            import pyarrow as pa

            return bytes(pa.compress(content, codec="zstd", asbytes=True))
        case "zip":
            target = io.BytesIO()
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as folder:
                folder.writestr(zipfile.ZipInfo("table.csv", (2024, 1, 1, 0, 0, 0)), content)
            return target.getvalue()
        case _:
            return content
