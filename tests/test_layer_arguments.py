"""Wrong arguments of layers: each error names the argument, the rule and the value."""

import re

import pytest

import fastcnn
from fastcnn import layers

NAN, INF = float("nan"), float("inf")
IMAGE, ROW, VOLUME = (6, 7, 4), (9,), (5, 6, 7, 4)

# layer, its positional and keyword arguments, shape of the input, error, message
CONV = [
    ((0, 3), {}, ValueError, "filters must be >= 1: got 0"),
    ((-2, 3), {}, ValueError, "filters must be >= 1: got -2"),
    ((2.0, 3), {}, TypeError, "filters must be an int: got 2.0"),
    ((True, 3), {}, TypeError, "filters must be an int: got True"),
    (("2", 3), {}, TypeError, "filters must be an int: got '2'"),
    ((None, 3), {}, TypeError, "filters must be an int: got None"),
    ((2**61, 3), {}, ValueError, "w is too large to address: got shape (3, 3, 4, 2305843009213693"),
    ((2, 0), {}, ValueError, "kernel_size must be >= 1: got 0"),
    ((2, (3, -1)), {}, ValueError, "kernel_size must be >= 1: got (3, -1)"),
    ((2, (3,)), {}, ValueError, "kernel_size must be an int or a pair of ints: got (3,)"),
    ((2, (3, 3, 3)), {}, ValueError, "kernel_size must be an int or a pair of ints: got (3, 3, 3)"),
    ((2, 2.5), {}, TypeError, "kernel_size must be an int or a pair of ints: got 2.5"),
    ((2, "3"), {}, TypeError, "kernel_size must be an int or a pair of ints: got '3'"),
    ((2, (3, None)), {}, TypeError, "kernel_size must be an int or a pair of ints: got (3, None)"),
    ((2, 8), {}, ValueError, "output size must be >= 1: got -1"),
    ((2, 3), {"stride": 0}, ValueError, "stride must be >= 1: got 0"),
    ((2, 3), {"stride": (0, 1)}, ValueError, "stride must be >= 1: got (0, 1)"),
    ((2, 3), {"stride": NAN}, TypeError, "stride must be an int or a pair of ints: got nan"),
    ((2, 3), {"dilation": (1, 0)}, ValueError, "dilation must be >= 1: got (1, 0)"),
    ((2, 3), {"dilation": 2**62}, ValueError, "dilation * (kernel - 1) + 1 must be <= 2**62"),
    ((2, 3), {"groups": 0}, ValueError, "groups must be >= 1: got 0"),
    ((2, 3), {"groups": 1.0}, TypeError, "groups must be an int: got 1.0"),
    ((3, 3), {"groups": 3}, ValueError, "groups must divide the channels: got groups=3, ic=4"),
    ((3, 3), {"groups": 2}, ValueError, "the channels: got groups=2, ic=4, oc=3"),
    ((2, 3), {"padding": "sme"}, ValueError, "padding must be 'valid', 'same', 'same_lower', "),
    ((2, 3), {"padding": "sme"}, ValueError, "got 'sme'"),
    ((2, 3), {"padding": -1}, ValueError, "padding must be >= 0: got -1"),
    ((2, 3), {"padding": ((0, 1), (-1, 0))}, ValueError, "must be >= 0: got ((0, 1), (-1, 0))"),
    ((2, 3), {"padding": (1, 2, 3)}, ValueError, "got (1, 2, 3)"),
    ((2, 3), {"padding": ((1, 2), 3)}, ValueError, "got ((1, 2), 3)"),
    ((2, 3), {"padding": 1.5}, TypeError, "got 1.5"),
    ((2, 3), {"padding": None}, TypeError, "got None"),
    ((2, 3), {"padding": 2**40}, ValueError, "x with its padding is too large to address"),
    (
        (2, 3),
        {"padding_mode": "constant"},
        ValueError,
        "padding_mode must be one of ('zeros', 'reflect', 'replicate', 'circular'): got 'constant'",
    ),
    ((2, 3), {"padding_mode": None}, ValueError, "padding_mode must be one of ('zeros', 'reflect'"),
    (
        (2, 3),
        {"padding": 6, "padding_mode": "reflect"},
        ValueError,
        "padding must be below the 6 pixels to reflect: got ((6, 6), (6, 6))",
    ),
    (
        (2, 3),
        {"padding": (7, 0), "padding_mode": "circular"},
        ValueError,
        "padding must be at most the 6 pixels to repeat: got ((7, 7), (0, 0))",
    ),
    (
        (2, 3),
        {"padding": 2**40, "padding_mode": "replicate"},
        ValueError,
        "x with its padding is too large to address",
    ),
    ((2, 3), {"padding": "sme", "padding_mode": "reflect"}, ValueError, "'full', an int, a pair"),
    (
        (2, 3),
        {"algorithm": "fft"},
        ValueError,
        "algorithm must be one of ('auto', 'direct', 'winog",
    ),
    ((2, 2), {"algorithm": "winograd"}, ValueError, "needs a 3x3 or 5x5 window, stride 1, "),
    (
        (2, 3),
        {"algorithm": "winograd", "stride": 2},
        ValueError,
        "window (3, 3), stride (2, 2), di",
    ),
    ((2, 3), {"initializer": "xavier"}, ValueError, "of ['glorot', 'he']: got 'xavier'"),
    ((2, 3), {"initializer": None}, ValueError, "of ['glorot', 'he']: got None"),
    ((2, 3), {"initializer": ["he"]}, ValueError, "of ['glorot', 'he']: got ['he']"),
]

