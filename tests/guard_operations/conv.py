"""Convolutions."""

import functools

import numpy as np

from fastcnn.kernels import (
    conv,
    conv_backward_weight,
    conv_overlap,
    conv_pooled,
    conv_wide,
    depthwise,
    gate,
    packing,
    winograd,
    winograd_backward_weight,
)

CONVOLUTIONS = {
    "plain": {},
    "one_tap": {"w": (1, 1)},
    "same": {"padding": "same"},
    "stride": {"stride": (2, 3), "padding": 1},
    "dilation": {"dilation": 2, "padding": "same"},
    "groups": {"groups": 2},
    "large_kernel": {"w": (5, 9), "padding": "full"},
    "wide": {"x": (3, 330), "padding": "same"},
    "wide_stride": {"x": (3, 701), "stride": (1, 3)},
}

DEPTHWISE = {
    name: {**options, "times": times}
    for name, times, options in [
        *((name, 1, options) for name, options in CONVOLUTIONS.items() if name != "groups"),
        ("square", 1, {"x": (5, 12), "w": (3, 3), "padding": 1}),
        ("square_stride", 1, {"x": (7, 25), "w": (3, 3), "stride": 2, "padding": 1}),
        ("times2", 2, {"padding": "same"}),
        ("times3_stride", 3, {"stride": (2, 3), "padding": 1}),
    ]
}


def conv_sizes(c, x=(5, 6), w=(3, 2), stride=1, padding="valid", dilation=1, groups=1, times=0):
    """Sizes of c channels; with `times`, of c + 1 groups of one channel with so many filters."""
    groups, ic, oc = (c + 1, 1, times) if times else (groups, c, 34 - c)
    x_shape, w_shape = (2, *x, ic * groups), (*w, ic, oc * groups)
    return gate.conv(x_shape, w_shape, stride, padding, dilation, groups)


def weights_shape(operation, s):
    panels = packing.panels_shape(s.w_shape, s.groups)
    return s.w_shape if operation.__name__.startswith("Depthwise") else panels


def conv_forward(make, c, bias, operation=conv.ConvForward, more=0, **options):
    s = conv_sizes(c, **options)
    w = make.read(*weights_shape(operation, s))
    b = make.read(s.oc) if bias else None
    return operation(s, make.read(*s.x_shape), w, b, make.write(*s.y_shape, more=more))


def conv_joined(make, c, operation, **options):
    """With all that an epilogue has."""
    s = conv_sizes(c, **options)
    w, b, scale = make.read(*weights_shape(operation, s)), make.read(s.oc), make.read(s.oc)
    end = {"scale": scale, "residual": make.read(*s.y_shape), "clamp": (0, 6)}
    return operation(s, make.read(*s.x_shape), w, b, make.write(*s.y_shape), **end)


def wide_joined(make, c, **options):
    return conv_joined(make, 34 - min(c, 8), operation=conv_wide.ConvForwardWide, **options)


def conv_data(make, c, operation, more=0, **options):
    s = conv_sizes(c, **options)
    w = make.read(*weights_shape(operation, s))
    return operation(s, make.read(*s.y_shape, more=more), w, make.write(*s.x_shape))


def conv_weight(make, c, bias, operation, more=0, **options):
    s = conv_sizes(c, **options)
    dw = make.read(*weights_shape(operation, s))
    db = make.write(s.oc) if bias else None
    dy = make.read(*s.y_shape, more=more)
    return operation(s, dy, make.read(*s.x_shape), dw, db)


def direct_weight(make, c, **options):
    operation = conv_backward_weight.ConvBackwardWeight
    return conv_weight(make, c, operation=operation, **options)


def wide_weight(make, c, **options):
    """Few output channels, several pixels of which are computed as one."""
    operation = conv_wide.ConvBackwardWeightWide
    return conv_weight(make, 34 - min(c, 8), operation=operation, **options)


def wide_forward(make, c, **options):
    return conv_forward(make, 34 - min(c, 8), operation=conv_wide.ConvForwardWide, **options)


