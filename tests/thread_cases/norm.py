"""Normalisation."""

import numpy as np
from helpers import normals

from fastcnn import functional as F
from thread_cases.pick import pick


def batchnorm_case(rng):
    shape = pick(
        rng,
        (int(rng.integers(2, 9000)), int(rng.integers(1, 70))),
        (3, 7, int(rng.integers(1, 9000))),
    )
    x, dy = normals(rng, *shape), normals(rng, *shape)
    gamma, beta, mean, var = (normals(rng, shape[-1]) for _ in range(4))
    return lambda: (
        F.batchnorm(x, gamma, beta),
        F.batchnorm(x, gamma, beta, mean, np.abs(var)),
        *F.batchnorm_backward(dy, x, gamma),
        *F.batchnorm_backward(dy, x, gamma, mean, np.abs(var)),
    )


def groupnorm_case(rng):
    groups, members = int(rng.integers(1, 9)), int(rng.integers(2, 40))
    pixels = pick(rng, (), (1, 1), (30, 40), (int(rng.integers(1, 12)), 9))
    shape = int(rng.integers(1, 20)), *pixels, groups * members
    x, dy = normals(rng, *shape), normals(rng, *shape)
    gamma, beta = normals(rng, shape[-1]), normals(rng, shape[-1])
    return lambda: (
        F.groupnorm(x, gamma, beta, groups),
        *F.groupnorm_backward(dy, x, gamma, groups),
        F.layernorm(x, gamma, beta),
        *F.layernorm_backward(dy, x, gamma),
    )


def lrn_case(rng):
    shape = tuple(int(size) for size in rng.integers(1, (6, 20, 30, 130)))
    x, dy = normals(rng, *shape), normals(rng, *shape)
    settings = {"size": int(rng.integers(1, 8)), "beta": pick(rng, 0.75, 0.5, 0.3)}
    return lambda: (F.lrn(x, **settings), F.lrn_backward(dy, x, **settings))


CASES = {batchnorm_case: 40, groupnorm_case: 40, lrn_case: 20}
