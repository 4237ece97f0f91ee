"""All that is measured: operations and their passes, on the problems of `problems`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import problems
from augmentations import CHANGES, IMAGES
from measure import Case
from network import describe
from problems import (
    ArrayProblem,
    AxesProblem,
    ConvProblem,
    DenseProblem,
    PoolProblem,
    Shape,
)
from resamplings import RESAMPLE, ResampleProblem

from fastcnn import layers, models
from fastcnn.arithmetic import pair
from fastcnn.kernels.activation import READS

FLOAT = 4
CONV_PASSES = ("forward", "backward_data", "backward_weight")
PASSES = ("forward", "backward")
BATCHNORM_PASSES = ("forward", "predict", "backward", "backward_frozen")
ACTIVATIONS = {
    "relu": layers.ReLU(),
    "leaky_relu": layers.LeakyReLU(),
    "sigmoid": layers.Sigmoid(),
    "tanh": layers.Tanh(),
    "gelu": layers.GELU(),
    "silu": layers.SiLU(),
}
RARE_ACTIVATIONS = {
    "elu": layers.ELU(),
    "softplus": layers.Softplus(),
    "hard_sigmoid": layers.HardSigmoid(),
    "hard_swish": layers.HardSwish(),
    "hard_tanh": layers.HardTanh(),
    "relu6": layers.ReLU6(),
}
OPTIMIZERS = ("sgd", "adam", "adamw", "rmsprop")
LOSSES = (
    *("softmax_cross_entropy", "soft_cross_entropy", "binary_cross_entropy"),
    *("mean_squared_error", "huber"),
)
LENET5 = ((64, "train"), (64, "predict"), (256, "train"), (256, "predict"), (1, "predict"))


def arrays_bytes(*shapes: Shape) -> int:
    """Bytes of float32 arrays of these shapes."""
    return FLOAT * sum(map(math.prod, shapes))


def conv(problem: ConvProblem, pass_: str) -> Case:
    """Give a pass of a convolution with bias."""
    p = problem
    shapes = {"x": p.x_shape, "w": p.w_shape, "b": (p.oc,), "dy": p.y_shape}
    options = {
        "stride": pair(p.stride, "stride"),
        "padding": p.padding_amounts,
        "dilation": pair(p.dilation, "dilation"),
        "groups": p.groups,
    }
    return Case("conv", pass_, p.name, shapes, options, flops=p.flops)


def depthwise(problem: ConvProblem, pass_: str) -> Case:
    """Give a pass of a depthwise convolution, measured in the bytes of x and y."""
    moved = arrays_bytes(problem.x_shape, problem.y_shape)
    return replace(conv(problem, pass_), op="depthwise", flops=0, bytes=moved)


def axes(problem: AxesProblem, pass_: str) -> Case:
    """Give a pass of a convolution over one axis or three, or of a transposed one, with bias."""
    p = problem
    shapes = {"x": p.x_shape, "w": p.w_shape, "b": (p.oc,), "dy": p.y_shape}
    return Case(p.op, pass_, p.name, shapes, p.options, flops=p.flops)


def dense(problem: DenseProblem, pass_: str) -> Case:
    """Give a pass of a matrix product with bias."""
    n, ic, oc = problem.n, problem.ic, problem.oc
    shapes = {"x": (n, ic), "w": (ic, oc), "b": (oc,), "dy": (n, oc)}
    return Case("dense", pass_, problem.name, shapes, flops=problem.flops)


def pool(op: str, problem: PoolProblem, pass_: str) -> Case:
    """Give a pass of max_pool, avg_pool or lp_pool, whose backward pass reads x and y too."""
    p = problem
    options = {
        "size": pair(p.size, "size"),
        "stride": pair(p.size if p.stride is None else p.stride, "stride"),
        "padding": ((p.padding, p.padding), (p.padding, p.padding)),
    }
    index = math.prod(p.y_shape) if op == "max_pool" else 0  # one byte for each output
    moved = arrays_bytes(p.x_shape, p.y_shape) + index
    if (op, pass_) == ("lp_pool", "backward"):
        moved *= 2
    shapes = {"x": p.x_shape, "dy": p.y_shape}
    return Case(op, pass_, p.name, shapes, options, bytes=moved)


def resample(problem: ResampleProblem, pass_: str) -> Case:
    """Give a pass of padding, cropping, interpolation or an adaptive average."""
    p = problem
    shapes = {"x": p.x_shape, "dy": p.y_shape}
    moved = arrays_bytes(p.x_shape, p.y_shape)
    return Case(p.op, pass_, p.name, shapes, p.options, bytes=moved)


def batchnorm(problem: ArrayProblem, pass_: str) -> Case:
    """Give a pass of batch normalisation; the backward pass knows the batch's statistics.

    Training needs sums over the whole batch before it can write anything, so it reads its inputs
    twice: x; dy and x. Given statistics need no sums first: predicting and the frozen layer's way
    back read them once.
    """
    shape, channels = problem.shape, problem.shape[-1:]
    vectors = dict.fromkeys(("gamma", "beta", "mean", "var"), channels)
    arrays = {"predict": 2, "forward": 3, "backward": 5, "backward_frozen": 3}[pass_]
    moved = arrays_bytes(*[shape] * arrays)
    shapes = {"x": shape, "dy": shape, **vectors}
    return Case("batchnorm", pass_, problem.name, shapes, bytes=moved)


def sample_norm(op: str, problem: ArrayProblem, pass_: str) -> Case:
    """Give a pass of a normalisation within samples, which a cache may hold: x is read once."""
    shape, channels = problem.shape, problem.shape[-1:]
    shapes = {"x": shape, "dy": shape, "gamma": channels, "beta": channels}
    options = {"groups": 32 if shape[-1] % 32 == 0 else 2} if op == "groupnorm" else {}
    moved = arrays_bytes(*[shape] * (2 if pass_ == "forward" else 3))
    return Case(op, pass_, problem.name, shapes, options, bytes=moved)


def lrn(problem: ArrayProblem, pass_: str) -> Case:
    """Give a pass of local response normalisation with AlexNet's settings."""
    names = ("x",) if pass_ == "forward" else ("dy", "x")
    options = {"size": 5, "alpha": 5e-4, "beta": 0.75, "k": 2.0}
    moved = arrays_bytes(*[problem.shape] * (len(names) + 1))
    shapes = dict.fromkeys(names, problem.shape)
    return Case("lrn", pass_, problem.name, shapes, options, bytes=moved)


