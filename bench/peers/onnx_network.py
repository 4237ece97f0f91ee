"""A network as an ONNX graph from its description (see `network`), for prediction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper
from peers.channels_first import channels_first

Node = dict[str, Any]
Arrays = dict[str, np.ndarray]


def pads(node: Node) -> list[int]:
    (top, bottom), (left, right) = node["settings"]["sides"]
    return [top, left, bottom, right]


def windows(node: Node, size: str) -> dict[str, Any]:
    """Attributes of what slides a window over the image."""
    s = node["settings"]
    return {"kernel_shape": s[size], "strides": s["stride"], "pads": pads(node)}


def attributes(node: Node) -> dict[str, Any]:
    """Settings by the names of ONNX."""
    s = node["settings"]
    match node["kind"]:
        case "Conv2D":
            return {
                **windows(node, "kernel_size"),
                "dilations": s["dilation"],
                "group": s["groups"],
            }
        case "MaxPool2D" | "AvgPool2D":
            return windows(node, "size")
        case "BatchNorm":
            return {"epsilon": s["eps"]}
        case "LocalResponseNorm":
            return {"size": s["size"], "alpha": s["alpha"], "beta": s["beta"], "bias": s["k"]}
        case "Concatenate":
            return {"axis": 1}
    return {}


OPERATORS = {
    "Conv2D": "Conv",
    "Dense": "Gemm",
    "BatchNorm": "BatchNormalization",
    "MaxPool2D": "MaxPool",
    "AvgPool2D": "AveragePool",
    "LocalResponseNorm": "LRN",
    "Concatenate": "Concat",
    "GlobalAvgPool2D": "GlobalAveragePool",
    "Flatten": "Flatten",
    "ReLU": "Relu",
    "Sigmoid": "Sigmoid",
    "Tanh": "Tanh",
    "Dropout": "Identity",
    "Add": "Add",
}


def operators(nodes: list[Node]) -> Iterable[NodeProto]:
    """The nodes; a sum has two terms, a global mean is flattened, both by another operator."""
    for number, node in enumerate(nodes, start=1):
        kind, arrays = OPERATORS[node["kind"]], node["arrays"].values()
        out, first, *others = f"y{number}", *(f"y{k}" for k in node["reads"])
        if kind == "Add":
            for k, other in enumerate(others):
                to = out if k + 1 == len(others) else f"{out}_{k}"
                yield helper.make_node(kind, [first, other], [to])
                first = to
        elif kind == "GlobalAveragePool":
            yield helper.make_node(kind, [first], [f"{out}_pooled"])
            yield helper.make_node("Flatten", [f"{out}_pooled"], [out])
        else:
            yield helper.make_node(kind, [first, *others, *arrays], [out], **attributes(node))


def build(nodes: list[Node], arrays: Arrays, shape: tuple[int, ...]) -> ModelProto:
    """The network with these arrays for images n c h w of this shape."""
    given = channels_first(nodes, arrays)
    constants = [numpy_helper.from_array(a, name) for name, a in given.items()]
    x = helper.make_tensor_value_info("y0", TensorProto.FLOAT, list(shape))
    scores = [shape[0], *nodes[-1]["shape"]]
    y = helper.make_tensor_value_info(f"y{len(nodes)}", TensorProto.FLOAT, scores)
    graph = helper.make_graph(list(operators(nodes)), "network", [x], [y], constants)
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    checker.check_model(model)
    return model
