import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataprep import neighbours
from dataprep.errors import DataError, MissingExtraError
from dataprep.neighbours import Space, blocked, boxes, flat, nearest, surely_nearer, trees
from dataprep.neighbours.bounds import Bounds


def by_hand(space: Space, k: int, rows: np.ndarray, others: np.ndarray) -> tuple:
    squares = np.array([space.squares(np.full(len(others), row), others) for row in rows])
    squares[rows[:, None] == others] = np.inf
    places = np.broadcast_to(np.arange(len(others)), squares.shape)
    order = np.lexsort((places, squares))[:, :k]
    return others[order], np.sqrt(np.take_along_axis(squares, order, axis=1))


def made(seed: int, height: int, width: int, levelled: int, *, grid: bool, gaps: bool) -> Space:
    rng = np.random.default_rng(seed)
    numbers = (
        rng.integers(0, 3, (height, width)) * 1.0 if grid else rng.normal(size=(height, width))
    )
    codes = rng.integers(0, 3, (height, levelled)).astype("int32")
    if gaps:
        numbers[rng.random(numbers.shape) < 0.2] = np.nan
        codes[rng.random(codes.shape) < 0.2] = -1
    return Space(numbers, codes, unlike=1.5)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(8, 60),
    width=st.integers(1, 20),
    levelled=st.integers(0, 2),
    grid=st.booleans(),
    gaps=st.booleans(),
    k=st.integers(1, 3),
)
def test_the_nearest_are_those_found_by_hand(seed, height, width, levelled, grid, gaps, k):
    """Exact distances, ties by position, with and without levels and gaps."""
    space = made(seed, height, width, levelled, grid=grid, gaps=gaps)
    rng = np.random.default_rng(seed)
    rows = rng.permutation(height)[: height // 2]
    others = rng.permutation(height)[: max(k + 1, height // 2)]
    found = nearest(space, k, rows, others)
    indices, distances = by_hand(space, k, rows, others)
    assert np.array_equal(found.distances, distances)
    comparable = np.isfinite(distances)
    assert np.array_equal(found.indices[comparable], indices[comparable])


@pytest.mark.parametrize("scale", [1e-200, 1e-20, 1.0, 1e20, 1e150])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_neither_unit_nor_offset_changes_who_is_near(scale, offset):
    """Squares of huge numbers do not overflow, those of tiny ones do not vanish."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(300, 4))
    near = nearest(Space((numbers + offset) * scale), 3)
    rounded = (numbers + offset) * scale / scale
    assert np.array_equal(near.indices, nearest(Space(rounded), 3).indices)


def test_clusters_far_apart_are_searched_in_double_precision():
    """What single precision cannot tell apart, double precision does."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(400, 3)) + np.where(np.arange(400) % 2, 1e4, -1e4)[:, None]
    space, rows = Space(numbers), np.arange(400)
    assert blocked.precision(space, rows, rows, 3, itself=False) == "float64"
    assert np.array_equal(nearest(space, 3).indices, by_hand(space, 3, rows, rows)[0])


def test_rows_more_than_a_block_are_found_across_blocks(monkeypatch):
    """The order of blocks has no say in who is near."""
    space = made(1, 700, 5, 1, grid=True, gaps=False)
    whole = nearest(space, 4)
    monkeypatch.setattr(blocked, "ROWS_AT_A_TIME", 37)
    monkeypatch.setattr(blocked, "OTHERS_AT_A_TIME", 64)
    monkeypatch.setattr(blocked, "_PAIRS_AT_A_TIME", 100)
    parts = nearest(space, 4)
    assert np.array_equal(whole.indices, parts.indices)
    assert np.array_equal(whole.distances, parts.distances)


def test_many_equal_rows_are_neighbours_in_their_order():
    """A heap of one point takes the first ones, and does not take the row itself."""
    found = nearest(Space(np.zeros((500, 2))), 2)
    assert found.indices[0].tolist() == [1, 2]
    assert found.indices[1].tolist() == [0, 2]
    assert found.indices[400].tolist() == [0, 1]


def test_a_row_may_count_as_its_own_neighbour():
    """Then it is the nearest, but for equal rows before it."""
    found = nearest(Space(np.array([[0.0], [5.0], [0.0]])), 1, itself=True)
    assert found.indices[:, 0].tolist() == [0, 1, 0]


def test_rows_without_a_common_column_are_infinitely_far():
    """They come last."""
    space = Space(np.array([[1.0, np.nan], [np.nan, 1.0], [4.0, np.nan]]))
    found = nearest(space, 2, np.array([0]))
    assert found.indices.tolist() == [[2, 1]]
    assert found.distances.tolist() == [[np.sqrt(9 * 2), np.inf]]


def test_too_few_rows_are_refused_with_the_number_there_is():
    """The remedy names it."""
    with pytest.raises(DataError, match=r"4 neighbours wanted of 2 other rows\. Ask for at most 2"):
        nearest(Space(np.zeros((3, 1))), 4)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), width=st.integers(1, 12), grid=st.booleans(), gaps=st.booleans())
def test_whoever_is_surely_nearer_is_nearer(seed, width, grid, gaps):
    """Rounding never says yes; away from the radius it never says no."""
    space = made(seed, 80, width, 1, grid=grid, gaps=gaps)
    rows = np.arange(80)
    squares = np.array([space.squares(np.full(80, row), rows) for row in rows])
    np.fill_diagonal(squares, np.inf)
    radii = np.sqrt(np.random.default_rng(seed).uniform(0.5, 2, 80) * width)
    found = surely_nearer(space, radii, 5)
    line, turn = np.nonzero(found >= 0)
    assert (squares[line, found[line, turn]] < np.square(radii)[line]).all()
    assert all(len(set(row[row >= 0])) == (row >= 0).sum() for row in found)
    clear = (squares < 0.99 * np.square(radii)[:, None]).sum(axis=1)
    assert ((found >= 0).sum(axis=1) >= np.minimum(clear, 5)).all()


@pytest.mark.parametrize("search", [blocked.nearest, boxes.nearest, trees.nearest, flat.nearest])
@pytest.mark.parametrize("itself", [True, False])
def test_every_search_finds_the_same(search, itself, monkeypatch):
    """Ties, duplicates and all, whatever the width."""
    monkeypatch.setattr(boxes, "_IN_A_BOX", 16)
    monkeypatch.setattr(blocked, "ROWS_AT_A_TIME", 32)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        space = made(seed, 200, int(rng.integers(1, 30)), 0, grid=bool(seed % 2), gaps=False)
        if seed % 3 == 0:
            space = Space(space.numbers[rng.integers(0, 60, 200)])
        rows, others = rng.permutation(200)[:90], np.sort(rng.permutation(200)[:120])
        found = search(space, rows, others, 3, itself)
        squares = np.array([space.squares(np.full(120, row), others) for row in rows])
        if not itself:
            squares[rows[:, None] == others] = np.inf
        order = np.argsort(squares, axis=1, kind="stable")[:, :3]
        assert np.array_equal(found.indices, others[order])
        assert np.array_equal(found.distances, np.sqrt(np.take_along_axis(squares, order, axis=1)))


def test_far_boxes_are_not_looked_into(monkeypatch):
    """Of two heaps of rows that are far apart, each is searched alone."""
    rng = np.random.default_rng(0)
    space = Space(rng.normal(size=(6000, 8)) + np.repeat([[0.0], [50.0]], 3000, axis=0))
    compared = []
    block = Bounds.block

    def counted(self, left, right, room):
        compared.append(len(left.numbers) * len(right.numbers))
        return block(self, left, right, room)

    monkeypatch.setattr(Bounds, "block", counted)
    rows = np.arange(6000)
    found = boxes.nearest(space, rows, rows, 4, False)
    assert sum(compared) < 0.75 * 6000**2
    assert ((found.indices < 3000) == (rows < 3000)[:, None]).all()


def test_an_approximate_search_finds_most_and_is_never_nearer():
    """Its distances are exact ones."""
    space = made(0, 600, 12, 0, grid=False, gaps=False)
    exact, found = nearest(space, 3), nearest(space, 3, approximate=True)
    assert (found.distances >= exact.distances).all()
    assert (found.indices == exact.indices).mean() > 0.9


def test_an_approximate_search_asks_for_the_extra(monkeypatch):
    """The error names what to install."""
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtraError, match=r"dataprep-pipeline\[neighbours\]"):
        nearest(made(0, 50, 12, 0, grid=False, gaps=False), 3, approximate=True)


