"""Direct convolution: a batch-reduce matrix product over shifted rows, no im2col.

All three passes are built on the register tile of ``src/microkernel.h``. Forward and backward-data are
one routine, `Correlation`: outputs on a lattice, each the sum over a regular window of the source.
Forward has one lattice; backward-data has one per phase of the stride that taps reach, each with its
taps (Dumoulin & Visin, "A guide to convolution arithmetic", section 4), so nothing is multiplied by zero.

A task takes a block of output pixels of one image and some panels of 32 output channels. It copies
the source rows under the block into a zero-padded strip (small enough for the L2 cache), unless they can be
read in place, and sweeps the panels over it: a panel streams in once per strip.
"""

from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport FC_PANEL, fc_gemm_tile
from fastcnn.kernels.op cimport Op, block_start, blocks

from itertools import product
from math import gcd

from fastcnn.kernels import packing

# A strip takes at most this much of the L2 cache; weights stream through the rest.
cdef ptrdiff_t STRIP_BYTES = 192 << 10
# Widest block of pixels of one row; a multiple of the tile rows of every instruction set is not
# needed, since tiles are cut evenly.
cdef ptrdiff_t BLOCK_COLUMNS = 224
# Enough tasks to share evenly among the cores of a large machine.
cdef ptrdiff_t TASKS = 16


cdef void copy_rows(const float *image, ptrdiff_t ih, ptrdiff_t iw, ptrdiff_t ld, ptrdiff_t c, ptrdiff_t h0,
                    ptrdiff_t rows, ptrdiff_t w0, ptrdiff_t columns, float *strip) noexcept nogil:
    """strip[rows, columns, c] = image[h0 : h0 + rows, w0 : w0 + columns, : c], 0 outside of it."""
    cdef ptrdiff_t h, w, first, last
    cdef const float *source
    first = min(max(-w0, 0), columns)            # columns before the image
    last = max(min(columns, iw - w0), first)     # columns up to its end
    for h in range(h0, h0 + rows):
        if h < 0 or h >= ih:
            memset(strip, 0, columns * c * sizeof(float))
        else:
            memset(strip, 0, first * c * sizeof(float))
            source = image + (h * iw + w0) * ld
            if ld == c:
                memcpy(strip + first * c, source + first * c, (last - first) * c * sizeof(float))
            else:
                for w in range(first, last):
                    memcpy(strip + w * c, source + w * ld, c * sizeof(float))
            memset(strip + last * c, 0, (columns - last) * c * sizeof(float))
        strip += columns * c


cdef void transpose_panel(const float *w, ptrdiff_t taps, ptrdiff_t oc, ptrdiff_t ic, ptrdiff_t panel,
                          const ptrdiff_t *place, float *wt) noexcept nogil:
    """wt[taps, oc, 32]: 32 input channels of w[oc panels, taps, ic, 32]; tap t goes to place[t]."""
    cdef ptrdiff_t first = panel * FC_PANEL, columns = min(FC_PANEL, ic - first), p, tap
    if columns < FC_PANEL:
        memset(wt, 0, taps * oc * FC_PANEL * sizeof(float))
    for p in range(blocks(oc, FC_PANEL)):
        for tap in range(taps):
            isa.K.transpose(columns, min(FC_PANEL, oc - p * FC_PANEL),
                            w + ((p * taps + tap) * ic + first) * FC_PANEL, FC_PANEL,
                            wt + (place[tap] * oc + p * FC_PANEL) * FC_PANEL, FC_PANEL)


