"""What a sampling strategy asks for, given how many rows there are of each class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args

from annotated_types import Gt, Le

from dataprep.errors import ConfigError, DataError, did_you_mean
from dataprep.resampling.classes import check_class_counts, matched, plain, shown

Sampling = Literal["over", "under", "clean"]
Word = Literal["auto", "minority", "majority", "not minority", "not majority", "all"]


class PythonOnly:
    """Marks what JSON cannot hold, so that a schema leaves it out."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        from pydantic_core import PydanticOmit

        raise PydanticOmit


Strategy = (
    Annotated[float, Gt(0), Le(1)]
    | Word
    | dict[Any, int | float]
    | list[Any]
    | tuple[Any, ...]
    | Annotated[Callable[..., Any], PythonOnly()]
)
"""What ``sampling_strategy`` may be; see `resolve_strategy`."""

_CAP = "cap"
_INSTEAD = {"over": "'auto', 'not majority' or 'minority'", "under": "'auto' or 'majority'"}
_INSTEAD["clean"] = _INSTEAD["under"]


def resolve_strategy(
    strategy: Any,
    counts: Mapping[Any, int],
    kind: Sampling,
    *,
    stage: str,
    target: str = "y",
    y: Any = None,
    remedy: str = "Give a target of classes.",
) -> dict[Any, int]:
    """Return how many rows of each class are to be made or kept, or which may lose rows.

    Parameters
    ----------
    strategy : float, str, dict, list or callable
        As imbalanced-learn's ``sampling_strategy``:

        - float in (0, 1], two classes only: rows of the smaller class for each row of the larger;
        - ``"minority"``, ``"majority"``, ``"not minority"``, ``"not majority"``, ``"all"``: these
          classes, made as large as the largest or as small as the smallest. ``"auto"``: all but
          the largest (over-sampling), all but the smallest (otherwise);
        - ``{label: rows}``: that many rows in the end;
        - list of labels: those classes may lose rows (cleaning only);
        - function of ``y`` that returns one of these (Python only).

        And beyond imbalanced-learn, for any number of classes:

        - ``{label: share}`` with a float in (0, 1]: that share of the largest class, rounded. The
          value 1 is one row, 1.0 as many as in the largest class;
        - ``{"cap": rows}``: all classes but the largest grow up to it, but none beyond so many
          rows; or every class, the smallest too, keeps at most so many. Where a class is called
          "cap", that is what the name means.

        A label is found by its value, or else by its text: "1" in YAML is the class 1.
    counts : mapping of label to int
        Rows of each class, in the order of the sorted labels: among equally large classes the
        first counts as the largest, and as the smallest.
    kind : {"over", "under", "clean"}
    stage : str
        The stage's name, for messages.
    target : str, default="y"
        The target's name, for messages.
    y : array-like, optional
        What a function is given.
    remedy : str, optional
        What to do where the target is a number.

    Returns
    -------
    dict of label to int
        In the order of ``counts``. ``over``: rows to make; ``under``: rows to keep; ``clean``: 0
        for each class that may lose rows. Classes that are not in it stay as they are.

    Raises
    ------
    ConfigError
        Where the strategy is wrong whatever the data.
    DataError
        Where it does not suit these classes, or they are no classes.

    Examples
    --------
    >>> counts = {"common": 900, "rare": 100, "scarce": 20}
    >>> resolve_strategy("auto", counts, "over", stage="smote")
    {'rare': 800, 'scarce': 880}
    >>> resolve_strategy({"scarce": 0.5}, counts, "over", stage="smote")
    {'scarce': 430}
    >>> resolve_strategy({"cap": 200}, counts, "under", stage="random_under_sampler")
    {'common': 200}
    >>> resolve_strategy({"scarc": 50}, counts, "over", stage="smote")
    Traceback (most recent call last):
        ...
    dataprep.errors.DataError: smote.sampling_strategy: there is no class 'scarc' in y. \
Did you mean 'scarce'?
    """
    place = f"{stage}.sampling_strategy"
    counts = {label: int(rows) for label, rows in counts.items() if rows}
    check_class_counts(counts, target, stage, remedy)
    if callable(strategy):
        strategy = _called(strategy, y, place)
    if isinstance(strategy, str):
        found = _by_word(strategy, counts, kind, place)
    elif isinstance(strategy, Mapping):
        found = _by_class(strategy, counts, kind, place, target)
    elif isinstance(strategy, list | tuple):
        found = _by_list(strategy, counts, kind, place, target)
    elif isinstance(plain(strategy), int | float) and not isinstance(strategy, bool):
        found = _by_ratio(float(strategy), counts, kind, place)
    else:
        raise ConfigError(
            f"{strategy!r} is no sampling strategy",
            place=place,
            remedy="Give a number in (0, 1], a word such as 'auto', or {label: rows}.",
        )
    return {label: found[label] for label in counts if label in found}


def _called(strategy: Callable[..., Any], y: Any, place: str) -> Any:
    if y is None:
        raise ConfigError(
            f"{getattr(strategy, '__name__', strategy)!r} is a function, and there is no y for it",
            place=place,
            remedy="Functions work with fit_resample(X, y) only; give {label: rows} here.",
        )
    found = strategy(y)
    if not isinstance(found, str | int | float | Mapping | list | tuple):
        raise ConfigError(
            f"the function returned {found!r}", place=place, remedy="Return {label: rows}."
        )
    return found


