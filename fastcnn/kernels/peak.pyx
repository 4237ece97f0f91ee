"""What this machine can do at most, to lay beside what an operation makes of it."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.op cimport Op


cdef class MultiplyAdd(Op):
    """`parts` tasks, each of `rounds` rounds of multiply-adds on numbers that stay in the registers.

    Attributes
    ----------
    flops : int
        Floating-point operations of all tasks together: two for each multiply-add.
    """

    cdef ptrdiff_t rounds

    def __init__(self, ptrdiff_t parts, ptrdiff_t rounds):
        self.tasks[0], self.rounds, self.own_bytes = parts, rounds, sizeof(float)

    @property
    def flops(self):
        return 2 * self.tasks[0] * self.rounds * isa.K.chains * isa.K.lanes

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        (<float *> own)[0] = isa.K.multiply_add(self.rounds, 0.5)