def activation(op: str, problem: ArrayProblem, pass_: str) -> Case:
    """Give a pass of an elementwise function; the way back is from the output or the input."""
    shape, layer = problem.shape, {**ACTIVATIONS, **RARE_ACTIVATIONS}[op]
    names = ("x",) if pass_ == "forward" else ("dy", READS[layer.function])
    moved = arrays_bytes(*[shape] * (len(names) + 1))
    return Case(op, pass_, problem.name, dict.fromkeys(names, shape), bytes=moved)


def prelu(problem: ArrayProblem, pass_: str) -> Case:
    """Give a pass of the rectifier with a slope for each channel."""
    shape, names = problem.shape, ("x",) if pass_ == "forward" else ("dy", "x")
    shapes = {**dict.fromkeys(names, shape), "slope": shape[-1:]}
    moved = arrays_bytes(*[shape] * (len(names) + 1))
    return Case("prelu", pass_, problem.name, shapes, bytes=moved)


def softmax(problem: ArrayProblem, pass_: str) -> Case:
    """Give a pass of softmax over the last axis; the way back is from the output."""
    names = ("x",) if pass_ == "forward" else ("dy", "y")
    moved = arrays_bytes(*[problem.shape] * (len(names) + 1))
    shapes = dict.fromkeys(names, problem.shape)
    return Case("softmax", pass_, problem.name, shapes, bytes=moved)


def add(problem: ArrayProblem) -> Case:
    """Give the sum of two tensors."""
    moved = arrays_bytes(*[problem.shape] * 3)
    return Case("add", "forward", problem.name, dict.fromkeys("ab", problem.shape), bytes=moved)


