"""Transposed convolutions, conv_transpose1d, 2d and 3d and their "_backward", and their bias."""

import numpy as np
import pytest
from convolving import check_accurate, check_exact, check_gradients, problems
from helpers import integers, normals

from fastcnn import functional as F
from fastcnn.kernels import bias
from fastcnn.kernels.program import Program

pytestmark = pytest.mark.usefixtures("dirty_memory", "strict")

SMALL = {
    **problems(
        "conv_transpose2d",
        plain=((2, 3, 2, 2), (2, 3, 3, 2), {}),
        everything=(
            (1, 3, 4, 4),
            (3, 2, 2, 4),
            {
                "stride": (3, 2),
                "padding": ((2, 1), (0, 1)),
                "output_padding": (2, 1),
                "dilation": (2, 1),
                "groups": 2,
                "flip": True,
            },
        ),
        same=((1, 3, 4, 1), (4, 3, 2, 1), {"stride": (2, 3), "padding": "same"}),
        same_gaps=((1, 3, 2, 1), (2, 1, 2, 1), {"stride": 3, "padding": "same_lower"}),
    ),
    **problems(
        "conv_transpose1d",
        series=((2, 4, 2), (3, 3, 2), {"stride": 2, "padding": (1, 0), "output_padding": 1}),
    ),
    **problems(
        "conv_transpose3d",
        volumes=((1, 2, 3, 2, 2), (2, 2, 3, 2, 2), {"stride": (2, 1, 2), "padding": (1, 0, 1)}),
    ),
}
PROBLEMS = {
    **SMALL,
    **problems(
        "conv_transpose2d",
        one=((1, 1, 1, 1), (1, 1, 1, 1), {}),
        one_tap=((2, 5, 6, 7), (1, 1, 9, 7), {}),
        one_pixel=((2, 1, 1, 17), (4, 4, 33, 17), {}),
        dcgan=((2, 4, 5, 33), (4, 4, 17, 33), {"stride": 2, "padding": 1}),
        few_outputs=((2, 4, 5, 40), (4, 4, 3, 40), {"stride": 2, "padding": 1}),
        few_inputs=((2, 4, 6, 3), (3, 3, 20, 3), {"padding": "same"}),
        unet=((2, 5, 4, 20), (2, 2, 10, 20), {"stride": 2}),
        gaps=((2, 3, 4, 5), (2, 1, 6, 5), {"stride": (3, 4), "output_padding": (1, 3)}),
        full=((2, 5, 6, 5), (3, 2, 6, 5), {"padding": "full"}),
        same_lower=((2, 5, 6, 5), (4, 3, 6, 5), {"padding": "same_lower", "stride": 2}),
        dilation=((2, 4, 3, 5), (3, 2, 6, 5), {"dilation": (2, 3), "stride": (2, 3)}),
        dilation4_stride6=((1, 4, 3, 3), (4, 3, 2, 3), {"dilation": 4, "stride": 6, "padding": 5}),
        groups=((2, 4, 5, 34), (3, 3, 17, 34), {"groups": 2, "stride": 2, "padding": 1}),
        depthwise=((2, 4, 5, 17), (3, 3, 1, 17), {"groups": 17, "stride": 2, "padding": 1}),
        depthwise_to_fewer=((2, 4, 5, 10), (3, 3, 1, 10), {"groups": 5, "stride": 2}),
        many=((3, 30, 31, 33), (3, 3, 34, 33), {"stride": 2, "padding": "same"}),
    ),
    **problems(
        "conv_transpose1d",
        wavegan=((2, 16, 33), (25, 20, 33), {"stride": 4, "padding": 11, "output_padding": 1}),
        causal=((2, 9, 5), (3, 4, 5), {"padding": "causal", "dilation": 2}),
    ),
    **problems(
        "conv_transpose3d",
        gan=((1, 3, 3, 4, 17), (4, 4, 4, 9, 17), {"stride": 2, "padding": 1}),
        frames_apart=((2, 3, 3, 4, 5), (1, 2, 2, 6, 5), {"stride": (1, 2, 2)}),
        frame_gaps=((1, 3, 3, 2, 5), (1, 2, 2, 6, 5), {"stride": (3, 1, 1), "output_padding": 0}),
        volume_groups=((1, 3, 3, 2, 4), (2, 2, 2, 3, 4), {"groups": 2, "stride": (2, 1, 1)}),
    ),
}

each_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))


@each_problem
def test_exact(problem, isa):
    check_exact(problem, integers)


@each_problem
def test_accurate(problem, isa):
    check_accurate(problem, normals)


@pytest.mark.parametrize("problem", SMALL.values(), ids=list(SMALL))
def test_gradients_of_the_specification(problem):
    check_gradients(problem)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_it_sends_back_what_the_convolution_would(axes):
    """The inner products of y with conv(x) and of conv_transpose(y) with x are the same."""
    rng = np.random.default_rng(33)
    x, w = integers(rng, 2, *(7, 8, 6)[:axes], 4), integers(rng, *(3, 2, 3)[:axes], 4, 5)
    how = {"stride": 2, "padding": 1, "dilation": 2}
    forward, backward = getattr(F, f"conv{axes}d"), getattr(F, f"conv_transpose{axes}d")
    y = forward(x, w, **how)
    dy = integers(rng, *y.shape)
    least = backward(dy, w, **how).shape
    more = tuple(x.shape[a] - least[a] for a in range(1, axes + 1))
    dx = backward(dy, w, output_padding=more, **how)
    assert dx.shape == x.shape
    assert np.vdot(y, dy) == np.vdot(x, dx)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_sizes_that_same_leaves(axes):
    x = np.ones((1, *(3, 4, 5)[:axes], 2))
    for kernel in range(1, 5):
        for stride in range(1, 5):
            w = np.ones((*(kernel,) * axes, 3, 2))
            y = getattr(F, f"conv_transpose{axes}d")(x, w, stride=stride, padding="same")
            assert y.shape == (1, *(stride * size for size in (3, 4, 5)[:axes]), 3)


@pytest.mark.parametrize("c", [1, 3, 17, 64, 130, 300])
@pytest.mark.parametrize("rows", [1, 7, 16, 1000, 4096])
def test_bias(rows, c, isa):
    rng = np.random.default_rng(34)
    y, b, dy = integers(rng, rows, c), integers(rng, c), integers(rng, rows, c, limit=1)
    expected, db = y + b, np.empty(c, dtype=np.float32)
    Program([bias.BiasForward(b, y), bias.BiasBackward(dy, db)]).run()
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(db, dy.sum(axis=0))
