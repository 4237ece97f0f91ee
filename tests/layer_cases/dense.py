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
    "Flatten": Case(layers.Flatten, (2, 3, 4), lambda x, v: x.reshape(len(x), -1)),
}
