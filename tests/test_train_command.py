"""``dataprep train``: from a dirty file to a model's folder in two commands."""

import gzip
import json
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ran, started

from dataprep.feed.training.holding import divided, origin_of

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data" / "images"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="no folder shared/data/images beside the checkout"
)
FILES = [
    "confusion_matrix.png", "history.csv", "learning_curves.png", "logs", "metrics.json",
    "model.keras", "precision_recall.png", "serving.keras", "training.json",
]  # fmt: skip


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    """Clean the sample table by the recipe, and return the folder."""
    folder = tmp_path_factory.mktemp("churn")
    recipe, table = ROOT / "pipelines/churn.yaml", ROOT / "sample_data/churn.csv"
    words = ["--pipeline", recipe, "--sentinel", "-999", "-o", "churn.clean.csv", "-q"]
    answer = ran("clean", table, *words, cwd=folder)
    assert answer.code == 0, answer.err
    return folder


@pytest.fixture
def run(cleaned, dataprep, tmp_path):
    """Return the command, in a folder with the cleaned table."""
    shutil.copytree(cleaned, tmp_path, dirs_exist_ok=True)
    return dataprep


@pytest.mark.slow
def test_from_a_dirty_table_to_a_model_in_two_commands(cleaned):
    """Figures are printed beside those of a constant guess, and TensorFlow says nothing."""
    answer = ran("train", "churn.clean.dataprep", "--epochs", "3", cwd=cleaned)
    assert answer.code == 0, answer.err
    for line in ("a constant guess", "PR AUC of 1", "balanced accuracy", "At the threshold"):
        assert line in answer.out
    for line in answer.err.splitlines():
        assert "dataprep: " in line, line
    assert answer.err.count("epoch ") == 3
    model = cleaned / "churn.model"
    assert sorted(path.name for path in model.iterdir()) == FILES
    metrics = json.loads((model / "metrics.json").read_text())
    judged = metrics["judged"]
    assert (metrics["part"], judged["rows"]) == ("test", 392)
    assert judged["metrics"]["pr_auc"] > 1.3 * judged["constant"]["pr_auc"]
    assert judged["corrected"]["brier"] < judged["metrics"]["brier"]
    for name in ("confusion_matrix", "learning_curves", "precision_recall"):
        assert (model / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    told = json.loads((model / "training.json").read_text())
    assert sorted(told["sha256"]) == [
        f"churn.clean.{part}.csv" for part in ("test", "train", "validation")
    ]
    assert told["weights"] == "sample_weight"
    assert "zip" in told["left_out"]
    again = ran("train", "churn.clean.csv", cwd=cleaned)
    assert again.code == 2
    assert "churn.model: is there already. Name another folder (-o), or say force" in again.err
    shutil.rmtree(model)


@pytest.mark.slow
def test_stopped_in_the_middle_nothing_is_left(cleaned):
    """Ctrl-C ends it with its code, and without a half-written folder."""
    before = sorted(path.name for path in cleaned.iterdir())
    with started("train", "churn.clean.dataprep", "--epochs", "500", cwd=cleaned) as process:
        for line in process.stderr:
            if "epoch 1 of" in line:
                break
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped by SIGINT. Nothing half-written was left." in err
    assert "Traceback" not in err
    assert sorted(path.name for path in cleaned.iterdir()) == before


def test_json_holds_all_figures(run):
    """With --json the answer is the metrics and parameters, and the progress is silent."""
    answer = run("train", "churn.clean.test.csv", "--epochs", "1", "--json", "-o", "mine")
    assert answer.code == 0, answer.err
    assert answer.err == ""
    assert answer.json["folder"] == "mine"
    assert answer.json["training"]["epochs"] == 1
    assert answer.json["metrics"] == json.loads(Path("mine/metrics.json").read_text())


def test_parts_of_a_run_in_parquet_are_told_apart(dataprep):
    """A run whose output is Parquet has its validation and test rows as one in CSV has."""
    shutil.copy(ROOT / "sample_data/churn_clean.csv", "in.csv")
    stages = "[impute: {}, split: {test: 0.2, validation: 0.1}]"
    Path("recipe.yaml").write_text(f"target: churned\nid: customer_id\nstages: {stages}\n")
    for output in ("a.csv", "b.parquet"):
        words = ["--pipeline", "recipe.yaml", "-o", output, "-q"]
        assert dataprep("clean", "in.csv", *words).code == 0
    runs = ("a.dataprep", "b.dataprep")
    parts = [divided(run, origin_of(run), 0, columns=["age"]) for run in runs]
    for a, b in zip(*((p.train, p.validation, p.test) for p in parts), strict=True):
        np.testing.assert_array_equal(a.y, b.y)
        assert a.classes == b.classes == [0, 1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nothing.dataprep"], 3, "nothing.dataprep: no such file or folder"),
        (["."], 3, "is no folder of a run"),
        (
            ["churn.clean.dataprep", "--epochs", "0"],
            2,
            "--epochs: 0 is no whole number",
        ),
        (["churn.clean.dataprep", "--loss", "hinge"], 2, "--loss: unknown choice 'hinge'"),
        (["churn.clean.dataprep", "--model", "cnn"], 2, "--model: 'cnn' is for pictures"),
        (["churn.clean.dataprep", "-o", "no/such"], 3, "the folder does not exist"),
        (["churn.clean.dataprep", "--target", "chrned"], 2, "Did you mean 'churned'"),
    ],
)
def test_what_cannot_be_trained_is_told(run, refused, words, code, said):
    """Errors name the flag or the path; nothing is written."""
    refused("train", *words, code=code, says=said)


