"""Pooling of each channel over the whole image."""

from __future__ import annotations

from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels.gate import Shape
from fastcnn.layers.base import Layer, image_shape
from fastcnn.layers.pool import (
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    Pool,
)


class GlobalPool(Layer):
    """What these share: a pooling whose window is the image."""

    pool: type[Pool]

    def output_shape(self, input_shape: Shape) -> Shape:
        return (image_shape(self, input_shape, self.pool.axes)[-1],)

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        return self.pool(x.shape[1:-1]).plan(planner, x).reshape((x.shape[0], x.shape[-1]))


class GlobalAvgPool1D(GlobalPool):
    """The mean of each channel over the whole sequence.

    Input (n, w, c), output (n, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.GlobalAvgPool1D().output_shape((128, 9))
    (9,)
    """

    pool = AvgPool1D


class GlobalAvgPool2D(GlobalPool):
    """The mean of each channel over the whole image (Lin et al., "Network in Network", 2014, 3.2).

    Input (n, h, w, c), output (n, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.GlobalAvgPool2D().output_shape((7, 7, 512))
    (512,)
    """

    pool = AvgPool2D


class GlobalAvgPool3D(GlobalPool):
    """The mean of each channel over the whole volume.

    Input (n, d, h, w, c), output (n, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.GlobalAvgPool3D().output_shape((4, 7, 7, 512))
    (512,)
    """

    pool = AvgPool3D


class GlobalMaxPool1D(GlobalPool):
    """The largest value of each channel over the whole sequence.

    Input (n, w, c), output (n, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.GlobalMaxPool1D().output_shape((128, 9))
    (9,)
    """

    pool = MaxPool1D


class GlobalMaxPool2D(GlobalPool):
    """The largest value of each channel over the whole image.

    Input (n, h, w, c), output (n, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.GlobalMaxPool2D().output_shape((7, 7, 512))
    (512,)
    """

    pool = MaxPool2D


class GlobalMaxPool3D(GlobalPool):
    """The largest value of each channel over the whole volume.

    Input (n, d, h, w, c), output (n, c).

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.GlobalMaxPool3D().output_shape((4, 7, 7, 512))
    (512,)
    """

    pool = MaxPool3D
