"""Runs a list of operations in one parallel region: no Python, no allocation between them."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport parallel, prange, threadid
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from fastcnn.kernels cimport threads
from fastcnn.kernels.op cimport Op

from fastcnn.kernels import memory

cdef extern from "denormals.h" nogil:
    uint64_t fc_denormals_flush()
    void fc_denormals_restore(uint64_t mode)

# Ctrl-C is looked for this often, in seconds.
cdef double SIGNAL_INTERVAL = 0.05


cdef double now() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return t.tv_sec + 1e-9 * t.tv_nsec


cdef class Program:
    """A list of operations that run one after the other, each on all threads.

    The scratch memory is one block: what the hungriest operation shares, then one part per thread.
    """

    def __cinit__(self, ops):
        self.ops = list(ops)
        self.count = len(self.ops)
        self.each = <void **> malloc(max(1, self.count) * sizeof(void *))
        if self.each == NULL:
            raise MemoryError(f"no memory for a program of {self.count} operations")
        cdef Op op
        for i in range(self.count):
            op = self.ops[i]
            self.each[i] = <void *> op
            self.shared_bytes = max(self.shared_bytes, memory.aligned(op.shared_bytes))
            self.own_bytes = max(self.own_bytes, memory.aligned(op.own_bytes))

    def __dealloc__(self):
        free(self.each)

    @property
    def scratch_bytes(self):
        """Bytes of scratch memory with the number of threads now set."""
        return self.shared_bytes + threads.count() * self.own_bytes

    def run(self):
        """Run all operations. A signal handler's exception (Ctrl-C) or that of a Python
        operation ends the run and is raised here."""
        cdef int n = threads.count()
        cdef unsigned char[::1] scratch
        if n > self.reserved_threads:
            self.scratch = memory.empty(self.shared_bytes + n * self.own_bytes)
            self.reserved_threads = n
        scratch = self.scratch
        self.shared = <char *> &scratch[0]
        self.stop_after = -1
        with nogil:
            self.execute(n)
        if self.stop_after >= 0:
            self.raise_error(self.ops[self.stop_after])

    cdef int raise_error(self, Op op) except -1:
        """Raise what a signal handler or else the operation has left, and forget it."""
        error = self.error if self.error is not None else op.error
        self.error = op.error = None
        op.failed = False
        raise error

    cdef void execute(self, int n) noexcept nogil:
        cdef ptrdiff_t at, index
        cdef int phase
        cdef uint64_t mode
        cdef char *own
        cdef double checked = now()
        with parallel(num_threads=n):
            # Every thread walks the same list. At the end of each prange all wait for each other, so
            # a phase sees all that the one before has written.
            mode = fc_denormals_flush()
            own = self.shared + self.shared_bytes + threadid() * self.own_bytes
            for at in range(self.count):
                if threadid() == 0 and now() - checked > SIGNAL_INTERVAL:
                    self.check_signals(at)
                    checked = now()
                for phase in range((<Op> self.each[at]).phases):
                    # The tasks of a phase, dealt out in equal runs; they write disjoint memory.
                    for index in prange((<Op> self.each[at]).tasks[phase], schedule="static"):
                        (<Op> self.each[at]).task(phase, index, self.shared, own)
                # Set before the last wait above and not changed after it by any thread that
                # leaves here, so all threads leave together.
                if self.stop_after == at or (<Op> self.each[at]).failed:
                    self.stop_after = at
                    break
            fc_denormals_restore(mode)

    cdef void check_signals(self, ptrdiff_t at) noexcept nogil:
        with gil:
            try:
                PyErr_CheckSignals()
            except BaseException as error:
                self.error = error
                self.stop_after = at
