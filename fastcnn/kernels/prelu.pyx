"""Rectified linear units with a slope for each channel (PReLU; He et al., 2015)."""

from libc.string cimport memcpy

from fastcnn.kernels cimport isa
from fastcnn.kernels.rows cimport Rows


cdef class PRelu(Rows):
    """What the passes share: wide rows in chunks, and the slopes, for all folded rows."""

    cdef const float *slope
    cdef bint stream

    cdef const float *slopes(self, char *own) noexcept nogil:
        """slope[width]."""
        cdef float *wide = <float *> own
        memcpy(wide, self.slope, self.c * sizeof(float))
        self.repeat(0, self.c, wide)
        return wide


cdef class PReluForward(PRelu):
    """y = x where x >= 0, else slope * x; x and y [rows, c], slope [c]."""

    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, s, x, slope, y):
        self.x = self.source(x, (s.rows, s.c))
        self.slope = self.source(slope, (s.c,))
        self.y = self.target(y, (s.rows, s.c))
        self.cut(s.rows, s.c)
        self.stream = self.streams(self.y, s.rows * s.c, 2)
        self.tasks[0] = self.chunks
        self.own_bytes = self.width * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # A chunk of wide rows.
        cdef ptrdiff_t row = self.first(index), at = row * self.width
        isa.K.prelu_forward(self.first(index + 1) - row, self.width, self.x + at, self.slopes(own),
                            self.y + at, self.stream)


cdef class PReluBackward(PRelu):
    """dx = dy where x > 0, else slope * dy; dslope = the sum of dy * x over all x <= 0 of a channel."""

    cdef const float *dy
    cdef const float *x
    cdef float *dx
    cdef float *dslope

    writes = ("dx", "dslope")

    def __init__(self, s, dy, x, slope, dx, dslope):
        self.dy = self.source(dy, (s.rows, s.c))
        self.x = self.source(x, (s.rows, s.c))
        self.slope = self.source(slope, (s.c,))
        self.dx = self.target(dx, (s.rows, s.c))
        self.dslope = self.target(dslope, (s.c,))
        self.cut(s.rows, s.c)
        self.stream = self.streams(self.dx, s.rows * s.c, 3)
        self.phases = 2
        self.tasks[0] = self.chunks
        self.tasks[1] = self.merges()
        self.shared_bytes = self.width * (sizeof(double) + self.chunks * sizeof(float))
        self.own_bytes = self.width * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef double *totals = <double *> shared                 # [width]
        cdef float *sums = <float *> (totals + self.width)      # [chunks, width]
        cdef ptrdiff_t row, at, j
        if phase == 0:
            # A chunk of wide rows.
            row = self.first(index)
            at = row * self.width
            isa.K.prelu_backward(self.first(index + 1) - row, self.width, self.dy + at, self.x + at,
                                 self.slopes(own), self.dx + at, sums + index * self.width, self.stream)
        else:
            # A block of channels.
            self.add_up(self.channel(index), self.channel(index + 1), 1, sums, totals)
            for j in range(self.channel(index), self.channel(index + 1)):
                self.dslope[j] = totals[j]
