"""From samples to batches: shuffled, changed at random, and made ahead in a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np

from fastcnn.data.augment.sweep import Augmentation
from fastcnn.data.prefetch import ahead
from fastcnn.data.sources import as_source
from fastcnn.kernels import gate

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]
Mix = Callable[[np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]
Batch = tuple[Any, ...]


class Loader:
    """Batches of samples, epoch by epoch.

    Parameters
    ----------
    x : array_like, shape (n, ...), or Source
        The samples. uint8 are pixels: they stay bytes until their batch is made and become
        float32 in [0, 1]; other real types become float32 as they are. An array that is mapped
        from a file, such as ``np.load`` gives, is read batch by batch.
    y : array_like, shape (n, ...), optional
        Labels or targets, given as they are; a source has its own.
    batch_size : int, default 64
        Samples per batch.
    shuffle : bool, default True
        A new order in each epoch.
    rng : None, int, Generator, ...
        Source of the order and of all random changes: one number is drawn from it, `seed`.
    augment : callable, optional
        ``augment(x_batch, rng) -> x_batch``, such as `fastcnn.data.Flip`. Yours gets float32 and
        keeps the shape; a chain of `fastcnn.data` reads bytes as they are, and may crop.
    mix : callable, optional
        ``mix(x_batch, y_batch, rng) -> x_batch, targets``, after `augment`; not with `weights`.
    weights : array_like, shape (n,), optional
        What each sample counts, at least 0. Batches then have a third member.
    drop_last : bool, default False
        Leave out the last batch of an epoch where it is smaller than the others.
    prefetch : int, default 2
        Batches that a thread makes ahead; 0: each is made when it is asked for.

    Attributes
    ----------
    seed : int
        Together with the number of an epoch it determines order and random changes: set it to
        that of another loader, and the same batches come, whatever `prefetch` is.
    epoch : int
        Number of the epoch that the next iteration gives, from 0.
    samples : int
        Samples of an epoch.
    shape : tuple of int
        Shape of one sample as the batches have it.
    waited : float
        Seconds for which the batches of the newest iteration have been waited for: what training
        loses to its data.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule. While iterating: what a source or a change gives has a wrong
        shape; whatever they raise comes out where their batch would have.

    Notes
    -----
    Iterating gives the batches of one epoch, ``(x, y)`` or ``(x, y, weight)``: x float32
    (m, ...), weight float32 (m,); y is None where there are no labels.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn import data
    >>> x = np.arange(10, dtype=np.uint8).reshape(10, 1)
    >>> loader = data.Loader(x, np.arange(10), batch_size=4, rng=0)
    >>> len(loader), loader.samples
    (3, 10)
    >>> [y.tolist() for x, y in loader]
    [[5, 4, 1, 2], [7, 0, 3, 6], [8, 9]]

    The second batch of the first epoch again, as training does that goes on where it was stopped:

    >>> x, y = next(loader.batches(epoch=0, first=1))
    >>> y.tolist(), (x * 255).ravel().tolist()
    ([7, 0, 3, 6], [7.0, 0.0, 3.0, 6.0])
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        *,
        batch_size: int = 64,
        shuffle: bool = True,
        rng: Any = None,
        augment: Augment | None = None,
        mix: Mix | None = None,
        weights: Any = None,
        drop_last: bool = False,
        prefetch: int = 2,
    ) -> None:
        self.source = as_source(x, y)
        self.shape: gate.Shape = tuple(self.source.shape)
        n = len(self.source)
        self.batch_size = gate.whole(batch_size, "batch_size")
        self.shuffle = gate.flag(shuffle, "shuffle")
        self.augment = _callable(augment, "augment")
        if isinstance(self.augment, Augmentation):
            self.shape = self.augment.shape(self.shape)
        self.mix = _callable(mix, "mix")
        self.weights = None if weights is None else _weights(weights, n)
        self.drop_last = gate.flag(drop_last, "drop_last")
        self.prefetch = gate.whole(prefetch, "prefetch", 0)
        if mix is not None and weights is not None:
            raise ValueError("weights must be None with mix, whose samples are made of several")
        whole, rest = divmod(n, self.batch_size)
        if self.drop_last and not whole:
            raise ValueError(
                f"batch_size must be <= the {n} samples with drop_last=True: got {self.batch_size}"
            )
        self._length = whole if self.drop_last or not rest else whole + 1
        self.samples = min(n, self._length * self.batch_size)
        self.seed = int(np.random.default_rng(rng).integers(2**63))
        self.epoch = 0
        self.waited = 0.0

    def __len__(self) -> int:
        """Batches of an epoch."""
        return self._length

    def __iter__(self) -> Iterator[Batch]:
        """The batches of the next epoch."""
        self.epoch += 1
        return self.batches(self.epoch - 1)

    def batches(self, epoch: int, first: int = 0) -> Generator[Batch]:
        """The batches of an epoch, from the number `first` on.

        Parameters
        ----------
        epoch : int
            From 0.
        first : int, default 0
            How many batches are left out.

        Returns
        -------
        generator
            Close it, or let go of it, and its thread ends.
        """
        epoch = gate.whole(epoch, "epoch", 0)
        first = gate.whole(first, "first", 0, self._length)
        return self._batches(epoch, first)

    def _batches(self, epoch: int, first: int) -> Generator[Batch]:
        n = len(self.source)
        order = self._random(epoch).permutation(n) if self.shuffle else np.arange(n)

        def make(number: int) -> Batch:
            rows = order[number * self.batch_size : (number + 1) * self.batch_size]
            return self._make(rows, epoch, number)

        self.waited = 0.0
        batches = ahead(make, first, self._length, self.prefetch)
        try:
            while True:
                began = time.perf_counter()
                batch = next(batches, None)
                self.waited += time.perf_counter() - began
                if batch is None:
                    return
                yield batch
                del batch
        finally:
            batches.close()

    def _random(self, *place: int) -> np.random.Generator:
        """The generator of an epoch, or of a batch in it."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=place))

    def _make(self, rows: np.ndarray, epoch: int, number: int) -> Batch:
        """The batch of these samples."""
        taken = self.source.take(rows)
        if not isinstance(taken, tuple) or len(taken) != 2:
            raise TypeError(f"source.take must give a pair (x, y): got {type(taken).__name__}")
        m, (x, y) = len(rows), taken
        _check_shape(x, (m, *self.source.shape), "source.take")
        if not (isinstance(self.augment, Augmentation) and getattr(x, "dtype", None) == np.uint8):
            x = gate.pixels(x, "x of source.take")
        if y is not None and (np.ndim(y) < 1 or len(y) != m):
            raise ValueError(f"source.take must give {m} rows of y: got shape {np.shape(y)}")
        if self.augment is not None or self.mix is not None:
            random = self._random(epoch, number)
        if self.augment is not None:
            x = _shaped(self.augment(x, random), (m, *self.shape), "augment")
        if self.mix is not None:
            x, y = self.mix(x, y, random)
            x = _shaped(x, (m, *self.shape), "mix")
        return (x, y) if self.weights is None else (x, y, self.weights[rows])

    def __repr__(self) -> str:
        return f"Loader({self.source!r}, batch_size={self.batch_size})"


def _check_shape(x: Any, shape: gate.Shape, name: str) -> None:
    if np.shape(x) != shape:
        raise ValueError(f"{name} must give x of shape {shape}: got {np.shape(x)}")


def _shaped(x: Any, shape: gate.Shape, name: str) -> np.ndarray:
    _check_shape(x, shape, name)
    return gate.floats(x, f"x of {name}")


def _callable(value: Any, name: str) -> Any:
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be a function or None: got {value!r}")
    return value


def _weights(value: Any, n: int) -> np.ndarray:
    """float32 (n,), finite and not negative."""
    weights = gate.weights(value, "weights", n)
    if not weights.any():
        raise ValueError("weights must not all be 0")
    return weights