def test_without_the_package_the_extra_is_named(run, refused, monkeypatch):
    """Where TensorFlow is not installed, the message says how to install it."""
    import sys

    monkeypatch.setitem(sys.modules, "tensorflow", None)
    said = ["'tensorflow' is not installed", "dataprep-pipeline[tensorflow]"]
    refused("train", "churn.clean.dataprep", code=2, says=said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--learning-rate", "-1"], "--learning-rate: -1.0 is no number above 0"),
        (["--model", "cnn"], "--model: 'cnn' is for pictures"),
        (["--target", "chrned"], "Did you mean 'churned'"),
    ],
)
def test_wrong_words_are_told_before_the_package_is_loaded(run, refused, monkeypatch, words, said):
    """Nobody waits for TensorFlow to be told of a wrong flag: here there is none to load."""
    import sys

    monkeypatch.setitem(sys.modules, "tensorflow", None)
    refused("train", "churn.clean.dataprep", *words, code=2, says=said)


def test_made_rows_without_a_split_are_refused(dataprep, refused):
    """A run that made rows and split none off is not trained on; the remedy is a stage."""
    shutil.copy(ROOT / "sample_data/churn_clean.csv", "in.csv")
    Path("recipe.yaml").write_text("target: churned\nstages: [random_over_sampler: {}]\n")
    assert dataprep("clean", "in.csv", "--pipeline", "recipe.yaml", "-q").code == 0
    refused("train", "in.clean.dataprep", code=2, says=["rows were made", "split: {test: 0.2"])


@pytest.mark.slow
def test_from_a_folder_of_pictures_to_a_model_in_two_commands(dataprep):
    """Pictures are cleaned, divided, augmented while training reads them, and told apart.

    A first try is to show that it works: better by far than a guess, on pictures never seen.
    """
    recipe, pictures = ROOT / "pipelines/images.yaml", ROOT / "sample_data/images"
    words = ["--pipeline", recipe, "--target", "label", "-o", "images.clean.csv", "-q"]
    assert dataprep("clean", pictures, *words).code == 0
    answer = dataprep("train", "images.clean.dataprep", "--epochs", "28", "--json")
    assert answer.code == 0, answer.err
    told, metrics = answer.json["training"], answer.json["metrics"]
    assert (told["model"], told["features"], told["picture"]) == ("cnn", ["image"], [32, 32, 3])
    assert "rotation_range=20" in told["augment"]
    assert told["weights"] == "sample_weight"
    assert sum(told["rows"].values()) == 222
    assert metrics["part"] == "test"
    judged = metrics["judged"]
    assert list(judged["per_class"]) == ["circle", "square", "triangle"]
    assert judged["metrics"]["balanced_accuracy"] > 0.8
    assert judged["metrics"]["log_loss"] < 0.5 * judged["constant"]["log_loss"]
    assert metrics["threshold"] is None


@needs_shared
@pytest.mark.slow
def test_uneven_digits_are_told_apart(dataprep, tmp_path):
    """Handwritten digits, ten zeros for each one: repeated for training, judged as they are."""
    for path in SHARED.glob("t10k-*"):
        (tmp_path / path.name).symlink_to(path)
    labels = gzip.decompress((SHARED / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    zeros, ones = ([i for i, label in enumerate(labels) if label == k] for k in (0, 1))
    rows = sorted([(i, "zero") for i in zeros[:500]] + [(i, "one") for i in ones[:50]])
    listed = [f"t10k-images-idx3-ubyte.gz#{i},{label}\n" for i, label in rows]
    Path("digits.csv").write_text("image,label\n" + "".join(listed))
    stages = "[split: {test: 0.3, validation: 0.2}, random_over_sampler: {}]"
    Path("recipe.yaml").write_text(f"target: label\nimage: image\nstages: {stages}\n")
    assert dataprep("clean", "digits.csv", "--pipeline", "recipe.yaml", "-q").code == 0
    answer = dataprep("train", "digits.clean.dataprep", "--epochs", "4", "--json")
    assert answer.code == 0, answer.err
    judged = answer.json["metrics"]["judged"]
    assert judged["classes"] == {"one": 15, "zero": 150}
    assert judged["positive"] == "one"
    assert judged["metrics"]["pr_auc"] > 0.9
    assert judged["constant"]["pr_auc"] == pytest.approx(15 / 165)
