"""The contestant NumPy: the functions of `baselines`, and LeNet-5 made of them."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial

import augmentations
import baselines
import numpy as np
import resizing
from baselines import Arrays
from elementwise import ELEMENTWISE
from measure import Case, inputs

Run = Callable[..., tuple]

VERSION = f"NumPy {np.__version__}, Python {platform.python_version()}"

NONE = ((0, 0), (0, 0))
PLAIN = {"stride": (1, 1), "dilation": (1, 1)}
CONV = {"1": {**PLAIN, "padding": ((2, 2), (2, 2))}, "2": {**PLAIN, "padding": NONE}}
POOL = {"size": (2, 2), "stride": (2, 2), "padding": NONE}


def block(a: Arrays, kept: Arrays, layer: str, x: np.ndarray) -> np.ndarray:
    """Convolution, ReLU, 2x2 max-pooling; what the way back needs is kept."""
    given = {"x": x, "w": a["w" + layer], "b": a["b" + layer]}
    (y,) = baselines.conv_forward(given, CONV[layer])
    y = np.maximum(y, 0)
    pixels = baselines.pool_windows(y, POOL, -np.inf)
    kept.update({"x" + layer: x, "y" + layer: y, "where" + layer: pixels.argmax(axis=3)})
    return pixels.max(axis=3)


def block_backward(a: Arrays, kept: Arrays, grads: Arrays, layer: str, dy: np.ndarray) -> Arrays:
    """Store the gradients of the parameters; return what the one of the images is made from."""
    y, where = kept["y" + layer], kept["where" + layer]
    (dy,) = baselines.max_pool_backward({"dy": dy, "x": y}, POOL, where[:, :, :, None])
    given = {"dy": dy * (y > 0), "x": kept["x" + layer], "w": a["w" + layer]}
    grads["w" + layer], grads["b" + layer] = baselines.conv_backward_weight(given, CONV[layer])
    return given


def forward(a: Arrays) -> tuple[np.ndarray, Arrays]:
    """Return the scores [n, 10] and what the way back needs."""
    kept: Arrays = {}
    x = block(a, kept, "2", block(a, kept, "1", a["x"]))
    x = x.reshape(len(x), -1)
    for layer in "345":
        kept["x" + layer] = x
        x = x @ a["w" + layer] + a["b" + layer]
        if layer != "5":
            x = np.maximum(x, 0)
    return x, kept


def backward(a: Arrays, kept: Arrays, dx: np.ndarray) -> Arrays:
    """Return the gradients of all parameters."""
    grads: Arrays = {}
    for layer in "543":
        x = kept["x" + layer]
        given = {"dy": dx, "x": x, "w": a["w" + layer]}
        grads["w" + layer], grads["b" + layer] = baselines.dense_backward_weight(given)
        dx = baselines.dense_backward_data(given)[0] * (x > 0)  # x is the output of a ReLU
    given = block_backward(a, kept, grads, "2", dx.reshape(-1, 5, 5, 16))
    (dx,) = baselines.conv_backward_data(given, CONV["2"])
    block_backward(a, kept, grads, "1", dx)
    return grads


def lenet5(case: Case, a: Arrays) -> Run:
    if case.pass_ == "predict":
        return lambda: (forward(a)[0],)
    parameters = [letter + layer for layer in "12345" for letter in "wb"]
    velocity = {name: np.zeros_like(a[name]) for name in parameters}

    def train() -> tuple:
        scores, kept = forward(a)
        given = {"x": scores, "labels": a["labels"]}
        loss, dx = baselines.softmax_cross_entropy(given)
        grads = backward(a, kept, dx)
        for name in parameters:
            baselines.sgd({"w": a[name], "dw": grads[name], "v": velocity[name]})
        return (loss,)

    return train


def loss(case: Case, a: Arrays) -> Run:
    return partial(getattr(baselines, case.op), a)


def dropout(case: Case, a: Arrays) -> Run:
    """The forward pass draws the elements to keep; the way back has them."""
    rng, rate = np.random.default_rng(0), case.options["rate"]
    scale = np.float32(1 / (1 - rate))
    x = a["x" if case.pass_ == "forward" else "dy"]

    def draw() -> np.ndarray:
        return rng.random(x.shape, dtype=np.float32) >= rate

    if case.pass_ == "forward":
        return lambda: (x * draw() * scale,)
    kept = draw()
    return lambda: (x * kept * scale,)


def spatial_dropout(case: Case, a: Arrays) -> Run:
    """The same with whole channels of a sample."""
    rng, rate = np.random.default_rng(0), case.options["rate"]
    x = a["x" if case.pass_ == "forward" else "dy"]
    shape = len(x), *[1] * (x.ndim - 2), x.shape[-1]

    def draw() -> np.ndarray:
        return (rng.random(shape, dtype=np.float32) >= rate) * np.float32(1 / (1 - rate))

    if case.pass_ == "forward":
        return lambda: (x * draw(),)
    kept = draw()
    return lambda: (x * kept,)


def adam(case: Case, a: Arrays) -> Run:
    w, dw, m, v, steps = a["w"], a["dw"], a["m"], a["v"], [0]
    kept = 1 - 0.001 * 0.01 if case.op == "adamw" else 1

    def step() -> tuple:
        steps[0] += 1
        m[:] = 0.9 * m + 0.1 * dw
        v[:] = 0.999 * v + 0.001 * (dw * dw)
        root = np.sqrt(v / (1 - 0.999 ** steps[0])) + 1e-8
        np.subtract(kept * w, 0.001 / (1 - 0.9 ** steps[0]) * m / root, out=w)
        return w, m, v

    return step


def lerp(a: Arrays) -> tuple:
    a["start"] += 0.001 * (a["end"] - a["start"])
    return (a["start"],)


def rmsprop(a: Arrays) -> tuple:
    w, dw, m, v = a["w"], a["dw"], a["m"], a["v"]
    v[:] = 0.99 * v + 0.01 * (dw * dw)
    m[:] = 0.9 * m + dw / (np.sqrt(v) + 1e-8)
    np.subtract(w, 0.001 * m, out=w)
    return w, m, v


def function(case: Case, a: Arrays) -> Run:
    """The function of `baselines` that is named after the operation and the pass."""
    options = (case.options,) if case.options else ()
    return partial(getattr(baselines, f"{case.op}_{case.pass_}"), a, *options)


def max_pool(case: Case, a: Arrays) -> Run:
    if case.pass_ == "forward":
        return function(case, a)
    where = baselines.pool_windows(a["x"], case.options, -np.inf).argmax(axis=3)
    return partial(function(case, a), where[:, :, :, None])


def avg_pool(case: Case, a: Arrays) -> Run:
    ones = np.ones_like(a["x"][:1, ..., :1])
    counts = baselines.pool_windows(ones, case.options, 0).sum(axis=3)[0]
    return partial(function(case, a), counts)


def lp_pool(case: Case, a: Arrays) -> Run:
    if case.pass_ == "forward":
        return function(case, a)
    return partial(function(case, a), *baselines.lp_pool_forward(a, case.options))


def batchnorm(case: Case, a: Arrays) -> Run:
    kept = baselines.normalise(a["x"]) if case.pass_ == "backward" else ()
    return partial(function(case, a), *kept)


def axes(case: Case, a: Arrays) -> Run:
    """A convolution over one axis or three, or a transposed one."""
    transposed = case.op.startswith("conv_transpose")
    return partial(baselines.axes, a, case.options, case.pass_, transposed)


def sample_norm(case: Case, a: Arrays) -> Run:
    groups = case.options.get("groups", 1)
    if case.op == "layernorm":  # each pixel is a sample
        a = a | {name: a[name].reshape(-1, a[name].shape[-1]) for name in ("x", "dy")}
    if case.pass_ == "forward":
        return partial(baselines.sample_norm_forward, a, groups)
    kept = baselines.normalise_groups(a["x"], groups)
    return partial(baselines.sample_norm_backward, a, *kept)


def elementwise(case: Case, a: Arrays) -> Run:
    formula = ELEMENTWISE[case.what]
    return lambda: (formula(a),)


BUILDERS: dict[str, Callable[[Case, Arrays], Run]] = {
    "conv": function,
    "depthwise": function,
    "conv1d": axes,
    "conv3d": axes,
    "conv_transpose1d": axes,
    "conv_transpose2d": axes,
    "conv_transpose3d": axes,
    "dense": function,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "lp_pool": lp_pool,
    **dict.fromkeys(("pad", "crop", "upsample", "adaptive_avg_pool"), resizing.build),
    "batchnorm": batchnorm,
    "groupnorm": sample_norm,
    "layernorm": sample_norm,
    "lrn": function,
    "prelu": function,
    "softmax": function,
    **{op: elementwise for op, _ in ELEMENTWISE},
    "dropout": dropout,
    "augment": augmentations.build,
    "spatial_dropout": spatial_dropout,
    **dict.fromkeys(("softmax_cross_entropy", "soft_cross_entropy"), loss),
    **dict.fromkeys(("binary_cross_entropy", "mean_squared_error", "huber"), loss),
    "sgd": lambda _case, a: partial(baselines.sgd, a),
    "adam": adam,
    "adamw": adam,
    "rmsprop": lambda _case, a: partial(rmsprop, a),
    "norm": lambda _case, a: lambda: (np.sqrt([np.square(a["x"], dtype=np.float64).sum()]),),
    "lerp": lambda _case, a: partial(lerp, a),
    "lenet5": lenet5,
}


def build(case: Case, variant: str = "") -> Run:
    """Prepare the case; each call of what is returned computes it once."""
    return BUILDERS[case.op](case, inputs(case))
