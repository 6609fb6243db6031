"""Stages and pipelines as estimators: the checks of scikit-learn and imbalanced-learn, and more.

One table, `EXCEPTIONS`, lists the checks that cannot apply, each with its reason; a test proves
that each entry is still needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from typing import Any, Literal, get_args, get_origin, get_type_hints

import imblearn.pipeline
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from imblearn.utils import estimator_checks as imblearn_checks
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import estimator_checks as sklearn_checks
from sklearn.utils.validation import check_is_fitted

import dataprep as dp
from dataprep.errors import ConfigError, DataError, DataprepError, SchemaError
from dataprep.registry import stage_class, stage_names

pytestmark = pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from")

# ---- scikit-learn's and imbalanced-learn's own checks


CHANGED: dict[str, dict[str, Any]] = {
    "impute_iterative": {"max_iter": 2},
    "isolation_outliers": {"n_estimators": 10},
    "smotenc": {"categorical_features": [0]},
    "instance_hardness_threshold": {"estimator": "decision_tree"},
    "cluster_centroids": {"voting": "soft"},
    "label_errors": {"teacher": "logistic_regression", "folds": 2},
    "tabular_vae": {"epochs": 1, "hidden": (8,), "embedding_dim": 2},
}
"""Fewer turns and trees of the dear stages: no check asks how well they learn. What SMOTENC needs
to know of an array; and centroids that are alike for dense and for sparse rows."""


WITHOUT_NUMBERS = [name for name in stage_names() if stage_class(name).pictures]
"""Stages that read the files that a column names: the checks give arrays of numbers alone, which
these stages refuse. A test says so; the contract of stages tries them on a table of pictures."""


def default_stages() -> list[dp.Stage]:
    """Return every registered stage with its default parameters, but for a few."""
    names = [name for name in stage_names() if name not in WITHOUT_NUMBERS]
    return [stage_class(name)(**CHANGED.get(name, {})) for name in names]


def other_phases() -> list[dp.Stage]:
    """Return every stage whose phase changes with one of its choices, so changed."""
    found = []
    for stage in default_stages():
        hints = get_type_hints(type(stage))
        for item in fields(stage):  # type: ignore[arg-type]
            choices = get_args(hints[item.name]) if get_origin(hints[item.name]) is Literal else ()
            for choice in choices:
                changed = type(stage)(**{**stage.get_params(), item.name: choice})
                if changed.phase != stage.phase:
                    found.append(changed)
    return found


def other_choices() -> list[dp.Stage]:
    """Return stages with parameters that make them do something else in the same phase."""
    return [
        dp.IQR(action="null"),
        dp.IQR(action="flag"),
        dp.DropMissing(axis="columns", how="all"),
        dp.MissingIndicator(features="all"),
        dp.DetectErrors(action="repair"),
        dp.Impute(strategy="most_frequent"),
        dp.Impute(strategy="interpolate"),
        dp.DropDuplicates(keep="most_complete"),
        dp.Scale(method="quantile", output_distribution="normal"),
        dp.Scale(method="min_max", clip=True),
        dp.Encode(method="ordinal", columns="features"),
        dp.Encode(method="target"),
        dp.DropColumns(max_correlation=0.95),
    ]


def pipelines() -> list[dp.Pipeline]:
    """Return pipelines of one phase, of the other, of both and of nothing."""
    return [
        dp.Pipeline([dp.Impute(), dp.IQR()]),
        dp.Pipeline([dp.DropDuplicates(), dp.IQR(action="drop")]),
        dp.Pipeline(
            [dp.DropMissing(), dp.Impute(), dp.ZScore(action="drop"), dp.IQR(columns="continuous")]
        ),
        dp.Pipeline([dp.MissingIndicator(), dp.Impute(strategy="mean")]),
        dp.Pipeline(),
    ]


ESTIMATORS = [*default_stages(), *other_phases(), *other_choices(), *pipelines()]
SAMPLERS = [estimator for estimator in ESTIMATORS if hasattr(estimator, "fit_resample")]
ASKED_BY_SETTING = {repr(estimator) for estimator in [*other_choices(), *pipelines()]}
"""Who gets `GLOBAL_CHECKS`: stages and pipelines of both phases, with columns that come and go."""


def stages_of(estimator: Any) -> list[dp.Stage]:
    """Return the stages of a pipeline, or the stage itself."""
    return [stage for _, stage in estimator.steps_of()]


def balances_no_classes(estimator: Any) -> bool:
    """Tell whether rows go for what they hold, whatever their class."""
    return hasattr(estimator, "fit_resample") and not any(s.sampler for s in stages_of(estimator))


def takes_any_target(estimator: Any) -> bool:
    """Tell whether rows go for what they hold, and their classes are not judged."""
    return balances_no_classes(estimator) and not any(s.relabels for s in stages_of(estimator))


def knows_no_classes(estimator: Any) -> bool:
    """Tell whether rows neither go nor are weighed by their class."""
    return takes_any_target(estimator) and not any(s.weighs for s in stages_of(estimator))


def leaves_no_gap(estimator: Any) -> bool:
    """Tell whether rows with missing values go, or missing values are filled."""
    return any(
        isinstance(stage, dp.Impute | dp.ImputeKNN | dp.ImputeIterative)
        or (isinstance(stage, dp.DropMissing) and stage.axis == "rows")
        for stage in stages_of(estimator)
    )


def scores_by_neighbours(estimator: Any) -> bool:
    """Tell whether rows that were learned from are scored without themselves."""
    return any(isinstance(s, dp.LOF) and s.phase == "repair" for s in stages_of(estimator))


def needs_two_columns(estimator: Any) -> bool:
    """Tell whether there must be a number and a level in each row."""
    return any(isinstance(stage, dp.SMOTENC) for stage in stages_of(estimator))


def cannot_keep_gaps(estimator: Any) -> bool:
    """Tell whether a lone column with missing values is filled, or not enough to go by."""
    needs_clusters = any(isinstance(stage, dp.KMeansSMOTE) for stage in stages_of(estimator))
    return leaves_no_gap(estimator) or needs_two_columns(estimator) or needs_clusters


def divides_rows(estimator: Any) -> bool:
    """Tell whether rows are divided into parts, each of which must have every class."""
    return any(isinstance(stage, dp.Split) for stage in stages_of(estimator))


def removes_gappy_columns(estimator: Any) -> bool:
    """Tell whether a column with a single missing value goes."""
    return any(
        isinstance(stage, dp.DropMissing) and stage.axis == "columns" and stage.how == "any"
        for stage in stages_of(estimator)
    )


def finds_rare_levels(estimator: Any) -> bool:
    """Tell whether rows of a level that is rarer than all others may go."""
    return any(
        isinstance(stage, dp.IsolationOutliers) and stage.action == "drop"
        for stage in stages_of(estimator)
    )


def adds_flags(estimator: Any) -> bool:
    """Tell whether columns of true and false come to a table of numbers."""
    return any(
        getattr(stage, "action", "") == "flag" or getattr(stage, "features", "") == "all"
        for stage in stages_of(estimator)
        # Random numbers have no suspicious cells, so there is nothing to flag.
        if not isinstance(stage, dp.DetectErrors)
    )


CONTAINER_CHECKS = [
    sklearn_checks.check_set_output_transform_pandas,
    sklearn_checks.check_set_output_transform_polars,
]
GLOBAL_CHECKS = [
    sklearn_checks.check_global_output_transform_pandas,
    sklearn_checks.check_global_set_output_transform_polars,
]
"""They ask what the others ask, by the setting of scikit-learn. One line of the base class reads
it, so that not every stage is asked."""
NAME_CHECKS = [
    sklearn_checks.check_dataframe_column_names_consistency,
    sklearn_checks.check_transformer_get_feature_names_out,
    sklearn_checks.check_transformer_get_feature_names_out_pandas,
    sklearn_checks.check_set_output_transform,
]

EXCEPTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "check_target_type": (
        takes_any_target,
        "asks that numbers to predict be refused as y: dropping rows serves regression as well",
    ),
    "check_samplers_one_label": (
        knows_no_classes,
        "asks that a single class be refused: there is nothing to balance here",
    ),
    "check_samplers_fit": (
        balances_no_classes,
        "asks for sampling_strategy_, the share of each class: classes have no part here",
    ),
    "check_samplers_nan": (
        cannot_keep_gaps,
        "asks that missing values be left in rows of a column: not to leave them is what a stage "
        "is for; SMOTENC needs a second column, KMeansSMOTE a cluster with half of a class",
    ),
    "check_samplers_string": (
        lambda estimator: finds_rare_levels(estimator) or needs_two_columns(estimator),
        "asks that each of three levels be left: the rarest is the outlier, with nothing beside "
        "it; SMOTENC needs a number beside it",
    ),
    "check_estimators_pickle": (
        removes_gappy_columns,
        "fits on a table with gaps in every column: the stage refuses to leave no column at all",
    ),
    **dict.fromkeys(
        (
            "check_dict_unchanged",
            "check_dont_overwrite_parameters",
            "check_f_contiguous_array_estimator",
            "check_fit2d_1feature",
            "check_fit2d_predict1d",
            "check_methods_sample_order_invariance",
            "check_methods_subset_invariance",
        ),
        (
            divides_rows,
            "fits on classes of a single row: a part would be without them, which is an error",
        ),
    ),
    **dict.fromkeys(
        ("check_transformer_general", "check_transformer_data_not_an_array"),
        (
            scores_by_neighbours,
            "asks that fit_transform be fit and transform: in training no row is its own neighbour",
        ),
    ),
    **{
        check.__name__: (
            adds_flags,
            "asks that a frame have the one type of the array: its flags are true and false",
        )
        for check in [*CONTAINER_CHECKS, *GLOBAL_CHECKS]
    },
}
"""The checks that cannot apply: to which estimators, and why."""


def exceptions_of(estimator: Any) -> dict[str, str]:
    """Return the checks that cannot apply to an estimator, with the reasons."""
    return {name: why for name, (applies, why) in EXCEPTIONS.items() if applies(estimator)}


def collected(parametrize_with_checks: Any, estimators: list[Any]) -> Any:
    """Return the decorator that gives a test all checks of estimators, as a list.

    pytest will take no generator from its version 10 on. And scikit-learn warns that no estimator
    here inherits from its own class: that would have to be imported before anything is done.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Estimator .* does not inherit from")
        mark = parametrize_with_checks(estimators, expected_failed_checks=exceptions_of).mark
        names, checks = mark.args
        return pytest.mark.parametrize(names, list(map(_not_run, checks)), **mark.kwargs)


