"""Sheets of Excel and OpenDocument: which one, where its table lies, and its cells as text."""

import datetime as dt
import zipfile

import openpyxl
import pytest
from conftest import cells

import dataprep as dp

ROWS = [["id", "n", "x", "ok", "day", "at"]] + [
    [f"00{i}", i, i + 0.5, i % 2 == 0, dt.date(2024, 1, i), dt.datetime(2024, 1, i, i % 3)]
    for i in range(1, 9)
]


@pytest.fixture
def book(tmp_path):
    """Write sheets, by name their rows and merged ranges, and return the path."""

    def write(path="in.xlsx", hidden=(), merged=None, **sheets):
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append(row)
            for span in (merged or {}).get(name, ()):
                sheet.merge_cells(span)
            if name in hidden:
                sheet.sheet_state = "hidden"
        made.save(tmp_path / path)
        return tmp_path / path

    return write


@pytest.fixture
def read(book, dataprep, tmp_path):
    """Write a book, run it through no stages, and return the rows of the output and the report."""
    (tmp_path / "nothing.yaml").write_text("stages: []\n")

    def run(*flags, **given):
        book(**given)
        words = ["clean", "in.xlsx", "--pipeline", "nothing.yaml", "--json", "-f"]
        answer = dataprep(*words, *flags)
        assert answer.code == 0, answer.err
        return cells(tmp_path / "in.clean.csv"), answer.json["input"]

    return run


def test_cells_are_what_they_are(read, dataprep, tmp_path):
    """Whole numbers stay whole, codes keep zeros, midnight is a time among times; undo too."""
    rows, found = read(Data=ROWS)
    assert rows[0] == ROWS[0]
    assert rows[1] == ["001", "1", "1.5", "FALSE", "2024-01-01", "2024-01-01 01:00:00"]
    assert rows[3] == ["003", "3", "3.5", "FALSE", "2024-01-03", "2024-01-03 00:00:00"]
    assert (found["format"], found["rows"]) == ("excel", 8)
    table = dp.read(tmp_path / "in.xlsx")
    assert list(table.kinds.values()) == [
        "identifier", "integer", "float", "boolean", "date", "timestamp",
    ]  # fmt: skip
    assert dataprep("undo", "in.clean.csv", "-q").code == 0
    assert cells(tmp_path / "in.clean.restored.csv") == rows


def test_the_closing_table_says_what_was_chosen(book, dataprep):
    """The sheet, those left out, and that CSV is written, are told."""
    book(Data=ROWS, Other=[["a"], [1]])
    answer = dataprep("clean", "in.xlsx")
    assert "sheet 'Data' (not read: Other), written as CSV" in answer.out
    assert "in.clean.csv" in answer.out


def test_the_largest_visible_sheet_is_read(read):
    """A hidden sheet is read only where it is asked for, an empty one never."""
    sheets = {"Small": [["a"], [1]], "Big": ROWS, "Huge": ROWS * 2, "Empty": []}
    _, found = read(hidden=["Huge"], **sheets)
    assert found["sheets"]["in.xlsx"] == {
        "sheet": "Big", "sheets_left": ["Small", "Huge", "Empty"],
    }  # fmt: skip
    for wanted in ("Small", "1"):
        assert read("--sheet", wanted, hidden=["Huge"], **sheets)[0] == [["a"], ["1"]]
    assert read("--sheet", "Huge", hidden=["Huge"], **sheets)[1]["rows"] == 17


def test_a_wrong_sheet_is_told(refused, book):
    """Names are mended, numbers counted, empty sheets refused."""
    book(Data=ROWS, Empty=[])
    words = ("clean", "in.xlsx", "-q", "--sheet")
    refused(*words, "Dota", code=2, says=["--sheet", "'Dota'", "Did you mean 'Data'"])
    refused(*words, "7", code=2, says=["2 sheets, no sheet 7"])
    refused(*words, "Empty", code=3, says=["'Empty' is empty"])


def test_no_sheet_with_a_table(refused, book):
    """Empty sheets, and hidden ones, are named."""
    book(hidden=["Away"], Empty=[], Away=ROWS)
    refused("clean", "in.xlsx", code=3, says=["no sheet holds a table (hidden: Away)", "--sheet"])


def test_titles_notes_and_empty_margins_are_passed_over(read):
    """What stands above and below the table is told with its row number."""
    rows = [["Sales by region"], [], ["as of", "2024"], [None, None, "a", "b", "c", "d"]]
    rows += [[None, None, i, i, "x", i] for i in range(4)]
    rows += [[], ["Source: the office"], [None, "x"]]
    out, found = read(Data=rows, merged={"Data": ["A1:F1"]})
    assert out == [["a", "b", "c", "d"], *([str(i), str(i), "x", str(i)] for i in range(4))]
    assert [(line["line"], line["reason"], line["text"]) for line in found["skipped"]] == [
        (1, "above the table", "Sales by region"),
        (3, "above the table", "as of 2024"),
        (10, "below the table", "Source: the office"),
        (11, "below the table", "x"),
    ]


def test_empty_rows_between_are_no_rows(read):
    """An empty row in the middle is listed with its number."""
    out, found = read(Data=[["a", "b"], [1, 2], [], [3, 4]])
    assert out == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert [(line["line"], line["reason"]) for line in found["skipped"]] == [(3, "blank line")]


