"""Pooling."""

import numpy as np
from helpers import normals

from fastcnn import functional as F
from thread_cases.pick import pick


def pool_case(rng):
    x = normals(rng, *(int(size) for size in rng.integers(1, (6, 30, 30, 70))))
    size = tuple(int(side) for side in rng.integers(1, np.minimum(x.shape[1:3], 6) + 1))
    where = size, pick(rng, None, 1, 2, 3), pick(rng, "valid", "same")
    y = F.max_pool2d(x, *where)
    dy, dy_global = normals(rng, *y.shape), normals(rng, len(x), x.shape[3])
    return lambda: (
        F.max_pool2d(x, *where),
        F.max_pool2d_backward(dy, x, *where),
        F.avg_pool2d(x, *where),
        F.avg_pool2d_backward(dy, x, *where),
        F.global_avg_pool2d(x),
        F.global_avg_pool2d_backward(dy_global, x),
    )


CASES = {pool_case: 50}
