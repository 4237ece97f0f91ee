"""Several changes, one after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fastcnn.data.augment.sweep import Augmentation


class Chain(Augmentation):
    """Several changes, one after the other.

    Parameters
    ----------
    *changes : callable
        Each as ``change(x, rng)``: those of this module, other chains, or a function of your own,
        which gets float32 and keeps the number of samples.

    Raises
    ------
    TypeError
        A change is not callable.

    Notes
    -----
    Moves that follow each other (`Flip`, `Shift`, `Crop`, `ResizedCrop`, `Rotate`) are composed,
    and each image is read once, along the resulting map: what a crop cuts off is there again when a
    rotation behind it turns it into the picture, and nothing is blurred twice. Colour changes that
    follow each other are composed too and limited to 0..1 once, behind the last.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Chain, Crop, Flip, Normalize
    >>> augment = Chain(Crop(32, padding=4), Flip(), Normalize(0.5, 0.25))
    >>> augment
    Chain(Crop(size=32, padding=4, fill=0.0), Flip(), Normalize(mean=0.5, std=0.25))
    >>> x = np.full((8, 32, 32, 3), 255, np.uint8)
    >>> y = augment(x, np.random.default_rng(0))
    >>> y.shape, y.dtype, float(y.min()), float(y.max())
    ((8, 32, 32, 3), dtype('float32'), -2.0, 2.0)
    """

    def __init__(self, *changes: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> None:
        flat: list[Callable] = []
        for change in changes:
            if not callable(change):
                raise TypeError(f"changes must be callables change(x, rng): got {change!r}")
            flat += change.changes if isinstance(change, Chain) else [change]
        self._changes = tuple(flat)

    @property
    def changes(self) -> tuple[Callable, ...]:
        """All of them, those of chains in it too."""
        return self._changes

    def __repr__(self) -> str:
        return f"Chain({', '.join(map(repr, self.changes))})"
