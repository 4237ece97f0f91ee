"""Weights in the order in which the micro-kernels read them: panels of 32 output channels.

``w[kh, kw, ic / groups, oc]`` (HWIO) is stored as
``packed[groups, panels, kh, kw, ic / groups, 32]``; the lanes that fill up the last panel are 0 and
stay 0.
"""

from __future__ import annotations

import numpy as np

#: Output channels of a panel; FC_PANEL in src/kernels.h.
PANEL = 32


def packed_shape(w_shape: tuple[int, ...], groups: int = 1) -> tuple[int, ...]:
    """Shape of the packed form of w[kh, kw, ic / groups, oc]."""
    kh, kw, ic, oc = w_shape
    return groups, -(-(oc // groups) // PANEL), kh, kw, ic, PANEL


def pack(w: np.ndarray, groups: int = 1) -> np.ndarray:
    """Packed copy of w[kh, kw, ic / groups, oc].

    Examples
    --------
    >>> pack(np.ones((3, 3, 8, 40))).shape
    (1, 2, 3, 3, 8, 32)
    """
    kh, kw, ic, oc = w.shape
    groups, panels, *_ = packed_shape(w.shape, groups)
    padded = np.zeros((kh, kw, ic, groups, panels * PANEL), dtype=np.float32)
    padded[..., : oc // groups] = w.reshape(kh, kw, ic, groups, oc // groups)
    lanes = padded.reshape(kh, kw, ic, groups, panels, PANEL)
    return np.ascontiguousarray(lanes.transpose(3, 4, 0, 1, 2, 5))


def unpack(packed: np.ndarray, oc: int) -> np.ndarray:
    """w[kh, kw, ic / groups, oc] from its packed form."""
    groups, panels, kh, kw, ic, _ = packed.shape
    padded = packed.transpose(2, 3, 4, 0, 1, 5).reshape(kh, kw, ic, groups, panels * PANEL)
    return padded[..., : oc // groups].reshape(kh, kw, ic, oc)