POOL = [
    ((0,), {}, ValueError, "size must be >= 1: got 0"),
    (((2, 0),), {}, ValueError, "size must be >= 1: got (2, 0)"),
    ((2.0,), {}, TypeError, "size must be an int or a pair of ints: got 2.0"),
    (("2",), {}, TypeError, "size must be an int or a pair of ints: got '2'"),
    (((2, 2, 2),), {}, ValueError, "size must be an int or a pair of ints: got (2, 2, 2)"),
    ((8,), {}, ValueError, "output size must be >= 1: got 0, since the window of 8"),
    ((2, 0), {}, ValueError, "stride must be >= 1: got 0"),
    ((2, (1, -1)), {}, ValueError, "stride must be >= 1: got (1, -1)"),
    ((2, "2"), {}, TypeError, "stride must be an int or a pair of ints: got '2'"),
    ((2, 2, 2), {}, ValueError, "padding must be smaller than the window (2, 2): got ((2, 2), (2"),
    (((3, 1), 1, (0, 1)), {}, ValueError, "smaller than the window (3, 1): got ((0, 0), (1"),
    ((2, 2, "half"), {}, ValueError, "got 'half'"),
    ((2, 2, -1), {}, ValueError, "padding must be >= 0: got -1"),
]

OTHERS = [
    (layers.Conv2D, (2, 3), ROW, ValueError, "Conv2D needs input (h, w, c): got (9,)"),
    (layers.Conv2D, (2, 3), (6, 7), ValueError, "Conv2D needs input (h, w, c): got (6, 7)"),
    (layers.Conv1D, (2, 3), IMAGE, ValueError, "Conv1D needs input (w, c): got (6, 7, 4)"),
    (layers.Conv1D, (2, (3, 3)), (9, 2), ValueError, "kernel_size must be an int: got (3, 3)"),
    (layers.Conv1D, (2, 3, 1, "casual"), (9, 2), ValueError, "'full', 'causal', an int or a pair"),
    (layers.Conv3D, (2, 3), IMAGE, ValueError, "Conv3D needs input (d, h, w, c): got (6, 7, 4)"),
    (layers.Conv3D, (2, (3, 3)), (4, *IMAGE), ValueError, "must be an int or three ints: got (3,"),
    (layers.DepthwiseConv2D, (3, 0), IMAGE, ValueError, "multiplier must be >= 1: got 0"),
    (layers.DepthwiseConv1D, (3,), IMAGE, ValueError, "DepthwiseConv1D needs input (w, c): got"),
    (layers.SeparableConv2D, (0, 3), IMAGE, ValueError, "filters must be >= 1: got 0"),
    (layers.ConvTranspose2D, (2, 3, 2, 0, 2), IMAGE, ValueError, "below the stride 2: got 2"),
    (layers.ConvTranspose2D, (2, 3, 1, 9), IMAGE, ValueError, "padding (9 and 9) takes all of 8"),
    (layers.ConvTranspose2D, (3, 3, 1, 0, 0, 1, 2), IMAGE, ValueError, "groups=2, oc=3"),
    (
        layers.ConvTranspose1D,
        (2, 3, (2, 2)),
        (9, 2),
        ValueError,
        "stride must be an int: got (2, 2)",
    ),
    (layers.ConvTranspose3D, (2, 3), IMAGE, ValueError, "needs input (d, h, w, c): got (6, 7, 4)"),
    (layers.MaxPool2D, (2,), ROW, ValueError, "MaxPool2D needs input (h, w, c): got (9,)"),
    (layers.MaxPool2D, (257,), (300, 300, 1), ValueError, "65536 pixels: got (257, 257)"),
    (
        layers.LpPool2D,
        (2, 2, "valid", False, 0.5),
        IMAGE,
        ValueError,
        "p must be in [1, 1000]: got",
    ),
    (layers.LpPool3D, (2, 2, "valid", False, "2"), IMAGE, TypeError, "p must be a number: got '2'"),
    *(
        (kind, (2,), ROW, ValueError, f"{kind.__name__} needs input (w, c): got (9,)")
        for kind in (layers.MaxPool1D, layers.AvgPool1D, layers.LpPool1D)
    ),
    *(
        (kind, (2,), IMAGE, ValueError, f"{kind.__name__} needs input (d, h, w, c): got (6, 7, 4)")
        for kind in (layers.MaxPool3D, layers.AvgPool3D, layers.LpPool3D)
    ),
    *(
        (kind, ((2, 2),), VOLUME, ValueError, "size must be an int or three ints: got (2, 2)")
        for kind in (layers.MaxPool3D, layers.AvgPool3D, layers.LpPool3D)
    ),
    *(
        (getattr(layers, f"Global{kind}Pool{axes}D"), (), ROW, ValueError, f"needs input ({form}):")
        for kind in ("Avg", "Max")
        for axes, form in ((1, "w, c"), (2, "h, w, c"), (3, "d, h, w, c"))
    ),
    *(
        (getattr(layers, f"{name}{axes}D"), (2,), ROW, ValueError, f"needs input ({form}):")
        for name in ("Pad", "Crop", "Upsample", "AdaptiveAvgPool")
        for axes, form in ((1, "w, c"), (2, "h, w, c"), (3, "d, h, w, c"))
    ),
    (layers.Pad1D, ((1, 2, 3),), (7, 4), ValueError, "amounts must be an int or a pair (left, rig"),
    (layers.Pad2D, (-1,), IMAGE, ValueError, "amounts must be >= 0: got -1"),
    (layers.Pad2D, (1, "zeros"), IMAGE, ValueError, "mode must be one of ('constant', 'reflect', "),
    (layers.Pad2D, (1, "constant", "0"), IMAGE, TypeError, "value must be a number: got '0'"),
    (layers.Pad2D, (6, "reflect"), IMAGE, ValueError, "amounts must be below the 6 pixels to refl"),
    (layers.Pad2D, (7, "circular"), IMAGE, ValueError, "must be at most the 6 pixels to repeat:"),
    (layers.Crop2D, (3,), IMAGE, ValueError, "amounts must leave at least 1 of 6 pixels: got ((3,"),
    (layers.Upsample2D, (0,), IMAGE, ValueError, "factor must be >= 1: got 0"),
    (layers.Upsample2D, (2, (3, 0)), IMAGE, ValueError, "size must be >= 1: got (3, 0)"),
    (layers.Upsample2D, (2, 3, "linear"), IMAGE, ValueError, "one of ('nearest', 'bilinear'): got"),
    (
        layers.Upsample2D,
        (2, 3, "nearest", True),
        IMAGE,
        ValueError,
        "must be False with mode 'near",
    ),
    (layers.AdaptiveAvgPool2D, (0,), IMAGE, ValueError, "output_size must be >= 1: got 0"),
    (layers.Dense, (0,), ROW, ValueError, "units must be >= 1: got 0"),
    (layers.Dense, (2.5,), ROW, TypeError, "units must be an int: got 2.5"),
    (layers.Dense, ("2",), ROW, TypeError, "units must be an int: got '2'"),
    (layers.Dense, (2, True, "zero"), ROW, ValueError, "initializer must be one of ['glorot',"),
    (layers.Dense, (2,), IMAGE, ValueError, "Dense needs input (features,), put Flatten before it"),
    (layers.Dense, (2,), IMAGE, ValueError, "got (6, 7, 4)"),
    (layers.Dense, (2**60,), ROW, ValueError, "w is too large to address: got shape (9, 11529"),
    (layers.BatchNorm, (-0.1,), ROW, ValueError, "momentum must be in [0, 1]: got -0.1"),
    (layers.BatchNorm, (1.5,), ROW, ValueError, "momentum must be in [0, 1]: got 1.5"),
    (layers.BatchNorm, (NAN,), ROW, ValueError, "momentum must be in [0, 1]: got nan"),
    (layers.BatchNorm, ("0.1",), ROW, TypeError, "momentum must be a number: got '0.1'"),
    (
        layers.BatchNorm,
        (0.1, 0),
        ROW,
        ValueError,
        "eps must be in [1.17549e-38, 3.40282e+38]: got 0",
    ),
    (
        layers.BatchNorm,
        (0.1, -1e-5),
        ROW,
        ValueError,
        "eps must be in [1.17549e-38, 3.40282e+38]: got -1e-05",
    ),
    (
        layers.BatchNorm,
        (0.1, INF),
        ROW,
        ValueError,
        "eps must be in [1.17549e-38, 3.40282e+38]: got inf",
    ),
    (layers.BatchNorm, (0.1, None), ROW, TypeError, "eps must be a number: got None"),
    (layers.GroupNorm, (0,), ROW, ValueError, "groups must be >= 1: got 0"),
    (layers.GroupNorm, (2.0,), ROW, TypeError, "groups must be an int: got 2.0"),
    (layers.GroupNorm, (2,), ROW, ValueError, "divide the channels: got groups=2, c=9"),
    (layers.GroupNorm, (9,), ROW, ValueError, "a group needs more than 1 value: got groups=9"),
    (layers.GroupNorm, (3, 0.0), ROW, ValueError, "eps must be in [1.17549e-38, "),
    (layers.LayerNorm, (-1e-5,), ROW, ValueError, "eps must be in [1.17549e-38, "),
    (layers.LayerNorm, (None,), ROW, TypeError, "eps must be a number: got None"),
    (
        layers.LayerNorm,
        (),
        (4, 1),
        ValueError,
        "must have more than 1 channel: got shape (1, 4, 1)",
    ),
    (layers.LocalResponseNorm, (0,), ROW, ValueError, "size must be >= 1: got 0"),
    (layers.LocalResponseNorm, (2.5,), ROW, TypeError, "size must be an int: got 2.5"),
    (layers.LocalResponseNorm, (5, -1.0), ROW, ValueError, "alpha must be in [0, "),
    (layers.LocalResponseNorm, (5, 1.0, NAN), ROW, ValueError, "beta must be in [0, "),
    (layers.LocalResponseNorm, (5, 1.0, 0.75, 0), ROW, ValueError, "k must be in [1.17549e-38, "),
    (layers.LocalResponseNorm, (), (), ValueError, "x must have at least 2 dimensions: got shape"),
    (layers.SpatialDropout, (1,), IMAGE, ValueError, "rate must be in [0, 1): got 1"),
    (layers.SpatialDropout, ("half",), IMAGE, TypeError, "rate must be a number: got 'half'"),
    (layers.SpatialDropout, (), (), ValueError, "x must have at least 2 dimensions: got shape"),
    (layers.LeakyReLU, (-0.1,), ROW, ValueError, "slope must be in [0, 1]: got -0.1"),
    (layers.LeakyReLU, (1.1,), ROW, ValueError, "slope must be in [0, 1]: got 1.1"),
    (layers.LeakyReLU, (NAN,), ROW, ValueError, "slope must be in [0, 1]: got nan"),
    (layers.LeakyReLU, (True,), ROW, TypeError, "slope must be a number: got True"),
    (layers.ELU, (-0.1,), ROW, ValueError, "alpha must be in [0, 3.40282e+38]: got -0.1"),
    (layers.ELU, ("1",), ROW, TypeError, "alpha must be a number: got '1'"),
    (layers.Softplus, (0,), ROW, ValueError, "beta must be in [1.17549e-38, 3.40282e+38]: got 0"),
    (layers.HardTanh, (1, 1), ROW, ValueError, "low must be < high: got low=1, high=1"),
    (layers.HardTanh, (NAN, 1), ROW, ValueError, "low must be in [-3.40282e+38, 3.40282e+38]: got"),
    (layers.GELU, ("erf",), ROW, ValueError, "must be one of ['none', 'tanh']: got 'erf'"),
    (
        layers.PReLU,
        (NAN,),
        ROW,
        ValueError,
        "slope must be in [-3.40282e+38, 3.40282e+38]: got nan",
    ),
    (layers.PReLU, ("1",), ROW, TypeError, "slope must be a number: got '1'"),
    (layers.PReLU, (), (), ValueError, "x must have at least 2 dimensions: got shape"),
    (layers.Softmax, (), (), ValueError, "x must have at least 2 dimensions: got shape"),
    (layers.Reshape, (9,), ROW, TypeError, "shape must be a sequence of ints: got 9"),
    (layers.Reshape, ("9",), ROW, TypeError, "shape must be a sequence of ints: got '9'"),
    (layers.Reshape, ((3, 3.0),), ROW, TypeError, "shape must be an int: got 3.0"),
    (layers.Reshape, ((9, 0),), ROW, ValueError, "may be -1: got (9, 0)"),
    (layers.Reshape, ((-1, -1),), ROW, ValueError, "may be -1: got (-1, -1)"),
    (layers.Reshape, ((-2, 9),), ROW, ValueError, "shape must be >= -1: got -2"),
    (layers.Reshape, ((3, 4),), ROW, ValueError, "the size of the input (9,): got (3, 4)"),
    (layers.Reshape, ((2, -1),), ROW, ValueError, "the size of the input (9,): got (2, -1)"),
    (layers.Dropout, (1,), ROW, ValueError, "rate must be in [0, 1): got 1"),
    (layers.Dropout, (-0.1,), ROW, ValueError, "rate must be in [0, 1): got -0.1"),
    (layers.Dropout, (NAN,), ROW, ValueError, "rate must be in [0, 1): got nan"),
    (layers.Dropout, ("half",), ROW, TypeError, "rate must be a number: got 'half'"),
    (layers.Sequential, ([3],), ROW, TypeError, "layers must be layers: got 3 at 0"),
    (layers.Sequential, ([layers.ReLU],), ROW, TypeError, "ReLU'> at 0"),
    (layers.Sequential, ([layers.ReLU(), None],), ROW, TypeError, "got None at 1"),
    (layers.Graph, ([3], [[0]]), ROW, TypeError, "layers must be layers: got 3 at 0"),
    (layers.Graph, ([layers.ReLU()], [["0"]]), ROW, TypeError, "inputs must be an int: got '0'"),
    (layers.Graph, ([layers.ReLU()], [[0, 0]]), ROW, ValueError, "reads one input: got 2"),
    (layers.Residual, ([3],), ROW, TypeError, "layers must be layers: got 3 at 0"),
    (layers.SideLoss, ([3],), ROW, TypeError, "layers must be layers: got 3 at 0"),
    (layers.SideLoss, ([], -1), ROW, ValueError, "weight must be in [0, 3.40282e+38]: got -1"),
    (layers.Residual, ([layers.Dense(3)],), ROW, ValueError, "inputs of one shape: got (9,), (3,)"),
    (layers.Concat, ([[layers.ReLU()], [3]],), ROW, TypeError, "layers must be layers: got 3"),
    (layers.VGGBlock, (0, 2), IMAGE, ValueError, "filters must be >= 1: got 0"),
    (layers.VGGBlock, (2, 0), IMAGE, ValueError, "convolutions must be >= 1: got 0"),
    (layers.VGGBlock, (2, 1), (1, 7, 4), ValueError, "output size must be >= 1: got 0"),
    (layers.NiNBlock, (2.0, 3), IMAGE, TypeError, "filters must be an int: got 2.0"),
    (layers.NiNBlock, (2, 3, 0), IMAGE, ValueError, "stride must be >= 1: got 0"),
    (layers.Inception, (0, (1, 2), (1, 2), 3), IMAGE, ValueError, "ones must be >= 1: got 0"),
    (layers.Inception, (1, 2, (1, 2), 3), IMAGE, TypeError, "threes must be a pair of ints: got 2"),
    (layers.Inception, (1, (1, 2), (1,), 3), IMAGE, TypeError, "fives must be a pair of ints"),
    (layers.Inception, (1, (1, 2), (1, -2), 3), IMAGE, ValueError, "fives must be >= 1: got -2"),
    (layers.Inception, (1, (1, 2), (1, 2), "3"), IMAGE, TypeError, "pooled must be an int: got"),
    (layers.DenseBlock, (0, 12), IMAGE, ValueError, "depth must be >= 1: got 0"),
    (layers.DenseBlock, (2, -1), IMAGE, ValueError, "growth must be >= 1: got -1"),
    (layers.DenseBlock, (2, 2, True, 1), IMAGE, ValueError, "dropout must be in [0, 1): got 1"),
    (layers.DenseBlock, (2, 2), ROW, ValueError, "Conv2D needs input (h, w, c): got (9,)"),
    (layers.BasicBlock, (0,), IMAGE, ValueError, "filters must be >= 1: got 0"),
    (layers.BasicBlock, (3,), IMAGE, ValueError, "inputs of one shape: got (6, 7, 4), (6, 7, 3)"),
    (layers.BasicBlock, (4, 1, "A"), IMAGE, ValueError, "one of ('identity', 'padding', 'project"),
    (layers.BasicBlock, (3, 1, "padding"), IMAGE, ValueError, "filters must be >= the 4 channels"),
    (layers.IdentityShortcut, (3,), IMAGE, ValueError, "must be >= the 4 channels of the input: g"),
    (layers.IdentityShortcut, (2**60,), IMAGE, ValueError, "x with this many filters is too large"),
    (layers.IdentityShortcut, (8,), ROW, ValueError, "IdentityShortcut needs input (h, w, c): got"),
    (layers.BasicBlock, (4, 0), IMAGE, ValueError, "stride must be >= 1: got 0"),
    (layers.Bottleneck, (4,), IMAGE, ValueError, "inputs of one shape: got (6, 7, 4), (6, 7, 16)"),
    (layers.Bottleneck, (1, 2), IMAGE, ValueError, "inputs of one shape: got (6, 7, 4), (3, 4, 4)"),
    (layers.Concat, ([],), ROW, ValueError, "Concatenate needs at least 2 inputs: got 0"),
    (layers.Add, (), ROW, ValueError, "Add needs at least 2 inputs: got 1"),
    (layers.Concatenate, (), ROW, ValueError, "Concatenate needs at least 2 inputs: got 1"),
]


