"""Elementwise non-linearities: what they are is said in src/activation.h alone."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport Elementwise, streams
from fastcnn.kernels.kernels cimport FC_ACTIVATIONS

# From which of x and y a function's backward pass is made, by the name of the function.
READS = {isa.K.activation[i].name.decode(): isa.K.activation[i].reads.decode()
         for i in range(FC_ACTIVATIONS)}


cdef class Activation(Elementwise):
    """What both passes share: `function` is a key of READS, `settings` are its two numbers."""

    cdef int function
    cdef float p, q

    cdef int choose(self, str function, settings) except -1:
        self.function = list(READS).index(function)
        self.p, self.q = settings
        return 0


cdef class ActivationForward(Activation):
    """y = f(x)."""

    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, str function, settings, x, y):
        self.choose(function, settings)
        self.x = self.source(x, x.shape)
        self.y = self.target(y, x.shape)
        self.cut(x.size)
        self.stream = streams(self.y, self.n, 2)

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        isa.K.activation[self.function].forward(n, self.p, self.q, self.x + at, self.y + at, self.stream)


cdef class ActivationBackward(Activation):
    """dx = dy * f'(x), with f' from x or y: `kept` is what READS says.

    dy and `kept` may be some channels of wider tensors.
    """

    cdef const float *dy
    cdef const float *kept
    cdef float *dx
    cdef ptrdiff_t c, lddy, ldkept      # of a row; from one row to the next

    writes = ("dx",)

    def __init__(self, str function, settings, dy, kept, dx):
        self.choose(function, settings)
        self.dy = <const float *> self.slices(dy, "input", kept.shape, False, &self.lddy)
        self.kept = <const float *> self.slices(kept, "input", kept.shape, False, &self.ldkept)
        self.dx = self.target(dx, kept.shape)
        self.cut(kept.size)
        self.c = kept.shape[kept.ndim - 1]
        if self.lddy == self.ldkept == self.c:  # all rows are one
            self.c = self.n
        self.stream = streams(self.dx, self.n, 3) and self.c == self.n

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        cdef ptrdiff_t end = at + n, row, column
        while at < end:
            row, column = at // self.c, at % self.c
            n = min(self.c - column, end - at)
            isa.K.activation[self.function].backward(
                n, self.p, self.q, self.dy + row * self.lddy + column,
                self.kept + row * self.ldkept + column, self.dx + at, self.stream)
            at += n