def _not_run(case: Any) -> Any:
    """Leave out a check that cannot apply: `test_each_exception_is_needed` sees it fail."""
    marks = [pytest.mark.xfail(**mark.kwargs, run=False) for mark in getattr(case, "marks", ())]
    return pytest.param(*case.values, marks=marks) if marks else case


@collected(sklearn_checks.parametrize_with_checks, ESTIMATORS)
def test_scikit_learn_checks(estimator, check):
    """Every stage and pipeline passes scikit-learn's checks of an estimator."""
    check(estimator)


@collected(imblearn_checks.parametrize_with_checks, SAMPLERS)
def test_imbalanced_learn_checks(estimator, check):
    """What has ``fit_resample`` passes imbalanced-learn's checks of a sampler too."""
    check(estimator)


def checks_of_its_own(estimator: Any) -> Iterator[tuple[str, Any]]:
    """Return the checks of names and containers, which scikit-learn keeps for its own."""
    if hasattr(estimator, "transform"):
        by_setting = GLOBAL_CHECKS if repr(estimator) in ASKED_BY_SETTING else []
        for check in [*NAME_CHECKS, *CONTAINER_CHECKS, *by_setting]:
            yield check.__name__, partial(check, type(estimator).__name__)


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pytest.param(
            estimator,
            check,
            id=f"{estimator!r}-{name}",
            marks=[pytest.mark.xfail(reason=exceptions_of(estimator)[name], run=False)]
            if name in exceptions_of(estimator)
            else [],
        )
        for estimator in ESTIMATORS
        for name, check in checks_of_its_own(estimator)
    ],
)
def test_scikit_learn_checks_of_names_and_containers(estimator, check):
    """Column names and ``set_output`` pass the checks that scikit-learn keeps for its own."""
    check(clone(estimator))


