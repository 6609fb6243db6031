"""A preprocessing model goes with the network: saved, loaded elsewhere, exported, served."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from held_against_transform import check_equal, frame_of

import dataprep as dp
from dataprep.errors import ConfigError, DataError, ReadError, SchemaError
from dataprep.jobs.clean import apply_path
from dataprep.jobs.reading import Reading
from dataprep.jobs.running import Running

ROOT = Path(__file__).parents[2]
ADULT = ROOT.parent / "shared" / "data" / "tables" / "adult-train.csv"
NAMES = [
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours per week", "country"),
    "income",
]
ELSEWHERE = """
import sys

class NoDataprep:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "dataprep":
            raise ImportError("dataprep is not here")

sys.meta_path.insert(0, NoDataprep())
import keras
import numpy as np
import tensorflow as tf

model = keras.models.load_model(sys.argv[1])
rows = np.load(sys.argv[2], allow_pickle=True)
found = model({name: tf.constant(rows[name]) for name in rows.files})
np.save(sys.argv[3], found.numpy())
"""


@pytest.fixture(scope="module", autouse=True)
def keras():
    """Keras, without TensorFlow's own words."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    pytest.importorskip("tensorflow", reason="the extra 'tensorflow' is not installed")
    return pytest.importorskip("keras", reason="the extra 'tensorflow' is not installed")


@pytest.fixture
def train() -> pd.DataFrame:
    """A small table with gaps and an outlier."""
    return pd.DataFrame(
        {
            "age": [20.0, 30.0, None, 40.0, 35.0, 1000.0],
            "visits": pd.array([1, 2, None, 4, 5, 3], dtype="Int64"),
            "plan": ["a", "b", None, "a", "a", "c"],
            "day": ["2024-01-31", None, "2024-02-01", "2024-02-02", "2024-02-03", "2024-02-04"],
        }
    )


@pytest.fixture
def pipeline(train: pd.DataFrame) -> dp.Pipeline:
    """What a table usually needs."""
    stages = [
        dp.DropDuplicates(),
        dp.Impute(by="plan"),
        dp.IQR(),
        dp.Scale(columns=["age"], method="robust"),
        dp.Scale(columns=["visits"], method="quantile", output_distribution="normal"),
        dp.Encode(columns="plan", max_levels=2),
    ]
    return dp.Pipeline(stages, id="day").fit(train)


def served(keras: Any, pipeline: dp.Pipeline) -> tuple[Any, Any]:
    """Return the preprocessing, and a model of it and a network behind it."""
    keras.utils.set_random_seed(0)
    before = dp.feed.preprocessing_model(pipeline, features="matrix")
    network = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(1, "sigmoid")])
    return before, keras.Model(before.input, network(before.output))


def test_a_matrix_is_the_columns_in_order(pipeline: dp.Pipeline, train: pd.DataFrame) -> None:
    """The matrix is the frame that transform gives, without what is no feature."""
    found = dp.feed.preprocessing_model(pipeline, features="matrix")(
        dp.feed.model_inputs(pipeline, train)
    )
    wanted = pipeline.transform(train).drop(columns="day").astype("float64")
    assert found.dtype == "float32"
    np.testing.assert_allclose(found.numpy(), wanted, 1e-6, 1e-6)


def test_saved_with_a_network_and_exported(
    keras: Any, pipeline: dp.Pipeline, train: pd.DataFrame, tmp_path: Path
) -> None:
    """The whole model, the loaded one and the served one say the same of rows and of a row."""
    import tensorflow as tf

    before, model = served(keras, pipeline)
    inputs = dp.feed.model_inputs(pipeline, train)
    wanted = model(inputs).numpy()
    assert np.isfinite(wanted).all()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs), wanted)
    model.export(tmp_path / "served", verbose=False)
    service = tf.saved_model.load(tmp_path / "served")
    np.testing.assert_allclose(service.serve(inputs), wanted, 1e-6)
    one = {name: values[2:3] for name, values in inputs.items()}
    np.testing.assert_allclose(service.serve(one), wanted[2:3], 1e-6)
    stacked = keras.Sequential([before, model.layers[-1]])
    np.testing.assert_allclose(stacked(inputs), wanted, 1e-6)
    batches = tf.data.Dataset.from_tensor_slices(inputs).batch(4)
    np.testing.assert_allclose(loaded.predict(batches, verbose=0), wanted, 1e-6)


