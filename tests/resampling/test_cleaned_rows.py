import warnings
from typing import Any

import imblearn.under_sampling as theirs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

import dataprep as dp
import dataprep.resampling.edited as edited
from dataprep.neighbours import nearest
from dataprep.resampling.asked import Asked, in_place
from dataprep.resampling.rows import Rows
from dataprep.resampling.spaces import by_contents, space_of, unlike_levels
from dataprep.resampling.tomek import linked

METHODS = (
    "TomekLinks",
    "EditedNearestNeighbours",
    "RepeatedEditedNearestNeighbours",
    "AllKNN",
    "NeighbourhoodCleaningRule",
)


def numbers(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Return rows with ties: a grid, duplicates, steps of a tenth far from zero, or none."""
    shape = height, width
    match rng.integers(5):
        case 0:
            return rng.integers(0, 3, shape).astype("float64")
        case 1:
            return rng.normal(size=shape)
        case 2:
            return rng.normal(size=shape)[rng.integers(0, max(2, height // 2), height)]
        case 3:
            return rng.integers(0, 2, shape) * 0.1 + rng.normal() * 100
        case _:
            return np.round(rng.normal(size=shape), 1) * 10.0 ** rng.integers(-3, 6)


def table(rng: np.random.Generator, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers and two to four classes of unlike sizes."""
    classes = int(rng.integers(2, 5))
    X = np.ascontiguousarray(numbers(rng, height, width))
    y = rng.choice(classes, height, p=rng.dirichlet(np.full(classes, 2.0)))
    y[:classes] = range(classes)
    y = rng.permutation(y)
    return (X + 0.7 * y[:, None] if rng.random() < 0.5 else X), y


def parameters(rng: np.random.Generator, method: str, y: np.ndarray) -> dict[str, Any]:
    """Return parameters that both libraries have."""
    words = ["auto", "not minority", "majority", "not majority", "all", "some"]
    strategy: Any = str(rng.choice(words))
    if strategy == "some":
        labels = rng.permutation(np.unique(y)).tolist()
        strategy = labels[: rng.integers(1, len(labels) + 1)]
    found = {"sampling_strategy": strategy}
    if method != "TomekLinks":
        found["n_neighbors"] = int(rng.integers(1, 6))
    if method == "NeighbourhoodCleaningRule":
        found["threshold_cleaning"] = float(rng.choice([0.1, 0.5, 1.0, 1.5]))
    elif method != "TomekLinks":
        found["kind_sel"] = str(rng.choice(["all", "mode"]))
    if method == "AllKNN":
        found["allow_minority"] = bool(rng.integers(2))
    if method == "RepeatedEditedNearestNeighbours":
        found["max_iter"] = int(rng.choice([1, 2, 100]))
    return found


def kept(library: Any, method: str, X: np.ndarray, y: np.ndarray, **given: Any) -> np.ndarray:
    """Return the rows that stay, ascending."""
    sampler = getattr(library, method)(**given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler.fit_resample(X, y)
    return np.sort(sampler.sample_indices_)


@pytest.mark.parametrize("method", METHODS)
def test_the_rows_that_stay_are_those_of_imbalanced_learn(method):
    """The very same ones on tables with ties, for every parameter."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X, y = table(rng, int(rng.integers(8, 150)), int(rng.choice([1, 2, 5, 14, 15, 16, 20])))
        given = parameters(rng, method, y)
        expected = kept(theirs, method, X, y, **given)
        assert np.array_equal(kept(dp, method, X, y, **given), expected), (seed, given)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_rows_of_many_blocks_stay_as_with_imbalanced_learn(method):
    """So many rows that scikit-learn shares them among threads in another way than a few."""
    for seed in range(2):
        rng = np.random.default_rng(seed)
        X, y = table(rng, int(rng.integers(2500, 5000)), int(rng.choice([5, 16, 20])))
        given = parameters(rng, method, y)
        expected = kept(theirs, method, X, y, **given)
        assert np.array_equal(kept(dp, method, X, y, **given), expected), (seed, given)


@pytest.mark.parametrize("width", [16, 17, 33])
def test_few_queries_in_their_places_are_answered_as_all_of_them(width):
    """Bit for bit: the distances, not only the neighbours."""
    rng = np.random.default_rng(width)
    X = rng.normal(size=(3300, width)) * rng.uniform(0.1, 100, width)
    queries = rng.permutation(len(X))[:3001]
    wanted = np.sort(rng.permutation(len(queries))[:150])
    model = NearestNeighbors(n_neighbors=6).fit(X)
    asked, places = in_place(queries, wanted)
    for whole, part in zip(model.kneighbors(X[queries]), model.kneighbors(X[asked]), strict=True):
        assert np.array_equal(whole[wanted], part[places])


@pytest.mark.parametrize("method", METHODS)
def test_copies_of_few_rows_stay_as_with_imbalanced_learn(method):
    """Nearly every row has another upon it: counts, and one row over and over."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X = rng.poisson(0.3, (300, [2, 8, 17, 3][seed])) * (1.0 if seed else 0.0)
        y = (rng.random(300) < 0.3).astype("int64")
        given = {} if method == "TomekLinks" else {"n_neighbors": seed + 1}
        expected = kept(theirs, method, X, y, **given)
        assert np.array_equal(kept(dp, method, X, y, **given), expected), seed


def rows_of(X: np.ndarray, y: np.ndarray, codes: np.ndarray | None = None) -> Rows:
    codes = np.empty((len(X), 0), "int32") if codes is None else codes
    return Rows(X, codes, y, np.zeros(len(X), "int64"))


def test_where_nothing_is_close_scikit_learn_is_not_asked(monkeypatch):
    """Plain numbers without ties are decided here."""
    monkeypatch.setattr(Asked, "neighbours", None)
    monkeypatch.setattr(Asked, "classes", None)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 20)), (rng.random(400) < 0.1).astype("int64")
    for method in METHODS:
        assert 0 < len(kept(dp, method, X, y)) < 400


