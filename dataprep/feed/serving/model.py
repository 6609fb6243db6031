"""The repair phase of a pipeline as a Keras model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from dataprep.errors import ConfigError
from dataprep.feed.serving.naming import by_column, tensor_name
from dataprep.feed.serving.translations import translation_of
from dataprep.optional import require
from dataprep.pipeline import Pipeline

if TYPE_CHECKING:
    from dataprep.feed.serving.graph import Column
    from dataprep.kinds import Kind


def preprocessing_model(
    pipeline: Pipeline,
    features: Literal["dict", "matrix"] = "dict",
    *,
    dtype: Literal["float32", "float64"] = "float32",
) -> Any:
    """Return a Keras model that does to a batch what ``pipeline.transform`` does to a frame.

    Saved together with a network, it lets raw rows be served: what was learned at fit travels with
    the weights.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted, or loaded. Its training phase is left out.
    features : {"dict", "matrix"}, default="dict"
        Whether the model gives a tensor for each column, or one matrix of all of them.
    dtype : {"float32", "float64"}, default="float32"
        The type of the numbers that come out; they are computed as float64.

    Returns
    -------
    keras.Model
        Its inputs are named as the columns of fit that are features, each of shape ``(batch,)``:
        numbers and booleans (0, 1) as float64 with NaN where missing; categories, identifiers,
        text, dates and times as text with ``""`` where missing. Its outputs are the features of
        ``pipeline.columns_out_``, in the same form: ``{name: tensor of shape (batch,)}``, or a
        matrix of shape ``(batch, n_columns)``.

    Raises
    ------
    ConfigError
        When a stage cannot be said in a graph, with its name, the reason and a remedy; when a
        column of text is left for a matrix.
    MissingExtraError
        When TensorFlow is not installed.

    Notes
    -----
    Columns are taken to hold what they held at fit: a frame in which whole numbers came as floats
    is no other here. Of a pipeline that was fitted on a file, what stood for a missing value there
    (``?``, a sentinel) does here, as in ``dataprep apply``; ``transform`` of a frame takes values
    as they are. Whole numbers beyond 2**53 lose digits, as in any network.
    """
    require("tensorflow", "tensorflow")
    import keras

    from dataprep.feed.serving.graph import Graph, column_of

    for name, value, allowed in (
        ("features", features, ("dict", "matrix")),
        ("dtype", dtype, ("float32", "float64")),
    ):
        if value not in allowed:
            raise ConfigError(
                f"{value!r} is none of {', '.join(map(repr, allowed))}",
                place=f"preprocessing_model.{name}",
                remedy="Give one of them.",
            )
    inputs = _inputs(pipeline)
    graph = Graph(
        {name: column_of(inputs[name], kind) for name, kind in input_kinds(pipeline).items()}
    )
    if pipeline.types_:
        from dataprep.feed.serving.reading import words_of_file

        words_of_file(pipeline.types_["state"]["missing"], graph)
    for (label, stage), state in zip(pipeline.steps_of(), pipeline.states_, strict=True):
        if stage.phase == "repair":
            graph.label = label
            translation_of(label, stage)(stage, state, graph)
    columns = {
        name: graph.columns[name]
        for name in pipeline.columns_out_
        if name in graph.columns and name not in pipeline.roles_
    }
    if not columns:
        raise ConfigError(
            "no feature is left",
            place="preprocessing_model",
            remedy="Fit a pipeline that leaves some.",
        )
    outputs = _matrix(columns, dtype) if features == "matrix" else _dict(columns, dtype)
    # A column's name that is none for a tensor is the key of one with another name.
    with by_column():
        return keras.Model(inputs, outputs, name="preprocessing")


def input_kinds(pipeline: Pipeline) -> dict[str, Kind]:
    """Return the columns that a model of a pipeline takes, with their kinds at fit.

    These are the features, and what groups were learned by.
    """
    if not isinstance(pipeline, Pipeline):
        raise ConfigError(
            f"{pipeline!r} is no pipeline",
            place="preprocessing_model",
            remedy="Give a fitted one, or dataprep.Pipeline.load('pipeline.json').",
        )
    pipeline._check_fitted()
    steps = zip(pipeline.steps_of(), pipeline.states_, strict=True)
    states = [state for (_, stage), state in steps if stage.phase == "repair"]
    grouping = {name for state in states for name in state.get("by") or ()}
    return {
        name: kind
        for name, kind in pipeline.kinds_.items()
        if name in grouping or name not in pipeline.roles_
    }


def _inputs(pipeline: Pipeline) -> dict[str, Any]:
    import keras

    from dataprep.feed.serving.graph import is_number

    found: dict[str, Any] = {}
    taken: set[str] = set()
    for name, kind in input_kinds(pipeline).items():
        if kind == "other":
            raise ConfigError(
                "the column holds neither numbers nor text",
                place=name,
                remedy="Leave it out before the pipeline is fitted.",
            )
        type = "float64" if is_number(kind) else "string"
        found[name] = keras.Input((), name=tensor_name(name, taken), dtype=type)
    return found


def _dict(columns: Mapping[str, Column], dtype: str) -> dict[str, Any]:
    from keras import ops

    return {
        name: ops.where(column.is_missing, "", column.tensor)
        if column.is_text
        else ops.cast(column.tensor, dtype)
        for name, column in columns.items()
    }


def _matrix(columns: Mapping[str, Column], dtype: str) -> Any:
    from keras import ops

    texts = [name for name, column in columns.items() if column.is_text]
    if texts:
        raise ConfigError(
            f"there is text in {', '.join(map(repr, texts[:5]))}",
            place="preprocessing_model.features",
            remedy="Encode these columns, drop them, or use features='dict'.",
        )
    return ops.cast(ops.stack([column.tensor for column in columns.values()], axis=1), dtype)