@pytest.mark.slow
def test_loaded_where_dataprep_is_not(
    keras: Any, pipeline: dp.Pipeline, train: pd.DataFrame, tmp_path: Path
) -> None:
    """A saved model needs Keras alone, in safe mode: no class of ours, no function."""
    _, model = served(keras, pipeline)
    inputs = dp.feed.model_inputs(pipeline, train)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "rows.npz", **{name: value.numpy() for name, value in inputs.items()})
    files = [str(tmp_path / name) for name in ("model.keras", "rows.npz", "found.npy")]
    environment = {**os.environ, "PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    ran = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *files],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    np.testing.assert_allclose(np.load(files[2]), model(inputs), 1e-6)


@pytest.mark.slow
def test_layers_of_our_own_are_loaded_and_served(keras: Any, tmp_path: Path) -> None:
    """Text that is read and normalised is saved, loaded and exported as well."""
    import tensorflow as tf

    train = pd.DataFrame(
        {
            "price": ["1.299,00 EUR", "15,50 EUR", None, "-7,25 EUR"],
            "city": ["  S\u00e3o  Paulo", "\uff22onn", "=1+1", "Bonn"],
        }
    )
    stages = [dp.Types(kinds={"city": "text"}), dp.NormaliseText(case="upper")]
    pipeline = dp.Pipeline([*stages, dp.EscapeFormulas()]).fit(train)
    check_equal(pipeline, train)
    model = dp.feed.preprocessing_model(pipeline)
    inputs = dp.feed.model_inputs(pipeline, train)
    wanted = {name: value.numpy().tolist() for name, value in model(inputs).items()}
    assert wanted["city"] == [text.encode() for text in ("S\u00c3O PAULO", "BONN", "'=1+1", "BONN")]
    model.save(tmp_path / "model.keras")
    model.export(tmp_path / "served", verbose=False)
    for again in (
        keras.models.load_model(tmp_path / "model.keras"),
        tf.saved_model.load(tmp_path / "served").serve,
    ):
        found = {name: value.numpy() for name, value in again(inputs).items()}
        np.testing.assert_allclose(found["price"], wanted["price"])
        assert found["city"].tolist() == wanted["city"]


def test_a_model_with_our_layers_is_loaded_in_a_new_process(tmp_path: Path) -> None:
    """``load_model`` registers what Keras does not have; a bare load says which class it lacks."""
    train = pd.DataFrame({"city": [" Bonn", "Ulm", "Bonn", "ulm "] * 5})
    pipeline = dp.Pipeline([dp.NormaliseText(case="upper"), dp.MergeCategories()]).fit(train)
    dp.feed.preprocessing_model(pipeline).save(tmp_path / "model.keras")
    program = (
        "import sys, keras, tensorflow as tf\n"
        "try:\n"
        "    keras.models.load_model(sys.argv[1])\n"
        "except TypeError as error:\n"
        "    assert 'dataprep>' in str(error)\n"
        "import dataprep as dp\n"
        "model = dp.feed.load_model(sys.argv[1])\n"
        "print(model({'city': tf.constant([' ulm'])})['city'].numpy()[0].decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "model.keras"],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "ULM\n", done.stderr[-2000:]


def test_what_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    """No file, and a file that holds something else, are told with their path."""
    (tmp_path / "no.keras").write_text("no model")
    for name, words in (("none.keras", "no such file"), ("no.keras", "no model of Keras")):
        with pytest.raises(ReadError, match=f"{name}: .*{words}"):
            dp.feed.load_model(tmp_path / name)


WAYS = [
    *(("NFC", "lower"), ("NFD", "upper"), ("NFKC", "casefold"), ("NFKD", None), (None, "lower")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("form", "case"), WAYS)
def test_every_character_is_normalised_as_python_does(form: Any, case: Any) -> None:
    """All of Unicode, but what combines with its neighbours; each beside letters."""
    import tensorflow as tf

    points = [chr(p) for p in range(0x20000) if not 0xD800 <= p <= 0xDFFF]
    train = pd.DataFrame({"t": ["a", "B"]})
    stage = dp.NormaliseText(form=form, case=case, columns="t", replacements={"k(": ")\\1"})
    pipeline = dp.Pipeline([stage]).fit(train)
    model = dp.feed.preprocessing_model(pipeline)
    from dataprep.feed.serving.characters import tables_of

    tables = [tables_of(way) for way in (form, case) if way]
    loose = {int(p) for each in tables for p in (*each.loose, *each.alone)}
    kept = [c for c in points if not {*map(ord, _through(c, form, case))} & loose]
    kept = [f"k({c} x" for c in kept]
    assert len(kept) > 100_000
    found = [text.decode() for text in model({"t": tf.constant(kept)})["t"].numpy()]
    wanted = pipeline.transform(pd.DataFrame({"t": kept}))["t"].tolist()
    differing = [(k, f, w) for k, f, w in zip(kept, found, wanted, strict=True) if f != w]
    assert not differing, differing[:5]


def _through(text: str, form: str | None, case: str | None) -> str:
    import unicodedata

    found = text
    for way in (form, case, form):
        if way:
            new = getattr(str, way)(text) if way == case else unicodedata.normalize(way, text)
            text, found = new, found + new
    return found


def test_loose_accents_fail_instead_of_being_another_text() -> None:
    """What combines with its neighbours is not guessed at."""
    import tensorflow as tf

    train = pd.DataFrame({"t": ["a", "b"]})
    pipeline = dp.Pipeline([dp.NormaliseText(columns="t")]).fit(train)
    model = dp.feed.preprocessing_model(pipeline)
    assert model({"t": tf.constant(["S\u00e3o", ""])})["t"].numpy()[0].decode() == "S\u00e3o"
    with pytest.raises(tf.errors.InvalidArgumentError, match="as loose accents do"):
        model({"t": tf.constant(["Sa\u0303o"])})
    # Marks that nothing is made of are fine in their order, and only so.
    ordered = "\u05d1\u05b7\u05bc"
    assert model({"t": tf.constant([ordered])})["t"].numpy()[0].decode() == ordered
    with pytest.raises(tf.errors.InvalidArgumentError, match="as loose accents do"):
        model({"t": tf.constant(["\u05d1\u05bc\u05b7"])})


def test_a_capital_sigma_fails_in_lower_case() -> None:
    """Its small letter is another one at the end of a word; in other cases it is a letter."""
    import tensorflow as tf

    train, word = pd.DataFrame({"t": ["a", "b"]}), "\u039f\u0394\u039f\u03a3"
    for case in ("lower", "upper", "casefold"):
        pipeline = dp.Pipeline([dp.NormaliseText(columns="t", case=case)]).fit(train)
        model = dp.feed.preprocessing_model(pipeline)
        if case == "lower":
            with pytest.raises(tf.errors.InvalidArgumentError, match="depend on those beside"):
                model({"t": tf.constant([word])})
        else:
            found = model({"t": tf.constant([word])})["t"].numpy()[0].decode()
            assert found == getattr(word, case)()


def test_values_to_be_refused_are() -> None:
    """Where transform raises for a cell, the model fails with the column and the remedy."""
    import tensorflow as tf

    train = pd.DataFrame({"plan": ["a", "b", "a"]})
    stage = dp.Encode(columns="plan", handle_unknown="error", handle_missing="error")
    model = dp.feed.preprocessing_model(dp.Pipeline([stage]).fit(train))
    assert model({"plan": tf.constant(["b"])})["plan_b"].numpy() == [1.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"plan: a value was not there at fit"):
        model({"plan": tf.constant(["a", "z"])})
    with pytest.raises(tf.errors.InvalidArgumentError, match="plan: a value is missing"):
        model({"plan": tf.constant(["a", ""])})
    typed = dp.Pipeline([dp.Types()]).fit(pd.DataFrame({"age": ["34", "?", "51"]}))
    model = dp.feed.preprocessing_model(typed)
    np.testing.assert_array_equal(model({"age": tf.constant([" 7", "NA"])})["age"], [7, np.nan])
    for wrong in ("x", "1.5", "007", "nan1"):
        with pytest.raises(tf.errors.InvalidArgumentError, match="age: a cell is not of kind"):
            model({"age": tf.constant([wrong])})


def test_a_pipeline_of_a_file_knows_its_words_for_missing(keras: Any, tmp_path: Path) -> None:
    """Raw cells give what ``dataprep apply`` makes of a file that holds them."""
    import tensorflow as tf

    (tmp_path / "train.csv").write_text(
        "age,plan,day,note\n" + "20, a,2024-01-01,x y\n-999, b,?,u v\n40, ?,2024-01-03,?\n" * 8
    )
    stages = [dp.Impute(strategy="most_frequent"), dp.Encode(columns="plan")]
    kinds = {"plan": "category", "note": "text"}
    pipeline = dp.clean(
        tmp_path / "train.csv", pipeline=dp.Pipeline(stages), sentinels=["-999"], kinds=kinds
    ).pipeline
    cells = {
        "age": ["-999", "33", "20", "7"],
        "plan": ["?", "  N/A ", " b", "?b"],
        "day": [" ? ", "2024-01-03", "-", "NA"],
        "note": ["?", " NA ", "x y", "n/a"],
    }
    (tmp_path / "new.csv").write_text(pd.DataFrame(cells).to_csv(index=False))
    apply_path(pipeline, tmp_path / "new.csv", tmp_path / "out.parquet", Reading(), Running())
    wanted = pd.read_parquet(tmp_path / "out.parquet")
    model = dp.feed.preprocessing_model(pipeline, dtype="float64")
    model.save(tmp_path / "model.keras")
    ages = tf.constant([float(age) for age in cells["age"]], "float64")
    inputs = {name: tf.constant(texts) for name, texts in cells.items()} | {"age": ages}
    for found in (model(inputs), keras.models.load_model(tmp_path / "model.keras")(inputs)):
        assert list(found) == list(wanted.columns)
        for name in wanted:
            values = found[name].numpy()
            if values.dtype == object:
                texts = ["" if pd.isna(value) else str(value)[:10] for value in wanted[name]]
                assert [text.decode() for text in values] == texts
            else:
                np.testing.assert_array_equal(values, wanted[name].astype("float64"))


CELLS = [
    ("$1,234.50", "($7.25)", "$-3", " $12,000 "),
    ("1 234,5 kr", "-7,25 kr", "3 kr", "12\u00a0000 kr"),
    ("1'234.5", "7.25-", "3", "12\u2019000"),
    ("1234,5", "\u22127,25", "3", "1e-3"),
    ("12 %", "-7.5 %", "+3%", ".5 %"),
    ("1,23,456", "12,34,567", "3", "-1,00,000"),
    ("1.5", "-.5", "+3", "2e+10"),
]


@pytest.mark.parametrize("cells", CELLS)
def test_numbers_in_the_style_of_the_column(cells: tuple[str, ...]) -> None:
    """Currencies, groups of digits, decimal commas and all forms of a minus."""
    train = pd.DataFrame({"price": [*cells, None, "n/a"]})
    check_equal(dp.Pipeline([dp.Types(sentinels=(3,))]).fit(train), pd.concat([train] * 2))


def test_what_cannot_be_said_is_refused(train: pd.DataFrame) -> None:
    """Text in a matrix, dates in another style, keys of spellings, options that there are not."""
    make = dp.feed.preprocessing_model
    plain = dp.Pipeline([dp.Impute()]).fit(train)
    with pytest.raises(ConfigError, match=r"there is text in 'plan', 'day'.*Encode"):
        make(plain, features="matrix")
    with pytest.raises(ConfigError, match="'frame' is none of 'dict', 'matrix'"):
        make(plain, features="frame")  # type: ignore[arg-type]
    days = pd.DataFrame({"day": ["31/12/2024", "13/1/2024"]})
    with pytest.raises(ConfigError, match="a graph reads dates as 2024-01-31"):
        make(dp.Pipeline([dp.Types()]).fit(days))
    times = pd.DataFrame({"at": pd.to_datetime(["2024-01-01", "2024-01-02"]), "x": [1.0, None]})
    with pytest.raises(ConfigError, match="'at', by which groups were learned, is of kind timest"):
        make(dp.Pipeline([dp.Impute(by="at")]).fit(times))
    with pytest.raises(Exception, match="not fitted yet"):
        make(dp.Pipeline([dp.Impute()]))
    with pytest.raises(SchemaError, match="Did you mean 'aeg'"):
        dp.feed.model_inputs(plain, train.rename(columns={"age": "aeg"}))
    with pytest.raises(DataError, match=r"no frame. Read it first: dataprep.read\('new.csv'\)"):
        dp.feed.model_inputs(plain, "new.csv")


def test_inputs_of_a_file_that_was_read(train: pd.DataFrame, tmp_path: Path) -> None:
    """A table as dataprep.read gives it is taken as a frame is; transform names the way to one."""
    train = train.drop(columns="day")
    pipeline = dp.Pipeline([dp.Impute()]).fit(train)
    train.to_csv(tmp_path / "new.csv", index=False)
    table = dp.read(tmp_path / "new.csv")
    wanted = dp.feed.model_inputs(pipeline, train)
    for name, values in dp.feed.model_inputs(pipeline, table).items():
        np.testing.assert_array_equal(values, wanted[name])
    for called in (pipeline.transform, pipeline.fit):
        with pytest.raises(DataError, match=r"a Table, as dataprep.read .* its \.to_pandas\(\)"):
            called(table)


@pytest.mark.slow
def test_the_sample_table_from_its_file() -> None:
    """A pipeline that was fitted on a file serves rows of values."""
    path = ROOT / "sample_data" / "churn.csv"
    stages = [
        dp.NormaliseText(),
        dp.Impute(by="plan"),
        dp.MissingIndicator(columns="numeric"),
        dp.IQR(columns="continuous", k=3.0),
        dp.Scale(columns="continuous"),
        dp.Encode(columns="category", max_levels=10),
        dp.DropColumns(),
    ]
    pipeline = dp.Pipeline(stages, target="churned", id="customer_id")
    fitted = dp.clean(str(path), pipeline=pipeline).pipeline
    rows = frame_of(dp.read(str(path)).to_arrow())
    check_equal(fitted, rows.replace("", None), dtype="float32")


@pytest.mark.slow
@pytest.mark.skipif(not ADULT.exists(), reason="no shared/data/tables beside the checkout")
def test_census_rows() -> None:
    """A whole pipeline on the census: learned from half of its rows, equal on the others."""
    rows = pd.read_csv(ADULT, names=NAMES, skipinitialspace=True, na_values="?")
    stages = [
        dp.DropDuplicates(),
        dp.Impute(),
        dp.Quantile(columns=["fnlwgt"], lower=0.01, upper=0.99),
        dp.MAD(columns=["hours per week"], action="flag"),
        dp.MergeCategories(min_share=0.01, variants=()),
        dp.Encode(columns=["country", "occupation"], method="target"),
        dp.Encode(columns=["education"], method="frequency"),
        dp.Encode(),
        dp.Scale(overrides={"fnlwgt": "quantile", "capital-gain": "robust"}),
    ]
    pipeline = dp.Pipeline(stages, target="income").fit(rows.iloc[::2])
    check_equal(pipeline, rows.iloc[1::2].drop(columns="income"), dtype="float32")
