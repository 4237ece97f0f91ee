"""What becomes of the sums of convolutions and dense layers before they are stored."""

import itertools

import numpy as np
import pytest
from helpers import assert_exact, integers, normals

from fastcnn import reference
from fastcnn.kernels import choice, dense, gate, packing
from fastcnn.kernels.program import Program

pytestmark = pytest.mark.usefixtures("dirty_memory")

# Shape of x, of w; stride, padding, dilation, groups. Tails of channels and of pixels, sums in
# several stretches, each algorithm.
PROBLEMS = {
    "tails": ((2, 7, 10, 17), (3, 3, 17, 33), 1, "same", 1, 1),
    "panel": ((1, 5, 15, 3), (2, 3, 3, 32), 1, "valid", 1, 1),
    "stretches": ((1, 3, 5, 2100), (1, 1, 2100, 35), 1, "valid", 1, 1),
    "groups": ((2, 5, 6, 6), (3, 3, 3, 80), 1, "same", 1, 2),
    "few_outputs": ((2, 9, 12, 3), (3, 3, 3, 6), 1, "same", 1, 1),
    "wide": ((1, 3, 460, 2), (3, 2, 2, 5), (1, 2), 1, 1, 1),
    "depthwise": ((2, 9, 12, 17), (3, 3, 1, 17), 1, "same", 1, 17),
    "depthwise_stride": ((2, 9, 12, 33), (3, 3, 1, 66), 2, 1, 1, 33),
    "5x5": ((2, 7, 10, 17), (5, 5, 17, 33), 1, "same", 1, 1),
    "own_blocks": ((5, 34, 38, 8), (3, 3, 8, 40), 1, "same", 1, 1),
}
CLAMPS = None, (0.0, np.inf), (-5.0, 20.0)

each_problem = pytest.mark.parametrize("name", PROBLEMS)


def case(name, draw):
    """Sizes, x, w, their convolution, and (b, scale, residual)."""
    x_shape, w_shape, *how = PROBLEMS[name]
    s = gate.conv(x_shape, w_shape, *how)
    rng = np.random.default_rng(60)
    x, w = draw(rng, *x_shape), draw(rng, *w_shape)
    sums = reference.conv2d(x, w, None, *how)
    return s, x, w, sums, (draw(rng, s.oc), draw(rng, s.oc), draw(rng, *s.y_shape))


def combinations(b, scale, residual):
    """All ways to leave some of them out."""
    for has_b, has_scale, has_residual, clamp in itertools.product(*[(False, True)] * 3, CLAMPS):
        yield {
            "b": b if has_b else None,
            "scale": scale if has_scale else None,
            "residual": residual if has_residual else None,
            "clamp": clamp,
        }


def finished(sums, b, scale, residual, clamp):
    """The specification."""
    y = np.asarray(sums, dtype=np.float64)
    y = y if scale is None else y * scale
    y = y if b is None else y + b
    y = y if residual is None else y + residual
    return y if clamp is None else np.clip(y, *clamp)


def run(operation, s, x, w, b, **rest):
    y = np.empty(s.y_shape, dtype=np.float32)
    Program([operation(s, x, w, b, y, **rest)]).run()
    return y


@each_problem
def test_exact(name, isa, n_threads):
    s, x, w, sums, arrays = case(name, integers)
    packed = packing.pack(w, s.groups)
    able = {
        name: kernel for name, kernel in choice.able("forward", s).items() if name != "winograd"
    }
    for end, operation in itertools.product(combinations(*arrays), able.values()):
        np.testing.assert_array_equal(run(operation, s, x, packed, **end), finished(sums, **end))


@each_problem
def test_winograd(name, isa, n_threads):
    s, x, w, sums, arrays = case(name, normals)
    operation = choice.able("forward", s).get("winograd")
    if operation is None:
        pytest.skip("not a problem for Winograd's algorithm")
    for end in combinations(*arrays):
        y, expected = run(operation, s, x, packing.pack(w), **end), finished(sums, **end)
        assert np.abs(y - expected).max() <= 1e-5 * np.abs(sums).max()


def test_dense(isa, n_threads):
    rng = np.random.default_rng(61)
    s = gate.dense((33, 2100), (2100, 37))
    x, w = integers(rng, *s.x_shape), integers(rng, *s.w_shape)
    arrays = integers(rng, s.oc), integers(rng, s.oc), integers(rng, *s.y_shape)
    packed, sums = packing.pack(w[None, None]), reference.dense(x, w)
    for end in combinations(*arrays):
        assert_exact(run(dense.DenseForward, s, x, packed, **end), finished(sums, **end))


@each_problem
def test_nan_stays(name, isa):
    s, x, w, _, _ = case(name, integers)
    x[-1, 1, 1, 0] = np.nan
    for operation in choice.able("forward", s).values():
        packed = packing.pack(w, s.groups)
        plain, clamped = (
            run(operation, s, x, packed, None, clamp=clamp) for clamp in (None, (0.0, 6.0))
        )
        assert np.isnan(plain).any()
        np.testing.assert_array_equal(np.isnan(clamped), np.isnan(plain))
        assert np.nanmax(clamped) <= 6


@each_problem
def test_wrong_arrays_are_refused(name):
    s, x, w, _, (b, scale, residual) = case(name, integers)
    packed = packing.pack(w, s.groups)
    for operation in choice.able("forward", s).values():
        for wrong in ({"b": b[1:]}, {"scale": scale[1:]}, {"residual": residual.astype("d")}):
            with pytest.raises(ValueError, match="input must be 'f' of shape"):
                run(operation, s, x, packed, **{"b": None, **wrong})
