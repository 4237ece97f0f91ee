"""Matrix products and changes of shape."""

from fastcnn import layers, reference
from layer_cases.case import Case

CASES = {
    "Dense": Case(
        lambda: layers.Dense(4), (7,), lambda x, v: reference.dense(x, v["weight"], v["bias"])
    ),
    "Dense-no-bias": Case(
        lambda: layers.Dense(33, bias=False), (3,), lambda x, v: reference.dense(x, v["weight"])
    ),
    "Reshape": Case(lambda: layers.Reshape((4, 6)), (2, 3, 4), lambda x, v: x.reshape(-1, 4, 6)),
    "Reshape-rest": Case(
        lambda: layers.Reshape((3, -1, 2)), (24,), lambda x, v: x.reshape(-1, 3, 4, 2)
    ),
    "Flatten": Case(layers.Flatten, (2, 3, 4), lambda x, v: x.reshape(len(x), -1)),
}
