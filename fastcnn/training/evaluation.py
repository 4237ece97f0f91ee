"""How well a model does on samples that it does not learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fastcnn.data import Loader
from fastcnn.kernels import gate
from fastcnn.training.samples import checked, counts, given, in_order
from fastcnn.training.step import correct
from fastcnn.training.sums import Sums

if TYPE_CHECKING:
    from fastcnn.model import Model

Metric = Callable[[np.ndarray, np.ndarray], float]
Metrics = Mapping[str, Metric] | Iterable[Metric]


def evaluate(
    model: Model,
    x: Any,
    y: Any = None,
    batch_size: int = 256,
    metrics: Metrics = (),
    weight: Any = None,
) -> dict[str, float]:
    """Mean loss, for classification accuracy, and other metrics, in prediction mode.

    Parameters
    ----------
    model : Model
    x : array_like, shape (n, *input_shape), or Loader
    y : array_like
        Labels or targets; a loader has its own.
    batch_size : int, default 256
        Samples that run together.
    metrics : dict of str -> callable, or iterable of callables
        Such as `fastcnn.metrics.top_k`: ``metric(scores, y) -> float``, by names or their own.
    weight : array_like, shape (n,), optional
        How much each sample counts in the loss, and in nothing else; a loader has its own.

    Returns
    -------
    dict of str -> float
        "loss", "accuracy", and each metric by its name.

    Examples
    --------
    >>> import functools
    >>> import fastcnn
    >>> from fastcnn import layers, metrics
    >>> model = fastcnn.Sequential([layers.Dense(3)], input_shape=(2,), rng=0)
    >>> top_2 = functools.partial(metrics.top_k, k=2)
    >>> measured = model.evaluate([[1, 2], [3, 4]], [0, 2], metrics={"top_2": top_2})
    >>> list(measured)
    ['loss', 'accuracy', 'top_2']
    """
    batch_size = gate.whole(batch_size, "batch_size")
    samples = checked(model, model.loss, x, y)
    if weight is not None and isinstance(samples, Loader):
        raise ValueError("weight must be None: a Loader has its own")
    weight = None if weight is None else gate.weights(weight, "weight", len(samples))
    samples = in_order(samples, batch_size, weight)
    return measure(model, samples, named(metrics))


def named(metrics: Metrics) -> dict[str, Metric]:
    """Metrics by name; each is a function."""
    if not isinstance(metrics, Mapping):
        if not isinstance(metrics, Iterable) or isinstance(metrics, str):
            raise TypeError(f"metrics must be a dict or a list of functions: got {metrics!r}")
        metrics = {getattr(each, "__name__", repr(each)): each for each in metrics}
    for name, metric in metrics.items():
        if not callable(metric):
            raise TypeError(f"metrics must be functions: got {metric!r} for {name!r}")
        if name == "loss":
            raise ValueError("metrics must have names of their own: got 'loss'")
    return dict(metrics)


def measure(
    model: Model,
    samples: Loader,
    metrics: Mapping[str, Metric],
    between: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """What `evaluate` gives, of checked samples; `between` is called after each batch."""
    sums, scores, targets = Sums(), [], []
    for x, y, *weights in samples.batches(0):
        target, weight = given(model, y, weights, len(x))
        with model.lock:
            plan = model.fill("evaluate", model.batch(x), target, weight)
            plan.forward.run()
            sums.add(float(plan.array("loss")[0]), correct(plan), *counts(model, x, weight))
            if metrics:
                scores.append(plan.array("y").copy())
                targets.append(target)
        between()
    measured = sums.means()
    if metrics:
        both = np.concatenate(scores), np.concatenate(targets)
        measured |= {name: float(metric(*both)) for name, metric in metrics.items()}
    return measured
