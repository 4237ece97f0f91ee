"""Pooling."""

import functools

import numpy as np

from fastcnn.kernels import gate, pool

POOLS = {"plain": (2, None, "valid"), "overlap": (3, 2, 1), "wide_index": (17, 1, 8)}


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
}