MERGED = [
    [["Region", 2024, None, 2025, None], [None, "Q1", "Q2", "Q1", "Q2"]],
    ["A1:A2", "B1:C1", "D1:E1"],
]
NAMES = ["Region", "2024 Q1", "2024 Q2", "2025 Q1", "2025 Q2"]


def test_merged_headers_are_joined(read):
    """A name that spans columns stands before the names below it."""
    body = [["North", 1, 2, 3, 4], ["South", 5, 6, 7, 8]]
    out, _ = read(Data=[*MERGED[0], *body], merged={"Data": MERGED[1]})
    assert out == [NAMES, ["North", "1", "2", "3", "4"], ["South", "5", "6", "7", "8"]]


def test_gaps_of_a_header_are_joined_where_numbers_follow(read):
    """Without merged cells, names below the gaps of a header over numbers are part of it."""
    head = [["Region", "2024", None, "2025", None], ["name", "Q1", "Q2", "Q1", "Q2"]]
    body = [["North", 1, 2, 3, 4], ["South", 5, 6, 7, 8]]
    out, _ = read(Data=[*head, *body])
    assert out[0] == ["Region name", *NAMES[1:]]
    assert len(out) == 3


def test_long_numbers_of_sheets_are_whole(book):
    """An id of sixteen digits, which a float holds, has no point behind it."""
    table = dp.read(book(Data=[["amount"], [1234567890123456], [9007199254740991]]))
    assert table.to_pandas()["amount"].tolist() == [1234567890123456, 9007199254740991]
    assert table.kinds == {"amount": "integer"}


def test_merged_cells_of_the_body_are_filled(read):
    """What spans rows belongs to each of them."""
    rows = [["region", "n"], ["North", 1], [None, 2], ["South", 3]]
    out, _ = read(Data=rows, merged={"Data": ["A2:A3"]})
    assert out[1:] == [["North", "1"], ["North", "2"], ["South", "3"]]


@pytest.mark.parametrize(
    ("row", "header"),
    [
        (["a", "b"], True),
        (["x", 5], False),
        (["region", 2024], True),
        ([1, 2], False),
        (["region", dt.date(2024, 1, 1)], True),
    ],
    ids=str,
)
def test_a_header_is_seen_by_its_cells(read, row, header):
    """Texts, years and dates over other things are names; numbers over numbers are a row."""
    _, found = read(Data=[row, ["p", 1], ["q", 2], ["r", 3]])
    assert found["header"] is header
    assert found["rows"] == 4 - header
    assert read("--no-header", Data=[row, ["p", 1]])[1]["rows"] == 2
    assert read("--header", Data=[row, ["p", 1]])[1]["rows"] == 1


def test_error_cells_are_missing(book, tmp_path):
    """What a formula could not compute is no text."""
    path = book(Data=[["a", "b"], [1, "x"], [2, "y"]])
    made = openpyxl.load_workbook(path)
    made["Data"]["A2"].value, made["Data"]["A2"].data_type = "#N/A", "e"
    made.save(path)
    assert dp.read(path).to_pandas()["a"].isna().tolist() == [True, False]


def test_books_are_parts_of_a_table(book, dataprep, tmp_path):
    """Several files are joined by name, and their drift is told."""
    book("one.xlsx", Data=[["a", "b"], [1, 2]])
    book("two.xlsx", Data=[["b", "c"], [3, 4]])
    table = dp.read([tmp_path / "one.xlsx", tmp_path / "two.xlsx"])
    assert table.columns == ["a", "b", "c"]
    assert list(table.report["drift"].values()) == [
        {"missing": ["c"]}, {"missing": ["a"], "added": ["c"]},
    ]  # fmt: skip


def test_an_opendocument_sheet(tmp_path):
    """Tables of LibreOffice are read as those of Excel are."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>"
        for row in (["a", "b"], ["007", "x"], ["008", "y"])
    )
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    content = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Data">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "in.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    assert dp.read(tmp_path / "in.ods").to_pandas()["a"].tolist() == ["007", "008"]


def test_files_that_cannot_be_opened(refused, book, tmp_path):
    """A password, a file that is cut off, and other containers are told."""
    data = book(Data=ROWS).read_bytes()
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    (tmp_path / "cut.xlsx").write_bytes(data[: len(data) // 2])
    (tmp_path / "locked.xlsx").write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    (tmp_path / "broken.xls").write_bytes(ole)
    refused("clean", "cut.xlsx", code=3, says=["cut.xlsx", "cut off"])
    refused("clean", "locked.xlsx", code=3, says=["locked.xlsx", "password"])
    refused("clean", "broken.xls", code=3, says=["broken.xls", "cannot be read", "save it anew"])


def test_an_old_name_for_a_new_file(book, tmp_path):
    """What a file is decides how it is opened, not its name."""
    book("in.xls", Data=ROWS)
    assert dp.read(tmp_path / "in.xls").height() == 8


def test_a_book_in_an_archive(book, tmp_path):
    """A zip archive of a workbook is unpacked, and the workbook is not."""
    data = book(Data=ROWS).read_bytes()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("book.xlsx", data)
    assert dp.read(tmp_path / "all.zip", sheet=1).height() == 8
