"""A caller's batch on its way into a plan."""

from libc.string cimport memcpy

from fastcnn.kernels.elementwise cimport Elementwise


cdef class Load(Elementwise):
    """x = what was given; each thread copies about what it will read, into its own cache."""

    cdef tuple shape
    cdef const float *given
    cdef float *x

    writes = ("x",)

    def __init__(self, x):
        self.shape = x.shape
        self.x = self.target(x, x.shape)
        self.cut(x.size)

    def give(self, array):
        """Take the next batch, which is held until another one or None is given."""
        del self.arrays[1:]
        self.given = NULL if array is None else self.source(array, self.shape)

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        # A run of x.
        if self.given != NULL:
            memcpy(self.x + at, self.given + at, n * sizeof(float))
