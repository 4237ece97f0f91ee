"""The gate for the sizes of convolutions of one, two and three axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from fastcnn import arithmetic
from fastcnn.kernels.gate.values import Shape, sized, whole

#: One axis that is not there: size, taps, stride, dilation, padding.
NO_AXIS = (1, 1, 1, 1, (0, 0))


@dataclass(frozen=True)
class ConvSizes:
    """A 2-D convolution: x[n, ih, iw, ic], w[kh, kw, ic / groups, oc] -> y[n, oh, ow, oc]."""

    n: int
    ih: int
    iw: int
    ic: int
    oh: int
    ow: int
    oc: int
    kh: int
    kw: int
    sh: int
    sw: int
    dh: int
    dw: int
    top: int
    left: int
    groups: int

    @property
    def x_shape(self) -> Shape:
        return self.n, self.ih, self.iw, self.ic

    @property
    def w_shape(self) -> Shape:
        return self.kh, self.kw, self.ic // self.groups, self.oc

    @property
    def y_shape(self) -> Shape:
        return self.n, self.oh, self.ow, self.oc


@dataclass(frozen=True)
class FrameSizes:
    """Frames that an output frame sees, side by side: x[n, d, rows, c] -> y[n, od, rows, kd, c].

    Frame i of output frame p is x[:, p * sd + i * dd - front]. Rows are pixels, and in these the
    groups of channels.
    """

    n: int
    d: int
    rows: int
    c: int
    od: int
    kd: int
    sd: int
    dd: int
    front: int

    @property
    def x_shape(self) -> Shape:
        return self.n, self.d, self.rows, self.c

    @property
    def y_shape(self) -> Shape:
        return self.n, self.od, self.rows, self.kd, self.c


@dataclass(frozen=True)
class Convolution:
    """A convolution x[n, ..., ic], w[..., ic / groups, oc] -> y[n, ..., oc] over some axes.

    All are computed as 2-D ones: `plane`. What has one axis is an image of one row. Where there are
    three, `frames` lays the frames that an output frame sees side by side, as channels of an image;
    None where there is nothing to lay.
    """

    x_shape: Shape
    w_shape: Shape
    y_shape: Shape
    frames: FrameSizes | None
    plane: ConvSizes

    @property
    def multiply_adds(self) -> int:
        s = self.plane
        return s.n * s.oh * s.ow * s.kh * s.kw * (s.ic // s.groups) * s.oc


def conv(
    x_shape: Shape, w_shape: Shape, stride: Any, padding: Any, dilation: Any, groups: Any
) -> ConvSizes:
    """Check a 2-D convolution."""
    return convolution(x_shape, w_shape, stride, padding, dilation, groups).plane


def convolution(
    x_shape: Shape, w_shape: Shape, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Convolution:
    """Check a convolution over as many axes as lie between the first and the last of x."""
    axes = len(x_shape) - 2
    n, *image, ic = sized(x_shape, "x")
    *kernel, group_ic, oc = sized(w_shape, "w")
    groups = _groups(groups, ic, oc)
    strides = arithmetic.per_axis(stride, "stride", axes)
    dilations = arithmetic.per_axis(dilation, "dilation", axes)
    if group_ic * groups != ic:
        raise ValueError(
            f"w has ic={group_ic * groups} but x has ic={ic} "
            f"(x: {x_shape}, w: {w_shape}, groups: {groups})"
        )
    amounts = arithmetic.padding_amounts(
        padding, tuple(image), tuple(kernel), strides, dilations, axes
    )
    each = list(zip(image, kernel, strides, dilations, amounts, strict=True))
    outputs = [arithmetic.output_size(i, k, s, *ends, d) for i, k, s, d, ends in each]
    padded = (size + before + after for size, _, _, _, (before, after) in each)
    sized((n, *padded, ic), "x with its padding")
    y_shape = sized((n, *outputs, oc), "y")
    # A step that is never made may be any: 1, so that products of sizes stay small.
    each = [
        (i, k, s if o > 1 else 1, d if k > 1 else 1, ends)
        for o, (i, k, s, d, ends) in zip(outputs, each, strict=True)
    ]
    (oh, ow), (rows, columns) = ([1, *outputs][-2:], [NO_AXIS, *each][-2:])
    plane = ConvSizes(
        n=n,
        ic=ic,
        oh=oh,
        ow=ow,
        oc=oc,
        groups=groups,
        **dict(zip(("ih", "kh", "sh", "dh", "top"), _ahead(rows), strict=True)),
        **dict(zip(("iw", "kw", "sw", "dw", "left"), _ahead(columns), strict=True)),
    )
    if axes < 3:
        return Convolution(x_shape, w_shape, y_shape, None, plane)
    d, kd, sd, dd, front = _ahead(each[0])
    frames = FrameSizes(n, d, plane.ih * plane.iw * groups, group_ic, outputs[0], kd, sd, dd, front)
    plane = replace(plane, n=n * frames.od, ic=kd * ic)
    sized(plane.x_shape, "x with its frames side by side")
    nothing = (kd, sd, frames.od) == (1, 1, d) and front == 0
    return Convolution(x_shape, w_shape, y_shape, None if nothing else frames, plane)


def conv_transpose(
    x_shape: Shape,
    w_shape: Shape,
    stride: Any,
    padding: Any,
    output_padding: Any,
    dilation: Any,
    groups: Any,
) -> Convolution:
    """Check a transposed convolution: x[n, ..., ic], w[..., oc / groups, ic] -> y[n, ..., oc].

    The sizes are those of the convolution that it turns round: what is y here is its x.
    """
    axes = len(x_shape) - 2
    n, *image, ic = sized(x_shape, "x")
    *kernel, group_oc, w_ic = sized(w_shape, "w")
    oc = group_oc * whole(groups, "groups")
    _groups(groups, ic, oc)
    if w_ic != ic:
        raise ValueError(f"w has ic={w_ic} but x has ic={ic} (x: {x_shape}, w: {w_shape})")
    strides = arithmetic.per_axis(stride, "stride", axes)
    dilations = arithmetic.per_axis(dilation, "dilation", axes)
    more = arithmetic.per_axis(output_padding, "output_padding", axes, minimum=0)
    same = isinstance(padding, str) and padding in ("same", "same_lower")
    if same and any(more):
        raise ValueError(
            f"output_padding must be 0 where padding is {padding!r}: got {output_padding!r}"
        )
    # What "same" means: outputs that the convolution turned round makes the inputs of.
    spread = tuple(size * step for size, step in zip(image, strides, strict=True))
    amounts = arithmetic.padding_amounts(padding, spread, tuple(kernel), strides, dilations, axes)
    each = zip(image, kernel, strides, amounts, dilations, more, strict=True)
    outputs = (
        spread
        if same
        else tuple(
            arithmetic.transposed_size(i, k, s, before, after, d, m)
            for i, k, s, (before, after), d, m in each
        )
    )
    y_shape = sized((n, *outputs, oc), "y")
    return convolution(y_shape, w_shape, strides, amounts, dilations, groups)


def _groups(groups: Any, ic: int, oc: int) -> int:
    groups = whole(groups, "groups")
    if ic % groups or oc % groups:
        raise ValueError(f"groups must divide the channels: got groups={groups}, ic={ic}, oc={oc}")
    return groups


def _ahead(axis: tuple[int, int, int, int, tuple[int, int]]) -> tuple[int, int, int, int, int]:
    """An axis with its padding before the first pixel only."""
    size, taps, stride, dilation, (before, _) = axis
    return size, taps, stride, dilation, before
