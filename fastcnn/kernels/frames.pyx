"""Frames side by side: a convolution of volumes as one of images.

An output frame of a 3-D convolution sees kd frames of x. Laid side by side as channels of one image they
are what a 2-D convolution with kd * ic channels takes, by any of its algorithms; where an output frame
sees padding there are zeros. Groups of channels are rows here: the frames of a group lie side by side.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.op cimport Op, block_start, blocks

# Floats that a task writes: enough to pay for handing it out; they stay in the L2 cache.
cdef ptrdiff_t RUN = 16384


cdef class Frames(Op):
    """What both directions share: x[n, d, rows, c], y[n, od, rows, kd, c]; tasks are blocks of rows."""

    cdef ptrdiff_t n, d, rows, c, od, kd, sd, dd, front
    cdef ptrdiff_t row_blocks

    cdef int cut(self, s, ptrdiff_t frames, ptrdiff_t floats) except -1:
        """A task writes some rows of one of n * frames frames, so many floats each."""
        self.n, self.d, self.rows, self.c, self.od, self.kd = s.n, s.d, s.rows, s.c, s.od, s.kd
        self.sd, self.dd, self.front = s.sd, s.dd, s.front
        self.row_blocks = min(self.rows, blocks(self.rows * floats, RUN))
        self.tasks[0] = self.n * frames * self.row_blocks
        return 0

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # A block of rows of one frame.
        cdef ptrdiff_t block = index % self.row_blocks
        cdef ptrdiff_t at = block_start(self.rows, self.row_blocks, block)
        self.fill(index // self.row_blocks, at, block_start(self.rows, self.row_blocks, block + 1) - at)

    cdef void fill(self, ptrdiff_t frame, ptrdiff_t at, ptrdiff_t rows) noexcept nogil:
        pass


cdef class FramesForward(Frames):
    """y[:, p, :, i] = x[:, p * sd + i * dd - front], 0 outside of x."""

    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, s, x, y):
        self.x = self.source(x, s.x_shape)
        self.y = self.target(y, s.y_shape)
        self.cut(s, s.od, s.kd * s.c)

    cdef void fill(self, ptrdiff_t frame, ptrdiff_t at, ptrdiff_t rows) noexcept nogil:
        cdef ptrdiff_t image = frame // self.od, first = frame % self.od * self.sd - self.front, i, f
        cdef float *y = self.y + (frame * self.rows + at) * self.kd * self.c
        cdef const float *x
        for i in range(self.kd):
            f, x = first + i * self.dd, NULL
            if 0 <= f < self.d:
                x = self.x + ((image * self.d + f) * self.rows + at) * self.c
            isa.K.frames_forward(rows, self.c, x, self.kd * self.c, y + i * self.c)


cdef class FramesBackward(Frames):
    """dx[:, f] = the sum of all dy[:, p, :, i] that saw it: f = p * sd + i * dd - front."""

    cdef const float *dy
    cdef float *dx

    writes = ("dx",)

    def __init__(self, s, dy, dx):
        self.dy = self.source(dy, s.y_shape)
        self.dx = self.target(dx, s.x_shape)
        self.cut(s, s.d, s.c)

    cdef void fill(self, ptrdiff_t frame, ptrdiff_t at, ptrdiff_t rows) noexcept nogil:
        cdef ptrdiff_t image = frame // self.d, first = frame % self.d + self.front, i, p
        cdef float *dx = self.dx + (frame * self.rows + at) * self.c
        cdef const float *dy
        cdef bint seen = False
        for i in range(self.kd):
            p = first - i * self.dd
            if p < 0 or p % self.sd or p // self.sd >= self.od:
                continue
            dy = self.dy + (((image * self.od + p // self.sd) * self.rows + at) * self.kd + i) * self.c
            isa.K.frames_backward(rows, self.c, dy, self.kd * self.c, seen, dx)
            seen = True
        if not seen:
            memset(dx, 0, rows * self.c * sizeof(float))
