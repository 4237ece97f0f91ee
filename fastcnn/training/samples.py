"""What is trained and evaluated on: arrays, sources and loaders, checked, as loaders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fastcnn import losses
from fastcnn.data import Arrays, Loader, Source, Subset, split
from fastcnn.data.augment.sweep import Augmentation
from fastcnn.kernels import gate
from fastcnn.losses import Loss

if TYPE_CHECKING:
    from fastcnn.model import Model

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def checked(model: Model, goal: Loss, x: Any, y: Any = None) -> Source | Loader:
    """Samples that the model takes; of arrays all targets are checked, of others those of a batch.

    Raises
    ------
    ValueError, TypeError
        Samples or targets are none for this model and this loss.
    """
    x = _inputs(model, x)
    if isinstance(x, np.ndarray):
        return Arrays(x, goal.check(y, len(x), model.output_shape))
    if y is not None:
        kind = type(x).__name__
        raise ValueError(f"y must be None: a {kind} has its own: got {type(y).__name__}")
    return x


def parts(model: Model, x: Any, batch_size: int) -> Iterator[np.ndarray]:
    """Samples alone, checked, some at a time and in order; of arrays the rows as they are."""
    x = _inputs(model, x)
    if isinstance(x, np.ndarray):
        return (x[first : first + batch_size] for first in range(0, len(x), batch_size))
    return (part for part, *_ in in_order(x, batch_size).batches(0))


def _inputs(model: Model, x: Any) -> np.ndarray | Source | Loader:
    """What the model takes: an array of real numbers, of any type, or a source or loader."""
    if not isinstance(x, Loader | Source) or hasattr(x, "__array__"):
        return gate.samples(gate.array_of(x, "x", "fiub", "real numbers"), model.input_shape)
    if tuple(x.shape) != model.input_shape:
        raise ValueError(f"x must give samples {model.input_shape}: got {tuple(x.shape)}")
    return x


def given(
    model: Model, y: np.ndarray, weights: list[np.ndarray], n: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """What a loader gives beside n samples, checked: targets, and weights where there are any."""
    target = model.loss.check(y, n, model.output_shape)
    return target, gate.weights(weights[0], "weight", n) if weights else None


def counts(model: Model, x: np.ndarray, weight: np.ndarray | None) -> tuple[int, float]:
    """How many answers a batch has, and what it counts in the mean of the losses."""
    answers = len(x) * model.loss.answers(model.output_shape)
    return answers, float(len(x) if weight is None else weight.sum(dtype=np.float64))


def in_order(samples: Source | Loader, batch_size: int = 256, weight: Any = None) -> Loader:
    """A loader for an evaluation."""
    if isinstance(samples, Loader):
        return samples
    depth = 0 if _cheap(samples) else 2
    options: dict[str, Any] = {"batch_size": batch_size, "prefetch": depth}
    return Loader(samples, shuffle=False, weights=weight, **options)


def shuffled(
    samples: Source,
    batch_size: int,
    augment: Augment | None,
    weights: np.ndarray | None,
    seed: int,
) -> Loader:
    """A loader for a training; the same for the same seed."""
    # Kernels use all cores: made ahead, they would take these from the step.
    quick = augment is None or isinstance(augment, Augmentation)
    depth = 0 if quick and _cheap(samples) else 2
    options: dict[str, Any] = {"batch_size": batch_size, "prefetch": depth, "rng": 0}
    loader = Loader(samples, augment=augment, weights=weights, **options)
    loader.seed = seed
    return loader


def weights_of(samples: Source | Loader, sample_weight: Any, class_weight: Any) -> Any:
    """What each sample counts in the loss, float32 (n,); None where all count the same.

    Raises
    ------
    ValueError, TypeError
        Weights are no finite numbers >= 0, or those of classes come without labels.
    """
    if sample_weight is None and class_weight is None:
        return None
    if isinstance(samples, Loader):
        raise ValueError("sample_weight and class_weight must be None: a Loader has its own")
    n = len(samples)
    given = np.ones(n) if sample_weight is None else sample_weight
    weights = gate.weights(given, "sample_weight", n)
    if class_weight is None:
        return weights
    labels = getattr(samples, "labels", None)
    if labels is None:
        raise ValueError("class_weight needs labels, ints (n,): there are none")
    return weights * losses.sample_weights(labels, class_weight)


def halves(samples: Source, share: float, seed: int) -> tuple[Subset, Subset]:
    """Training and validation samples; the same for the same seed."""
    stratified = getattr(samples, "labels", None) is not None
    return split(samples, None, share, stratified=stratified, rng=seed)


def _cheap(samples: Source) -> bool:
    """Whether a batch is a mere copy: a thread for it would cost more than it gives."""
    while isinstance(samples, Subset):
        samples = samples.source
    return isinstance(samples, Arrays) and samples.x.dtype == np.float32
