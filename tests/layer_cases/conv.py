"""Convolutions."""

import functools

from fastcnn import layers, reference
from fastcnn.arithmetic import padding_amounts
from layer_cases.case import Case


def conv(shape, filters, kernel_size, bias=True, algorithm="auto", **options):
    made = {"bias": bias, "algorithm": algorithm, **options}

    def predicts(x, v):
        return reference.conv2d(x, v["weight"], v.get("bias"), **options)

    return Case(lambda: layers.Conv2D(filters, kernel_size, **made), shape, predicts)


def of(layer, shape, *given, function, bias=True, **options):
    """A layer of these arguments, with the options that it shares with its function."""

    def predicts(x, v):
        return function(x, v["weight"], v.get("bias"), **options)

    return Case(lambda: layer(*given, bias=bias, **options), shape, predicts)


def depthwise(layer, shape, kernel_size, multiplier, function, **options):
    def predicts(x, v):
        return function(x, v["weight"], v["bias"], groups=shape[-1], **options)

    return Case(lambda: layer(kernel_size, multiplier, **options), shape, predicts)


def separable(x, v):
    y = reference.conv2d(x, v["depthwise.weight"], stride=(1, 2), padding="same", groups=3)
    return reference.conv2d(y, v["pointwise.weight"], v["pointwise.bias"])


def separable_circular(x, v):
    x = reference.pad2d(x, 1, "circular")
    y = reference.conv2d(x, v["depthwise.weight"], groups=2)
    return reference.conv2d(y, v["pointwise.weight"], v["pointwise.bias"])


def around(make, shape, function, mode, **options):
    """A layer whose padding is not zeros: it stands around the input before the windows do."""

    def predicts(x, v):
        layer = make()
        windows = layer.kernel_size, layer.stride, layer.dilation
        amounts = padding_amounts(layer.padding, shape[:-1], *windows, layer.axes)
        x = reference.pad2d(x, amounts, mode)
        return function(x, v["weight"], v.get("bias"), stride=layer.stride, **options)

    return Case(make, shape, predicts)


conv1d = functools.partial(of, layers.Conv1D, function=reference.conv1d)
conv3d = functools.partial(of, layers.Conv3D, function=reference.conv3d)
turned1d = functools.partial(of, layers.ConvTranspose1D, function=reference.conv_transpose1d)
turned2d = functools.partial(of, layers.ConvTranspose2D, function=reference.conv_transpose2d)
turned3d = functools.partial(of, layers.ConvTranspose3D, function=reference.conv_transpose3d)
SIDES = ((0, 1), (2, 0), (1, 1))
MODES = "reflect", "replicate", "circular"

