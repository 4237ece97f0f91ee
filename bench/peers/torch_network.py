"""A network of PyTorch from its description (see `network`)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

Node = dict[str, Any]
Tensors = dict[str, torch.Tensor]


class Join(nn.Module):
    """Sum or concatenation; the sum goes to the first term where nobody else needs it."""

    def __init__(self, kind: str, in_place: bool):
        super().__init__()
        self.kind, self.in_place = kind, in_place

    def forward(self, *xs: torch.Tensor) -> torch.Tensor:
        if self.kind == "Concatenate":
            return torch.cat(xs, 1)
        total, *others = xs
        for x in others:
            total = total.add_(x) if self.in_place else total + x
        return total


class IdentityShortcut(nn.Module):
    """Every stride-th pixel, and zeros for new channels."""

    def __init__(self, node: Node):
        super().__init__()
        self.stride, self.new = node["settings"]["stride"], node["shape"][-1] - node["from"][-1]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sh, sw = self.stride
        return F.pad(x[:, :, ::sh, ::sw], (0, 0, 0, 0, 0, self.new))


class GlobalAvgPool(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.adaptive_avg_pool2d(x, 1).flatten(1)


class Network(nn.Module):
    """The nodes one after the other; a tensor is dropped when its last reader has it."""

    def __init__(self, nodes: list[Node], arrays: Tensors):
        super().__init__()
        readers = Counter(k for node in nodes for k in node["reads"])
        self.steps = nn.ModuleList()
        for node in nodes:
            first = node["reads"][0]
            # Not the input, and nothing whose producer needs its own output in the backward pass.
            made_by = nodes[first - 1]["kind"] if first else ""
            free = readers[first] == 1 and made_by in ("Conv2D", "BatchNorm", "Dense")
            self.steps.append(MODULES[node["kind"]](node, arrays, free))
        self.reads = [node["reads"] for node in nodes]
        last = {k: at for at, reads in enumerate(self.reads) for k in reads}
        self.done = [[k for k, at in last.items() if at == step] for step in range(len(nodes))]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values: list[torch.Tensor | None] = [x]
        for step, reads, done in zip(self.steps, self.reads, self.done, strict=True):
            values.append(step(*(values[k] for k in reads)))
            for k in done:
                values[k] = None
        return values[-1]


def padded(node: Node, value: float) -> tuple[list[nn.Module], tuple[int, int]]:
    """Modules that pad where PyTorch's operation cannot, and the padding left to it."""
    (top, bottom), (left, right) = node["settings"]["sides"]
    ceil = node["settings"].get("ceil_mode", False)
    if (top, left) == (bottom, right) or (ceil and bottom >= top and right >= left):
        return [], (top, left)
    if bottom <= top and right <= left:  # the last rows that PyTorch pads are read by no window
        return [], (top, left)
    return [nn.ConstantPad2d((left, right, top, bottom), value)], (0, 0)


def chain(modules: list[nn.Module]) -> nn.Module:
    return modules[0] if len(modules) == 1 else nn.Sequential(*modules)


def conv(node: Node, arrays: Tensors, _free: bool) -> nn.Module:
    s, names = node["settings"], node["arrays"]
    before, sides = padded(node, 0.0)
    sizes = node["from"][-1], node["shape"][-1], s.get("kernel_size")
    module = nn.Conv2d(*sizes, s["stride"], sides, s["dilation"], s["groups"], bias="bias" in names)
    module.weight.data = arrays[names["weight"]]
    if "bias" in names:
        module.bias.data = arrays[names["bias"]]
    return chain([*before, module])


def dense(node: Node, arrays: Tensors, _free: bool) -> nn.Module:
    names = node["arrays"]
    module = nn.Linear(node["from"][-1], node["shape"][-1], bias="bias" in names)
    module.weight.data = arrays[names["weight"]].T.contiguous()
    if "bias" in names:
        module.bias.data = arrays[names["bias"]]
    return module


def batchnorm(node: Node, arrays: Tensors, _free: bool) -> nn.Module:
    s, names = node["settings"], node["arrays"]
    kind = nn.BatchNorm2d if len(node["shape"]) == 3 else nn.BatchNorm1d
    module = kind(node["shape"][-1], s["eps"], s["momentum"])
    for own, theirs in (("weight", "gamma"), ("bias", "beta")):
        getattr(module, own).data = arrays[names[theirs]]
    for name in ("running_mean", "running_var"):
        getattr(module, name).copy_(arrays[names[name]])
    return module


def max_pool(node: Node, _arrays: Tensors, _free: bool) -> nn.Module:
    s = node["settings"]
    before, sides = padded(node, -torch.inf)
    ceil = s.get("ceil_mode", False)
    return chain([*before, nn.MaxPool2d(s["size"], s["stride"], sides, ceil_mode=ceil)])


def avg_pool(node: Node, _arrays: Tensors, _free: bool) -> nn.Module:
    s = node["settings"]
    before, sides = padded(node, 0.0)
    if before:
        raise NotImplementedError(f"padding of {node}")
    included = s.get("count_include_pad", False)
    return nn.AvgPool2d(s["size"], s["stride"], sides, s.get("ceil_mode", False), included)


def local_response_norm(node: Node, _arrays: Tensors, _free: bool) -> nn.Module:
    s = node["settings"]
    return nn.LocalResponseNorm(s["size"], s["alpha"], s["beta"], s["k"])


MODULES = {
    "Conv2D": conv,
    "Dense": dense,
    "BatchNorm": batchnorm,
    "MaxPool2D": max_pool,
    "AvgPool2D": avg_pool,
    "LocalResponseNorm": local_response_norm,
    "IdentityShortcut": lambda node, _arrays, _free: IdentityShortcut(node),
    "GlobalAvgPool2D": lambda _node, _arrays, _free: GlobalAvgPool(),
    "Flatten": lambda _node, _arrays, _free: nn.Flatten(),
    "ReLU": lambda _node, _arrays, free: nn.ReLU(inplace=free),
    "ReLU6": lambda _node, _arrays, free: nn.ReLU6(inplace=free),
    "Sigmoid": lambda _node, _arrays, _free: nn.Sigmoid(),
    "Tanh": lambda _node, _arrays, _free: nn.Tanh(),
    "Dropout": lambda node, _arrays, _free: nn.Dropout(node["settings"]["rate"]),
    "Add": lambda _node, _arrays, free: Join("Add", free),
    "Concatenate": lambda _node, _arrays, _free: Join("Concatenate", False),
}
