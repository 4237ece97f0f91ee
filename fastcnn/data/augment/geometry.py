"""Changes that move an image: every pixel of the new one shows a place of the old one.

A place is a distance from the upper and left edge, so pixel (i, j) has its centre at
(i + 1/2, j + 1/2). Between four centres the image is bilinear; up to the border its outermost
pixels go on; beyond it stands ``fill``. A whole number of pixels is a copy, bit for bit.
"""

from __future__ import annotations

import numpy as np

from fastcnn.arithmetic import Pair, pair
from fastcnn.data.augment.sweep import FARTHEST, Change, Sweep
from fastcnn.kernels import gate


class Flip(Change):
    """Mirror about half of the images, left to right (Krizhevsky, Sutskever and Hinton, "ImageNet
    classification with deep convolutional neural networks", 2012, section 4.1).

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Flip
    >>> x = np.arange(6.0).reshape(3, 1, 2, 1)
    >>> Flip()(x, np.random.default_rng(0))[:, 0, :, 0]
    array([[0., 1.],
           [2., 3.],
           [5., 4.]], dtype=float32)
    """

    def plan(self, sweep: Sweep) -> None:
        mirrored = sweep.draws.uniform() < 0.5
        move = sweep.standing()
        move[mirrored, 1, 1:] = -1, sweep.size[1]
        sweep.move(move, sweep.size)

    def __repr__(self) -> str:
        return "Flip()"


class Crop(Change):
    """Cut a window out of every image, each at its own random place.

    Parameters
    ----------
    size : int or pair of ints
        Height and width of the window.
    padding : int, default 0
        The image is as much larger on each side, all of it `fill` (He et al., "Deep residual
        learning for image recognition", 2016, section 4.2: 32 of 32 pixels with 4 around them).
    fill : float, default 0

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, or the window is larger than the padded images.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Crop
    >>> x = np.arange(1.0, 10).reshape(1, 3, 3, 1)
    >>> Crop((2, 3), padding=1)(x, np.random.default_rng(5))[0, :, :, 0]
    array([[2., 3., 0.],
           [5., 6., 0.]], dtype=float32)
    """

    new_size: tuple[int, int]

    def __init__(self, size: Pair, padding: int = 0, fill: float = 0.0) -> None:
        self.new_size = pair(size, "size")
        self.padding = gate.whole(padding, "padding", 0, FARTHEST)
        self.fill = gate.finite(fill, "fill")

    def plan(self, sweep: Sweep) -> None:
        _cut(sweep, self.new_size, self.padding)

    def __repr__(self) -> str:
        return f"Crop(size={_shown(self.new_size)}, padding={self.padding}, fill={self.fill})"


class Shift(Change):
    """Move every image by its own random distance: a `Crop` of the images' own size.

    Parameters
    ----------
    pixels : int, default 2
        The largest distance, in each direction of each axis.
    fill : float, default 0
        What comes into the picture.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Shift
    >>> x = np.arange(1.0, 10).reshape(1, 3, 3, 1)
    >>> Shift(pixels=1)(x, np.random.default_rng(2))[0, :, :, 0]
    array([[0., 1., 2.],
           [0., 4., 5.],
           [0., 7., 8.]], dtype=float32)
    """

    def __init__(self, pixels: int = 2, fill: float = 0.0) -> None:
        self.pixels = gate.whole(pixels, "pixels", 0, FARTHEST)
        self.fill = gate.finite(fill, "fill")

    def plan(self, sweep: Sweep) -> None:
        _cut(sweep, sweep.size, self.pixels)

    def __repr__(self) -> str:
        return f"Shift(pixels={self.pixels}, fill={self.fill})"


