"""One sweep of the kernel over a batch: what is drawn for each sample, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from fastcnn.kernels import gate
from fastcnn.kernels.augment import Augment
from fastcnn.kernels.program import Program

#: No image is moved further, in pixels: whole numbers stay whole where they are drawn.
FARTHEST = 1 << 20


class Draws:
    """Random numbers for n samples: functions of their keys and of how many came before.

    The generator is splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", OOPSLA 2014, figure 1), which begins at the sample's key.
    """

    def __init__(self, rng: Any, n: int) -> None:
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng must be a numpy.random.Generator: got {rng!r}")
        self.keys = rng.integers(1 << 64, size=n, dtype=np.uint64)
        self.count = 0

    def uniform(self, low: Any = 0, high: Any = 1) -> np.ndarray:
        """One number in [low, high) for each sample, float64 (n,), in 2^32 steps."""
        self.count += 1
        z = self.keys + np.uint64(self.count * 0x9E3779B97F4A7C15 % (1 << 64))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return low + (high - low) * (((z ^ (z >> np.uint64(31))) >> np.uint64(32)) * 2.0**-32)

    def whole(self, low: int, high: int) -> np.ndarray:
        """One whole number from low to high, both included, for each sample, float64 (n,)."""
        return np.floor(self.uniform(low, high + 1))


class Sweep:
    """What becomes of each sample of x: it is moved, its colours change, it is normalised, a box
    covers it.

    Attributes
    ----------
    size : (int, int)
        Height and width of the images as they are after the moves so far.
    draws : Draws
    maps : ndarray of float64, (n, 2, 3)
        Where a pixel's centre (i, j, 1) of the new image stands in the old one.
    fill : float, optional
        What stands beyond the old image; None as long as nobody cares.
    colors : ndarray of float64, (n, 2, c, c), optional
        A pixel p becomes ``colors[0] @ p + colors[1] @ m``, m being the mean of the sample's.
    mean, scale : ndarray of float64, (c,), optional
    boxes : ndarray of int64, (n, 4), optional
        Top, bottom, left and right edge of what becomes `value`.
    """

    def __init__(self, x: np.ndarray, draws: Draws) -> None:
        self.x, self.draws = x, draws
        self.n, height, width, self.c = x.shape
        self.size = height, width
        self.maps = self.standing()
        self.fill: float | None = None
        self.colors: np.ndarray | None = None
        self.mean: np.ndarray | None = None
        self.scale: np.ndarray | None = None
        self.boxes: np.ndarray | None = None
        self.value = 0.0
        self.last = Change.MOVE

    def standing(self) -> np.ndarray:
        """Moves (n, 2, 3) that leave every sample where it is."""
        moves = np.zeros((self.n, 2, 3))
        moves[:, 0, 0] = moves[:, 1, 1] = 1
        return moves

    def move(self, matrix: np.ndarray, size: tuple[int, int]) -> None:
        """Show at (i, j) what has stood at ``matrix (n, 2, 3) @ (i, j, 1)``."""
        turn, shift = self.maps[:, :, :2], self.maps[:, :, 2:]
        self.maps = turn @ matrix
        self.maps[:, :, 2:] += shift
        self.size = size

    def takes(self, change: Change) -> bool:
        """Whether this change can be made in this sweep, behind those that are in it."""
        same_fill = self.fill is None or change.fill is None or self.fill == change.fill
        later = self.last < change.PLACE
        return same_fill and (later or self.last == change.PLACE <= Change.COLOR)

    def take(self, change: Change) -> None:
        """Draw this change for each sample and add it."""
        change.plan(self)
        self.last = change.PLACE
        if change.fill is not None:
            self.fill = change.fill

    def run(self) -> np.ndarray:
        """Make the new images, float32 (n, *size, c)."""
        y = np.empty((self.n, *self.size, self.c), np.float32)
        colors = None if self.colors is None else self.colors.astype(np.float32)
        mean, scale = self.row(self.mean), self.row(self.scale)
        changes = self.maps, self.fill or 0.0, colors, mean, scale, self.boxes, self.value
        Program([Augment(self.x, *changes, y)]).run()
        return y

    def row(self, values: np.ndarray | None) -> np.ndarray | None:
        """The values (c,) of the channels, for each pixel of a row: float32 (width, c)."""
        return None if values is None else np.tile(values.astype(np.float32), (self.size[1], 1))


class Augmentation:
    """Changes, one after the other."""

    @property
    def changes(self) -> tuple[Callable, ...]:
        """Each as ``change(x, rng)``."""
        raise NotImplementedError

    def __call__(self, x: Any, rng: np.random.Generator) -> np.ndarray:
        return apply(self.changes, x, rng)

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """What a sample (h, w, c) of this shape becomes."""
        for change in self.changes:
            size = getattr(change, "new_size", None)
            if size is not None:
                shape = (*size, *shape[2:])
        return shape


class Change(Augmentation):
    """A change that the kernel makes.

    Attributes
    ----------
    PLACE : int
        Where it stands in a sweep.
    fill : float, optional
        What it leaves where there is no image.
    new_size : (int, int), optional
        Height and width of the images that it gives.
    """

    MOVE, COLOR, NORMALIZE, COVER = range(4)
    PLACE = MOVE
    fill: float | None = None
    new_size: tuple[int, int] | None = None

    @property
    def changes(self) -> tuple[Callable, ...]:
        """Itself."""
        return (self,)

    def plan(self, sweep: Sweep) -> None:
        """Draw the change for each sample and write it into the sweep."""
        raise NotImplementedError


def apply(changes: Iterable[Callable], x: Any, rng: np.random.Generator) -> np.ndarray:
    """Take a batch through the changes, one after the other, in as few sweeps as possible."""
    x = gate.images(x, "x")
    draws = Draws(rng, len(x))
    sweep = Sweep(x, draws)
    for change in changes:
        if not isinstance(change, Change):
            sweep = Sweep(_changed(change, sweep.run(), rng), draws)
        else:
            if not sweep.takes(change):
                sweep = Sweep(sweep.run(), draws)
            sweep.take(change)
    return sweep.run()


def _changed(change: Callable, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a caller's own function makes of the batch."""
    y = gate.images(change(x, rng), f"what {change!r} gives")
    if len(y) != len(x):
        raise ValueError(f"{change!r} must give {len(x)} samples: got {len(y)}")
    return y
