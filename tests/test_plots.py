"""Pictures of a training: what cannot be drawn is not drawn as boxes."""

import warnings

import pytest

from dataprep.report import plots

CURVE = {"recall": [0.0, 1.0], "precision": [1.0, 0.5], "pr_auc": 0.7, "prevalence": 0.3}


def told(names):
    """Return numbers of a training with two classes."""
    judged = {"confusion": [[1, 2], [3, 4]], "classes": dict.fromkeys(names, 3)}
    history = {"loss": [2.0, 1.0], "val_loss": [2.0, 1.0], "learning_rate": [0.1, 0.1]}
    curves = dict.fromkeys(names, CURVE)
    return {
        "history": history,
        "metrics": {"best_epoch": 1, "judged": judged, "curves": curves},
    }


@pytest.mark.parametrize("names", [("yes", "größe"), ("速度", "a\tb"), ("\ue000", "$x$")])
def test_classes_of_any_script_are_drawn_without_a_warning(names, tmp_path):
    """No glyph is missing, whatever fonts there are."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written = plots.draw(told(names), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)


def test_a_name_that_no_font_has_is_a_number():
    """The class is told by its place; a name that can be drawn stays."""
    shown, fonts = plots._drawable(["größe", "\ue000\uf8fe"])
    assert shown == {"größe": "größe", "\ue000\uf8fe": "class 1"}
    assert fonts[0] == "sans-serif"
