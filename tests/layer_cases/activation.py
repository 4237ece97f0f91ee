"""Elementwise non-linearities."""

from fastcnn import layers, reference
from layer_cases.case import Case

CASES = {
    "ReLU": Case(layers.ReLU, (3, 4, 2), lambda x, v: reference.relu(x)),
    "LeakyReLU": Case(
        lambda: layers.LeakyReLU(0.2), (19,), lambda x, v: reference.leaky_relu(x, 0.2)
    ),
    "Sigmoid": Case(layers.Sigmoid, (3, 4, 2), lambda x, v: reference.sigmoid(x)),
    "Tanh": Case(layers.Tanh, (19,), lambda x, v: reference.tanh(x)),
}
