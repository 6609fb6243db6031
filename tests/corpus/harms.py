"""What is done to a file: one function for each way in which it differs from RFC 4180."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from corpus.draft import Draft
from corpus.tables import narrow, people

Apply = Callable[[Draft], None]


def setting(**values: object) -> Apply:
    """Return a damage that writes the whole file in another way."""

    def apply(draft: Draft) -> None:
        for name, value in values.items():
            setattr(draft, name, value)

    return apply


def unquoted(draft: Draft) -> None:
    """Write without any quotes, which only cells without delimiters and line ends survive."""
    draft.quote = ""
    draft.delimiter = "\t"
    draft.records = [r for r in draft.records if not any("\n" in c or "\t" in c for c in r)]


def unclosed(draft: Draft) -> None:
    """Open a quote in one cell and never close it."""
    (i,) = draft.places(0)
    j = min(1, len(draft.header) - 1)

    def edit(cells: list[str]) -> list[str]:
        return [*cells[:j], '"' + cells[j].strip('"'), *cells[j + 1 :]]

    draft.edits[i] = edit
    draft.touched.add(i)
    # What follows may be read as part of the open cell by a careful reader too.
    draft.hurt |= {i, i + 1}


def stray(draft: Draft) -> None:
    """Put a quote into the middle of unquoted cells: 5" as a width."""
    for i in draft.places(0.05):
        j = draft.random.randrange(len(draft.header))
        cell = draft.records[i][j]
        if len(cell) < 2 or any(sign in cell for sign in '"\n' + draft.delimiter):
            continue
        text = f'{cell[:1]}"{cell[1:]}'
        draft.records[i][j] = text
        draft.edits[i] = _put(j, text)
        draft.touched.add(i)


def extra(draft: Draft) -> None:
    """Put quotes that are not doubled into quoted cells."""
    for i in draft.places(0.05):
        j = draft.random.randrange(len(draft.header))
        text = f'the "new" {draft.records[i][j]}'.replace("\n", " ").replace(draft.delimiter, " ")
        text = text.replace('"', "").replace("the new", 'the "new"')
        draft.records[i][j] = text
        draft.edits[i] = _put(j, f'"{text}"')
        draft.touched.add(i)


def _put(j: int, text: str) -> Callable[[list[str]], list[str]]:
    return lambda cells: [*cells[:j], text, *cells[j + 1 :]]


def few_lines_recoded(encoding: str, rest: str = "utf-8") -> Apply:
    """Return a damage that writes a few persons in another encoding than the rest."""

    def apply(draft: Draft) -> None:
        draft.encoding = rest
        for i in draft.places(0.03):
            draft.recoded[i] = encoding
            draft.records[i][1:3] = ["Jérôme", "Genève"]
            draft.records[i][-1] = ""
            draft.touched.add(i)
            draft.hurt.add(i)

    return apply


def title(draft: Draft) -> None:
    """Put a title and an empty line above the table."""
    draft.above += ["Quarterly report", "made by the finance office", ""]
    draft.noise += ["Quarterly report", "made by the finance office"]


def title_with_comma(draft: Draft) -> None:
    """Put a title above that is cut into cells as rows are."""
    draft.above += [f"Report of 2024{draft.delimiter} second version"]
    draft.noise += ["Report of 2024"]


def comments(draft: Draft) -> None:
    """Put comment lines above the table."""
    draft.above += ["# exported 2024-05-01 12:00", "# source: warehouse, table 7"]
    draft.noise += ["exported 2024-05-01 12:00", "source: warehouse"]


def comments_between(draft: Draft) -> None:
    """Put comment lines between the rows."""
    for n, i in enumerate(draft.places(0.02)):
        draft.before.setdefault(i, []).append(f"# checked by hand {n}")
        draft.noise.append(f"checked by hand {n}")


def blank_above(draft: Draft) -> None:
    """Put empty lines above the table."""
    draft.above += ["", ""]


def two_headers(draft: Draft) -> None:
    """Write a second line of names below the first: units, as instruments do."""
    units = [f"[u{j}]" for j in range(len(draft.header))]
    draft.header_lines = [list(draft.header), units]
    draft.name_parts = list(zip(draft.header, units, strict=True))


