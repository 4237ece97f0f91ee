"""Parts of a data set, and the balance of its classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastcnn.data.sources import Arrays, Source, Subset, as_source
from fastcnn.kernels import gate


def split(
    x: Any, y: Any = None, share: float = 0.2, *, stratified: bool = True, rng: Any = None
) -> tuple[Any, Any]:
    """Hold out some samples at random, for validation or a test.

    Parameters
    ----------
    x : array_like, shape (n, ...), or Source
    y : array_like, shape (n, ...), optional
        Labels or targets; a source has its own.
    share : float, default 0.2
        How much is held out: that many of n, rounded, at least one and not all.
    stratified : bool, default True
        Hold out the same share of each class, rounded; at least one sample of it stays. Needs
        labels, ints (n,).
    rng : None, int, Generator, ...
        What `numpy.random.default_rng` takes: which samples are held out.

    Returns
    -------
    training, held_out : pairs ``(x, y)`` of ndarray, or sources
        Copies of the rows; or, of a source, a `Subset`, and nothing is read. Both in the order of
        `x`. An array that is larger than memory is best given as ``Arrays(x, y)``.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, or there are no labels to keep the shares of.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import data
    >>> y = np.repeat([0, 1], [90, 10])
    >>> (x, y), (xv, yv) = data.split(np.arange(100.0), y, share=0.2, rng=0)
    >>> np.bincount(y), np.bincount(yv)
    (array([72,  8]), array([18,  2]))
    """
    source = as_source(x, y)
    n, generator = len(source), np.random.default_rng(rng)
    share = gate.real(share, "share", 0.0, 1.0)
    count = round(share * n)
    if not 0 < count < n:
        raise ValueError(f"share must hold out 1 to {n - 1} of {n} samples: got {share:g}")
    held = np.zeros(n, bool)
    if gate.flag(stratified, "stratified"):
        labels = _labels(source)
        for rows, some in zip(*_quotas(labels, share, count), strict=True):
            held[generator.permutation(rows)[:some]] = True
        if not held.any():
            raise ValueError("stratified=True needs a class of two samples or more: each has one")
    else:
        held[generator.permutation(n)[:count]] = True
    parts = [Subset(source, np.flatnonzero(each)) for each in (~held, held)]
    if isinstance(source, Arrays) and source is not x:
        return tuple(source.take(part.indices) for part in parts)  # type: ignore[return-value]
    return parts[0], parts[1]


def class_weights(labels: Any) -> np.ndarray:
    """What each class must count so that all count the same in sum: n / (classes * count).

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        Classes from 0 on, each with a sample at least.

    Returns
    -------
    ndarray of float32, shape (classes,)
        Their mean over all samples is 1. ``class_weights(y)[y]`` is what a `Loader` takes as
        `weights`.

    Raises
    ------
    ValueError, TypeError
        A class has no sample, or `labels` are not classes.

    References
    ----------
    .. [1] G. King and L. Zeng, "Logistic regression in rare events data", Political Analysis 9(2),
       2001.

    Examples
    --------
    >>> from fastcnn.data import class_weights
    >>> class_weights([0, 0, 0, 1])
    array([0.6666667, 2.       ], dtype=float32)
    """
    array = _classes(labels, "labels")
    counts = np.bincount(array)
    if not counts.all():
        empty = int(counts.argmin())
        raise ValueError(f"labels must hold each class up to {len(counts) - 1}: none is {empty}")
    return (len(array) / (len(counts) * counts)).astype(np.float32)


def _labels(source: Source) -> np.ndarray:
    labels = getattr(source, "labels", None)
    if labels is None:
        raise ValueError("stratified=True needs labels, ints (n,): there are none")
    return _classes(labels, "labels")


def _classes(labels: Any, name: str) -> np.ndarray:
    """Labels, ints (n,), from 0 to a number that counts may be kept for."""
    array = gate.array_of(labels, name, "iu", "integers")
    if array.ndim != 1 or not len(array):
        raise ValueError(f"{name} must be one row, not empty: got shape {array.shape}")
    return gate.labels(array, len(array), 1 << 24)


def _quotas(labels: np.ndarray, share: float, count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The rows of each class, and how many of them are held out: `count` in all.

    Largest remainders: each class gives its share, rounded down; those that lost most give one
    more. One of each class stays, so a set of nearly as many classes as samples may give fewer.
    """
    classes = np.unique(labels)
    rows = [np.flatnonzero(labels == each) for each in classes]
    sizes = np.array([len(each) for each in rows])
    quotas = np.floor(share * sizes).astype(np.int64)
    lost = share * sizes - quotas
    lost[quotas >= sizes - 1] = -1
    more = np.argsort(-lost, kind="stable")[: max(0, count - quotas.sum())]
    quotas[more] += 1
    return rows, np.minimum(quotas, sizes - 1)
