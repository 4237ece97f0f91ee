"""The contestant fastcnn: each case as a program that is planned once, its arrays ready."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Callable
from functools import partial

import losses
import numpy as np
from augmentations import FILL, MEAN, SCALE, drawn
from cases import ACTIVATIONS, LOSSES, RARE_ACTIVATIONS
from measure import RATE, Case, inputs
from network import describe
from resamplings import resampling

import fastcnn
from fastcnn import models, optim
from fastcnn.functional.convolution import added_up, side_by_side
from fastcnn.kernels import choice, gate, isa, memory, packing
from fastcnn.kernels.activation import READS, ActivationBackward, ActivationForward
from fastcnn.kernels.add import Add
from fastcnn.kernels.augment import Augment
from fastcnn.kernels.batchnorm import BatchNormBackward, BatchNormForward
from fastcnn.kernels.batchnorm_frozen import BatchNormFrozenBackward, BatchNormPredict
from fastcnn.kernels.bias import BiasBackward, BiasForward
from fastcnn.kernels.dense import DenseBackwardData, DenseBackwardWeight, DenseForward
from fastcnn.kernels.dropout import Dropout, SpatialDropout
from fastcnn.kernels.groupnorm import GroupNormBackward, GroupNormForward
from fastcnn.kernels.layernorm import LayerNormBackward, LayerNormForward
from fastcnn.kernels.lrn import LrnBackward, LrnForward
from fastcnn.kernels.op import Op
from fastcnn.kernels.optim import Adam, Lerp, Norm, RmsProp, Sgd
from fastcnn.kernels.pool import (
    AvgPoolBackward,
    AvgPoolForward,
    LpPoolBackward,
    LpPoolForward,
    MaxPoolBackward,
    MaxPoolForward,
)
from fastcnn.kernels.prelu import PReluBackward, PReluForward
from fastcnn.kernels.program import Program
from fastcnn.kernels.resample import Resample
from fastcnn.kernels.softmax import SoftmaxBackward, SoftmaxForward

VERSION = f"fastcnn {fastcnn.__version__} ({isa.current()}), Python {platform.python_version()}"
EPS = 1e-5

# The table has rows for the direct algorithms too.
fastcnn.precision(os.environ.get("FASTCNN_BENCH_PRECISION", "fast"))

Arrays = dict[str, np.ndarray]
Run = Callable[[], tuple]
Planned = tuple[Op | list[Op], tuple[np.ndarray, ...]]  # operations and the results they write


def empty(*shape: int) -> np.ndarray:
    """A float32 array in memory such as the graph's arena: aligned, in huge pages."""
    return memory.empty(4 * math.prod(shape)).view(np.float32).reshape(shape)


def like(array: np.ndarray) -> np.ndarray:
    return empty(*array.shape)


def placed(array: np.ndarray) -> np.ndarray:
    """A copy of a float32 array in such memory; anything else as it is."""
    if array.dtype != np.float32:
        return array
    copy = like(array)
    copy[...] = array
    return copy


def conv_sizes(case: Case) -> gate.ConvSizes:
    return gate.conv(case.shapes["x"], case.shapes["w"], **case.options)


def conv_choice(case: Case) -> choice.Choice:
    """What computes this case, and why."""
    return getattr(choice, f"conv_{case.pass_}")(conv_sizes(case))


def conv(case: Case, a: Arrays, kernel: type | None = None) -> Planned:
    """By `kernel`, or by the one that is chosen."""
    s, kernel = conv_sizes(case), kernel or conv_choice(case).kernel
    w = placed(packing.pack(a["w"], s.groups))
    if case.pass_ == "forward":
        y = empty(*s.y_shape)
        return kernel(s, a["x"], w, a["b"], y), (y,)
    if case.pass_ == "backward_data":
        dx = empty(*s.x_shape)
        return kernel(s, a["dy"], w, dx), (dx,)
    dw, db = like(w), empty(s.oc)
    return kernel(s, a["dy"], a["x"], dw, db), (dw, db)


def axes(case: Case, a: Arrays) -> Planned:
    """A convolution over one axis or three: of images, with frames side by side where needed."""
    s = gate.convolution(case.shapes["x"], case.shapes["w"], **case.options)
    w, dy = packed(s, a["w"]), a["dy"].reshape(s.plane.y_shape)
    kernel = getattr(choice, f"conv_{case.pass_}")(s.plane).kernel
    if case.pass_ == "forward":
        y = empty(*s.y_shape)
        before, images = side_by_side(s, a["x"], empty)
        return [*before, kernel(s.plane, images, w, a["b"], y.reshape(s.plane.y_shape))], (y,)
    if case.pass_ == "backward_data":
        dx = empty(*s.x_shape)
        after, images = added_up(s, dx, empty)
        return [kernel(s.plane, dy, w, images), *after], (dx,)
    dw, db = like(w), empty(s.plane.oc)
    before, images = side_by_side(s, a["x"], empty)
    return [*before, kernel(s.plane, dy, images, dw, db)], (dw, db)