def refuses(make, shape, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fastcnn.Sequential([make()], input_shape=shape)


@pytest.mark.parametrize(("positional", "named", "error", "message"), CONV, ids=str)
def test_conv(positional, named, error, message):
    refuses(lambda: layers.Conv2D(*positional, **named), IMAGE, error, message)


@pytest.mark.parametrize("kind", [layers.MaxPool2D, layers.AvgPool2D, layers.LpPool2D])
@pytest.mark.parametrize(("positional", "named", "error", "message"), POOL, ids=str)
def test_pool(kind, positional, named, error, message):
    refuses(lambda: kind(*positional, **named), IMAGE, error, message)


@pytest.mark.parametrize(("kind", "positional", "shape", "error", "message"), OTHERS, ids=str)
def test_others(kind, positional, shape, error, message):
    refuses(lambda: kind(*positional), shape, error, message)


def test_every_layer_with_arguments_is_tried():
    tried = {kind for kind, *_ in OTHERS} | {layers.AvgPool2D}
    without = {layers.Layer, layers.Input, layers.Flatten, layers.ReLU, layers.Sigmoid, layers.Tanh}
    without |= {layers.ReLU6, layers.HardSigmoid, layers.HardSwish, layers.SiLU}
    assert tried | without == {getattr(layers, name) for name in layers.__all__}


@pytest.mark.parametrize(
    ("stack", "where"),
    [
        ([layers.ReLU(), layers.Dense(2)], "layer 1 (Dense): Dense needs"),
        (
            [layers.Sequential([layers.Conv2D(2, 3), layers.Conv2D(2, 9)])],
            "layer 0 (Sequential): layer 1 (Conv2D): output size",
        ),
    ],
)
def test_errors_say_which_layer(stack, where):
    with pytest.raises(ValueError, match=re.escape(where)):
        fastcnn.Sequential(stack, input_shape=IMAGE)


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        ((6, 0, 4), ValueError, "input_shape must be >= 1: got 0"),
        ((6, -7, 4), ValueError, "input_shape must be >= 1: got -7"),
        ((6, 7.0, 4), TypeError, "input_shape must be an int: got 7.0"),
        ((None, 7, 4), TypeError, "input_shape must be an int: got None"),
        (9, TypeError, "input_shape must be"),
        (None, TypeError, "input_shape must be"),
    ],
)
def test_input_shape(shape, error, message):
    refuses(layers.ReLU, shape, error, message)