def grouped_headers(draft: Draft) -> None:
    """Write names of groups above the names of columns, each only over its first column."""
    n = len(draft.header)
    above = ["first half" if j == 0 else "second half" if j == n // 2 else "" for j in range(n)]
    draft.header_lines = [above, list(draft.header)]
    draft.name_parts = [(name,) for name in draft.header]


def no_header(draft: Draft) -> None:
    """Begin with the first row."""
    draft.has_header = False


def repeated_header(draft: Draft) -> None:
    """Repeat the header in the middle, as joined exports do."""
    line = draft.joined([draft.written(cell) for cell in draft.header])
    draft.before.setdefault(len(draft.records) // 2, []).append(line)


def duplicate_names(draft: Draft) -> None:
    """Give two columns the same name."""
    draft.header[-1] = draft.header[0]


def empty_name(draft: Draft) -> None:
    """Leave the first column without a name, as pandas writes an index."""
    draft.header[0] = ""


def header_longer(draft: Draft) -> None:
    """Give the header two names more than there are cells."""
    draft.header_lines = [[*draft.header, "extra1", "extra2"]]


def header_shorter(draft: Draft) -> None:
    """Leave the last name out."""
    draft.header_lines = [draft.header[:-1]]
    draft.header[-1] = ""


def too_few(draft: Draft) -> None:
    """Leave out the last cell of some rows, which would be empty."""
    for i in draft.places():
        draft.records[i][-1] = ""
        draft.edits[i] = lambda cells: cells[:-1]
        draft.touched.add(i)
        draft.hurt.add(i)


def cut_off(draft: Draft) -> None:
    """Cut the last row off in its middle, as a full disk does."""
    i, keep = len(draft.records) - 1, max(1, len(draft.header) // 2)
    draft.records[i] = [*draft.records[i][:keep], *[""] * (len(draft.header) - keep)]
    draft.edits[i] = lambda cells: cells[:keep]
    draft.final_end = False
    draft.touched.add(i)
    draft.hurt.add(i)


def too_many(draft: Draft) -> None:
    """Give some rows cells that no column is there for."""
    for i in draft.places():
        draft.edits[i] = lambda cells: [*cells, "surplus", "cells"]
        draft.touched.add(i)
        draft.hurt.add(i)
    draft.noise += ["surplus"] * len(draft.touched)


def too_many_empty(draft: Draft) -> None:
    """End some rows with delimiters."""
    for i in draft.places():
        draft.edits[i] = lambda cells: [*cells, ""]
        draft.touched.add(i)


def delimiter_inside(draft: Draft) -> None:
    """Leave a delimiter inside of a cell unquoted."""
    for i in draft.places():
        text = f"Smith{draft.delimiter} Ann"
        draft.records[i][1] = text
        draft.edits[i] = _put(1, text)
        draft.touched.add(i)
        draft.hurt.add(i)


def empty_lines(draft: Draft) -> None:
    """Put empty lines between rows, and at the end."""
    for i in draft.places(0.05):
        draft.before.setdefault(i, []).append("")
    draft.below += ["", ""]


def every_other_empty(draft: Draft) -> None:
    """Put an empty line after each row, as a line end written twice does."""
    for i in range(len(draft.records)):
        draft.before.setdefault(i, []).append("")


def total(draft: Draft) -> None:
    """Say below how many rows there are."""
    words = f"Total: {len(draft.records)} rows"
    draft.below += [words]
    draft.noise += [words]


def source_note(draft: Draft) -> None:
    """Put an empty line and a note below the table."""
    draft.below += ["", "Source: statistics office", "All figures are provisional."]
    draft.noise += ["Source: statistics office", "All figures are provisional."]


def totals_row(draft: Draft) -> None:
    """End with a line of sums that is cut as the rows are."""
    cells = ["Grand total", *[""] * (len(draft.header) - 2), str(len(draft.records))]
    draft.below += ["", draft.joined(cells)]
    draft.noise += ["Grand total"]


def empty_column(draft: Draft) -> None:
    """End each line, the header too, with a delimiter."""
    draft.header_lines = [[*draft.header, ""]]
    for i in range(len(draft.records)):
        draft.edits[i] = lambda cells: [*cells, ""]


def second_table(first: bool) -> Apply:
    """Return a damage that puts a small table above or below, an empty line between."""

    def apply(draft: Draft) -> None:
        other = replace(narrow(6), header=("letter", "weight"))
        lines = [draft.delimiter.join(row) for row in (other.header, *other.records)]
        draft.noise.append("letter")
        if first:
            draft.above += [*lines, ""]
        else:
            draft.below += ["", *lines]

    return apply


def other_people(draft: Draft) -> None:
    """Put a second table of as many columns, but fewer rows, below."""
    other = people("latin", 12)
    lines = [",".join(row) for row in (("staff", *other.header[1:]), *other.records)]
    draft.below += ["", *lines]
    draft.noise.append("staff")