def all_checks(estimator: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Return every check of an estimator by its name, ready to be called."""
    for made, check in sklearn_checks.estimator_checks_generator(estimator):
        yield check.func.__name__, partial(check, made)
    if hasattr(estimator, "fit_resample"):
        for made, check in imblearn_checks.estimator_checks_generator(estimator):
            yield check.func.__name__, partial(check, made)
    for name, check in checks_of_its_own(estimator):
        yield name, partial(check, estimator)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXCEPTIONS)
def test_each_exception_is_needed(name):
    """A check that is listed as impossible does fail, for every estimator that it is listed for."""
    applies, _ = EXCEPTIONS[name]
    ran = 0
    for estimator in filter(applies, ESTIMATORS):
        for check_name, check in all_checks(estimator):
            if check_name == name:
                ran += 1
                with pytest.raises((AssertionError, DataError)):
                    check()
    assert ran


def test_no_registered_stage_is_left_out():
    """Every registered stage is checked in each phase, with a real number of checks."""
    checked = {stage_class(name) for name in stage_names() if name not in WITHOUT_NUMBERS}
    assert {type(e) for e in ESTIMATORS} == {dp.Pipeline, *checked}
    assert {repr(stage) for stage in other_phases()} >= {
        "DropMissing(axis='columns')",
        "IQR(action='drop')",
    }
    for estimator in ESTIMATORS:
        assert len([*sklearn_checks.estimator_checks_generator(estimator)]) > 30, estimator
    for estimator in SAMPLERS:
        assert len([*imblearn_checks.estimator_checks_generator(estimator)]) > 10, estimator
    assert {estimator.phase for estimator in SAMPLERS if isinstance(estimator, dp.Stage)} == {
        "training"
    }


@pytest.mark.parametrize("name", WITHOUT_NUMBERS)
def test_a_stage_of_pictures_refuses_numbers_and_is_cloned(name):
    """What reads files names the column that it needs; its parameters are an estimator's."""
    made = stage_class(name)(image_root="photos")
    assert clone(made).get_params() == made.get_params()
    with pytest.raises(ConfigError, match=rf"{name}\.image: no column holds pictures.*--image"):
        stage_class(name)().fit(np.ones((5, 3)))
    with pytest.raises(ConfigError, match=r"'x0' is of kind float, it names no pictures"):
        stage_class(name)(image="x0").fit(np.ones((5, 3)))
    with pytest.raises(ConfigError, match=r"no column named 'photo'"):
        stage_class(name)(image="photo").fit(pd.DataFrame({"image": ["1.jpg"]}))


# ---- inside scikit-learn and imbalanced-learn


@pytest.fixture
def people() -> tuple[pd.DataFrame, np.ndarray]:
    """Return 80 rows with gaps, outliers and repeats, and a class that depends on them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, 80).astype(float),
            "income": rng.normal(3000, 500, 80),
            "plan": rng.choice(["basic", "plus"], 80),
        },
        index=[f"p{i}" for i in range(80)],
    )
    y = (frame["income"] > 3000).to_numpy().astype(int)
    frame.iloc[5, 0] = np.nan
    frame.iloc[9, 2] = None
    frame.iloc[11, 1] = 1e6
    frame.iloc[20] = frame.iloc[21]
    y[20] = y[21]
    return frame, y


def test_in_a_scikit_learn_pipeline_with_a_classifier(people):
    """Stages and a pipeline of them are steps before a classifier, and in cross-validation."""
    frame, y = people
    numbers = frame[["age", "income"]]
    steps = (dp.Impute(), dp.IQR(), StandardScaler(), LogisticRegression())
    model = make_pipeline(*steps).fit(numbers, y)
    assert model.predict(numbers.head(3)).shape == (3,)
    nested = make_pipeline(dp.Pipeline([dp.Impute(), dp.IQR()]), *map(clone, steps[2:]))
    np.testing.assert_array_equal(nested.fit(numbers, y).predict(numbers), model.predict(numbers))
    assert cross_val_score(nested, numbers, y, cv=3, error_score="raise").mean() > 0.8
    assert "Impute" in nested._repr_html_()


def test_names_come_out_of_a_pipeline_of_both(people):
    """``get_feature_names_out`` passes through scikit-learn's pipeline, made columns included."""
    frame, _ = people
    made = make_pipeline(dp.MissingIndicator(), dp.Impute(), "passthrough").fit(frame)
    names = ["age", "income", "plan", "age_missing", "plan_missing"]
    assert made.get_feature_names_out().tolist() == names
    array = dp.MissingIndicator().fit(np.array([[1.0, np.nan], [2.0, 3.0]]))
    assert array.get_feature_names_out().tolist() == ["x0", "x1", "x1_missing"]
    assert array.get_feature_names_out(["a", "b"]).tolist() == ["a", "b", "b_missing"]
    with pytest.raises(SchemaError, match="not equal to feature_names_in_"):
        made[0].get_feature_names_out(["plan", "age", "income"])


def test_in_a_column_transformer(people):
    """A stage is a branch of a ColumnTransformer over a pandas frame, and gives pandas if asked."""
    frame, y = people
    branches = ColumnTransformer(
        [
            (
                "numbers",
                dp.Pipeline([dp.Impute(), dp.IQR()]),
                make_column_selector(dtype_include=float),
            ),
            (
                "words",
                make_pipeline(dp.Impute(strategy="most_frequent"), OneHotEncoder()),
                ["plan"],
            ),
        ]
    )
    model = make_pipeline(branches, LogisticRegression(max_iter=5000)).fit(frame, y)
    assert model.predict(frame.head(3)).shape == (3,)
    names = model[0].get_feature_names_out().tolist()
    assert names[:3] == ["numbers__age", "numbers__income", "words__plan_basic"]
    numbers = ColumnTransformer([("numbers", dp.Impute(), ["age"])]).set_output(transform="pandas")
    out = numbers.fit_transform(frame)
    assert out.columns.tolist() == ["numbers__age"]
    assert out.index.equals(frame.index)
    assert not out.isna().any().any()


def test_in_a_feature_union(people):
    """Two stages side by side give their columns side by side."""
    frame, _ = people
    union = make_union(dp.Impute(), dp.IQR(action="null")).set_output(transform="pandas")
    assert union.fit_transform(frame[["age", "income"]]).shape == (80, 4)


def test_grid_search_tunes_stages(people):
    """A grid search sets a stage's parameter, and one of a stage inside a pipeline."""
    frame, y = people
    model = make_pipeline(
        dp.Pipeline([dp.Impute(), dp.ZScore()]),
        dp.IQR(),
        StandardScaler(),
        LogisticRegression(),
    )
    grid = {
        "iqr__k": [1.5, 3.0],
        "pipeline__impute__strategy": ["mean", "median"],
        "pipeline__z_score__threshold": [2.0],
    }
    search = GridSearchCV(model, grid, cv=2, error_score="raise")
    search.fit(frame[["age", "income"]], y)
    assert set(search.best_params_) == set(grid)
    assert model[0].stages[0].strategy == "auto", "the search changed the stage that it was given"
    assert model[0].stages[1].threshold == 3.0


def test_training_stages_in_an_imbalanced_learn_pipeline(people):
    """Rows are dropped while it fits; 3 rows get 3 predictions, outlier and repeat among them."""
    frame, y = people
    numbers = frame[["age", "income"]]
    model = imblearn.pipeline.make_pipeline(
        dp.DropDuplicates(),
        dp.IQR(action="drop"),
        dp.Impute(),
        StandardScaler(),
        LogisticRegression(),
    ).fit(numbers, y)
    assert model.predict(numbers.iloc[[11, 20, 21]]).shape == (3,)
    assert model[3].n_samples_seen_ == 78, (
        "the outlier and one of the repeated rows are for training"
    )
    assert cross_val_score(model, numbers, y, cv=3, error_score="raise").mean() > 0.8


def test_pipelines_in_an_imbalanced_learn_pipeline(people):
    """A pipeline that repairs is a step of it; of one that drops rows as well, the stages are."""
    frame, y = people
    numbers = frame[["age", "income"]]
    repair = dp.Pipeline([dp.Impute(), dp.IQR()])
    model = imblearn.pipeline.make_pipeline(dp.DropDuplicates(), repair, LogisticRegression())
    assert model.fit(numbers, y).predict(numbers.head(3)).shape == (3,)
    both = dp.Pipeline([dp.DropDuplicates(), dp.Impute()])
    model = imblearn.pipeline.make_pipeline(*both.stages, LogisticRegression())
    assert model.fit(numbers, y).predict(numbers.head(3)).shape == (3,)


def test_rows_are_dropped_before_a_regressor_too(people):
    """Numbers to predict are no obstacle to dropping rows, and leave with their rows."""
    frame, _ = people
    y = frame["age"].fillna(0.0) / 3
    X, kept = dp.DropDuplicates().fit_resample(frame, y)
    assert X.index.equals(kept.index)
    assert len(kept) == 79


def test_fit_resample_without_a_target(people):
    """Dropping rows needs no target: without one, None comes back."""
    frame, _ = people
    X, y = dp.DropDuplicates().fit_resample(frame)
    assert (len(X), y) == (79, None)


# ---- parameters, clones, containers


def test_clone_is_equal_and_unfitted(people):
    """A clone has the same parameters, its own stages, and nothing learned."""
    frame, _ = people
    stage = dp.Impute(strategy="mean", columns=["age"]).fit(frame)
    pipe = dp.Pipeline([stage, dp.IQR(k=2.0)], extra="allow").set_output(transform="pandas")
    pipe.fit(frame)
    copy = clone(pipe)
    assert repr(copy.get_params(deep=False)) == repr(pipe.get_params(deep=False))
    assert copy.stages[0] is not stage
    assert copy._sklearn_output_config == {"transform": "pandas"}
    check_is_fitted(pipe)
    for made in (copy, copy.stages[0]):
        with pytest.raises(NotFittedError):
            check_is_fitted(made)
    with pytest.raises(NotFittedError, match="Call 'fit'"):
        copy.transform(frame)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_parameters_round_trip(estimator):
    """What ``get_params`` gives, ``set_params`` takes, and the estimator is the same."""
    params = estimator.get_params(deep=False)
    made = type(estimator)().set_params(**params)
    assert repr(made) == repr(estimator)
    assert made.get_params(deep=False) == params


def test_set_params_of_a_pipeline():
    """The parameters of a stage are set by its name, numbered where it occurs twice."""
    pipe = dp.Pipeline([dp.IQR(), dp.Impute(), dp.IQR()])
    pipe.set_params(iqr__k=2.0, iqr_2__action="flag", impute=dp.Impute(strategy="mean"))
    assert repr(pipe) == ("Pipeline([IQR(k=2.0), Impute(strategy='mean'), IQR(action='flag')])")
    assert pipe.get_params()["iqr_2__action"] == "flag"
    with pytest.raises(ConfigError, match=r"Did you mean 'strategy'"):
        pipe.set_params(impute__stratgy="mean")
    with pytest.raises(ConfigError, match=r"Did you mean 'impute'"):
        pipe.set_params(imputer__strategy="mean")


def test_wrong_parameters_are_told_at_fit(people):
    """A parameter may hold anything until ``fit``, which names its place and what is allowed."""
    frame, y = people
    with pytest.raises(ConfigError, match=r"iqr\.k: -1"):
        dp.IQR(k=-1).fit(frame)
    with pytest.raises(ConfigError, match=r"stages\[1\]\.k: -1"):
        dp.Pipeline([dp.Impute(), dp.IQR(k=-1)]).fit(frame)
    with pytest.raises(ConfigError, match=r"extra: 'maybe'.*'error' or 'allow'"):
        dp.Pipeline([dp.Impute()], extra="maybe").fit(frame)
    with pytest.raises(ConfigError, match=r"stages: 3 is no list"):
        dp.Pipeline(3).fit(frame)
    with pytest.raises(ConfigError, match=r"stages\[0\]"):
        dp.Pipeline(["impute"]).fit_resample(frame, y)


@pytest.mark.parametrize(("wanted", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)])
def test_set_output_of_a_frame_and_an_array(people, wanted, kind):
    """``set_output`` decides what comes out, whatever went in; so does scikit-learn's setting."""
    frame, _ = people
    given = [frame, pl.from_pandas(frame), pa.Table.from_pandas(frame), np.ones((3, 2))]
    for X in given:
        out = dp.Impute().set_output(transform=wanted).fit(X).transform(X)
        assert isinstance(out, kind)
        with sklearn.config_context(transform_output=wanted):
            assert isinstance(dp.Impute().fit_transform(X), kind)
    with pytest.raises(ConfigError, match="'default', 'pandas' or 'polars'"):
        dp.Impute().set_output(transform="arrow")


