"""Self-training on arrays: rounds, folds that stay apart, and the safeguard."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from threadpoolctl import threadpool_info, threadpool_limits

from dataprep.errors import DataError
from dataprep.labels.chains import judged_classes, teach
from dataprep.labels.out_of_fold import dealt
from dataprep.labels.rounds import Data, Settings
from dataprep.labels.self_training import self_train
from dataprep.labels.teachers import Teacher, teacher_from

FIRST = 5 * 4 // 2 + 5 + 1
"""Of the first teachers: one without each two folds, one without each fold, one of all rows."""
FITS = 5 * 5 + 1
"""Of a round: five chains, each of a teacher and of four without another fold, and one more."""


def two_moons(n=400, known=30, seed=0, flipped=0.0):
    """Return rows of two classes side by side, few of which have a label."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % 2
    X = rng.normal(size=(n, 2)) + 3.0 * codes[:, None]
    rows = np.arange(n)
    has = rng.permutation(n) < known
    given = np.where(rng.random(n) < flipped, 1 - codes, codes)
    fold = dealt(given[has], 5, rows=rows[has])
    return Data(X[has], given[has], fold, X[~has], rows[~has], (), 2), codes[~has]


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


def teacher_of(model):
    return Teacher("parrot", "indicators", "teacher", lambda n, k, codes: model)


def parrot_teacher():
    parrot = Parrot()
    return parrot, teacher_of(parrot)


def test_labels_are_right_as_often_as_asked():
    """Two classes that a line tells apart: nearly all rows get their label."""
    data, true = two_moons()
    found = self_train(data, teacher_from("logistic_regression"), Settings(safeguard=False))
    chosen = found.selection
    assert len(chosen) > 0.8 * len(true)
    assert (chosen.codes == true[chosen.positions]).mean() > 0.95
    assert (found.since >= 1).all()


def test_no_model_sees_the_fold_that_judges_it():
    """In every round a fold's own rows are not taught in the chain that it judges."""
    data, _ = two_moons(n=60, known=20)
    parrot, teacher = parrot_teacher()
    settings = Settings(threshold=np.zeros(2), safeguard=False, rounds=2)
    self_train(data, teacher, settings)
    assert len(parrot.seen) == FIRST + FITS
    chains = [[{k, j} for j in range(5) if j != k] + [{k}] for k in range(5)]
    # Before there are labels, the teacher without two folds is one of both chains.
    pairs = [out for k, chain in enumerate(chains) for out in chain if min(out) == k]
    lacking = [*pairs, set(), *(out for chain in chains for out in chain), set()]
    for out, (X, _, _) in zip(lacking, parrot.seen, strict=True):
        taught = {tuple(row) for row in X}
        there = {k for k in range(5) if taught & {tuple(row) for row in data.X[data.fold == k]}}
        assert there == set(range(5)) - out


@pytest.mark.parametrize("threshold", ["precision", np.full(2, 0.9)], ids=["precision", "fixed"])
def test_labels_of_a_fold_change_nothing_in_the_chain_that_it_judges(threshold):
    """All labels of a fold turned round: its chain is calibrated, selects and says the same."""
    data, _ = two_moons(n=600, known=200)
    own = data.fold == 0
    turned = data._replace(codes=np.where(own, 1 - data.codes, data.codes))
    settings = Settings(threshold=threshold)
    teacher = teacher_from("logistic_regression")
    before, after = {}, {}
    for number in range(3):
        one = teach(data, teacher, settings, before, number)
        other = teach(turned, teacher, settings, after, number)
        before, after = one.labels, other.labels
        assert len(before[0,])
        assert before[0,].like(after[0,])
        assert np.array_equal(before[0,].confidence, after[0,].confidence)
        assert np.array_equal(one.held_out[own], other.held_out[own])
        assert not before[1,].like(after[1,])


