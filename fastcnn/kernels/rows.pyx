"""Wide rows: what operations on the channels of x[rows, c] share.

Few channels fill no vectors, so several rows are seen as one wide row: x[rows / folds, folds * c].
What belongs to a channel is repeated `folds` times, and its sums are merged from as many columns.
"""

from libc.string cimport memcpy, memset

from fastcnn.kernels cimport elementwise, isa
from fastcnn.kernels.op cimport Op, block_start, blocks, even_blocks

# A wide row is whole vectors, and so long that a sum is back in memory when the next row asks for it.
cdef ptrdiff_t LANES = 16
cdef ptrdiff_t WIDE = 128
cdef ptrdiff_t WIDEST = 4096

# A chunk of rows stays in the L2 cache, and its sums are short enough for float32.
cdef ptrdiff_t CHUNK_FLOATS = 65536
cdef ptrdiff_t CHUNK_ROWS = 1024

# Channels that one task merges.
cdef ptrdiff_t MERGE = 256


cdef class Rows(Op):
    """x[rows, c] as x[height, width] with width = folds * c, cut into chunks of wide rows."""

    cdef int cut(self, ptrdiff_t rows, ptrdiff_t c, bint dense=True) except -1:
        """Rows are folded unless they stand apart, in a wider tensor."""
        self.rows, self.c, self.folds = rows, c, 1
        while (dense and self.rows % (2 * self.folds) == 0 and 2 * self.folds * self.c <= WIDEST
               and (self.folds * self.c < WIDE or self.folds * self.c % LANES)):
            self.folds *= 2
        self.height, self.width = self.rows // self.folds, self.folds * self.c
        most = max(1, min(CHUNK_ROWS, CHUNK_FLOATS // self.width))
        self.chunks = min(self.height, even_blocks(self.height, most))
        return 0

    cdef bint streams(self, const float *y, ptrdiff_t n, int arrays) noexcept nogil:
        """Whether an operation on arrays of n floats is to write the rows of y past the caches."""
        return elementwise.streams(y, n, arrays) and self.width % LANES == 0

    cdef ptrdiff_t first(self, ptrdiff_t chunk) noexcept nogil:
        """The wide row that a chunk begins with."""
        return block_start(self.height, self.chunks, chunk)

    cdef void repeat(self, ptrdiff_t first, ptrdiff_t last, float *vector) noexcept nogil:
        """Repeat the channels first .. last of vector[width] for all folded rows."""
        cdef ptrdiff_t fold
        for fold in range(1, self.folds):
            memcpy(vector + fold * self.c + first, vector + first, (last - first) * sizeof(float))

    cdef ptrdiff_t merges(self) noexcept nogil:
        """Tasks that merge channels; the columns of one task are next to each other."""
        return blocks(self.c, MERGE) if self.folds == 1 else 1

    cdef ptrdiff_t channel(self, ptrdiff_t index) noexcept nogil:
        """The channel that such a task begins with."""
        return block_start(self.c, self.merges(), index)

    cdef void add_up(self, ptrdiff_t first, ptrdiff_t last, int kinds, const float *sums,
                     double *totals) noexcept nogil:
        """totals[kinds, width] of the channels first .. last: sums[chunks, kinds, width] of all chunks."""
        cdef ptrdiff_t j, _chunk, fold, columns = (last - first) * self.folds
        cdef int _kind
        for _kind in range(kinds):
            memset(totals + first, 0, columns * sizeof(double))
            for _chunk in range(self.chunks):
                isa.K.batchnorm_total(columns, sums + _chunk * kinds * self.width + first, totals + first)
            for fold in range(1, self.folds):
                for j in range(first, last):
                    totals[j] += totals[fold * self.c + j]
            sums += self.width
            totals += self.width
