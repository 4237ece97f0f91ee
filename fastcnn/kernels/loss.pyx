"""Losses over a batch: one pass gives the value and the gradient.

Each row's value goes to its own place; the places are then added up in order, in double.
"""

from libc.stdint cimport int64_t

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport Elementwise
from fastcnn.kernels.op cimport Op, block_start, blocks

# Elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384


cdef class SoftmaxCrossEntropy(Op):
    """loss[0] = mean of -log softmax(x)[label], correct[0] = rows whose maximum is at the label, and dx.

    x [n, classes], labels int64 [n], each below classes; loss float64 [1], correct int64 [1].
    """

    cdef ptrdiff_t n, classes
    cdef const float *x
    cdef const int64_t *labels
    cdef double *loss
    cdef int64_t *correct
    cdef float *dx

    writes = ("loss", "correct", "dx")

    def __init__(self, x, labels, loss, correct, dx):
        self.n, self.classes = x.shape
        self.x = self.source(x, x.shape)
        self.labels = <const int64_t *> self.memory(labels, "labels", "l", (self.n,), False)
        self.loss = <double *> self.memory(loss, "loss", "d", (1,), True)
        self.correct = <int64_t *> self.memory(correct, "correct", "l", (1,), True)
        self.dx = self.target(dx, x.shape)
        self.phases = 2
        self.tasks[0] = min(self.n, blocks(self.n * self.classes, RUN))
        self.tasks[1] = 1
        self.shared_bytes = self.n * (sizeof(double) + sizeof(int))

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef double *losses = <double *> shared             # [n]
        cdef int *hits = <int *> (losses + self.n)          # [n]
        cdef ptrdiff_t row
        if phase == 0:
            # A run of rows.
            for row in range(block_start(self.n, self.tasks[0], index),
                             block_start(self.n, self.tasks[0], index + 1)):
                losses[row] = isa.K.softmax_cross_entropy(
                    self.classes, self.labels[row], 1.0 / self.n, self.x + row * self.classes,
                    self.dx + row * self.classes, hits + row)
        else:
            self.loss[0], self.correct[0] = 0, 0
            for row in range(self.n):
                self.loss[0] += losses[row] / self.n
                self.correct[0] += hits[row]


cdef class MeanSquaredError(Elementwise):
    """loss[0] = mean of (x - target)^2 over all elements, and dx."""

    cdef const float *x
    cdef const float *target_
    cdef double *loss
    cdef float *dx

    writes = ("loss", "dx")

    def __init__(self, x, target, loss, dx):
        self.x = self.source(x, x.shape)
        self.target_ = self.source(target, x.shape)
        self.loss = <double *> self.memory(loss, "loss", "d", (1,), True)
        self.dx = self.target(dx, x.shape)
        self.cut(x.size)
        self.phases = 2
        self.tasks[1] = 1
        self.shared_bytes = self.tasks[0] * sizeof(double)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef double *sums = <double *> shared               # [tasks]
        cdef ptrdiff_t at
        if phase == 0:
            # A run of elements.
            at = self.first(index)
            sums[index] = isa.K.mean_squared_error(self.first(index + 1) - at, 2.0 / self.n, self.x + at,
                                                   self.target_ + at, self.dx + at)
        else:
            self.loss[0] = 0
            for at in range(self.tasks[0]):
                self.loss[0] += sums[at] / self.n
