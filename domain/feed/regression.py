"""Logistic regression, and metrics of how well an order predicts interactions. Pure.

The fit is Newton's method, which for this model is iteratively reweighted least squares (Hastie, Tibshirani and
Friedman, "The Elements of Statistical Learning", 2nd ed., 4.4.1), with an L2 penalty (3.4.1) and steps that are halved
until the loss falls; it ends when the Newton decrement is small (Boyd and Vandenberghe, "Convex Optimization", 9.5).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 50
HALVINGS = 30
DECREMENT = 1e-9  # of the mean loss of an example


class NotConverged(Exception):
    """The fit did not converge. The message is a sentence that says why."""


@dataclass(frozen=True)
class Fit:
    """The log-odds are `intercept` + features @ `coefficients`, found in `steps` steps."""

    intercept: float
    coefficients: Floats
    steps: int


def fit(features: Floats, labels: Floats, penalty: float = 1.0) -> Fit:
    """Return the maximum-likelihood fit of `labels` (0 or 1) to `features`, a row for each example, of similar scale.

    `penalty` is half the weight of the sum of squared coefficients against the loss summed over all examples; the
    intercept has none. Raises NotConverged.
    """
    rows = np.column_stack([np.ones(len(labels)), features])
    penalties = np.full(rows.shape[1], penalty)
    penalties[0] = 0.0
    weights = np.zeros(rows.shape[1])
    loss = _loss(rows, labels, penalties, weights)
    for step in range(1, STEPS + 1):
        likely = 0.5 * (1 + np.tanh(0.5 * (rows @ weights)))
        gradient = rows.T @ (labels - likely) - penalties * weights
        curvature = (rows.T * (likely * (1 - likely))) @ rows + np.diag(penalties)
        try:
            move = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            raise NotConverged("The features cannot be told apart: the equations are singular.") from None
        if gradient @ move / 2 <= DECREMENT * len(labels):
            return Fit(float(weights[0]), weights[1:], step)
        for _ in range(HALVINGS):
            tried = _loss(rows, labels, penalties, weights + move)
            if tried < loss:
                break
            move /= 2
        else:
            raise NotConverged(f"No step makes the loss smaller than {loss:.6g}.")
        weights, loss = weights + move, tried
    raise NotConverged(f"The coefficients still move after {STEPS} steps.")


def _loss(rows: Floats, labels: Floats, penalties: Floats, weights: Floats) -> float:
    odds = rows @ weights
    return float(np.sum(np.logaddexp(0, odds) - labels * odds) + penalties @ weights**2 / 2)


def auc(scores: Floats, labels: Floats) -> float:
    """The probability that a positive has a higher score than a negative, a tie being half; labels of both classes.

    The statistic of Mann and Whitney over their product (Hanley and McNeil, Radiology 143, 1982).
    """
    _, which, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[which]
    positives = labels.sum()
    negatives = len(labels) - positives
    return float((ranks @ labels - positives * (positives + 1) / 2) / (positives * negatives))


def ndcg(scores: Floats, labels: Floats, groups: NDArray[np.int64], first: int = 10) -> float:
    """The mean over groups with a positive of how near the top of the group the positives are, 1 at best.

    Discounted cumulative gain of the `first` over that of the best order (Järvelin and Kekäläinen, ACM TOIS 20, 2002).
    Of equal scores the one that was given first comes first.
    """
    best = _gains(labels, labels, groups, first)
    some = best > 0
    return float(np.mean(_gains(scores, labels, groups, first)[some] / best[some]))


def _gains(scores: Floats, labels: Floats, groups: NDArray[np.int64], first: int) -> Floats:
    """The discounted gain of each group, in the order of their numbers."""
    _, group = np.unique(groups, return_inverse=True)
    order = np.lexsort((-scores, group))
    sizes = np.bincount(group)
    places = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    gains = np.where(places < first, labels[order] / np.log2(places + 2), 0.0)
    return np.bincount(group[order], weights=gains).astype(np.float64)
