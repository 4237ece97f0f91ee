"""Random changes to a batch of training images that leave its labels true."""

import operator
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Shift:
    """Move every image by its own random distance, and fill what comes free with zeros.

    Parameters
    ----------
    pixels : int, default 2
        The largest distance, in each direction of each axis.

    Raises
    ------
    ValueError
        ``pixels`` is negative.

    Notes
    -----
    Call it as ``augment(x, rng)``: x is (n, h, w, c) of any type, rng a `numpy.random.Generator`;
    the result is a new array of the same shape and type. The same generator state gives the same
    images.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Shift
    >>> x = np.arange(1, 10, dtype=np.float32).reshape(1, 3, 3, 1)
    >>> Shift(pixels=1)(x, np.random.default_rng(2))[0, :, :, 0]
    array([[0., 4., 5.],
           [0., 7., 8.],
           [0., 0., 0.]], dtype=float32)
    """

    def __init__(self, pixels: int = 2) -> None:
        self.pixels = operator.index(pixels)
        if self.pixels < 0:
            raise ValueError(f"pixels must be >= 0: got {pixels}")

    def __call__(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if x.ndim != 4:
            raise ValueError(f"x must be (n, h, w, c): got shape {x.shape}")
        n, h, w, c = x.shape
        p = self.pixels
        padded = np.zeros((n, h + 2 * p, w + 2 * p, c), x.dtype)
        padded[:, p : p + h, p : p + w] = x
        # views[i, top, left] is the image i as seen from there: (n, 2p+1, 2p+1, h, w, c)
        views = sliding_window_view(padded, (h, w, c), axis=(1, 2, 3))[:, :, :, 0]
        top, left = rng.integers(0, 2 * p + 1, size=(2, n))
        return views[np.arange(n), top, left]

    def __repr__(self) -> str:
        return f"Shift(pixels={self.pixels})"


class Flip:
    """Mirror about half of the images, left to right.

    Notes
    -----
    Call it as ``augment(x, rng)``: x is (n, h, w, c) of any type, rng a `numpy.random.Generator`;
    the result is a new array of the same shape and type.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Flip
    >>> x = np.arange(6).reshape(3, 1, 2, 1)
    >>> Flip()(x, np.random.default_rng(0))[:, 0, :, 0]
    array([[0, 1],
           [3, 2],
           [5, 4]])
    """

    def __call__(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if x.ndim != 4:
            raise ValueError(f"x must be (n, h, w, c): got shape {x.shape}")
        mirrored = rng.random(len(x)) < 0.5
        return np.where(mirrored[:, None, None, None], x[:, :, ::-1], x)

    def __repr__(self) -> str:
        return "Flip()"


class Chain:
    """Several changes, one after the other.

    Parameters
    ----------
    *changes : callable
        Each as ``change(x, rng)``, such as `Shift` and `Flip`.

    Examples
    --------
    >>> from fastcnn.data.augment import Chain, Flip, Shift
    >>> Chain(Shift(4), Flip())
    Chain(Shift(pixels=4), Flip())
    """

    def __init__(self, *changes: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> None:
        self.changes = changes

    def __call__(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        for change in self.changes:
            x = change(x, rng)
        return x

    def __repr__(self) -> str:
        return f"Chain({', '.join(map(repr, self.changes))})"
