"""Outputs on a lattice, each the sum over a regular window of the source: convolution, both ways.

A task takes a block of output pixels of one image and some panels of 32 output channels. It copies
the source rows under the block into a zero-padded strip (small enough for the L2 cache), unless they can be
read in place, and sweeps the panels over it: a panel streams in once per strip. While the micro-kernel
multiplies it asks for what comes next: the source of the next block, or the next panel where the
weights are larger than the source.
"""

from libc.stdlib cimport calloc, free, malloc

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport FC_LINE, FC_PANEL, fc_epilogue
from fastcnn.kernels.op cimport Op, block_start, blocks, epilogue_at

# A strip takes at most this much of the L2 cache; weights stream through the rest.
cdef ptrdiff_t STRIP_BYTES = 192 << 10
# Widest block of pixels of one row; a multiple of the tile rows of every instruction set is not
# needed, since tiles are cut evenly.
cdef ptrdiff_t BLOCK_COLUMNS = 224
# A matrix product sums up at most so many channels at a stretch: that many rows of a panel, and of a block
# of pixels, stay in the L2 cache.
cdef ptrdiff_t DEPTH = 1024
# So many floats are in no core's own cache; from then on narrow tiles ask for what comes next, too.
cdef ptrdiff_t AHEAD = 1 << 20
# A result of so many floats, 24 MiB, goes past the caches.
cdef ptrdiff_t STREAM_FLOATS = 6 << 20
# Enough tasks to share evenly among the cores of a large machine.
cdef ptrdiff_t TASKS = 32
# At least so many tasks, unless strips were to have less than so many rows.
cdef ptrdiff_t FEW_TASKS = 8, FEW_ROWS = 4


