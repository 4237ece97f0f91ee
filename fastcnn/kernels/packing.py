"""Weights in the order in which the micro-kernels read them: panels of 32 output channels.

``w[kh, kw, ic / groups, oc]`` (HWIO) is stored as
``packed[groups, panels, kh, kw, ic / groups, 32]``; the lanes that fill up the last panel are 0 and
stay 0. Depthwise filters, of one input channel in each group, have no panels: their lanes are the
output channels, so they are stored as they are.
"""

from __future__ import annotations

import numpy as np

#: Output channels of a panel; FC_PANEL in src/kernels.h.
PANEL = 32


def filters(w: np.ndarray, flip: bool = False) -> np.ndarray:
    """Those of a 2-D convolution, w[kh, kw, kd * ic, oc], which computes one of 1, 2 or 3 axes.

    Examples
    --------
    >>> [filters(np.ones(shape)).shape for shape in [(3, 8, 40), (2, 3, 8, 40), (2, 3, 3, 8, 40)]]
    [(1, 3, 8, 40), (2, 3, 8, 40), (3, 3, 16, 40)]
    """
    if flip:
        w = np.flip(w, axis=tuple(range(w.ndim - 2)))
    if w.ndim < 5:
        return w[(None,) * (4 - w.ndim)]
    kd, kh, kw, ic, oc = w.shape
    return w.transpose(1, 2, 0, 3, 4).reshape(kh, kw, kd * ic, oc)


def unfiltered(w: np.ndarray, shape: tuple[int, ...], flip: bool = False) -> np.ndarray:
    """What `filters` made w[kh, kw, kd * ic, oc] of: weights of this shape."""
    if len(shape) < 5:
        w = w.reshape(shape)
    else:
        kd, kh, kw, ic, oc = shape
        w = w.reshape(kh, kw, kd, ic, oc).transpose(2, 0, 1, 3, 4)
    return np.flip(w, axis=tuple(range(w.ndim - 2))) if flip else w


def is_depthwise(w_shape: tuple[int, ...], groups: int) -> bool:
    """Whether each of several input channels sees itself alone."""
    return w_shape[2] == 1 and groups > 1


def panels_shape(w_shape: tuple[int, ...], groups: int = 1) -> tuple[int, ...]:
    """Shape of w[kh, kw, ic / groups, oc] in panels."""
    kh, kw, ic, oc = w_shape
    return groups, -(-(oc // groups) // PANEL), kh, kw, ic, PANEL


def packed_shape(w_shape: tuple[int, ...], groups: int = 1) -> tuple[int, ...]:
    """Shape of the packed form of w[kh, kw, ic / groups, oc]."""
    return w_shape if is_depthwise(w_shape, groups) else panels_shape(w_shape, groups)


def pack(w: np.ndarray, groups: int = 1) -> np.ndarray:
    """Packed copy of w[kh, kw, ic / groups, oc].

    Examples
    --------
    >>> pack(np.ones((3, 3, 8, 40))).shape
    (1, 2, 3, 3, 8, 32)
    """
    if is_depthwise(w.shape, groups):
        return np.array(w, dtype=np.float32, order="C")
    kh, kw, ic, oc = w.shape
    groups, panels, *_ = panels_shape(w.shape, groups)
    filters = w.reshape(kh, kw, ic, groups, oc // groups)
    if missing := -(oc // groups) % PANEL:
        filters = np.pad(filters, [(0, 0)] * 4 + [(0, missing)])
    lanes = filters.reshape(kh, kw, ic, groups, panels, PANEL)
    return np.array(lanes.transpose(3, 4, 0, 1, 2, 5), dtype=np.float32, order="C")


def unpack(packed: np.ndarray, oc: int) -> np.ndarray:
    """w[kh, kw, ic / groups, oc] from its packed form."""
    if packed.ndim == 4:
        return packed
    groups, panels, kh, kw, ic, _ = packed.shape
    padded = packed.transpose(2, 3, 4, 0, 1, 5).reshape(kh, kw, ic, groups, panels * PANEL)
    return padded[..., : oc // groups].reshape(kh, kw, ic, oc)