CASES = {
    **{
        f"Conv2D-{padding}": conv((4, 5, 2), 3, (2, 3), padding=padding)
        for padding in ("valid", "same", "same_lower", "full", 1, (1, 0), ((0, 1), (2, 0)))
    },
    "Conv2D-even-same-stride": conv((5, 4, 2), 3, (4, 2), stride=2, padding="same"),
    "Conv2D-stride-beyond-kernel": conv((5, 6, 2), 3, 1, stride=(2, 3)),
    "Conv2D-dilation": conv((5, 6, 2), 3, 2, dilation=(2, 3), padding="same"),
    "Conv2D-flip": conv((4, 5, 2), 3, (2, 3), flip=True),
    "Conv2D-flip-groups": conv((4, 4, 4), 6, (2, 3), flip=True, groups=2, stride=(1, 2)),
    "Conv2D-depthwise": conv((4, 4, 3), 3, 3, groups=3, padding="same", bias=False),
    "Conv2D-no-bias": conv((4, 5, 2), 3, 2, bias=False),
    "Conv2D-wide": conv((3, 3, 1), 35, 2),
    "Conv2D-winograd": conv((5, 6, 2), 3, 3, padding="same", algorithm="winograd"),
    **{
        f"Conv1D-{padding}": conv1d((7, 2), 3, 3, padding=padding, dilation=2)
        for padding in ("valid", "same", "same_lower", "full", "causal", 1, (0, 2))
    },
    "Conv1D-causal-stride": conv1d((8, 4), 6, 2, padding="causal", stride=3, groups=2),
    "Conv1D-flip": conv1d((8, 2), 3, 3, flip=True, bias=False),
    **{
        f"Conv3D-{padding}": conv3d((3, 4, 3, 2), 2, (2, 3, 2), padding=padding)
        for padding in ("valid", "same", "same_lower", "full", 1, (1, 0, 1), SIDES)
    },
    "Conv3D-stride": conv3d((5, 4, 5, 1), 2, (2, 3, 2), stride=(3, 1, 2), bias=False),
    "Conv3D-dilation": conv3d((4, 5, 3, 1), 2, 2, dilation=(2, 3, 1), padding="same"),
    "Conv3D-flip-groups": conv3d((3, 3, 3, 4), 6, 2, flip=True, groups=2),
    "Conv3D-planes": conv3d((3, 4, 4, 2), 3, (1, 3, 3), padding="same"),
    "Conv3D-frames": conv3d((5, 3, 3, 2), 3, (3, 1, 1), padding="same", stride=(2, 1, 1)),
    **{
        f"Conv2D-{mode}": around(
            functools.partial(layers.Conv2D, 3, 3, padding="same", padding_mode=mode),
            *((4, 5, 2), reference.conv2d, mode),
        )
        for mode in MODES
    },
    **{
        f"Conv2D-{mode}-stride": around(
            functools.partial(
                *(layers.Conv2D, 2, (3, 2), (2, 1), ((2, 0), (1, 2))), groups=2, padding_mode=mode
            ),
            *((4, 4, 4), reference.conv2d, mode),
            groups=2,
        )
        for mode in MODES
    },
    "Conv2D-reflect-nothing": around(
        functools.partial(layers.Conv2D, 3, 2, padding_mode="reflect"),
        *((4, 3, 2), reference.conv2d, "reflect"),
    ),
    **{
        f"Conv1D-{mode}": around(
            functools.partial(layers.Conv1D, 3, 3, 1, "causal", 2, padding_mode=mode),
            *((7, 2), reference.conv1d, mode),
            dilation=2,
        )
        for mode in MODES
    },
    **{
        f"Conv3D-{mode}": around(
            functools.partial(layers.Conv3D, 2, (2, 3, 2), padding=1, padding_mode=mode),
            *((3, 3, 4, 2), reference.conv3d, mode),
        )
        for mode in MODES
    },
    "DepthwiseConv1D-replicate": around(
        functools.partial(layers.DepthwiseConv1D, 3, padding="same", padding_mode="replicate"),
        *((6, 3), reference.conv1d, "replicate"),
        groups=3,
    ),
    **{
        f"DepthwiseConv2D-{mode}": around(
            functools.partial(layers.DepthwiseConv2D, (2, 3), 2, (1, 2), "same", padding_mode=mode),
            *((4, 5, 2), reference.conv2d, mode),
            groups=2,
        )
        for mode in MODES
    },
    "DepthwiseConv1D": depthwise(
        layers.DepthwiseConv1D, (7, 3), 3, 1, reference.conv1d, padding="causal", dilation=2
    ),
    "DepthwiseConv2D": depthwise(
        layers.DepthwiseConv2D, (4, 5, 3), 3, 1, reference.conv2d, padding="same", stride=2
    ),
    "DepthwiseConv2D-multiplier": depthwise(
        layers.DepthwiseConv2D, (4, 5, 2), (2, 3), 3, reference.conv2d, flip=True
    ),
    "DepthwiseConv2D-one-channel": depthwise(
        layers.DepthwiseConv2D, (4, 5, 1), 3, 2, reference.conv2d, dilation=(1, 2)
    ),
    "SeparableConv2D": Case(
        lambda: layers.SeparableConv2D(4, 3, (1, 2), "same", multiplier=2), (4, 5, 3), separable
    ),
    "SeparableConv2D-circular": Case(
        lambda: layers.SeparableConv2D(4, 3, padding=1, padding_mode="circular"),
        (4, 3, 2),
        separable_circular,
    ),
    "ConvTranspose1D": turned1d((5, 2), 3, 4, stride=3, padding=(1, 0), output_padding=2),
    "ConvTranspose1D-same": turned1d((5, 4), 6, 3, stride=2, padding="same", groups=2),
    **{
        f"ConvTranspose2D-{padding}": turned2d((3, 4, 2), 3, (4, 3), stride=2, padding=padding)
        for padding in ("valid", "same", "same_lower", 1, ((0, 1), (2, 0)))
    },
    "ConvTranspose2D-full": turned2d((4, 5, 2), 3, (2, 3), padding="full"),
    "ConvTranspose2D-output-padding": turned2d((3, 3, 2), 3, 3, stride=(2, 3), output_padding=1),
    "ConvTranspose2D-dilation": turned2d((3, 3, 2), 3, 2, stride=2, dilation=3, bias=False),
    "ConvTranspose2D-flip-groups": turned2d((3, 3, 4), 6, 2, stride=2, flip=True, groups=2),
    "ConvTranspose2D-depthwise": turned2d((3, 3, 3), 3, 3, stride=2, groups=3),
    "ConvTranspose3D": turned3d((2, 3, 2, 2), 2, (2, 3, 2), stride=(2, 1, 2), padding=(0, 1, 1)),
    "ConvTranspose3D-planes": turned3d((2, 3, 2, 2), 2, (1, 2, 2), bias=False),
}