def dropout(op: str, problem: ArrayProblem, pass_: str) -> Case:
    """Give a pass of dropout at rate 0.5; the forward pass draws the elements or channels."""
    moved = arrays_bytes(problem.shape, problem.shape)
    shapes = {"x" if pass_ == "forward" else "dy": problem.shape}
    return Case(op, pass_, problem.name, shapes, {"rate": 0.5}, bytes=moved)


def augment(name: str, pass_: str) -> Case:
    """Give a change of images, from bytes to float32; a resized crop gives smaller ones."""
    shape = n, h, w, c = IMAGES[name]
    size = (h * 7 // 8, w * 7 // 8) if pass_ == "resized_crop" else (h, w)
    moved = math.prod(shape) + arrays_bytes((n, *size, c))
    return Case("augment", pass_, name, {"images": shape}, {"size": size}, bytes=moved)


def loss(op: str, problem: ArrayProblem) -> Case:
    """Give a loss with its gradient."""
    shape = problem.shape
    if op == "softmax_cross_entropy":
        shapes, moved = {"x": shape, "labels": shape[:1]}, arrays_bytes(shape, shape)
    else:
        target = "target" if op in ("mean_squared_error", "huber") else "probabilities"
        shapes, moved = {"x": shape, target: shape}, arrays_bytes(shape, shape, shape)
    return Case(op, "value_and_gradient", problem.name, shapes, bytes=moved)


def optim(op: str, problem: ArrayProblem) -> Case:
    """Give one update of all parameters of a network; the state is read and written too."""
    names = ("w", "dw", "v") if op == "sgd" else ("w", "dw", "m", "v")
    moved = arrays_bytes(*[problem.shape] * (2 * len(names) - 1))
    return Case(op, "update", problem.name, dict.fromkeys(names, problem.shape), bytes=moved)


def pass_over(op: str, problem: ArrayProblem) -> Case:
    """Give what optimizers do with all parameters besides: a norm, a running mean."""
    names = ("x",) if op == "norm" else ("start", "end")
    moved = arrays_bytes(*[problem.shape] * (1 if op == "norm" else 3))
    return Case(op, "update", problem.name, dict.fromkeys(names, problem.shape), bytes=moved)


def network(op: str, name: str, n: int, pass_: str, **settings: Any) -> Case:
    """Give a step of training (forward, loss, backward, SGD with momentum) or a prediction."""
    model = getattr(models, name)(**settings, rng=0)
    nodes, arrays = describe(model)
    shapes = {"x": (n, *model.input_shape), "labels": (n,)}
    shapes |= {name: parameter.shape for name, parameter in arrays.items()}
    work = model.root.multiply_adds(model.input_shape)
    if pass_ == "train":  # three passes, but nobody asks for the gradient of the images
        work = 3 * work - model.layers[0].multiply_adds(model.input_shape)
    options = {
        "model": name,
        "settings": settings,
        "nodes": nodes,
        "classes": model.output_shape[0],
    }
    return Case(op, pass_, f"{name}_b{n}", shapes, options, flops=2 * n * work)


def lenet5(n: int, pass_: str) -> Case:
    """Give a step of LeNet-5 or a prediction."""
    return replace(network("lenet5", "lenet5", n, pass_), name=f"batch_{n}")


# One entry for each suite of benchmarks and each section of the table.
SUITES: dict[str, list[Case]] = {
    "lenet5": [lenet5(n, pass_) for n, pass_ in LENET5],
    "conv": [conv(p, pass_) for pass_ in CONV_PASSES for p in problems.MODEL],
    "depthwise": [depthwise(p, pass_) for pass_ in CONV_PASSES for p in problems.DEPTHWISE],
    "conv1d": [axes(p, pass_) for pass_ in CONV_PASSES for p in problems.CONV1D],
    "conv3d": [axes(p, pass_) for pass_ in CONV_PASSES for p in problems.CONV3D],
    "conv_transpose": [axes(p, pass_) for pass_ in CONV_PASSES for p in problems.CONV_TRANSPOSE],
    "dense": [dense(p, pass_) for pass_ in CONV_PASSES for p in problems.DENSE],
    "pool": [
        *(pool("max_pool", p, pass_) for pass_ in PASSES for p in problems.POOL),
        *(pool("avg_pool", p, pass_) for pass_ in PASSES for p in problems.POOL),
        *(pool("avg_pool", p, pass_) for pass_ in PASSES for p in problems.GLOBAL_POOL),
        *(pool("max_pool", p, pass_) for pass_ in PASSES for p in problems.GLOBAL_POOL),
        *(pool("lp_pool", p, pass_) for pass_ in PASSES for p in problems.POOL),
    ],
    "resample": [resample(p, pass_) for pass_ in PASSES for p in RESAMPLE],
    "batchnorm": [batchnorm(p, pass_) for pass_ in BATCHNORM_PASSES for p in problems.BATCHNORM],
    "groupnorm": [
        *(sample_norm("groupnorm", p, pass_) for pass_ in PASSES for p in problems.BATCHNORM),
        *(sample_norm("layernorm", p, pass_) for pass_ in PASSES for p in problems.LAYERNORM),
    ],
    "lrn": [lrn(p, pass_) for pass_ in PASSES for p in problems.LRN],
    "activation": [
        *(activation(op, p, k) for op in ACTIVATIONS for k in PASSES for p in problems.TENSOR),
        *(activation(op, p, k) for op in RARE_ACTIVATIONS for k in PASSES for p in problems.SHARED),
        *(prelu(p, pass_) for pass_ in PASSES for p in problems.TENSOR),
    ],
    "add": [add(p) for p in problems.TENSOR],
    "dropout": [
        *(dropout("dropout", p, pass_) for pass_ in PASSES for p in problems.DROPOUT),
        *(dropout("spatial_dropout", p, pass_) for pass_ in PASSES for p in problems.TENSOR),
    ],
    "augment": [augment(p, pass_) for pass_ in CHANGES for p in IMAGES],
    "loss": [
        *(loss(op, p) for op in LOSSES for p in problems.SCORES),
        *(softmax(p, pass_) for pass_ in PASSES for p in problems.SOFTMAX),
    ],
    "optim": [
        *(optim(op, p) for op in OPTIMIZERS for p in problems.PARAMETERS),
        *(pass_over(op, p) for op in ("norm", "lerp") for p in problems.PARAMETERS),
    ],
}

# What multiplies and adds most of the time, so that twice the cores should take half the time.
COMPUTE_BOUND = [
    *SUITES["lenet5"][:1],
    *SUITES["conv"],
    *(case for case in SUITES["dense"] if case.name in ("alexnet_f1", "vgg_f2")),
]

# The plain convolutions whose speed on another instruction set is told too.
VGG = [case for case in SUITES["conv"] if case.name.startswith("vgg_")]

# Small enough that loops in plain Python come to an end.
SMALL_CONV = ConvProblem("small", 1, 28, 28, 1, 6, 5, 5, padding="same")
SMALL_TENSOR = ArrayProblem("small", (1, 28, 28, 6))
SMALL = [
    *(conv(SMALL_CONV, pass_) for pass_ in CONV_PASSES),
    *(dense(DenseProblem("small", 4, 400, 120), pass_) for pass_ in CONV_PASSES),
    *(pool("max_pool", PoolProblem("small", 1, 28, 28, 6, 2), pass_) for pass_ in PASSES),
    batchnorm(SMALL_TENSOR, "forward"),
    *(activation("relu", SMALL_TENSOR, pass_) for pass_ in PASSES),
    loss("softmax_cross_entropy", ArrayProblem("small", (64, 10))),
    optim("sgd", ArrayProblem("small", (10_000,))),
]


def smallest() -> dict[str, list[Case]]:
    """Give the suites with the least work only: one case for each operation and pass."""
    quick = {}
    for suite, cases in SUITES.items():
        least: dict[tuple[str, str], Case] = {}
        for case in sorted(cases, key=lambda case: case.flops or case.bytes):
            least.setdefault(case.what, case)
        quick[suite] = [case for case in cases if case is least[case.what]]
    return quick