class ResizedCrop(Change):
    """Cut a window of random size, shape and place out of every image and resize it.

    Parameters
    ----------
    size : int or pair of ints
        Height and width that the window is resized to.
    scale : (float, float), default (0.08, 1)
        Smallest and largest share of the image's area that a window has, evenly distributed.
    ratio : (float, float), default (3/4, 4/3)
        Smallest and largest width divided by height; its logarithm is evenly distributed.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Notes
    -----
    The sampling of C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, section 6. First
    the area is drawn, then the ratio, among those with which such a window fits into the image; in
    a long and narrow one the area is at most that of the largest window of an allowed ratio.
    Windows are not rounded to whole pixels. A window larger than `size` is read at `size` places,
    without a mean around them.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import ResizedCrop
    >>> x = np.random.default_rng(0).random((8, 60, 80, 3))
    >>> ResizedCrop(32)(x, np.random.default_rng(1)).shape
    (8, 32, 32, 3)
    """

    new_size: tuple[int, int]

    def __init__(
        self,
        size: Pair,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
    ) -> None:
        self.new_size = pair(size, "size")
        self.scale = _range(scale, "scale", 1.0)
        self.ratio = _range(ratio, "ratio", float(FARTHEST))

    def plan(self, sweep: Sweep) -> None:
        height, width = sweep.size
        low, high = self.ratio
        largest = min(height * height * high, width * width / low)
        area = np.minimum(sweep.draws.uniform(*self.scale) * (height * width), largest)
        narrowest = np.log(np.maximum(low, area / height**2))
        widest = np.log(np.minimum(high, width**2 / area))
        ratio = np.exp(sweep.draws.uniform(narrowest, widest))
        window = np.minimum(np.sqrt(area / ratio), height), np.minimum(np.sqrt(area * ratio), width)
        move = np.zeros((sweep.n, 2, 3))
        for axis in (0, 1):
            move[:, axis, axis] = window[axis] / self.new_size[axis]
            move[:, axis, 2] = sweep.draws.uniform(0, sweep.size[axis] - window[axis])
        sweep.move(move, self.new_size)

    def __repr__(self) -> str:
        return f"ResizedCrop(size={_shown(self.new_size)}, scale={self.scale}, ratio={self.ratio})"


class Rotate(Change):
    """Turn every image around its centre by its own random angle.

    Parameters
    ----------
    degrees : float
        The largest angle, in either direction, at most 180.
    fill : float, default 0
        What comes into the picture.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Rotate
    >>> x = np.ones((1, 9, 9, 1))
    >>> y = Rotate(45)(x, np.random.default_rng(0))
    >>> float(y[0, 4, 4, 0]), float(y[0, 0, 0, 0])
    (1.0, 0.0)
    """

    def __init__(self, degrees: float, fill: float = 0.0) -> None:
        self.degrees = gate.real(degrees, "degrees", 0, 180)
        self.fill = gate.finite(fill, "fill")

    def plan(self, sweep: Sweep) -> None:
        angle = np.radians(sweep.draws.uniform(-self.degrees, self.degrees))
        cos, sin = np.cos(angle), np.sin(angle)
        (i, j), move = np.divide(sweep.size, 2), np.empty((sweep.n, 2, 3))
        move[:, 0, 0], move[:, 0, 1], move[:, 0, 2] = cos, -sin, i - i * cos + j * sin
        move[:, 1, 0], move[:, 1, 1], move[:, 1, 2] = sin, cos, j - i * sin - j * cos
        sweep.move(move, sweep.size)

    def __repr__(self) -> str:
        return f"Rotate(degrees={self.degrees}, fill={self.fill})"


def _cut(sweep: Sweep, size: tuple[int, int], padding: int) -> None:
    """Show a window of this size, at a random place of the images with so much around them."""
    move = sweep.standing()
    for axis, (window, whole) in enumerate(zip(size, sweep.size, strict=True)):
        if window > whole + 2 * padding:
            raise ValueError(
                f"size must be at most that of the images {sweep.size} with their padding "
                f"{padding}: got {size}"
            )
        move[:, axis, 2] = sweep.draws.whole(-padding, whole + padding - window)
    sweep.move(move, size)


def _range(values: tuple[float, float], name: str, largest: float) -> tuple[float, float]:
    """Check a pair 0 < low <= high <= largest."""
    if not isinstance(values, tuple | list) or len(values) != 2:
        raise ValueError(f"{name} must be a pair (smallest, largest): got {values!r}")
    low = gate.real(values[0], name, 1 / FARTHEST, largest)
    return low, gate.real(values[1], name, low, largest)


def _shown(size: tuple[int, int]) -> int | tuple[int, int]:
    return size[0] if size[0] == size[1] else size
