"""Dropout; forward and backward are the same operation, asked with the same key."""

from libc.stdint cimport uint64_t

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport Elementwise, streams
from fastcnn.kernels.op cimport block_start, blocks, even_blocks
from fastcnn.kernels.rows cimport Rows

# Floats of a task: enough to pay for handing it out and for drawing the channels.
cdef ptrdiff_t TASK_FLOATS = 16384

# The numbers of a sample's channels begin at a multiple of this.
cdef ptrdiff_t LANES = 16


cdef class Dropout(Elementwise):
    """y = x / (1 - rate) where the hash of (key, position) says keep, else 0.

    `key` is a uint64 array of one element, read at each run, so that every training step draws anew.
    """

    cdef const float *x
    cdef float *y
    cdef const uint64_t *key
    cdef uint64_t threshold
    cdef float scale

    writes = ("y",)

    def __init__(self, double rate, key, x, y):
        self.x = self.source(x, x.shape)
        self.y = self.target(y, x.shape)
        self.key = <const uint64_t *> self.memory(key, "key", "L", (1,), False)
        self.threshold = int(rate * 2**32)
        self.scale = 1 / (1 - rate)
        self.cut(x.size)
        self.stream = streams(self.y, self.n, 2)

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        isa.K.dropout(n, at, self.key[0], self.threshold, self.scale, self.x + at, self.y + at, self.stream)


cdef class SpatialDropout(Rows):
    """y = x / (1 - rate) for the channels of x[n, pixels, c] that the hash of (key, sample * c +
    channel) keeps, else 0; with c rounded up to a multiple of 16."""

    cdef const float *x
    cdef float *y
    cdef const uint64_t *key
    cdef uint64_t threshold
    cdef float scale
    cdef ptrdiff_t lines                # of all samples: wide rows
    cdef bint stream

    writes = ("y",)

    def __init__(self, double rate, key, x, y):
        n, pixels, c = x.shape
        self.x = self.source(x, (n, pixels, c))
        self.y = self.target(y, (n, pixels, c))
        self.key = <const uint64_t *> self.memory(key, "key", "L", (1,), False)
        self.threshold = int(rate * 2**32)
        self.scale = 1 / (1 - rate)
        self.cut(pixels, c)
        self.lines = n * self.height
        self.stream = self.streams(self.y, x.size, 2)
        self.tasks[0] = min(self.lines, even_blocks(self.lines, max(1, TASK_FLOATS // self.width)))
        self.own_bytes = self.width * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *mask = <float *> own            # [width]
        cdef ptrdiff_t line = block_start(self.lines, self.tasks[0], index)
        cdef ptrdiff_t last = block_start(self.lines, self.tasks[0], index + 1), sample, end, at
        while line < last:
            # The wide rows of one sample.
            sample = line // self.height
            end = min(last, (sample + 1) * self.height)
            isa.K.dropout_mask(self.c, sample * blocks(self.c, LANES) * LANES, self.key[0], self.threshold,
                               mask)
            self.repeat(0, self.c, mask)
            at = line * self.width
            isa.K.spatial_dropout(end - line, self.width, mask, self.scale, self.x + at, self.y + at,
                                  self.stream)
            line = end
