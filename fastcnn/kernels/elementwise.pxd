from fastcnn.kernels.op cimport Op


cdef bint streams(const void *y, ptrdiff_t n, int arrays) noexcept nogil


cdef class Elementwise(Op):
    cdef ptrdiff_t n
    cdef bint stream
    cdef int cut(self, ptrdiff_t n) except -1
    cdef ptrdiff_t first(self, ptrdiff_t index) noexcept nogil
    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil
