"""Convolution of series, conv1d and its "_backward", against the specification."""

import numpy as np
import pytest
from convolving import check_accurate, check_exact, check_gradients, problems
from helpers import integers, normals

from fastcnn import functional as F
from fastcnn import reference

pytestmark = pytest.mark.usefixtures("dirty_memory", "strict")

SMALL = problems(
    "conv1d",
    plain=((2, 7, 2), (3, 2, 3), {}),
    causal=((1, 6, 2), (3, 2, 2), {"padding": "causal", "dilation": 2}),
    causal_stride=((1, 7, 1), (2, 1, 2), {"padding": "causal", "stride": 3, "dilation": 3}),
    everything=(
        (2, 9, 4),
        (3, 2, 4),
        {"stride": 2, "padding": (3, 1), "dilation": 2, "groups": 2, "flip": True},
    ),
)
PROBLEMS = {
    **SMALL,
    **problems(
        "conv1d",
        one=((1, 1, 1), (1, 1, 1), {}),
        one_tap=((3, 11, 5), (1, 5, 7), {}),
        same=((2, 8, 3), (3, 3, 17), {"padding": "same"}),
        same_even_stride=((2, 9, 3), (4, 3, 5), {"padding": "same", "stride": 2}),
        same_lower=((2, 9, 3), (4, 3, 5), {"padding": "same_lower", "stride": 3, "dilation": 2}),
        full=((2, 4, 3), (7, 3, 5), {"padding": "full"}),
        causal_longer_than_x=((2, 3, 3), (4, 3, 5), {"padding": "causal", "dilation": 5}),
        depthwise=((2, 12, 17), (5, 1, 17), {"padding": "causal", "groups": 17}),
        depthwise_twice=((2, 12, 5), (3, 1, 10), {"stride": 2, "groups": 5}),
        few_outputs=((2, 24, 3), (5, 3, 4), {"padding": "same"}),
        wide=((1, 700, 33), (9, 33, 40), {"padding": "causal", "dilation": 8}),
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


def test_causal_outputs_see_nothing_later():
    rng = np.random.default_rng(29)
    x, w = normals(rng, 1, 20, 3), normals(rng, 3, 3, 5)
    changed = x.copy()
    changed[:, 11:] += 1
    y, other = (F.conv1d(each, w, padding="causal", dilation=4) for each in (x, changed))
    assert y.shape == (1, 20, 5)
    np.testing.assert_array_equal(y[:, :11], other[:, :11])
    assert (y[:, 11:] != other[:, 11:]).any(axis=(0, 2)).all()


@pytest.mark.parametrize("flip", [False, True])
def test_the_specification_is_that_of_images_of_one_row(flip):
    rng = np.random.default_rng(30)
    x, w = rng.normal(size=(2, 9, 4)), rng.normal(size=(3, 2, 6))
    how = {"stride": 2, "dilation": 2, "groups": 2, "flip": flip}
    y = reference.conv1d(x, w, padding=(1, 3), **how)
    images = reference.conv2d(x[:, None], w[None], padding=((0, 0), (1, 3)), **how)
    np.testing.assert_allclose(y, images[:, 0], rtol=1e-13)
