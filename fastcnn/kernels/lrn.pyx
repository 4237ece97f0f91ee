"""Local response normalisation across channels (Krizhevsky, Sutskever & Hinton, 2012, section 3.3).

Nothing is kept for the backward pass: it takes the sums again, which is faster than to read them.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport streams
from fastcnn.kernels.kernels cimport fc_lrn
from fastcnn.kernels.op cimport Op, block_start, blocks, even_blocks

# Floats of a task: enough to pay for handing it out.
cdef ptrdiff_t TASK_FLOATS = 16384

# Squares that are taken at a stretch stay in the L1 cache, and are there before they are summed up.
cdef ptrdiff_t BLOCK_FLOATS = 2048

# Lines begin and end with whole vectors.
cdef ptrdiff_t LANES = 16


cdef class Lrn(Op):
    """What the passes share: x[pixels, c] in blocks of pixels, in scratch memory with zeros around."""

    cdef fc_lrn s
    cdef ptrdiff_t pixels, margin, lines
    cdef bint stream

    cdef int cut(self, s, double share, double beta, double k, const float *y, int arrays) except -1:
        self.pixels = s.pixels
        self.margin = blocks(max(s.before, s.after), LANES) * LANES
        self.s.c, self.s.before, self.s.after = s.c, s.before, s.after
        self.s.pitch = blocks(s.c, LANES) * LANES + self.margin
        self.s.block = max(1, BLOCK_FLOATS // self.s.pitch)
        self.s.share, self.s.beta, self.s.k = share, beta, k
        self.lines = self.margin + self.s.block * self.s.pitch
        self.tasks[0] = min(s.pixels, even_blocks(s.pixels, max(1, TASK_FLOATS // s.c)))
        self.stream = streams(y, s.pixels * s.c, arrays) and s.c % LANES == 0
        return 0

    cdef ptrdiff_t first(self, ptrdiff_t index) noexcept nogil:
        """The pixel that a task begins with."""
        return block_start(self.pixels, self.tasks[0], index)


cdef class LrnForward(Lrn):
    """y = x * (k + share * the sum of x^2 over the window of channels)^-beta."""

    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, s, double share, double beta, double k, x, y):
        self.x = self.source(x, (s.pixels, s.c))
        self.y = self.target(y, (s.pixels, s.c))
        self.cut(s, share, beta, k, self.y, 2)
        self.own_bytes = self.lines * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *lines = <float *> own + self.margin     # [block, pitch], zeros around
        cdef ptrdiff_t at = self.first(index) * self.s.c
        memset(own, 0, self.own_bytes)
        isa.K.lrn_forward(&self.s, self.first(index + 1) - self.first(index), self.x + at, lines,
                          self.y + at, self.stream)


cdef class LrnBackward(Lrn):
    """dx from dy and x; with s = k + share * the sum of x^2:
    dx = dy * s^-beta - 2 * beta * share * x * the sum of dy * x * s^(-beta - 1) over all whose window
    x is in."""

    cdef const float *dy
    cdef const float *x
    cdef float *dx

    writes = ("dx",)

    def __init__(self, s, double share, double beta, double k, dy, x, dx):
        self.dy = self.source(dy, (s.pixels, s.c))
        self.x = self.source(x, (s.pixels, s.c))
        self.dx = self.target(dx, (s.pixels, s.c))
        self.cut(s, share, beta, k, self.dx, 3)
        self.own_bytes = 3 * self.lines * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *lines = <float *> own + self.margin     # [3][block, pitch], zeros around
        cdef ptrdiff_t at = self.first(index) * self.s.c
        memset(own, 0, self.own_bytes)
        isa.K.lrn_backward(&self.s, self.first(index + 1) - self.first(index), self.dy + at, self.x + at,
                           lines, lines + self.lines, lines + 2 * self.lines, self.dx + at, self.stream)
