"""Small examples worked out on paper; every implementation must give exactly these numbers."""

import numpy as np
import pytest

from fastcnn import functional, reference
from fastcnn.arithmetic import dropped, output_size, padding_amounts

IMPLEMENTATIONS = [reference, functional]


@pytest.fixture(params=IMPLEMENTATIONS, ids=lambda module: module.__name__.rpartition(".")[2])
def implementation(request):
    return request.param


def image(rows):
    """Give one image of one channel: (1, h, w, 1)."""
    return np.array(rows, dtype=np.float32)[None, :, :, None]


def filters(*kernels):
    """Give filters for one input channel: (kh, kw, 1, oc)."""
    return np.stack([np.array(kernel, dtype=np.float32) for kernel in kernels], axis=-1)[:, :, None]


def maps(y):
    """Give the feature maps of the only image, y (1, h, w, c), as nested lists."""
    return [y[0, :, :, channel].tolist() for channel in range(y.shape[3])]


def test_nine_pixels_four_weights(implementation):
    x, w = image(np.arange(9).reshape(3, 3)), filters(np.arange(4).reshape(2, 2))
    assert maps(implementation.conv2d(x, w)) == [[[19, 25], [37, 43]]]


def test_nine_pixels_four_weights_rotated(implementation):
    # 0 * 3 + 1 * 2 + 3 * 1 + 4 * 0 = 5, and one more per weight sum, 6, for each step
    x, w = image(np.arange(9).reshape(3, 3)), filters(np.arange(4).reshape(2, 2))
    assert maps(implementation.conv2d(x, w, flip=True)) == [[[5, 11], [23, 29]]]


def test_two_filters_then_max_pool_then_flatten(implementation):
    x = image([[5, 3, 1], [6, 8, 1], [2, 3, 4]])
    w = filters([[6, 8]], [[-2, 3]])
    y = implementation.conv2d(x, w, padding="valid")
    assert maps(y) == [[[54, 26], [100, 56], [36, 50]], [[-1, -3], [12, -13], [5, 6]]]
    pooled = implementation.max_pool2d(y, (1, 2))
    assert maps(pooled) == [[[54], [100], [50]], [[-1], [12], [6]]]
    joined = np.concatenate([pooled[0, :, 0, channel] for channel in range(2)])
    assert joined.tolist() == [54, 100, 50, -1, 12, 6]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "expected"),
    [
        (28, 3, 1, "same", 28),
        (28, 3, 1, "valid", 26),
        (28, 3, 2, "valid", 13),
        (7, 3, 1, "valid", 5),
        (7, 3, 2, "valid", 3),
        (7, 3, 3, "valid", 2),
        (7, 3, 1, 1, 7),
        (32, 5, 1, "valid", 28),
        (28, 5, 1, "valid", 24),
        (5, 4, 1, "full", 8),
        (5, 4, 1, "same", 5),
        (5, 4, 1, "same_lower", 5),
        (5, 4, 1, "valid", 2),
    ],
)
def test_output_sizes(implementation, size, kernel, stride, padding, expected):
    (before, after), _ = padding_amounts(padding, size, kernel, stride, 1)
    assert (size + before + after - kernel) // stride + 1 == expected
    assert output_size(size, kernel, stride, before, after) == expected
    x = np.zeros((1, size, size, 1), dtype=np.float32)
    w = np.zeros((kernel, kernel, 1, 1), dtype=np.float32)
    y = implementation.conv2d(x, w, stride=stride, padding=padding)
    assert y.shape == (1, expected, expected, 1)


def test_stride_that_does_not_divide_drops_a_pixel(implementation):
    assert dropped(7, 3, stride=3) == 1
    assert [dropped(7, 3, stride=1), dropped(7, 3, stride=2)] == [0, 0]
    x = np.zeros((1, 7, 7, 1), dtype=np.float32)
    x[:, 6, :] = x[:, :, 6] = 1  # the dropped row and column
    w = np.ones((3, 3, 1, 1), dtype=np.float32)
    assert maps(implementation.conv2d(x, w, stride=3)) == [[[0, 0], [0, 0]]]


@pytest.mark.parametrize(
    ("kernel", "padding", "totals"),
    [
        (3, "valid", (0, 0)),
        (3, "same", (1, 1)),
        (3, "same_lower", (1, 1)),
        (3, "full", (2, 2)),
        (4, "valid", (0, 0)),
        (4, "same", (1, 2)),
        (4, "same_lower", (2, 1)),
        (4, "full", (3, 3)),
    ],
)
def test_padding_totals(implementation, kernel, padding, totals):
    assert padding_amounts(padding, (5, 5), (kernel, 1), (1, 1), (1, 1)) == (totals, (0, 0))
    # Only the first tap weighs: the column of ones comes out shifted down by `before`.
    x, w = image(np.ones((5, 1))), filters([[1]] + [[0]] * (kernel - 1))
    y = implementation.conv2d(x, w, padding=padding)
    before, after = totals
    expected = [0] * before + [1] * min(5, 5 + after - kernel + 1)
    assert y[0, :, 0, 0].tolist() == expected
