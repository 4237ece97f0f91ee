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

    return Case(lambda: layers.BatchNorm(**options), shape, predicts, trains, n)


def dropout(shape, rate):
    def trains(x, v):
        # The mask does not depend on x, and the same seed draws the same one first.
        twin = fastcnn.Sequential([layers.Dropout(rate)], input_shape=shape, rng=SEED)
        return x * twin.forward(np.ones(x.shape), training=True)

    return Case(lambda: layers.Dropout(rate), shape, lambda x, v: x, trains)


CASES = {
    "BatchNorm": batchnorm((3, 2, 4), 2),
    "BatchNorm-rows": batchnorm((5,), 6, momentum=0.25, eps=1e-2),
    "Dropout": dropout((4, 5, 3), 0.4),
}
