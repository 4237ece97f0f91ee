"""Elementwise non-linearities, and softmax."""

from fastcnn import layers, reference
from layer_cases.case import Case


def case(make, shape, function, *settings):
    return Case(lambda: make(*settings), shape, lambda x, v: function(x, *settings))


def prelu(shape, n=2):
    return Case(layers.PReLU, shape, lambda x, v: reference.prelu(x, v["slope"]), n=n)


CASES = {
    "ReLU": case(layers.ReLU, (3, 4, 2), reference.relu),
    "LeakyReLU": case(layers.LeakyReLU, (19,), reference.leaky_relu, 0.2),
    "ELU": case(layers.ELU, (3, 4, 2), reference.elu, 0.7),
    "Sigmoid": case(layers.Sigmoid, (3, 4, 2), reference.sigmoid),
    "Tanh": case(layers.Tanh, (19,), reference.tanh),
    "Softplus": case(layers.Softplus, (3, 4, 2), reference.softplus, 1.5),
    "HardTanh": case(layers.HardTanh, (19,), reference.hard_tanh, -1.23, 0.45),
    "ReLU6": case(layers.ReLU6, (19,), reference.relu6),
    "HardSigmoid": case(layers.HardSigmoid, (3, 4, 2), reference.hard_sigmoid),
    "HardSwish": case(layers.HardSwish, (3, 4, 2), reference.hard_swish),
    "SiLU": case(layers.SiLU, (19,), reference.silu),
    "GELU": case(layers.GELU, (3, 4, 2), reference.gelu),
    "GELU-tanh": case(layers.GELU, (19,), reference.gelu, "tanh"),
    "PReLU": prelu((3, 4, 2)),
    "PReLU-rows": prelu((19,), 3),
    "Softmax": case(layers.Softmax, (3, 4, 5), reference.softmax),
    "Softmax-rows": case(layers.Softmax, (19,), reference.softmax),
}
