"""Losses over a batch: one pass gives the value and the gradient.

Value and gradient are multiplied by `scale`. The value is a mean over samples: of equal ones, or with
`weights`, float32 [n], the share of each. What a task has summed up goes to its own place; the places
are then added up in order, in double.
"""

from libc.stdint cimport int64_t

from fastcnn.kernels cimport isa
from fastcnn.kernels.elementwise cimport Elementwise
from fastcnn.kernels.op cimport Op, block_start, blocks

# Elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384


cdef class SoftmaxCrossEntropy(Op):
    """loss[0] = mean of the sums of -target * log softmax(x), correct[0] = rows whose maximum is that of
    the target, and dx.

    x [n, classes]; labels int64 [n], each below classes, whose target is 1 at the label, or the targets
    [n, classes] themselves. With smoothing, a target becomes (1 - smoothing) * target +
    smoothing / classes. loss float64 [1], correct int64 [1].
    """

    cdef ptrdiff_t n, classes
    cdef const float *x
    cdef const int64_t *labels
    cdef const float *soft
    cdef const float *weights
    cdef double smoothing, scale
    cdef double *loss
    cdef int64_t *correct
    cdef float *dx

    writes = ("loss", "correct", "dx")

    def __init__(self, x, labels, loss, correct, dx, weights=None, smoothing=0.0, scale=1.0):
        self.n, self.classes = x.shape
        self.x = self.source(x, x.shape)
        if labels.ndim == 1:
            self.labels = <const int64_t *> self.memory(labels, "labels", "l", (self.n,), False)
        else:
            self.soft = self.source(labels, x.shape)
        if weights is not None:
            self.weights = self.source(weights, (self.n,))
        self.smoothing, self.scale = smoothing, scale
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
        cdef ptrdiff_t row, first
        cdef double share
        if phase == 0:
            # A run of rows.
            for row in range(block_start(self.n, self.tasks[0], index),
                             block_start(self.n, self.tasks[0], index + 1)):
                first = row * self.classes
                share = self.scale * (1.0 / self.n if self.weights == NULL else self.weights[row])
                if self.soft == NULL:
                    losses[row] = isa.K.softmax_cross_entropy(
                        self.classes, self.labels[row], self.smoothing, share, self.x + first,
                        self.dx + first, hits + row)
                else:
                    losses[row] = isa.K.soft_cross_entropy(
                        self.classes, self.soft + first, self.smoothing, share, self.x + first,
                        self.dx + first, hits + row)
        else:
            self.loss[0], self.correct[0] = 0, 0
            for row in range(self.n):
                if self.weights == NULL:
                    self.loss[0] += losses[row] / self.n
                else:
                    self.loss[0] += losses[row] * self.weights[row]
                self.correct[0] += hits[row]
            self.loss[0] *= self.scale


cdef class PointwiseLoss(Elementwise):
    """loss[0] = mean over samples of the mean over their elements of what a subclass sums up in `part`.

    x and target [n, ...] or [...]; loss float64 [1].
    """

    cdef ptrdiff_t length
    cdef const float *x
    cdef const float *target_
    cdef const float *weights
    cdef double scale
    cdef double *loss
    cdef int64_t *correct
    cdef float *dx

    writes = ("loss", "dx")

    def __init__(self, x, target, loss, dx, weights=None, scale=1.0):
        self.x = self.source(x, x.shape)
        self.target_ = self.source(target, x.shape)
        self.loss = <double *> self.memory(loss, "loss", "d", (1,), True)
        self.dx = self.target(dx, x.shape)
        self.length = x.size  # without weights all samples are one
        if weights is not None:
            self.weights = self.source(weights, (len(x),))
            self.length = x.size // len(x)
        self.scale = scale
        self.cut(x.size)
        self.phases = 2
        self.tasks[1] = 1
        self.shared_bytes = self.tasks[0] * (sizeof(double) + sizeof(ptrdiff_t))

    cdef double part(self, ptrdiff_t at, ptrdiff_t n, double scale, ptrdiff_t *hits) noexcept nogil:
        """The sum over n elements from `at` on, whose gradients times `scale` are written; `hits` may be
        set to the number of right answers among them."""
        return 0

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef double *sums = <double *> shared                               # [tasks]
        cdef ptrdiff_t *hits = <ptrdiff_t *> (sums + self.tasks[0])         # [tasks]
        cdef ptrdiff_t at, end, last, part_hits = 0
        cdef double share = 1
        if phase == 0:
            # A run of elements, of one sample after the other.
            sums[index], hits[index] = 0, 0
            at, last = self.first(index), self.first(index + 1)
            while at < last:
                end = min(last, (at // self.length + 1) * self.length)
                if self.weights != NULL:
                    share = self.weights[at // self.length]
                sums[index] += share * self.part(at, end - at, self.scale * share / self.length, &part_hits)
                hits[index] += part_hits
                at = end
        else:
            self.loss[0] = 0
            for at in range(self.tasks[0]):
                self.loss[0] += sums[at] / self.length
            self.loss[0] *= self.scale
            if self.correct != NULL:
                self.correct[0] = 0
                for at in range(self.tasks[0]):
                    self.correct[0] += hits[at]


cdef class MeanSquaredError(PointwiseLoss):
    """The mean of (x - target)^2, and dx."""

    cdef double part(self, ptrdiff_t at, ptrdiff_t n, double scale, ptrdiff_t *hits) noexcept nogil:
        return isa.K.mean_squared_error(n, 2 * scale, self.x + at, self.target_ + at, self.dx + at)


cdef class Huber(PointwiseLoss):
    """The mean of (x - target)^2 / 2 up to a distance of delta, of a straight line beyond, and dx."""

    cdef float delta

    def __init__(self, x, target, loss, dx, weights=None, scale=1.0, delta=1.0):
        PointwiseLoss.__init__(self, x, target, loss, dx, weights, scale)
        self.delta = delta

    cdef double part(self, ptrdiff_t at, ptrdiff_t n, double scale, ptrdiff_t *hits) noexcept nogil:
        return isa.K.huber(n, self.delta, scale, self.x + at, self.target_ + at, self.dx + at)


cdef class BinaryCrossEntropy(PointwiseLoss):
    """The mean of -target * log p - (1 - target) * log(1 - p), p = sigmoid(x), and dx; correct[0] = scores
    that are > 0 just where the target is > 1/2, int64 [1]."""

    writes = ("loss", "correct", "dx")

    def __init__(self, x, target, loss, correct, dx, weights=None, scale=1.0):
        PointwiseLoss.__init__(self, x, target, loss, dx, weights, scale)
        self.correct = <int64_t *> self.memory(correct, "correct", "l", (1,), True)

    cdef double part(self, ptrdiff_t at, ptrdiff_t n, double scale, ptrdiff_t *hits) noexcept nogil:
        return isa.K.binary_cross_entropy(n, scale, self.x + at, self.target_ + at, self.dx + at, hits)
