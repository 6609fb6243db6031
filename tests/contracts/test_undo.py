"""``undo`` gives the input back, cell for cell as text, whatever the table and the stages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import narwhals as nw
import pytest
from conftest import tries
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

import dataprep as dp
from dataprep.config import pipeline_from
from dataprep.errors import DataprepError
from dataprep.jobs.clean import clean_path
from dataprep.jobs.reading import Reading
from dataprep.jobs.running import Running
from dataprep.jobs.undo import undo_path
from dataprep.readers.wanted import Wanted
from dataprep.stage import Change

MODERATE = tries(
    40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

# ---- tables: rows of cells, None for an unquoted empty cell and "" for a quoted one

WORDS = 'NA|?|-|null|00060|Namibia|say "hi"|a,b|two\nlines|=1+1|+49|\'| both |日本|\ttab|0|x;y||ï ✓'
SPELLINGS = "1.50|007| 3 |1e3|nan|inf|-inf|NaN|1|2|3|-4|0.10|+5|.5|5.|1E-2|-0|1_000|1,5|" + "9" * 20
TEXTS = st.none() | st.sampled_from(WORDS.split("|"))
NUMBERS = st.none() | st.sampled_from(SPELLINGS.split("|"))
PLAIN = st.integers(-50, 50).map(str) | st.sampled_from(["9000", "-8000", "12.50", "7.0"])
INTEGERS = st.sampled_from([None, "NA"]) | st.integers(0, 40).map(str) | st.just("12345")
BOOLEANS = st.sampled_from([None, "?", "yes", "no", "True", "FALSE", "t", "f", "YES"])
LEVELS = st.sampled_from([None, "red", "green", "NA", "blue ", "red"])
DAYS = st.sampled_from([None, "2024-01-05", "2023-12-31", "NA", "2024-02-29"])
TIMES = st.sampled_from([None, "2024-01-05 10:00", "2024-01-05T23:59:59.5", "2023-12-31 00:00:00"])
KINDS = (TEXTS, NUMBERS, PLAIN, INTEGERS, BOOLEANS, LEVELS, DAYS, TIMES)
HEADERS = ("note", "odd", "plain value", "age", "ok", 'the "level"', "day", "at")


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str | None]]]:
    """Some columns, each of one kind of cells, and rows of which some come again."""
    chosen = draw(st.lists(st.sampled_from(range(len(KINDS))), min_size=2, max_size=6, unique=True))
    rows = draw(st.lists(st.tuples(*[KINDS[i] for i in chosen]), min_size=1, max_size=25))
    again = draw(st.lists(st.sampled_from(rows), max_size=5))
    return [HEADERS[i] for i in chosen], [list(row) for row in [*rows, *again]]


@st.composite
def frames(draw: st.DrawFn) -> Any:
    """An Arrow table of typed columns, missing values, infinities and repeated rows."""
    import pyarrow as pa

    rows = draw(st.integers(1, 20))
    columns = {
        "x": (st.none() | st.floats(-1e6, 1e6, width=32) | st.just(float("inf")), pa.float64()),
        "n": (st.none() | st.integers(-1000, 1000), pa.int64()),
        "plan": (st.none() | st.sampled_from(["a", "b", "=c"]), pa.string()),
        "ok": (st.none() | st.booleans(), pa.bool_()),
    }
    made = {
        name: pa.array(draw(st.lists(cells, min_size=rows, max_size=rows)), kind)
        for name, (cells, kind) in columns.items()
    }
    again = draw(st.lists(st.integers(0, rows - 1), max_size=4))
    table = pa.table(made)
    return pa.concat_tables([table, table.take(pa.array(again, pa.int64()))])


# ---- pipelines, as YAML has them

ACTIONS = st.sampled_from(["clip", "drop", "null", "flag"])
TAILS = st.sampled_from(["both", "left", "right"])
NAMES = st.sampled_from(["numeric", "continuous", "all"])


def _stage(name: str, **parameters: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.fixed_dictionaries({}, optional=parameters)})


STRATEGIES = ["auto", "mean", "median", "most_frequent", "constant"]
STRATEGIES += ["forward", "backward", "interpolate"]
STAGES = st.one_of(
    _stage("drop_duplicates", keep=st.sampled_from(["first", "last", "none", "most_complete"])),
    _stage(
        "drop_missing", how=st.sampled_from(["any", "all"]), max_missing=st.sampled_from([0.3, 0.6])
    ),
    st.just({"drop_missing": {"axis": "columns", "max_missing": 0.8}}),
    _stage("impute", strategy=st.sampled_from(STRATEGIES)),
    _stage("missing_indicator", features=st.sampled_from(["missing-only", "all"])),
    _stage("iqr", k=st.sampled_from([0.5, 1.5]), action=ACTIONS, tail=TAILS),
    _stage("z_score", threshold=st.sampled_from([0.5, 1.5]), action=ACTIONS, tail=TAILS),
    _stage("mad", threshold=st.sampled_from([0.5, 3.5]), action=ACTIONS, tail=TAILS),
    _stage("quantile", lower=st.just(0.2), upper=st.just(0.8), action=ACTIONS, tail=TAILS),
    _stage("escape_formulas"),
    _stage("types"),
)


def _unlike(stages: list[dict[str, Any]]) -> bool:
    """Tell whether no stage adds its columns twice, which is an error."""
    names = [name for stage in stages for name in stage]
    return len(set(names)) == len(names)


PIPELINES = st.lists(STAGES, min_size=1, max_size=4).filter(_unlike)

# ---- classes, and what balances them

SPLITS = st.sampled_from([[], [{"split": {"test": 0.3, "validation": 0.2, "stratify": False}}]])
SAMPLERS = st.sampled_from(
    [
        {"random_over_sampler": {}},
        {"random_under_sampler": {}},
        {"random_under_sampler": {"replacement": True}},
        {"smote": {"k_neighbors": 1}},
        {"smote": {"k_neighbors": 1, "sampling_strategy": "all"}},
        {"tomek_links": {}},
        {"edited_nearest_neighbours": {"n_neighbors": 2}},
        {"cluster_centroids": {}},
    ]
)


@st.composite
def balancing(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Stages before and after a sampler or two, rows held out or not."""
    before, after = draw(st.lists(STAGES, max_size=2)), draw(st.lists(STAGES, max_size=2))
    samplers = draw(st.lists(SAMPLERS, min_size=1, max_size=2))
    weights: list[dict[str, Any]] = draw(st.sampled_from([[], [{"class_weight": {}}]]))
    return [*before, *draw(SPLITS), *samplers, *after, *weights]


