"""Self-training on arrays: rounds, folds that stay apart, and the safeguard."""

import numpy as np
import pytest

from dataprep.errors import DataError
from dataprep.labels.out_of_fold import dealt
from dataprep.labels.rounds import Data, Rules
from dataprep.labels.self_training import self_train
from dataprep.labels.teachers import Teacher, teacher_from


def two_moons(n=400, known=30, seed=0, flipped=0.0):
    """Return rows of two classes side by side, few of which have a label."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % 2
    X = rng.normal(size=(n, 2)) + 3.0 * codes[:, None]
    rows = np.arange(n)
    has = rng.permutation(n) < known
    given = np.where(rng.random(n) < flipped, 1 - codes, codes)
    fold = dealt(given[has], 5, rows=rows[has])
    return Data(X[has], given[has], fold, X[~has], rows[~has], ()), codes[~has]


class Parrot:
    """Knows the rows that it was taught, is sure of class 0 elsewhere, and notes what it saw."""

    def __init__(self):
        self.seen = []

    def fit(self, X, y, sample_weight=None):
        self.seen.append((X, y, sample_weight))
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.column_stack([np.full(len(X), 0.9), np.full(len(X), 0.1)])


def parrot_teacher():
    parrot = Parrot()
    return parrot, Teacher("parrot", "indicators", "teacher", lambda n, k, codes: parrot)


def test_labels_are_right_as_often_as_asked():
    """Two classes that a line tells apart: nearly all rows get their label."""
    data, true = two_moons()
    found = self_train(data, teacher_from("logistic_regression"), Rules(safeguard=False))
    chosen = found.selection
    assert len(chosen) > 0.8 * len(true)
    assert (chosen.codes == true[chosen.positions]).mean() > 0.95
    assert (found.since >= 1).all()


def test_no_model_sees_the_fold_that_judges_it():
    """In every round a fold's own rows are neither taught nor a part of its labels' teacher."""
    data, _ = two_moons(n=60, known=20)
    parrot, teacher = parrot_teacher()
    rules = Rules(threshold=np.zeros(2), safeguard=False, rounds=2)
    self_train(data, teacher, rules)
    models = 6
    for number, (X, _, _) in enumerate(parrot.seen):
        fold = number % models
        out = data.X[data.fold == fold] if fold < 5 else np.empty((0, 2))
        taught = {tuple(row) for row in X}
        assert not taught & {tuple(row) for row in out}


def test_confidence_weighs_students():
    """Labelled rows weigh 1, the others what the teacher was sure of; or all the same."""
    data, _ = two_moons(n=60, known=20)
    for weighted in (True, False):
        parrot, teacher = parrot_teacher()
        rules = Rules(
            threshold=np.zeros(2), calibration=None, weighted=weighted, safeguard=False, rounds=1
        )
        self_train(data, teacher, rules)
        weight = parrot.seen[-1][2]
        if not weighted:
            assert weight is None
            continue
        assert weight[:20].tolist() == [1.0] * 20
        assert weight[20:] == pytest.approx(0.9)


def test_a_round_that_does_harm_is_rolled_back():
    """Labels that are wrong half of the time: nothing stays of them, and the loss says why."""
    data, _ = two_moons(known=60, flipped=0.35)
    rules = Rules(threshold=np.array([0.0, np.inf]), calibration=None, weighted=False)
    found = self_train(data, teacher_from("logistic_regression"), rules)
    assert len(found.selection) == 0
    assert [r.outcome for r in found.rounds] == ["rolled back"]
    assert found.rounds[0].gain < 0
    without = self_train(
        data, teacher_from("logistic_regression"), Rules(rules.threshold, safeguard=False)
    )
    assert len(without.selection) > 0


class Fickle(Parrot):
    """Is sure of every row at first, and later of those with a large first feature only."""

    def predict_proba(self, X):
        sure = np.where((len(self.seen) <= 6) | (X[:, 0] > 1.5), 0.9, 0.6)
        return np.column_stack([sure, 1 - sure])


def test_labels_that_lost_their_support_are_withdrawn():
    """Each round judges all rows again; a label that stays keeps the round that it came in."""
    data, _ = two_moons(n=60, known=20)
    fickle = Fickle()
    teacher = Teacher("fickle", "indicators", "teacher", lambda n, k, codes: fickle)
    rules = Rules(threshold=np.full(2, 0.8), calibration=None, safeguard=False, rounds=2)
    found = self_train(data, teacher, rules)
    sure = data.unlabelled[:, 0] > 1.5
    assert [turn.selected.sum() for turn in found.rounds] == [40, sure.sum()]
    assert found.rounds[1].withdrawn == (~sure).sum()
    assert found.selection.positions.tolist() == np.flatnonzero(sure).tolist()
    assert set(found.since) == {1}


def test_the_order_of_rows_does_not_matter():
    """Folds and ties go by row numbers: the same rows in another order get the same labels."""
    data, _ = two_moons()
    rules = Rules(threshold="adaptive", safeguard=False, rounds=2, max_total=100)
    found = self_train(data, teacher_from("logistic_regression"), rules)
    turned = np.random.default_rng(1).permutation(len(data.rows))
    other = self_train(
        data._replace(unlabelled=data.unlabelled[turned], rows=data.rows[turned]),
        teacher_from("logistic_regression"),
        rules,
    )
    assert set(data.rows[found.selection.positions]) == set(
        data.rows[turned][other.selection.positions]
    )


def test_a_teacher_that_fails_keeps_its_words_and_the_round():
    """The classifier's own message, and which round it was."""

    class Broken(Parrot):
        def fit(self, X, y, sample_weight=None):
            if len(self.seen) >= 6:
                raise ValueError("out of ideas")
            return super().fit(X, y, sample_weight)

    broken = Broken()
    teacher = Teacher("broken", "indicators", "teacher", lambda n, k, codes: broken)
    data, _ = two_moons(n=60, known=20)
    with pytest.raises(DataError, match="out of ideas") as caught:
        self_train(data, teacher, Rules(threshold=np.zeros(2), safeguard=False))
    assert "in round 1 of 3" in caught.value.__notes__
