"""The sample data: it can be made again, and its truth is the whole truth."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SAMPLE_DATA = Path(__file__).parent.parent / "sample_data"
MADE = {
    "make_churn.py": ("churn.csv", "churn_clean.csv", "churn_truth.csv"),
    "make_tickets.py": ("tickets.csv", "tickets_truth.csv"),
}
ADDED = {"exact_duplicate", "near_duplicate"}
CELL_DEFECTS = {
    "missing",
    "disguised_missing",
    "sentinel",
    "outlier",
    "stray_blank",
    "case",
    "mixed_date",
    "typo",
}


def read(name):
    with (SAMPLE_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def dirty():
    return read("churn.csv")


@pytest.fixture
def clean():
    return read("churn_clean.csv")


@pytest.fixture
def truth():
    return read("churn_truth.csv")


@pytest.mark.parametrize("script", MADE)
def test_a_script_makes_the_committed_bytes(tmp_path, script):
    """A run of a script gives the committed files, byte for byte, and nothing else."""
    made = [sys.executable, str(SAMPLE_DATA / script), "--out", str(tmp_path)]
    subprocess.run(made, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(MADE[script])
    for name in MADE[script]:
        assert (tmp_path / name).read_bytes() == (SAMPLE_DATA / name).read_bytes(), name


@pytest.mark.parametrize("name", [name for names in MADE.values() for name in names])
def test_files_are_small_and_have_unix_line_ends(name):
    """Each file is below 1 MB and holds no carriage return."""
    content = (SAMPLE_DATA / name).read_bytes()
    assert len(content) < 1_000_000
    assert b"\r" not in content


def test_undoing_the_truth_gives_the_clean_table(dirty, clean, truth):
    """Undoing each line of the truth on the dirty table gives the clean table exactly."""
    for line in truth:
        if line["column"]:
            dirty[int(line["row"])][line["column"]] = line["clean"]
    added = {int(line["row"]) for line in truth if not line["column"]}
    assert [row for n, row in enumerate(dirty) if n not in added] == clean


def test_each_line_of_the_truth_names_a_real_change(dirty, truth):
    """Each line of the truth quotes the dirty table, changes something, and is there once."""
    places = [(line["row"], line["column"]) for line in truth]
    assert len(set(places)) == len(places)
    for line in truth:
        if line["column"]:
            assert dirty[int(line["row"])][line["column"]] == line["damaged"] != line["clean"]
            assert line["defect"] in CELL_DEFECTS
        else:
            assert line["damaged"] == ""
            assert line["defect"] in ADDED


def test_added_rows_follow_their_originals(dirty, truth):
    """An added row follows its original and equals it, but for the email of a near duplicate."""
    added = {int(line["row"]): line for line in truth if not line["column"]}
    for row, line in added.items():
        original = int(line["clean"])
        assert original < row
        assert original not in added
        differs = {column for column in dirty[row] if dirty[row][column] != dirty[original][column]}
        assert differs == ({"email"} if line["defect"] == "near_duplicate" else set())


def test_customers_are_unique_but_for_the_added_rows(dirty, clean, truth):
    """The clean table repeats no customer, and the dirty one repeats only those that were added."""
    assert len({row["customer_id"] for row in clean}) == len(clean)
    assert len({row["email"] for row in clean}) == len(clean)
    assert len(dirty) - len(clean) == sum(line["defect"] in ADDED for line in truth)


def test_every_defect_kind_occurs(truth):
    """Each kind of defect occurs, and so does each way to disguise a missing value."""
    assert {line["defect"] for line in truth} == CELL_DEFECTS | ADDED
    disguises = {line["damaged"] for line in truth if line["defect"] == "disguised_missing"}
    assert disguises == {"?", "N/A", "-", "null", "NA"}


def test_na_is_missing_among_numbers_only(dirty, truth):
    """NA is Namibia in `country`, and stands for missing in no column but a numeric one."""
    numeric = {"age", "monthly_charge", "total_charge", "support_calls"}
    na_columns = {column for row in dirty for column, text in row.items() if text == "NA"}
    assert na_columns == numeric | {"country"}
    assert not any(line["column"] == "country" and line["damaged"] == "NA" for line in truth)


def test_proper_texts_that_careless_readers_spoil_are_there(clean):
    """The table has zeros at both ends, line breaks, quotes, commas and one formula."""
    assert sum(row["zip"].startswith("0") for row in clean) > 100
    assert all(len(row["zip"]) == 5 and row["zip"].isdigit() for row in clean)
    assert sum(row["monthly_charge"].endswith("0") for row in clean) > 100
    for mark in ("\n", '"', ","):
        assert any(mark in row["notes"] for row in clean)
    assert sum(row["notes"] == "=1+1" for row in clean) == 1
    assert {row["legacy_code"] for row in clean} == {""}
    assert {row["currency"] for row in clean} == {"EUR"}


def test_the_target_is_whole_and_can_be_learned(dirty, clean, truth):
    """The target is 0 or 1 in every row, is 1 in a fifth of them, and depends on the features."""
    assert {row["churned"] for row in dirty} == {"0", "1"}
    assert "churned" not in {line["column"] for line in truth}
    names = ("support_calls", "tenure_months", "monthly_charge", "age")
    features = np.array([[float(row[name]) for name in names] for row in clean])
    churned = np.array([int(row["churned"]) for row in clean])
    assert 0.17 < churned.mean() < 0.23
    half = len(clean) // 2
    design = np.column_stack([np.ones(len(clean)), features])
    weights = np.linalg.lstsq(design[:half], churned[:half], rcond=None)[0]
    scores, held_out = design[half:] @ weights, churned[half:]
    pairs = scores[held_out == 1][:, None] > scores[held_out == 0][None, :]
    assert pairs.mean() > 0.75  # the area under the ROC curve


def test_the_script_makes_the_committed_pictures(tmp_path):
    """A run of the script gives the same files and truth, and pictures of the same pixels.

    Not the same bytes: those are for the version of a library to choose.
    """
    from PIL import Image

    script = SAMPLE_DATA / "make_images.py"
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True)
    made, there = tmp_path / "images", SAMPLE_DATA / "images"
    truth = (SAMPLE_DATA / "images_truth.csv").read_bytes()
    assert (tmp_path / "images_truth.csv").read_bytes() == truth
    names = sorted(path.relative_to(there) for path in there.rglob("*") if path.is_file())
    assert sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file()) == names
    assert sum((there / name).stat().st_size for name in names) < 1_000_000
    damaged = {row["file"] for row in read("images_truth.csv")}
    for name in names:
        if name.as_posix() not in damaged:
            pair = [np.asarray(Image.open(root / name), dtype=float) for root in (made, there)]
            assert np.abs(pair[0] - pair[1]).mean() < 2, name


def test_the_truth_of_the_tickets_is_the_whole_truth():
    """Each topic that is missing or wrong has its line; each other one is right."""
    tickets, truth = read("tickets.csv"), read("tickets_truth.csv")
    for line in truth:
        given = tickets[int(line["row"])]["topic"]
        assert given == line["given"] != line["topic"]
        assert line["defect"] == ("wrong" if given else "missing")
    assert {line["row"] for line in truth if line["defect"] == "missing"} == {
        str(row) for row, ticket in enumerate(tickets) if not ticket["topic"]
    }
    wrong = {int(line["row"]) for line in truth if line["defect"] == "wrong"}
    right = [row for row, ticket in enumerate(tickets) if ticket["topic"] and row not in wrong]
    assert 0.03 < len(wrong) / (len(wrong) + len(right)) < 0.1
    says = {"Crash": "help", "Offer": "sales", "Refund": "billing"}
    for row in right:
        first = tickets[row]["text"].split()[0]
        assert tickets[row]["topic"] == says.get(first, tickets[row]["topic"])
