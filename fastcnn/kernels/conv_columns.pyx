"""The backward passes of convolutions with few channels, by columns: windows laid out in memory.

The direct way vectorises over channels; six of them leave ten of sixteen lanes idle. Here the lanes
run over all taps of a window, kh * kw * ic.

Backward-data: columns = dy @ w.T is what each output pixel sends back to every tap; the columns of a block
of rows stay in the L2 cache, and each input pixel gathers its sum from them.
Backward-weight: dw.T = dy.T @ columns, with the windows of x as columns.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.correlation cimport copy_rows
from fastcnn.kernels.kernels cimport FC_PANEL, fc_window
from fastcnn.kernels.op cimport Op, block_start, blocks

from fastcnn.kernels import packing

# Columns of a block take at most this much of the L2 cache.
cdef ptrdiff_t COLUMN_BYTES = 384 << 10
# Of backward-weight they stay in the L1 cache.
cdef ptrdiff_t COLUMN_PIXELS = 256
# Enough tasks to share evenly among the cores of a large machine.
cdef ptrdiff_t TASKS = 16


cdef class ConvBackwardDataColumns(Op):
    """dx from dy and packed w; dilation 1. First phase: the transposed weights, in scratch memory."""

    cdef fc_window s
    cdef ptrdiff_t groups, oc, ldy, ldx, panels, source_panels, ld, row_blocks, taps
    cdef const float *dy
    cdef const float *w
    cdef float *dx

    writes = ("dx",)

    def __init__(self, s, dy, w, dx):
        cdef ptrdiff_t rows
        self.dy = self.source(dy, s.y_shape)
        self.w = self.source(w, packing.packed_shape(s.w_shape, s.groups))
        self.dx = self.target(dx, s.x_shape)
        self.s = fc_window(ih=s.ih, iw=s.iw, c=s.ic // s.groups, oh=s.oh, ow=s.ow, kh=s.kh, kw=s.kw,
                           sh=s.sh, sw=s.sw, top=s.top, left=s.left)
        self.groups, self.oc, self.ldy, self.ldx = s.groups, s.oc // s.groups, s.oc, s.ic
        self.taps = s.kh * s.kw
        self.panels = blocks(self.taps * self.s.c, FC_PANEL)
        self.source_panels = blocks(self.oc, FC_PANEL)
        self.ld = (self.panels + 1) * FC_PANEL
        # Output rows whose columns fit, less those that reach into the block from outside of it.
        rows = COLUMN_BYTES // (4 * self.ld * s.ow) - blocks(s.kh, s.sh)
        self.row_blocks = blocks(s.ih, min(s.ih, max(1, rows * s.sh)))
        rows = blocks(blocks(s.ih, self.row_blocks) + s.kh - 1, s.sh) + 1
        self.phases = 2
        self.tasks[0] = self.groups * self.panels
        self.tasks[1] = s.n * self.row_blocks
        self.shared_bytes = self.groups * self.panels * self.oc * FC_PANEL * sizeof(float)
        self.own_bytes = min(rows, s.oh) * s.ow * self.ld * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t image, first, last, low, high, ih, group
        if phase == 0:
            # One panel of transposed weights.
            self.transpose_panel(index, <float *> shared)
            return
        # A block of input rows of one image: their own part of dx.
        image, index = index // self.row_blocks, index % self.row_blocks
        first = block_start(self.s.ih, self.row_blocks, index)
        last = block_start(self.s.ih, self.row_blocks, index + 1)
        # Output rows low .. high - 1 have windows that reach the block.
        low = blocks(max(first + self.s.top - self.s.kh + 1, 0), self.s.sh)
        high = max(low, min((last - 1 + self.s.top) // self.s.sh + 1, self.s.oh))
        for group in range(self.groups):
            self.multiply(image, group, low, high, <const float *> shared, <float *> own)
            for ih in range(first, last):
                isa.K.conv_gather(&self.s, ih, low, <const float *> own, self.ld,
                                  self.dx + image * self.s.ih * self.s.iw * self.ldx + group * self.s.c,
                                  self.ldx)

    cdef void multiply(self, ptrdiff_t image, ptrdiff_t group, ptrdiff_t low, ptrdiff_t high,
                       const float *wt, float *columns) noexcept nogil:
        """columns[high - low, ow, ld] = dy[low : high] @ w.T of one group."""
        cdef ptrdiff_t pixels = (high - low) * self.s.ow, zero = 0
        cdef ptrdiff_t panel, j, width, vectors, tiles, tile, at
        cdef const float *dy = self.dy + (image * self.s.oh + low) * self.s.ow * self.ldy + group * self.oc
        for panel in range(self.panels):
            j = 0
            while j < FC_PANEL:
                width = min(2 * isa.K.lanes, FC_PANEL - j)
                vectors = 2 if width > isa.K.lanes else 1
                tiles = blocks(pixels, isa.K.tile_rows[vectors - 1])
                for tile in range(tiles):
                    at = block_start(pixels, tiles, tile)
                    isa.K.gemm_cs1[vectors - 1][block_start(pixels, tiles, tile + 1) - at](
                        dy + at * self.ldy, &zero, self.ldy,
                        wt + (group * self.panels + panel) * self.oc * FC_PANEL + j, 1, self.oc,
                        columns + at * self.ld + panel * FC_PANEL + j, self.ld, width, NULL, 0, NULL)
                j += width

    cdef void transpose_panel(self, ptrdiff_t index, float *wt) noexcept nogil:
        """wt[group, panel, oc, 32] of 32 rows (tap, ic) of w[group, oc panel, tap * ic, 32]."""
        cdef ptrdiff_t group = index // self.panels, first = index % self.panels * FC_PANEL, panel
        cdef ptrdiff_t rows = self.taps * self.s.c, columns = min(FC_PANEL, rows - first)
        cdef float *to = wt + index * self.oc * FC_PANEL
        memset(to, 0, self.oc * FC_PANEL * sizeof(float))
        for panel in range(self.source_panels):
            isa.K.transpose(columns, min(FC_PANEL, self.oc - panel * FC_PANEL),
                            self.w + ((group * self.source_panels + panel) * rows + first) * FC_PANEL,
                            FC_PANEL, to + panel * FC_PANEL * FC_PANEL, FC_PANEL)


cdef class ConvBackwardWeightColumns(Op):
    """Packed dw and db (or None) from dy and x; dilation 1, fewer than 32 taps x channels."""

    cdef ptrdiff_t n, ih, iw, c, ldx, oh, ow, oc, ldy, groups, kh, kw, sh, sw, top, left
    cdef const float *x
    cdef const float *dy
    cdef float *dw
    cdef float *db
    cdef ptrdiff_t rows, width, row_blocks, strips, chunks, strip_floats, part_floats, panels

    writes = ("dw", "db")

    def __init__(self, s, dy, x, dw, db):
        self.dy = self.source(dy, s.y_shape)
        self.x = self.source(x, s.x_shape)
        self.dw = self.target(dw, packing.packed_shape(s.w_shape, s.groups))
        if db is not None:
            self.db = self.target(db, (s.oc,))
        self.n, self.ih, self.iw, self.ldx = s.n, s.ih, s.iw, s.ic
        self.oh, self.ow, self.ldy, self.groups = s.oh, s.ow, s.oc, s.groups
        self.kh, self.kw, self.sh, self.sw, self.top, self.left = s.kh, s.kw, s.sh, s.sw, s.top, s.left
        self.c, self.oc = s.ic // s.groups, s.oc // s.groups
        self.panels = blocks(self.oc, FC_PANEL)
        self.row_blocks = blocks(self.oh, max(1, COLUMN_PIXELS // self.ow))
        self.rows = blocks(self.oh, self.row_blocks)
        self.width = (self.ow - 1) * self.sw + self.kw
        # A strip of x, then the columns; a vector of slack behind each.
        self.strip_floats = ((self.rows - 1) * self.sh + self.kh) * self.width * self.c + FC_PANEL
        self.own_bytes = (self.strip_floats + (self.rows * self.ow + 1) * FC_PANEL) * sizeof(float)
        self.strips = self.n * self.row_blocks
        self.chunks = min(self.strips, TASKS)
        self.part_floats = self.groups * self.oc * FC_PANEL
        self.shared_bytes = self.chunks * self.part_floats * sizeof(float)
        self.phases = 2
        self.tasks[0] = self.chunks
        self.tasks[1] = 1

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *part = <float *> shared + index * self.part_floats    # [groups, oc, 32]
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
        cdef ptrdiff_t h0 = block_start(self.oh, self.row_blocks, block)
        cdef ptrdiff_t rows = block_start(self.oh, self.row_blocks, block + 1) - h0
        cdef ptrdiff_t group, h, first, j, vectors, tiles, tile, zero = 0, pitch = self.width * self.c
        cdef float *columns = strip + self.strip_floats
        cdef const float *dy
        for group in range(self.groups):
            copy_rows(self.x + image * self.ih * self.iw * self.ldx + group * self.c, self.ih, self.iw,
                      self.ldx, self.c, h0 * self.sh - self.top, (rows - 1) * self.sh + self.kh, -self.left,
                      self.width, strip)
            for h in range(rows):
                isa.K.conv_columns(self.ow, self.kh, self.kw * self.c, pitch, self.sw * self.c,
                                   strip + h * self.sh * pitch, columns + h * self.ow * FC_PANEL)
            dy = self.dy + (image * self.oh + h0) * self.ow * self.ldy + group * self.oc
            j = 0
            while j <= self.kh * self.kw * self.c:
                vectors = 2 if self.kh * self.kw * self.c - j >= isa.K.lanes else 1
                tiles = blocks(self.oc, isa.K.tile_rows[vectors - 1])
                for tile in range(tiles):
                    first = block_start(self.oc, tiles, tile)
                    isa.K.gemm_rs1[vectors - 1][block_start(self.oc, tiles, tile + 1) - first](
                        dy + first, &zero, self.ldy, columns + j, 1, rows * self.ow,
                        part + (group * self.oc + first) * FC_PANEL + j, FC_PANEL,
                        vectors * isa.K.lanes, NULL, 1, NULL)
                j += vectors * isa.K.lanes

    cdef void add_parts(self, float *parts) noexcept nogil:
        cdef ptrdiff_t taps = self.kh * self.kw * self.c, group, o, t
        cdef const float *sums
        cdef float *dw
        isa.K.sum_parts(self.part_floats, self.chunks, self.part_floats, parts, parts)
        for group in range(self.groups):
            for o in range(self.oc):
                sums = parts + (group * self.oc + o) * FC_PANEL
                dw = self.dw + (group * self.panels + o // FC_PANEL) * taps * FC_PANEL + o % FC_PANEL
                for t in range(taps):
                    dw[t * FC_PANEL] = sums[t]
                if self.db != NULL:
                    self.db[group * self.oc + o] = sums[taps]
