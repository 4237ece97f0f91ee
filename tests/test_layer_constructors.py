"""Every argument of every layer, given what it must not be: errors name it, the rule, the value."""

import inspect
import re

import pytest

import fastcnn
from fastcnn import layers

NAN = float("nan")

# What an argument must not be: (value, error, what the message says behind the argument's name).
FLAG = [(value, TypeError, f"must be True or False: got {value!r}") for value in ("no", 1, None)]
WHOLE = [
    *((value, ValueError, f"must be >= 1: got {value}") for value in (0, -2)),
    *((value, TypeError, f"must be an int: got {value!r}") for value in (2.0, "2", True, None)),
]
NUMBER = [("1", TypeError, "must be a number: got '1'"), (NAN, ValueError, "must be in [")]
SIZES = [
    (0, ValueError, "must be >= 1: got 0"),
    (2.5, TypeError, "must be an int"),
    ("3", TypeError, "must be an int"),
    ((1,) * 4, ValueError, "must be an int"),
]
PADDING = [
    (-1, ValueError, "must be >= 0: got -1"),
    ("sme", ValueError, "must be 'valid', 'same', "),
    (1.5, TypeError, "must be 'valid', 'same', "),
    (None, TypeError, "must be 'valid', 'same', "),
]
AMOUNTS = [
    (-1, ValueError, "must be >= 0: got -1"),
    (None, TypeError, "must be an int"),
    ((1,) * 4, ValueError, "must be an int"),
]
WORD = [(value, ValueError, "must be one of") for value in ("of no use", None, 3)]
LAYERS = [(3, TypeError, "must be layers: got 3"), (None, TypeError, "must be layers: got None")]
PAIR = [
    (2, TypeError, "must be a pair of ints: got 2"),
    ((1, 2, 3), TypeError, "must be a pair of ints: got (1, 2, 3)"),
    ((0, 1), ValueError, "must be >= 1: got 0"),
]

WRONG = {
    **dict.fromkeys(("bias", "flip", "ceil_mode", "count_include_pad", "align_corners"), FLAG),
    **dict.fromkeys(("batchnorm", "bottleneck", "preactivation", "frozen"), FLAG),
    **dict.fromkeys(("filters", "groups", "units", "multiplier", "convolutions"), WHOLE),
    **dict.fromkeys(("depth", "growth", "ones", "pooled"), WHOLE),
    **dict.fromkeys(("momentum", "eps", "rate", "dropout", "alpha", "beta", "slope", "p"), NUMBER),
    **dict.fromkeys(("low", "high", "k", "weight"), NUMBER),
    **dict.fromkeys(("kernel_size", "stride", "dilation", "size", "output_size", "factor"), SIZES),
    **dict.fromkeys(("initializer", "algorithm", "padding_mode", "mode", "approximate"), WORD),
    "output_padding": [(-1, ValueError, "must be >= 0"), (1.5, TypeError, "must be an int")],
    "padding": PADDING,
    "amounts": AMOUNTS,
    "threes": PAIR,
    "fives": PAIR,
    "value": [("1", TypeError, "must be a number: got '1'")],
    "shape": [(9, TypeError, "must be a sequence of ints"), ((9, 0), ValueError, "may be -1")],
    "layers": LAYERS,
    "body": LAYERS,
    "branches": [
        (3, TypeError, "must be lists of layers: got 3"),
        ([3, []], TypeError, "must be lists of layers: got 3"),
    ],
    "inputs": [
        (3, TypeError, "must be lists of ints: got 3"),
        ([3], TypeError, "must be lists of ints: got 3"),
        ([["0"]], TypeError, "must be an int: got '0'"),
        ([], ValueError, "must be given for each of 1 layers: got 0"),
    ],
    # Where a name means something else.
    ("Residual", "shortcut"): LAYERS[:1],
    ("BasicBlock", "shortcut"): WORD,
    ("Bottleneck", "shortcut"): WORD,
    ("LocalResponseNorm", "size"): WHOLE,
}

IMAGE = (6, 7, 4)
SHAPES = {1: (7, 4), 2: IMAGE, 3: (5, 6, 7, 4)}

# Arguments that are right, for layers that cannot do without.
RIGHT = {
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "SeparableConv2D", "NiNBlock"), (4, 3)),
    **dict.fromkeys(("ConvTranspose1D", "ConvTranspose2D", "ConvTranspose3D"), (4, 3)),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), (3,)),
    **dict.fromkeys(("BasicBlock", "IdentityShortcut"), (4,)),
    **{f"{name}{axes}D": (1,) for name in ("Pad", "Crop", "AdaptiveAvgPool") for axes in (1, 2, 3)},
    "Bottleneck": (1,),
    "Concat": ([[], []],),
    "Dense": (2,),
    "DenseBlock": (2, 2),
    "Graph": ([layers.ReLU()], [[0]]),
    "GroupNorm": (2,),
    "Inception": (1, (1, 2), (1, 2), 2),
    "Reshape": ((-1,),),
    "Residual": ([],),
    "Sequential": ([],),
    "SideLoss": ([],),
    "VGGBlock": (2, 1),
}


def signature(name):
    kind = getattr(layers, name)
    made = "__init__" in {key for base in kind.__mro__[:-1] for key in vars(base)}
    return list(inspect.signature(kind.__init__).parameters)[1:] if made else []


def right(name):
    """Arguments by name, and the shape of the input."""
    given = dict(zip(signature(name), RIGHT.get(name, ()), strict=False))
    axes = getattr(getattr(layers, name), "axes", 2)
    return given, (9,) if name == "Dense" else SHAPES[axes]


ARGUMENTS = [
    (name, argument)
    for name in layers.__all__
    if name not in ("Layer", "Input")
    for argument in signature(name)
]


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS, ids="-".join)
def test_refuses(name, argument):
    given, shape = right(name)
    for value, error, words in WRONG.get((name, argument)) or WRONG[argument]:
        with pytest.raises(error, match=re.escape(argument) + ".*" + re.escape(words)) as caught:
            layer = getattr(layers, name)(**{**given, argument: value})
            fastcnn.Sequential([layer], input_shape=shape)
        assert "got " in str(caught.value)
        assert caught.type is error


@pytest.mark.parametrize("name", sorted({name for name, _ in ARGUMENTS}))
def test_takes_what_is_right(name):
    given, shape = right(name)
    layer = getattr(layers, name)(**given)
    if name != "Graph":
        fastcnn.Sequential([layer], input_shape=shape)
