"""Padding and cropping."""

from __future__ import annotations

from fastcnn import arithmetic
from fastcnn.arithmetic import Padding
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.resample import Resample


class Pad2D(Resample):
    """Adds pixels around images.

    Input (n, ih, iw, c), output (n, top + ih + bottom, left + iw + right, c); see
    `fastcnn.functional.pad2d`.

    Parameters
    ----------
    amounts : int, pair of ints, or ((top, bottom), (left, right))
        Pixels to add: on all sides, on those of each axis, on each side.
    mode : {"constant", "reflect", "replicate", "circular"}, default "constant"
        Pixels of `value`; the image mirrored at its border pixels; those; the image again.
    value : float, default 0

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Pad2D(((1, 2), (0, 3)), "reflect").output_shape((28, 28, 6))
    (31, 31, 6)
    """

    axes = 2

    def __init__(self, amounts: Padding, mode: str = "constant", value: float = 0.0) -> None:
        self.amounts = arithmetic.sides(amounts, self.axes, "amounts")
        self.mode = gate.pad_mode(mode)
        self.value = gate.any_real(value, "value")

    def _resampling(self, x_shape: Shape) -> gate.Resampling:
        return gate.pad(x_shape, self.amounts, self.mode, self.value)


class Pad1D(Pad2D):
    """Adds pixels at the ends of sequences, as `Pad2D`; `amounts` is an int or (left, right).

    Input (n, w, c), output (n, left + w + right, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Pad1D((2, 0)).output_shape((128, 9))
    (130, 9)
    """

    axes = 1


class Pad3D(Pad2D):
    """Adds pixels around volumes, as `Pad2D`; `amounts` has three axes.

    Input (n, d, h, w, c), output of the same form.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Pad3D((0, 1, 1)).output_shape((16, 56, 56, 8))
    (16, 58, 58, 8)
    """

    axes = 3


class Crop2D(Resample):
    """Takes pixels away from the sides of images.

    Input (n, ih, iw, c), output (n, ih - top - bottom, iw - left - right, c).

    Parameters
    ----------
    amounts : int, pair of ints, or ((top, bottom), (left, right))
        Pixels to take away; something must be left.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Crop2D(2).output_shape((32, 32, 3))
    (28, 28, 3)
    """

    axes = 2

    def __init__(self, amounts: Padding) -> None:
        self.amounts = arithmetic.sides(amounts, self.axes, "amounts")

    def _resampling(self, x_shape: Shape) -> gate.Resampling:
        return gate.crop(x_shape, self.amounts)


class Crop1D(Crop2D):
    """Takes pixels away from the ends of sequences, as `Crop2D`.

    Input (n, w, c), output (n, w - left - right, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Crop1D((0, 2)).output_shape((128, 9))
    (126, 9)
    """

    axes = 1


class Crop3D(Crop2D):
    """Takes pixels away from the sides of volumes, as `Crop2D`.

    Input (n, d, h, w, c), output of the same form.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Crop3D((0, 1, 1)).output_shape((16, 56, 56, 8))
    (16, 54, 54, 8)
    """

    axes = 3
