"""Normalisation and dropout."""

import numpy as np

import fastcnn
from fastcnn import layers, reference
from layer_cases.case import SEED, Case


def batchnorm(shape, n, **options):
    eps = options.get("eps", 1e-5)

    def predicts(x, v):
        statistics = v["running_mean"], v["running_var"]
        return reference.batchnorm(x, v["gamma"], v["beta"], *statistics, eps=eps)

    def trains(x, v):
        return reference.batchnorm(x, v["gamma"], v["beta"], eps=eps)

    frozen = options.get("frozen")
    return Case(
        lambda: layers.BatchNorm(**options), shape, predicts, predicts if frozen else trains, n
    )


def groupnorm(shape, groups, n=2):
    def computes(x, v):
        return reference.groupnorm(x, v["gamma"], v["beta"], groups)

    return Case(lambda: layers.GroupNorm(groups), shape, computes, n=n)


def layernorm(shape):
    def computes(x, v):
        return reference.layernorm(x, v["gamma"], v["beta"], 1e-3)

    return Case(lambda: layers.LayerNorm(1e-3), shape, computes)


def lrn(shape, **options):
    return Case(
        lambda: layers.LocalResponseNorm(**options), shape, lambda x, v: reference.lrn(x, **options)
    )


def dropout(make, shape):
    def trains(x, v):
        # The mask does not depend on x, and the same seed draws the same one first.
        twin = fastcnn.Sequential([make()], input_shape=shape, rng=SEED)
        return x * twin.forward(np.ones(x.shape), training=True)

    return Case(make, shape, lambda x, v: x, trains)


CASES = {
    "BatchNorm": batchnorm((3, 2, 4), 2),
    "BatchNorm-rows": batchnorm((5,), 6, momentum=0.25, eps=1e-2),
    "BatchNorm-frozen": batchnorm((3, 2, 4), 2, frozen=True),
    "BatchNorm-frozen-rows": batchnorm((5,), 2, frozen=True, eps=1e-2),
    "Dropout": dropout(lambda: layers.Dropout(0.4), (4, 5, 3)),
    "GroupNorm": groupnorm((3, 2, 6), 2),
    "GroupNorm-rows": groupnorm((6,), 3),
    "GroupNorm-series": groupnorm((5, 4), 1),
    "GroupNorm-video": groupnorm((2, 3, 2, 4), 4),
    "GroupNorm-many": groupnorm((2, 2, 3), 3, n=9),
    "LayerNorm": layernorm((3, 2, 5)),
    "LayerNorm-rows": layernorm((7,)),
    "LocalResponseNorm": lrn((3, 2, 7), size=5, alpha=2.0, k=1.5),
    "LocalResponseNorm-even": lrn((9,), size=4, alpha=3.0, beta=0.5),
    "LocalResponseNorm-any": lrn((4, 5), size=3, alpha=3.0, beta=1.2, k=0.5),
    "SpatialDropout": dropout(lambda: layers.SpatialDropout(0.4), (4, 3, 9)),
    "SpatialDropout-series": dropout(lambda: layers.SpatialDropout(0.4), (6, 9)),
    "SpatialDropout-video": dropout(lambda: layers.SpatialDropout(0.4), (2, 3, 2, 9)),
}
