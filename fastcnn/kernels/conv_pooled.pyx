"""Backward-weight of a convolution whose output was max-pooled: from the maxima alone.

All other outputs have a gradient of zero. So neither the gradient before the pooling is made, nor are the
products with its zeros: with a 2x2 pooling three of four. The lanes run over the taps of a kernel row and
their channels, kw * ic floats, since each output channel has its maximum elsewhere.
"""

from libc.stdlib cimport free, malloc
from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport FC_LINE, FC_PANEL, fc_pooled
from fastcnn.kernels.op cimport Op, block_start, blocks

from fastcnn.kernels import packing

# The rows of x under a block of pooled rows.
cdef ptrdiff_t STRIP_BYTES = 128 << 10
# Enough tasks to share evenly among the cores of a large machine.
cdef ptrdiff_t TASKS = 16


cdef class ConvBackwardWeightPooled(Op):
    """Packed dw and db (or None) from x, dy and index of the pooled output; one group, dilation 1."""

    cdef fc_pooled row
    cdef ptrdiff_t ih, iw, ic, oh, oc, kh, kw, sh, sw, top, left
    cdef ptrdiff_t pooled_rows, ph, psh, psw, ptop, pleft   # of the pooling
    cdef const float *x
    cdef const float *dy
    cdef const char *index
    cdef float *dw
    cdef float *db
    cdef ptrdiff_t *at                      # [taps of the pooling window] floats from its first pixel
    cdef ptrdiff_t width, row_blocks, strips, chunks, part_floats

    writes = ("dw", "db")

    def __init__(self, s, pooling, dy, index, x, dw, db):
        cdef ptrdiff_t r, q, rows
        cdef bint wide = pooling.index_type().itemsize == 2
        self.dy = self.source(dy, pooling.y_shape)
        self.index = <const char *> self.memory(index, "index", "H" if wide else "B", pooling.y_shape,
                                                False)
        self.x = self.source(x, s.x_shape)
        self.dw = self.target(dw, packing.packed_shape(s.w_shape))
        if db is not None:
            self.db = self.target(db, (s.oc,))
        self.ih, self.iw, self.ic, self.oh, self.oc = s.ih, s.iw, s.ic, s.oh, s.oc
        self.kh, self.kw, self.sh, self.sw, self.top, self.left = s.kh, s.kw, s.sh, s.sw, s.top, s.left
        self.pooled_rows, self.ph = pooling.oh, pooling.kh
        self.psh, self.psw, self.ptop, self.pleft = pooling.sh, pooling.sw, pooling.top, pooling.left
        self.width = (s.ow - 1) * s.sw + s.kw
        self.at = <ptrdiff_t *> malloc(pooling.kh * pooling.kw * sizeof(ptrdiff_t))
        if self.at == NULL:
            raise MemoryError("no memory for the plan of a convolution")
        for r in range(pooling.kh):
            for q in range(pooling.kw):
                self.at[r * pooling.kw + q] = (r * s.sh * self.width + q * s.sw) * s.ic
        self.row = fc_pooled(n=pooling.ow, c=s.oc, kh=s.kh, run=s.kw * s.ic, pitch=self.width * s.ic,
                             step=pooling.sw * s.sw * s.ic, ld=blocks(s.kw * s.ic, FC_LINE) * FC_LINE,
                             at=self.at, wide=wide)
        # Pooled rows whose windows see so much of x, at most.
        rows = STRIP_BYTES // (4 * self.width * s.ic)
        rows = ((rows - s.kh) // s.sh + 1 - pooling.kh) // pooling.sh + 1
        self.row_blocks = blocks(pooling.oh, max(1, rows))
        rows = blocks(pooling.oh, self.row_blocks)
        rows = min((rows - 1) * pooling.sh + pooling.kh, s.oh)
        rows = (rows - 1) * s.sh + s.kh
        self.own_bytes = (rows * self.width * s.ic + FC_PANEL) * sizeof(float)
        self.strips = s.n * self.row_blocks
        self.chunks = min(self.strips, TASKS)
        self.part_floats = s.oc * (1 + s.kh) * self.row.ld
        self.shared_bytes = self.chunks * self.part_floats * sizeof(float)
        self.phases = 2
        self.tasks[0] = self.chunks
        self.tasks[1] = 1

    def __dealloc__(self):
        free(self.at)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *part = <float *> shared + index * self.part_floats    # [oc, 1 + kh, ld]
        cdef ptrdiff_t strip
        if phase == 1:
            # All of dw and db, over the parts in their order.
            self.add_parts(<float *> shared)
            return
        # A chunk of strips: its own part of the partial sums.
        memset(part, 0, self.part_floats * sizeof(float))
        for strip in range(block_start(self.strips, self.chunks, index),
                           block_start(self.strips, self.chunks, index + 1)):
            self.add_strip(strip // self.row_blocks, strip % self.row_blocks, <float *> own, part)

    cdef void add_strip(self, ptrdiff_t image, ptrdiff_t block, float *strip, float *part) noexcept nogil:
        """Add what a block of pooled rows gives."""
        cdef ptrdiff_t first = block_start(self.pooled_rows, self.row_blocks, block)
        cdef ptrdiff_t last = block_start(self.pooled_rows, self.row_blocks, block + 1), row, at
        # Rows h0 .. h1 - 1 before the pooling.
        cdef ptrdiff_t h0 = max(0, first * self.psh - self.ptop)
        cdef ptrdiff_t h1 = min(self.oh, (last - 1) * self.psh - self.ptop + self.ph)
        isa.K.copy_rows(self.ih, self.iw, self.ic, self.ic, h0 * self.sh - self.top,
                        (h1 - h0 - 1) * self.sh + self.kh, -self.left, self.width,
                        self.x + image * self.ih * self.iw * self.ic, strip)
        for row in range(first, last):
            at = (image * self.pooled_rows + row) * self.row.n * self.oc
            isa.K.conv_pooled(&self.row, self.dy + at, self.index + at * (2 if self.row.wide else 1),
                              strip + ((row * self.psh - self.ptop - h0) * self.sh * self.width
                                       - self.pleft * self.sw) * self.ic, part)

    cdef void add_parts(self, float *parts) noexcept nogil:
        cdef ptrdiff_t o, row, t, run = self.row.run
        cdef const float *sums = parts
        cdef float *dw
        isa.K.sum_parts(self.part_floats, self.chunks, self.part_floats, parts, parts)
        for o in range(self.oc):
            if self.db != NULL:
                self.db[o] = sums[0]
            dw = self.dw + o // FC_PANEL * self.kh * run * FC_PANEL + o % FC_PANEL
            for row in range(self.kh):
                sums += self.row.ld
                for t in range(run):
                    dw[(row * run + t) * FC_PANEL] = sums[t]
            sums += self.row.ld
