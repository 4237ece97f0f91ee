"""Transposed convolution along one axis, two and three."""

from __future__ import annotations

import math

from fastcnn import arithmetic
from fastcnn.arithmetic import Padding
from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.kernels.gate import Shape
from fastcnn.layers.convolution import Axes, Convolution


class ConvTranspose(Convolution):
    """What ConvTranspose1D, 2D and 3D share: a convolution from output to input, turned round."""

    def __init__(
        self,
        filters: int,
        kernel_size: Axes,
        stride: Axes = 1,
        padding: Padding = "valid",
        output_padding: Axes = 0,
        dilation: Axes = 1,
        groups: int = 1,
        bias: bool = True,
        flip: bool = False,
        initializer: str = "he",
        algorithm: str = "auto",
    ) -> None:
        self.filters = gate.whole(filters, "filters")
        self.groups = gate.whole(groups, "groups")
        super().__init__(kernel_size, stride, padding, dilation, bias, flip, initializer, algorithm)
        self.output_padding = arithmetic.per_axis(output_padding, "output_padding", self.axes, 0)

    def sizes(self, x_shape: Shape) -> gate.Convolution:
        """Of the convolution that is turned round: its y is our x."""
        if self.filters % self.groups:
            raise ValueError(
                f"groups must divide the channels: got groups={self.groups}, oc={self.filters}"
            )
        w_shape = (*self.kernel_size, self.filters // self.groups, x_shape[-1])
        how = (self.stride, self.padding, self.output_padding, self.dilation, self.groups)
        return gate.conv_transpose(x_shape, w_shape, *how)

    def fans(self, s: gate.Convolution) -> tuple[int, int]:
        """Strides spread the products of an input over more outputs: each sums up the fewer."""
        taps, *_, oc, ic = math.prod(self.kernel_size), *s.w_shape
        pixels, outputs = math.prod(s.y_shape[:-1]), math.prod(s.x_shape[:-1])
        return max(1, round(taps * pixels / outputs)) * (ic // s.plane.groups), taps * oc

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._sample(input_shape).x_shape[1:]

    def dropped(self, input_shape: Shape) -> tuple[int, ...]:
        return ()

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        s = self.sizes(x.shape)
        y = planner.tensor(s.plane.x_shape)
        w, b = self.parameters["weight"], self.parameters.get("bias")
        planner.add(ops.ConvTranspose(s.plane, x.reshape(s.plane.y_shape), w, y, self.algorithm))
        if s.frames is not None:
            laid, y = y.reshape(s.frames.y_shape), planner.tensor(s.frames.x_shape)
            planner.add(ops.FramesTranspose(s.frames, laid, y))
        if b is not None:
            planner.add(ops.Bias(b, y.reshape((math.prod(s.x_shape[:-1]), s.x_shape[-1]))))
        return y.reshape(s.x_shape)


class ConvTranspose1D(ConvTranspose):
    """1-D transposed convolution: each input adds its multiple of a filter (Donahue et al., 2019).

    Input (n, iw, ic), output (n, ow, filters); formula and sizes as in
    `fastcnn.functional.conv_transpose1d`. Parameters: ``weight`` (k, filters / groups, ic)
    and ``bias`` (filters,).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size : int
    stride : int, default 1
        Outputs from one input to the next.
    padding : default "valid"
        What is cut off around the output, in the forms of `Conv1D`; "same" leaves
        stride * input.
    output_padding : int, default 0
        More outputs at the end, fewer than the stride.
    dilation : int, default 1
    groups : int, default 1
    bias : bool, default True
    flip : bool, default False
        As in `Conv1D`.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    algorithm : {"auto", "direct", "winograd"}, default "auto"
        As in `Conv1D`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.ConvTranspose1D(32, 25, stride=4, padding="same").output_shape((256, 64))
    (1024, 32)
    """

    axes = 1


class ConvTranspose2D(ConvTranspose):
    """2-D transposed convolution: each input adds its multiple of a filter (Zeiler et al., 2010).

    Input (n, ih, iw, ic), output (n, oh, ow, filters); formula and sizes as in
    `fastcnn.functional.conv_transpose2d`. Parameters: ``weight`` (kh, kw, filters / groups, ic)
    and ``bias`` (filters,).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size : int or pair of ints
    stride : int or pair of ints, default 1
        Outputs from one input to the next.
    padding : default "valid"
        What is cut off around the output, in the forms of `Conv2D`; "same" leaves
        stride * input.
    output_padding : int or pair of ints, default 0
        More outputs at the end, fewer than the stride.
    dilation : int or pair of ints, default 1
    groups : int, default 1
    bias : bool, default True
    flip : bool, default False
        As in `Conv2D`.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    algorithm : {"auto", "direct", "winograd"}, default "auto"
        As in `Conv2D`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.ConvTranspose2D(64, 4, stride=2, padding=1).output_shape((8, 8, 128))
    (16, 16, 64)
    """

    axes = 2


class ConvTranspose3D(ConvTranspose):
    """3-D transposed convolution: each input adds its multiple of a filter (Wu et al., 2016).

    Input (n, id, ih, iw, ic), output (n, od, oh, ow, filters); formula and sizes as in
    `fastcnn.functional.conv_transpose3d`. Parameters: ``weight`` (kd, kh, kw, filters / groups, ic)
    and ``bias`` (filters,).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size : int or three ints
    stride : int or three ints, default 1
        Outputs from one input to the next.
    padding : default "valid"
        What is cut off around the output, in the forms of `Conv3D`; "same" leaves
        stride * input.
    output_padding : int or three ints, default 0
        More outputs at the end, fewer than the stride.
    dilation : int or three ints, default 1
    groups : int, default 1
    bias : bool, default True
    flip : bool, default False
        As in `Conv3D`.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    algorithm : {"auto", "direct", "winograd"}, default "auto"
        As in `Conv3D`.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> from fastcnn import layers
    >>> layers.ConvTranspose3D(64, 4, stride=2, padding=1).output_shape((4, 4, 4, 128))
    (8, 8, 8, 64)
    """

    axes = 3
