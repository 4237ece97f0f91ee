"""A valid call of every function, for tests that change one argument of it."""

import numpy as np


def ones(*shape):
    return np.ones(shape, dtype=np.float32)


def counting(*shape):
    """Numbers 1, 2, 3, 1, 2, ...: exact in every type."""
    return np.resize(ones(3) * [1, 2, 3], shape).astype(np.float32)


IMAGES, VECTOR = counting(2, 6, 5, 4), counting(4)
BATCHES = {1: counting(2, 6, 4), 2: IMAGES, 3: counting(2, 4, 6, 5, 4)}  # by the number of axes
HALVES = {1: (2, 3, 4), 2: (2, 3, 2, 4), 3: (2, 2, 3, 2, 4)}  # their shapes when pooled by 2
_CONV = {"x": IMAGES, "w": counting(3, 3, 4, 6)}
_SERIES = {"x": counting(2, 7, 4), "w": counting(3, 4, 6)}
_VOLUMES = {"x": counting(2, 4, 3, 4, 4), "w": counting(2, 3, 2, 4, 6)}
_WIDENED = {"x": IMAGES, "w": counting(3, 3, 6, 4), "stride": 2}
_NORM = {"x": IMAGES, "gamma": VECTOR}
_ROWS = {"x": counting(3, 4), "w": counting(4, 5)}
_SGD = {"w": VECTOR, "dw": VECTOR, "v": VECTOR, "lr": 0.5}

# Activations, by what their backward pass reads.
FROM_Y = (
    *("relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus"),
    *("hard_sigmoid", "hard_tanh", "relu6"),
)
FROM_X = ("gelu", "silu", "hard_swish")


def with_gradient(name, dy_shape, **arguments):
    """Calls of a function and its gradient."""
    return {name: arguments, f"{name}_backward": {"dy": counting(*dy_shape), **arguments}}


def along(axes):
    """Calls of what knows 1, 2 and 3 axes."""
    x, half = BATCHES[axes], HALVES[axes]
    n, *image, c = x.shape
    calls = {}
    for kind in ("max", "avg", "lp"):
        calls |= with_gradient(f"{kind}_pool{axes}d", half, x=x, size=2)
    for kind in ("max", "avg"):
        calls |= with_gradient(f"global_{kind}_pool{axes}d", (n, c), x=x)
    padded, cropped, larger = ((n, *(f(size) for size in image), c) for f in SIZES)
    calls |= with_gradient(f"pad{axes}d", padded, x=x, amounts=1)
    calls |= with_gradient(f"crop{axes}d", cropped, x=x, amounts=1)
    calls |= with_gradient(f"upsample{axes}d", larger, x=x)
    calls |= with_gradient(f"adaptive_avg_pool{axes}d", (n, *[3] * axes, c), x=x, output_size=3)
    return calls


SIZES = (lambda size: size + 2), (lambda size: size - 2), (lambda size: 2 * size)

# A valid call of every function.
VALID = {
    "conv2d": {**_CONV, "b": counting(6)},
    "conv2d_backward": {"dy": counting(2, 4, 3, 6), **_CONV},
    "conv1d": {**_SERIES, "b": counting(6)},
    "conv1d_backward": {"dy": counting(2, 5, 6), **_SERIES},
    "conv3d": {**_VOLUMES, "b": counting(6)},
    "conv3d_backward": {"dy": counting(2, 3, 1, 3, 6), **_VOLUMES},
    "conv_transpose2d": {**_WIDENED, "b": counting(6)},
    "conv_transpose2d_backward": {"dy": counting(2, 13, 11, 6), **_WIDENED},
    "conv_transpose1d": {"x": counting(2, 7, 4), "w": counting(3, 6, 4), "b": counting(6)},
    "conv_transpose1d_backward": {
        "dy": counting(2, 9, 6),
        "x": counting(2, 7, 4),
        "w": counting(3, 6, 4),
    },
    "conv_transpose3d": {"x": counting(1, 2, 3, 2, 4), "w": counting(2, 2, 2, 6, 4)},
    "conv_transpose3d_backward": {
        "dy": counting(1, 3, 4, 3, 6),
        "x": counting(1, 2, 3, 2, 4),
        "w": counting(2, 2, 2, 6, 4),
    },
    **along(1),
    **along(2),
    **along(3),
    "batchnorm": {**_NORM, "beta": VECTOR, "mean": VECTOR, "var": VECTOR},
    "batchnorm_backward": {"dy": IMAGES, **_NORM, "mean": VECTOR, "var": VECTOR},
    "groupnorm": {**_NORM, "beta": VECTOR, "groups": 2},
    "groupnorm_backward": {"dy": IMAGES, **_NORM, "groups": 2},
    "layernorm": {**_NORM, "beta": VECTOR},
    "layernorm_backward": {"dy": IMAGES, **_NORM},
    "lrn": {"x": IMAGES},
    "lrn_backward": {"dy": IMAGES, "x": IMAGES},
    "dense": {**_ROWS, "b": counting(5)},
    "dense_backward": {"dy": counting(3, 5), **_ROWS},
    **{name: {"x": VECTOR} for name in (*FROM_Y, *FROM_X)},
    **{f"{name}_backward": {"dy": VECTOR, "y": VECTOR} for name in FROM_Y},
    **{f"{name}_backward": {"dy": VECTOR, "x": VECTOR} for name in FROM_X},
    "prelu": {"x": IMAGES, "slope": VECTOR},
    "prelu_backward": {"dy": IMAGES, "x": IMAGES - 2, "slope": VECTOR},
    "softmax": {"x": IMAGES},
    "softmax_backward": {"dy": IMAGES, "y": IMAGES / 8},
    "add": {"a": VECTOR, "b": VECTOR},
    "dropout": {"x": VECTOR, "rate": 0.5, "key": 1},
    "dropout_backward": {"dy": VECTOR, "rate": 0.5, "key": 1},
    "spatial_dropout": {"x": IMAGES, "rate": 0.5, "key": 1},
    "spatial_dropout_backward": {"dy": IMAGES, "rate": 0.5, "key": 1},
    "softmax_cross_entropy": {"x": counting(3, 4), "labels": np.array([0, 3, 1])},
    "binary_cross_entropy": {"x": VECTOR, "target": VECTOR % 2, "weight": VECTOR},
    "mean_squared_error": {"x": VECTOR, "target": 2 * VECTOR},
    "huber": {"x": IMAGES, "target": 2 * IMAGES, "weight": counting(2)},
    "sgd": _SGD,
    "adam": {**_SGD, "m": VECTOR, "step": 2},
    "norm": {"x": VECTOR},
    "lerp": {"start": VECTOR, "end": 2 * VECTOR, "weight": 0.5},
    "adamw": {**_SGD, "m": VECTOR, "step": 2},
    "rmsprop": {**_SGD, "m": VECTOR},
}


def call(module, function, **changed):
    """Call a function of this module; the result as a tuple, however many parts it has."""
    result = getattr(module, function)(**{**VALID[function], **changed})
    return result if isinstance(result, tuple) else (result,)
