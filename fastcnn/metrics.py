"""How well a classifier does, from its scores and the true labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fastcnn.kernels import gate


def accuracy(scores: Any, labels: Any) -> float:
    """Share of samples whose highest score is that of their label.

    Parameters
    ----------
    scores : array_like, shape (n, classes)
        Such as `Model.predict` gives; probabilities do as well.
    labels : array_like of int, shape (n,)

    Returns
    -------
    float
        From 0 to 1. Where several scores are the highest, the first counts.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import metrics
    >>> metrics.accuracy([[2.0, 1.0], [0.5, 3.0], [1.0, 0.0]], [0, 1, 1])
    0.6666666666666666
    """
    return top_k(scores, labels, 1)


def top_k(scores: Any, labels: Any, k: int = 5) -> float:
    """Share of samples whose label is among the `k` highest scores.

    Parameters
    ----------
    scores : array_like, shape (n, classes)
    labels : array_like of int, shape (n,)
    k : int, default 5
        From 1 to the number of classes.

    Returns
    -------
    float
        From 0 to 1. Among equal scores the first counts as the highest.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import metrics
    >>> metrics.top_k([[2.0, 1.0, 0.0], [0.5, 3.0, 1.0]], [1, 0], k=2)
    0.5
    """
    scores, labels = _checked(scores, labels)
    k, classes = gate.whole(k, "k"), scores.shape[1]
    if k > classes:
        raise ValueError(f"k must be at most the {classes} classes: got {k}")
    own = scores[np.arange(len(labels)), labels][:, None]
    before = np.arange(classes) < labels[:, None]
    rank = ((scores > own) | ((scores == own) & before)).sum(axis=1)
    return float((rank < k).mean())


def confusion_matrix(scores: Any, labels: Any) -> np.ndarray:
    """Count how often each class is taken for each.

    Parameters
    ----------
    scores : array_like, shape (n, classes)
    labels : array_like of int, shape (n,)

    Returns
    -------
    ndarray of int64, shape (classes, classes)
        ``m[true, predicted]``; the diagonal is what was right.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import metrics
    >>> metrics.confusion_matrix([[2.0, 1.0], [0.5, 3.0], [1.0, 0.0]], [0, 1, 1])
    array([[1, 0],
           [1, 1]])
    """
    scores, labels = _checked(scores, labels)
    classes = scores.shape[1]
    pairs = labels * classes + scores.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


@dataclass(frozen=True)
class PerClass:
    """Figures of each class, shape (classes,).

    Attributes
    ----------
    precision : ndarray of float64
        Right among those taken for the class; NaN where there are none.
    recall : ndarray of float64
        Right among those of the class; NaN where there are none.
    f1 : ndarray of float64
        Harmonic mean of the two: ``2 right / (taken + there)``; NaN where there are neither.
    support : ndarray of int64
        Samples of the class.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


def per_class(matrix: Any) -> PerClass:
    """Precision, recall and F1 of each class (van Rijsbergen, "Information Retrieval", 1979).

    Parameters
    ----------
    matrix : array_like of int, shape (classes, classes)
        From `confusion_matrix`; those of several batches may be added up.

    Returns
    -------
    PerClass

    Raises
    ------
    ValueError, TypeError
        The matrix is not square, or no matrix of counts.

    Examples
    --------
    >>> from fastcnn import metrics
    >>> found = metrics.per_class([[8, 2], [0, 5]])
    >>> found.precision, found.recall
    (array([1.        , 0.71428571]), array([0.8, 1. ]))
    """
    counts = np.asarray(matrix)
    if counts.dtype.kind not in "iu":
        raise TypeError(f"matrix must hold integers: got dtype {counts.dtype}")
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise ValueError(f"matrix must have shape (classes, classes): got {counts.shape}")
    if counts.min() < 0:
        raise ValueError(f"matrix must hold counts >= 0: got {counts.min()}")
    right, there, taken = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN that is promised
        return PerClass(right / taken, right / there, 2 * right / (taken + there), there)


def _checked(scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    scores = gate.floats(scores, "scores")
    if scores.ndim != 2 or scores.size == 0:
        raise ValueError(f"scores must have shape (n, classes): got {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError(
            f"scores must not be NaN: got one at row {np.isnan(scores).any(1).argmax()}"
        )
    return scores, gate.labels(labels, *scores.shape)