def test_pandas_comes_out_as_it_went_in():
    """Index, column order, names and types stay: nullable, categorical, datetime and sparse too."""
    frame = pd.DataFrame(
        {
            "z": pd.array([1, None, 3], dtype="Int64"),
            "grade": pd.Categorical(["b", None, "a"], categories=["c", "b", "a"], ordered=True),
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-03"]),
            "zone": pd.to_datetime(["2020-01-01", None, "2020-01-03"]).tz_localize("UTC"),
            "flag": pd.array([True, None, False], dtype="boolean"),
            "text": pd.array(["00060", "NA", None], dtype="string"),
            "small": np.array([1.5, np.nan, 2.5], dtype="float32"),
            "sparse": pd.arrays.SparseArray([0.0, 1.0, 0.0]),
            "a": [3, 1, 2],
        },
        index=pd.Index(["x", "x", "y"], name="who"),
    )
    frame.columns.name = "fields"
    given = frame.copy()
    out = dp.EscapeFormulas().fit(frame).transform(frame)
    pd.testing.assert_frame_equal(out, frame)
    filled = dp.Impute(strategy="most_frequent", columns="features").fit(frame).transform(frame)
    pd.testing.assert_series_equal(filled.dtypes, frame.dtypes)
    assert filled.index.equals(frame.index)
    assert not filled.isna().any().any()
    pd.testing.assert_frame_equal(frame, given)


