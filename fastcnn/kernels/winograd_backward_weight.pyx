"""Winograd convolution F(4x4, 3x3) and F(2x2, 5x5): backward-weight, the exact adjoint of the forward pass.

dw = G^T [sum over tiles of (B^T x B) * (A dy A^T)] G. A block of tiles is in work at a time: x and dy are
transformed into planes; then for each panel of 32 output channels, up to 128 input channels and half of
the planes at a time, they are multiplied, which sums over the tiles of the block, and the products are
transformed back and added to dw. Where the planes are large, one half of them is made and multiplied after
the other, so that those of all threads lie in the caches together. The bias gradient is the column sum of
one plane: A dy A^T at the points (1, 1) is the plain sum of the tile.

Where there are many tiles and few channels, or few weights, each task has its own blocks and a part of the
sum, and what it writes stays in the caches of its core; the parts are added in a second phase. Else all
threads share a block: they transform it in one phase and take panels in the next. Either way, sums have one
order for any number of threads.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport FC_PANEL
from fastcnn.kernels.op cimport block_start, blocks
from fastcnn.kernels.winograd cimport DEPTH, HALF, OWN_TILES, PLANES, Tiles, apart

from fastcnn.kernels import packing

cdef enum:
    SUM_PLANE = 7                           # both points are 1; in the first half

# Bytes of the planes of a thread, for its part of the L3 cache; where a block has more, it has halves.
cdef ptrdiff_t OWN_BYTES = 4 << 20
# Parts of the sum: enough to share among threads, few enough to add up.
cdef ptrdiff_t MOST_PARTS = 16, LEAST_PARTS = 8, PARTS_BYTES = 16 << 20
# Chunks of all panels, likewise; input channels of a chunk, at least two high register tiles.
cdef ptrdiff_t TASKS = 16, CHUNK_CHANNELS = 28
# Tiles that one task transforms; values of the result that one task adds up.
cdef ptrdiff_t TASK_TILES = 8, SUM_FLOATS = 16384


cdef class WinogradBackwardWeight(Tiles):
    """Packed dw and db (or None) from dy, which may be some channels of a wider tensor, and x."""

    cdef const float *dy
    cdef float *dw
    cdef float *db
    cdef ptrdiff_t m_row, m_panel           # floats of a row of m, of a panel of a plane of m
    cdef ptrdiff_t chunks                   # of the input channels
    cdef ptrdiff_t halves, planes           # in which a block is in work, planes of each
    cdef ptrdiff_t parts, dw_floats, part_floats

    writes = ("dw", "db")

    def __init__(self, s, dy, x, dw, db):
        self.dy = <const float *> self.slices(dy, "input", s.y_shape, False, &self.ldy)
        self.x = self.source(x, s.x_shape)
        self.dw = self.target(dw, packing.packed_shape(s.w_shape))
        if db is not None:
            self.db = self.target(db, (s.oc,))
        self.n, self.ih, self.iw, self.c, self.ldx = s.n, s.ih, s.iw, s.ic, s.ic
        self.oh, self.ow, self.oc = s.oh, s.ow, s.oc
        self.depth = self.c         # rows of the products: not summed
        self.geometry(s.kh, s.top, s.left)
        self.m_row = self.panels * FC_PANEL
        self.dw_floats = self.panels * self.taps * self.c * FC_PANEL
        # An even number, for two threads.
        self.parts = max(2, min(MOST_PARTS, self.tiles // OWN_TILES,
                                max(LEAST_PARTS, PARTS_BYTES // (self.dw_floats * sizeof(float)))) // 2 * 2)
        tile_bytes = PLANES * (self.v_row + self.m_row) * sizeof(float)
        self.halves = 2 if OWN_TILES * tile_bytes > OWN_BYTES else 1
        self.planes = PLANES // self.halves
        self.cut(tile_bytes // self.halves, OWN_BYTES, self.parts)
        self.chunks = 1
        if self.together:
            self.chunks = max(1, min(blocks(TASKS, self.panels), self.c // CHUNK_CHANNELS))
        self.m_panel = self.block * FC_PANEL
        self.m_step = apart(self.panels * self.m_panel)
        self.u_step = apart(min(DEPTH, blocks(self.c, self.chunks)) * FC_PANEL)
        # A part: dw, then db.
        self.part_floats = self.dw_floats + self.m_row
        self.own_bytes = (max(self.v_row, self.m_row) + HALF * self.u_step) * sizeof(float)
        if self.together:
            self.phases = 2 * self.halves * self.block_count
            self.shared_bytes = self.planes * (self.v_step + self.m_step) * sizeof(float)
        else:
            self.phases = 2
            self.shared_bytes = self.parts * self.part_floats * sizeof(float)
            self.own_bytes += self.planes * (self.v_step + self.m_step) * sizeof(float)

    cdef ptrdiff_t count(self, int phase) noexcept nogil:
        if not self.together:
            return self.parts if phase == 0 else blocks(self.dw_floats, SUM_FLOATS) + 1
        return blocks(self.block, TASK_TILES) if phase % 2 == 0 else self.panels * self.chunks

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *v = <float *> shared
        cdef float *zeros = <float *> own                       # [c] and [oc]
        cdef float *du = zeros + max(self.v_row, self.m_row)    # [18, channels, 32]
        cdef ptrdiff_t block, half, size, panel
        if not self.together:
            if phase == 0:
                self.add_part(index, v + index * self.part_floats, zeros, du)
            else:
                self.add_parts(index, v)
            return
        block, half = phase // 2 // self.halves, phase // 2 % self.halves
        size = self.block_size(block)
        if phase % 2 == 0:
            # A few tiles of the block: their own rows of v and m.
            self.transform(block, half, index * TASK_TILES, min(size, (index + 1) * TASK_TILES), zeros, v)
        else:
            # Some input channels of a panel: their own part of dw.
            panel, index = index // self.chunks, index % self.chunks
            self.add_panel(panel, block_start(self.c, self.chunks, index),
                           block_start(self.c, self.chunks, index + 1), size, half, block > 0, v, du,
                           self.dw, self.db)

    cdef void add_part(self, ptrdiff_t index, float *part, float *zeros, float *du) noexcept nogil:
        """Some blocks of tiles: their own part of the sum."""
        cdef ptrdiff_t first = block_start(self.block_count, self.parts, index), block, panel
        cdef float *v = du + HALF * self.u_step
        cdef ptrdiff_t half
        for block in range(first, block_start(self.block_count, self.parts, index + 1)):
            for half in range(self.halves):
                self.transform(block, half, 0, self.block_size(block), zeros, v)
                for panel in range(self.panels):
                    self.add_panel(panel, 0, self.c, self.block_size(block), half, block > first, v, du,
                                   part, NULL if self.db == NULL else part + self.dw_floats)

    cdef void add_parts(self, ptrdiff_t index, const float *parts) noexcept nogil:
        """A run of dw, or all of db, over the parts in their order."""
        cdef ptrdiff_t count = blocks(self.dw_floats, SUM_FLOATS)
        cdef ptrdiff_t first = block_start(self.dw_floats, count, index)
        if index < count:
            isa.K.sum_parts(block_start(self.dw_floats, count, index + 1) - first, self.parts,
                            self.part_floats, parts + first, self.dw + first)
        elif self.db != NULL:
            isa.K.sum_parts(self.oc, self.parts, self.part_floats, parts + self.dw_floats, self.db)

    cdef void transform(self, ptrdiff_t block, ptrdiff_t half, ptrdiff_t first, ptrdiff_t last,
                        float *zeros, float *v) noexcept nogil:
        """The planes, or half of them, of tiles first .. last of a block: v[planes, block, v_row] and
        behind it m[planes, panels, block, 32]. `zeros` is memory for [c] and [oc]."""
        cdef const float *pixels[PLANES]
        cdef float *m = v + self.planes * self.v_step
        cdef ptrdiff_t start = self.block_first(block), tile, x_ahead = self.tile * self.ldx
        cdef ptrdiff_t dy_ahead = self.tile * self.ldy
        memset(zeros, 0, max(self.v_row, self.m_row) * sizeof(float))
        for tile in range(first, last):
            self.input_pixels(start + tile, zeros, pixels)
            if self.halves == 1:
                isa.K.winograd_input(self.c, pixels, x_ahead, v + tile * self.v_row, self.v_step)
            else:
                isa.K.winograd_input_half(self.c, pixels, x_ahead, half, v + tile * self.v_row, self.v_step)
        for tile in range(first, last):
            self.pixels(start + tile, self.dy, zeros, pixels)
            if self.halves == 1:
                isa.K.winograd_gradient[self.method](self.oc, pixels, dy_ahead, m + tile * FC_PANEL,
                                                     self.m_step, self.m_panel)
            else:
                isa.K.winograd_gradient_half[self.method](self.oc, pixels, dy_ahead, half,
                                                          m + tile * FC_PANEL, self.m_step, self.m_panel)

    cdef void add_panel(self, ptrdiff_t panel, ptrdiff_t first, ptrdiff_t last, ptrdiff_t size,
                        ptrdiff_t half, bint accumulate, const float *v, float *du, float *dw,
                        float *db) noexcept nogil:
        """Channels first .. last of a panel of dw, and all of db: the products of the planes, or of half of
        them, of a block of tiles."""
        cdef const float *m = v + self.planes * self.v_step + panel * self.m_panel
        cdef ptrdiff_t parts = blocks(last - first, DEPTH), i, at, channels, each, plane
        dw += panel * self.taps * self.c * FC_PANEL
        for i in range(parts):
            at = first + block_start(last - first, parts, i)
            channels = first + block_start(last - first, parts, i + 1) - at
            for each in range(half, half + 3 - self.halves):
                for plane in range((each - half) * HALF, (each - half + 1) * HALF):
                    self.multiply(channels, size, v + plane * self.v_step + at, m + plane * self.m_step,
                                  du + plane % HALF * self.u_step)
                isa.K.winograd_weights_backward[self.method](
                    channels * FC_PANEL, du, self.u_step, each, dw + at * FC_PANEL, self.c * FC_PANEL,
                    accumulate or each > 0)
        if db != NULL and first == 0 and half == 0:
            self.add_bias(size, accumulate, m + SUM_PLANE * self.m_step, db + panel * FC_PANEL,
                          min(FC_PANEL, self.oc - panel * FC_PANEL))

    cdef void multiply(self, ptrdiff_t channels, ptrdiff_t size, const float *v, const float *m,
                       float *du) noexcept nogil:
        """du[channels, 32] = v[size, channels].T @ m[size, 32]."""
        cdef ptrdiff_t j = 0, k, tiles = blocks(channels, isa.K.tile_rows[1]), tile, first, last, zero = 0
        while j < FC_PANEL:
            k = 0
            while k < size:
                for tile in range(tiles):
                    first, last = block_start(channels, tiles, tile), block_start(channels, tiles, tile + 1)
                    isa.K.gemm_rs1[1][last - first](
                        v + k * self.v_row + first, &zero, self.v_row, m + k * FC_PANEL + j, FC_PANEL,
                        1, min(DEPTH, size - k), du + first * FC_PANEL + j, FC_PANEL, 2 * isa.K.lanes,
                        k > 0, NULL, NULL)
                k += DEPTH
            j += 2 * isa.K.lanes

    cdef void add_bias(self, ptrdiff_t size, bint accumulate, const float *m, float *db,
                       ptrdiff_t channels) noexcept nogil:
        """db[channels] (+)= the sum of m[size, 32]."""
        cdef float sums[FC_PANEL]
        cdef ptrdiff_t i
        memset(sums, 0, sizeof(sums))
        isa.K.panel_sums(size, channels, m, FC_PANEL, sums)
        for i in range(channels):
            db[i] = db[i] + sums[i] if accumulate else sums[i]
