"""Matrix product."""

import functools

from fastcnn.kernels import dense, gate, packing


def dense_operation(operation, make, c):
    s = gate.dense((7, c), (c, 34 - c))
    w_shape = packing.packed_shape((1, 1, s.ic, s.oc))
    if operation is dense.DenseForward:
        arrays = make.read(*s.x_shape), make.read(*w_shape), make.read(s.oc), make.write(*s.y_shape)
    elif operation is dense.DenseBackwardData:
        arrays = make.read(*s.y_shape), make.read(*w_shape), make.write(*s.x_shape)
    else:
        arrays = (
            make.read(*s.y_shape),
            make.read(*s.x_shape),
            make.write(*w_shape),
            make.write(s.oc),
        )
    return operation(s, *arrays)


OPERATIONS = {
    **{
        operation.__name__: functools.partial(dense_operation, operation)
        for operation in (dense.DenseForward, dense.DenseBackwardData, dense.DenseBackwardWeight)
    },
}
