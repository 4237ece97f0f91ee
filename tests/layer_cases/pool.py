"""Pooling."""

from fastcnn import layers, reference
from layer_cases.case import Case


def pool(kind, shape, size=2, stride=None, padding="valid"):
    make, function = {
        "max": (layers.MaxPool2D, reference.max_pool2d),
        "avg": (layers.AvgPool2D, reference.avg_pool2d),
    }[kind]
    return Case(
        lambda: make(size, stride, padding), shape, lambda x, v: function(x, size, stride, padding)
    )


CASES = {
    **{f"{kind}Pool2D": pool(kind, (4, 6, 3)) for kind in ("max", "avg")},
    **{f"{kind}Pool2D-same": pool(kind, (5, 4, 2), 3, 2, "same") for kind in ("max", "avg")},
    **{f"{kind}Pool2D-drops": pool(kind, (5, 6, 2), (2, 3), (3, 2), 1) for kind in ("max", "avg")},
    "GlobalAvgPool2D": Case(
        layers.GlobalAvgPool2D, (3, 4, 5), lambda x, v: reference.global_avg_pool2d(x)
    ),
}