def test_a_range_index_stays_one():
    """The index of the rows is kept as it is, and its labels follow the rows that are kept."""
    frame = pd.DataFrame({"a": [1.0, 2.0, 2.0, 3.0]})
    out = dp.Impute().fit(frame).transform(frame)
    assert isinstance(out.index, pd.RangeIndex)
    kept, y = dp.DropDuplicates().fit_resample(frame, pd.Series([0, 1, 1, 0], index=frame.index))
    assert kept.index.tolist() == y.index.tolist() == [0, 1, 3]


def test_column_names_that_are_numbers_stay_numbers():
    """A frame whose columns are called 0 and 1 comes out with those names, at serving too."""
    frame = pd.DataFrame([[1.0, 2.0], [None, 4.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = dp.Impute().fit(frame).transform(frame)
    assert out.columns.tolist() == [0, 1]
    assert out.iloc[1, 0] == 1.0


def test_polars_in_polars_out():
    """A Polars frame comes out as one, its types kept, null and NaN told apart where untouched."""
    frame = pl.DataFrame(
        {
            "n": [1, None, 3],
            "x": [1.0, float("nan"), None],
            "plan": pl.Series(["a", None, "a"], dtype=pl.Categorical),
            "size": pl.Series(["s", "l", None], dtype=pl.Enum(["s", "l"])),
        }
    )
    assert dp.EscapeFormulas().fit(frame).transform(frame).equals(frame)
    out = dp.Impute().fit(frame).transform(frame)
    assert isinstance(out, pl.DataFrame)
    assert out.schema == frame.schema
    assert out.null_count().sum_horizontal().item() == 0
    lazy = dp.Impute().fit(frame.lazy()).transform(frame.lazy())
    assert lazy.equals(out)
    X, y = dp.DropMissing().fit_resample(frame, pl.Series("y", [1, 2, 3]))
    assert isinstance(X, pl.DataFrame)
    assert y.to_list() == [1]


def test_arrow_in_arrow_out():
    """A PyArrow table comes out as one, its schema and metadata kept."""
    table = pa.table(
        {
            "n": pa.array([1, None, 3], pa.int32()),
            "plan": pa.array(["a", None, "a"]).dictionary_encode(),
        }
    ).replace_schema_metadata({"source": "test"})
    out = dp.Impute().fit(table).transform(table)
    assert out.schema.equals(table.schema, check_metadata=True)
    assert out.to_pydict() == {"n": [1, 2, 3], "plan": ["a", "a", "a"]}
    X, y = dp.DropMissing().fit_resample(table, pa.chunked_array([[1, 2, 3]]))
    assert isinstance(X, pa.Table)
    assert y.to_pylist() == [1, 3]


def test_numpy_in_numpy_out():
    """An array comes out as one of its own type, or floats where whole numbers went missing."""
    whole = np.array([[1, 1], [2, 1], [3, 2], [2, 1], [400, 2]])
    assert dp.IQR().fit_transform(whole).dtype == whole.dtype
    nulled = dp.IQR(action="null").fit_transform(whole)
    assert nulled.dtype == np.float64
    assert np.isnan(nulled[4, 0])
    single = whole.astype("float32")
    assert dp.IQR().fit_transform(single).dtype == np.float32
    flagged = dp.IQR(action="flag").fit_transform(single)
    assert flagged.dtype == np.float32
    assert flagged[:, -2].tolist() == [0, 0, 0, 0, 1]


def test_text_in_an_array_stays_text():
    """Digits in an array of objects are text: leading zeros are not lost."""
    array = np.array([["00060", 1.0], ["10115", None], ["00501", 3.0]], dtype=object)
    out = dp.Impute().fit_transform(array)
    assert out[:, 0].tolist() == ["00060", "10115", "00501"]
    assert out[:, 1].tolist() == [1.0, 2.0, 3.0]


# ---- the target


def test_the_target_may_be_a_column_or_come_apart(people):
    """``fit`` and ``fit_resample`` take the target either way, and serving needs it neither way."""
    frame, y = people
    pipe = dp.Pipeline([dp.DropDuplicates(), dp.Impute(), dp.IQR(action="drop")], target="y")
    X, kept = pipe.fit_resample(frame, y)
    assert len(X) == len(kept) == 78
    assert list(pipe.get_feature_names_out()) == list(frame.columns)
    assert pipe.transform(frame.head(3)).shape == (3, 3)
    pipe.fit(frame.assign(y=y))
    assert pipe.transform(frame.head(3)).shape == (3, 3)
    assert pipe.transform(frame.assign(y=y).head(3)).shape == (3, 4)
    apart = dp.Pipeline([dp.Impute()], target="y").fit(frame, y)
    assert apart.transform(frame.assign(y=y).head(3))["y"].tolist() == y[:3].tolist()
    repair = dp.Pipeline([dp.Impute()], target="y").fit(frame, y)
    assert repair.transform(frame.head(3)).shape == (3, 3)
    array = frame[["age", "income"]].to_numpy()
    assert pipe.fit(array, y).transform(array[:3]).shape == (3, 2)
    with pytest.raises(ConfigError, match="no column named 'y'"):
        dp.Pipeline([dp.Impute()], target="y").fit(frame)


def test_a_target_called_like_a_column_is_neither_lost_nor_mixed_up(people):
    """A target whose name a column has already goes and comes beside it."""
    frame, y = people
    given = pd.Series(y, name="age", index=frame.index)
    X, kept = dp.DropDuplicates().fit_resample(frame, given)
    assert X.columns.tolist() == frame.columns.tolist()
    pd.testing.assert_series_equal(kept, given[X.index])


def test_too_few_targets_are_refused(people):
    """As many targets as rows, or an error that counts both."""
    frame, y = people
    with pytest.raises(DataError, match="80 rows and 79 targets"):
        dp.DropDuplicates().fit_resample(frame, y[:-1])


# ---- the columns of fit, at transform


@pytest.fixture
def fitted() -> dp.Pipeline:
    """Return a pipeline that was fitted on numbers, whole numbers, text and levels."""
    return dp.Pipeline([dp.Impute(), dp.IQR()]).fit(_table())


def _table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [20.0, 30.0, None, 50.0],
            "visits": [1, 2, 3, 4],
            "plan": ["a", "b", "a", "a"],
            "grade": pd.Categorical(["x", "y", None, "y"]),
        }
    )


@pytest.mark.parametrize("as_given", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_a_missing_column_is_named(fitted, as_given):
    """The columns that are not there are listed, with those that were."""
    with pytest.raises(SchemaError, match=r"now missing:\n- visits\n.*fitted on: age, visits"):
        fitted.transform(as_given(_table().drop(columns="visits")))


def test_a_renamed_column_is_guessed(fitted):
    """A column under another name is both missing and unexpected; the nearest name is offered."""
    with pytest.raises(SchemaError, match=r"'visits': Did you mean 'visit'"):
        fitted.transform(_table().rename(columns={"visits": "visit"}))


def test_an_extra_column_is_refused_or_let_through(fitted):
    """A column that was not there at ``fit`` is an error, unless the pipeline lets it through."""
    more = _table().assign(extra=1)
    with pytest.raises(SchemaError, match=r"unseen at fit time:\n- extra\n.*extra='allow'"):
        fitted.transform(more)
    allowing = dp.Pipeline([dp.Impute(), dp.IQR()], extra="allow").fit(_table())
    out = allowing.transform(more)
    assert out.columns.tolist() == more.columns.tolist()
    assert out["extra"].tolist() == [1, 1, 1, 1]
    assert out["age"].tolist()[2] == 30.0


def test_reordered_columns_are_refused(fitted):
    """Another order of the columns is an error, as in scikit-learn."""
    with pytest.raises(SchemaError, match="must be in the same order"):
        fitted.transform(_table()[["visits", "age", "plan", "grade"]])


def test_a_retyped_column_is_refused(fitted):
    """A number that has become text names the column, both kinds and the remedy."""
    with pytest.raises(SchemaError, match=r"'visits' was integer at fit and is .* now.*Convert"):
        fitted.transform(_table().assign(visits=["one", "two", "three", "four"]))
    with pytest.raises(SchemaError, match=r"'plan' was .* at fit and is integer now"):
        fitted.transform(_table().assign(plan=[1, 2, 3, 4]))


def test_whole_numbers_and_fractions_stand_for_each_other(fitted):
    """An integer column with a gap arrives as floats, and a float column may hold whole numbers."""
    new = _table().assign(visits=[1.0, None, 3.0, 4.0], age=[1, 2, 3, 4])
    assert fitted.transform(new)["visits"].notna().all()


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA])
def test_a_row_of_nothing_is_repaired(fitted, nothing):
    """A single row whose values are all missing has no types; it takes those of ``fit``."""
    row = pd.DataFrame([dict.fromkeys(_table(), nothing)])
    out = fitted.transform(row)
    assert out["age"].tolist() == [30.0]
    assert out["visits"].tolist() == [3]
    given = pl.DataFrame({name: [None] for name in _table()})
    assert fitted.transform(given)["age"].to_list() == [30.0]


