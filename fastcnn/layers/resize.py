"""Interpolation and adaptive averages: images of another size."""

from __future__ import annotations

from fastcnn import arithmetic
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.resample import Resample


class Upsample2D(Resample):
    """Interpolates images to other sizes.

    Input (n, ih, iw, c), output (n, oh, ow, c); see `fastcnn.functional.upsample2d`.

    Parameters
    ----------
    factor : int or pair of ints, default 2
        How many times as many pixels the output has; `size` overrules it.
    size : int or pair of ints, optional
        Pixels of the output.
    mode : {"nearest", "bilinear"}, default "nearest"
        Copies, or means of the pixels around, weighted by their nearness.
    align_corners : bool, default False
        Whether the middles of the first and last pixels stay where they are, or their outer edges.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Upsample2D(2, mode="bilinear").output_shape((7, 7, 64))
    (14, 14, 64)
    """

    axes = 2

    def __init__(
        self,
        factor: int | tuple[int, ...] = 2,
        size: int | tuple[int, ...] | None = None,
        mode: str = "nearest",
        align_corners: bool = False,
    ) -> None:
        self.factor = arithmetic.per_axis(factor, "factor", self.axes)
        self.size = None if size is None else arithmetic.per_axis(size, "size", self.axes)
        self.mode = mode
        self.align_corners = gate.flag(align_corners, "align_corners")

    def _resampling(self, x_shape: Shape) -> gate.Resampling:
        return gate.upsample(x_shape, self.factor, self.size, self.mode, self.align_corners)


class Upsample1D(Upsample2D):
    """Interpolates sequences to other sizes, as `Upsample2D`; `mode` is "nearest" or "linear".

    Input (n, w, c), output (n, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Upsample1D(4).output_shape((128, 9))
    (512, 9)
    """

    axes = 1


class Upsample3D(Upsample2D):
    """Interpolates volumes to other sizes, as `Upsample2D`; `mode` is "nearest" or "trilinear".

    Input (n, d, h, w, c), output (n, od, oh, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Upsample3D((1, 2, 2)).output_shape((16, 28, 28, 8))
    (16, 56, 56, 8)
    """

    axes = 3


class AdaptiveAvgPool2D(Resample):
    """The means of as many windows as there are to be outputs.

    Input (n, ih, iw, c), output (n, oh, ow, c); see `fastcnn.functional.adaptive_avg_pool2d`.

    Parameters
    ----------
    output_size : int or pair of ints
        Pixels of the output.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.AdaptiveAvgPool2D(6).output_shape((13, 13, 256))
    (6, 6, 256)
    """

    axes = 2

    def __init__(self, output_size: int | tuple[int, ...]) -> None:
        self.output_size = arithmetic.per_axis(output_size, "output_size", self.axes)

    def _resampling(self, x_shape: Shape) -> gate.Resampling:
        return gate.adaptive_avg_pool(x_shape, self.output_size)


class AdaptiveAvgPool1D(AdaptiveAvgPool2D):
    """The means of windows of sequences, as `AdaptiveAvgPool2D`.

    Input (n, w, c), output (n, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.AdaptiveAvgPool1D(8).output_shape((100, 9))
    (8, 9)
    """

    axes = 1


class AdaptiveAvgPool3D(AdaptiveAvgPool2D):
    """The means of windows of volumes, as `AdaptiveAvgPool2D`.

    Input (n, d, h, w, c), output (n, od, oh, ow, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.AdaptiveAvgPool3D((1, 7, 7)).output_shape((4, 14, 14, 64))
    (1, 7, 7, 64)
    """

    axes = 3
