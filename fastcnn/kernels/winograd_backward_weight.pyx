"""Winograd convolution F(4x4, 3x3): backward-weight, the exact adjoint of the forward pass.

dw = G^T [sum over tiles of (B^T x B) * (A dy A^T)] G. A block of tiles is transformed into planes by all
threads; then each plane and panel of 32 output channels is one matrix product that sums over the
tiles of the block and adds to du[plane, panel, ic, 32]. Blocks follow each other in order, so the
sum has one order for any number of threads. The bias gradient is the column sum of one plane:
A dy A^T at the points (1, 1) is the plain sum of the tile.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport FC_PANEL
from fastcnn.kernels.op cimport block_start, blocks
from fastcnn.kernels.winograd cimport Tiles

from fastcnn.kernels import packing

cdef enum:
    TILE = 4
    PLANES = 36
    SUM_PLANE = 7                           # both points are 1

# Planes of a block: they stay in the L3 cache.
cdef ptrdiff_t BLOCK_BYTES = 12 << 20
# Tiles that one task transforms.
cdef ptrdiff_t TASK_TILES = 8


cdef class WinogradBackwardWeight(Tiles):
    """Packed dw and db (or None) from dy and x."""

    cdef const float *dy
    cdef float *dw
    cdef float *db

    writes = ("dw", "db")

    def __init__(self, s, dy, x, dw, db):
        self.dy = self.source(dy, s.y_shape)
        self.x = self.source(x, s.x_shape)
        self.dw = self.target(dw, packing.packed_shape(s.w_shape))
        if db is not None:
            self.db = self.target(db, (s.oc,))
        self.n, self.ih, self.iw, self.c = s.n, s.ih, s.iw, s.ic
        self.oh, self.ow, self.oc = s.oh, s.ow, s.oc
        self.geometry(s.top, s.left)
        self.m_row = FC_PANEL
        self.block = BLOCK_BYTES // (PLANES * (self.v_row + self.panels * FC_PANEL) * sizeof(float))
        self.block_count = blocks(self.tiles, max(TASK_TILES, self.block))
        self.block = blocks(self.tiles, self.block_count)
        self.v_step = self.block * self.v_row
        self.m_step = self.panels * self.block * FC_PANEL
        self.own_bytes = max(self.v_row, self.panels * FC_PANEL) * sizeof(float)
        self.shared_bytes = (PLANES * (self.u_step + self.v_step + self.m_step)
                             + self.panels * FC_PANEL) * sizeof(float)
        self.phases = 2 * self.block_count + 1

    cdef ptrdiff_t count(self, int phase) noexcept nogil:
        if phase == 2 * self.block_count:
            return self.panels
        return blocks(self.block, TASK_TILES) if phase % 2 == 0 else (PLANES + 1) * self.panels

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *du = <float *> shared                   # [36, panels, c, 32]
        cdef float *v = du + PLANES * self.u_step           # [36, block, v_row]
        cdef float *m = v + PLANES * self.v_step            # [36, panels, block, 32]
        cdef float *sums = m + PLANES * self.m_step         # [panels, 32]
        cdef float *zeros = <float *> own                   # [c] and [oc]
        cdef ptrdiff_t first = block_start(self.tiles, self.block_count, phase // 2)
        cdef ptrdiff_t last = block_start(self.tiles, self.block_count, phase // 2 + 1)
        cdef ptrdiff_t at
        if phase == 2 * self.block_count:
            # One panel of dw and of db.
            isa.K.winograd_weights_backward(self.c, du + index * self.u_panel, self.u_step,
                                            self.dw + index * 9 * self.u_panel)
            if self.db != NULL:
                for at in range(index * FC_PANEL, min(self.oc, (index + 1) * FC_PANEL)):
                    self.db[at] = sums[at]
        elif phase % 2 == 0:
            # A few tiles of the block: their own rows of v and m.
            memset(zeros, 0, self.own_bytes)
            for at in range(first + index * TASK_TILES, min(last, first + (index + 1) * TASK_TILES)):
                self.transform_input(at, zeros, v + (at - first) * self.v_row)
                self.transform_gradient(at, zeros, m + (at - first) * FC_PANEL)
        elif index < PLANES * self.panels:
            # One panel of one plane of du.
            self.multiply(index // self.panels, index % self.panels, last - first, phase > 1, v, m, du)
        else:
            # One panel of the bias gradient.
            at = index - PLANES * self.panels
            if phase == 1:
                memset(sums + at * FC_PANEL, 0, FC_PANEL * sizeof(float))
            isa.K.panel_sums(last - first, m + SUM_PLANE * self.m_step + at * self.block * FC_PANEL,
                             FC_PANEL, sums + at * FC_PANEL)

    cdef void transform_gradient(self, ptrdiff_t tile, const float *zeros, float *m) noexcept nogil:
        """m[36, panels, 32] of one tile of dy; pixels outside of the output are `zeros`."""
        cdef const float *pixels[TILE * TILE]
        cdef ptrdiff_t image = tile // (self.tile_rows * self.tile_columns)
        cdef ptrdiff_t h0 = tile // self.tile_columns % self.tile_rows * TILE
        cdef ptrdiff_t w0 = tile % self.tile_columns * TILE
        cdef ptrdiff_t i, j
        for i in range(TILE):
            for j in range(TILE):
                if h0 + i < self.oh and w0 + j < self.ow:
                    pixels[i * TILE + j] = (self.dy + ((image * self.oh + h0 + i) * self.ow + w0 + j)
                                            * self.oc)
                else:
                    pixels[i * TILE + j] = zeros
        isa.K.winograd_gradient(self.oc, pixels, m, self.m_step, self.block * FC_PANEL)

    cdef void multiply(self, ptrdiff_t plane, ptrdiff_t panel, ptrdiff_t rows, bint accumulate,
                       const float *v, const float *m, float *du) noexcept nogil:
        """du[plane, panel] (+)= v[plane, rows, c].T @ m[plane, panel, rows, 32]."""
        cdef ptrdiff_t tiles = blocks(self.c, isa.K.tile_rows[1]), tile, first, last, j = 0, zero = 0
        v += plane * self.v_step
        m += plane * self.m_step + panel * self.block * FC_PANEL
        du += plane * self.u_step + panel * self.u_panel
        while j < FC_PANEL:
            for tile in range(tiles):
                first, last = block_start(self.c, tiles, tile), block_start(self.c, tiles, tile + 1)
                isa.K.gemm_rs1[1][last - first](v + first, &zero, self.v_row, m + j, FC_PANEL, 1, rows,
                                                du + first * FC_PANEL + j, FC_PANEL, 2 * isa.K.lanes, NULL,
                                                accumulate, NULL)
            j += 2 * isa.K.lanes
