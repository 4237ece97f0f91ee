"""What operations on single elements share: a task is a run of them."""

from fastcnn.kernels.op cimport Op, block_start, blocks, even_blocks

# Elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384

# Floats of a cache line: a task begins on one.
cdef ptrdiff_t LINE = 16

# An operation that reads and writes so many floats will not find its result in a cache the next time.
cdef ptrdiff_t STREAM_FLOATS = 16 << 20


cdef bint streams(const void *y, ptrdiff_t n, int arrays) noexcept nogil:
    """Whether an operation on arrays of n floats is to write y past the caches."""
    return n * arrays >= STREAM_FLOATS and <size_t> y % (LINE * sizeof(float)) == 0


cdef class Elementwise(Op):
    """A subclass calls `cut` and computes n elements from `at` on in `run`."""

    cdef int cut(self, ptrdiff_t n) except -1:
        self.n = n
        self.tasks[0] = even_blocks(n, RUN)
        return 0

    cdef ptrdiff_t first(self, ptrdiff_t index) noexcept nogil:
        """Where a task begins."""
        return min(self.n, LINE * block_start(blocks(self.n, LINE), self.tasks[0], index))

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t at = self.first(index)
        self.run(at, self.first(index + 1) - at)

    cdef void run(self, ptrdiff_t at, ptrdiff_t n) noexcept nogil:
        pass
