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


def other_pool_case(rng):
    """Norms; sequences and volumes."""
    axes = int(rng.integers(1, 4))
    x = normals(rng, int(rng.integers(1, 6)), *rng.integers(2, [40, 24, 12][axes - 1], axes), 9)
    size = tuple(int(side) for side in rng.integers(1, np.minimum(x.shape[1:-1], 4) + 1))
    where = size, pick(rng, None, 1, 2), pick(rng, "valid", "same"), pick(rng, False, True)
    p = {"p": pick(rng, 1, 2, 3.5)}
    names = [f"{kind}_pool{axes}d" for kind in ("max", "avg", "lp")]
    dy = normals(rng, *getattr(F, names[0])(x, *where).shape)
    return lambda: [
        part
        for name in names
        for part in (
            getattr(F, name)(x, *where, **p if name[0] == "l" else {}),
            getattr(F, f"{name}_backward")(dy, x, *where, **p if name[0] == "l" else {}),
        )
    ]


def resample_case(rng):
    """Padding, cropping, interpolation, adaptive averages."""
    axes = int(rng.integers(1, 4))
    x = normals(rng, int(rng.integers(1, 6)), *rng.integers(4, [90, 30, 12][axes - 1], axes), 11)
    mode = pick(rng, "nearest", ["linear", "bilinear", "trilinear"][axes - 1])
    calls = [
        ("pad", (1, pick(rng, "constant", "reflect", "replicate", "circular"))),
        ("crop", (1,)),
        ("upsample", (2, None, mode)),
        ("adaptive_avg_pool", (3,)),
    ]
    dys = [normals(rng, *getattr(F, f"{name}{axes}d")(x, *given).shape) for name, given in calls]
    return lambda: [
        part
        for (name, given), dy in zip(calls, dys, strict=True)
        for part in (
            getattr(F, f"{name}{axes}d")(x, *given),
            getattr(F, f"{name}{axes}d_backward")(dy, x, *given),
        )
    ]


CASES = {pool_case: 50, other_pool_case: 30, resample_case: 30}
