"""The contestant PyTorch, eager: its own order of dimensions (NCHW) and channels-last.

Each pass is called on its own, by the function that autograd would call, so that nothing but the
pass is timed.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from functools import partial

import torch
from measure import RATE, SMOOTHING, Case, inputs
from peers.channels_first import channels_first
from peers.torch_network import Network
from torch.linalg import vector_norm
from torch.nn import functional as F

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

VERSION = f"PyTorch {torch.__version__}, Python {platform.python_version()}"
LAYOUTS = {"NCHW": torch.contiguous_format, "channels-last": torch.channels_last}
COMPILED = "compiled"
COMPILED_TOO = [f"channels-last, {COMPILED}"] if os.environ.get("FASTCNN_BENCH_COMPILED") else []
OPTIMIZERS = {"for loop": {"foreach": False}, "fused": {"fused": True}}
VELOCITY = {"momentum_buffer": "v"}
MEANS = {"exp_avg": "m", "exp_avg_sq": "v"}
SQUARES = {"momentum_buffer": "m", "square_avg": "v"}
#: Updates: class, options, and what stands in its state for ours.
UPDATES = {
    "sgd": (torch.optim.SGD, {"lr": RATE, "momentum": 0.9, "weight_decay": 1e-4}, VELOCITY),
    "adam": (torch.optim.Adam, {"lr": 0.001}, MEANS),
    "adamw": (torch.optim.AdamW, {"lr": 0.001}, MEANS),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.001, "momentum": 0.9}, SQUARES),
}
POOLS = ("max_pool", "avg_pool", "lp_pool")
RESAMPLES = ("pad", "crop", "upsample", "adaptive_avg_pool")
VARIANTS = {
    "": ["eager"],
    **{
        op: list(LAYOUTS)
        for op in ("conv", "conv3d", "conv_transpose2d", "conv_transpose3d", "depthwise")
    },
    **{op: list(LAYOUTS) for op in (*POOLS, *RESAMPLES, "batchnorm", "groupnorm", "lrn")},
    **{op: list(LAYOUTS) for op in ("prelu", "softmax", "spatial_dropout", "lenet5")},
    **{op: list(OPTIMIZERS) for op in UPDATES},
    **{"rmsprop": ["for loop"], "augment": []},
    "network_predict": [*LAYOUTS, *COMPILED_TOO],
    **{way: [] for way in ("softplus_backward", "hard_sigmoid_backward")},  # from x, not from y
    "lenet5_train": [f"{layout}, {how}" for layout in LAYOUTS for how in OPTIMIZERS],
    "network_train": ["NCHW, fused", "channels-last, fused", *COMPILED_TOO],
}
if os.environ.get("THP_MEM_ALLOC_ENABLE"):  # PyTorch reads it: tensors in huge pages
    trained = {op: ways for op, ways in VARIANTS.items() if op.endswith("_train")}
    VARIANTS = {op: [f"{way}, huge pages" for way in ways] for op, ways in trained.items()}
    VARIANTS |= {"": []}
EPS = 1e-5

aten = torch.ops.aten
Tensors = dict[str, torch.Tensor]
Run = Callable[[], tuple]


def padding(case: Case) -> list[int]:
    """Rows and columns of padding; PyTorch pads both ends of an axis the same."""
    (top, bottom), (left, right) = case.options["padding"]
    if (top, left) != (bottom, right):
        raise NotImplementedError(f"{case}: padding {case.options['padding']}")
    return [top, left]


def window(case: Case) -> tuple:
    """Size, stride and padding of a pooling."""
    return case.options["size"], case.options["stride"], padding(case)


def tensors(case: Case, layout: str) -> Tensors:
    """Inputs of the case: images n c h w and filters oc ic kh kw, stored in this layout."""
    arrays = {}
    for name, array in inputs(case).items():
        tensor = torch.from_numpy(array).clone()  # in memory as PyTorch aligns it
        if 3 <= tensor.ndim <= 5:
            axes = range(tensor.ndim)
            order = (-1, -2, *axes[:-2]) if name[0] == "w" else (0, -1, *axes[1:-1])
            tensor = tensor.permute(*order).contiguous(memory_format=memory_format(layout, tensor))
        arrays[name] = tensor
    return arrays


def memory_format(layout: str, tensor: torch.Tensor) -> torch.memory_format:
    last = layout == "channels-last" and tensor.ndim == 5
    return torch.channels_last_3d if last else LAYOUTS.get(layout, torch.contiguous_format)


def axes(case: Case, a: Tensors) -> Run:
    """A convolution over one axis or three, or a transposed one."""
    x, w, b, dy = a["x"], a["w"], a["b"], a["dy"]
    number, transposed = w.ndim - 2, case.op.startswith("conv_transpose")
    names = ("stride", "padding", "dilation", "output_padding")
    settings = (case.options.get(name, 0) for name in names)
    each = [list(v) if isinstance(v, tuple) else [v] * number for v in settings]
    how, groups = (*each[:3], transposed, each[3]), case.options["groups"]
    if case.pass_ == "forward":
        return lambda: (torch.convolution(x, w, b, *how, groups),)
    wanted = [True, False, False] if case.pass_ == "backward_data" else [False, True, True]

    def backward() -> tuple:
        gradients = aten.convolution_backward(dy, x, w, [len(b)], *how, groups, wanted)
        return tuple(g for g in gradients if g is not None)

    return backward


def conv(case: Case, a: Tensors) -> Run:
    x, w, b, dy = a["x"], a["w"], a["b"], a["dy"]
    stride, dilation, groups = (case.options[name] for name in ("stride", "dilation", "groups"))
    sides = padding(case)
    if case.pass_ == "forward":
        return lambda: (F.conv2d(x, w, b, stride, sides, dilation, groups),)
    wanted = [True, False, False] if case.pass_ == "backward_data" else [False, True, True]
    rest = ([len(b)], stride, sides, dilation, False, [0, 0], groups, wanted)

    def backward() -> tuple:
        gradients = aten.convolution_backward(dy, x, w, *rest)
        return tuple(g for g in gradients if g is not None)

    return backward


def dense(case: Case, a: Tensors) -> Run:
    x, w, b, dy = a["x"], a["w"].T.contiguous(), a["b"], a["dy"]  # w [oc, ic], as in nn.Linear
    if case.pass_ == "forward":
        return lambda: (F.linear(x, w, b),)
    if case.pass_ == "backward_data":
        return lambda: (dy @ w,)
    return lambda: (dy.T @ x, dy.sum(0))


def max_pool(case: Case, a: Tensors) -> Run:
    x, dy, taps = a["x"], a["dy"], window(case)
    if case.pass_ == "forward":
        return lambda: aten.max_pool2d_with_indices(x, *taps)[:1]
    _, index = aten.max_pool2d_with_indices(x, *taps)
    rest = (*taps, [1, 1], False, index)
    return lambda: (aten.max_pool2d_with_indices_backward(dy, x, *rest),)


def avg_pool(case: Case, a: Tensors) -> Run:
    x, dy = a["x"], a["dy"]
    rest = (*window(case), False, False, None)  # no ceil mode, padding does not count, no divisor
    if case.pass_ == "forward":
        return lambda: (aten.avg_pool2d(x, *rest),)
    return lambda: (aten.avg_pool2d_backward(dy, x, *rest),)


def differentiated(case: Case, a: Tensors, forward: Callable) -> Run:
    """A pass of what PyTorch makes of several functions, by its own derivatives."""
    x, dy = a["x"], a["dy"]
    if case.pass_ == "forward":
        return lambda: (forward(x),)
    with torch.enable_grad():
        y = forward(x.requires_grad_())
    return lambda: torch.autograd.grad(y, x, dy, retain_graph=True)


def lp_pool(case: Case, a: Tensors) -> Run:
    size, stride, (top, left) = window(case)
    around = (left, left, top, top)
    return differentiated(
        case, a, lambda x: F.lp_pool2d(F.pad(x, around) if any(around) else x, 2.0, size, stride)
    )


def resample(case: Case, a: Tensors) -> Run:
    options = case.options
    if case.op in ("pad", "crop"):
        amount = options["amounts"] * (1 if case.op == "pad" else -1)
        mode = options.get("mode", "constant")
        return differentiated(case, a, lambda x: F.pad(x, [amount] * 4, mode))
    if case.op == "upsample":
        factor, mode = options["factor"], options.get("mode", "nearest")
        return differentiated(case, a, lambda x: F.interpolate(x, None, factor, mode))
    size = options["output_size"]
    return differentiated(case, a, lambda x: F.adaptive_avg_pool2d(x, size))


def batchnorm(case: Case, a: Tensors) -> Run:
    x, dy, gamma, beta, running = a["x"], a["dy"], a["gamma"], a["beta"], (a["mean"], a["var"])
    if case.pass_ == "predict":
        return lambda: (F.batch_norm(x, *running, gamma, beta, False, 0.1, EPS),)
    if case.pass_ == "forward":
        return lambda: (F.batch_norm(x, *running, gamma, beta, True, 0.1, EPS),)
    if case.pass_ == "backward_frozen":
        given = (*running, None, None, False, EPS, [True, True, True])
        return lambda: aten.native_batch_norm_backward(dy, x, gamma, *given)
    _, mean, inverse = aten.native_batch_norm(x, gamma, beta, *running, True, 0.1, EPS)
    rest = (*running, mean, inverse, True, EPS, [True, True, True])
    return lambda: aten.native_batch_norm_backward(dy, x, gamma, *rest)


def groupnorm(case: Case, a: Tensors) -> Run:
    x, dy, gamma, groups = a["x"], a["dy"], a["gamma"], case.options["groups"]
    n, c, h, w = x.shape
    if case.pass_ == "forward":
        return lambda: (F.group_norm(x, groups, gamma, a["beta"], EPS),)
    _, mean, inverse = aten.native_group_norm(x, gamma, a["beta"], n, c, h * w, groups, EPS)
    rest = (mean, inverse, gamma, n, c, h * w, groups, [True, True, True])
    return lambda: aten.native_group_norm_backward(dy, x, *rest)


def layernorm(case: Case, a: Tensors) -> Run:
    """Over the last axis of images n h w c, as ConvNeXt has them for this."""
    x, dy = (a[name].permute(0, 2, 3, 1).contiguous() for name in ("x", "dy"))
    shape, gamma, beta = x.shape[-1:], a["gamma"], a["beta"]
    if case.pass_ == "forward":
        return lambda: (F.layer_norm(x, shape, gamma, beta, EPS),)
    _, mean, inverse = aten.native_layer_norm(x, shape, gamma, beta, EPS)
    rest = (shape, mean, inverse, gamma, beta, [True, True, True])
    return lambda: aten.native_layer_norm_backward(dy, x, *rest)


def lrn(case: Case, a: Tensors) -> Run:
    """PyTorch makes it of several operations; autograd knows the way back through them."""
    x = a["x"]
    if case.pass_ == "forward":
        return lambda: (F.local_response_norm(x, **case.options),)
    with torch.enable_grad():
        y = F.local_response_norm(x.requires_grad_(), **case.options)
    return lambda: torch.autograd.grad(y, x, a["dy"], retain_graph=True)


ELEMENTWISE: dict[tuple[str, str], Callable[[Tensors], torch.Tensor]] = {
    ("add", "forward"): lambda a: a["a"] + a["b"],
    ("relu", "forward"): lambda a: F.relu(a["x"]),
    ("relu", "backward"): lambda a: aten.threshold_backward(a["dy"], a["y"], 0),
    ("leaky_relu", "forward"): lambda a: F.leaky_relu(a["x"]),
    ("leaky_relu", "backward"): lambda a: aten.leaky_relu_backward(a["dy"], a["y"], 0.01, False),
    ("sigmoid", "forward"): lambda a: torch.sigmoid(a["x"]),
    ("sigmoid", "backward"): lambda a: aten.sigmoid_backward(a["dy"], a["y"]),
    ("tanh", "forward"): lambda a: torch.tanh(a["x"]),
    ("tanh", "backward"): lambda a: aten.tanh_backward(a["dy"], a["y"]),
    ("gelu", "forward"): lambda a: F.gelu(a["x"]),
    ("gelu", "backward"): lambda a: aten.gelu_backward(a["dy"], a["x"]),
    ("silu", "forward"): lambda a: F.silu(a["x"]),
    ("silu", "backward"): lambda a: aten.silu_backward(a["dy"], a["x"]),
    ("elu", "forward"): lambda a: F.elu(a["x"]),
    ("elu", "backward"): lambda a: aten.elu_backward(a["dy"], 1, 1, 1, True, a["y"]),
    ("softplus", "forward"): lambda a: F.softplus(a["x"]),
    ("hard_sigmoid", "forward"): lambda a: F.hardsigmoid(a["x"]),
    ("hard_swish", "forward"): lambda a: F.hardswish(a["x"]),
    ("hard_swish", "backward"): lambda a: aten.hardswish_backward(a["dy"], a["x"]),
    ("hard_tanh", "forward"): lambda a: F.hardtanh(a["x"]),
    ("hard_tanh", "backward"): lambda a: aten.hardtanh_backward(a["dy"], a["y"], -1, 1),
    ("relu6", "forward"): lambda a: F.relu6(a["x"]),
    ("relu6", "backward"): lambda a: aten.hardtanh_backward(a["dy"], a["y"], 0, 6),
}


def elementwise(case: Case, a: Tensors) -> Run:
    function = ELEMENTWISE[case.what]
    return lambda: (function(a),)


def prelu(case: Case, a: Tensors) -> Run:
    x, slope = a["x"], a["slope"]
    if case.pass_ == "forward":
        return lambda: (F.prelu(x, slope),)
    slope = slope.reshape(1, -1, 1, 1)  # the gradient of each pixel's slope, to be added up
    axes = [0, 2, 3]

    def backward() -> tuple:
        dx, slopes = aten._prelu_kernel_backward(a["dy"], x, slope)
        return dx, slopes.sum(axes)

    return backward


def softmax(case: Case, a: Tensors) -> Run:
    if case.pass_ == "forward":
        return lambda: (torch.softmax(a["x"], 1),)
    return lambda: (aten._softmax_backward_data(a["dy"], a["y"], 1, torch.float32),)


def dropout(case: Case, a: Tensors) -> Run:
    rate = case.options["rate"]
    if case.pass_ == "forward":
        return lambda: (F.dropout(a["x"], rate, training=True),)
    _, kept = aten.native_dropout(a["dy"], rate, True)
    return lambda: (aten.native_dropout_backward(a["dy"], kept, 1 / (1 - rate)),)


def spatial_dropout(case: Case, a: Tensors) -> Run:
    if case.pass_ == "forward":
        return lambda: (F.dropout2d(a["x"], case.options["rate"], training=True),)
    kept = F.dropout2d(torch.ones(*a["dy"].shape[:2], 1, 1), case.options["rate"], training=True)
    return lambda: (a["dy"] * kept,)


def loss(case: Case, a: Tensors) -> Run:
    x = a["x"].requires_grad_()
    (target,) = (tensor for name, tensor in a.items() if name != "x")

    def value_and_gradient() -> tuple:
        with torch.enable_grad():
            value = LOSSES[case.op](x, target)
        return value.detach(), *torch.autograd.grad(value, x)

    return value_and_gradient


LOSSES = {
    "softmax_cross_entropy": F.cross_entropy,
    "soft_cross_entropy": partial(F.cross_entropy, label_smoothing=SMOOTHING),
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "mean_squared_error": F.mse_loss,
    "huber": F.huber_loss,
}


def update(case: Case, a: Tensors, how: str) -> Run:
    kind, options, state = UPDATES[case.op]
    w = a["w"]
    w.grad = a["dw"]
    optimizer = kind([w], **options, **OPTIMIZERS[how])
    optimizer.state[w].update({theirs: a[ours] for theirs, ours in state.items()})
    optimizer.state[w]["step"] = torch.tensor(0.0)

    def step() -> tuple:
        optimizer.step()
        return tuple(a[name] for name in a if name != "dw")

    return step


def network(case: Case, layout: str, how: str = "") -> Run:
    """A step of training, or a prediction, of the network that the case describes."""
    nodes, given = case.options["nodes"], inputs(case)
    arrays = channels_first(nodes, given)
    model = Network(nodes, {name: torch.from_numpy(array) for name, array in arrays.items()})
    model = model.to(memory_format=LAYOUTS[layout])
    x = torch.from_numpy(given["x"]).permute(0, 3, 1, 2).contiguous(memory_format=LAYOUTS[layout])
    model.train(case.pass_ == "train")
    call = torch.compile(model) if how == COMPILED else model
    if case.pass_ == "predict":
        return lambda: (call(x),)
    labels = torch.from_numpy(given["labels"])
    options = {"lr": RATE, "momentum": 0.9, "weight_decay": 1e-4}
    fused = OPTIMIZERS.get(how, {"fused": True})
    sgd = torch.optim.SGD(model.parameters(), **options, **fused)

    def train() -> tuple:
        with torch.enable_grad():
            sgd.zero_grad()
            loss = F.cross_entropy(call(x), labels)
            loss.backward()
            sgd.step()
        return (loss.detach(),)

    return train


BUILDERS: dict[str, Callable[..., Run]] = {
    "conv": conv,
    "depthwise": conv,
    "conv1d": axes,
    "conv3d": axes,
    "conv_transpose1d": axes,
    "conv_transpose2d": axes,
    "conv_transpose3d": axes,
    "dense": dense,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "lp_pool": lp_pool,
    **dict.fromkeys(RESAMPLES, resample),
    "batchnorm": batchnorm,
    "groupnorm": groupnorm,
    "layernorm": layernorm,
    "lrn": lrn,
    "prelu": prelu,
    "softmax": softmax,
    **{op: elementwise for op, _ in ELEMENTWISE},
    "dropout": dropout,
    "spatial_dropout": spatial_dropout,
    **dict.fromkeys(LOSSES, loss),
    **dict.fromkeys(UPDATES, update),
    "norm": lambda _case, a: lambda: (vector_norm(a["x"], dtype=torch.float64).reshape(1),),
    "lerp": lambda _case, a: lambda: (a["start"].lerp_(a["end"], 0.001),),
}


def build(case: Case, variant: str) -> Run:
    """Prepare the case; each call of what is returned computes it once."""
    torch.set_grad_enabled(False)
    layout, *_ = how = variant.split(", ")
    if "nodes" in case.options:
        return network(case, *how[:2])
    more = how[:1] if case.op in UPDATES else ()
    return BUILDERS[case.op](case, tensors(case, layout), *more)