def test_a_level_that_was_not_seen_passes():
    """A new level of a category is kept, in pandas, Polars and PyArrow, and adds to the levels."""
    train, new = _table(), _table()
    new["grade"] = pd.Categorical(["new", "y", None, "y"], categories=["new", "y"])
    new["plan"] = ["zzz", "b", None, "a"]
    stages = [dp.Impute(), dp.IQR(by="plan"), dp.EscapeFormulas()]
    for given in (pd.DataFrame, pl.from_pandas, pa.Table.from_pandas):
        out = dp.Pipeline(stages).fit(given(train)).transform(given(new))
        levels = out["grade"].to_pylist() if isinstance(out, pa.Table) else list(out["grade"])
        assert levels == ["new", "y", "y", "y"]
    kept = dp.Impute(strategy="constant", fill_value="other").fit(train[["grade"]])
    out = kept.transform(train[["grade"]])["grade"]
    assert out.tolist() == ["x", "y", "other", "y"]
    assert out.cat.categories.tolist() == ["x", "y", "other"]


def test_arrays_of_another_width_are_refused():
    """An array with other than the columns of ``fit`` is refused in scikit-learn's words."""
    stage = dp.Impute().fit(np.ones((4, 3)))
    with pytest.raises(SchemaError, match="X has 2 features, but Impute is expecting 3"):
        stage.transform(np.ones((4, 2)))
    with pytest.raises(SchemaError, match="X has 2 features, but Impute is expecting 3"):
        stage.transform(pd.DataFrame(np.ones((4, 2)), columns=["a", "b"]))


