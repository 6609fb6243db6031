"""Which columns are features where nobody says so, and in which order they come."""

import pandas as pd
import pytest

import dataprep as dp
from dataprep.errors import DataError


def customers():
    """Return 300 rows: numbers, a boolean, a category, and what is no measurement."""
    return pd.DataFrame(
        {
            "user_id": range(300),
            "age": [20.0 + i % 40 for i in range(300)],
            "since": pd.date_range("2024-01-01", periods=300),
            "note": [f"note {i}" for i in range(300)],
            "plan": ["basic", "plus", "gold"] * 100,
            "sent": [True, False] * 150,
            "y": ["no", "yes"] * 150,
        }
    )


def test_features_are_numbers_booleans_and_categories(tmp_path):
    """Frames, Parquet in memory and in windows choose alike, and say what they leave out."""
    customers().to_parquet(tmp_path / "in.parquet")
    for source, window in ((customers(), None), (tmp_path / "in.parquet", None),
                           (tmp_path / "in.parquet", 50)):  # fmt: skip
        rows = dp.feed.opened(source, target="y", window=window)
        assert rows.kinds == {"age": "float", "plan": "category", "sent": "boolean"}
        assert rows.left_out == {
            "user_id": "of kind identifier", "since": "of kind timestamp", "note": "of kind text",
        }  # fmt: skip


def test_gaps_in_what_is_no_feature_do_no_harm():
    """A date and free text that have missing values are left out with one warning."""
    frame = customers()
    frame.loc[3, ["since", "note"]] = None
    with pytest.warns(UserWarning, match="not fed: user_id .*, since .*, note ") as told:
        rows = dp.feed.arrays(frame, "y", features="dict")[0]
    assert len([w for w in told if "not fed" in str(w.message)]) == 1
    assert list(rows) == ["age", "plan", "sent"]
    assert "note" in dp.feed.opened(customers(), target="y", columns="features").kinds


def test_a_run_is_fed_and_trained_on_by_the_same_rule(tmp_path):
    """The kinds that the run recorded say what is a feature."""
    from dataprep.cli import answer

    customers().to_csv(tmp_path / "in.csv", index=False)
    assert answer(["clean", str(tmp_path / "in.csv"), "--target", "y", "-q"]) == 0
    with pytest.warns(UserWarning, match="not fed: "):
        fed = dp.feed.dataset(tmp_path / "in.clean.dataprep")
    assert list(fed.element_spec[0]) == ["age", "plan", "sent"]
    trained = dp.training.train(tmp_path / "in.clean.dataprep", epochs=1)
    assert trained.parameters["features"] == ["age", "plan", "sent"]
    assert set(trained.parameters["left_out"]) == {"user_id", "since", "note"}


def test_free_text_is_fed_where_nothing_else_is():
    """A table of texts is one for a network of texts; dates alone are not guessed at."""
    texts = customers()[["user_id", "note", "y"]]
    assert list(dp.feed.opened(texts, target="y").kinds) == ["note"]
    with pytest.raises(DataError, match=r"no feature left to feed: since \(of kind timestamp\)"):
        dp.feed.opened(customers()[["since", "y"]], target="y")


def test_a_few_rows_to_be_predicted_keep_their_columns():
    """Text of a handful of rows is a category, though each row has another level."""
    assert "plan" in dp.feed.opened(customers()[:3], target=None).kinds


@pytest.mark.parametrize("window", [None, 50])
def test_columns_come_in_the_order_that_they_are_listed_in(window, tmp_path):
    """The first column of a matrix is the first that was named."""
    frame = customers()
    frame.to_parquet(tmp_path / "in.parquet")
    rows = dp.feed.opened(
        tmp_path / "in.parquet", target="y", columns=["sent", "age"], window=window
    )
    assert list(rows.kinds) == ["sent", "age"]
    X, _ = dp.feed.arrays(rows)
    assert X[:, 1].tolist() == frame["age"].tolist()
    X, _ = dp.feed.arrays(frame, "y", columns=("sent", "age"))
    assert X[:, 1].tolist() == frame["age"].tolist()


def test_rows_say_in_a_line_what_they_are():
    """Their arrays are not printed."""
    told = repr(dp.feed.opened(customers(), target="y"))
    assert told == "Held(train: 300 rows; age, plan, sent; target y, 2 classes)"
