"""Whole runs over pictures: the sample, photographs that repeat each other, and digits."""

import csv
from pathlib import Path

import numpy as np
import pytest
from conftest import cells, summary_of

ROOT = Path(__file__).parent.parent
RECIPE = ROOT / "pipelines" / "images.yaml"
SHARED = ROOT.parent / "shared" / "data" / "images"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="no folder shared/data/images beside the checkout"
)


def rejected_of(output):
    """Return stage and reason of the rejected rows, by their pictures."""
    head, *rows = cells(Path(output).with_suffix(".dataprep") / "rejected.csv")
    at = [head.index(name) for name in ("image", "_stage", "_reason")]
    return {row[at[0]]: (row[at[1]], row[at[2]]) for row in rows}


def test_the_recipe_finds_the_truth_of_the_sample(dataprep):
    """All that was damaged goes, each for what was done to it, and nothing else does."""
    answer = dataprep(
        "clean", ROOT / "sample_data" / "images", "--pipeline", RECIPE, "-o", "out.csv", "-q"
    )
    assert answer.code == 0, answer.err
    with (ROOT / "sample_data" / "images_truth.csv").open(encoding="utf-8") as file:
        truth = {row["file"]: row for row in csv.DictReader(file)}
    stage = {
        "corrupt": "1:drop_corrupt_images",
        "empty": "1:drop_corrupt_images",
        "near_black": "2:z_score",
        "near_white": "2:z_score",
        "near_duplicate": "4:image_duplicates",
    }
    found = rejected_of("out.csv")
    assert {name: told[0] for name, told in found.items()} == {
        name: stage[row["defect"]] for name, row in truth.items() if row["defect"] in stage
    }
    for name, row in truth.items():
        if row["of"]:
            assert f"{row['of']} (row " in found[name][1]
    summary = summary_of("out.csv")
    assert summary["input"]["files_skipped"] == {"no picture by its name": 1}
    assert summary["rows_in"] == summary["rows_kept"] + summary["rows_rejected"] == 233
    rows = {part: file["rows"] for part, file in summary["output"]["parts"].items()}
    assert sum(rows.values()) == 222
    head, *lines = cells("out.train.csv")
    problems = [line[head.index("image_problem")] for line in lines if "100.png" in line[0]]
    assert problems in ([], ["named as PNG, but it is JPEG"])


@needs_shared
def test_resized_and_corrupt_photographs_are_found(dataprep):
    """Of eight photographs the corrupt one and the resized one go, the mirrored one if asked."""
    recipe = ROOT / "pipelines" / "photos.yaml"
    words = ["clean", SHARED / "near_duplicates", "--pipeline", recipe, "-o", "out.csv", "-q"]
    assert dataprep(*words).code == 0
    found = rejected_of("out.csv")
    assert set(found) == {"ukbench00120_resize.jpg", "ukbench09268_corrupt.jpg"}
    assert found["ukbench00120_resize.jpg"][1] == "0 of 64 bits from ukbench00120.jpg (row 0)"
    assert "no picture" in found["ukbench09268_corrupt.jpg"][1]
    assert dataprep(*words, "-f", "--set", "image_duplicates.flips=true").code == 0
    again = rejected_of("out.csv")
    assert again["ukbench00120_hflip.jpg"][1].endswith("ukbench00120.jpg (row 0), mirrored")
    assert len(again) == 3


@needs_shared
@pytest.mark.slow
def test_ten_thousand_digits_are_measured(dataprep):
    """The MNIST test images are rows with labels, their means those of the bytes."""
    import gzip

    Path("p.yaml").write_text("target: label\nstages: [image_stats, drop_corrupt_images]")
    answer = dataprep(
        "clean", SHARED / "t10k-images-idx3-ubyte.gz", "--pipeline", "p.yaml", "-o", "o.csv", "-q"
    )
    assert answer.code == 0, answer.err
    head, *rows = cells("o.csv")
    with gzip.open(SHARED / "t10k-images-idx3-ubyte.gz") as file:
        values = np.frombuffer(file.read()[16:], "uint8").reshape(10_000, -1)
    means = [float(row[head.index("image_mean")]) for row in rows]
    assert means == pytest.approx(values.mean(axis=1).tolist())
    assert [row[1] for row in rows[:5]] == ["7", "2", "1", "0", "4"]