def test_later_rounds_look_only_at_rows_that_lost_someone(monkeypatch):
    """What has left brings no one nearer."""
    looked = []

    def counted(space: Any, k: int, rows: np.ndarray, others: np.ndarray) -> Any:
        looked.append(len(rows))
        return nearest(space, k, rows, others)

    monkeypatch.setattr(edited, "nearest", counted)
    rng = np.random.default_rng(0)
    rows = rows_of(rng.normal(size=(2000, 6)), (rng.random(2000) < 0.1).astype("int64"))
    hoods = edited.Neighbourhoods(rows, 3, "all")
    first = hoods.edited(hoods.start, [0], 3)
    in_first = sum(looked)
    looked.clear()
    again = hoods.edited(first, [0], 3)
    assert sum(looked) < in_first / 2
    afresh = rows_of(rows.numbers[first], rows.y[first])
    other = edited.Neighbourhoods(afresh, 3, "all")
    assert np.array_equal(np.sort(again), np.sort(first[other.edited(other.start, [0], 3)]))


def by_hand(rows: Rows, k: int, kind: str, targets: list[int]) -> np.ndarray:
    """Return the rows that stay, from all distances; equal rows in the order of contents."""
    space, start = space_of(rows), by_contents(rows)
    stay = []
    for row in range(len(rows)):
        others = start[start != row]
        squares = space.squares(np.full(len(others), row), others)
        labels = rows.y[others[np.argsort(squares, kind="stable")[:k]]]
        counts = np.bincount(labels, minlength=rows.y.max() + 1)
        agree = counts[rows.y[row]] == k if kind == "all" else counts.argmax() == rows.y[row]
        stay.append(agree or rows.y[row] not in targets)
    return np.flatnonzero(stay)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 4), kind=st.sampled_from(["all", "mode"]))
def test_levels_and_gaps_count_and_the_order_of_rows_does_not(seed, k, kind):
    """Levels as in SMOTENC, distances over what both rows have, ties by contents."""
    rng = np.random.default_rng(seed)
    X, y = table(rng, 60, 3)
    X[rng.random(X.shape) < 0.15] = np.nan
    rows = rows_of(X, y, rng.integers(-1, 3, (60, 2)).astype("int32"))
    targets = [0, 1]
    hoods = edited.Neighbourhoods(rows, k, kind)
    stay = np.sort(hoods.edited(hoods.start, targets, k))
    assert np.array_equal(stay, by_hand(rows, k, kind, targets))
    turned = rng.permutation(60)
    again = edited.Neighbourhoods(rows.take(turned), k, kind)
    kept = turned[again.edited(again.start, targets, k)]
    contents = np.column_stack([rows.numbers, rows.codes, rows.y]).astype("U")
    assert sorted(map(tuple, contents[kept])) == sorted(map(tuple, contents[stay]))
    links = linked(rows, targets)
    turned_links = turned[linked(rows.take(turned), targets)]
    assert sorted(map(tuple, contents[links])) == sorted(map(tuple, contents[turned_links]))


def test_unlike_levels_are_as_far_apart_as_smotenc_has_them():
    """For cleaning as for making rows: its indicators are the median deviation over root two."""
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(40, 3)) * [1, 5, 9], rng.integers(0, 4, (40, 2)).astype("int32")
    rows = rows_of(X, rng.integers(0, 2, 40), codes)
    indicators = np.concatenate([np.eye(4)[column] for column in codes.T], axis=1)
    hot = np.hstack([X, indicators * np.median(X.std(axis=0)) / np.sqrt(2)])
    expected = np.linalg.norm(hot[:, None] - hot[None], axis=2)
    left, right = (places.ravel() for places in np.indices((40, 40)))
    assert np.allclose(space_of(rows).distances(left, right).reshape(40, 40), expected)
    assert space_of(rows).unlike == unlike_levels(rows, np.arange(40))


def test_rows_of_nothing_but_levels_are_edited_too():
    """How many levels are unlike is the distance."""
    codes = np.array([[0, 0], [0, 0], [0, 1], [1, 1], [1, 1]], "int32")
    rows = rows_of(np.empty((5, 0)), np.array([0, 0, 0, 1, 1]), codes)
    hoods = edited.Neighbourhoods(rows, 1, "all")
    assert np.array_equal(np.sort(hoods.edited(hoods.start, [0, 1], 1)), np.arange(5))
    rows = rows_of(np.empty((5, 0)), np.array([0, 1, 0, 1, 1]), codes)
    hoods = edited.Neighbourhoods(rows, 1, "all")
    assert hoods.edited(hoods.start, [1], 1).tolist() == [0, 2, 3, 4]


def test_clusters_far_from_zero_are_edited_as_imbalanced_learn_edits_them():
    """There its distances are rounding, and so are its neighbours."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(150, 20)) + 3e7, (rng.random(150) < 0.2).astype("int64")
    for method in ("TomekLinks", "EditedNearestNeighbours", "NeighbourhoodCleaningRule"):
        assert np.array_equal(kept(dp, method, X, y), kept(theirs, method, X, y)), method


def test_two_rows_can_be_a_link():
    """Each is the only other one."""
    assert linked(rows_of(np.array([[0.0], [1.0]]), np.array([0, 1])), [0]).tolist() == [0]
