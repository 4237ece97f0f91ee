"""Pooling."""

import functools

import numpy as np

from fastcnn.kernels import gate, pool

POOLS = {
    "plain": (2, None, "valid"),
    "overlap": (3, 2, 1),
    "ceil": (3, 2, "valid", True),
    "wide_index": (17, 1, 8),
}


def pool_operation(operation, make, c, where):
    s = gate.pool((2, 5, 6, c), *where)
    shapes = s.x_shape, s.y_shape
    if operation in (pool.MaxPoolBackward, pool.AvgPoolBackward):
        shapes = shapes[::-1]
    arrays = [make.read(*shapes[0]), make.write(*shapes[1])]
    if operation in (pool.MaxPoolForward, pool.MaxPoolBackward):
        index = make.given(np.zeros(s.y_shape, dtype=s.index_type))
        arrays.insert(2 if operation is pool.MaxPoolForward else 1, index)
    return operation(s, *arrays)


def lp_operation(operation, make, c, where, p):
    s = gate.pool((2, 5, 6, c), *where)
    if operation is pool.LpPoolForward:
        return operation(s, p, make.read(*s.x_shape), make.write(*s.y_shape))
    arrays = make.read(*s.y_shape), make.read(*s.x_shape), make.read(*s.y_shape)
    return operation(s, p, *arrays, make.write(*s.x_shape))


OPERATIONS = {
    **{
        f"{operation.__name__}_{name}": functools.partial(pool_operation, operation, where=where)
        for operation in (
            pool.MaxPoolForward,
            pool.MaxPoolBackward,
            pool.AvgPoolForward,
            pool.AvgPoolBackward,
        )
        for name, where in POOLS.items()
    },
    **{
        f"{operation.__name__}_{name}_{p}": functools.partial(
            lp_operation, operation, where=where, p=p
        )
        for operation in (pool.LpPoolForward, pool.LpPoolBackward)
        for name, where in POOLS.items()
        for p in (1.0, 2.0, 2.5)
    },
}