def test_the_search_is_chosen_by_width_and_size(monkeypatch):
    """A tree for few columns, boxes for more, faiss for many of large tables, blocks otherwise."""
    monkeypatch.setattr(neighbours, "_LARGE", 1)

    def chosen(width: int, *, gaps: bool = False, k: int = 3) -> object:
        space = made(0, 20, width, 0, grid=False, gaps=gaps)
        return neighbours._search(space, 20, 20, k, approximate=False)

    assert chosen(6) is trees.nearest
    assert chosen(7) is blocked.nearest
    with monkeypatch.context() as patched:
        patched.setattr(boxes, "FEWEST", 20)
        assert chosen(7) is chosen(16) is boxes.nearest
        assert chosen(17) is chosen(7, gaps=True) is blocked.nearest
    assert chosen(48) is flat.nearest
    assert chosen(48, k=13) is chosen(6, gaps=True) is blocked.nearest


@pytest.mark.parametrize("width", [3, 64, 65, 1000])
def test_a_pair_alone_has_the_bits_it_has_among_others(width):
    """However wide rows are, and in whatever order their numbers lie in memory."""
    rng = np.random.default_rng(width)
    numbers = rng.normal(size=(50, width))
    pairs = np.repeat(np.arange(50), 50), np.tile(np.arange(50), 50)
    together = Space(numbers).squares(*pairs)
    turned = Space(np.asfortranarray(numbers)).squares(*pairs)
    alone = [Space(numbers).squares(*pair)[0] for pair in np.c_[pairs][:, :, None]]
    assert np.array_equal(together, turned)
    assert np.array_equal(together, alone)


def test_wide_rows_are_compared_a_few_at_a_time():
    """Memory follows the table, not the number of pairs."""
    space = Space(np.random.default_rng(0).normal(size=(60, 20_000)))
    pairs = np.repeat(np.arange(60), 60), np.tile(np.arange(60), 60)
    tracemalloc.start()
    space.squares(*pairs)
    nearest(space, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * space.numbers.nbytes


def test_a_number_beside_which_all_others_vanish_is_refused():
    """Their squares would be nothing: every row would be as near as every other."""
    numbers = np.random.default_rng(0).normal(size=(60, 3))
    numbers[7, 1] = 1e200
    with pytest.raises(DataError, match=r"1e\+200.*vanish") as refusal:
        nearest(Space(numbers), 2)
    assert "Clip" in str(refusal.value)
