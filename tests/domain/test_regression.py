"""The fit is where the loss is least, and the measures are what their definitions say, slowly."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.feed import regression
from domain.feed.regression import NotConverged, auc, fit, ndcg


def test_known_coefficients_are_recovered() -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(50_000, 4))
    truth = np.array([1.0, -0.5, 0.0, 2.0])
    labels = (random.random(50_000) < 1 / (1 + np.exp(1.5 - features @ truth))).astype(np.float64)
    found = fit(features, labels)
    assert found.coefficients == pytest.approx(truth, abs=0.06)
    assert found.intercept == pytest.approx(-1.5, abs=0.06)
    assert found.steps < 12


def test_the_loss_is_least_there() -> None:
    random = np.random.default_rng(2)
    features = random.normal(size=(300, 3)) * [1, 30, 0.01]
    labels = (random.random(300) < 0.2).astype(np.float64)
    found = fit(features, labels, penalty=2.0)
    likely = 1 / (1 + np.exp(-found.intercept - features @ found.coefficients))
    assert features.T @ (labels - likely) == pytest.approx(2 * found.coefficients, abs=0.01)
    assert likely.sum() == pytest.approx(labels.sum(), abs=0.01)


def test_fit_ends_with_the_first_step_whose_decrement_is_small() -> None:
    """Newton's method, written once more, on problems so easy that it never overshoots."""
    for seed in range(30):
        random = np.random.default_rng(seed)
        features = random.normal(size=(200 + seed, 2))
        labels = (random.random(len(features)) < 1 / (1 + np.exp(1 - features[:, 0]))).astype(np.float64)
        rows, weights, steps = np.column_stack([np.ones(len(labels)), features]), np.zeros(3), 0
        penalties = np.array([0.0, 1.0, 1.0])
        while True:
            steps += 1
            likely = 1 / (1 + np.exp(-rows @ weights))
            gradient = rows.T @ (labels - likely) - penalties * weights
            curvature = (rows.T * (likely * (1 - likely))) @ rows + np.diag(penalties)
            move = np.linalg.solve(curvature, gradient)
            if gradient @ move / 2 <= 1e-9 * len(labels):
                break
            weights += move
        found = fit(features, labels)
        assert (found.steps, found.intercept) == (steps, pytest.approx(weights[0], abs=1e-12))
        assert found.coefficients == pytest.approx(weights[1:], abs=1e-12)


def test_what_cannot_be_fitted_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.linspace(-1, 1, 100)[:, None] * 1000
    labels = (features[:, 0] > 0).astype(np.float64)
    assert np.isfinite(fit(features, labels).coefficients).all(), "the penalty holds back what tells them apart"
    with pytest.raises(NotConverged, match="singular"):
        fit(np.zeros((100, 2)), labels, penalty=0.0)
    with pytest.raises(NotConverged, match="No step"), pytest.warns(RuntimeWarning):
        fit(features * np.nan, labels)
    monkeypatch.setattr(regression, "STEPS", 2)
    with pytest.raises(NotConverged, match="after 2 steps"):
        fit(features, labels)


few = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=25)


@given(few)
def test_auc_is_how_often_a_positive_is_above_a_negative(examples: list[tuple[int, int, int]]) -> None:
    above = [score for score, label, _ in examples if label]
    below = [score for score, label, _ in examples if not label]
    assume(above and below)
    wins = sum((high > low) + (high == low) / 2 for high, low in product(above, below))
    scores, labels, _ = (np.array(column, np.float64) for column in zip(*examples, strict=True))
    assert auc(scores, labels) == pytest.approx(wins / (len(above) * len(below)))


@given(few, st.integers(1, 5))
def test_ndcg_is_the_gain_over_the_best_gain(examples: list[tuple[int, int, int]], first: int) -> None:
    def gain(labels: list[int]) -> float:
        return sum(label / np.log2(place + 2) for place, label in enumerate(labels[:first]))

    found = []
    for group in range(3):
        of = [(score, label) for score, label, its in examples if its == group]
        if any(label for _, label in of):
            ordered = [label for _, label in sorted(of, key=lambda each: -each[0])]
            found.append(gain(ordered) / gain(sorted(ordered, reverse=True)))
    assume(found)
    scores, labels, groups = (np.array(column) for column in zip(*examples, strict=True))
    measured = ndcg(scores.astype(np.float64), labels.astype(np.float64), groups, first)
    assert measured == pytest.approx(np.mean(found))