@pytest.mark.parametrize("as_given", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_a_frame_after_an_array_goes_by_position(as_given):
    """A frame for a stage that was fitted on an array goes by position, with a warning."""
    stage = dp.Impute().fit(np.array([[1.0, 2.0], [3.0, 4.0]]))
    with pytest.warns(UserWarning, match="fitted without feature names"):
        out = stage.transform(as_given(pd.DataFrame({"a": [None, 1.0], "b": [5.0, 6.0]})))
    assert np.asarray(out)[0, 0] == 2.0


def test_refusals_are_errors_of_the_project():
    """What is refused raises one family of errors, which are ValueErrors for scikit-learn."""
    cases: list[Callable[[], Any]] = [
        lambda: dp.Impute().fit(np.ones(3)),
        lambda: dp.Impute().fit(np.ones((0, 3))),
        lambda: dp.Impute().fit(pd.DataFrame({"a": []})),
        lambda: dp.Impute().fit([[1 + 2j]]),
        lambda: dp.Impute().fit(np.array([[{}]], dtype=object)),
        lambda: dp.Impute().fit(pd.DataFrame([[1, 2]], columns=["a", "a"])),
    ]
    for case in cases:
        with pytest.raises(DataprepError) as caught:
            case()
        assert isinstance(caught.value, ValueError)