TURNED = {"forward": "backward_data", "backward_data": "forward"}


def transposed(case: Case, a: Arrays) -> Planned:
    """What is y here is the input of the convolution that is turned round."""
    s = gate.conv_transpose(case.shapes["x"], case.shapes["w"], **case.options)
    w, x = packed(s, a["w"]), a["x"].reshape(s.plane.y_shape)
    kernel = getattr(choice, f"conv_{TURNED.get(case.pass_, case.pass_)}")(s.plane).kernel
    if case.pass_ == "forward":
        y = empty(*s.x_shape)
        after, images = added_up(s, y, empty)
        bias = BiasForward(a["b"], y.reshape(-1, y.shape[-1]))
        return [kernel(s.plane, x, w, images), *after, bias], (y,)
    before, images = side_by_side(s, a["dy"], empty)
    if case.pass_ == "backward_data":
        dx = empty(*s.y_shape)
        return [*before, kernel(s.plane, images, w, None, dx.reshape(s.plane.y_shape))], (dx,)
    dw, db = like(w), empty(s.x_shape[-1])
    sums = BiasBackward(a["dy"].reshape(-1, len(db)), db)
    return [*before, kernel(s.plane, x, images, dw, None), sums], (dw, db)


def packed(s: gate.Convolution, w: np.ndarray) -> np.ndarray:
    return placed(packing.pack(packing.filters(w), s.plane.groups))


def dense(case: Case, a: Arrays) -> Planned:
    s = gate.dense(a["x"].shape, a["w"].shape)
    w = placed(packing.pack(a["w"][None, None]))
    if case.pass_ == "forward":
        y = empty(*s.y_shape)
        return DenseForward(s, a["x"], w, a["b"], y), (y,)
    if case.pass_ == "backward_data":
        dx = empty(*s.x_shape)
        return DenseBackwardData(s, a["dy"], w, dx), (dx,)
    dw, db = like(w), empty(s.oc)
    return DenseBackwardWeight(s, a["dy"], a["x"], dw, db), (dw, db)


def max_pool(case: Case, a: Arrays) -> Planned:
    s = gate.pool(a["x"].shape, **case.options)
    y, index = empty(*s.y_shape), np.empty(s.y_shape, s.index_type)
    forward = MaxPoolForward(s, a["x"], y, index)
    if case.pass_ == "forward":
        return forward, (y,)
    Program([forward]).run()
    dx = empty(*s.x_shape)
    return MaxPoolBackward(s, a["dy"], index, dx), (dx,)


def avg_pool(case: Case, a: Arrays) -> Planned:
    s = gate.pool(a["x"].shape, **case.options)
    if case.pass_ == "forward":
        y = empty(*s.y_shape)
        return AvgPoolForward(s, a["x"], y), (y,)
    dx = empty(*s.x_shape)
    return AvgPoolBackward(s, a["dy"], dx), (dx,)


def lp_pool(case: Case, a: Arrays) -> Planned:
    s = gate.pool(a["x"].shape, **case.options)
    y = empty(*s.y_shape)
    forward = LpPoolForward(s, 2.0, a["x"], y)
    if case.pass_ == "forward":
        return forward, (y,)
    Program([forward]).run()
    dx = empty(*s.x_shape)
    return LpPoolBackward(s, 2.0, a["dy"], a["x"], y, dx), (dx,)


def resample(case: Case, a: Arrays) -> Planned:
    (s,) = resampling(case.op, a["x"].shape, case.options).steps
    s, x = (s, a["x"]) if case.pass_ == "forward" else (s.transposed, a["dy"])
    y = empty(*s.y_shape)
    return Resample(s, x, y), (y,)


