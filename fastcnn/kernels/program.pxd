from fastcnn.kernels.op cimport Op

cdef extern from "team.h" nogil:
    ctypedef struct fc_share:
        pass
    ctypedef struct fc_team:
        pass


cdef class Program:
    cdef readonly list ops
    cdef void **each
    cdef ptrdiff_t count, width, shared_bytes, own_bytes, reserved_threads, stop_after
    cdef object scratch
    cdef char *shared
    cdef fc_share *shares
    cdef object error
    cdef int reserve(self, int n) except -1
    cdef int raise_error(self, Op op) except -1
    cdef void execute(self, int threads) noexcept nogil
    cdef void walk(self, fc_team *team, int thread) noexcept nogil
    cdef void work(self, Op op, int phase, fc_team *team, int thread) noexcept nogil
    cdef void check_signals(self, ptrdiff_t at) noexcept nogil
