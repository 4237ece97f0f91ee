"""Every operation with every operand against a wall: nothing is read or written beyond it."""

import functools

import numpy as np
import pytest
from guard import guarded, outcome

from fastcnn.kernels import (
    activation,
    add,
    batchnorm,
    conv,
    conv_backward_weight,
    conv_overlap,
    conv_pooled,
    conv_wide,
    dense,
    depthwise,
    dropout,
    gate,
    loss,
    memory,
    optim,
    packing,
    pool,
    program,
    winograd,
    winograd_backward_weight,
)

WIDTHS = [*range(1, 18), 31, 32, 33]

each_side = pytest.mark.parametrize("side", ["start", "end"])


class Operands:
    """Makes operands at a wall, and knows which of them are outputs."""

    def __init__(self, side):
        self.side = side
        self.outputs = []

    def read(self, *shape):
        """An input of ones."""
        return self.given(np.ones(shape, dtype=np.float32))

    def write(self, *shape):
        """An output; NaN until it is written."""
        output = self.given(np.full(shape, np.nan, dtype=np.float32))
        self.outputs.append(output)
        return output

    def given(self, array):
        return guarded(np.asarray(array), self.side)


CONVOLUTIONS = {
    "plain": {},
    "one_tap": {"w": (1, 1)},
    "same": {"padding": "same"},
    "stride": {"stride": (2, 3), "padding": 1},
    "dilation": {"dilation": 2, "padding": "same"},
    "groups": {"groups": 2},
    "large_kernel": {"w": (5, 9), "padding": "full"},
    "wide": {"x": (3, 330), "padding": "same"},
    "wide_stride": {"x": (3, 701), "stride": (1, 3)},
}

DEPTHWISE = {
    name: {**options, "times": times}
    for name, times, options in [
        *((name, 1, options) for name, options in CONVOLUTIONS.items() if name != "groups"),
        ("square", 1, {"x": (5, 12), "w": (3, 3), "padding": 1}),
        ("square_stride", 1, {"x": (7, 25), "w": (3, 3), "stride": 2, "padding": 1}),
        ("times2", 2, {"padding": "same"}),
        ("times3_stride", 3, {"stride": (2, 3), "padding": 1}),
    ]
}


def conv_sizes(c, x=(5, 6), w=(3, 2), stride=1, padding="valid", dilation=1, groups=1, times=0):
    """Sizes of c channels; with `times`, of c + 1 groups of one channel with so many filters."""
    groups, ic, oc = (c + 1, 1, times) if times else (groups, c, 34 - c)
    x_shape, w_shape = (2, *x, ic * groups), (*w, ic, oc * groups)
    return gate.conv(x_shape, w_shape, stride, padding, dilation, groups)


def weights_shape(operation, s):
    panels = packing.panels_shape(s.w_shape, s.groups)
    return s.w_shape if operation.__name__.startswith("Depthwise") else panels


def conv_forward(make, c, bias, operation=conv.ConvForward, **options):
    s = conv_sizes(c, **options)
    w = make.read(*weights_shape(operation, s))
    b = make.read(s.oc) if bias else None
    return operation(s, make.read(*s.x_shape), w, b, make.write(*s.y_shape))


def conv_data(make, c, operation, **options):
    s = conv_sizes(c, **options)
    w = make.read(*weights_shape(operation, s))
    return operation(s, make.read(*s.y_shape), w, make.write(*s.x_shape))


def conv_weight(make, c, bias, operation, **options):
    s = conv_sizes(c, **options)
    dw = make.read(*weights_shape(operation, s))
    db = make.write(s.oc) if bias else None
    return operation(s, make.read(*s.y_shape), make.read(*s.x_shape), dw, db)


def direct_weight(make, c, **options):
    operation = conv_backward_weight.ConvBackwardWeight
    return conv_weight(make, c, operation=operation, **options)


def wide_weight(make, c, **options):
    """Few output channels, several pixels of which are computed as one."""
    operation = conv_wide.ConvBackwardWeightWide
    return conv_weight(make, 34 - min(c, 8), operation=operation, **options)


def wide_forward(make, c, **options):
    return conv_forward(make, 34 - min(c, 8), operation=conv_wide.ConvForwardWide, **options)


def pooled_weight(make, c, bias, pool):
    """Channels c of x, of which a kernel row sees a run, and two outputs."""
    s = gate.conv((2, 5, 6, c), (3, 2, c, 2), 1, "same", 1, 1)
    p = gate.max_pool(s.y_shape, *pool)
    index = make.given(np.full(p.y_shape, p.kh * p.kw - 1, dtype=p.index_type))
    dw = make.read(*packing.packed_shape(s.w_shape))
    db = make.write(s.oc) if bias else None
    arrays = make.read(*p.y_shape), index, make.read(*s.x_shape), dw, db
    return conv_pooled.ConvBackwardWeightPooled(s, p, *arrays)


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


TILES = {
    "same": {"w": (3, 3), "padding": "same"},
    "full": {"x": (6, 9), "w": (3, 3), "padding": "full"},
    "same_5x5": {"w": (5, 5), "padding": "same"},
    "full_5x5": {"x": (6, 9), "w": (5, 5), "padding": "full"},
}

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


def batchnorm_forward(make, c):
    s = gate.batchnorm((7, c), training=True)
    running = make.read(c), make.read(c)
    arrays = make.read(7, c), make.read(c), make.read(c), *running
    return batchnorm.BatchNormForward(
        s, 1e-5, 0.1, *arrays, make.write(2, c), make.write(c), make.write(7, c)
    )


def batchnorm_predict(make, c):
    s = gate.batchnorm((7, c), training=False)
    vectors = [make.read(c) for _ in range(4)]
    return batchnorm.BatchNormPredict(s, 1e-5, make.read(7, c), *vectors, make.write(7, c))


