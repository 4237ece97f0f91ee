"""Blocks that published networks are made of: stacks and branches of convolutions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastcnn.arithmetic import Padding, Pair
from fastcnn.kernels import gate
from fastcnn.layers.activation import ReLU
from fastcnn.layers.base import Layer
from fastcnn.layers.batchnorm import BatchNorm
from fastcnn.layers.conv import Conv2D
from fastcnn.layers.dropout import Dropout
from fastcnn.layers.graph import Graph
from fastcnn.layers.join import Concat, Concatenate
from fastcnn.layers.pool import MaxPool2D
from fastcnn.layers.sequential import Sequential


def conv_relu(
    filters: int, kernel_size: Pair, batchnorm: bool = False, **options: Any
) -> list[Layer]:
    """Convolution, batch normalisation where wanted (and then no bias), ReLU."""
    conv = Conv2D(filters, kernel_size, bias=not batchnorm, **options)
    return [conv, BatchNorm(), ReLU()] if batchnorm else [conv, ReLU()]


class VGGBlock(Sequential):
    """Some 3x3 convolutions, then maxima of 2x2 pixels (Simonyan & Zisserman, 2015, table 1).

    Input (n, h, w, c), output (n, h // 2, w // 2, filters).

    Parameters
    ----------
    filters : int
        Output channels of each convolution.
    convolutions : int
        How many there are, each followed by ReLU.
    batchnorm : bool, default False
        Normalise between each convolution, then without bias, and its ReLU.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.VGGBlock(64, 2).output_shape((32, 32, 3))
    (16, 16, 64)
    """

    def __init__(self, filters: int, convolutions: int, batchnorm: bool = False) -> None:
        self.filters = gate.whole(filters, "filters")
        self.convolutions = gate.whole(convolutions, "convolutions")
        self.batchnorm = gate.flag(batchnorm, "batchnorm")
        stack: list[Layer] = []
        for _ in range(self.convolutions):
            stack += conv_relu(self.filters, 3, self.batchnorm, padding="same")
        super().__init__([*stack, MaxPool2D(2)])


class NiNBlock(Sequential):
    """A convolution and a small network of two 1x1 convolutions at each pixel of its output.

    Lin, Chen and Yan, "Network in network", ICLR 2014, section 3.1. All three have the same number
    of filters, and a ReLU behind them. Input (n, ih, iw, ic), output (n, oh, ow, filters).

    Parameters
    ----------
    filters : int
    kernel_size : int or pair of ints
        Of the first convolution, as are `stride` and `padding`.
    stride : int or pair of ints, default 1
    padding : default "valid"
        As in `Conv2D`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.NiNBlock(96, 11, stride=4).output_shape((224, 224, 3))
    (54, 54, 96)
    """

    def __init__(
        self, filters: int, kernel_size: Pair, stride: Pair = 1, padding: Padding = "valid"
    ) -> None:
        first = Conv2D(filters, kernel_size, stride, padding)
        self.filters, self.kernel_size = first.filters, first.kernel_size
        self.stride, self.padding = first.stride, first.padding
        ones = [*conv_relu(filters, 1), *conv_relu(filters, 1)]
        super().__init__([first, ReLU(), *ones])


class Inception(Concat):
    """Convolutions of three sizes and a pooling, side by side (Szegedy et al., CVPR 2015, 4).

    The branches: 1x1; 1x1, then 3x3; 1x1, then 5x5; maxima of 3x3 pixels, then 1x1. A ReLU stands
    behind each convolution. Input (n, h, w, c), output (n, h, w, sum of the branches' filters).

    Parameters
    ----------
    ones : int
        Filters of the first branch.
    threes, fives : pair of ints
        Filters of the 1x1 convolution that reduces the channels, and of the one behind it.
    pooled : int
        Filters behind the pooling.
    batchnorm : bool, default False
        Normalise between each convolution, then without bias, and its ReLU.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.Inception(64, (96, 128), (16, 32), 32).output_shape((28, 28, 192))
    (28, 28, 256)
    """

    def __init__(
        self,
        ones: int,
        threes: Iterable[int],
        fives: Iterable[int],
        pooled: int,
        batchnorm: bool = False,
    ) -> None:
        self.ones, self.pooled = gate.whole(ones, "ones"), gate.whole(pooled, "pooled")
        self.threes, self.fives = _two(threes, "threes"), _two(fives, "fives")
        self.batchnorm = gate.flag(batchnorm, "batchnorm")

        def conv(filters: int, kernel_size: int) -> list[Layer]:
            return conv_relu(filters, kernel_size, self.batchnorm, padding="same")

        super().__init__(
            [
                conv(self.ones, 1),
                conv(self.threes[0], 1) + conv(self.threes[1], 3),
                conv(self.fives[0], 1) + conv(self.fives[1], 5),
                [MaxPool2D(3, 1, "same"), *conv(self.pooled, 1)],
            ]
        )


class DenseBlock(Graph):
    """Layers that each read the outputs of all before them (Huang et al., CVPR 2017, section 3).

    A layer is batch normalisation, ReLU and a 3x3 convolution to `growth` channels, which stand
    beside what the layer has read from then on. Input (n, h, w, c), output
    (n, h, w, c + layers * growth).

    Parameters
    ----------
    depth : int
        How many layers there are.
    growth : int
        Channels that each of them adds: k in the paper.
    bottleneck : bool, default True
        Begin each layer with batch normalisation, ReLU and a 1x1 convolution to ``4 * growth``
        channels ("DenseNet-B").
    dropout : float, default 0
        Share of the outputs of each convolution that is dropped in training.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.DenseBlock(6, 32).output_shape((56, 56, 64))
    (56, 56, 256)
    """

    def __init__(
        self, depth: int, growth: int, bottleneck: bool = True, dropout: float = 0.0
    ) -> None:
        self.depth, self.growth = gate.whole(depth, "depth"), gate.whole(growth, "growth")
        self.bottleneck = gate.flag(bottleneck, "bottleneck")
        self.dropout = gate.real(dropout, "dropout", 0, 1, open_end=True)
        convs = [(4 * self.growth, 1)] * self.bottleneck + [(self.growth, 3)]
        steps: list[Layer] = []
        inputs: list[list[int]] = []
        for _ in range(self.depth):
            layer: list[Layer] = []
            for filters, kernel_size in convs:
                layer += [BatchNorm(), ReLU()]
                layer += [Conv2D(filters, kernel_size, padding="same", bias=False)]
                layer += [Dropout(self.dropout)] if self.dropout else []
            known = len(steps)  # the number of what all layers before gave
            steps += [Sequential(layer), Concatenate()]
            inputs += [[known], [known, known + 1]]
        super().__init__(steps, inputs)


def _two(values: Iterable[int], name: str) -> tuple[int, int]:
    """A pair of filters."""
    pair = tuple(values) if isinstance(values, Iterable) and not isinstance(values, str) else ()
    if len(pair) != 2:
        raise TypeError(f"{name} must be a pair of ints: got {values!r}")
    return gate.whole(pair[0], name), gate.whole(pair[1], name)
