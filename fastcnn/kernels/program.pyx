"""Runs a list of operations in one parallel region: no Python, no allocation between them."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport parallel, threadid
from libc.stdint cimport int32_t, uint64_t
from libc.stdlib cimport free, malloc
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from fastcnn.kernels cimport threads
from fastcnn.kernels.op cimport Op

from fastcnn.kernels import memory

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

cdef extern from "denormals.h" nogil:
    uint64_t fc_denormals_flush()
    void fc_denormals_restore(uint64_t mode)

cdef extern from "team.h" nogil:
    void fc_team_alone(fc_team *team, fc_share *shares)
    void fc_team_join(fc_team *team, fc_share *shares)
    void fc_team_share(fc_team *team, ptrdiff_t tasks, int thread)
    ptrdiff_t fc_team_take(fc_team *team, ptrdiff_t tasks, int thread)
    bint fc_team_last(fc_team *team)
    void fc_team_start(fc_team *team, int32_t phase)
    int32_t fc_team_wait(fc_team *team, int32_t phase)

# Ctrl-C is looked for this often, in seconds.
cdef double SIGNAL_INTERVAL = 0.05


cdef double now() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return t.tv_sec + 1e-9 * t.tv_nsec


cdef class Program:
    """A list of operations that run one after the other, each on all threads.

    Threads beyond the largest number of tasks are not woken: small work stays on one thread.
    The scratch memory is one block: what the hungriest operation shares, then one part per thread.
    """

    def __cinit__(self, ops):
        cdef Op op
        cdef int number
        self.ops = list(ops)
        self.width = 1
        self.phases = <Phase *> malloc(max(1, sum(op.phases for op in self.ops)) * sizeof(Phase))
        if self.phases == NULL:
            raise MemoryError(f"no memory for a program of {len(self.ops)} operations")
        for op in self.ops:
            self.shared_bytes = max(self.shared_bytes, memory.apart(op.shared_bytes))
            self.own_bytes = max(self.own_bytes, memory.apart(op.own_bytes))
            for number in range(op.phases):
                self.phases[self.count] = Phase(<void *> op, number, op.count(number))
                self.width = max(self.width, op.count(number))
                self.count += 1

    def __dealloc__(self):
        free(self.phases)
        free(self.shares)

    def __reduce__(self):
        raise TypeError("a Program holds addresses and cannot be copied or pickled")

    @property
    def scratch_bytes(self):
        """Bytes of scratch memory with the number of threads now set."""
        return self.shared_bytes + min(threads.count(), self.width) * self.own_bytes

    def run(self):
        """Run all operations. A signal handler's exception (Ctrl-C) or that of a Python
        operation ends the run and is raised here."""
        cdef int n = min(threads.count(), self.width)
        cdef unsigned char[::1] scratch
        if n > self.reserved_threads:
            self.reserve(n)
        scratch = self.scratch
        self.shared = <char *> &scratch[0]
        self.stopped = NULL
        with nogil:
            self.execute(n)
        if self.stopped != NULL:
            self.raise_error(<Op> self.stopped)

    cdef int reserve(self, int n) except -1:
        """Memory for n threads."""
        self.scratch = memory.empty(self.shared_bytes + n * self.own_bytes)
        free(self.shares)
        self.reserved_threads = 0
        self.shares = <fc_share *> aligned_alloc(sizeof(fc_share), n * sizeof(fc_share))
        if self.shares == NULL:
            raise MemoryError(f"no memory for {n} threads")
        self.reserved_threads = n
        return 0

    cdef int raise_error(self, Op op) except -1:
        """Raise what a signal handler or else the operation has left, and forget it."""
        error = self.error if self.error is not None else op.error
        self.error = op.error = None
        op.failed = False
        raise error

    cdef void execute(self, int n) noexcept nogil:
        cdef fc_team team
        if n == 1:  # without a parallel region, which would take memory in each run
            fc_team_alone(&team, self.shares)
            self.walk(&team, 0)
        else:
            with parallel(num_threads=n):
                fc_team_join(&team, self.shares)
                self.walk(&team, threadid())

    cdef void walk(self, fc_team *team, int thread) noexcept nogil:
        """Every thread comes here. A phase's tasks, which write disjoint memory, are shared among
        them; then all meet, so a phase sees all that the one before has written."""
        cdef int32_t at = 0
        cdef char *own = self.shared + self.shared_bytes + thread * self.own_bytes
        cdef double checked = now()
        cdef uint64_t mode = fc_denormals_flush()
        while at < self.count:
            if thread == 0 and now() - checked > SIGNAL_INTERVAL:
                self.check_signals(self.phases + at)
                checked = now()
            self.work(self.phases + at, team, thread, own)
            if fc_team_last(team):
                at = self.advance(at, own)
                fc_team_start(team, at)
            else:
                at = fc_team_wait(team, at)
        fc_denormals_restore(mode)

    cdef void work(self, Phase *phase, fc_team *team, int thread, char *own) noexcept nogil:
        """What one thread does of a phase: its share, then of what others have left."""
        cdef ptrdiff_t index
        if (<Op> phase.op).in_python:
            if thread == 0:
                (<Op> phase.op).task(phase.number, 0, self.shared, own)
            return
        fc_team_share(team, phase.tasks, thread)
        index = fc_team_take(team, phase.tasks, thread)
        while index >= 0:
            (<Op> phase.op).task(phase.number, index, self.shared, own)
            index = fc_team_take(team, phase.tasks, thread)

    cdef int32_t advance(self, int32_t at, char *own) noexcept nogil:
        """The next phase to share, or the end. A single task is not worth a meeting: the last thread to
        arrive does it before it lets the others go on."""
        cdef Phase *phase = self.phases + at
        if self.stopped == NULL and (<Op> phase.op).failed:
            self.stopped = phase.op
        if self.stopped != NULL:
            return self.count
        at += 1
        while at < self.count and self.phases[at].tasks == 1 and not (<Op> self.phases[at].op).in_python:
            phase = self.phases + at
            (<Op> phase.op).task(phase.number, 0, self.shared, own)
            at += 1
        return at

    cdef void check_signals(self, Phase *phase) noexcept nogil:
        with gil:
            try:
                PyErr_CheckSignals()
            except BaseException as error:
                self.error = error
                self.stopped = phase.op
