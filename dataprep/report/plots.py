"""Pictures of a training: they draw the numbers that they are given, and compute nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dataprep.optional import require

_MOST_NUMBERS = 20
"""Classes up to which the cells of a matrix are written out."""
_BLUE, _ORANGE, _GREY = "#1f5fa8", "#d9731a", "#8a8a8a"


def draw(told: Mapping[str, Any], folder: Path) -> list[str]:
    """Write the pictures that a training's numbers allow, and return their names.

    Parameters
    ----------
    told : mapping
        ``history`` and ``metrics``, as a training gives them.
    folder : Path

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """
    metrics = told["metrics"]
    written = ["learning_curves.png"]
    learning_curves(told["history"], metrics["best_epoch"], folder / written[0])
    if "confusion" in metrics["judged"]:
        from matplotlib import rc_context

        judged = metrics["judged"]
        written += ["confusion_matrix.png", "precision_recall.png"]
        shown, fonts = _drawable([*judged["classes"]])
        curves = {shown[name]: curve for name, curve in metrics["curves"].items()}
        with rc_context({"font.family": fonts}):
            confusion_matrix(judged["confusion"], [*shown.values()], folder / written[1])
            precision_recall(curves, folder / written[2])
    return written


def learning_curves(history: Mapping[str, Sequence[float]], best: int, path: Path) -> None:
    """Draw loss, metrics and learning rate over epochs.

    Parameters
    ----------
    history : mapping of str to sequence of float
        ``loss``, ``val_loss``, other ``val_`` metrics and ``learning_rate``, one value an epoch.
    best : int
        The epoch whose weights were kept, counted from 1.
    path : Path
    """
    others = [name for name in history if name.startswith("val_") and name != "val_loss"]
    figure, axes = _figure(len(others[:1]) + 2, width=4.6)
    epochs = range(1, len(history["loss"]) + 1)
    axes[0].plot(epochs, history["loss"], color=_BLUE, label="training")
    if "val_loss" in history:
        axes[0].plot(epochs, history["val_loss"], color=_ORANGE, label="validation")
    axes[0].set_title("Loss")
    if others:
        for name, colour in zip(others, (_ORANGE, _GREY), strict=False):
            label = name.removeprefix("val_").replace("_", " ").replace("pr auc", "PR AUC")
            axes[1].plot(epochs, history[name], color=colour, label=label)
        axes[1].set_title("On validation rows")
    axes[-1].plot(epochs, history["learning_rate"], color=_BLUE, label="learning rate")
    axes[-1].set_title("Learning rate")
    for axis in axes:
        axis.axvline(best, color=_GREY, linestyle=":", label=f"kept: epoch {best}")
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.legend(frameon=False)
    _save(figure, path)


def confusion_matrix(counts: Sequence[Sequence[int]], names: Sequence[str], path: Path) -> None:
    """Draw how many rows of each class were taken for which; colours are shares of a class.

    Parameters
    ----------
    counts : sequence of shape (n_classes, n_classes)
        Rows are true classes, columns predicted ones.
    names : sequence of str
    path : Path
    """
    from matplotlib.figure import Figure

    side = min(12.0, 2.6 + 0.55 * len(names))
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axis = figure.add_subplot()
    shares = [[count / (sum(row) or 1) for count in row] for row in counts]
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(names) <= _MOST_NUMBERS:
        turned = 45 if max(map(len, names)) > 4 else 0
        axis.set_xticks(range(len(names)), [_short(name) for name in names], rotation=turned)
        axis.set_yticks(range(len(names)), [_short(name) for name in names])
        for i, row in enumerate(counts):
            for j, count in enumerate(row):
                colour = "white" if shares[i][j] > 0.5 else "black"
                axis.text(j, i, f"{count:,}", ha="center", va="center", color=colour, fontsize=9)
    axis.set_xlabel("predicted")
    axis.set_ylabel("true")
    figure.colorbar(image, ax=axis, label="share of the true class", shrink=0.8)
    _save(figure, path)


def precision_recall(curves: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw precision over recall of each class, and what chance gets.

    Parameters
    ----------
    curves : mapping of str to mapping
        By class: ``recall``, ``precision``, ``pr_auc`` and ``prevalence``.
    path : Path
    """
    from matplotlib import colormaps

    figure, (axis,) = _figure(1, width=5.5)
    colours = colormaps["tab10"](range(10))
    for i, (name, curve) in enumerate(curves.items()):
        colour = colours[i % len(colours)]
        label = f"{_short(name)}: PR AUC {curve['pr_auc']:.3f}, chance {curve['prevalence']:.3f}"
        axis.step(curve["recall"], curve["precision"], where="pre", color=colour, label=label)
        axis.axhline(curve["prevalence"], color=colour, linestyle=":", linewidth=0.8)
    axis.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.02))
    axis.legend(frameon=False, fontsize=8)
    _save(figure, path)


def _figure(count: int, width: float) -> tuple[Any, list[Any]]:
    require("matplotlib", "tensorflow")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * count, 0.78 * width), layout="constrained")
    axes = [figure.add_subplot(1, count, i + 1) for i in range(count)]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    # A figure of its own is drawn by Agg, whatever the screen is, and is no state of anyone's.
    figure.savefig(path, dpi=120, metadata={"Software": None})


def _drawable(names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return names as they can be drawn, and the fonts that do: a class by number where none can.

    matplotlib's own font has no Chinese, for one; another that is installed may have.
    """
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

    missing = {sign for name in names for sign in name if sign != "\n"}
    missing -= {chr(code) for code in get_font(findfont(FontProperties())).get_charmap()}
    fonts = [*rcParams["font.family"]]
    for font in fontManager.ttflist if missing else ():
        # It has a box for every sign.
        if font.name.startswith("Last Resort"):
            continue
        found = missing & {chr(code) for code in get_font(font.fname).get_charmap()}
        if found:
            missing -= found
            fonts.append(font.name)
    shown = {name: f"class {i}" if missing & set(name) else name for i, name in enumerate(names)}
    return shown, fonts


def _short(name: str) -> str:
    # A dollar would begin a formula.
    shown = name if len(name) <= 18 else f"{name[:17]}…"
    return shown.replace("$", r"\$")
