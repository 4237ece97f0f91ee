"""The contestant plain Python: loops over lists, the formulas as they stand in a textbook."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from measure import RATE, Case, inputs

VERSION = f"Python {platform.python_version()}"
EPS = 1e-5

Lists = dict[str, Any]
Run = Callable[[], tuple]


def zeros(*shape: int) -> Any:
    """Nested lists of zeros."""
    if len(shape) == 1:
        return [0.0] * shape[0]
    return [zeros(*shape[1:]) for _ in range(shape[0])]


class Conv:
    """A convolution of stride and dilation 1, in one group."""

    def __init__(self, case: Case):
        self.x, self.w, self.y = (case.shapes[name] for name in ("x", "w", "dy"))
        (self.top, _), (self.left, _) = case.options["padding"]

    def pixels(self):
        """All pairs of an output pixel and a filter pixel that meet inside an image."""
        (n, ih, iw, _), (kh, kw, _, _), (_, oh, ow, _) = self.x, self.w, self.y
        for image, oi, oj, p, q in product(*map(range, (n, oh, ow, kh, kw))):
            ii, ij = oi + p - self.top, oj + q - self.left
            if 0 <= ii < ih and 0 <= ij < iw:
                yield image, oi, oj, p, q, ii, ij

    def forward(self, a: Lists) -> tuple:
        x, w, b = a["x"], a["w"], a["b"]
        n, oh, ow, oc = self.y
        y = [[[list(b) for _ in range(ow)] for _ in range(oh)] for _ in range(n)]
        for image, oi, oj, p, q, ii, ij in self.pixels():
            source, target, taps = x[image][ii][ij], y[image][oi][oj], w[p][q]
            for c, value in enumerate(source):
                for o in range(oc):
                    target[o] += value * taps[c][o]
        return (y,)

    def backward_data(self, a: Lists) -> tuple:
        w, dy, dx = a["w"], a["dy"], zeros(*self.x)
        oc = self.y[3]
        for image, oi, oj, p, q, ii, ij in self.pixels():
            source, target, taps = dy[image][oi][oj], dx[image][ii][ij], w[p][q]
            for c in range(len(target)):
                for o in range(oc):
                    target[c] += source[o] * taps[c][o]
        return (dx,)

    def backward_weight(self, a: Lists) -> tuple:
        x, dy, dw, db = a["x"], a["dy"], zeros(*self.w), zeros(self.y[3])
        for image, oi, oj, p, q, ii, ij in self.pixels():
            source, gradient, target = x[image][ii][ij], dy[image][oi][oj], dw[p][q]
            for c, value in enumerate(source):
                for o, g in enumerate(gradient):
                    target[c][o] += value * g
        for image, oi, oj in product(*map(range, self.y[:3])):
            for o, g in enumerate(dy[image][oi][oj]):
                db[o] += g
        return dw, db


def dense_forward(a: Lists) -> tuple:
    y = [list(a["b"]) for _ in a["x"]]
    for row, target in zip(a["x"], y, strict=True):
        for value, weights in zip(row, a["w"], strict=True):
            for o, weight in enumerate(weights):
                target[o] += value * weight
    return (y,)


def dense_backward_data(a: Lists) -> tuple:
    dx = zeros(len(a["x"]), len(a["w"]))
    for row, target in zip(a["dy"], dx, strict=True):
        for c, weights in enumerate(a["w"]):
            for g, weight in zip(row, weights, strict=True):
                target[c] += g * weight
    return (dx,)


def dense_backward_weight(a: Lists) -> tuple:
    dw, db = zeros(len(a["w"]), len(a["b"])), zeros(len(a["b"]))
    for row, gradient in zip(a["x"], a["dy"], strict=True):
        for c, value in enumerate(row):
            for o, g in enumerate(gradient):
                dw[c][o] += value * g
        for o, g in enumerate(gradient):
            db[o] += g
    return dw, db


class MaxPool:
    """Max-pooling without padding."""

    def __init__(self, case: Case):
        self.x, self.y = case.shapes["x"], case.shapes["dy"]
        self.size, self.stride = case.options["size"], case.options["stride"]

    def maxima(self, x: Any):
        """Output positions, each with the value and place of its maximum."""
        (kh, kw), (sh, sw) = self.size, self.stride
        for image, i, j, c in product(*map(range, self.y)):
            window = product(range(i * sh, i * sh + kh), range(j * sw, j * sw + kw))
            yield image, i, j, c, max((x[image][p][q][c], p, q) for p, q in window)

    def forward(self, a: Lists) -> tuple:
        y = zeros(*self.y)
        for image, i, j, c, (value, _, _) in self.maxima(a["x"]):
            y[image][i][j][c] = value
        return (y,)

    def backward(self, a: Lists) -> tuple:
        dx = zeros(*self.x)
        for image, i, j, c, (_, p, q) in self.maxima(a["x"]):
            dx[image][p][q][c] += a["dy"][image][i][j][c]
        return (dx,)


def batchnorm_forward(rows: list[list[float]], a: Lists) -> tuple:
    """Normalise rows[pixels][channels] with their own statistics."""
    y = zeros(len(rows), len(rows[0]))
    for c, (gamma, beta) in enumerate(zip(a["gamma"], a["beta"], strict=True)):
        mean = sum(row[c] for row in rows) / len(rows)
        var = sum((row[c] - mean) ** 2 for row in rows) / len(rows)
        scale = gamma / math.sqrt(var + EPS)
        for row, target in zip(rows, y, strict=True):
            target[c] = (row[c] - mean) * scale + beta
    return (y,)


def softmax_cross_entropy(a: Lists) -> tuple:
    loss, dx = 0.0, []
    for row, label in zip(a["x"], a["labels"], strict=True):
        largest = max(row)
        powers = [math.exp(value - largest) for value in row]
        total = sum(powers)
        loss -= math.log(powers[label] / total) / len(a["x"])
        gradient = [power / total / len(a["x"]) for power in powers]
        gradient[label] -= 1 / len(a["x"])
        dx.append(gradient)
    return loss, dx


def sgd(a: Lists) -> tuple:
    w, dw, v = a["w"], a["dw"], a["v"]
    for i in range(len(w)):
        v[i] = 0.9 * v[i] + dw[i] + 1e-4 * w[i]
        w[i] -= RATE * v[i]
    return w, v


def batchnorm(case: Case, a: Lists) -> Run:
    rows = [pixel for image in a["x"] for row in image for pixel in row]
    return partial(batchnorm_forward, rows, a)


def relu(case: Case, a: Lists) -> Run:
    if case.pass_ == "forward":
        x = np.ravel(a["x"]).tolist()
        return lambda: ([max(value, 0.0) for value in x],)
    pairs = list(zip(np.ravel(a["dy"]).tolist(), np.ravel(a["y"]).tolist(), strict=True))
    return lambda: ([dy if y > 0 else 0.0 for dy, y in pairs],)


DENSE = {
    "forward": dense_forward,
    "backward_data": dense_backward_data,
    "backward_weight": dense_backward_weight,
}
BUILDERS: dict[str, Callable[[Case, Lists], Run]] = {
    "conv": lambda case, a: partial(getattr(Conv(case), case.pass_), a),
    "dense": lambda case, a: partial(DENSE[case.pass_], a),
    "max_pool": lambda case, a: partial(getattr(MaxPool(case), case.pass_), a),
    "batchnorm": batchnorm,
    "relu": relu,
    "softmax_cross_entropy": lambda _case, a: partial(softmax_cross_entropy, a),
    "sgd": lambda _case, a: partial(sgd, a),
}


def build(case: Case, variant: str = "") -> Run:
    """Prepare the case; each call of what is returned computes it once."""
    return BUILDERS[case.op](case, {name: a.tolist() for name, a in inputs(case).items()})
