"""Convolutions of any kind with numbers, held to the specification."""

import functools
from typing import NamedTuple

import numpy as np
from helpers import assert_accurate, assert_exact, assert_gradient

from fastcnn import functional as F
from fastcnn import reference


class Problem(NamedTuple):
    """Shapes and settings of a function of `functional`."""

    function: str
    x_shape: tuple
    w_shape: tuple
    options: dict

    @property
    def transposed(self):
        return self.function.startswith("conv_transpose")

    @property
    def oc(self):
        return self.w_shape[-2] * self.groups if self.transposed else self.w_shape[-1]

    @property
    def groups(self):
        return self.options.get("groups", 1)

    def of(self, module, name=""):
        return functools.partial(getattr(module, self.function + name), **self.options)


def problems(function, **named):
    """Problems by name, of tuples (shape of x, shape of w, options)."""
    return {
        name: Problem(function, x_shape, w_shape, options)
        for name, (x_shape, w_shape, options) in named.items()
    }


def arrays(problem, draw):
    """x, w, b, y, dy and the gradients dx, dw, db, by the specification."""
    rng = np.random.default_rng(27)
    x, w, b = draw(rng, *problem.x_shape), draw(rng, *problem.w_shape), draw(rng, problem.oc)
    y = problem.of(reference)(x, w, b)
    dy = draw(rng, *y.shape)
    return x, w, b, y, dy, problem.of(reference, "_backward")(dy, x, w)


def check_exact(problem, draw):
    """Check all passes on whole numbers."""
    x, w, b, y, dy, gradients = arrays(problem, draw)
    assert_exact(problem.of(F)(x, w, b), y)
    np.testing.assert_array_equal(problem.of(F)(x, w), y - b)
    for got, expected in zip(problem.of(F, "_backward")(dy, x, w), gradients, strict=True):
        assert_exact(got, expected)


def check_accurate(problem, draw):
    """Check all passes on any numbers: every sum has at most so many terms."""
    x, w, b, y, dy, gradients = arrays(problem, draw)
    sizes = [np.abs(array).astype(np.float64) for array in (dy, x, w)]
    terms = int(np.prod(w.shape[:-1])) * 2
    scale = problem.of(reference)(*sizes[1:], np.abs(b))
    assert_accurate(problem.of(F)(x, w, b), y, scale, terms)
    scales = problem.of(reference, "_backward")(*sizes)
    terms = max(terms, 2 * int(np.prod(w.shape[:-2])) * problem.oc, dy[..., 0].size, x[..., 0].size)
    got = problem.of(F, "_backward")(dy, x, w)
    for one, expected, scale in zip(got, gradients, scales, strict=True):
        assert_accurate(one, expected, scale, terms)


def check_gradients(problem):
    """Check the specification by central differences."""
    rng = np.random.default_rng(28)
    shapes = problem.x_shape, problem.w_shape, (problem.oc,)
    x, w, b = (rng.normal(size=shape) for shape in shapes)
    f = problem.of(reference)
    dy = rng.normal(size=f(x, w, b).shape)
    dx, dw, db = problem.of(reference, "_backward")(dy, x, w)
    assert_gradient(lambda x: (dy * f(x, w, b)).sum(), x, dx)
    assert_gradient(lambda w: (dy * f(x, w, b)).sum(), w, dw)
    assert_gradient(lambda b: (dy * f(x, w, b)).sum(), b, db)
