from libc.stdint cimport int32_t

from fastcnn.kernels.op cimport Op

cdef extern from "team.h" nogil:
    ctypedef struct fc_share:
        pass
    ctypedef struct fc_team:
        pass


cdef struct Phase:
    void *op
    int number                      # among those of the operation
    ptrdiff_t tasks


cdef class Program:
    cdef readonly list ops
    cdef Phase *phases
    cdef int32_t count              # phases of all operations
    cdef void *stopped              # the operation after which the program ended early
    cdef ptrdiff_t width, shared_bytes, own_bytes, reserved_threads
    cdef object scratch
    cdef char *shared
    cdef fc_share *shares
    cdef object error
    cdef int reserve(self, int n) except -1
    cdef int raise_error(self, Op op) except -1
    cdef void execute(self, int threads) noexcept nogil
    cdef void walk(self, fc_team *team, int thread) noexcept nogil
    cdef void work(self, Phase *phase, fc_team *team, int thread, char *own) noexcept nogil
    cdef int32_t advance(self, int32_t at, char *own) noexcept nogil
    cdef void check_signals(self, Phase *phase) noexcept nogil
