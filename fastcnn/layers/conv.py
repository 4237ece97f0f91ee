"""Convolution along one axis, two and three."""

from __future__ import annotations

from fastcnn.arithmetic import Padding
from fastcnn.kernels import gate
from fastcnn.layers.convolution import Axes, Convolution


class Conv(Convolution):
    """What Conv1D, Conv2D and Conv3D share: filters that see all channels, or those of a group."""

    def __init__(
        self,
        filters: int,
        kernel_size: Axes,
        stride: Axes = 1,
        padding: Padding = "valid",
        dilation: Axes = 1,
        groups: int = 1,
        bias: bool = True,
        flip: bool = False,
        initializer: str = "he",
        algorithm: str = "auto",
        padding_mode: str = "zeros",
    ) -> None:
        self.filters = gate.whole(filters, "filters")
        self.groups = gate.whole(groups, "groups")
        super().__init__(
            kernel_size,
            stride,
            padding,
            dilation,
            bias,
            flip,
            initializer,
            algorithm,
            padding_mode,
        )

    def channels(self, ic: int) -> tuple[int, int]:
        return self.groups, self.filters


class Conv1D(Conv):
    """1-D convolution: `filters` windows slide over the series (Waibel et al., 1989).

    Input (n, iw, ic), output (n, ow, filters); formula and sizes as in `fastcnn.functional.conv1d`.
    Parameters: ``weight`` (k, ic / groups, filters) and ``bias`` (filters,).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size : int
        Length of the window.
    stride : int, default 1
    padding : default "valid"
        "valid", "same", "same_lower", "full", "causal" (outputs see nothing that comes later), an
        int or a pair (left, right).
    dilation : int, default 1
    groups : int, default 1
    bias : bool, default True
    flip : bool, default False
        True is convolution in the mathematical sense: the kernel is turned round.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    algorithm : {"auto", "direct", "winograd"}, default "auto"
        As in `Conv2D`; Winograd's does not fit.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What `padding` is made of; the others as in `Pad1D`: mirrored, border pixels, periodic.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> stack = [layers.Conv1D(16, 3, padding="causal", dilation=4)]
    >>> fastcnn.Sequential(stack, input_shape=(100, 3), rng=0).output_shape
    (100, 16)
    """

    axes = 1


class Conv2D(Conv):
    """2-D convolution: `filters` windows slide over the image (LeCun et al., 1989).

    Input (n, ih, iw, ic), output (n, oh, ow, filters); formula and sizes as in
    `fastcnn.functional.conv2d`. Parameters: ``weight`` (kh, kw, ic / groups, filters) and ``bias``
    (filters,).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size : int or pair of ints
        Height and width of the window.
    stride : int or pair of ints, default 1
    padding : default "valid"
        "valid", "same", "same_lower", "full", an int, a pair or ((top, bottom), (left, right)).
    dilation : int or pair of ints, default 1
    groups : int, default 1
    bias : bool, default True
    flip : bool, default False
        True is convolution in the mathematical sense: the kernel is rotated by 180 degrees.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    algorithm : {"auto", "direct", "winograd"}, default "auto"
        "auto" takes the fastest that `fastcnn.precision` allows; "winograd" needs a 3x3 or
        5x5 window, stride 1, dilation 1 and one group.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What `padding` is made of; the others as in `Pad2D`: mirrored, border pixels, periodic.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> model = fastcnn.Sequential([layers.Conv2D(6, 5)], input_shape=(32, 32, 3), rng=0)
    >>> model.output_shape
    (28, 28, 6)
    """

    axes = 2


class Conv3D(Conv):
    """3-D convolution: `filters` windows slide over the volume, such as a video (Ji et al., 2010).

    Input (n, id, ih, iw, ic), output (n, od, oh, ow, filters); formula and sizes as in
    `fastcnn.functional.conv3d`. Parameters: ``weight`` (kd, kh, kw, ic / groups, filters) and
    ``bias`` (filters,).

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size : int or three ints
        Depth, height and width of the window.
    stride : int or three ints, default 1
    padding : default "valid"
        "valid", "same", "same_lower", "full", an int, three ints or
        ((front, back), (top, bottom), (left, right)).
    dilation : int or three ints, default 1
    groups : int, default 1
    bias : bool, default True
    flip : bool, default False
        True is convolution in the mathematical sense: the kernel is turned round along each axis.
    initializer : {"he", "glorot"}, default "he"
        First values of the weights; the bias starts at 0.
    algorithm : {"auto", "direct", "winograd"}, default "auto"
        As in `Conv2D`; "winograd" asks height and width, not depth, for what it needs.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What `padding` is made of; the others as in `Pad3D`: mirrored, border pixels, periodic.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, here or when the model is built.

    Examples
    --------
    >>> import fastcnn
    >>> from fastcnn import layers
    >>> stack = [layers.Conv3D(8, 3, stride=(1, 2, 2), padding="same")]
    >>> fastcnn.Sequential(stack, input_shape=(16, 32, 32, 3), rng=0).output_shape
    (16, 16, 16, 8)
    """

    axes = 3
