"""Parameter updates: one pass over flat arrays; the norm of gradients, and running means.

`settings` is a float64 array that is read at each run, so that a schedule can change the learning
rate without planning anew. Its first two numbers are those of every optimizer: the learning rate,
and a factor of the gradient.
"""

from libc.math cimport sqrt
from libc.stdint cimport int64_t

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport fc_adam_settings, fc_rmsprop_settings, fc_sgd_settings
from fastcnn.kernels.elementwise cimport Elementwise

import numpy as np


cdef class Spans(Elementwise):
    """What runs over spans of parameters, each with factors of its own.

    ends int64 [spans] tells where each span ends, the last one with the array; factors float64
    [spans, 2] multiply the learning rate and the weight decay there. A span whose learning rate is
    multiplied by 0 is left out. By default all is one span, with factors 1.
    """

    cdef const int64_t *ends
    cdef const double *factors
    cdef ptrdiff_t spans

    cdef int divide(self, ptrdiff_t n, ends, factors) except -1:
        self.cut(n)
        if ends is None:
            ends, factors = np.array([n]), np.ones((1, 2))
        self.spans = len(ends)
        self.ends = <const int64_t *> self.memory(ends, "ends", "l", (self.spans,), False)
        self.factors = <const double *> self.memory(factors, "factors", "d", (self.spans, 2), False)
        if self.ends[self.spans - 1] != n or (np.diff(ends, prepend=0) <= 0).any():
            raise ValueError(f"{type(self).__name__}: ends must rise to {n}: got {ends}")
        return 0

    cdef ptrdiff_t span_at(self, ptrdiff_t at) noexcept nogil:
        """The span that has the element `at`."""
        cdef ptrdiff_t low = 0, high = self.spans - 1, middle
        while low < high:
            middle = (low + high) // 2
            if self.ends[middle] <= at:
                low = middle + 1
            else:
                high = middle
        return low

    cdef double walk(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        """The sum of what `part` gives for the parts of spans in n elements."""
        cdef ptrdiff_t stop = at + n, span = self.span_at(at), end
        cdef const double *factor
        cdef double total = 0
        while at < stop:
            end, factor = min(stop, self.ends[span]), self.factors + 2 * span
            if factor[0] != 0:
                total += self.part(at, end - at, factor[0], factor[1])
            at, span = end, span + 1
        return total

    cdef double part(self, ptrdiff_t at, ptrdiff_t n, double rate, double decay) noexcept nogil:
        """Compute n elements of one span with these factors."""
        return 0


cdef class Norm(Spans):
    """norm[0] = the Euclidean norm of x, float64; runs are summed up in their order."""

    cdef const float *x
    cdef double *norm

    writes = ("norm",)

    def __init__(self, x, norm, ends=None, factors=None):
        self.divide(x.size, ends, factors)
        self.x = self.source(x, (self.n,))
        self.norm = <double *> self.memory(norm, "norm", "d", (1,), True)
        self.phases = 2
        self.tasks[1] = 1
        self.shared_bytes = self.tasks[0] * sizeof(double)

    cdef double part(self, ptrdiff_t at, ptrdiff_t n, double rate, double decay) noexcept nogil:
        return isa.K.sum_of_squares(n, self.x + at)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef double *sums = <double *> shared   # [tasks]
        cdef double total = 0
        cdef ptrdiff_t at
        if phase == 0:
            # A run of elements.
            at = self.first(index)
            sums[index] = self.walk(at, self.first(index + 1) - at)
        else:
            # The sum of all.
            for at in range(self.tasks[0]):
                total += sums[at]
            self.norm[0] = sqrt(total)


cdef class Lerp(Elementwise):
    """start += weight[0] * (end - start); weight float64 [1] is read at each run."""

    cdef const double *weight
    cdef const float *end
    cdef float *start

    writes = ("start",)

    def __init__(self, weight, end, start):
        self.cut(start.size)
        self.weight = <const double *> self.memory(weight, "weight", "d", (1,), False)
        self.end = self.source(end, (self.n,))
        self.start = self.target(start, (self.n,))

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        isa.K.lerp(n, self.weight[0], self.end + at, self.start + at)


cdef class Update(Spans):
    """A step of an optimizer. Where a span is left out, its state stays as it is too."""

    cdef const double *settings
    cdef const float *dw
    cdef float *w

    cdef int take(self, settings, ptrdiff_t count, dw, w, ends, factors) except -1:
        """What all optimizers have; `count` is the number of settings."""
        self.divide(w.size, ends, factors)
        self.settings = <const double *> self.memory(settings, "settings", "d", (count,), False)
        self.dw = self.source(dw, (self.n,))
        self.w = self.target(w, (self.n,))
        return 0

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        self.walk(at, n)

    cdef double part(self, ptrdiff_t at, ptrdiff_t n, double rate, double decay) noexcept nogil:
        self.step(at, n, rate * self.settings[0], decay)
        return 0

    cdef void step(self, ptrdiff_t at, ptrdiff_t n, double lr, double decay) noexcept nogil:
        """Update n elements, at this learning rate and with this factor of the weight decay."""
        pass


cdef class Sgd(Update):
    """settings: lr, scale, momentum, weight_decay, nesterov (0 or 1); state v."""

    cdef float *v

    writes = ("w", "v")

    def __init__(self, settings, dw, w, v, ends=None, factors=None):
        self.take(settings, 5, dw, w, ends, factors)
        self.v = self.target(v, (self.n,))

    cdef void step(self, ptrdiff_t at, ptrdiff_t n, double lr, double decay) noexcept nogil:
        cdef const double *s = self.settings
        cdef fc_sgd_settings own = fc_sgd_settings(
            lr=lr, scale=s[1], momentum=s[2], weight_decay=s[3] * decay, nesterov=s[4] != 0)
        isa.K.sgd(n, &own, self.dw + at, self.w + at, self.v + at)


cdef class Adam(Update):
    """settings: lr, scale, beta1, beta2, eps, weight_decay, decoupled (0 or 1), beta1^t, beta2^t;
    state m, v."""

    cdef float *m
    cdef float *v

    writes = ("w", "m", "v")

    def __init__(self, settings, dw, w, m, v, ends=None, factors=None):
        self.take(settings, 9, dw, w, ends, factors)
        self.m = self.target(m, (self.n,))
        self.v = self.target(v, (self.n,))

    cdef void step(self, ptrdiff_t at, ptrdiff_t n, double lr, double decay) noexcept nogil:
        cdef const double *s = self.settings
        cdef bint decoupled = s[6] != 0
        cdef double weight_decay = s[5] * decay
        cdef fc_adam_settings own = fc_adam_settings(
            rate=lr / (1 - s[7]), scale=s[1], correction=1 / sqrt(1 - s[8]), beta1=s[2], rest1=1 - s[2],
            beta2=s[3], rest2=1 - s[3], eps=s[4], weight_decay=0 if decoupled else weight_decay,
            shrink=lr * weight_decay if decoupled else 0)
        isa.K.adam(n, &own, self.dw + at, self.w + at, self.m + at, self.v + at)


cdef class RmsProp(Update):
    """settings: lr, scale, alpha, eps, momentum, weight_decay; state m, v."""

    cdef float *m
    cdef float *v

    writes = ("w", "m", "v")

    def __init__(self, settings, dw, w, m, v, ends=None, factors=None):
        self.take(settings, 6, dw, w, ends, factors)
        self.m = self.target(m, (self.n,))
        self.v = self.target(v, (self.n,))

    cdef void step(self, ptrdiff_t at, ptrdiff_t n, double lr, double decay) noexcept nogil:
        cdef const double *s = self.settings
        cdef fc_rmsprop_settings own = fc_rmsprop_settings(
            lr=lr, scale=s[1], alpha=s[2], rest=1 - s[2], eps=s[3], momentum=s[4],
            weight_decay=s[5] * decay)
        isa.K.rmsprop(n, &own, self.dw + at, self.w + at, self.m + at, self.v + at)
