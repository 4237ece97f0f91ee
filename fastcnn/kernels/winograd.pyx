"""Winograd convolution F(4x4, 3x3) and F(2x2, 5x5), stride 1: forward and backward-data.

A block of tiles of outputs is in work at a time. Its inputs are transformed into 36 planes, stretches of
up to 128 channels apart: v[stretch, plane, tile, depth]. Then for each panel of 32 output channels, stretch
by stretch and half of the planes at a time, the weights are transformed and v[stretch, plane] is
multiplied with them, and at last the products m[plane, tile, 32] are transformed back. Formulas:
``src/winograd.h``.

Where there are many tiles, or few weights, each task has a block for itself, and what it writes stays in
the caches of its core. Else all threads share a block: they transform its inputs in one phase and take
panels in the next.

The transformed weights, four times as large as the weights, never exist as a whole: half of the planes of a
stretch of one panel fit into the L2 cache of a core, right before they are read there. To transform a
weight costs as much as to multiply it with six tiles, so a block has many more.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.conv cimport transpose_panel
from fastcnn.kernels.kernels cimport FC_PANEL, fc_epilogue
from fastcnn.kernels.op cimport Op, block_start, blocks, epilogue_at

from fastcnn.kernels import packing

# Bytes of the planes of a thread, for its part of the L3 cache.
cdef ptrdiff_t OWN_BYTES = 4 << 20
# Tiles of a block that all threads share and bytes of its planes, for the L3 cache.
cdef ptrdiff_t SHARED_TILES = 400, SHARED_BYTES = 16 << 20
# Tiles of a chunk of it: at most, for the L2 cache, and at least, for the weights to be worth their
# transform.
cdef ptrdiff_t CHUNK_MOST = 200, CHUNK_LEAST = 64
# Chunks of all panels: enough to share among threads.
cdef ptrdiff_t TASKS = 8
# Tiles that one task transforms.
cdef ptrdiff_t TASK_TILES = 8
# Weights so few that threads rather transform them for each block of their own than share one; tiles of
# two blocks, at least.
cdef ptrdiff_t FEW_WEIGHTS = 200000, FEW_TILES = 32


cdef ptrdiff_t apart(ptrdiff_t floats) noexcept nogil:
    """At least as many floats, for the distance of planes: an odd number of cache lines, so that the
    36 places that a transform writes do not compete for the same lines of the L1 cache."""
    return blocks(floats, 16) * 16 | 16


cdef class Tiles(Op):
    """What the Winograd passes share: the geometry of tiles and the transform of the inputs."""

    cdef int geometry(self, ptrdiff_t window, ptrdiff_t top, ptrdiff_t left) except -1:
        self.window, self.taps, self.method = window, window * window, window // 4
        self.tile = PLANE + 1 - window
        self.top, self.left = top, left
        self.tile_rows, self.tile_columns = blocks(self.oh, self.tile), blocks(self.ow, self.tile)
        self.tiles = self.n * self.tile_rows * self.tile_columns
        self.panels = blocks(self.oc, FC_PANEL)
        # Whole vectors, and never a multiple of 1 KiB: the rows of a register tile would compete.
        self.v_row = blocks(self.depth, 16) * 16
        if self.v_row % 256 == 0:
            self.v_row += 16
        self.stretches = blocks(self.c, self.depth)
        return 0

    cdef int cut(self, ptrdiff_t tile_bytes, ptrdiff_t own_bytes, ptrdiff_t parts) except -1:
        """Cut the tiles into blocks, of one thread or of all. Planes take `tile_bytes` for each tile; a
        thread may have `own_bytes` of them; its blocks are a multiple of `parts`."""
        cdef bint few = self.taps * self.c * self.oc <= FEW_WEIGHTS and self.tiles >= FEW_TILES
        self.together = (not few and self.tiles < OWN_BLOCKS * OWN_TILES
                         or OWN_TILES * tile_bytes > own_bytes)
        if self.together:
            self.block_count = blocks(self.tiles, min(SHARED_TILES, max(TASK_TILES,
                                                                        SHARED_BYTES // tile_bytes)))
        else:
            self.block_count = parts * blocks(self.tiles, parts * OWN_TILES)
        self.block = blocks(self.tiles, self.block_count)
        self.v_step = apart(self.block * self.v_row)
        self.v_floats = self.stretches * PLANES * self.v_step
        return 0

    cdef ptrdiff_t block_first(self, ptrdiff_t block) noexcept nogil:
        """The first tile of a block."""
        return block_start(self.tiles, self.block_count, block)

    cdef ptrdiff_t block_size(self, ptrdiff_t block) noexcept nogil:
        return self.block_first(block + 1) - self.block_first(block)

    cdef ptrdiff_t stretch_depth(self, ptrdiff_t stretch) noexcept nogil:
        return min(self.depth, self.c - stretch * self.depth)

    cdef void transform_inputs(self, ptrdiff_t block, ptrdiff_t first, ptrdiff_t last, float *zeros,
                               float *v) noexcept nogil:
        """Tiles first .. last of a block of v[stretches, 36, block, v_row]; `zeros` is memory for [c]."""
        cdef ptrdiff_t tile
        memset(zeros, 0, self.c * sizeof(float))
        for tile in range(first, last):
            self.transform_input(self.block_first(block) + tile, zeros, v + tile * self.v_row)

    cdef void transform_input(self, ptrdiff_t tile, const float *zeros, float *v) noexcept nogil:
        """v[stretches, 36, depth] of one tile; pixels outside of the image are `zeros` [c]."""
        cdef const float *pixels[PLANES]
        cdef ptrdiff_t stretch, pixel
        self.input_pixels(tile, zeros, pixels)
        for stretch in range(self.stretches):
            isa.K.winograd_input(self.stretch_depth(stretch), pixels, self.tile * self.ldx, v, self.v_step)
            for pixel in range(PLANES):
                pixels[pixel] += self.depth
            v += PLANES * self.v_step

    cdef void input_pixels(self, ptrdiff_t tile, const float *zeros, const float **found) noexcept nogil:
        """Where the 6x6 pixels of one tile of x are."""
        cdef ptrdiff_t image = tile // (self.tile_rows * self.tile_columns)
        cdef ptrdiff_t h0 = tile // self.tile_columns % self.tile_rows * self.tile - self.top
        cdef ptrdiff_t w0 = tile % self.tile_columns * self.tile - self.left
        window_pixels(self.x + image * self.ih * self.iw * self.ldx, self.ih, self.iw, self.ldx, h0, w0,
                      PLANE, zeros, found)

    cdef void pixels(self, ptrdiff_t tile, const float *y, const float *outside,
                     const float **found) noexcept nogil:
        """Where the pixels of one tile of y[n, oh, ow, oc] are."""
        cdef ptrdiff_t image = tile // (self.tile_rows * self.tile_columns)
        cdef ptrdiff_t h0 = tile // self.tile_columns % self.tile_rows * self.tile
        cdef ptrdiff_t w0 = tile % self.tile_columns * self.tile
        window_pixels(y + image * self.oh * self.ow * self.ldy, self.oh, self.ow, self.ldy, h0, w0,
                      self.tile, outside, found)


cdef void window_pixels(const float *image, ptrdiff_t ih, ptrdiff_t iw, ptrdiff_t ld, ptrdiff_t h0,
                        ptrdiff_t w0, ptrdiff_t size, const float *outside,
                        const float **found) noexcept nogil:
    """Where the size x size pixels from (h0, w0) are; `outside` for those that do not exist."""
    cdef ptrdiff_t i, j
    for i in range(size):
        for j in range(size):
            if 0 <= h0 + i < ih and 0 <= w0 + j < iw:
                found[i * size + j] = image + ((h0 + i) * iw + w0 + j) * ld
            else:
                found[i * size + j] = outside


cdef class WinogradCorrelation(Tiles):
    """y = x correlated with a square window, with an epilogue."""

    cdef fc_epilogue end
    cdef float *y
    cdef ptrdiff_t chunks                   # of a shared block
    cdef ptrdiff_t panel_floats             # memory of a panel in work

    cdef int plan(self, ptrdiff_t window, ptrdiff_t top, ptrdiff_t left, bint transposed) except -1:
        # Nearly equal stretches of whole panels, since backward-data transposes them.
        self.depth = min(self.c, blocks(blocks(self.c, blocks(self.c, DEPTH)), FC_PANEL) * FC_PANEL)
        self.geometry(window, top, left)
        self.cut(self.stretches * PLANES * self.v_row * sizeof(float), OWN_BYTES, 2)
        self.chunks = 1
        if self.together:
            self.chunks = max(blocks(self.block, CHUNK_MOST),
                              min(blocks(TASKS, self.panels), self.block // CHUNK_LEAST))
        self.u_step = apart(self.depth * FC_PANEL)
        self.m_step = apart(blocks(self.block, self.chunks) * FC_PANEL)
        self.panel_floats = FC_PANEL + HALF * self.u_step + PLANES * self.m_step
        if transposed:
            self.panel_floats += self.taps * self.depth * FC_PANEL
        self.own_bytes = (self.stretches * self.v_row + self.panel_floats) * sizeof(float)
        if self.together:
            self.phases = 2 * self.block_count
            self.shared_bytes = self.v_floats * sizeof(float)
        else:
            self.own_bytes += self.v_floats * sizeof(float)
        return 0

    cdef ptrdiff_t count(self, int phase) noexcept nogil:
        if not self.together:
            return self.block_count
        return blocks(self.block, TASK_TILES) if phase % 2 == 0 else self.panels * self.chunks

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t block = phase // 2 if self.together else index, size = self.block_size(block), panel
        cdef float *zeros = <float *> own                       # [c]
        cdef float *rest = zeros + self.stretches * self.v_row  # of a panel
        cdef float *v = <float *> shared                        # [stretches, 36, block, v_row]
        if not self.together:
            # A block of tiles, from input to output: disjoint parts of y.
            v = rest + self.panel_floats
            self.transform_inputs(block, 0, size, zeros, v)
            for panel in range(self.panels):
                self.panel_outputs(panel, block, 0, size, v, rest)
        elif phase % 2 == 0:
            # A few tiles of the block: their own rows of v.
            self.transform_inputs(block, index * TASK_TILES, min(size, (index + 1) * TASK_TILES), zeros, v)
        else:
            # A panel of a chunk of tiles: disjoint parts of y.
            panel, index = index // self.chunks, index % self.chunks
            self.panel_outputs(panel, block, block_start(size, self.chunks, index),
                               block_start(size, self.chunks, index + 1), v, rest)

    cdef const float *panel_weights(self, ptrdiff_t panel, ptrdiff_t first, ptrdiff_t depth,
                                    ptrdiff_t *tap, float *own) noexcept nogil:
        """w[taps, depth, 32] of a panel, from input channel `first` on; its taps are `tap` floats apart.
        `own` is memory for it."""
        return own

    cdef void panel_outputs(self, ptrdiff_t panel, ptrdiff_t block, ptrdiff_t first, ptrdiff_t last,
                            const float *v, float *own) noexcept nogil:
        """A panel of the outputs of tiles first .. last of a block."""
        cdef float *nowhere = own                               # [32]
        cdef float *u = nowhere + FC_PANEL                      # [18, depth, 32]
        cdef float *m = u + HALF * self.u_step                  # [36, tiles, 32]
        cdef const float *w
        cdef ptrdiff_t columns = min(FC_PANEL, self.oc - panel * FC_PANEL)
        cdef ptrdiff_t tile, plane, stretch, depth, tap = 0
        cdef int half
        v += first * self.v_row
        for stretch in range(self.stretches):
            depth = self.stretch_depth(stretch)
            w = self.panel_weights(panel, stretch * self.depth, depth, &tap, m + PLANES * self.m_step)
            for half in range(2):
                isa.K.winograd_weights[self.method](depth * FC_PANEL, w, tap, half, u, self.u_step)
                for plane in range(half * HALF, (half + 1) * HALF):
                    self.multiply(last - first, depth, columns, v, u + plane % HALF * self.u_step,
                                  m + plane * self.m_step, stretch > 0)
                    v += self.v_step
        for tile in range(last - first):
            self.transform_output(self.block_first(block) + first + tile, panel * FC_PANEL, nowhere,
                                  m + tile * FC_PANEL)

    cdef void multiply(self, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, const float *v,
                       const float *u, float *m, bint accumulate) noexcept nogil:
        """m[rows, columns] (+)= v[rows, depth] @ u[depth, columns], of panels and in whole vectors. Each
        tile fetches the rows of the next one, or of the next plane: they come from the L3 cache, for
        each panel again."""
        cdef ptrdiff_t j = 0, vectors, tiles, tile, first, last, zero = 0
        cdef const float *next
        while j < columns:
            vectors = 2 if columns - j > isa.K.lanes else 1
            tiles = blocks(rows, isa.K.tile_rows[vectors - 1])
            for tile in range(tiles):
                first, last = block_start(rows, tiles, tile), block_start(rows, tiles, tile + 1)
                next = v + (last * self.v_row if last < rows else self.v_step)
                isa.K.gemm_cs1[vectors - 1][last - first](
                    v + first * self.v_row, &zero, self.v_row, u + j, FC_PANEL, 1, depth,
                    m + first * FC_PANEL + j, FC_PANEL, vectors * isa.K.lanes, accumulate, NULL, next)
            j += vectors * isa.K.lanes

    cdef void transform_output(self, ptrdiff_t tile, ptrdiff_t channel, float *nowhere,
                               const float *m) noexcept nogil:
        """32 channels of the pixels of one tile; those outside of the output go to `nowhere` [32]."""
        cdef float *pixels[PLANES]
        cdef const float *residual[PLANES]
        cdef fc_epilogue end = epilogue_at(&self.end, channel, channel)
        self.pixels(tile, self.y + channel, nowhere, <const float **> pixels)
        if end.residual != NULL:
            self.pixels(tile, end.residual, nowhere, residual)
        isa.K.winograd_output[self.method](min(FC_PANEL, self.oc - channel), m, self.m_step, &end, residual,
                                           pixels, self.tile * self.ldy)


cdef class WinogradForward(WinogradCorrelation):
    """y = clamp(conv(x, w) * scale + b + residual); `w` packed, the others as in `Op.epilogue`.

    y may be some channels of a wider tensor, without a residual.
    """

    cdef const float *w

    writes = ("y",)

    def __init__(self, s, x, w, b, y, scale=None, residual=None, clamp=None):
        self.x = self.source(x, s.x_shape)
        self.w = self.source(w, packing.packed_shape(s.w_shape))
        self.end = self.epilogue(s.y_shape, b, scale, residual, clamp)
        self.y = self.result(y, s.y_shape, residual, &self.ldy)
        self.n, self.ih, self.iw, self.c, self.ldx = s.n, s.ih, s.iw, s.ic, s.ic
        self.oh, self.ow, self.oc = s.oh, s.ow, s.oc
        self.plan(s.kh, s.top, s.left, False)

    cdef const float *panel_weights(self, ptrdiff_t panel, ptrdiff_t first, ptrdiff_t depth,
                                    ptrdiff_t *tap, float *own) noexcept nogil:
        tap[0] = self.c * FC_PANEL
        return self.w + (panel * self.taps * self.c + first) * FC_PANEL


cdef class WinogradBackwardData(WinogradCorrelation):
    """dx from dy and packed w: a correlation of dy with the transposed weights, rotated by 180 degrees.

    dy may be some channels of a wider tensor.
    """

    cdef const float *w
    cdef ptrdiff_t rotated[25]

    writes = ("dx",)

    def __init__(self, s, dy, w, dx):
        self.x = <const float *> self.slices(dy, "input", s.y_shape, False, &self.ldx)
        self.w = self.source(w, packing.packed_shape(s.w_shape))
        self.y = self.target(dx, s.x_shape)
        self.n, self.ih, self.iw, self.c = s.n, s.oh, s.ow, s.oc
        self.oh, self.ow, self.oc, self.ldy = s.ih, s.iw, s.ic, s.ic
        self.plan(s.kh, s.kh - 1 - s.top, s.kw - 1 - s.left, True)
        for tap in range(self.taps):
            self.rotated[tap] = self.taps - 1 - tap

    cdef const float *panel_weights(self, ptrdiff_t panel, ptrdiff_t first, ptrdiff_t depth,
                                    ptrdiff_t *tap, float *own) noexcept nogil:
        tap[0] = depth * FC_PANEL
        transpose_panel(self.w + first * self.taps * self.oc, self.taps, depth, self.oc, panel,
                        self.rotated, own)
        return own