def _by_word(word: str, counts: dict[Any, int], kind: Sampling, place: str) -> dict[Any, int]:
    if word not in get_args(Word):
        raise ConfigError(
            f"unknown strategy {word!r}", place=place, remedy=did_you_mean(word, get_args(Word))
        )
    refused = "majority" if kind == "over" else "minority"
    if word == refused:
        doing = "add rows to the largest" if kind == "over" else "remove rows of the smallest"
        raise ConfigError(
            f"{word!r} would {doing} class", place=place, remedy=f"Use {_INSTEAD[kind]}."
        )
    if word == "auto":
        word = "not majority" if kind == "over" else "not minority"
    largest, smallest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    named = largest if word.endswith("majority") else smallest
    chosen = [
        label for label in counts if word == "all" or (label == named) != word.startswith("not")
    ]
    if kind == "over":
        return {label: counts[largest] - counts[label] for label in chosen}
    return dict.fromkeys(chosen, counts[smallest] if kind == "under" else 0)


def _by_ratio(ratio: float, counts: dict[Any, int], kind: Sampling, place: str) -> dict[Any, int]:
    if not 0 < ratio <= 1:
        raise ConfigError(f"{ratio} is not in (0, 1]", place=place, remedy="Give e.g. 0.5.")
    if kind == "clean":
        raise ConfigError(
            f"{ratio}: a cleaning method cannot reach a ratio",
            place=place,
            remedy="Use 'auto', 'all' or a list of labels.",
        )
    if len(counts) > 2:
        raise DataError(
            f"the ratio {ratio} is of two classes, here are {len(counts)}",
            place=place,
            remedy=f"Give a share of the largest class for each: {{label: {ratio}}}.",
        )
    few = min(counts, key=counts.__getitem__)
    many = next(label for label in counts if label != few)
    present = f"there are {counts[few]:,} rows of {shown(few)} and {counts[many]:,} of the other"
    remedy = f"Give a ratio above {counts[few] / counts[many]:.4g}."
    if kind == "over":
        made = int(counts[many] * ratio - counts[few])
        if made <= 0:
            raise DataError(f"{ratio} asks for no new row: {present}", place=place, remedy=remedy)
        return {few: made}
    kept = int(counts[few] / ratio)
    if kept > counts[many]:
        raise DataError(
            f"{ratio} asks for {kept:,} rows of {shown(many)}: {present}",
            place=place,
            remedy=remedy,
        )
    return {many: kept}


def _by_list(
    labels: Sequence[Any], counts: dict[Any, int], kind: Sampling, place: str, target: str
) -> dict[Any, int]:
    if kind != "clean":
        raise ConfigError(
            f"{list(labels)!r} says which classes, not how many rows",
            place=place,
            remedy="Give {label: rows}.",
        )
    return {matched(label, counts, place, target): 0 for label in labels}


def _by_class(
    asked: Mapping[Any, Any], counts: dict[Any, int], kind: Sampling, place: str, target: str
) -> dict[Any, int]:
    if kind == "clean":
        raise ConfigError(
            f"{dict(asked)!r}: a cleaning method cannot reach a number of rows",
            place=place,
            remedy=f"Give the classes that may lose rows: {list(asked)!r}.",
        )
    largest = max(counts.values())
    if list(asked) == [_CAP] and _CAP not in counts:
        cap = _rows_of(asked[_CAP], 0, f"{place}[{_CAP!r}]")
        if kind == "under":
            return {label: cap for label, rows in counts.items() if rows > cap}
        growing = _by_word("auto", counts, kind, place)
        return {label: max(0, min(largest, cap) - counts[label]) for label in growing}
    found = {}
    for key, value in asked.items():
        label, where = matched(key, counts, place, target), f"{place}[{key!r}]"
        if label in found:
            raise ConfigError(f"the class {label!r} is there twice", place=where)
        rows = _rows_of(value, largest, where)
        check = _check_grown if kind == "over" else _check_shrunk
        check(label, rows, counts, where)
        found[label] = rows - counts[label] if kind == "over" else rows
    return found


def _rows_of(value: Any, largest: int, place: str) -> int:
    """Return a number of rows; a float is a share of the largest class, where one is given."""
    value = plain(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if largest and isinstance(value, float) and 0 < value <= 1:
        return max(1, round(largest * value))
    share = ", or a share of the largest class in (0, 1] as a float" if largest else ""
    raise ConfigError(
        f"{value!r} is no number of rows", place=place, remedy=f"Give a whole number from 1{share}."
    )


def _check_grown(label: Any, rows: int, counts: dict[Any, int], place: str) -> None:
    if rows < counts[label]:
        raise DataError(
            f"{rows:,} rows are fewer than the {counts[label]:,} that are there",
            place=place,
            remedy="Over-sampling removes nothing: ask for more, or use RandomUnderSampler.",
        )


def _check_shrunk(label: Any, rows: int, counts: dict[Any, int], place: str) -> None:
    present, (least, most) = counts[label], (min(counts.values()), max(counts.values()))
    if rows > present:
        raise DataError(
            f"{rows:,} rows are more than the {present:,} that are there",
            place=place,
            remedy="Under-sampling makes nothing: ask for fewer, or use RandomOverSampler.",
        )
    if rows < present == least < most:
        raise DataError(
            f"{rows:,} rows would remove {present - rows:,} of the smallest class",
            place=place,
            remedy=f"Leave this class out; or make all classes smaller: {{'cap': {rows}}}.",
        )
