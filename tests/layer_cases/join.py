"""Layers made of layers."""

import numpy as np

from fastcnn import layers, reference
from layer_cases.case import Case


def stack():
    inner = [layers.Conv2D(3, 2), layers.Tanh(), layers.Flatten()]
    return layers.Sequential([layers.Sequential(inner), layers.Dense(2, bias=False)])


def stacked(x, v):
    y = reference.tanh(reference.conv2d(x, v["0.0.weight"], v["0.0.bias"]))
    return reference.dense(y.reshape(len(y), -1), v["1.weight"])


def joined(layer):
    """A layer that needs several inputs, in a graph: it reads x and two convolutions of x."""

    def make():
        convs = [same(2), same(2)]
        return layers.Graph([*convs, layer()], [[0], [0], [0, 2, 1]])

    return make


def graph(x, v):
    y = reference.tanh(reference.conv2d(x, v["0.weight"], padding="same"))
    return np.concatenate([x, y], axis=-1)


def parts(x, v):
    first, second = (reference.conv2d(x, v[f"{k}.weight"], padding="same") for k in (0, 1))
    return x, second, first


def residual(x, v):
    y = reference.tanh(reference.conv2d(x, v["body.0.weight"], padding="same"))
    return x + reference.conv2d(y, v["body.2.weight"], padding="same")


def projected(x, v):
    y = reference.conv2d(x, v["body.0.weight"], v["body.0.bias"], stride=2)
    return y + reference.conv2d(x, v["shortcut.0.weight"], stride=2)


def concat(x, v):
    y = reference.conv2d(x, v["0.0.weight"], v["0.0.bias"])
    return np.concatenate([y, x, reference.max_pool2d(x, 3, 1, 1)], axis=-1)


def same(filters):
    return layers.Conv2D(filters, 3, padding="same", bias=False)


def projection(filters, **options):
    return layers.Conv2D(filters, 1, stride=2, **options)


CASES = {
    "Add": Case(joined(layers.Add), (3, 4, 2), lambda x, v: sum(parts(x, v))),
    "Concatenate": Case(
        joined(layers.Concatenate), (3, 4, 2), lambda x, v: np.concatenate(parts(x, v), -1)
    ),
    "Graph": Case(
        lambda: layers.Graph([same(2), layers.Tanh(), layers.Concatenate()], [[0], [1], [0, 2]]),
        (4, 3, 2),
        graph,
    ),
    "Residual": Case(
        lambda: layers.Residual([same(3), layers.Tanh(), same(2)]), (4, 3, 2), residual
    ),
    "Residual-projection": Case(
        lambda: layers.Residual([projection(3)], [projection(3, bias=False)]), (4, 3, 2), projected
    ),
    "Concat": Case(
        lambda: layers.Concat([[layers.Conv2D(3, 1)], [], [layers.MaxPool2D(3, 1, 1)]]),
        (4, 3, 2),
        concat,
    ),
    "SideLoss": Case(lambda: layers.SideLoss([layers.Tanh()]), (3, 4, 2), lambda x, v: x),
    "Sequential": Case(stack, (3, 4, 2), stacked),
}
