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
    )


CASES = {batchnorm_case: 40}
