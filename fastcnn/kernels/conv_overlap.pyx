"""Backward-data of convolutions with few input channels: overlapping runs are added up.

The direct way vectorises over input channels; three of them leave thirteen of sixteen lanes idle. Here
the lanes run over the kw taps of a kernel row and their channels, kw * ic floats: what an output pixel
sends back to one row of dx is one such run, and the runs of neighbouring pixels overlap. The sum over
kernel rows and output channels is a batch-reduce matrix product in registers; only the kw taps are
added in memory.
"""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.conv cimport transpose_panel
from fastcnn.kernels.kernels cimport FC_PANEL
from fastcnn.kernels.op cimport Op, block_start, blocks

from fastcnn.kernels import packing

# The runs of a block of rows and their sums take at most this much of the L2 cache.
cdef ptrdiff_t BLOCK_BYTES = 96 << 10
# Enough tasks to share evenly among the cores of a large machine.
cdef ptrdiff_t TASKS = 16


cdef class ConvBackwardDataOverlap(Op):
    """dx from dy and packed w; dilation 1. First phase: the transposed weights, in scratch memory.

    dy may be some channels of a wider tensor.
    """

    cdef ptrdiff_t ih, iw, c, ldx, oh, ow, oc, ldy, groups, kh, kw, sh, top, left
    cdef const float *dy
    cdef const float *w
    cdef float *dx
    cdef ptrdiff_t run, step, ld, pitch     # floats: of a run, from one to the next, with padding; a line
    cdef ptrdiff_t panels, source_panels, row_blocks, rows
    cdef ptrdiff_t *row_place               # [kh] the place of a kernel row among the transposed ones
    cdef ptrdiff_t *offsets                 # [kh] output rows, upwards

    writes = ("dx",)

    def __init__(self, s, dy, w, dx):
        cdef ptrdiff_t i, place = 0
        self.dy = <const float *> self.slices(dy, "input", s.y_shape, False, &self.ldy)
        self.w = self.source(w, packing.panels_shape(s.w_shape, s.groups))
        self.dx = self.target(dx, s.x_shape)
        self.ih, self.iw, self.ldx, self.oh, self.ow = s.ih, s.iw, s.ic, s.oh, s.ow
        self.kh, self.kw, self.sh, self.top, self.left = s.kh, s.kw, s.sh, s.top, s.left
        self.groups, self.c, self.oc = s.groups, s.ic // s.groups, s.oc // s.groups
        self.run, self.step = s.kw * self.c, s.sw * self.c
        self.panels, self.source_panels = blocks(self.run, FC_PANEL), blocks(self.oc, FC_PANEL)
        self.ld = self.panels * FC_PANEL
        self.pitch = max((s.ow - 1) * self.step + self.ld, (s.left + s.iw) * self.c)
        self.rows = max(1, BLOCK_BYTES // (4 * (s.ow * self.ld + self.pitch)))
        self.row_blocks = min(s.ih, max(blocks(s.ih, self.rows), blocks(TASKS, s.n)))
        self.rows = blocks(s.ih, self.row_blocks)
        self.row_place = <ptrdiff_t *> malloc(s.kh * sizeof(ptrdiff_t))
        self.offsets = <ptrdiff_t *> malloc(s.kh * sizeof(ptrdiff_t))
        if self.row_place == NULL or self.offsets == NULL:
            raise MemoryError("no memory for the plan of a convolution")
        # Kernel rows that meet the same row of dx stand together, in the order of output rows upwards.
        for i in range(s.sh):
            for row in range(i, s.kh, s.sh):
                self.row_place[row] = place
                place += 1
        for i in range(s.kh):
            self.offsets[i] = -i * s.ow * self.ldy
        self.phases = 2
        self.tasks[0] = self.groups * self.panels
        self.tasks[1] = s.n * self.row_blocks
        self.shared_bytes = self.tasks[0] * s.kh * self.oc * FC_PANEL * sizeof(float)
        self.own_bytes = self.rows * (s.ow * self.ld + self.pitch) * sizeof(float)

    def __dealloc__(self):
        free(self.row_place)
        free(self.offsets)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef const float *w
        cdef ptrdiff_t image, first, last, group
        if phase == 0:
            # One panel of transposed weights: wt[group, panel, kh, oc, 32].
            w = self.w + index // self.panels * self.source_panels * self.kh * self.run * FC_PANEL
            transpose_panel(w, self.kh, self.oc, self.run, index % self.panels, self.row_place,
                            <float *> shared + index * self.kh * self.oc * FC_PANEL)
            return
        # A block of rows of one image: their own part of dx.
        image, index = index // self.row_blocks, index % self.row_blocks
        first = block_start(self.ih, self.row_blocks, index)
        last = block_start(self.ih, self.row_blocks, index + 1)
        for group in range(self.groups):
            self.add_rows(image, group, first, last, <const float *> shared, <float *> own)

    cdef void add_rows(self, ptrdiff_t image, ptrdiff_t group, ptrdiff_t first, ptrdiff_t last,
                       const float *wt, float *runs) noexcept nogil:
        """dx[first : last] of one group, from runs[rows, ow, ld] and their sums, lines[rows, pitch]."""
        cdef ptrdiff_t h, w, rows = last - first
        cdef float *lines = runs + rows * self.ow * self.ld
        cdef float *dx = self.dx + (image * self.ih + first) * self.iw * self.ldx + group * self.c
        cdef const float *line
        for h in range(rows):
            self.multiply(image, group, first + h, wt, runs + h * self.ow * self.ld)
        memset(lines, 0, rows * self.pitch * sizeof(float))
        isa.K.conv_overlap(rows, self.ow, self.run, self.ld, self.step, runs, self.pitch, lines)
        for h in range(rows):
            line = lines + h * self.pitch + self.left * self.c
            if self.c == self.ldx:
                memcpy(dx, line, self.iw * self.c * sizeof(float))
            else:
                for w in range(self.iw):
                    memcpy(dx + w * self.ldx, line + w * self.c, self.c * sizeof(float))
            dx += self.iw * self.ldx

    cdef void multiply(self, ptrdiff_t image, ptrdiff_t group, ptrdiff_t h, const float *wt,
                       float *runs) noexcept nogil:
        """runs[ow, ld]: what the output rows that see row h of dx send to it."""
        # Output rows low .. high - 1 see it, `high - 1` through the kernel row `row`.
        cdef ptrdiff_t low = blocks(max(h + self.top - self.kh + 1, 0), self.sh)
        cdef ptrdiff_t high = max(low, min((h + self.top) // self.sh + 1, self.oh))
        cdef ptrdiff_t row = h + self.top - (high - 1) * self.sh
        cdef ptrdiff_t panel, j, vectors, tiles, tile, at
        cdef const float *dy = self.dy + ((image * self.oh + high - 1) * self.ow * self.ldy
                                          + group * self.oc)
        if low == high:
            memset(runs, 0, self.ow * self.ld * sizeof(float))
            return
        wt += (group * self.panels * self.kh + self.row_place[row]) * self.oc * FC_PANEL
        for panel in range(self.panels):
            j = 0
            while j < min(FC_PANEL, self.run - panel * FC_PANEL):
                vectors = 2 if self.run - panel * FC_PANEL - j > isa.K.lanes else 1
                tiles = blocks(self.ow, isa.K.tile_rows[vectors - 1])
                for tile in range(tiles):
                    at = block_start(self.ow, tiles, tile)
                    # While it multiplies, the next row of dy is fetched.
                    isa.K.gemm_cs1[vectors - 1][block_start(self.ow, tiles, tile + 1) - at](
                        dy + at * self.ldy, self.offsets, self.ldy, wt + j, FC_PANEL, high - low, self.oc,
                        runs + at * self.ld + panel * FC_PANEL + j, self.ld,
                        vectors * isa.K.lanes, 0, NULL, dy + (self.ow + at) * self.ldy)
                j += vectors * isa.K.lanes
            wt += self.kh * self.oc * FC_PANEL
