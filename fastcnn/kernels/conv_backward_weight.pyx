"""Backward-weight of direct convolution: the register tile with pixels as the summed index.

dw[kh, kw, ic, oc] = sum over n, oh, ow of x[n, oh * sh + kh * dh - top, ..., ic] * dy[n, oh, ow, oc].
The pixels are cut into strips, the strips into chunks. A task owns one chunk and some panels of 32
output channels and adds up its part of dw; the parts are then summed in the order of the chunks. How many
chunks there are depends on the shape alone: many for a small dw, so that each strip is read once for all
panels; few for a large one, whose parts would take more memory than they are worth.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.correlation cimport copy_rows
from fastcnn.kernels.kernels cimport FC_PANEL, fc_gemm_tile
from fastcnn.kernels.op cimport Op, block_start, blocks

from fastcnn.kernels import packing

# Pixels of a strip: enough to pay for loading and storing a tile of dw, few enough that a panel of dy
# (32 channels of them) stays in the L1 cache.
cdef ptrdiff_t STRIP_PIXELS = 320
cdef ptrdiff_t STRIP_BYTES = 256 << 10
# A task's part of dw, which stays in the L2 cache beside the strip.
cdef ptrdiff_t PART_BYTES = 384 << 10
# Enough tasks to share evenly among the cores of a large machine.
cdef ptrdiff_t TASKS = 16
# Floats that one task of the final sum takes.
cdef ptrdiff_t SUM_FLOATS = 16384


cdef class ConvBackwardWeight(Op):
    """Packed dw and db (or None) from dy and x."""

    writes = ("dw", "db")

    def __init__(self, s, dy, x, dw, db):
        cdef ptrdiff_t width
        self.dy = self.source(dy, s.y_shape)
        self.x = self.source(x, s.x_shape)
        self.dw = self.target(dw, packing.packed_shape(s.w_shape, s.groups))
        if db is not None:
            self.db = self.target(db, (s.oc,))
        self.n, self.ih, self.iw, self.ldx = s.n, s.ih, s.iw, s.ic
        self.oh, self.ow, self.ldy, self.groups = s.oh, s.ow, s.oc, s.groups
        self.kh, self.kw, self.sh, self.sw, self.dh, self.dw_ = s.kh, s.kw, s.sh, s.sw, s.dh, s.dw
        self.top, self.left = s.top, s.left
        if s.kh == s.kw == s.sh == s.sw == 1 and (s.oh, s.ow) == (s.ih, s.iw):
            # One matrix product over all pixels.
            self.n, self.ih, self.iw, self.oh, self.ow = 1, 1, s.n * s.ih * s.iw, 1, s.n * s.oh * s.ow
        self.c, self.oc = s.ic // s.groups, s.oc // s.groups
        self.in_place = (self.top == 0 and self.left == 0
                         and (self.oh - 1) * self.sh + (self.kh - 1) * self.dh < self.ih
                         and (self.ow - 1) * self.sw + (self.kw - 1) * self.dw_ < self.iw
                         and (self.c == self.ldx or self.c >= isa.K.lanes))
        self.merged = (self.c == self.ldx or not self.in_place) and self.dw_ == 1

        self.column_blocks = blocks(self.ow, STRIP_PIXELS)
        self.columns = blocks(self.ow, self.column_blocks)
        width = (self.columns - 1) * self.sw + (self.kw - 1) * self.dw_ + 1
        self.rows = (STRIP_BYTES // (4 * width * self.c) - (self.kh - 1) * self.dh - 1) // self.sh + 1
        self.rows = max(1, min(self.rows, self.oh, blocks(STRIP_PIXELS, self.columns)))
        self.row_blocks = blocks(self.oh, self.rows)
        self.rows = blocks(self.oh, self.row_blocks)
        self.strips = self.n * self.row_blocks * self.column_blocks
        self.strip_floats = 0
        if not self.in_place:
            self.strip_floats = ((self.rows - 1) * self.sh + (self.kh - 1) * self.dh + 1) * width * self.c
            self.strip_floats = blocks(self.strip_floats, 16) * 16  # the panel behind it is aligned

        self.panels = blocks(self.oc, FC_PANEL)
        self.panel_floats = self.kh * self.kw * self.c * FC_PANEL
        self.dw_floats = self.groups * self.panels * self.panel_floats
        self.panel_blocks = min(self.panels, blocks(4 * self.panels * self.panel_floats, PART_BYTES))
        self.chunks = min(self.strips, blocks(TASKS, self.groups * self.panel_blocks))
        # A part: dw, then one row of 32 sums per panel for db.
        self.part_floats = self.dw_floats + self.groups * self.panels * FC_PANEL
        self.shared_bytes = self.chunks * self.part_floats * sizeof(float)
        self.own_bytes = ((self.strip_floats + self.rows * self.columns * FC_PANEL) * sizeof(float)
                          + self.rows * sizeof(ptrdiff_t))
        self.phases = 2
        self.tasks[0] = self.chunks * self.groups * self.panel_blocks
        self.tasks[1] = blocks(self.dw_floats, SUM_FLOATS) + 1

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        if phase == 0:
            # A chunk of strips x a block of panels: its own part of the partial sums.
            self.add_chunk(index, <float *> shared, <float *> own)
        else:
            # A run of dw, or all of db, over the parts in their order.
            self.add_parts(index, <const float *> shared)

    cdef void add_chunk(self, ptrdiff_t index, float *parts, float *own) noexcept nogil:
        cdef ptrdiff_t block = index % self.panel_blocks, group = index // self.panel_blocks % self.groups
        cdef ptrdiff_t chunk = index // (self.panel_blocks * self.groups)
        cdef ptrdiff_t first = block_start(self.panels, self.panel_blocks, block)
        cdef ptrdiff_t last = block_start(self.panels, self.panel_blocks, block + 1)
        cdef ptrdiff_t strip, image, h0, w0, rows, columns, pitch, pixel, panel, at
        cdef const float *source
        cdef const float *corner
        parts += chunk * self.part_floats
        at = group * self.panels + first
        memset(parts + at * self.panel_floats, 0, (last - first) * self.panel_floats * sizeof(float))
        memset(parts + self.dw_floats + at * FC_PANEL, 0, (last - first) * FC_PANEL * sizeof(float))
        for strip in range(block_start(self.strips, self.chunks, chunk),
                           block_start(self.strips, self.chunks, chunk + 1)):
            image = strip // (self.row_blocks * self.column_blocks)
            at = strip // self.column_blocks % self.row_blocks
            h0 = block_start(self.oh, self.row_blocks, at)
            rows = block_start(self.oh, self.row_blocks, at + 1) - h0
            at = strip % self.column_blocks
            w0 = block_start(self.ow, self.column_blocks, at)
            columns = block_start(self.ow, self.column_blocks, at + 1) - w0
            source = self.x + image * self.ih * self.iw * self.ldx + group * self.c
            if self.in_place:
                pixel, pitch = self.ldx, self.iw * self.ldx
                corner = source + h0 * self.sh * pitch + w0 * self.sw * pixel
            else:
                at = (columns - 1) * self.sw + (self.kw - 1) * self.dw_ + 1
                pixel, pitch = self.c, at * self.c
                copy_rows(source, self.ih, self.iw, self.ldx, self.c, h0 * self.sh - self.top,
                          (rows - 1) * self.sh + (self.kh - 1) * self.dh + 1, w0 * self.sw - self.left,
                          at, own)
                corner = own
            at = (image * self.oh + h0) * self.ow + w0
            for panel in range(first, last):
                self.add_panel(group, panel, at, rows, columns, corner, pitch, pixel,
                               own + self.strip_floats, parts)

    cdef void add_panel(self, ptrdiff_t group, ptrdiff_t panel, ptrdiff_t at, ptrdiff_t rows,
                        ptrdiff_t columns, const float *corner, ptrdiff_t pitch, ptrdiff_t pixel,
                        float *dy_panel, float *part) noexcept nogil:
        """Add the products of one strip, whose first pixel is `at`, with one panel of dy."""
        cdef ptrdiff_t h, channels = min(FC_PANEL, self.oc - panel * FC_PANEL)
        cdef ptrdiff_t *offsets = <ptrdiff_t *> (dy_panel + self.rows * self.columns * FC_PANEL)
        cdef const float *dy = self.dy + at * self.ldy + group * self.oc + panel * FC_PANEL
        at = group * self.panels + panel
        for h in range(rows):
            offsets[h] = h * self.sh * pitch
            isa.K.pack_panel(columns, channels, dy + h * self.ow * self.ldy, self.ldy,
                             dy_panel + h * columns * FC_PANEL)
        if self.db != NULL:
            isa.K.panel_sums(rows * columns, dy_panel, part + self.dw_floats + at * FC_PANEL)
        self.add_strip(corner, pitch, pixel, offsets, dy_panel, rows, columns, channels,
                       part + at * self.panel_floats)

    cdef void add_strip(self, const float *corner, ptrdiff_t pitch, ptrdiff_t pixel,
                        const ptrdiff_t *offsets, const float *dy_panel, ptrdiff_t rows,
                        ptrdiff_t columns, ptrdiff_t channels, float *dw) noexcept nogil:
        """dw[kh, kw, c, 32] += the products of one strip; a run of taps x channels is cut into tiles."""
        cdef ptrdiff_t runs = self.kh if self.merged else self.kh * self.kw
        cdef ptrdiff_t length = self.c * (self.kw if self.merged else 1)
        cdef ptrdiff_t per_row = 1 if self.merged else self.kw
        cdef ptrdiff_t run, j, width, vectors, tiles, tile, first, last
        cdef const float *a
        cdef fc_gemm_tile *add
        j = 0
        while j < channels:
            width = min(2 * isa.K.lanes, channels - j)
            vectors = 2 if width > isa.K.lanes else 1
            tiles = blocks(length, isa.K.tile_rows[vectors - 1])
            for run in range(runs):
                a = corner + run // per_row * self.dh * pitch + run % per_row * self.dw_ * pixel
                for tile in range(tiles):
                    first, last = block_start(length, tiles, tile), block_start(length, tiles, tile + 1)
                    add = isa.K.gemm_rs1[vectors - 1][last - first]
                    add(a + first, offsets, self.sw * pixel, dy_panel + j, rows, columns,
                        dw + (run * length + first) * FC_PANEL + j, FC_PANEL, vectors * isa.K.lanes,
                        NULL, 1, NULL)
            j += width

    cdef void add_parts(self, ptrdiff_t index, const float *parts) noexcept nogil:
        cdef ptrdiff_t count = self.tasks[1] - 1, first, last, at
        if index < count:
            first = block_start(self.dw_floats, count, index)
            last = block_start(self.dw_floats, count, index + 1)
            isa.K.sum_parts(last - first, self.chunks, self.part_floats, parts + first, self.dw + first)
        elif self.db != NULL:
            for at in range(self.groups * self.panels):
                isa.K.sum_parts(min(FC_PANEL, self.oc - at % self.panels * FC_PANEL), self.chunks,
                                self.part_floats, parts + self.dw_floats + at * FC_PANEL,
                                self.db + at // self.panels * self.oc + at % self.panels * FC_PANEL)
