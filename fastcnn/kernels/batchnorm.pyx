"""Batch normalisation over the rows of x[rows, c] (Ioffe & Szegedy, 2015).

Statistics are taken chunk by chunk of rows and merged in the order of the chunks, in double (Chan,
Golub & LeVeque, "Algorithms for Computing the Sample Variance", 1983).
"""

from libc.math cimport NAN, isfinite, sqrt
from libc.string cimport memcpy, memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.rows cimport Rows

cdef class BatchNorm(Rows):
    """What the passes share."""


cdef float shift_of(float beta, float lost, float scale) noexcept nogil:
    """What is added behind the scale: `beta`, and what the mean lost when it was rounded."""
    return beta - lost * scale


cdef class BatchNormForward(BatchNorm):
    """y = gamma * (x - mean) / sqrt(var + eps) + beta with the statistics of the batch.

    `residual`, unless None, is added, and then with `relu` what is negative becomes 0. x and y may be
    some channels of wider tensors. For the backward pass are kept: inverse = 1 / sqrt(var + eps) [c], mean
    [2, c]: rounded, and what was lost. Unless None, running_mean and running_var move by `momentum` towards
    the batch's mean and unbiased variance.
    """

    cdef double eps, momentum
    cdef const float *x
    cdef const float *gamma
    cdef const float *beta
    cdef float *running_mean
    cdef float *running_var
    cdef float *mean
    cdef float *inverse
    cdef const float *residual
    cdef float *y
    cdef ptrdiff_t ldx, ldy

    writes = ("running_mean", "running_var", "mean", "inverse", "y")

    def __init__(self, s, double eps, double momentum, x, gamma, beta, running_mean, running_var, mean,
                 inverse, y, residual=None, bint relu=False):
        self.eps, self.momentum, self.relu = eps, momentum, relu
        self.x = <const float *> self.slices(x, "input", (s.rows, s.c), False, &self.ldx)
        self.gamma = self.source(gamma, (s.c,))
        self.beta = self.source(beta, (s.c,))
        if running_mean is not None:
            self.running_mean = self.target(running_mean, (s.c,))
            self.running_var = self.target(running_var, (s.c,))
        self.mean = self.target(mean, (2, s.c))
        self.inverse = self.target(inverse, (s.c,))
        if residual is not None:
            self.residual = self.source(residual, (s.rows, s.c))
        self.y = <float *> self.slices(y, "output", (s.rows, s.c), True, &self.ldy)
        self.cut(s.rows, s.c, self.ldx == s.c == self.ldy)
        self.stream = self.ldy == s.c and self.streams(self.y, s.rows * s.c, 2)
        self.phases = 3
        self.tasks[0] = self.tasks[2] = self.chunks
        self.tasks[1] = self.merges()
        self.shared_bytes = self.width * (2 * sizeof(double) + (3 + 3 * self.chunks) * sizeof(float))

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef double *totals = <double *> shared                 # [2, width] sums, squared deviations
        cdef float *map = <float *> (totals + 2 * self.width)   # [3, width] mean, scale, shift
        cdef float *sums = map + 3 * self.width                 # [chunks, 3, width], see batchnorm_sums
        cdef float *s = sums + 3 * index * self.width
        cdef ptrdiff_t at, rows, ldx, ldy, w = self.width
        cdef const float *x
        if phase == 1:
            # A block of channels.
            self.merge(self.channel(index), self.channel(index + 1), sums, totals, map)
            return
        # A chunk of wide rows.
        at, rows = self.first(index), self.first(index + 1) - self.first(index)
        x, ldx, ldy = self.x + at * self.folds * self.ldx, self.folds * self.ldx, self.folds * self.ldy
        if phase == 0:
            isa.K.batchnorm_sums(rows, w, x, ldx, s, s + w, s + 2 * w)
        else:
            isa.K.batchnorm_apply(rows, w, x, ldx, map, map + w, map + 2 * w,
                                  NULL if self.residual == NULL else self.residual + at * w, self.relu,
                                  self.y + at * ldy, ldy, self.stream)

    cdef void merge(self, ptrdiff_t first, ptrdiff_t last, const float *sums, double *totals,
                    float *map) noexcept nogil:
        cdef double *spreads = totals + self.width
        cdef float *scale = map + self.width
        cdef float *shift = scale + self.width
        cdef ptrdiff_t j, chunk, fold, columns = (last - first) * self.folds
        cdef const float *s
        cdef double total, mean, spread, apart, var
        memset(totals + first, 0, columns * sizeof(double))
        memset(spreads + first, 0, columns * sizeof(double))
        for chunk in range(self.chunks):
            s = sums + 3 * chunk * self.width + first
            isa.K.batchnorm_merge(columns, self.first(chunk), self.first(chunk + 1) - self.first(chunk), s,
                                  s + self.width, s + 2 * self.width, totals + first, spreads + first)
        for j in range(first, last):
            total, spread = totals[j], spreads[j]
            for fold in range(1, self.folds):
                apart = totals[fold * self.c + j] * fold - total
                spread += spreads[fold * self.c + j] + apart * apart / (self.height * fold * (fold + 1))
                total += totals[fold * self.c + j]
            mean = total / self.rows
            if not isfinite(spread):
                mean, spread = self.statistics(j)
            var = spread / self.rows
            map[j] = self.mean[j] = mean
            self.mean[self.c + j] = mean - self.mean[j]
            # A variance beyond float32 must not pass as a channel that is all beta.
            self.inverse[j] = 1 / sqrt(var + self.eps) if isfinite(var) else NAN
            scale[j] = self.gamma[j] * self.inverse[j]
            shift[j] = shift_of(self.beta[j], self.mean[self.c + j], scale[j])
            var = spread / (self.rows - 1)
            # What float32 cannot hold must not spoil the running statistics.
            if self.running_mean != NULL and isfinite(<float> mean) and isfinite(<float> var):
                self.running_mean[j] += self.momentum * (mean - self.running_mean[j])
                self.running_var[j] += self.momentum * (var - self.running_var[j])
        self.repeat(first, last, map)
        self.repeat(first, last, scale)
        self.repeat(first, last, shift)

    cdef (double, double) statistics(self, ptrdiff_t j) noexcept nogil:
        """Mean and sum of squared deviations of one channel in double: where squares leave float32."""
        cdef ptrdiff_t i
        cdef double mean = 0, spread = 0, delta
        for i in range(self.rows):
            mean += self.x[i * self.ldx + j] / self.rows
        for i in range(self.rows):
            delta = self.x[i * self.ldx + j] - mean
            spread += delta * delta
        return mean, spread


