"""Layers made of layers."""

from fastcnn import layers, reference
from layer_cases.case import Case


def stack():
    inner = [layers.Conv2D(3, 2), layers.Tanh(), layers.Flatten()]
    return layers.Sequential([layers.Sequential(inner), layers.Dense(2, bias=False)])


def stacked(x, v):
    y = reference.tanh(reference.conv2d(x, v["0.0.weight"], v["0.0.bias"]))
    return reference.dense(y.reshape(len(y), -1), v["1.weight"])


CASES = {
    "Sequential": Case(stack, (3, 4, 2), stacked),
}
