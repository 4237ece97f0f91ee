"""Batch normalisation over the rows of x[rows, c] (Ioffe & Szegedy, 2015).

Statistics are taken chunk by chunk of rows and merged in the order of the chunks, in double (Chan,
Golub & LeVeque, "Algorithms for Computing the Sample Variance", 1983).
"""

from libc.math cimport NAN, isfinite, sqrt

from fastcnn.kernels cimport isa
from fastcnn.kernels.op cimport Op, block_start, blocks

# A chunk of rows stays in the L2 cache, and its sums are short enough for float32.
cdef ptrdiff_t CHUNK_FLOATS = 65536
cdef ptrdiff_t CHUNK_ROWS = 1024
# Channels that one task merges.
cdef ptrdiff_t MERGE = 64


cdef class BatchNorm(Op):
    """What the passes share: rows cut into chunks."""

    cdef ptrdiff_t rows, c, chunks

    cdef int cut(self, s) except -1:
        self.rows, self.c = s.rows, s.c
        self.chunks = blocks(s.rows, max(1, min(CHUNK_ROWS, CHUNK_FLOATS // s.c)))
        return 0

    cdef ptrdiff_t first(self, ptrdiff_t chunk) noexcept nogil:
        return block_start(self.rows, self.chunks, chunk)


cdef class BatchNormForward(BatchNorm):
    """y = gamma * (x - mean) / sqrt(var + eps) + beta with the statistics of the batch.

    mean and inverse = 1 / sqrt(var + eps), both [c], are kept for the backward pass. Unless None,
    running_mean and running_var move by `momentum` towards the batch's mean and unbiased variance.
    """

    cdef double eps, momentum
    cdef const float *x
    cdef const float *gamma
    cdef const float *beta
    cdef float *running_mean
    cdef float *running_var
    cdef float *mean
    cdef float *inverse
    cdef float *y

    writes = ("running_mean", "running_var", "mean", "inverse", "y")

    def __init__(self, s, double eps, double momentum, x, gamma, beta, running_mean, running_var, mean,
                 inverse, y):
        self.cut(s)
        self.eps, self.momentum = eps, momentum
        self.x = self.source(x, (s.rows, s.c))
        self.gamma = self.source(gamma, (s.c,))
        self.beta = self.source(beta, (s.c,))
        if running_mean is not None:
            self.running_mean = self.target(running_mean, (s.c,))
            self.running_var = self.target(running_var, (s.c,))
        self.mean = self.target(mean, (s.c,))
        self.inverse = self.target(inverse, (s.c,))
        self.y = self.target(y, (s.rows, s.c))
        self.phases = 3
        self.tasks[0] = self.tasks[2] = self.chunks
        self.tasks[1] = blocks(self.c, MERGE)
        self.shared_bytes = (2 * self.chunks + 1) * self.c * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *sums = <float *> shared                 # [chunks, c], around the chunk's first row
        cdef float *squares = sums + self.chunks * self.c   # [chunks, c]
        cdef float *scale = squares + self.chunks * self.c  # [c] gamma * inverse
        cdef ptrdiff_t at, rows
        if phase == 1:
            # A block of channels.
            self.merge(block_start(self.c, self.tasks[1], index),
                       block_start(self.c, self.tasks[1], index + 1), sums, squares, scale)
            return
        # A chunk of rows.
        at, rows = self.first(index) * self.c, self.first(index + 1) - self.first(index)
        if phase == 0:
            isa.K.batchnorm_sums(rows, self.c, self.x + at, self.x + at, sums + index * self.c,
                                 squares + index * self.c)
        else:
            isa.K.batchnorm_apply(rows, self.c, self.x + at, self.mean, scale, self.beta, self.y + at)

    cdef void merge(self, ptrdiff_t first, ptrdiff_t last, const float *sums, const float *squares,
                    float *scale) noexcept nogil:
        cdef ptrdiff_t j, chunk
        cdef double count, seen, mean, spread, m, delta, var
        for j in range(first, last):
            seen = mean = spread = 0
            for chunk in range(self.chunks):
                count = self.first(chunk + 1) - self.first(chunk)
                m = sums[chunk * self.c + j] / count
                spread += max(squares[chunk * self.c + j] - m * sums[chunk * self.c + j], 0)
                m += self.x[self.first(chunk) * self.c + j]
                delta = m - mean
                spread += delta * delta * seen * count / (seen + count)
                mean += delta * count / (seen + count)
                seen += count
            if not isfinite(spread):
                mean, spread = self.statistics(j)
            var = spread / self.rows
            self.mean[j] = mean
            # A variance beyond float32 must not pass as a channel that is all beta.
            self.inverse[j] = 1 / sqrt(var + self.eps) if isfinite(var) else NAN
            scale[j] = self.gamma[j] * self.inverse[j]
            var = spread / (self.rows - 1)
            # What float32 cannot hold must not spoil the running statistics.
            if self.running_mean != NULL and isfinite(<float> mean) and isfinite(<float> var):
                self.running_mean[j] += self.momentum * (mean - self.running_mean[j])
                self.running_var[j] += self.momentum * (var - self.running_var[j])

    cdef (double, double) statistics(self, ptrdiff_t j) noexcept nogil:
        """Mean and sum of squared deviations of one channel in double: where squares leave float32."""
        cdef ptrdiff_t i
        cdef double mean = 0, spread = 0, delta
        for i in range(self.rows):
            mean += self.x[i * self.c + j] / self.rows
        for i in range(self.rows):
            delta = self.x[i * self.c + j] - mean
            spread += delta * delta
        return mean, spread


cdef class BatchNormPredict(BatchNorm):
    """y = gamma * (x - mean) / sqrt(var + eps) + beta with given statistics."""

    cdef double eps
    cdef const float *x
    cdef const float *gamma
    cdef const float *beta
    cdef const float *mean
    cdef const float *var
    cdef float *y

    writes = ("y",)

    def __init__(self, s, double eps, x, gamma, beta, mean, var, y):
        self.cut(s)
        self.eps = eps
        self.x = self.source(x, (s.rows, s.c))
        self.gamma = self.source(gamma, (s.c,))
        self.beta = self.source(beta, (s.c,))
        self.mean = self.source(mean, (s.c,))
        self.var = self.source(var, (s.c,))
        self.y = self.target(y, (s.rows, s.c))
        self.tasks[0] = self.chunks
        self.own_bytes = self.c * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # A chunk of rows.
        cdef float *scale = <float *> own                   # [c]
        cdef ptrdiff_t j, at = self.first(index) * self.c
        for j in range(self.c):
            scale[j] = self.gamma[j] / sqrt(self.var[j] + self.eps)
        isa.K.batchnorm_apply(self.first(index + 1) - self.first(index), self.c, self.x + at, self.mean,
                              scale, self.beta, self.y + at)


cdef class BatchNormBackward(BatchNorm):
    """dx, dgamma, dbeta from dy, x and what BatchNormForward kept.

    With r = inverse: dbeta = sum dy, dgamma = r * sum dy * (x - mean), and
    dx = gamma * r * (dy - dbeta / rows - (x - mean) * r * dgamma / rows).
    """

    cdef const float *dy
    cdef const float *x
    cdef const float *gamma
    cdef const float *mean
    cdef const float *inverse
    cdef float *dx
    cdef float *dgamma
    cdef float *dbeta

    writes = ("dx", "dgamma", "dbeta")

    def __init__(self, s, dy, x, gamma, mean, inverse, dx, dgamma, dbeta):
        self.cut(s)
        self.dy = self.source(dy, (s.rows, s.c))
        self.x = self.source(x, (s.rows, s.c))
        self.gamma = self.source(gamma, (s.c,))
        self.mean = self.source(mean, (s.c,))
        self.inverse = self.source(inverse, (s.c,))
        self.dx = self.target(dx, (s.rows, s.c))
        self.dgamma = self.target(dgamma, (s.c,))
        self.dbeta = self.target(dbeta, (s.c,))
        self.phases = 3
        self.tasks[0] = self.tasks[2] = self.chunks
        self.tasks[1] = blocks(self.c, MERGE)
        self.shared_bytes = (2 * self.chunks + 3) * self.c * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *sums = <float *> shared                     # [chunks, c] of dy
        cdef float *products = sums + self.chunks * self.c      # [chunks, c] of dy * (x - mean)
        cdef float *a = products + self.chunks * self.c         # [3, c]: dx = a * dy + b * (x - mean) + e
        cdef ptrdiff_t at, rows
        if phase == 1:
            # A block of channels.
            self.merge(block_start(self.c, self.tasks[1], index),
                       block_start(self.c, self.tasks[1], index + 1), sums, products, a)
            return
        # A chunk of rows.
        at, rows = self.first(index) * self.c, self.first(index + 1) - self.first(index)
        if phase == 0:
            isa.K.batchnorm_backward_sums(rows, self.c, self.dy + at, self.x + at, self.mean,
                                          sums + index * self.c, products + index * self.c)
        else:
            isa.K.batchnorm_backward_apply(rows, self.c, self.dy + at, self.x + at, self.mean, a,
                                           a + self.c, a + 2 * self.c, self.dx + at)

    cdef void merge(self, ptrdiff_t first, ptrdiff_t last, const float *sums, const float *products,
                    float *a) noexcept nogil:
        cdef ptrdiff_t j, chunk
        cdef double dbeta, dgamma
        for j in range(first, last):
            dbeta = dgamma = 0
            for chunk in range(self.chunks):
                dbeta += sums[chunk * self.c + j]
                dgamma += products[chunk * self.c + j]
            dgamma *= self.inverse[j]
            self.dbeta[j], self.dgamma[j] = dbeta, dgamma
            a[j] = self.gamma[j] * self.inverse[j]
            a[self.c + j] = -a[j] * self.inverse[j] * dgamma / self.rows
            a[2 * self.c + j] = -a[j] * dbeta / self.rows
