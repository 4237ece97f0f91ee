"""The arrays of a network as libraries want them that put channels before pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

Node = dict[str, Any]
Arrays = dict[str, np.ndarray]


def channels_first(nodes: list[Node], arrays: Arrays) -> Arrays:
    """Weights of convolutions oc ic kh kw; rows of a dense layer behind Flatten c h w."""
    changed = {}
    for node in nodes:
        for name in node["arrays"].values():
            array = arrays[name]
            changed[name] = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array
        if node["kind"] == "Dense" and (image := flattened(nodes, node)):
            h, w, c = image
            name = node["arrays"]["weight"]
            rows = arrays[name].reshape(h * w, c, -1).transpose(1, 0, 2)
            changed[name] = rows.reshape(h * w * c, -1)
    return {name: np.ascontiguousarray(array) for name, array in changed.items()}


def flattened(nodes: list[Node], node: Node) -> tuple[int, int, int] | None:
    """The image whose pixels a dense layer sees in a row, if it sees one."""
    while node["reads"][0]:
        node = nodes[node["reads"][0] - 1]
        if node["kind"] == "Flatten" and len(node["from"]) == 3:
            return node["from"]
        if len(node["from"]) != 1 or node["kind"] == "Dense":
            return None
    return None
