"""Padding, cropping, interpolation and adaptive averages in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from baselines import Arrays
from measure import Case

Run = Callable[[], tuple]

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def matrix(case: Case, size: int) -> np.ndarray:
    """What an axis of so many pixels is multiplied by: float32 [outputs, size]."""
    options, one = case.options, np.eye(size, dtype=np.float32)
    if case.op == "pad":
        amount = options["amounts"]
        mode = MODES[options.get("mode", "constant")]
        return np.pad(one, ((amount, amount), (0, 0)), mode)  # type: ignore[call-overload]
    if case.op == "crop":
        return one[options["amounts"] : size - options["amounts"]]
    if case.op == "upsample":
        factor = options["factor"]
        if options.get("mode") != "bilinear":
            return one.repeat(factor, axis=0)
        places = (np.arange(size * factor) + 0.5) / factor - 0.5
        columns = [np.interp(places, np.arange(size), column) for column in one]
        return np.stack(columns, axis=1).astype(np.float32)
    outputs = options["output_size"]
    o, i = np.arange(outputs)[:, None], np.arange(size)
    inside = (o * size // outputs <= i) & (i < -(-(o + 1) * size // outputs))
    return (inside / inside.sum(axis=1, keepdims=True)).astype(np.float32)


def build(case: Case, a: Arrays) -> Run:
    """Slices and copies where they do, else a matrix product for each axis."""
    x, dy, options = a["x"], a["dy"], case.options
    forward = case.pass_ == "forward"
    if case.op == "pad" and forward:
        around = ((0, 0), *[(options["amounts"],) * 2] * 2, (0, 0))
        mode = MODES[options.get("mode", "constant")]
        return lambda: (np.pad(x, around, mode),)  # type: ignore[call-overload]
    if case.op == "crop":
        inner = slice(options["amounts"], -options["amounts"])
        around = ((0, 0), *[(options["amounts"],) * 2] * 2, (0, 0))
        return lambda: (x[:, inner, inner].copy() if forward else np.pad(dy, around),)
    rows, columns = (matrix(case, size) for size in x.shape[1:3])
    if not forward:
        x, rows, columns = dy, rows.T, columns.T
    n, h, w, c = x.shape

    def product() -> tuple:
        lines = (rows @ x.reshape(n, h, w * c)).reshape(-1, w, c)
        return ((columns @ lines).reshape(n, len(rows), len(columns), c),)

    return product
