from fastcnn.kernels.op cimport Op


cdef class Program:
    cdef readonly list ops
    cdef void **each
    cdef ptrdiff_t count, shared_bytes, own_bytes, reserved_threads, stop_after
    cdef object scratch
    cdef char *shared
    cdef object error
    cdef int raise_error(self, Op op) except -1
    cdef void execute(self, int threads) noexcept nogil
    cdef void check_signals(self, ptrdiff_t at) noexcept nogil