cdef class Correlation(Op):
    """y[n, lattice, oc] = sum over taps of x[n, window, c] @ w[tap, c, oc], then `end`, group by group."""

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

    cdef int cut(self, const float *y) except -1:
        """Choose blocks, each lattice's way of reading the source, and whether y is streamed; all by shapes
        alone but for the last, which no number depends on."""
        cdef Lattice *grid
        cdef ptrdiff_t i, r, q, oh = 1, ow = 1, columns, width, pitch, pixel, rows, floats = 0
        cdef ptrdiff_t weights, source, tasks
        for i in range(self.lattice_count):
            oh, ow = max(oh, self.lattices[i].oh), max(ow, self.lattices[i].ow)
        grid = &self.lattices[0]
        columns = BLOCK_COLUMNS
        if oh == 1:  # a matrix product: the block is a run of pixels
            columns = max(56, min(columns, STRIP_BYTES // (4 * min(self.c, DEPTH))))
        self.column_blocks = blocks(ow, columns)
        self.columns = blocks(ow, self.column_blocks)
        width = (self.columns - 1) * grid.sw + (grid.kw - 1) * grid.dw + 1
        rows = (STRIP_BYTES // (4 * width * self.c) - (grid.kh - 1) * grid.dh - 1) // grid.sh + 1
        self.row_blocks = blocks(oh, max(1, min(rows, oh)))
        self.panels = blocks(self.oc, FC_PANEL)
        tasks = self.n * self.row_blocks * self.column_blocks * self.panels
        if tasks < FEW_TASKS:
            self.row_blocks = max(self.row_blocks, min(self.row_blocks * blocks(FEW_TASKS, tasks),
                                                       blocks(oh, FEW_ROWS)))
        rows = blocks(oh, self.row_blocks)
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
            grid.depth_blocks = blocks(grid.depth, DEPTH) if grid.segments == 1 else 1
            grid.offsets = <ptrdiff_t *> malloc(grid.segments * sizeof(ptrdiff_t))
            if grid.offsets == NULL:
                raise MemoryError("no memory for the plan of a convolution")
            for r in range(grid.segments):
                q = 1 if grid.merged else grid.kw
                grid.offsets[r] = r // q * grid.dh * pitch + r % q * grid.dw * pixel
            if not grid.in_place:
                floats = max(floats, ((rows - 1) * grid.sh + (grid.kh - 1) * grid.dh + 1) * pitch)
        self.own_bytes = floats * sizeof(float)
        weights = self.groups * self.panels * self.panel_floats
        source = self.n * self.ih * self.iw * self.ldx
        self.weights_stream, self.ahead = weights > source, weights + source >= AHEAD
        self.end.stream = self.streams(y)
        self.block_count = (self.lattice_count * self.n * self.row_blocks * self.column_blocks
                            * self.panel_blocks)
        return 0

    cdef bint streams(self, const float *y) noexcept nogil:
        """Whether y is to go past the caches: it is large, and each store fills lines of memory at once."""
        cdef ptrdiff_t i, depth_blocks = 1
        for i in range(self.lattice_count):
            depth_blocks = max(depth_blocks, self.lattices[i].depth_blocks)
        return (self.n * self.y_image >= STREAM_FLOATS and depth_blocks == 1
                and self.oc % FC_LINE == 0 and self.ldy % FC_LINE == 0 and 2 * isa.K.lanes >= FC_LINE
                and <size_t> y % (FC_LINE * sizeof(float)) == 0)

    cdef void correlate(self, ptrdiff_t index, const float *w, float *y, float *strip) noexcept nogil:
        """A block of pixels of one image and lattice x a block of panels: disjoint parts of y."""
        cdef Block b
        cdef ptrdiff_t part, row_block, column_block, group, width
        cdef const float *source
        part, index = index % self.panel_blocks, index // self.panel_blocks
        column_block, index = index % self.column_blocks, index // self.column_blocks
        row_block, index = index % self.row_blocks, index // self.row_blocks
        b.image, index = index % self.n, index // self.n
        b.grid = &self.lattices[index]
        b.h0 = block_start(b.grid.oh, self.row_blocks, row_block)
        b.h1 = block_start(b.grid.oh, self.row_blocks, row_block + 1)
        b.w0 = block_start(b.grid.ow, self.column_blocks, column_block)
        b.w1 = block_start(b.grid.ow, self.column_blocks, column_block + 1)
        if b.h0 == b.h1 or b.w0 == b.w1:
            return
        b.first_panel = block_start(self.panels, self.panel_blocks, part)
        b.last_panel = block_start(self.panels, self.panel_blocks, part + 1)
        self.look_ahead(&b)
        for group in range(self.groups):
            source = self.x + b.image * self.ih * self.iw * self.ldx + group * self.c
            if b.grid.in_place:
                b.pixel, b.pitch = self.ldx, self.iw * self.ldx
                b.corner = source + ((b.grid.top + b.h0 * b.grid.sh) * b.pitch
                                     + (b.grid.left + b.w0 * b.grid.sw) * b.pixel)
            else:
                width = (self.columns - 1) * b.grid.sw + (b.grid.kw - 1) * b.grid.dw + 1
                b.pixel, b.pitch, b.corner = self.c, width * self.c, strip
                isa.K.copy_rows(self.ih, self.iw, self.ldx, self.c, b.grid.top + b.h0 * b.grid.sh,
                                (b.h1 - b.h0 - 1) * b.grid.sh + (b.grid.kh - 1) * b.grid.dh + 1,
                                b.grid.left + b.w0 * b.grid.sw, width, source, strip)
            self.multiply(&b, group, w, y)
        if self.end.stream:
            isa.K.streamed()

    cdef void look_ahead(self, Block *b) noexcept nogil:
        """What is read next: the source behind this block, as much as the block is new."""
        cdef ptrdiff_t first, pixels
        if self.column_blocks == 1:
            first = (b.grid.top + (b.h1 - 1) * b.grid.sh + (b.grid.kh - 1) * b.grid.dh + 1) * self.iw
            pixels = (b.h1 - b.h0) * b.grid.sh * self.iw
        else:
            first = (b.grid.top + b.h0 * b.grid.sh) * self.iw + b.grid.left + b.w1 * b.grid.sw
            pixels = (b.w1 - b.w0) * b.grid.sw
        first = max(first + b.image * self.ih * self.iw, 0)
        b.next = self.x + first * self.ldx
        b.end = self.x + min(first + pixels, self.n * self.ih * self.iw) * self.ldx

    cdef void multiply(self, Block *b, ptrdiff_t group, const float *w, float *y) noexcept nogil:
        """All products of one group, channels k0 .. k1 at a stretch."""
        cdef ptrdiff_t k, k0, k1, panel, channel
        cdef ptrdiff_t place = b.image * self.y_image + b.grid.y_first
        cdef const float *weights
        w += group * self.panels * self.panel_floats
        for k in range(b.grid.depth_blocks):
            k0 = block_start(b.grid.depth, b.grid.depth_blocks, k)
            k1 = block_start(b.grid.depth, b.grid.depth_blocks, k + 1)
            for panel in range(b.first_panel, b.last_panel):
                channel = group * self.oc + panel * FC_PANEL
                weights = w + panel * self.panel_floats + b.grid.w_first
                if self.weights_stream:
                    b.next = weights + self.panel_floats + k0 * FC_PANEL
                    if panel + 1 == b.last_panel and k + 1 < b.grid.depth_blocks:
                        b.next = w + b.first_panel * self.panel_floats + b.grid.w_first + k1 * FC_PANEL
                    b.end = b.next + b.grid.segments * (k1 - k0) * FC_PANEL
                self.multiply_panel(b, k0, k1, weights + k0 * FC_PANEL, y, channel, place + channel)

    cdef void multiply_panel(self, Block *b, ptrdiff_t k0, ptrdiff_t k1, const float *w, float *y,
                             ptrdiff_t channel, ptrdiff_t place) noexcept nogil:
        """The channels of a panel, from `channel` on: they begin `place` floats behind y."""
        cdef Lattice *grid = b.grid
        cdef ptrdiff_t columns = min(FC_PANEL, self.oc - channel % self.oc)
        cdef ptrdiff_t j = 0, width, vectors, tiles, h, tile, first, rows, source, s0, s1, at
        cdef fc_epilogue end, tile_end
        cdef ptrdiff_t per_row = grid.segments // grid.kh
        while j < columns:
            width = min(columns - j, 2 * isa.K.lanes)
            vectors = 2 if width > isa.K.lanes else 1
            end = tile_end = epilogue_at(&self.end, channel + j, place + j)
            tiles = blocks(b.w1 - b.w0, isa.K.tile_rows[vectors - 1])
            for h in range(b.h0, b.h1):
                # Taps above and below the image would meet zeros: they are left out.
                source = grid.top + h * grid.sh
                s0 = min(blocks(max(-source, 0), grid.dh), grid.kh) * per_row
                s1 = min(blocks(max(self.ih - source, 0), grid.dh), grid.kh) * per_row
                for tile in range(tiles):
                    first = block_start(b.w1 - b.w0, tiles, tile)
                    rows = block_start(b.w1 - b.w0, tiles, tile + 1) - first
                    at = h * grid.y_row + (b.w0 + first) * grid.y_column
                    if end.residual != NULL:
                        tile_end.residual = end.residual + at
                    isa.K.gemm_cs1[vectors - 1][rows](
                        b.corner + (h - b.h0) * grid.sh * b.pitch + first * grid.sw * b.pixel + k0,
                        grid.offsets + s0, grid.sw * b.pixel, w + s0 * grid.depth * FC_PANEL + j, FC_PANEL,
                        s1 - s0, k1 - k0, y + place + j + at, grid.y_column, width, k0 > 0,
                        &tile_end if k1 == grid.depth else NULL,
                        b.next if b.next < b.end and (self.ahead or vectors == 2) else NULL)
                    b.next += grid.segments * (k1 - k0) * FC_LINE
            j += width
