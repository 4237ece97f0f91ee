cdef int count() noexcept nogil