def test_labels_drawn_at_random_are_hardly_ever_kept():
    """Most rows are of one class, by chance: no round helps, and no precision is made up."""
    kept, told = 0, []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        X, codes = rng.normal(size=(240, 3)), (rng.random(240) < 0.88).astype(int)
        fold = dealt(codes[:120], 5, seed=seed)
        data = Data(X[:120], codes[:120], fold, X[120:], np.arange(120), (), 2)
        settings = Settings(rounds=1)
        found = self_train(data, teacher_from("logistic_regression"), settings)
        kept += len(found.selection) > 0
        told += [(turn.right, turn.held_out) for turn in found.rounds]
    right, rows = np.sum(told, axis=0)
    assert kept <= 1
    assert rows > 50
    assert right / rows < 0.92


def test_one_row_of_a_rare_class_does_not_judge():
    """A class that folds cannot hold out is given to none, and weighs nothing in the loss."""
    data, _ = two_moons(n=200, known=60, flipped=0.2)
    settings = Settings(threshold=np.full(3, 0.7), rounds=1)
    rare = data._replace(
        codes=np.where(np.arange(60) == 7, 2, data.codes),
        n_classes=3,
    )
    assert judged_classes(rare).tolist() == [True, True, False]
    found = self_train(rare, teacher_from("logistic_regression"), settings)
    turn = found.rounds[0]
    assert abs(turn.gain) < 0.1
    assert 0 < found.loss < 1
    assert turn.thresholds.tolist() == [0.7, 0.7, np.inf]
    assert turn.selected[2] == 0 < turn.selected[:2].sum()


def test_no_class_that_can_be_judged_gives_no_label():
    """Four rows of each of two classes, in five folds: nothing is known of either."""
    data, _ = two_moons(n=60, known=20)
    few = np.concatenate([np.flatnonzero(data.codes == code)[:4] for code in (0, 1)])
    data = data._replace(X=data.X[few], codes=data.codes[few], fold=np.arange(8) % 5)
    settings = Settings(threshold=np.zeros(2), safeguard=False)
    found = self_train(data, teacher_from("logistic_regression"), settings)
    assert not len(found.selection)
    assert not found.judged.any()
    assert [turn.outcome for turn in found.rounds] == ["nothing selected"]


def test_weights_count_in_learning_and_in_the_loss():
    """A row of the weight two is as two rows: the teacher hears of it, and the loss."""
    data, _ = two_moons(n=60, known=20)
    weight, other = np.arange(1.0, 21.0), np.full(40, 3.0)
    parrot, teacher = parrot_teacher()
    settings = Settings(threshold=np.zeros(2), calibration=None, safeguard=False, rounds=1)
    weighted = data._replace(weight=weight, unlabelled_weight=other)
    self_train(weighted, teacher, settings)
    assert parrot.seen[FIRST - 1][2].tolist() == weight.tolist()
    assert parrot.seen[-1][2] == pytest.approx(np.concatenate([weight, np.full(40, 2.7)]))
    fitted = teacher_from("logistic_regression")
    assert self_train(weighted, fitted, settings).loss != self_train(data, fitted, settings).loss