cdef class BatchNormBackward(BatchNorm):
    """dx, dgamma, dbeta from dy, x and what BatchNormForward kept.

    With r = inverse: dbeta = sum dy, dgamma = r * sum dy * (x - mean), and
    dx = gamma * r * (dy - dbeta / rows - (x - mean) * r * dgamma / rows).

    Behind a ReLU, dy counts only where that let the value pass. With `beta` alone, it is asked again
    what passed; with y, the output, and dz, what counts of dy is written there: it is the gradient of
    the residual too. With `accumulate`, dx is added to what is there. dy, x and dx may be some channels of
    wider tensors.
    """

    cdef const float *dy
    cdef const float *x
    cdef const float *gamma
    cdef const float *beta
    cdef const float *mean
    cdef const float *inverse
    cdef const float *y
    cdef float *dz
    cdef float *dx
    cdef ptrdiff_t lddy, ldx, lddx
    cdef bint accumulate
    cdef float *dgamma
    cdef float *dbeta

    writes = ("dx", "dgamma", "dbeta", "dz")

    def __init__(self, s, dy, x, gamma, mean, inverse, dx, dgamma, dbeta, beta=None, y=None, dz=None,
                 bint accumulate=False):
        self.dy = <const float *> self.slices(dy, "input", (s.rows, s.c), False, &self.lddy)
        self.x = <const float *> self.slices(x, "input", (s.rows, s.c), False, &self.ldx)
        self.gamma = self.source(gamma, (s.c,))
        self.mean = self.source(mean, (2, s.c))
        self.inverse = self.source(inverse, (s.c,))
        if beta is not None:
            self.relu, self.beta = True, self.source(beta, (s.c,))
        if y is not None:
            self.y, self.dz = self.source(y, (s.rows, s.c)), self.target(dz, (s.rows, s.c))
        self.dx = <float *> self.slices(dx, "output", (s.rows, s.c), True, &self.lddx)
        self.accumulate = accumulate
        self.dgamma = self.target(dgamma, (s.c,))
        self.dbeta = self.target(dbeta, (s.c,))
        self.cut(s.rows, s.c, self.lddy == self.ldx == self.lddx == s.c)
        self.stream = self.lddx == s.c and not accumulate and self.streams(self.dx, s.rows * s.c, 3)
        self.phases = 3
        self.tasks[0] = self.tasks[2] = self.chunks
        self.tasks[1] = self.merges()
        self.shared_bytes = self.width * (2 * sizeof(double) + (3 + 2 * self.chunks) * sizeof(float))
        self.own_bytes = 3 * self.width * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef double *totals = <double *> shared                 # [2, width] of dy and of dy * (x - mean)
        # dx = a * dy + b * (x - mean) + e
        cdef float *map = <float *> (totals + 2 * self.width)   # [3, width] a, b, e
        cdef float *sums = map + 3 * self.width                 # [chunks, 2, width] as `totals`
        cdef float *s = sums + 2 * index * self.width
        cdef float *mean = <float *> own                        # [width]
        cdef float *scale = NULL                                # [width] of the forward pass
        cdef float *shift = NULL                                # [width] of the forward pass
        cdef const float *dy = self.dy
        cdef const float *x
        cdef ptrdiff_t lddy = self.folds * self.lddy, ldx = self.folds * self.ldx, at, j, rows
        cdef ptrdiff_t lddx = self.folds * self.lddx, w = self.width
        if phase == 1:
            # A block of channels.
            self.merge(self.channel(index), self.channel(index + 1), sums, totals, map)
            return
        # A chunk of wide rows.
        memcpy(mean, self.mean, self.c * sizeof(float))
        self.repeat(0, self.c, mean)
        if self.relu:
            scale, shift = mean + w, mean + 2 * w
            for j in range(self.c):
                scale[j] = self.gamma[j] * self.inverse[j]
                shift[j] = shift_of(self.beta[j], self.mean[self.c + j], scale[j])
            self.repeat(0, self.c, scale)
            self.repeat(0, self.c, shift)
        at, rows = self.first(index), self.first(index + 1) - self.first(index)
        x = self.x + at * ldx
        if phase == 0:
            isa.K.batchnorm_backward_sums(rows, w, dy + at * lddy, lddy, x, ldx, mean, scale, shift,
                                          NULL if self.y == NULL else self.y + at * w,
                                          NULL if self.dz == NULL else self.dz + at * w, s, s + w)
        else:
            if self.dz != NULL:
                dy, lddy = self.dz, w
            isa.K.batchnorm_backward_apply(rows, w, dy + at * lddy, lddy, x, ldx, mean, scale, shift, map,
                                           map + w, map + 2 * w, self.dx + at * lddx, lddx, self.accumulate,
                                           self.stream)

    cdef void merge(self, ptrdiff_t first, ptrdiff_t last, const float *sums, double *totals,
                    float *a) noexcept nogil:
        cdef double *products = totals + self.width
        cdef float *b = a + self.width
        cdef float *e = b + self.width
        cdef ptrdiff_t j
        cdef double dbeta, dgamma
        self.add_up(first, last, 2, sums, totals)
        for j in range(first, last):
            dbeta, dgamma = totals[j], products[j]
            # The products were taken around the rounded mean.
            dgamma = (dgamma - self.mean[self.c + j] * dbeta) * self.inverse[j]
            self.dbeta[j], self.dgamma[j] = dbeta, dgamma
            a[j] = self.gamma[j] * self.inverse[j]
            b[j] = -a[j] * self.inverse[j] * dgamma / self.rows
            e[j] = -a[j] * dbeta / self.rows - self.mean[self.c + j] * b[j]
        self.repeat(first, last, a)
        self.repeat(first, last, b)
        self.repeat(first, last, e)
