"""Convolution of volumes, conv3d and its "_backward", against the specification."""

import numpy as np
import pytest
from convolving import check_accurate, check_exact, check_gradients, problems
from helpers import integers, normals

import fastcnn
from fastcnn import functional as F
from fastcnn import reference
from fastcnn.kernels import choice, gate

pytestmark = pytest.mark.usefixtures("dirty_memory", "strict")

SMALL = problems(
    "conv3d",
    plain=((2, 3, 3, 4, 2), (2, 2, 3, 2, 2), {}),
    everything=(
        (1, 5, 4, 5, 4),
        (3, 2, 2, 2, 4),
        {
            "stride": (2, 1, 2),
            "padding": ((2, 1), (0, 1), (1, 0)),
            "dilation": (2, 2, 1),
            "groups": 2,
            "flip": True,
        },
    ),
)
PROBLEMS = {
    **SMALL,
    **problems(
        "conv3d",
        one=((1, 1, 1, 1, 1), (1, 1, 1, 1, 1), {}),
        one_tap=((2, 3, 4, 3, 5), (1, 1, 1, 5, 7), {}),
        frames_apart=((2, 5, 4, 3, 5), (1, 3, 2, 5, 7), {}),
        frames_apart_stride=((2, 5, 4, 3, 5), (1, 2, 2, 5, 7), {"stride": (2, 1, 1)}),
        frames_apart_padding=((1, 2, 4, 3, 5), (1, 2, 2, 5, 7), {"padding": (1, 0, 0)}),
        time_only=((2, 6, 3, 4, 17), (3, 1, 1, 17, 9), {"padding": "same"}),
        same=((1, 4, 5, 6, 3), (3, 3, 3, 3, 5), {"padding": "same"}),
        same_even_stride=((1, 5, 6, 7, 3), (2, 4, 2, 3, 5), {"padding": "same", "stride": 2}),
        same_lower=((1, 5, 6, 7, 3), (2, 4, 2, 3, 5), {"padding": "same_lower", "stride": 3}),
        full=((1, 2, 2, 3, 3), (3, 2, 3, 3, 5), {"padding": "full"}),
        stride_beyond_kernel=((1, 7, 5, 6, 3), (2, 1, 2, 3, 4), {"stride": (3, 2, 3)}),
        dropped_frames=((1, 6, 5, 5, 3), (2, 2, 2, 3, 4), {"stride": (4, 2, 2)}),
        stride_beyond_volume=((1, 3, 3, 3, 2), (2, 2, 2, 2, 3), {"stride": 7}),
        windows_in_padding=((1, 1, 2, 2, 2), (2, 1, 1, 2, 3), {"padding": (3, 0, 0), "stride": 2}),
        dilation=((1, 7, 5, 5, 3), (3, 2, 2, 3, 4), {"dilation": (3, 2, 1), "padding": "same"}),
        groups=((2, 3, 4, 4, 6), (2, 3, 3, 3, 8), {"padding": "same", "groups": 2}),
        depthwise=((2, 4, 4, 5, 17), (3, 3, 3, 1, 17), {"padding": "same", "groups": 17}),
        depthwise_frames=((2, 4, 4, 5, 5), (1, 3, 3, 1, 10), {"padding": "same", "groups": 5}),
        long=((1, 9, 12, 60, 33), (3, 3, 1, 33, 20), {"padding": "same"}),
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


def test_winograd_computes_volumes(isa):
    """64 channels on large images: what "fast" takes another algorithm for."""
    fastcnn.precision("fast")
    rng = np.random.default_rng(31)
    x, w = normals(rng, 1, 3, 24, 24, 32), normals(rng, 3, 3, 3, 32, 32)
    s = gate.convolution(x.shape, w.shape, 1, "same", 1, 1)
    assert choice.conv_forward(s.plane).algorithm == "winograd"
    fast = F.conv3d(x, w, padding="same")
    fastcnn.precision("strict")
    strict = F.conv3d(x, w, padding="same")
    assert not np.array_equal(fast, strict)
    np.testing.assert_allclose(fast, strict, rtol=0, atol=1e-5 * np.abs(strict).max())


def test_frames_that_no_window_reaches_get_zeros():
    dx, _, _ = F.conv3d_backward(
        np.ones((1, 2, 2, 2, 1)), np.ones((1, 5, 2, 2, 1)), np.ones((1, 1, 1, 1, 1)), (3, 1, 1)
    )
    assert dx[0, :, 0, 0, 0].tolist() == [1, 0, 0, 1, 0]


def test_one_frame_is_an_image():
    rng = np.random.default_rng(32)
    x, w, b = integers(rng, 2, 6, 5, 4), integers(rng, 3, 3, 4, 6), integers(rng, 6)
    y = F.conv3d(x[:, None], w[None], b)
    np.testing.assert_array_equal(y[:, 0], F.conv2d(x, w, b))
    np.testing.assert_array_equal(y[:, 0], reference.conv2d(x, w, b))