def pooled_weight(make, c, bias, pool):
    """Channels c of x, of which a kernel row sees a run, and two outputs."""
    s = gate.conv((2, 5, 6, c), (3, 2, c, 2), 1, "same", 1, 1)
    p = gate.max_pool(s.y_shape, *pool)
    index = make.given(np.full(p.y_shape, p.kh * p.kw - 1, dtype=p.index_type))
    dw = make.read(*packing.packed_shape(s.w_shape))
    db = make.write(s.oc) if bias else None
    arrays = make.read(*p.y_shape), index, make.read(*s.x_shape), dw, db
    return conv_pooled.ConvBackwardWeightPooled(s, p, *arrays)


TILES = {
    "same": {"w": (3, 3), "padding": "same"},
    "full": {"x": (6, 9), "w": (3, 3), "padding": "full"},
    "same_5x5": {"w": (5, 5), "padding": "same"},
    "full_5x5": {"x": (6, 9), "w": (5, 5), "padding": "full"},
}


OPERATIONS = {
    **{
        f"conv_forward_{name}{'_bias' * bias}": functools.partial(
            conv_forward, bias=bias, **options
        )
        for name, options in CONVOLUTIONS.items()
        for bias in (False, True)
    },
    **{
        f"{operation.__name__}_{name}_joined": functools.partial(
            conv_joined, operation=operation, **options
        )
        for operation, problems in (
            (conv.ConvForward, CONVOLUTIONS),
            (depthwise.DepthwiseForward, DEPTHWISE),
            (winograd.WinogradForward, TILES),
        )
        for name, options in problems.items()
    },
    **{
        f"ConvForwardWide_{name}_joined": functools.partial(wide_joined, **CONVOLUTIONS[name])
        for name in ("same", "stride", "wide")
    },
    **{
        f"{operation.__name__}_{name}": functools.partial(conv_data, operation=operation, **options)
        for operation in (conv.ConvBackwardData, conv_overlap.ConvBackwardDataOverlap)
        for name, options in CONVOLUTIONS.items()
        if name != "dilation" or operation is conv.ConvBackwardData
    },
    **{
        f"{build.__name__}_{name}{'_bias' * bias}": functools.partial(build, bias=bias, **options)
        for build in (direct_weight, wide_weight, wide_forward)
        for name, options in CONVOLUTIONS.items()
        for bias in (False, True)
        if build is direct_weight or name not in ("dilation", "groups")
    },
    **{
        f"{operation.__name__}_{name}": functools.partial(build, operation=operation, **options)
        for operation, build in (
            (depthwise.DepthwiseForward, functools.partial(conv_forward, bias=True)),
            (depthwise.DepthwiseBackwardData, conv_data),
            (depthwise.DepthwiseBackwardWeight, functools.partial(conv_weight, bias=True)),
        )
        for name, options in DEPTHWISE.items()
    },
    **{
        f"{operation.__name__}_{name}": functools.partial(build, operation=operation, **options)
        for operation, build in (
            (winograd.WinogradForward, functools.partial(conv_forward, bias=True)),
            (winograd.WinogradBackwardData, conv_data),
            (
                winograd_backward_weight.WinogradBackwardWeight,
                functools.partial(conv_weight, bias=True),
            ),
        )
        for name, options in TILES.items()
    },
    **{
        f"{operation.__name__}_channels": functools.partial(
            build, operation=operation, more=5, w=(3, 3), padding="same"
        )
        for operation, build in (
            (conv.ConvForward, functools.partial(conv_forward, bias=True)),
            (conv.ConvBackwardData, conv_data),
            (conv_overlap.ConvBackwardDataOverlap, conv_data),
            (
                conv_backward_weight.ConvBackwardWeight,
                functools.partial(conv_weight, bias=True),
            ),
            (winograd.WinogradForward, functools.partial(conv_forward, bias=True)),
            (winograd.WinogradBackwardData, conv_data),
            (
                winograd_backward_weight.WinogradBackwardWeight,
                functools.partial(conv_weight, bias=True),
            ),
        )
    },
    **{
        f"pooled_weight_{name}{'_bias' * bias}": functools.partial(
            pooled_weight, bias=bias, pool=pool
        )
        for name, pool in {"plain": (2, None, 0), "overlap": ((2, 3), 1, 0)}.items()
        for bias in (False, True)
    },
}
