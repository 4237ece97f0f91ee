from fastcnn.kernels.kernels cimport fc_epilogue


cdef enum:
    MAX_PHASES = 4


cdef class Op:
    cdef readonly int phases
    cdef ptrdiff_t tasks[MAX_PHASES]
    cdef readonly ptrdiff_t shared_bytes
    cdef readonly ptrdiff_t own_bytes
    cdef bint in_python, failed
    cdef object error
    cdef list arrays
    cdef ptrdiff_t count(self, int phase) noexcept nogil
    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil
    cdef const float *source(self, array, tuple shape) except NULL
    cdef float *target(self, array, tuple shape) except NULL
    cdef fc_epilogue epilogue(self, tuple y_shape, b, scale, residual, clamp) except *
    cdef void *memory(self, array, str name, str format, tuple shape, bint writable) except NULL
    cdef float *result(self, y, tuple shape, residual, ptrdiff_t *ld) except NULL
    cdef void *slices(self, array, str name, tuple shape, bint writable, ptrdiff_t *ld) except NULL


cdef fc_epilogue epilogue_at(const fc_epilogue *end, ptrdiff_t channel, ptrdiff_t place) noexcept nogil
cdef ptrdiff_t blocks(ptrdiff_t n, ptrdiff_t size) noexcept nogil
cdef ptrdiff_t even_blocks(ptrdiff_t n, ptrdiff_t size) noexcept nogil
cdef ptrdiff_t block_start(ptrdiff_t n, ptrdiff_t blocks, ptrdiff_t index) noexcept nogil