def batchnorm_backward(make, c):
    s = gate.batchnorm((7, c), training=True)
    arrays = make.read(7, c), make.read(7, c), make.read(c), make.read(2, c), make.read(c)
    return batchnorm.BatchNormBackward(s, *arrays, make.write(7, c), make.write(c), make.write(c))


def activation_forward(make, c, function):
    return activation.ActivationForward(function, 0.1, make.read(c), make.write(c))


def activation_backward(make, c, function):
    return activation.ActivationBackward(function, 0.1, make.read(c), make.read(c), make.write(c))


def add_forward(make, c):
    return add.Add(make.read(c), make.read(c), make.write(c))


def dropout_forward(make, c):
    return dropout.Dropout(0.5, make.given(gate.key(1)), make.read(c), make.write(c))


def softmax_cross_entropy(make, c):
    labels, correct = make.given(np.full(3, c - 1)), make.given(np.zeros(1, dtype=np.int64))
    value = make.given(np.zeros(1))
    return loss.SoftmaxCrossEntropy(make.read(3, c), labels, value, correct, make.write(3, c))


def mean_squared_error(make, c):
    return loss.MeanSquaredError(make.read(c), make.read(c), make.given(np.zeros(1)), make.write(c))


def sgd(make, c):
    return optim.Sgd(make.given([0.1, 0.9, 1e-4, 1.0]), make.read(c), make.read(c), make.read(c))


def adam(make, c):
    settings = make.given([0.1, 0.9, 0.999, 1e-8, 1e-4, 0.9, 0.999])
    return optim.Adam(settings, *(make.read(c) for _ in range(4)))


OPERATIONS = {
    **{
        f"conv_forward_{name}{'_bias' * bias}": functools.partial(
            conv_forward, bias=bias, **options
        )
        for name, options in CONVOLUTIONS.items()
        for bias in (False, True)
    },
    **{
        f"{operation.__name__}_{name}": functools.partial(conv_data, operation=operation, **options)
        for operation in (conv.ConvBackwardData, conv_overlap.ConvBackwardDataOverlap)
        for name, options in CONVOLUTIONS.items()
        if name != "dilation" or operation is conv.ConvBackwardData
    },
    **{
        f"{build.__name__}_{name}{'_bias' * bias}": functools.partial(build, bias=bias, **options)
        for build in (direct_weight, wide_weight, wide_forward)
        for name, options in CONVOLUTIONS.items()
        for bias in (False, True)
        if build is direct_weight or name not in ("dilation", "groups")
    },
    **{
        f"{operation.__name__}_{name}": functools.partial(build, operation=operation, **options)
        for operation, build in (
            (depthwise.DepthwiseForward, functools.partial(conv_forward, bias=True)),
            (depthwise.DepthwiseBackwardData, conv_data),
            (depthwise.DepthwiseBackwardWeight, functools.partial(conv_weight, bias=True)),
        )
        for name, options in DEPTHWISE.items()
    },
    **{
        f"{operation.__name__}_{name}": functools.partial(build, operation=operation, **options)
        for operation, build in (
            (winograd.WinogradForward, functools.partial(conv_forward, bias=True)),
            (winograd.WinogradBackwardData, conv_data),
            (
                winograd_backward_weight.WinogradBackwardWeight,
                functools.partial(conv_weight, bias=True),
            ),
        )
        for name, options in TILES.items()
    },
    **{
        f"pooled_weight_{name}{'_bias' * bias}": functools.partial(
            pooled_weight, bias=bias, pool=pool
        )
        for name, pool in {"plain": (2, None, 0), "overlap": ((2, 3), 1, 0)}.items()
        for bias in (False, True)
    },
    **{
        operation.__name__: functools.partial(dense_operation, operation)
        for operation in (dense.DenseForward, dense.DenseBackwardData, dense.DenseBackwardWeight)
    },
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
        f"{build.__name__}_{function}": functools.partial(build, function=function)
        for build in (activation_forward, activation_backward)
        for function in activation.FUNCTIONS
    },
    **{
        build.__name__: build
        for build in (
            batchnorm_forward,
            batchnorm_predict,
            batchnorm_backward,
            add_forward,
            dropout_forward,
            softmax_cross_entropy,
            mean_squared_error,
            sgd,
            adam,
        )
    },
}


@each_side
@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_beyond_the_operands(name, side, isa, monkeypatch):
    # The scratch memory ends at a wall too; its start has to be aligned.
    def scratch(size):
        return guarded(np.full(max(memory.LINE, size), 0xFF, dtype=np.uint8), "end")

    monkeypatch.setattr(memory, "empty", scratch)
    monkeypatch.setattr(memory, "apart", memory.aligned)

    def run_all_widths():
        for c in WIDTHS:
            make = Operands(side)
            program.Program([OPERATIONS[name](make, c)]).run()
            for output in make.outputs:
                assert not np.isnan(output).any(), f"not written at width {c}"

    assert outcome(run_all_widths) is None


def test_the_wall_stands():
    for side, neighbour in (("start", -1), ("end", 1)):
        array = guarded(np.arange(5, dtype=np.float32), side)
        assert array.tolist() == [0, 1, 2, 3, 4]
        beyond = np.lib.stride_tricks.as_strided(array[::neighbour], (6,), (4 * neighbour,))
        assert outcome(lambda beyond=beyond: beyond[:5].sum()) is None
        assert outcome(lambda beyond=beyond: beyond.sum()) == "SIGSEGV"


def test_outcome_tells_exceptions():
    assert "ZeroDivisionError" in outcome(lambda: 1 / 0)
