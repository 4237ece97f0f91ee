"""Depthwise and depthwise separable convolution."""

from __future__ import annotations

from collections.abc import Sequence

from fastcnn.arithmetic import Padding, Pair
from fastcnn.kernels import gate
from fastcnn.layers.conv import Conv2D
from fastcnn.layers.convolution import Axes, Convolution
from fastcnn.layers.sequential import Sequential


class Depthwise(Convolution):
    """What DepthwiseConv1D and DepthwiseConv2D share: each channel has filters of its own."""

    def __init__(
        self,
        kernel_size: Axes,
        multiplier: int = 1,
        stride: Axes = 1,
        padding: Padding = "valid",
        dilation: Axes = 1,
        bias: bool = True,
        flip: bool = False,
        initializer: str = "he",
        padding_mode: str = "zeros",
    ) -> None:
        self.multiplier = gate.whole(multiplier, "multiplier")
        how = (bias, flip, initializer)
        super().__init__(kernel_size, stride, padding, dilation, *how, padding_mode=padding_mode)

    def channels(self, ic: int) -> tuple[int, int]:
        return ic, ic * self.multiplier


class DepthwiseConv1D(Depthwise):
    """`multiplier` filters for each channel, which see nothing else (Howard et al., 2017, 3.1).

    Input (n, iw, c), output (n, ow, c * multiplier): the outputs of a channel stand side by side.
    Parameters: ``weight`` (k, 1, c * multiplier) and ``bias`` (c * multiplier,).

    Parameters
    ----------
    kernel_size : int
    multiplier : int, default 1
        Filters for each channel.
    stride : int, default 1
    padding : default "valid"
        As in `Conv1D`.
    dilation : int, default 1
    bias : bool, default True
    flip : bool, default False
        As in `Conv1D`.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        As in `Conv2D`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.DepthwiseConv1D(5, padding="causal").output_shape((100, 16))
    (100, 16)
    """

    axes = 1


class DepthwiseConv2D(Depthwise):
    """`multiplier` filters for each channel, which see nothing else (Howard et al., 2017, 3.1).

    Input (n, ih, iw, c), output (n, oh, ow, c * multiplier): the outputs of a channel stand side by
    side. Parameters: ``weight`` (kh, kw, 1, c * multiplier) and ``bias`` (c * multiplier,).

    Parameters
    ----------
    kernel_size : int or pair of ints
    multiplier : int, default 1
        Filters for each channel.
    stride : int or pair of ints, default 1
    padding : default "valid"
        As in `Conv2D`.
    dilation : int or pair of ints, default 1
    bias : bool, default True
    flip : bool, default False
        As in `Conv2D`.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        As in `Conv2D`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.DepthwiseConv2D(3, multiplier=2, padding="same").output_shape((28, 28, 16))
    (28, 28, 32)
    """

    axes = 2


class SeparableConv2D(Sequential):
    """A depthwise convolution, then a 1x1 convolution (Chollet, "Xception", CVPR 2017, section 2).

    Input (n, ih, iw, c), output (n, oh, ow, filters). Parameters: ``depthwise.weight``
    (kh, kw, 1, c * multiplier), ``pointwise.weight`` (1, 1, c * multiplier, filters) and
    ``pointwise.bias`` (filters,).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size : int or pair of ints
        Of the depthwise convolution, as are `stride`, `padding`, `dilation` and `multiplier`.
    stride : int or pair of ints, default 1
    padding : default "valid"
        As in `Conv2D`.
    dilation : int or pair of ints, default 1
    multiplier : int, default 1
        Filters for each input channel.
    bias : bool, default True
        Of the 1x1 convolution; the other one has none.
    flip : bool, default False
        As in `Conv2D`.
    initializer : {"he", "glorot"}, default "he"
        First values of both weights; the bias starts at 0.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        As in `Conv2D`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.SeparableConv2D(64, 3, padding="same").output_shape((28, 28, 32))
    (28, 28, 64)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Padding = "valid",
        dilation: Pair = 1,
        multiplier: int = 1,
        bias: bool = True,
        flip: bool = False,
        initializer: str = "he",
        padding_mode: str = "zeros",
    ) -> None:
        how = (stride, padding, dilation, False, flip, initializer, padding_mode)
        depthwise = DepthwiseConv2D(kernel_size, multiplier, *how)
        pointwise = Conv2D(filters, 1, bias=bias, initializer=initializer)
        self.filters, self.bias, self.initializer = filters, pointwise.bias, initializer
        self.kernel_size, self.stride = depthwise.kernel_size, depthwise.stride
        self.padding, self.dilation = padding, depthwise.dilation
        self.multiplier, self.flip = depthwise.multiplier, depthwise.flip
        self.padding_mode = depthwise.padding_mode
        super().__init__([depthwise, pointwise])

    def names(self) -> Sequence[str]:
        return ["depthwise", "pointwise"]
