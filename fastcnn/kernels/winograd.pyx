"""Winograd convolution F(4x4, 3x3) of 3x3 windows with stride 1: forward and backward-data.

Tiles of 4x4 outputs are taken in blocks. For a block: transform the inputs into 36 planes v[plane,
tile, c], multiply each with its plane of transformed weights u[plane, panel, c, 32], and
transform the products m[plane, tile, oc] back. Formulas: ``src/winograd.h``.

Small weights: a task does all three stages for its own block, whose planes stay in its L2 cache, and
the weights are read from L3 once per block. Large weights: all threads share one large block and each
takes its own planes, so the weights stream from memory once per block.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.conv cimport transpose_panel
from fastcnn.kernels.kernels cimport FC_PANEL
from fastcnn.kernels.op cimport Op, block_start, blocks

from fastcnn.kernels import packing

cdef enum:
    TILE = 4
    WINDOW = 6
    PLANES = 36

# Transformed weights up to this size are read from the L3 cache by every thread.
cdef ptrdiff_t SHARED_WEIGHTS = 12 << 20
# Planes of a block: of one thread (L2 cache and its share of L3), of all threads together (L3).
cdef ptrdiff_t OWN_PLANES = 2 << 20
cdef ptrdiff_t SHARED_PLANES = 16 << 20
# Channels that are summed up at a stretch: shorter sums, smaller rounding errors.
cdef ptrdiff_t DEPTH = 128
# Tiles that one task transforms when a block is shared.
cdef ptrdiff_t TASK_TILES = 8


cdef ptrdiff_t padded(ptrdiff_t channels) noexcept nogil:
    """Floats of a row of planes: whole vectors, and never a multiple of 1 KiB, whose rows would all
    compete for the same few lines of the L1 cache."""
    cdef ptrdiff_t row = blocks(channels, 16) * 16
    return row + 16 if row % 256 == 0 else row


cdef class Tiles(Op):
    """What the Winograd passes share: the geometry of tiles and the transform of the inputs."""

    cdef int geometry(self, ptrdiff_t top, ptrdiff_t left) except -1:
        self.top, self.left = top, left
        self.tile_rows, self.tile_columns = blocks(self.oh, TILE), blocks(self.ow, TILE)
        self.tiles = self.n * self.tile_rows * self.tile_columns
        self.panels = blocks(self.oc, FC_PANEL)
        self.v_row = padded(self.c)
        self.u_panel = self.c * FC_PANEL
        self.u_step = self.panels * self.u_panel
        return 0

    cdef void transform_input(self, ptrdiff_t tile, const float *zeros, float *v) noexcept nogil:
        """v[36, c] of one tile; pixels outside of the image are `zeros` [c]."""
        cdef const float *pixels[PLANES]
        cdef ptrdiff_t image = tile // (self.tile_rows * self.tile_columns)
        cdef ptrdiff_t h0 = tile // self.tile_columns % self.tile_rows * TILE - self.top
        cdef ptrdiff_t w0 = tile % self.tile_columns * TILE - self.left
        cdef ptrdiff_t i, j
        cdef const float *source = self.x + image * self.ih * self.iw * self.c
        for i in range(WINDOW):
            for j in range(WINDOW):
                if 0 <= h0 + i < self.ih and 0 <= w0 + j < self.iw:
                    pixels[i * WINDOW + j] = source + ((h0 + i) * self.iw + w0 + j) * self.c
                else:
                    pixels[i * WINDOW + j] = zeros
        isa.K.winograd_input(self.c, pixels, v, self.v_step)


cdef class WinogradCorrelation(Tiles):
    """y = x correlated with 3x3 windows (+ bias); a subclass gives the weights panel by panel."""

    cdef const float *bias
    cdef float *y
    cdef bint together                      # all threads share a block

    cdef int cut(self) except -1:
        cdef ptrdiff_t tile_bytes
        self.m_row = self.panels * FC_PANEL
        if self.m_row % 256 == 0:
            self.m_row += 16
        tile_bytes = PLANES * (self.v_row + self.m_row) * sizeof(float)
        self.together = PLANES * self.u_step > SHARED_WEIGHTS // <ptrdiff_t> sizeof(float)
        self.block = max(TASK_TILES, (SHARED_PLANES if self.together else OWN_PLANES) // tile_bytes)
        self.block_count = blocks(self.tiles, self.block)
        self.block = blocks(self.tiles, self.block_count)
        self.v_step, self.m_step = self.block * self.v_row, self.block * self.m_row
        self.shared_bytes = PLANES * self.u_step * sizeof(float)
        # Own memory: a row of zeros, a row to throw away, then the planes of a block.
        self.own_bytes = (self.v_row + self.m_row) * sizeof(float)
        if self.together:
            self.shared_bytes += PLANES * (self.v_step + self.m_step) * sizeof(float)
            self.phases = 1 + 3 * self.block_count
        else:
            self.own_bytes += PLANES * (self.v_step + self.m_step) * sizeof(float)
            self.phases = 2
        return 0

    cdef ptrdiff_t count(self, int phase) noexcept nogil:
        if phase == 0:
            return self.panels
        if not self.together:
            return self.block_count
        return PLANES * self.panels if phase % 3 == 2 else blocks(self.block, TASK_TILES)

    cdef void weights(self, ptrdiff_t panel, float *u, float *own) noexcept nogil:
        pass

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *u = <float *> shared                            # [36, panels, c, 32]
        cdef float *zeros = <float *> own                           # [v_row]
        cdef float *planes = u + PLANES * self.u_step if self.together else zeros + self.v_row + self.m_row
        cdef float *v = planes                                      # [36, block, v_row]
        cdef float *m = v + PLANES * self.v_step                    # [36, block, m_row]
        cdef ptrdiff_t block, first, last, plane, panel, at
        if phase == 0:
            # One panel of transformed weights.
            self.weights(index, u + index * self.u_panel, zeros)
            return
        block = (phase - 1) // 3 if self.together else index
        first = block_start(self.tiles, self.block_count, block)
        last = block_start(self.tiles, self.block_count, block + 1)
        if not self.together:
            # A block of tiles, from input to output: disjoint parts of y.
            memset(zeros, 0, self.v_row * sizeof(float))
            for at in range(first, last):
                self.transform_input(at, zeros, v + (at - first) * self.v_row)
            for plane in range(PLANES):
                for panel in range(self.panels):
                    self.multiply(plane, panel, last - first, u, v, m)
            for at in range(first, last):
                self.transform_output(at, zeros + self.v_row, m + (at - first) * self.m_row)
        elif phase % 3 == 2:
            # One panel of one plane of the products.
            self.multiply(index // self.panels, index % self.panels, last - first, u, v, m)
        else:
            # A few tiles of the block: their own rows of v, or pixels of y.
            memset(zeros, 0, self.v_row * sizeof(float))
            for at in range(first + index * TASK_TILES, min(last, first + (index + 1) * TASK_TILES)):
                if phase % 3 == 1:
                    self.transform_input(at, zeros, v + (at - first) * self.v_row)
                else:
                    self.transform_output(at, zeros + self.v_row, m + (at - first) * self.m_row)

    cdef void multiply(self, ptrdiff_t plane, ptrdiff_t panel, ptrdiff_t rows, const float *u,
                       const float *v, float *m) noexcept nogil:
        """m[plane, rows, panel] = v[plane, rows, c] @ u[plane, panel]."""
        cdef const float *b = u + plane * self.u_step + panel * self.u_panel
        cdef ptrdiff_t j = 0, k, tiles = blocks(rows, isa.K.tile_rows[1]), tile, first, last, zero = 0
        v += plane * self.v_step
        m += plane * self.m_step + panel * FC_PANEL
        while j < FC_PANEL:
            for tile in range(tiles):
                first, last = block_start(rows, tiles, tile), block_start(rows, tiles, tile + 1)
                k = 0
                while k < self.c:
                    isa.K.gemm_cs1[1][last - first](
                        v + first * self.v_row + k, &zero, self.v_row, b + k * FC_PANEL + j, FC_PANEL, 1,
                        min(DEPTH, self.c - k), m + first * self.m_row + j, self.m_row, 2 * isa.K.lanes,
                        NULL, k > 0, NULL)
                    k += DEPTH
            j += 2 * isa.K.lanes

    cdef void transform_output(self, ptrdiff_t tile, float *nowhere, const float *m) noexcept nogil:
        """The pixels of one tile; those outside of the output go to `nowhere` [m_row]."""
        cdef float *pixels[TILE * TILE]
        cdef ptrdiff_t image = tile // (self.tile_rows * self.tile_columns)
        cdef ptrdiff_t h0 = tile // self.tile_columns % self.tile_rows * TILE
        cdef ptrdiff_t w0 = tile % self.tile_columns * TILE
        cdef ptrdiff_t i, j
        for i in range(TILE):
            for j in range(TILE):
                if h0 + i < self.oh and w0 + j < self.ow:
                    pixels[i * TILE + j] = (self.y + ((image * self.oh + h0 + i) * self.ow + w0 + j)
                                            * self.oc)
                else:
                    pixels[i * TILE + j] = nowhere
        isa.K.winograd_output(self.oc, m, self.m_step, self.bias, pixels)


cdef class WinogradForward(WinogradCorrelation):
    """y = conv(x, w) + b; `w` packed, `b` None or [oc]."""

    cdef const float *w

    writes = ("y",)

    def __init__(self, s, x, w, b, y):
        self.x = self.source(x, s.x_shape)
        self.w = self.source(w, packing.packed_shape(s.w_shape))
        if b is not None:
            self.bias = self.source(b, (s.oc,))
        self.y = self.target(y, s.y_shape)
        self.n, self.ih, self.iw, self.c = s.n, s.ih, s.iw, s.ic
        self.oh, self.ow, self.oc = s.oh, s.ow, s.oc
        self.geometry(s.top, s.left)
        self.cut()

    cdef void weights(self, ptrdiff_t panel, float *u, float *own) noexcept nogil:
        isa.K.winograd_weights(self.c, self.w + panel * 9 * self.u_panel, u, self.u_step)


cdef class WinogradBackwardData(WinogradCorrelation):
    """dx from dy and packed w: a correlation of dy with the transposed weights, rotated by 180 degrees."""

    cdef const float *w
    cdef ptrdiff_t rotated[9]

    writes = ("dx",)

    def __init__(self, s, dy, w, dx):
        self.x = self.source(dy, s.y_shape)
        self.w = self.source(w, packing.packed_shape(s.w_shape))
        self.y = self.target(dx, s.x_shape)
        self.n, self.ih, self.iw, self.c = s.n, s.oh, s.ow, s.oc
        self.oh, self.ow, self.oc = s.ih, s.iw, s.ic
        self.rotated = [8, 7, 6, 5, 4, 3, 2, 1, 0]
        self.geometry(2 - s.top, 2 - s.left)
        self.cut()
        self.own_bytes = max(self.own_bytes, 9 * self.u_panel * sizeof(float))

    cdef void weights(self, ptrdiff_t panel, float *u, float *own) noexcept nogil:
        transpose_panel(self.w, 9, self.c, self.oc, panel, self.rotated, own)
        isa.K.winograd_weights(self.c, own, u, self.u_step)