def batchnorm(case: Case, a: Arrays) -> Planned:
    s = gate.batchnorm(a["x"].shape, training=True)
    x, dy = a["x"].reshape(s.rows, s.c), a["dy"].reshape(s.rows, s.c)
    gamma, beta, mean, inverse, y = a["gamma"], a["beta"], empty(2, s.c), empty(s.c), like(x)
    if case.pass_ == "predict":
        return BatchNormPredict(s, EPS, x, gamma, beta, a["mean"], a["var"], y), (y,)
    running = a["mean"], a["var"]
    results = like(x), empty(s.c), empty(s.c)
    if case.pass_ == "backward_frozen":
        return BatchNormFrozenBackward(s, EPS, dy, x, gamma, *running, *results), results
    forward = BatchNormForward(s, EPS, 0.1, x, gamma, beta, *running, mean, inverse, y)
    if case.pass_ == "forward":
        return forward, (y,)
    Program([forward]).run()
    return BatchNormBackward(s, dy, x, gamma, mean, inverse, *results), results


def sample_norm(case: Case, a: Arrays) -> Planned:
    if case.op == "groupnorm":
        s, kernels = (
            gate.groupnorm(a["x"].shape, **case.options),
            (GroupNormForward, GroupNormBackward),
        )
    else:
        s, kernels = gate.layernorm(a["x"].shape), (LayerNormForward, LayerNormBackward)
    x, dy = a["x"].reshape(s.x_shape), a["dy"].reshape(s.x_shape)
    kept, y = (empty(2, *s.kept_shape), empty(*s.kept_shape)), like(x)
    forward = kernels[0](s, EPS, x, a["gamma"], a["beta"], *kept, y)
    if case.pass_ == "forward":
        return forward, (y,)
    Program([forward]).run()
    results = like(x), empty(s.c), empty(s.c)
    return kernels[1](s, dy, x, a["gamma"], *kept, *results), results


def lrn(case: Case, a: Arrays) -> Planned:
    size, alpha, beta, k = (case.options[name] for name in ("size", "alpha", "beta", "k"))
    s = gate.lrn(a["x"].shape, size)
    x = a["x"].reshape(s.pixels, s.c)
    y = like(x)
    if case.pass_ == "forward":
        return LrnForward(s, alpha / size, beta, k, x, y), (y,)
    return LrnBackward(s, alpha / size, beta, k, a["dy"].reshape(s.pixels, s.c), x, y), (y,)


def activation(case: Case, a: Arrays) -> Planned:
    layer = {**ACTIVATIONS, **RARE_ACTIVATIONS}[case.op]
    if case.pass_ == "forward":
        y = like(a["x"])
        return ActivationForward(layer.function, layer.settings, a["x"], y), (y,)
    dx, kept = like(a["dy"]), a[READS[layer.function]]
    return ActivationBackward(layer.function, layer.settings, a["dy"], kept, dx), (dx,)


def prelu(case: Case, a: Arrays) -> Planned:
    s = gate.rows(a["x"].shape, "x")
    x, slope = a["x"].reshape(s.rows, s.c), a["slope"]
    y = like(x)
    if case.pass_ == "forward":
        return PReluForward(s, x, slope, y), (y,)
    dslope = empty(s.c)
    return PReluBackward(s, a["dy"].reshape(s.rows, s.c), x, slope, y, dslope), (y, dslope)


def softmax(case: Case, a: Arrays) -> Planned:
    names = ("x",) if case.pass_ == "forward" else ("dy", "y")
    s = gate.rows(a[names[0]].shape, names[0])
    given = [a[name].reshape(s.rows, s.c) for name in names]
    y = like(given[0])
    kernel = SoftmaxForward if case.pass_ == "forward" else SoftmaxBackward
    return kernel(s, *given, y), (y,)


def add(_case: Case, a: Arrays) -> Planned:
    y = like(a["a"])
    return Add(a["a"], a["b"], y), (y,)


def dropout(case: Case, a: Arrays) -> Planned:
    x = a["x" if case.pass_ == "forward" else "dy"]
    y = like(x)
    return Dropout(case.options["rate"], gate.key(0), x, y), (y,)


def spatial_dropout(case: Case, a: Arrays) -> Planned:
    x = a["x" if case.pass_ == "forward" else "dy"]
    x = x.reshape(gate.channels(x.shape, "x"))
    y = like(x)
    return SpatialDropout(case.options["rate"], gate.key(0), x, y), (y,)


def augment(case: Case, a: Arrays) -> Planned:
    x, d = a["images"], drawn(case)
    y = empty(len(x), *d["size"], x.shape[3])
    rows = [np.tile(v, (y.shape[2], 1)) for v in (MEAN, SCALE)]
    mean, scale = rows if case.pass_ == "normalize" else (None, None)
    rest = d.get("colors"), mean, scale, d.get("boxes"), FILL, y
    return Augment(x, d["maps"], FILL, *rest), (y,)


