from fastcnn.kernels.rows cimport Rows


cdef class BatchNorm(Rows):
    cdef bint stream
    cdef bint relu
    cdef ptrdiff_t merges(self) noexcept nogil
    cdef ptrdiff_t channel(self, ptrdiff_t index) noexcept nogil
    cdef void total(self, ptrdiff_t first, ptrdiff_t last, const float *sums, double *totals) noexcept nogil
