"""Figures of a classifier against counting one sample after the other."""

import numpy as np
import pytest

from fastcnn import metrics

CLASSES = 6


def problem(seed, n=200):
    """Whole scores, so that many are equal."""
    rng = np.random.default_rng(seed)
    return rng.integers(-3, 4, (n, CLASSES)).astype(np.float32), rng.integers(0, CLASSES - 1, n)


def ranking(row):
    """Classes from the highest score down, the first of equal ones first."""
    return sorted(range(len(row)), key=lambda c: (-row[c], c))


@pytest.mark.parametrize("k", range(1, CLASSES + 1))
def test_top_k_counts_one_by_one(k):
    scores, labels = problem(150)
    hits = sum(label in ranking(row)[:k] for row, label in zip(scores, labels, strict=True))
    assert metrics.top_k(scores, labels, k) == hits / len(labels)
    if k == 1:
        assert metrics.accuracy(scores, labels) == hits / len(labels)


def test_confusion_matrix_counts_one_by_one():
    scores, labels = problem(151)
    expected = np.zeros((CLASSES, CLASSES), dtype=int)
    for row, label in zip(scores, labels, strict=True):
        expected[label, ranking(row)[0]] += 1
    matrix = metrics.confusion_matrix(scores, labels)
    assert matrix.dtype == np.int64
    np.testing.assert_array_equal(matrix, expected)
    assert matrix.trace() / len(labels) == metrics.accuracy(scores, labels)


def test_per_class_counts_one_by_one():
    scores, labels = problem(152)
    found = metrics.per_class(metrics.confusion_matrix(scores, labels))
    predicted = np.array([ranking(row)[0] for row in scores])
    for c in range(CLASSES - 1):
        right = ((predicted == c) & (labels == c)).sum()
        taken, there = (predicted == c).sum(), (labels == c).sum()
        assert found.precision[c] == right / taken
        assert found.recall[c] == right / there
        assert found.f1[c] == pytest.approx(2 / (taken / right + there / right))
        assert found.support[c] == there
    assert np.isnan(found.recall[-1])  # no sample of this class
    assert found.precision[-1] == found.f1[-1] == found.support[-1] == 0


@pytest.mark.parametrize(
    ("function", "arguments", "error", "words"),
    [
        ("accuracy", ([1.0, 2.0], [0]), ValueError, ["scores", "(2,)"]),
        ("accuracy", (np.zeros((0, 3)), []), ValueError, ["scores", "(0, 3)"]),
        ("accuracy", ([["a"]], [0]), TypeError, ["scores"]),
        ("accuracy", ([[0.0, np.nan]], [0]), ValueError, ["scores", "NaN", "row 0"]),
        ("accuracy", ([[0.0, 1.0]], [2]), ValueError, ["labels", "2"]),
        ("accuracy", ([[0.0, 1.0]], [0, 1]), ValueError, ["labels", "(2,)"]),
        ("accuracy", ([[0.0, 1.0]], [0.5]), TypeError, ["labels", "float64"]),
        ("top_k", ([[0.0, 1.0]], [0], 3), ValueError, ["k", "3"]),
        ("top_k", ([[0.0, 1.0]], [0], 0), ValueError, ["k", "0"]),
        ("confusion_matrix", ([[0.0, 1.0]], [-1]), ValueError, ["labels", "-1"]),
        ("per_class", ([[1, 2, 3]],), ValueError, ["matrix", "(1, 3)"]),
        ("per_class", ([[1.5]],), TypeError, ["matrix", "float64"]),
        ("per_class", ([[-1]],), ValueError, ["matrix", "-1"]),
    ],
)
def test_refuses(function, arguments, error, words):
    with pytest.raises(error) as caught:
        getattr(metrics, function)(*arguments)
    for word in words:
        assert word in str(caught.value)
