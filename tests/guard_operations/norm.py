"""Normalisation."""

import functools

import numpy as np

from fastcnn.kernels import batchnorm, batchnorm_frozen, fold, gate, groupnorm, layernorm, lrn


def batchnorm_forward(make, c):
    s = gate.batchnorm((7, c), training=True)
    running = make.read(c), make.read(c)
    arrays = make.read(7, c), make.read(c), make.read(c), *running
    return batchnorm.BatchNormForward(
        s, 1e-5, 0.1, *arrays, make.write(2, c), make.write(c), make.write(7, c)
    )


def batchnorm_joined_forward(make, c):
    """Behind it a sum and a ReLU; rows apart end at the wall too."""
    s = gate.batchnorm((7, c), training=True)
    x = make.read(7, c + 3)[:, 3:]
    y = make.given(np.zeros((7, c + 5), dtype=np.float32))[:, 5:]
    vectors = make.read(c), make.read(c), make.read(c), make.read(c)
    kept = make.write(2, c), make.write(c)
    options = {"residual": make.read(7, c), "relu": True}
    return batchnorm.BatchNormForward(s, 1e-5, 0.1, x, *vectors, *kept, y, **options)


def batchnorm_joined_backward(make, c, way):
    s = gate.batchnorm((7, c), training=True)
    dy, x = (make.read(7, c + 3)[:, 3:] for _ in range(2))
    dx = make.given(np.ones((7, c + 3), dtype=np.float32))[:, 3:]
    vectors = make.read(c), make.read(2, c), make.read(c)
    options = {
        "relu": lambda: {"beta": make.read(c)},
        "sum": lambda: {"y": make.read(7, c), "dz": make.write(7, c)},
    }[way]()
    out = dx, make.write(c), make.write(c)
    return batchnorm.BatchNormBackward(s, dy, x, *vectors, *out, **options, accumulate=True)


def batchnorm_predict(make, c):
    s = gate.batchnorm((7, c), training=False)
    vectors = [make.read(c) for _ in range(4)]
    return batchnorm_frozen.BatchNormPredict(s, 1e-5, make.read(7, c), *vectors, make.write(7, c))


def batchnorm_fold(make, c):
    norms = [[make.read(size) for size in (c, 34 - c)] for _ in range(5)]
    out = [[make.write(size) for size in (c, 34 - c)] for _ in range(2)]
    return fold.BatchNormFold([1e-5, 1e-3], *norms, *out)


def batchnorm_backward(make, c):
    s = gate.batchnorm((7, c), training=True)
    arrays = make.read(7, c), make.read(7, c), make.read(c), make.read(2, c), make.read(c)
    return batchnorm.BatchNormBackward(s, *arrays, make.write(7, c), make.write(c), make.write(c))


def batchnorm_frozen_backward(make, c):
    s = gate.batchnorm((7, c), training=False)
    arrays = make.read(7, c), make.read(7, c), *(make.read(c) for _ in range(3))
    return batchnorm_frozen.BatchNormFrozenBackward(
        s, 1e-5, *arrays, make.write(7, c), make.write(c), make.write(c)
    )


def samples(c, n, pixels, groups):
    """Sizes of samples with c channels in each group."""
    return gate.GroupSizes(n, pixels, c * groups, groups)


def groupnorm_forward(make, c, kernel, **sizes):
    s = samples(c, **sizes)
    arrays = make.read(*s.x_shape), make.read(s.c), make.read(s.c)
    kept = make.write(2, *s.kept_shape), make.write(*s.kept_shape)
    return kernel(s, 1e-5, *arrays, *kept, make.write(*s.x_shape))


def groupnorm_backward(make, c, kernel, **sizes):
    s = samples(c, **sizes)
    arrays = make.read(*s.x_shape), make.read(*s.x_shape), make.read(s.c)
    kept = make.read(2, *s.kept_shape), make.read(*s.kept_shape)
    results = make.write(*s.x_shape), make.write(s.c), make.write(s.c)
    return kernel(s, *arrays, *kept, *results)


def lrn_forward(make, c, size, beta):
    s = gate.lrn((7, c), size)
    return lrn.LrnForward(s, 0.1, beta, 1.0, make.read(7, c), make.write(7, c))


def lrn_backward(make, c, size, beta):
    s = gate.lrn((7, c), size)
    return lrn.LrnBackward(s, 0.1, beta, 1.0, make.read(7, c), make.read(7, c), make.write(7, c))


FORWARD = {
    "layernorm": (layernorm.LayerNormForward, {"n": 7, "pixels": 1, "groups": 1}),
    "layernorm_groups": (layernorm.LayerNormForward, {"n": 3, "pixels": 1, "groups": 2}),
    "groupnorm_whole": (groupnorm.GroupNormForward, {"n": 9, "pixels": 5, "groups": 1}),
    "groupnorm_cut": (groupnorm.GroupNormForward, {"n": 2, "pixels": 6, "groups": 3}),
}
BACKWARD = {
    groupnorm.GroupNormForward: groupnorm.GroupNormBackward,
    layernorm.LayerNormForward: layernorm.LayerNormBackward,
}

OPERATIONS = {
    build.__name__: build
    for build in (
        batchnorm_forward,
        batchnorm_predict,
        batchnorm_fold,
        batchnorm_backward,
        batchnorm_frozen_backward,
        batchnorm_joined_forward,
    )
}
for _way in ("relu", "sum"):
    _joined = functools.partial(batchnorm_joined_backward, way=_way)
    OPERATIONS[f"batchnorm_joined_backward_{_way}"] = _joined
for _name, (_kernel, _sizes) in FORWARD.items():
    OPERATIONS |= {
        f"{_name}_forward": functools.partial(groupnorm_forward, kernel=_kernel, **_sizes),
        f"{_name}_backward": functools.partial(
            groupnorm_backward, kernel=BACKWARD[_kernel], **_sizes
        ),
    }
for _size, _beta in ((5, 0.75), (8, 0.5), (40, 1.0)):
    OPERATIONS |= {
        f"{build.__name__}_{_size}": functools.partial(build, size=_size, beta=_beta)
        for build in (lrn_forward, lrn_backward)
    }
