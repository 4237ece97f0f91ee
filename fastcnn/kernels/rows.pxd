from fastcnn.kernels.op cimport Op


cdef class Rows(Op):
    cdef ptrdiff_t rows, c
    cdef ptrdiff_t folds, height, width
    cdef ptrdiff_t chunks
    cdef int cut(self, ptrdiff_t rows, ptrdiff_t c, bint dense=*) except -1
    cdef bint streams(self, const float *y, ptrdiff_t n, int arrays) noexcept nogil
    cdef ptrdiff_t first(self, ptrdiff_t chunk) noexcept nogil
    cdef void repeat(self, ptrdiff_t first, ptrdiff_t last, float *vector) noexcept nogil
    cdef ptrdiff_t merges(self) noexcept nogil
    cdef ptrdiff_t channel(self, ptrdiff_t index) noexcept nogil
    cdef void add_up(self, ptrdiff_t first, ptrdiff_t last, int kinds, const float *sums,
                     double *totals) noexcept nogil