def sgd(_case: Case, a: Arrays) -> Planned:
    settings = np.array([RATE, 1, 0.9, 1e-4, 0])  # lr, scale, momentum, weight decay, not Nesterov
    return Sgd(settings, a["dw"], a["w"], a["v"]), (a["w"], a["v"])


def planned(plan: Callable[[Case, Arrays], Planned], case: Case, a: Arrays) -> Run:
    """Plan a program of one operation, or of the few that make it up."""
    op, results = plan(case, a)
    run = Program(op if isinstance(op, list) else [op]).run

    def call() -> tuple:
        run()
        return results

    return call


def rmsprop(_case: Case, a: Arrays) -> Planned:
    settings = np.array(
        [0.001, 1, 0.99, 1e-8, 0.9, 0]
    )  # lr, scale, alpha, eps, momentum, weight decay
    return RmsProp(settings, a["dw"], a["w"], a["m"], a["v"]), (a["w"], a["m"], a["v"])


def pass_over(case: Case, a: Arrays) -> Planned:
    if case.op == "lerp":
        return Lerp(np.array([0.001]), a["end"], a["start"]), (a["start"],)
    value = np.zeros(1)
    return Norm(a["x"], value), (value,)


def adam(case: Case, a: Arrays) -> Run:
    """The settings tell the kernel which step it is."""
    beta1, beta2, decoupled = 0.9, 0.999, case.op == "adamw"
    settings = np.array([0.001, 1, beta1, beta2, 1e-8, 0.01 * decoupled, decoupled, 1, 1])
    run = Program([Adam(settings, a["dw"], a["w"], a["m"], a["v"])]).run

    def step() -> tuple:
        settings[7] *= beta1
        settings[8] *= beta2
        run()
        return a["w"], a["m"], a["v"]

    return step


def network(case: Case, a: Arrays) -> Run:
    """The network as its users have it."""
    model = getattr(models, case.options["model"])(**case.options["settings"], rng=0)
    for name, parameter in describe(model)[1].items():
        parameter.value = a.pop(
            name
        )  # the memory is to hold one set of weights, as the peers' does
    x, labels = a["x"], a.get("labels")
    if case.pass_ == "predict":
        return lambda: (model.predict(x),)
    sgd = optim.SGD(RATE, momentum=0.9, weight_decay=1e-4, decay="all")
    model.compile(optimizer=sgd, loss="softmax_cross_entropy")
    return lambda: (model.train_on_batch(x, labels),)


BUILDERS: dict[str, Callable[[Case, Arrays], Run]] = {
    "conv": partial(planned, conv),
    "depthwise": partial(planned, conv),
    "conv1d": partial(planned, axes),
    "conv3d": partial(planned, axes),
    "conv_transpose1d": partial(planned, transposed),
    "conv_transpose2d": partial(planned, transposed),
    "conv_transpose3d": partial(planned, transposed),
    "dense": partial(planned, dense),
    "max_pool": partial(planned, max_pool),
    "avg_pool": partial(planned, avg_pool),
    "lp_pool": partial(planned, lp_pool),
    **{op: partial(planned, resample) for op in ("pad", "crop", "upsample", "adaptive_avg_pool")},
    "batchnorm": partial(planned, batchnorm),
    "groupnorm": partial(planned, sample_norm),
    "layernorm": partial(planned, sample_norm),
    "lrn": partial(planned, lrn),
    **dict.fromkeys((*ACTIVATIONS, *RARE_ACTIVATIONS), partial(planned, activation)),
    "prelu": partial(planned, prelu),
    "softmax": partial(planned, softmax),
    "add": partial(planned, add),
    "dropout": partial(planned, dropout),
    "spatial_dropout": partial(planned, spatial_dropout),
    "augment": partial(planned, augment),
    **dict.fromkeys(LOSSES, partial(planned, losses.build)),
    "sgd": partial(planned, sgd),
    "adam": adam,
    "adamw": adam,
    "rmsprop": partial(planned, rmsprop),
    "norm": partial(planned, pass_over),
    "lerp": partial(planned, pass_over),
    "lenet5": network,
    "network": network,
}


def arrays(case: Case) -> Arrays:
    """Inputs of the case, in memory such as the graph's."""
    return {name: placed(array) for name, array in inputs(case).items()}


def build(case: Case, variant: str = "") -> Run:
    """Prepare the case; each call of what is returned computes it once."""
    return BUILDERS[case.op](case, arrays(case))
