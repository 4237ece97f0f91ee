"""Blocks of residual networks."""

from __future__ import annotations

from fastcnn.arithmetic import Pair, pair
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.activation import ReLU
from fastcnn.layers.base import Layer, dropped_pixels
from fastcnn.layers.batchnorm import BatchNorm
from fastcnn.layers.conv import Conv2D
from fastcnn.layers.join import Residual
from fastcnn.layers.resample import Resample
from fastcnn.layers.sequential import Sequential

SHORTCUTS = "identity", "padding", "projection"


class IdentityShortcut(Resample):
    """Every stride-th pixel, with zeros for the channels that the input does not have.

    He et al., CVPR 2016, section 3.3, option A: the shortcut without parameters where a residual
    block changes the shape. Input (n, h, w, c), output (n, h / stride, w / stride, filters), sizes
    rounded up.

    Parameters
    ----------
    filters : int
        Output channels, at least those of the input, which come first.
    stride : int or pair of ints, default 1

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.IdentityShortcut(32, stride=2).output_shape((32, 32, 16))
    (16, 16, 32)
    """

    axes = 2
    size = 1, 1

    def __init__(self, filters: int, stride: Pair = 1) -> None:
        self.filters, self.stride = gate.whole(filters, "filters"), pair(stride, "stride")

    def _resampling(self, x_shape: Shape) -> gate.Resampling:
        return gate.identity(x_shape, self.filters, self.stride)

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        return dropped_pixels(input_shape, self.size, self.stride, "valid", (1, 1))


class ResidualBlock(Sequential):
    """What the blocks of residual networks share: convolutions with a shortcut around them.

    With activation behind: ``relu(shortcut(x) + body(x))``, the body convolutions with batch
    normalisation each and ReLU between them (He et al., CVPR 2016). With activation before:
    ``h = relu(batchnorm(x))``, ``shortcut(x) + body(h)``, but ``projection(h) + body(h)`` (He et
    al., ECCV 2016, figure 4e).

    Parameters
    ----------
    filters : int
        Channels of the 3x3 convolutions.
    stride : int or pair of ints, default 1
        Of the first 3x3 convolution, and of the shortcut.
    shortcut : {"identity", "padding", "projection"}, default "identity"
        Nothing; where the shape changes `IdentityShortcut`, or a 1x1 convolution: options A and B
        of the paper.
    preactivation : bool, default False
    """

    def __init__(
        self,
        filters: int,
        stride: Pair = 1,
        shortcut: str = "identity",
        preactivation: bool = False,
    ) -> None:
        if shortcut not in SHORTCUTS:
            raise ValueError(f"shortcut must be one of {SHORTCUTS}: got {shortcut!r}")
        self.filters, self.stride = gate.whole(filters, "filters"), pair(stride, "stride")
        self.shortcut, self.preactivation = shortcut, gate.flag(preactivation, "preactivation")
        first, *others = self.convolutions()
        body: list[Layer] = [first]
        for conv in others:
            body += [BatchNorm(), ReLU(), conv]
        out = others[-1].filters
        projection: list[Layer] = [Conv2D(out, 1, self.stride, bias=False)]
        ways: dict[str, list[Layer] | None] = {
            "identity": None,
            "padding": [IdentityShortcut(out, self.stride)],
            "projection": projection if self.preactivation else [*projection, BatchNorm()],
        }
        way = ways[self.shortcut]
        activation: list[Layer] = [BatchNorm(), ReLU()]
        if not self.preactivation:
            super().__init__([Residual([*body, BatchNorm()], way), ReLU()])
        elif self.shortcut == "projection":
            super().__init__([*activation, Residual(body, way)])
        else:
            super().__init__([Residual(activation + body, way)])

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
        Channels of both convolutions; with the identity those of the input.
    stride : int or pair of ints, default 1
        Of the first convolution, and of the shortcut.
    shortcut : {"identity", "padding", "projection"}, default "identity"
        Nothing; where the shape changes `IdentityShortcut`, or a 1x1 convolution: options A and B
        of the paper.
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
    >>> layers.BasicBlock(128, stride=2, shortcut="projection").output_shape((56, 56, 64))
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
        Channels of the first two convolutions; with the identity the input has
        four times as many.
    stride : int or pair of ints, default 1
        Of the 3x3 convolution, and of the shortcut.
    shortcut : {"identity", "padding", "projection"}, default "identity"
        Nothing; where the shape changes `IdentityShortcut`, or a 1x1 convolution: options A and B
        of the paper.
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
    >>> layers.Bottleneck(64, shortcut="projection").output_shape((56, 56, 64))
    (56, 56, 256)
    """

    def convolutions(self) -> list[Conv2D]:
        return [
            Conv2D(self.filters, 1, bias=False),
            Conv2D(self.filters, 3, self.stride, padding=1, bias=False),
            Conv2D(4 * self.filters, 1, bias=False),
        ]
