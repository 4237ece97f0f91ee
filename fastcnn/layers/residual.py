"""Blocks of residual networks."""

from __future__ import annotations

from fastcnn.arithmetic import Pair, pair
from fastcnn.kernels import gate
from fastcnn.layers.activation import ReLU
from fastcnn.layers.base import Layer
from fastcnn.layers.batchnorm import BatchNorm
from fastcnn.layers.conv import Conv2D
from fastcnn.layers.join import Residual
from fastcnn.layers.sequential import Sequential


class ResidualBlock(Sequential):
    """What the blocks of residual networks share: convolutions with a shortcut around them.

    With activation behind: ``relu(shortcut(x) + body(x))``, the body convolutions with batch
    normalisation each and ReLU between them (He et al., CVPR 2016). With activation before:
    ``h = relu(batchnorm(x))``, ``x + body(h)``, or ``projection(h) + body(h)`` (He et al., ECCV
    2016, figure 4e).

    Parameters
    ----------
    filters : int
        Channels of the 3x3 convolutions.
    stride : int or pair of ints, default 1
        Of the first 3x3 convolution, and of the projection.
    projection : bool, default False
        A 1x1 convolution on the shortcut, where the shape changes.
    preactivation : bool, default False
    """

    def __init__(
        self,
        filters: int,
        stride: Pair = 1,
        projection: bool = False,
        preactivation: bool = False,
    ) -> None:
        self.filters, self.stride = gate.whole(filters, "filters"), pair(stride, "stride")
        self.projection, self.preactivation = bool(projection), bool(preactivation)
        first, *others = self.convolutions()
        body: list[Layer] = [first]
        for conv in others:
            body += [BatchNorm(), ReLU(), conv]
        shortcut: list[Layer] | None = None
        if self.projection:
            shortcut = [Conv2D(others[-1].filters, 1, self.stride, bias=False)]
        activation: list[Layer] = [BatchNorm(), ReLU()]
        if not self.preactivation:
            normalised = None if shortcut is None else [*shortcut, BatchNorm()]
            super().__init__([Residual([*body, BatchNorm()], normalised), ReLU()])
        elif shortcut is None:
            super().__init__([Residual(activation + body)])
        else:
            super().__init__([*activation, Residual(body, shortcut)])

    def convolutions(self) -> list[Conv2D]:
        """The convolutions of the body, the last of which gives the output's channels."""
        raise NotImplementedError


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions with a shortcut around them (He et al., CVPR 2016, figure 5, left).

    ``relu(x + batchnorm(conv(relu(batchnorm(conv(x))))))``. Input (n, h, w, c), output
    (n, h / stride, w / stride, filters), sizes rounded up.

    Parameters
    ----------
    filters : int
        Channels of both convolutions; without projection those of the input.
    stride : int or pair of ints, default 1
        Of the first convolution, and of the projection.
    projection : bool, default False
        A 1x1 convolution on the shortcut, where the shape changes.
    preactivation : bool, default False
        Batch normalisation and ReLU before each convolution, and nothing behind the sum (He et al.,
        ECCV 2016, figure 4e); a projection reads the activated input.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, or the shortcut does not give the shape of the body.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.BasicBlock(128, stride=2, projection=True).output_shape((56, 56, 64))
    (28, 28, 128)
    """

    def convolutions(self) -> list[Conv2D]:
        return [
            Conv2D(self.filters, 3, self.stride, padding=1, bias=False),
            Conv2D(self.filters, 3, padding=1, bias=False),
        ]


class Bottleneck(ResidualBlock):
    """A 3x3 convolution between two 1x1, the last to four times as many channels.

    He et al., CVPR 2016, figure 5, right. The stride is that of the 3x3 convolution, as in nearly
    all later work, and not of the first 1x1, which would leave out three of four pixels. Input
    (n, h, w, c), output (n, h / stride, w / stride, 4 * filters), sizes rounded up.

    Parameters
    ----------
    filters : int
        Channels of the first two convolutions; without projection the input has four times as many.
    stride : int or pair of ints, default 1
        Of the 3x3 convolution, and of the projection.
    projection : bool, default False
        A 1x1 convolution on the shortcut, where the shape changes.
    preactivation : bool, default False
        Batch normalisation and ReLU before each convolution, and nothing behind the sum (He et al.,
        ECCV 2016, figure 4e); a projection reads the activated input.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, or the shortcut does not give the shape of the body.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Bottleneck(64, projection=True).output_shape((56, 56, 64))
    (56, 56, 256)
    """

    def convolutions(self) -> list[Conv2D]:
        return [
            Conv2D(self.filters, 1, bias=False),
            Conv2D(self.filters, 3, self.stride, padding=1, bias=False),
            Conv2D(4 * self.filters, 1, bias=False),
        ]
