"""Matrix products of dense layers: a 1x1 convolution whose pixels are the rows of the batch."""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport FC_LINE, FC_MAX_ROWS, FC_PANEL
from fastcnn.kernels.op cimport Op, block_start, blocks

from fastcnn.kernels import packing
from fastcnn.kernels.conv import ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.gate import ConvSizes

# What a task of backward-data takes: input features, blocks of 32 rows of the batch, and panels of
# weights at a stretch, which stay in the L2 cache while the next ones come in.
cdef ptrdiff_t FEATURES = 448
cdef ptrdiff_t BATCHES = 4
cdef ptrdiff_t PANELS = 4
# Enough tasks to share evenly among the cores of a large machine.
cdef ptrdiff_t TASKS = 16


def as_conv(s):
    """A dense layer as a convolution over one image of 1 x n pixels."""
    return ConvSizes(n=1, ih=1, iw=s.n, ic=s.ic, oh=1, ow=s.n, oc=s.oc, kh=1, kw=1, sh=1, sw=1, dh=1, dw=1,
                     top=0, left=0, groups=1)


def pixels(array):
    """An array [n, c] as one image [1, 1, n, c]."""
    return array.reshape(1, 1, *array.shape)


class DenseForward(ConvForward):
    """y = clamp(x @ w * scale + b + residual); `w` packed, the others as in `Op.epilogue`."""

    def __init__(self, s, x, w, b, y, scale=None, residual=None, clamp=None):
        residual = None if residual is None else pixels(residual)
        super().__init__(as_conv(s), pixels(x), w, b, pixels(y), scale, residual, clamp)


class DenseBackwardWeight(ConvBackwardWeight):
    """Packed dw and db (or None) from dy and x."""

    def __init__(self, s, dy, x, dw, db):
        super().__init__(as_conv(s), pixels(dy), pixels(x), dw, db)


cdef class DenseBackwardData(Op):
    """dx = dy @ w.T, without transposing w.

    The tile is turned round: its rows are input features, contiguous in a panel of w, its columns
    32 rows of the batch, and the small result is transposed instead: dx.T = w @ dy.T. The weights are read
    once for many rows of the batch, a few panels of a block of features at a time.
    """

    cdef ptrdiff_t n, ic, oc, batches, batch_blocks, panels, feature_blocks
    cdef const float *dy
    cdef const float *w
    cdef float *dx

    writes = ("dx",)

    def __init__(self, s, dy, w, dx):
        self.dy = self.source(dy, s.y_shape)
        self.w = self.source(w, packing.packed_shape((1, 1, s.ic, s.oc)))
        self.dx = self.target(dx, s.x_shape)
        self.n, self.ic, self.oc = s.n, s.ic, s.oc
        self.batches, self.panels = blocks(s.n, FC_PANEL), blocks(s.oc, FC_PANEL)
        self.batch_blocks = blocks(self.batches, BATCHES)
        # A multiple of TASKS, if there are so many tiles.
        self.feature_blocks = blocks(blocks(s.ic, FEATURES), TASKS) * TASKS
        self.feature_blocks = min(self.feature_blocks, blocks(s.ic, FC_MAX_ROWS))
        self.phases = 2
        self.tasks[0] = self.batches
        self.tasks[1] = self.batch_blocks * self.feature_blocks
        self.shared_bytes = self.batches * self.panels * FC_PANEL * FC_PANEL * sizeof(float)
        self.own_bytes = BATCHES * FEATURES * FC_PANEL * sizeof(float) + PANELS * sizeof(ptrdiff_t)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *dyt = <float *> shared      # [batches, panels * 32, 32]
        cdef ptrdiff_t first
        if phase == 0:
            # 32 rows of the batch: their own block of the transposed dy, zero where oc or n ends.
            first = index * FC_PANEL
            dyt += index * self.panels * FC_PANEL * FC_PANEL
            memset(dyt, 0, self.panels * FC_PANEL * FC_PANEL * sizeof(float))
            isa.K.transpose(min(FC_PANEL, self.n - first), self.oc, self.dy + first * self.oc, self.oc,
                            dyt, FC_PANEL)
        else:
            # Some rows of the batch x a block of input features: disjoint parts of dx.
            self.multiply(index // self.feature_blocks, index % self.feature_blocks, dyt, <float *> own)

    cdef void multiply(self, ptrdiff_t batch_block, ptrdiff_t block, const float *dyt,
                       float *dxt) noexcept nogil:
        """dx.T[features, batches, 32], PANELS panels of weights at a stretch, then dx."""
        cdef ptrdiff_t i0 = block_start(self.ic, self.feature_blocks, block)
        cdef ptrdiff_t features = block_start(self.ic, self.feature_blocks, block + 1) - i0
        cdef ptrdiff_t first = block_start(self.batches, self.batch_blocks, batch_block)
        cdef ptrdiff_t last = block_start(self.batches, self.batch_blocks, batch_block + 1)
        cdef ptrdiff_t *offsets = <ptrdiff_t *> (dxt + BATCHES * FEATURES * FC_PANEL)
        cdef ptrdiff_t panel, batch, call
        for panel in range(PANELS):
            offsets[panel] = panel * self.ic * FC_PANEL
        panel = 0
        while panel < self.panels:
            call = 0
            for batch in range(first, last):
                call = self.add_panels(batch, panel, i0, features, offsets,
                                       dyt + (batch * self.panels + panel) * FC_PANEL * FC_PANEL,
                                       dxt + (batch - first) * features * FC_PANEL, call)
            panel += PANELS
        for batch in range(first, last):
            isa.K.transpose(features, min(FC_PANEL, self.n - batch * FC_PANEL),
                            dxt + (batch - first) * features * FC_PANEL, FC_PANEL,
                            self.dx + batch * FC_PANEL * self.ic + i0, self.ic)

    cdef ptrdiff_t add_panels(self, ptrdiff_t batch, ptrdiff_t panel, ptrdiff_t i0, ptrdiff_t features,
                              const ptrdiff_t *offsets, const float *dyt, float *dxt,
                              ptrdiff_t call) noexcept nogil:
        """dxt[features, 32] (+)= w[some panels, features, 32] @ dyt[panels * 32, 32].

        The calls of the micro-kernel, counted over the batches, ask for the next panels piece by piece.
        """
        cdef ptrdiff_t count = min(PANELS, self.panels - panel)
        cdef ptrdiff_t ahead = min(PANELS, self.panels - panel - count)
        cdef ptrdiff_t piece = count * FC_PANEL * FC_LINE, pieces = blocks(features * FC_PANEL, piece)
        cdef ptrdiff_t columns = min(FC_PANEL, self.n - batch * FC_PANEL)
        cdef ptrdiff_t j = 0, width, vectors, tiles, tile, first, last
        cdef const float *w = self.w + (panel * self.ic + i0) * FC_PANEL
        cdef const float *next
        while j < columns:
            width = min(2 * isa.K.lanes, columns - j)
            vectors = 2 if width > isa.K.lanes else 1
            tiles = blocks(features, isa.K.tile_rows[vectors - 1])
            last = 0
            for tile in range(tiles):
                first, last = last, block_start(features, tiles, tile + 1)
                next = NULL
                if call < pieces * ahead:
                    next = w + (count + call // pieces) * self.ic * FC_PANEL + call % pieces * piece
                isa.K.gemm_cs1[vectors - 1][last - first](
                    w + first * FC_PANEL, offsets, FC_PANEL, dyt + j, FC_PANEL, count, FC_PANEL,
                    dxt + first * FC_PANEL + j, FC_PANEL, width, panel > 0, NULL, next)
                call += 1
            j += width
        return call
