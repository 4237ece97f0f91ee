"""Matrix products of dense layers: a 1x1 convolution whose pixels are the rows of the batch."""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport FC_PANEL
from fastcnn.kernels.op cimport Op, block_start, blocks

from fastcnn.kernels import packing
from fastcnn.kernels.conv import ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.gate import ConvSizes

# Input features that one task of backward-data takes.
cdef ptrdiff_t FEATURES = 224


def as_conv(s):
    """A dense layer as a convolution over one image of 1 x n pixels."""
    return ConvSizes(n=1, ih=1, iw=s.n, ic=s.ic, oh=1, ow=s.n, oc=s.oc, kh=1, kw=1, sh=1, sw=1, dh=1, dw=1,
                     top=0, left=0, groups=1)


def pixels(array):
    """An array [n, c] as one image [1, 1, n, c]."""
    return array.reshape(1, 1, *array.shape)


class DenseForward(ConvForward):
    """y = x @ w + b; `w` packed, `b` None or [oc]."""

    def __init__(self, s, x, w, b, y):
        super().__init__(as_conv(s), pixels(x), w, b, pixels(y))


class DenseBackwardWeight(ConvBackwardWeight):
    """Packed dw and db (or None) from dy and x."""

    def __init__(self, s, dy, x, dw, db):
        super().__init__(as_conv(s), pixels(dy), pixels(x), dw, db)


cdef class DenseBackwardData(Op):
    """dx = dy @ w.T, without transposing w.

    The tile is turned round: its rows are input features, contiguous in a panel of w, its columns
    32 rows of the batch, and the small result is transposed instead: dx.T = w @ dy.T.
    """

    cdef ptrdiff_t n, ic, oc, batches, panels, feature_blocks
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
        self.feature_blocks = blocks(s.ic, FEATURES)
        self.phases = 2
        self.tasks[0] = self.batches
        self.tasks[1] = self.batches * self.feature_blocks
        self.shared_bytes = self.batches * self.panels * FC_PANEL * FC_PANEL * sizeof(float)
        self.own_bytes = FEATURES * FC_PANEL * sizeof(float) + self.panels * sizeof(ptrdiff_t)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t batch, first, columns
        cdef float *dyt                     # [panels * 32, 32] of one batch block
        batch = index if phase == 0 else index // self.feature_blocks
        first, columns = batch * FC_PANEL, min(FC_PANEL, self.n - batch * FC_PANEL)
        dyt = <float *> shared + batch * self.panels * FC_PANEL * FC_PANEL
        if phase == 0:
            # 32 rows of the batch: their own block of the transposed dy, zero where oc or n ends.
            memset(dyt, 0, self.panels * FC_PANEL * FC_PANEL * sizeof(float))
            isa.K.transpose(columns, self.oc, self.dy + first * self.oc, self.oc, dyt, FC_PANEL)
        else:
            # 32 rows of the batch x a block of input features: disjoint parts of dx.
            self.multiply(index % self.feature_blocks, first, columns, dyt, <float *> own)

    cdef void multiply(self, ptrdiff_t block, ptrdiff_t row, ptrdiff_t columns, const float *dyt,
                       float *dxt) noexcept nogil:
        cdef ptrdiff_t i0 = block_start(self.ic, self.feature_blocks, block)
        cdef ptrdiff_t features = block_start(self.ic, self.feature_blocks, block + 1) - i0
        cdef ptrdiff_t *offsets = <ptrdiff_t *> (dxt + FEATURES * FC_PANEL)
        cdef ptrdiff_t panel, j, width, vectors, tiles, tile, first, last
        for panel in range(self.panels):
            offsets[panel] = panel * self.ic * FC_PANEL
        j = 0
        while j < columns:
            width = min(2 * isa.K.lanes, columns - j)
            vectors = 2 if width > isa.K.lanes else 1
            tiles = blocks(features, isa.K.tile_rows[vectors - 1])
            for tile in range(tiles):
                first, last = block_start(features, tiles, tile), block_start(features, tiles, tile + 1)
                isa.K.gemm_cs1[vectors - 1][last - first](
                    self.w + (i0 + first) * FC_PANEL, offsets, FC_PANEL, dyt + j, FC_PANEL, self.panels,
                    FC_PANEL, dxt + first * FC_PANEL + j, FC_PANEL, width, NULL, 0, NULL)
            j += width
        isa.K.transpose(features, columns, dxt, FC_PANEL, self.dx + row * self.ic + i0, self.ic)
