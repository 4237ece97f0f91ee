"""What convolutions of all kinds share: from checked sizes to the operations that run."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.functional.run import empty, run
from fastcnn.kernels import choice, gate, packing
from fastcnn.kernels.bias import BiasBackward, BiasForward
from fastcnn.kernels.frames import FramesBackward, FramesForward
from fastcnn.kernels.gate import Convolution
from fastcnn.kernels.op import Op

Gradients = tuple[np.ndarray, np.ndarray, np.ndarray]


def convolve(
    axes: int, x: ArrayLike, w: ArrayLike, b: ArrayLike | None, flip: bool, *how: Any
) -> np.ndarray:
    """y[n, ..., oc] of x[n, ..., ic] and w[..., ic / groups, oc]; `how` as the gate takes it."""
    x, w = gate.floats(x, "x", axes + 2), gate.floats(w, "w", axes + 2)
    s = gate.convolution(x.shape, w.shape, *how)
    b = _bias(b, s.plane.oc)
    y = empty(s.y_shape)
    packed = packing.pack(packing.filters(w, flip), s.plane.groups)
    before, images = side_by_side(s, x, _empty)
    forward = choice.conv_forward(s.plane).kernel
    run(*before, forward(s.plane, images, packed, b, y.reshape(s.plane.y_shape)))
    return y


def convolve_backward(
    axes: int, dy: ArrayLike, x: ArrayLike, w: ArrayLike, flip: bool, *how: Any
) -> Gradients:
    """dx, dw and db of `convolve`."""
    x, w = gate.floats(x, "x", axes + 2), gate.floats(w, "w", axes + 2)
    s = gate.convolution(x.shape, w.shape, *how)
    dy = gate.match(dy, "dy", s.y_shape).reshape(s.plane.y_shape)
    packed = packing.pack(packing.filters(w, flip), s.plane.groups)
    dx, dw, db = empty(s.x_shape), np.zeros_like(packed), empty((s.plane.oc,))
    before, images = side_by_side(s, x, _empty)
    after, dimages = added_up(s, dx, _empty)
    backward_data = choice.conv_backward_data(s.plane).kernel
    backward_weight = choice.conv_backward_weight(s.plane).kernel
    run(*before, backward_weight(s.plane, dy, images, dw, db))
    run(backward_data(s.plane, dy, packed, dimages), *after)
    return dx, _filters(s, dw, flip), db


def convolve_transpose(
    axes: int, x: ArrayLike, w: ArrayLike, b: ArrayLike | None, flip: bool, *how: Any
) -> np.ndarray:
    """y[n, ..., oc] of x[n, ..., ic] and w[..., oc / groups, ic]: what the convolution with these
    filters, from y to x, would send back."""
    x, w = gate.floats(x, "x", axes + 2), gate.floats(w, "w", axes + 2)
    s = gate.conv_transpose(x.shape, w.shape, *how)
    b = _bias(b, s.x_shape[-1])
    y = empty(s.x_shape)
    packed = packing.pack(packing.filters(w, flip), s.plane.groups)
    after, images = added_up(s, y, _empty)
    backward_data = choice.conv_backward_data(s.plane).kernel
    run(backward_data(s.plane, x.reshape(s.plane.y_shape), packed, images), *after)
    if b is not None:
        run(BiasForward(b, y.reshape(-1, len(b))))
    return y


def convolve_transpose_backward(
    axes: int, dy: ArrayLike, x: ArrayLike, w: ArrayLike, flip: bool, *how: Any
) -> Gradients:
    """dx, dw and db of `convolve_transpose`."""
    x, w = gate.floats(x, "x", axes + 2), gate.floats(w, "w", axes + 2)
    s = gate.conv_transpose(x.shape, w.shape, *how)
    dy = gate.match(dy, "dy", s.x_shape)
    packed = packing.pack(packing.filters(w, flip), s.plane.groups)
    dx, dw, db = empty(s.y_shape), np.zeros_like(packed), empty((s.x_shape[-1],))
    before, images = side_by_side(s, dy, _empty)
    forward = choice.conv_forward(s.plane).kernel
    backward_weight = choice.conv_backward_weight(s.plane).kernel
    run(
        *before,
        forward(s.plane, images, packed, None, dx.reshape(s.plane.y_shape)),
        backward_weight(s.plane, x.reshape(s.plane.y_shape), images, dw, None),
        BiasBackward(dy.reshape(-1, len(db)), db),
    )
    return dx, _filters(s, dw, flip), db


def _empty(*shape: int) -> np.ndarray:
    return empty(shape)


def _bias(b: ArrayLike | None, oc: int) -> np.ndarray | None:
    return None if b is None else gate.match(b, "b", (oc,))


def side_by_side(
    s: Convolution, x: np.ndarray, empty: Callable[..., np.ndarray]
) -> tuple[list[Op], np.ndarray]:
    """What makes the images of the 2-D convolution of x, and these."""
    if s.frames is None:
        return [], x.reshape(s.plane.x_shape)
    images = empty(*s.plane.x_shape)
    frames, laid = x.reshape(s.frames.x_shape), images.reshape(s.frames.y_shape)
    return [FramesForward(s.frames, frames, laid)], images


def added_up(
    s: Convolution, dx: np.ndarray, empty: Callable[..., np.ndarray]
) -> tuple[list[Op], np.ndarray]:
    """What makes dx of what the 2-D convolution sends back to its images, and these."""
    if s.frames is None:
        return [], dx.reshape(s.plane.x_shape)
    images = empty(*s.plane.x_shape)
    laid, frames = images.reshape(s.frames.y_shape), dx.reshape(s.frames.x_shape)
    return [FramesBackward(s.frames, laid, frames)], images


def _filters(s: Convolution, dw: np.ndarray, flip: bool) -> np.ndarray:
    """Packed gradients as the caller's filters."""
    unpacked = packing.unpack(dw, s.plane.oc)
    return np.ascontiguousarray(packing.unfiltered(unpacked, s.w_shape, flip))