def test_confidence_weighs_students():
    """Labelled rows weigh 1, the others what the teacher was sure of; or all the same."""
    data, _ = two_moons(n=60, known=20)
    for weighted in (True, False):
        parrot, teacher = parrot_teacher()
        rules = Settings(
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
    rules = Settings(threshold=np.array([0.0, np.inf]), calibration=None, weighted=False)
    found = self_train(data, teacher_from("logistic_regression"), rules)
    assert len(found.selection) == 0
    assert [r.outcome for r in found.rounds] == ["rolled back"]
    assert found.rounds[0].gain < 0
    without = self_train(
        data, teacher_from("logistic_regression"), Settings(rules.threshold, safeguard=False)
    )
    assert len(without.selection) > 0


class Fickle(Parrot):
    """Is sure of every row at first, and later of those with a large first feature only."""

    def predict_proba(self, X):
        sure = np.where((len(self.seen) <= FIRST) | (X[:, 0] > 1.5), 0.9, 0.6)
        return np.column_stack([sure, 1 - sure])


def test_labels_that_lost_their_support_are_withdrawn():
    """Each round judges all rows again; a label that stays keeps the round that it came in."""
    data, _ = two_moons(n=60, known=20)
    fickle = Fickle()
    teacher = Teacher("fickle", "indicators", "teacher", lambda n, k, codes: fickle)
    rules = Settings(threshold=np.full(2, 0.8), calibration=None, safeguard=False, rounds=2)
    found = self_train(data, teacher, rules)
    sure = data.unlabelled[:, 0] > 1.5
    assert [turn.selected.sum() for turn in found.rounds] == [40, sure.sum()]
    assert found.rounds[1].withdrawn == (~sure).sum()
    assert found.selection.positions.tolist() == np.flatnonzero(sure).tolist()
    assert set(found.since) == {1}


def test_labels_that_nothing_supports_any_more_are_all_withdrawn():
    """A round that selects nothing is one like any other: without a safeguard no label is left."""
    data, _ = two_moons(n=60, known=20)
    fickle = Fickle()
    teacher = Teacher("fickle", "indicators", "teacher", lambda n, k, codes: fickle)
    settings = Settings(threshold=np.full(2, 0.8), calibration=None, safeguard=False)
    found = self_train(data._replace(unlabelled=data.unlabelled - 9.0), teacher, settings)
    assert [(turn.outcome, turn.withdrawn) for turn in found.rounds] == [("kept", 0), ("kept", 40)]
    assert not len(found.selection)


class Forgetful(Parrot):
    """Learns what is right in the first round, and forgets it in the second."""

    def predict_proba(self, X):
        first = X[:, 0] > 1.5
        if len(self.seen) <= FIRST:
            shares = np.where(first, 0.6, 0.4) + 0.3 * (np.abs(X[:, 1] - 1.5) > 1)
        else:
            shares = np.where(first ^ (len(self.seen) > FIRST + FITS), 0.95, 0.05)
        shares = np.clip(shares, 0.05, 0.95)
        return np.column_stack([1 - shares, shares])


def test_a_round_that_is_rolled_back_withdraws_nothing():
    """The labels of the round before stay, and what did not happen is not counted."""
    data, _ = two_moons(n=60, known=30)
    settings = Settings(threshold=np.full(2, 0.7), calibration=None, alpha=0.0, rounds=2)
    found = self_train(data, teacher_of(Forgetful()), settings)
    first, second = found.rounds
    assert (first.outcome, second.outcome) == ("kept", "rolled back")
    assert first.selected.tolist() != second.selected.tolist()
    assert (second.withdrawn, second.relabelled) == (0, 0)
    assert np.bincount(found.selection.codes, minlength=2).tolist() == first.selected.tolist()
    assert set(found.since) == {1}


def test_a_gain_of_one_error_and_a_third_is_not_enough(monkeypatch):
    """By 1.645 standard errors a round must help, not by one."""
    data, _ = two_moons(n=60, known=20)
    settings = Settings(threshold=np.zeros(2), rounds=1)
    for errors, outcome in [(1.3, "rolled back"), (1.7, "kept")]:
        told = (errors * 0.01, 0.01)
        monkeypatch.setattr("dataprep.labels.self_training._Judge.gain", lambda *_, t=told: t)
        found = self_train(data, parrot_teacher()[1], settings)
        assert found.rounds[0].outcome == outcome


def test_the_precision_that_is_told_is_of_corrected_confidence():
    """A teacher that is always sure, and right four times in five, reaches 0.8 and not 0.9."""
    rng = np.random.default_rng(0)
    codes = np.arange(200) % 2
    said = np.where(rng.random(200) < 0.2, 1 - codes, codes)
    data = Data(said[:, None] * 1.0, codes, dealt(codes, 5), np.ones((9, 1)), np.arange(9), (), 2)

    class Sure(Parrot):
        def predict_proba(self, X):
            return np.column_stack([1 - X[:, 0], X[:, 0]]) * 0.98 + 0.01

    for bound, rows in [(0.9, 0), (0.7, 200)]:
        settings = Settings(threshold=np.full(2, bound), safeguard=False, rounds=1)
        turn = self_train(data, teacher_of(Sure()), settings).rounds[0]
        assert (turn.held_out, turn.right) == (rows, int((said == codes).sum()) if rows else 0)


def test_rows_of_a_group_are_no_evidence_of_their_own():
    """Eight copies of each row: the error of the gain, and how many judge, are as without them."""
    data, _ = two_moons(n=160, known=60, flipped=0.1)
    copied = data._replace(
        X=np.repeat(data.X, 8, axis=0),
        codes=np.repeat(data.codes, 8),
        fold=np.repeat(data.fold, 8),
        groups=np.repeat(np.arange(60), 8),
    )
    settings = Settings(threshold=np.full(2, 0.7), rounds=1, calibration=None)
    teacher = teacher_of(GaussianNB())
    one, grouped, rows = (
        self_train(given, teacher, settings).rounds[0]
        for given in (data, copied, copied._replace(groups=None))
    )
    assert grouped.gain == rows.gain
    assert (grouped.held_out, grouped.groups) == (8 * one.held_out, one.held_out)
    assert grouped.error > 2 * rows.error
    assert grouped.error == pytest.approx(np.sqrt(8) * rows.error, rel=0.02)


def test_the_order_of_unlabelled_rows_does_not_matter():
    """Ties go by row numbers: the same rows in another order get the same labels."""
    data, _ = two_moons()
    rules = Settings(threshold="adaptive", safeguard=False, rounds=2, max_total=100)
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
            if len(self.seen) >= FIRST:
                raise ValueError("out of ideas")
            return super().fit(X, y, sample_weight)

    broken = Broken()
    teacher = Teacher("broken", "indicators", "teacher", lambda n, k, codes: broken)
    data, _ = two_moons(n=60, known=20)
    with pytest.raises(DataError, match="out of ideas") as caught:
        self_train(data, teacher, Settings(threshold=np.zeros(2), safeguard=False))
    assert "in round 1 of 3" in caught.value.__notes__


@pytest.mark.parametrize(
    ("told", "match"),
    [
        (lambda n: np.full((n, 2), 3.0), r"teacher: the probabilities of row \d+ sum to 6"),
        (lambda n: np.full((n, 2), np.nan), r"teacher: the probabilities of row \d+ hold NaN"),
        (lambda n: np.tile([1.5, -0.5], (n, 1)), "teacher: a probability of -0.5"),
        (lambda n: np.full((n, 3), 1 / 3), r"parrot gives an array of the shape \(\d+, 3\)"),
        (lambda n: np.ones((n, 1)), r"parrot gives an array of the shape \(\d+, 1\)"),
    ],
    ids=["scores", "gaps", "negative", "a class too many", "a class too few"],
)
def test_what_are_no_probabilities_is_refused_in_every_round(told, match):
    """Of labelled rows and of others, at first and later; a row without a label has its number."""
    data, _ = two_moons(n=60, known=20)

    class Other(Parrot):
        since = 0

        def predict_proba(self, X):
            late, others = len(self.seen) > self.since, len(X) == len(data.unlabelled)
            return told(len(X)) if late and others else super().predict_proba(X)

    for since in (0, FIRST):
        other = Other()
        other.since = since
        teacher = teacher_of(other)
        with pytest.raises(DataError, match=match) as caught:
            self_train(data, teacher, Settings(threshold=np.zeros(2), safeguard=False))
        assert f"in round {int(since > 0)} of 3" in caught.value.__notes__


def test_teachers_learn_and_judge_on_one_thread():
    """What they say does not depend on the number of processors, to the last digit."""
    threads = []

    class Watched(Parrot):
        def fit(self, X, y, sample_weight=None):
            threads.extend(pool["num_threads"] for pool in threadpool_info())
            return super().fit(X, y)

        def predict_proba(self, X):
            threads.extend(pool["num_threads"] for pool in threadpool_info())
            return super().predict_proba(X)

    teacher = Teacher("watched", "indicators", "teacher", lambda n, k, codes: Watched())
    with threadpool_limits(2):
        teacher.fit(np.zeros((4, 1)), np.array([0, 1, 0, 1])).predict_proba(np.zeros((3, 1)))
    assert set(threads) == {1}
