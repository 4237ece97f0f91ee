"""Parameter updates: one pass over flat arrays.

`settings` is a float64 array that is read at each run, so that a schedule can change the learning
rate without planning anew.
"""

from libc.math cimport sqrt

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport fc_adam_settings
from fastcnn.kernels.elementwise cimport Elementwise


cdef class Sgd(Elementwise):
    """settings: lr, momentum, weight_decay, nesterov (0 or 1); state v."""

    cdef const double *settings
    cdef const float *dw
    cdef float *w
    cdef float *v

    writes = ("w", "v")

    def __init__(self, settings, dw, w, v):
        self.cut(w.size)
        self.settings = <const double *> self.memory(settings, "settings", "d", (4,), False)
        self.dw = self.source(dw, (self.n,))
        self.w = self.target(w, (self.n,))
        self.v = self.target(v, (self.n,))

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        cdef const double *s = self.settings
        isa.K.sgd(n, s[0], s[1], s[2], s[3] != 0, self.dw + at, self.w + at, self.v + at)


cdef class Adam(Elementwise):
    """settings: lr, beta1, beta2, eps, weight_decay, beta1^t, beta2^t; state m, v."""

    cdef const double *settings
    cdef const float *dw
    cdef float *w
    cdef float *m
    cdef float *v

    writes = ("w", "m", "v")

    def __init__(self, settings, dw, w, m, v):
        self.cut(w.size)
        self.settings = <const double *> self.memory(settings, "settings", "d", (7,), False)
        self.dw = self.source(dw, (self.n,))
        self.w = self.target(w, (self.n,))
        self.m = self.target(m, (self.n,))
        self.v = self.target(v, (self.n,))

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        cdef const double *s = self.settings
        cdef fc_adam_settings step = fc_adam_settings(
            rate=s[0] / (1 - s[5]), correction=1 / sqrt(1 - s[6]), beta1=s[1], rest1=1 - s[1], beta2=s[2],
            rest2=1 - s[2], eps=s[3], weight_decay=s[4])
        isa.K.adam(n, &step, self.dw + at, self.w + at, self.m + at, self.v + at)