cdef class Correlation(Op):
    """y[n, lattice, oc] = sum over taps of x[n, window, c] @ w[tap, c, oc] (+ bias), group by group."""

    def __dealloc__(self):
        cdef ptrdiff_t i
        if self.lattices != NULL:
            for i in range(self.lattice_count):
                free(self.lattices[i].offsets)
            free(self.lattices)

    cdef int plan(self, ptrdiff_t lattices) except -1:
        self.lattices = <Lattice *> calloc(lattices, sizeof(Lattice))
        if self.lattices == NULL:
            raise MemoryError("no memory for the plan of a convolution")
        self.lattice_count = lattices
        return 0

    cdef int cut(self) except -1:
        """Choose blocks, and each lattice's way of reading the source; a function of shapes alone."""
        cdef Lattice *grid
        cdef ptrdiff_t i, r, q, oh = 1, ow = 1, columns, width, pitch, pixel, rows, floats = 0
        for i in range(self.lattice_count):
            oh, ow = max(oh, self.lattices[i].oh), max(ow, self.lattices[i].ow)
        grid = &self.lattices[0]
        columns = BLOCK_COLUMNS
        if oh == 1:  # a matrix product: the block is a run of pixels
            columns = max(56, min(columns, STRIP_BYTES // (4 * self.c)))
        self.column_blocks = blocks(ow, columns)
        self.columns = blocks(ow, self.column_blocks)
        width = (self.columns - 1) * grid.sw + (grid.kw - 1) * grid.dw + 1
        rows = (STRIP_BYTES // (4 * width * self.c) - (grid.kh - 1) * grid.dh - 1) // grid.sh + 1
        self.row_blocks = blocks(oh, max(1, min(rows, oh)))
        rows = blocks(oh, self.row_blocks)
        self.panels = blocks(self.oc, FC_PANEL)
        self.panel_blocks = min(self.panels, blocks(TASKS, self.n * self.row_blocks * self.column_blocks))

        for i in range(self.lattice_count):
            grid = &self.lattices[i]
            grid.in_place = (grid.top >= 0 and grid.left >= 0
                             and grid.top + (grid.oh - 1) * grid.sh + (grid.kh - 1) * grid.dh < self.ih
                             and grid.left + (grid.ow - 1) * grid.sw + (grid.kw - 1) * grid.dw < self.iw
                             and (self.c == self.ldx or self.c >= isa.K.lanes))
            pixel = self.ldx if grid.in_place else self.c
            width = (self.columns - 1) * grid.sw + (grid.kw - 1) * grid.dw + 1
            pitch = (self.iw if grid.in_place else width) * pixel
            grid.merged = pixel == self.c and grid.dw == 1  # the taps of a row are one run
            grid.segments = grid.kh if grid.merged else grid.kh * grid.kw
            grid.depth = self.c * (grid.kw if grid.merged else 1)
            grid.offsets = <ptrdiff_t *> malloc(grid.segments * sizeof(ptrdiff_t))
            if grid.offsets == NULL:
                raise MemoryError("no memory for the plan of a convolution")
            for r in range(grid.segments):
                q = 1 if grid.merged else grid.kw
                grid.offsets[r] = r // q * grid.dh * pitch + r % q * grid.dw * pixel
            if not grid.in_place:
                floats = max(floats, ((rows - 1) * grid.sh + (grid.kh - 1) * grid.dh + 1) * pitch)
        self.own_bytes = floats * sizeof(float)
        return 0

    cdef void correlate(self, ptrdiff_t index, const float *w, float *strip) noexcept nogil:
        cdef Lattice *grid
        cdef ptrdiff_t part, row_block, column_block, image, h0, h1, w0, w1, group, panel, j, width, vectors
        cdef ptrdiff_t pixel, pitch, h, tiles, tile, first, columns, last_panel
        cdef const float *source
        cdef const float *corner
        cdef const float *weights
        cdef const float *bias
        cdef float *y
        cdef fc_gemm_tile *run
        part, index = index % self.panel_blocks, index // self.panel_blocks
        column_block, index = index % self.column_blocks, index // self.column_blocks
        row_block, index = index % self.row_blocks, index // self.row_blocks
        image, index = index % self.n, index // self.n
        grid = &self.lattices[index]
        h0 = block_start(grid.oh, self.row_blocks, row_block)
        h1 = block_start(grid.oh, self.row_blocks, row_block + 1)
        w0 = block_start(grid.ow, self.column_blocks, column_block)
        w1 = block_start(grid.ow, self.column_blocks, column_block + 1)
        if h0 == h1 or w0 == w1:
            return
        last_panel = block_start(self.panels, self.panel_blocks, part + 1)
        for group in range(self.groups):
            source = self.x + image * self.ih * self.iw * self.ldx + group * self.c
            if grid.in_place:
                pixel, pitch = self.ldx, self.iw * self.ldx
                corner = source + (grid.top + h0 * grid.sh) * pitch + (grid.left + w0 * grid.sw) * pixel
            else:
                width = (self.columns - 1) * grid.sw + (grid.kw - 1) * grid.dw + 1
                pixel, pitch = self.c, width * self.c
                copy_rows(source, self.ih, self.iw, self.ldx, self.c, grid.top + h0 * grid.sh,
                          (h1 - h0 - 1) * grid.sh + (grid.kh - 1) * grid.dh + 1,
                          grid.left + w0 * grid.sw, width, strip)
                corner = strip
            for panel in range(block_start(self.panels, self.panel_blocks, part), last_panel):
                columns = min(FC_PANEL, self.oc - panel * FC_PANEL)
                j = 0
                while j < columns:
                    width = min(columns - j, 2 * isa.K.lanes)
                    vectors = 2 if width > isa.K.lanes else 1
                    weights = w + (group * self.panels + panel) * self.panel_floats + grid.w_first + j
                    first = group * self.oc + panel * FC_PANEL + j
                    bias = self.bias
                    if bias != NULL:
                        bias += first
                    y = self.y + image * self.y_image + grid.y_first + first
                    tiles = blocks(w1 - w0, isa.K.tile_rows[vectors - 1])
                    for h in range(h0, h1):
                        for tile in range(tiles):
                            first = block_start(w1 - w0, tiles, tile)
                            run = isa.K.gemm_cs1[vectors - 1][block_start(w1 - w0, tiles, tile + 1) - first]
                            run(corner + (h - h0) * grid.sh * pitch + first * grid.sw * pixel, grid.offsets,
                                grid.sw * pixel, weights, grid.segments, grid.depth,
                                y + h * grid.y_row + (w0 + first) * grid.y_column, grid.y_column, width,
                                bias, 0)
                    j += width


cdef class ConvForward(Correlation):
    """y = conv(x, w) + b; `w` packed, `b` None or [oc]."""

    cdef const float *w

    writes = ("y",)

    def __init__(self, s, x, w, b, y):
        self.x = self.source(x, s.x_shape)
        self.w = self.source(w, packing.packed_shape(s.w_shape, s.groups))
        if b is not None:
            self.bias = self.source(b, (s.oc,))
        self.y = self.target(y, s.y_shape)
        self.n, self.ih, self.iw, self.ldx, self.groups = s.n, s.ih, s.iw, s.ic, s.groups
        oh, ow = s.oh, s.ow
        if s.kh == s.kw == s.sh == s.sw == 1 and (s.oh, s.ow) == (s.ih, s.iw):
            # One matrix product over all pixels.
            self.n, self.ih, self.iw = 1, 1, s.n * s.ih * s.iw
            oh, ow = 1, s.n * s.oh * s.ow
        self.c, self.oc = s.ic // s.groups, s.oc // s.groups
        self.y_image = oh * ow * s.oc
        self.panel_floats = s.kh * s.kw * self.c * FC_PANEL
        self.plan(1)
        self.lattices[0] = Lattice(
            oh=oh, ow=ow, y_first=0, y_row=ow * s.oc, y_column=s.oc, kh=s.kh, kw=s.kw, dh=s.dh, dw=s.dw,
            sh=s.sh, sw=s.sw, top=-s.top, left=-s.left, w_first=0, in_place=0, merged=0, segments=0,
            depth=0, offsets=NULL)
        self.cut()
        self.tasks[0] = self.n * self.row_blocks * self.column_blocks * self.panel_blocks

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # A block of pixels of one image x a block of panels: disjoint parts of y.
        self.correlate(index, self.w, <float *> own)


cdef struct Phase:
    # Along one axis, the outputs i = first, first + stride, ... of backward-data: all are reached by
    # the same taps k = last, last - period, ..., and read source pixels start, start + dilation, ...
    ptrdiff_t first, outputs, last, period, taps, start, dilation


cdef Phase phase_of(ptrdiff_t r, ptrdiff_t i, ptrdiff_t k, ptrdiff_t s, ptrdiff_t d, ptrdiff_t before):
    """Inputs whose position in the padded image is r modulo the stride; some tap must reach them."""
    cdef Phase p
    cdef ptrdiff_t q = blocks(max(before - r, 0), s)  # the first one inside the image
    taps = [t for t in range(k) if t * d % s == r]
    p.first = q * s + r - before
    p.outputs = blocks(i - p.first, s) if i > p.first else 0
    p.period = s // gcd(s, d)
    p.dilation = d // gcd(s, d)
    p.taps = len(taps)
    p.last = max(taps)
    p.start = q - (p.last * d - r) // s
    return p


cdef class ConvBackwardData(Correlation):
    """dx from dy and packed w. First phase: the transposed, flipped weights, in scratch memory."""

    cdef const float *w
    cdef ptrdiff_t kh, kw
    cdef ptrdiff_t *tap_place               # [kh * kw] the place of a tap among the transposed ones
    cdef ptrdiff_t source_panels, cleared

    writes = ("dx",)

    def __init__(self, s, dy, w, dx):
        cdef Phase ph, pw
        cdef ptrdiff_t i, j, r, q, place = 0, at = 0
        self.x = self.source(dy, s.y_shape)
        self.w = self.source(w, packing.packed_shape(s.w_shape, s.groups))
        self.y = self.target(dx, s.x_shape)
        self.kh, self.kw, self.groups, self.ldx = s.kh, s.kw, s.groups, s.oc
        self.n, self.ih, self.iw = s.n, s.oh, s.ow
        self.c, self.oc = s.oc // s.groups, s.ic // s.groups
        self.y_image = s.ih * s.iw * s.ic
        self.panel_floats = s.kh * s.kw * self.c * FC_PANEL
        self.source_panels = blocks(self.c, FC_PANEL)
        self.tap_place = <ptrdiff_t *> malloc(s.kh * s.kw * sizeof(ptrdiff_t))
        if self.tap_place == NULL:
            raise MemoryError("no memory for the plan of a convolution")
        rows = sorted({t * s.dh % s.sh for t in range(s.kh)})
        columns = sorted({t * s.dw % s.sw for t in range(s.kw)})
        self.plan(len(rows) * len(columns))
        for i, j in product(rows, columns):
            ph = phase_of(i, s.ih, s.kh, s.sh, s.dh, s.top)
            pw = phase_of(j, s.iw, s.kw, s.sw, s.dw, s.left)
            self.lattices[at] = Lattice(
                oh=ph.outputs, ow=pw.outputs, y_first=(ph.first * s.iw + pw.first) * s.ic,
                y_row=s.sh * s.iw * s.ic, y_column=s.sw * s.ic, kh=ph.taps, kw=pw.taps, dh=ph.dilation,
                dw=pw.dilation, sh=1, sw=1, top=ph.start, left=pw.start, w_first=place * self.c * FC_PANEL,
                in_place=0, merged=0, segments=0, depth=0, offsets=NULL)
            at += 1
            for r in range(ph.taps):
                for q in range(pw.taps):
                    self.tap_place[(ph.last - r * ph.period) * s.kw + pw.last - q * pw.period] = place
                    place += 1
        # Pixels that no tap reaches are set to zero: with the first phase, a task for each image.
        self.cleared = 0 if len(rows) == s.sh and len(columns) == s.sw else s.n
        self.cut()
        self.phases = 2
        self.tasks[0] = self.groups * self.panels + self.cleared
        self.tasks[1] = (self.lattice_count * self.n * self.row_blocks * self.column_blocks
                         * self.panel_blocks)
        self.shared_bytes = self.groups * self.panels * self.panel_floats * sizeof(float)

    def __dealloc__(self):
        free(self.tap_place)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef const float *w
        if phase == 0 and index >= self.groups * self.panels:
            # One image of dx.
            index -= self.groups * self.panels
            memset(self.y + index * self.y_image, 0, self.y_image * sizeof(float))
        elif phase == 0:
            # One panel of transposed weights.
            w = self.w + index // self.panels * self.source_panels * self.kh * self.kw * self.oc * FC_PANEL
            transpose_panel(w, self.kh * self.kw, self.c, self.oc, index % self.panels, self.tap_place,
                            <float *> shared + index * self.panel_floats)
        else:
            # A block of pixels of one image and lattice x a block of panels: disjoint parts of dx.
            self.correlate(index, <const float *> shared, <float *> own)
