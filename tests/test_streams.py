"""Results that no cache holds are written past the caches: the numbers are the same."""

import functools
import math

import numpy as np
import pytest

from fastcnn.kernels import (
    activation,
    batchnorm,
    batchnorm_frozen,
    conv,
    depthwise,
    gate,
    groupnorm,
    layernorm,
    lrn,
    memory,
    packing,
    pool,
    prelu,
    softmax,
)
from fastcnn.kernels.add import Add
from fastcnn.kernels.dropout import Dropout, SpatialDropout
from fastcnn.kernels.program import Program

# 32 MiB and more, in rows of 6 or 64 channels; without rows, a tail behind the last vector.
SIZE, TAIL = 192 * 43692, 5


def floats(values, shift=0):
    """A copy that begins `shift` elements behind a cache line."""
    raw = memory.empty(4 * (values.size + shift)).view(np.float32)[shift:]
    raw[...] = values.ravel()
    return raw.reshape(values.shape)


def vectors(count, c):
    """Vectors for each channel."""
    return np.random.default_rng(111).uniform(0.5, 1, (count, c)).astype(np.float32)


def batchnorm_forward(x, _, y, c):
    s = gate.RowSizes(x.size // c, c)
    gamma, beta, inverse = vectors(3, c)
    shape = s.rows, c
    return batchnorm.BatchNormForward(
        s,
        1e-5,
        0.1,
        x.reshape(shape),
        gamma,
        beta,
        None,
        None,
        vectors(2, c),
        inverse,
        y.reshape(shape),
    )


def batchnorm_predict(x, _, y, c):
    s = gate.RowSizes(x.size // c, c)
    shape = s.rows, c
    return batchnorm_frozen.BatchNormPredict(
        s, 1e-5, x.reshape(shape), *vectors(4, c), y.reshape(shape)
    )


def batchnorm_backward(dy, x, dx, c):
    s = gate.RowSizes(x.size // c, c)
    gamma, inverse, dgamma, dbeta = vectors(4, c)
    dy, x, dx = (array.reshape(s.rows, c) for array in (dy, x, dx))
    return batchnorm.BatchNormBackward(s, dy, x, gamma, vectors(2, c), inverse, dx, dgamma, dbeta)


def batchnorm_frozen_backward(dy, x, dx, c):
    s = gate.RowSizes(x.size // c, c)
    gamma, mean, var, dgamma, dbeta = vectors(5, c)
    dy, x, dx = (array.reshape(s.rows, c) for array in (dy, x, dx))
    return batchnorm_frozen.BatchNormFrozenBackward(
        s, 1e-5, dy, x, gamma, mean, var, dx, dgamma, dbeta
    )


def prelu_forward(x, _, y, c):
    s = gate.RowSizes(x.size // c, c)
    return prelu.PReluForward(s, x.reshape(-1, c), *vectors(1, c), y.reshape(-1, c))


def prelu_backward(dy, x, dx, c):
    s = gate.RowSizes(x.size // c, c)
    slope, dslope = vectors(2, c)
    dy, x, dx = (array.reshape(-1, c) for array in (dy, x, dx))
    return prelu.PReluBackward(s, dy, x, slope, dx, dslope)


def softmax_backward(dy, y, dx, c):
    s = gate.RowSizes(y.size // c, c)
    return softmax.SoftmaxBackward(s, *(array.reshape(-1, c) for array in (dy, y, dx)))


def depthwise_sizes(size, c, stride):
    """3x3 windows on an image of so many floats."""
    return gate.conv((1, 132, size // c // 132, c), (3, 3, 1, c), stride, 1, 1, c)


def depthwise_forward(x, _, y, c):
    s = depthwise_sizes(x.size, c, 1)
    w, b = vectors(9, c).reshape(s.w_shape), vectors(1, c)[0]
    return depthwise.DepthwiseForward(s, x.reshape(s.x_shape), w, b, y.reshape(s.y_shape))


def depthwise_backward_data(dy, _, dx, c):
    s = depthwise_sizes(dx.size, c, 2)
    dy = dy.ravel()[: math.prod(s.y_shape)].reshape(s.y_shape)
    w = vectors(9, c).reshape(s.w_shape)
    return depthwise.DepthwiseBackwardData(s, dy, w, dx.reshape(s.x_shape))


def samples(size, c, n):
    """Sizes of two groups and memory for what a forward pass keeps; 0 samples stand for pixels."""
    s = gate.GroupSizes(n, size // n // c, c, 2) if n else gate.GroupSizes(size // c, 1, c, 2)
    kept = np.ones((2, *s.kept_shape), np.float32), np.ones(s.kept_shape, np.float32)
    kernels = (
        (groupnorm.GroupNormForward, groupnorm.GroupNormBackward)
        if n
        else (layernorm.LayerNormForward, layernorm.LayerNormBackward)
    )
    return s, kernels, kept


def groupnorm_forward(x, _, y, c, n):
    s, (kernel, _), kept = samples(x.size, c, n)
    gamma, beta = vectors(2, c)
    return kernel(s, 1e-5, x.reshape(s.x_shape), gamma, beta, *kept, y.reshape(s.x_shape))


def groupnorm_backward(dy, x, dx, c, n):
    s, (_, kernel), kept = samples(x.size, c, n)
    gamma, dgamma, dbeta = vectors(3, c)
    dy, x, dx = (array.reshape(s.x_shape) for array in (dy, x, dx))
    return kernel(s, dy, x, gamma, *kept, dx, dgamma, dbeta)


def lrn_forward(x, _, y, c):
    s = gate.lrn((x.size // c, c), 5)
    return lrn.LrnForward(s, 0.1, 0.75, 1.0, x.reshape(s.pixels, c), y.reshape(s.pixels, c))


def lrn_backward(dy, x, dx, c):
    s = gate.lrn((x.size // c, c), 5)
    dy, x, dx = (array.reshape(s.pixels, c) for array in (dy, x, dx))
    return lrn.LrnBackward(s, 0.1, 0.75, 1.0, dy, x, dx)


def spatial_dropout(x, _, y, c):
    shape = 4, x.size // 4 // c, c
    return SpatialDropout(0.5, gate.key(1), x.reshape(shape), y.reshape(shape))


OPERATIONS = {
    **{
        f"{name}_forward": lambda x, _, y, name=name: activation.ActivationForward(
            name, (0.1, 0.5), x, y
        )
        for name in activation.READS
    },
    **{
        f"{name}_backward": lambda dy, x, y, name=name: activation.ActivationBackward(
            name, (0.1, 0.5), dy, x, y
        )
        for name in activation.READS
    },
    **{
        f"{build.__name__}_{c}": functools.partial(build, c=c)
        for build in (
            batchnorm_forward,
            batchnorm_predict,
            batchnorm_backward,
            batchnorm_frozen_backward,
            depthwise_forward,
            depthwise_backward_data,
            lrn_forward,
            lrn_backward,
            prelu_forward,
            prelu_backward,
            softmax_backward,
            spatial_dropout,
        )
        for c in (6, 64)
    },
    **{
        f"{build.__name__}_{c}_{n}": functools.partial(build, c=c, n=n)
        for build in (groupnorm_forward, groupnorm_backward)
        for c, n in ((6, 2), (64, 0), (64, 2), (64, 12))
    },
    "add": Add,
    "dropout": lambda x, _, y: Dropout(0.5, gate.key(1), x, y),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_large_results(name, isa):
    size = SIZE + TAIL if "64" not in name and "_6" not in name else SIZE
    a, b = np.random.default_rng(110).uniform(-1, 1, (2, size)).astype(np.float32)
    results = []
    for shift in (0, 1):  # only what begins on a cache line is streamed
        y = floats(np.full(size, np.nan, dtype=np.float32), shift)
        Program([OPERATIONS[name](floats(a), floats(b), y)]).run()
        results.append(y)
    np.testing.assert_array_equal(*results)
    assert not np.isnan(results[0]).any()


each_large_pool = pytest.mark.parametrize(
    ("where", "c", "shift"),
    [
        pytest.param(where, c, shift, id=f"{name}-{c}-{place}")
        for name, where in {"2x2": (2, None, 0), "3x3_stride2": (3, 2, 1)}.items()
        for c in (6, 64)
        for shift, place in enumerate(["on_a_line", "off_a_line"])
    ],
)


def large_pool(where, c):
    """Sizes of a batch that no cache holds and of one of its images; x and dy."""
    n, side = 10, 128 * (1 if c == 64 else 3)  # 42 and 35 MB
    large, small = (gate.max_pool((many, side, side, c), *where) for many in (n, 1))
    rng = np.random.default_rng(112)
    x = rng.standard_normal(large.x_shape, dtype=np.float32)
    assert x.size >= 8 << 20
    return large, small, x, rng.standard_normal(large.y_shape, dtype=np.float32)


@each_large_pool
def test_large_max_pooling(where, c, shift, isa):
    """A batch that no cache holds gives what its images, pooled one by one, give."""
    large, small, x, dy = large_pool(where, c)
    y, dx = floats(np.full_like(dy, np.nan), shift), floats(np.full_like(x, np.nan), shift)
    index = np.empty(large.y_shape, large.index_type)
    forward = pool.MaxPoolForward(large, x, y, index)
    Program([forward, pool.MaxPoolBackward(large, dy, index, dx)]).run()
    for i in range(len(x)):
        one = [np.empty_like(array[:1]) for array in (y, index, dx)]
        forward = pool.MaxPoolForward(small, x[i : i + 1], one[0], one[1])
        Program([forward, pool.MaxPoolBackward(small, dy[i : i + 1], one[1], one[2])]).run()
        for got, expected in zip((y, index, dx), one, strict=True):
            np.testing.assert_array_equal(got[i : i + 1], expected)


@each_large_pool
def test_large_average_pooling_backward(where, c, shift, isa):
    """The same."""
    large, small, x, dy = large_pool(where, c)
    dx, one = floats(np.full_like(x, np.nan), shift), np.empty_like(x[:1])
    Program([pool.AvgPoolBackward(large, dy, dx)]).run()
    for i in range(len(x)):
        Program([pool.AvgPoolBackward(small, dy[i : i + 1], one)]).run()
        np.testing.assert_array_equal(dx[i : i + 1], one)


@pytest.mark.parametrize("groups", [1, 3])
def test_large_convolution(groups, isa):
    """24 MiB and more of y and of dx, with whole lines in each pixel; 3x3 windows and groups."""
    rng = np.random.default_rng(113)
    s = gate.conv((2, 256, 256, 48), (3, 3, 48 // groups, 48), 1, "same", 1, groups)
    x, dy = rng.standard_normal((2, *s.x_shape), dtype=np.float32)
    w = packing.pack(rng.standard_normal(s.w_shape, dtype=np.float32), groups)
    results = []
    for shift in (0, 1):  # only what begins on a cache line is streamed
        y, dx = (floats(np.full_like(x, np.nan), shift) for _ in range(2))
        forward = conv.ConvForward(s, x, w, None, y)
        Program([forward, conv.ConvBackwardData(s, dy, w, dx)]).run()
        results += [y, dx]
    assert x.size >= 6 << 20
    for streamed, plain in zip(results[:2], results[2:], strict=True):
        np.testing.assert_array_equal(streamed, plain)
