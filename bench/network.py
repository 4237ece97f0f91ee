"""A network as plain data, so that other libraries can build the same one.

A description is a list of nodes, each with the kind of its layer, its settings in plain numbers,
the nodes that it reads (0 is the input, k node k - 1), the shape that it gives and the names of its
arrays: w1, b1, gamma2, beta2, mean2, var2, ... in the order of the layers that have any.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastcnn import Model
from fastcnn.graph.parameter import Parameter
from fastcnn.layers import Layer
from fastcnn.layers.graph import Graph
from fastcnn.layers.pool import Pool

Node = dict[str, Any]

LETTERS = {
    "weight": "w",
    "bias": "b",
    "gamma": "gamma",
    "beta": "beta",
    "running_mean": "mean",
    "running_var": "var",
}


def describe(model: Model) -> tuple[list[Node], dict[str, Parameter]]:
    """Nodes in the order of the forward pass, and the arrays by name."""
    nodes: list[Node] = []
    arrays: dict[str, Parameter] = {}

    def visit(layer: Layer, reads: list[int]) -> int:
        if isinstance(layer, Graph):
            ids = [reads[0]]
            for each, some in zip(layer.layers, layer.inputs, strict=True):
                ids.append(visit(each, [ids[k] for k in some]))
            return ids[-1]
        own = {**layer.parameters, **layer.state}
        number = 1 + len({name.lstrip("abcdefghijklmnopqrstuvwxyz") for name in arrays})
        names = {name: f"{LETTERS[name]}{number}" for name in own}
        arrays.update({names[name]: parameter for name, parameter in own.items()})
        shape = layer.join_shape([shapes[k] for k in reads])
        shapes.append(shape)
        settings = {**layer.config(), **sides(layer, shapes[reads[0]])}
        node = {"kind": type(layer).__name__, "settings": settings, "reads": reads}
        nodes.append({**node, "shape": shape, "from": shapes[reads[0]], "arrays": names})
        return len(nodes)

    shapes = [model.input_shape]
    visit(model.root, [0])
    return nodes, arrays


def sides(layer: Layer, input_shape: tuple[int, ...]) -> dict[str, Any]:
    """Rows and columns of padding on each side that windows reach, where a layer has any."""
    if not hasattr(layer, "padding"):
        return {}
    x_shape = (1, *input_shape)
    if isinstance(layer, Pool):
        (sizes,) = layer._pooling(x_shape).steps
        s = asdict(sizes)
    else:
        s = asdict(layer.sizes(x_shape).plane)  # type: ignore[attr-defined]
    bottom = (s["oh"] - 1) * s["sh"] + (s["kh"] - 1) * s.get("dh", 1) + 1 - s["ih"] - s["top"]
    right = (s["ow"] - 1) * s["sw"] + (s["kw"] - 1) * s.get("dw", 1) + 1 - s["iw"] - s["left"]
    return {"sides": [[s["top"], max(0, bottom)], [s["left"], max(0, right)]]}
