"""Convolutions with few output channels: neighbouring output pixels become channels.

Six output channels leave ten of sixteen lanes idle. `q` pixels of a row with oc channels each are q * oc
floats in a row: the same memory is the output of a convolution with q * oc channels, a stride of q * sw,
and filters of kw + (q - 1) * sw columns that hold each filter q times, shifted, with zeros around it. A few
multiplications by zero are the price for lanes that are all at work; a NaN or infinity times zero is NaN,
so in the forward pass it reaches the pixels beside its own.
"""

from libc.string cimport memset

from fastcnn.kernels.conv cimport ConvForward
from fastcnn.kernels.conv_backward_weight cimport ConvBackwardWeight
from fastcnn.kernels.kernels cimport FC_PANEL, fc_epilogue

from dataclasses import replace
from math import prod

import numpy as np

from fastcnn.kernels import memory, packing

# So many multiply-adds must be under way at a time to hide their latency. A tile of backward-weight has
# one row for each tap and channel of a kernel row, a tile of the forward pass as many as it likes.
LATENCY = 10


def pixels(s, under_way=1):
    """How many pixels take the least time, in vector multiply-adds, for sizes `s`; 1 if none is better."""
    def cost(q):
        return max((s.kw + (q - 1) * s.sw) * s.ic * -(-q * s.oc // 16), under_way) / q

    if s.groups > 1 or s.dw > 1:
        return 1
    return min((q for q in range(1, FC_PANEL // s.oc + 1) if s.ow % q == 0), key=cost, default=1)


def widened(s, q):
    """The sizes with `q` output pixels as channels."""
    return replace(s, ow=s.ow // q, oc=q * s.oc, kw=s.kw + (q - 1) * s.sw, sw=q * s.sw)


def _weights(s):
    """Packed weights, undefined."""
    shape = packing.packed_shape(s.w_shape)
    return memory.empty(4 * prod(shape)).view(np.float32).reshape(shape)


cdef class ConvForwardWide(ConvForward):
    """ConvForward, several pixels at a time. First phase: the shifted filters."""

    cdef const float *narrow
    cdef fc_epilogue narrow_end
    cdef float *wide
    cdef float *wide_scale
    cdef float *wide_bias
    cdef ptrdiff_t q, rows, run, step, channels     # kernel rows; floats of one, shifted by `step`

    def __init__(self, s, x, w, b, y, scale=None, residual=None, clamp=None):
        self.q = pixels(s)
        wide_s = widened(s, self.q)
        wide = _weights(wide_s)
        wide_b = None if b is None else np.empty(wide_s.oc, dtype=np.float32)
        wide_scale = None if scale is None else np.empty(wide_s.oc, dtype=np.float32)
        wide_residual = None if residual is None else residual.reshape(wide_s.y_shape)
        ConvForward.__init__(self, wide_s, x, wide, wide_b, y.reshape(wide_s.y_shape), wide_scale,
                             wide_residual, clamp)
        self.narrow_end = self.epilogue(s.y_shape, b, scale, None, None)
        self.narrow = self.source(w, packing.packed_shape(s.w_shape))
        self.wide = self.target(wide, wide.shape)
        if b is not None:
            self.wide_bias = self.target(wide_b, (wide_s.oc,))
        if scale is not None:
            self.wide_scale = self.target(wide_scale, (wide_s.oc,))
        self.rows, self.channels = s.kh, s.oc
        self.run, self.step = s.kw * s.ic, s.sw * s.ic
        self.phases = 2
        self.tasks[1] = self.tasks[0]
        self.tasks[0] = 1

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        if phase == 0:
            # All of the shifted filters.
            self.widen()
        else:
            ConvForward.task(self, phase, index, shared, own)

    cdef void widen(self) noexcept nogil:
        """wide[kh, (kw + (q - 1) * sw) * ic, 32] from narrow[kh, kw * ic, 32]; scale and bias."""
        cdef ptrdiff_t length = self.run + (self.q - 1) * self.step, row, p, t, o
        cdef const float *narrow
        cdef float *wide
        memset(self.wide, 0, self.rows * length * FC_PANEL * sizeof(float))
        for row in range(self.rows):
            for p in range(self.q):
                narrow = self.narrow + row * self.run * FC_PANEL
                wide = self.wide + (row * length + p * self.step) * FC_PANEL + p * self.channels
                for t in range(self.run):
                    for o in range(self.channels):
                        wide[t * FC_PANEL + o] = narrow[t * FC_PANEL + o]
        for o in range(self.q * self.channels):
            if self.narrow_end.bias != NULL:
                self.wide_bias[o] = self.narrow_end.bias[o % self.channels]
            if self.narrow_end.scale != NULL:
                self.wide_scale[o] = self.narrow_end.scale[o % self.channels]


cdef class ConvBackwardWeightWide(ConvBackwardWeight):
    """Packed dw and db (or None) from dy and x. Last phase: the sum of the shifted gradients."""

    cdef const float *wide
    cdef const float *wide_db
    cdef float *narrow
    cdef float *narrow_db
    cdef ptrdiff_t q, filter_rows, run, step, channels

    def __init__(self, s, dy, x, dw, db):
        self.q = pixels(s, LATENCY)
        wide_s = widened(s, self.q)
        wide = _weights(wide_s)
        wide_db = None if db is None else np.empty(wide_s.oc, dtype=np.float32)
        ConvBackwardWeight.__init__(self, wide_s, dy.reshape(wide_s.y_shape), x, wide, wide_db)
        self.wide = self.source(wide, wide.shape)
        self.narrow = self.target(dw, packing.packed_shape(s.w_shape))
        if db is not None:
            self.wide_db = self.source(wide_db, wide_db.shape)
            self.narrow_db = self.target(db, (s.oc,))
        self.filter_rows, self.channels = s.kh, s.oc
        self.run, self.step = s.kw * s.ic, s.sw * s.ic
        self.phases = 3
        self.tasks[2] = 1

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        if phase == 2:
            # All of dw and db.
            self.narrow_down()
        else:
            ConvBackwardWeight.task(self, phase, index, shared, own)

    cdef void narrow_down(self) noexcept nogil:
        """narrow[kh, kw * ic, 32] from wide[kh, (kw + (q - 1) * sw) * ic, 32], and db."""
        cdef ptrdiff_t length = self.run + (self.q - 1) * self.step, row, p, t, o
        cdef const float *wide
        cdef float *narrow
        for row in range(self.filter_rows):
            narrow = self.narrow + row * self.run * FC_PANEL
            for t in range(self.run):
                for o in range(self.channels):
                    narrow[t * FC_PANEL + o] = 0
            for p in range(self.q):
                wide = self.wide + (row * length + p * self.step) * FC_PANEL + p * self.channels
                for t in range(self.run):
                    for o in range(self.channels):
                        narrow[t * FC_PANEL + o] += wide[t * FC_PANEL + o]
        if self.narrow_db != NULL:
            for o in range(self.channels):
                self.narrow_db[o] = 0
                for p in range(self.q):
                    self.narrow_db[o] += self.wide_db[p * self.channels + o]