LABELS = st.lists(st.sampled_from(["no", "no", "no", "yes", "yes", "may be"]), min_size=30)

# ---- files


def write_csv(path: Path, header: list[str], rows: list[list[str | None]]) -> None:
    """Write a table in which an empty cell in quotes is text and one without is missing."""

    def cell(value: str | None) -> str:
        if value is None:
            return ""
        plain = value and not set(value) & set('",\n\r;') and value == value.strip()
        return value if plain else '"' + value.replace('"', '""') + '"'

    lines = [",".join(map(cell, row)) for row in [header, *rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")


CELL = re.compile(r'("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n)')


def read_csv(path: Path) -> list[list[str | None]]:
    """Read cells as text, a quoted empty one apart from a missing one."""
    rows: list[list[str | None]] = [[]]
    for cell, end in CELL.findall(path.read_text(encoding="utf-8")):
        quoted = cell.startswith('"')
        rows[-1].append(cell[1:-1].replace('""', '"') if quoted else cell or None)
        if end != ",":
            rows.append([])
    return rows[:-1]


def cleaned(
    folder: Path, rows: Any, stages: list[dict[str, Any]], target: str | None = None
) -> tuple[Path, dict[str, Any]]:
    """Write a table, clean it with a pipeline, and return its path and the summary."""
    source = folder / "data.csv"
    write_csv(source, *rows)
    pipeline = pipeline_from({"stages": stages, "target": target})
    roles = pipeline.roles_given()
    reading = Reading(Wanted(",", header=True))
    return source, clean_path(source, None, lambda _: pipeline, roles, reading, Running())


@pytest.mark.slow
@MODERATE
@given(table=tables(), stages=PIPELINES)
@example(
    table=(["note", "odd"], [["", "1.50"], [None, "007"], ["a", None]]),
    stages=[{"impute": {"strategy": "most_frequent"}}],
)
@example(
    table=(
        ["age", "id"],
        [["1", "a"], ["2", "b"], [None, "c"], ["900", "d"], ["3", ""], ["2", None]],
    ),
    stages=[{"impute": {}}, {"iqr": {"action": "drop"}}],
)
@example(
    table=(["ok", "age"], [["yes", "1"], [None, "2"], ["no", "3"], ["yes", "1"], ["yes", "1"]]),
    stages=[{"drop_duplicates": {"keep": "last"}}, {"impute": {}}, {"mad": {"action": "null"}}],
)
def test_undo_restores_every_cell_of_a_file(table: Any, stages: list[dict[str, Any]]) -> None:
    """A CSV that random stages cleaned comes back cell for cell, blanks and quotes included."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        try:
            source, summary = cleaned(folder, table, stages)
        except DataprepError:
            # A refusal is told, and leaves nothing behind.
            assert [path.name for path in folder.iterdir()] == ["data.csv"]
            return
        undo_path(folder / "data.clean.csv", None, Running())
        assert read_csv(folder / "data.clean.restored.csv") == read_csv(source)
        assert summary["rows_in"] == len(table[1])
        assert summary["rows_in"] == summary["rows_kept"] + summary["rows_rejected"]


@pytest.mark.slow
@MODERATE
@given(table=tables(), labels=LABELS, stages=balancing())
@pytest.mark.filterwarnings("ignore")
def test_undo_takes_made_rows_away(
    table: Any, labels: list[str], stages: list[dict[str, Any]]
) -> None:
    """A file that was divided, thinned out and filled up with new rows comes back."""
    header, rows = table
    rows = [[*row, label] for row, label in zip((rows * 30)[: len(labels)], labels, strict=False)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        try:
            source, summary = cleaned(folder, ([*header, "class"], rows), stages, "class")
        except DataprepError:
            assert [path.name for path in folder.iterdir()] == ["data.csv"]
            return
        undo_path(folder / "data.clean.csv", None, Running())
        assert read_csv(folder / "data.clean.restored.csv") == read_csv(source)
        assert summary["rows_in"] == summary["rows_kept"] + summary["rows_rejected"]
        assert summary["rows_out"] == summary["rows_kept"] + summary["rows_synthetic"]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.slow
@MODERATE
@given(table=frames(), labels=LABELS, stages=balancing())
@pytest.mark.filterwarnings("ignore")
def test_undo_takes_made_rows_from_a_frame(
    library: str, table: Any, labels: list[str], stages: list[dict[str, Any]]
) -> None:
    """A frame that was divided, thinned out and filled up comes back equal."""
    import pyarrow as pa

    rows = pa.array([i % len(table) for i in range(len(labels))])
    frame = _frame(table.take(rows).append_column("class", pa.array(labels)), library)
    try:
        result = dp.clean(frame, pipeline=pipeline_from({"stages": stages, "target": "class"}))
    except DataprepError:
        return
    assert len(result.data) == result.summary["rows_out"]
    assert len(result.provenance) == result.summary["rows_synthetic"] + sum(
        stage["rows_withdrawn"] for stage in result.summary["stages"]
    )
    _assert_same(result.undo(), frame, library)


@pytest.mark.slow
@MODERATE
@given(table=tables())
def test_a_file_without_stages_leaves_as_it_came(table: Any) -> None:
    """Reading, typing and writing change no cell."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        source, summary = cleaned(folder, table, [])
        assert read_csv(folder / "data.clean.csv") == read_csv(source)
        assert summary["cells_changed"] == 0


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.slow
@MODERATE
@given(table=frames(), stages=PIPELINES)
def test_undo_restores_a_frame(library: str, table: Any, stages: list[dict[str, Any]]) -> None:
    """A frame that random stages cleaned comes back equal: values, types, and index labels."""
    frame = _frame(table, library)
    try:
        result = dp.clean(frame, pipeline=pipeline_from({"stages": stages}))
    except DataprepError:
        return
    assert len(result.data) == result.summary["rows_out"]
    _assert_same(result.undo(), frame, library)


def _frame(table: Any, library: str) -> Any:
    if library == "pandas":
        labelled = table.to_pandas().set_axis([i // 2 for i in range(len(table))])
        # The same words as pandas had them before it had a type for text.
        return labelled.assign(old=labelled["plan"].astype(object))
    if library == "polars":
        import polars as pl

        return pl.from_arrow(table)
    return table


def _assert_same(back: Any, frame: Any, library: str) -> None:
    if library == "pandas":
        import pandas as pd

        pd.testing.assert_frame_equal(_one_missing(back), _one_missing(frame))
    elif library == "polars":
        from polars.testing import assert_frame_equal

        assert_frame_equal(back, frame)
    else:
        assert back.equals(frame)


def _one_missing(frame: Any) -> Any:
    """Return a frame whose columns of objects have one missing value, not two."""
    objects = [name for name, dtype in frame.dtypes.items() if str(dtype) == "object"]
    return frame.assign(
        **{name: frame[name].where(frame[name].notna(), None).astype(object) for name in objects}
    )


@dataclass(eq=False, repr=False)
class ChangesAndRemoves(dp.Stage):
    """Change a column's cells, and perhaps their type, and remove a column in the same step."""

    removed: str = "x"
    kind: Any = None

    def learn(self, table: Any) -> dict[str, Any]:
        """Return nothing: no row teaches anything here."""
        return {}

    def change(self, table: Any, state: Any) -> Change:
        """Double ``x`` and let a column go."""
        return Change(
            cells={"x": nw.col("x") * 2.5},
            kinds={} if self.kind is None else {"x": self.kind},
            removes={self.removed: "not needed"},
        )


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("kind", [None, "float"])
@pytest.mark.parametrize("removed", ["x", "y"])
def test_one_step_may_change_and_remove(removed: str, kind: Any, library: str) -> None:
    """Cells that a step changed come back though the step removed their column, or another."""
    import pyarrow as pa

    table = pa.table({"x": [1, 2, 7], "y": ["a", "b", None]})
    frame = table.to_pandas() if library == "pandas" else _frame(table, library)
    pipeline = dp.Pipeline([ChangesAndRemoves(removed, kind)])
    result = dp.clean(frame, pipeline=pipeline)
    assert removed not in nw.from_native(result.data).columns
    _assert_same(result.undo(), frame, library)
