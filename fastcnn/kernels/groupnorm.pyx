"""Group normalisation of images x[n, pixels, c] (Wu & He, 2018), by the sums of their columns.

The sums of each channel are those of batch normalisation, of one sample; the channels of a group are
merged from them. With many samples a task has whole ones, so that a sample is still in a cache when it
is normalised; of few samples, the chunks of pixels are tasks. Single pixels are rows: see `layernorm`.
"""

from libc.math cimport NAN, isfinite, sqrt
from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.op cimport block_start, blocks, even_blocks
from fastcnn.kernels.rows cimport Rows

from fastcnn.kernels import memory

# From this many samples on they are not divided among tasks.
cdef ptrdiff_t MANY_SAMPLES = 8

# Small samples go several to a task: so many floats at least.
cdef ptrdiff_t TASK_FLOATS = 16384

# Channels that one task merges.
cdef ptrdiff_t MERGE = 256


cdef class GroupNorm(Rows):
    """What the passes share: samples of wide rows, and where their scratch memory is.

    `begin` takes the sums of a chunk, `merge` makes a map of those of all chunks, `finish` applies it to
    a chunk. A sample's scratch memory is shared, or a thread's own where it has whole samples.
    """

    cdef ptrdiff_t n, groups, members   # channels of a group
    cdef ptrdiff_t size                 # floats of a sample
    cdef ptrdiff_t parts                # blocks of samples
    cdef ptrdiff_t sample_bytes         # scratch memory of a sample
    cdef ptrdiff_t samples_at           # where the samples' begins
    cdef bint whole, stream

    cdef int plan(self, s, const float *y, int arrays, ptrdiff_t vectors, ptrdiff_t sums) except -1:
        """Cut; a sample's scratch memory is `vectors` of the width, and `sums` for each chunk."""
        self.cut(s.pixels, s.c)
        self.n, self.groups, self.members = s.n, s.groups, s.c // s.groups
        self.size = s.pixels * s.c
        self.whole = self.n >= MANY_SAMPLES
        self.parts = min(self.n, even_blocks(self.n, max(1, TASK_FLOATS // self.size)))
        self.sample_bytes = memory.aligned((vectors + sums * self.chunks) * self.width * sizeof(float))
        self.stream = self.streams(y, self.n * self.size, arrays)
        self.phases = 1 if self.whole else 3
        self.tasks[0] = self.tasks[2] = self.parts if self.whole else self.n * self.chunks
        self.tasks[1] = self.n
        return 0

    cdef void work(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        """A block of whole samples, or a part of one."""
        cdef ptrdiff_t sample, chunk
        cdef char *scratch
        if self.whole:
            scratch = own + self.samples_at
            for sample in range(block_start(self.n, self.parts, index),
                                block_start(self.n, self.parts, index + 1)):
                for chunk in range(self.chunks):
                    self.begin(sample, chunk, scratch, own)
                self.merge(sample, scratch, shared)
                for chunk in range(self.chunks):
                    self.finish(sample, chunk, scratch, own)
            return
        if phase == 1:
            self.merge(index, shared + self.samples_at + index * self.sample_bytes, shared)
            return
        sample, chunk = index // self.chunks, index % self.chunks
        scratch = shared + self.samples_at + sample * self.sample_bytes
        if phase == 0:
            self.begin(sample, chunk, scratch, own)
        else:
            self.finish(sample, chunk, scratch, own)

    cdef void begin(self, ptrdiff_t sample, ptrdiff_t chunk, char *scratch, char *own) noexcept nogil:
        pass

    cdef void merge(self, ptrdiff_t sample, char *scratch, char *shared) noexcept nogil:
        pass

    cdef void finish(self, ptrdiff_t sample, ptrdiff_t chunk, char *scratch, char *own) noexcept nogil:
        pass


cdef class GroupNormForward(GroupNorm):
    """y = gamma * (x - mean) / sqrt(var + eps) + beta with the statistics of each group of a sample.

    For the backward pass are kept: inverse = 1 / sqrt(var + eps) [n, groups], mean [2, n, groups]:
    rounded, and what was lost.
    """

    cdef double eps
    cdef const float *x
    cdef const float *gamma
    cdef const float *beta
    cdef float *mean
    cdef float *inverse
    cdef float *y

    writes = ("mean", "inverse", "y")

    def __init__(self, s, double eps, x, gamma, beta, mean, inverse, y):
        self.eps = eps
        self.x = self.source(x, s.x_shape)
        self.gamma = self.source(gamma, (s.c,))
        self.beta = self.source(beta, (s.c,))
        self.mean = self.target(mean, (2, s.n, s.groups))
        self.inverse = self.target(inverse, (s.n, s.groups))
        self.y = self.target(y, s.x_shape)
        # In double: sums and squared deviations; mean, scale, shift; of each chunk: see batchnorm_sums.
        self.plan(s, self.y, 2, 4 + 3, 3)
        if self.whole:
            self.own_bytes = self.sample_bytes
        else:
            self.shared_bytes = self.n * self.sample_bytes

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        self.work(phase, index, shared, own)

    cdef void begin(self, ptrdiff_t sample, ptrdiff_t chunk, char *scratch, char *own) noexcept nogil:
        cdef ptrdiff_t at = self.first(chunk), w = self.width
        cdef float *s = <float *> scratch + (7 + 3 * chunk) * w
        isa.K.batchnorm_sums(self.first(chunk + 1) - at, w, self.x + sample * self.size + at * w, w, s,
                             s + w, s + 2 * w)

    cdef void finish(self, ptrdiff_t sample, ptrdiff_t chunk, char *scratch, char *own) noexcept nogil:
        cdef ptrdiff_t rows = self.first(chunk + 1) - self.first(chunk), w = self.width
        cdef ptrdiff_t at = sample * self.size + self.first(chunk) * w
        cdef float *map = <float *> scratch + 4 * w
        isa.K.batchnorm_apply(rows, w, self.x + at, w, map, map + w, map + 2 * w, NULL, False,
                              self.y + at, w, self.stream)

    cdef void merge(self, ptrdiff_t sample, char *scratch, char *shared) noexcept nogil:
        cdef ptrdiff_t w = self.width, chunk, group, j, at
        cdef double *totals = <double *> scratch            # [2, width] sums, squared deviations
        cdef float *map = <float *> scratch + 4 * w         # [3, width] mean, scale, shift
        cdef float *s = map + 3 * w                         # [chunks, 3, width], see batchnorm_sums
        cdef double mean, var
        cdef float rounded, lost, inverse
        memset(totals, 0, 2 * w * sizeof(double))
        for chunk in range(self.chunks):
            isa.K.batchnorm_merge(w, self.first(chunk), self.first(chunk + 1) - self.first(chunk), s, s + w,
                                  s + 2 * w, totals, totals + w)
            s += 3 * w
        for group in range(self.groups):
            mean, var = self.statistics(group, totals, totals + w)
            if not isfinite(var):
                mean, var = self.far_statistics(sample, group)
            rounded = mean
            lost = mean - rounded
            # A variance beyond float32 must not pass as a group that is all beta.
            inverse = 1 / sqrt(var + self.eps) if isfinite(var) else NAN
            at = sample * self.groups + group
            self.mean[at], self.mean[self.n * self.groups + at] = rounded, lost
            self.inverse[at] = inverse
            for j in range(group * self.members, (group + 1) * self.members):
                map[j], map[w + j] = rounded, self.gamma[j] * inverse
                map[2 * w + j] = self.beta[j] - lost * map[w + j]
        self.repeat(0, self.c, map)
        self.repeat(0, self.c, map + w)
        self.repeat(0, self.c, map + 2 * w)

    cdef (double, double) statistics(self, ptrdiff_t group, const double *totals,
                                     const double *spreads) noexcept nogil:
        """Mean and variance of a group from the sums of its columns, all of the same height."""
        cdef ptrdiff_t fold, j, first = group * self.members
        cdef double count = self.rows * self.members, share = 1.0 / self.height
        cdef double total = 0, spread = 0, mean, apart
        for fold in range(self.folds):
            for j in range(fold * self.c + first, fold * self.c + first + self.members):
                total += totals[j]
        mean = total / count
        for fold in range(self.folds):
            for j in range(fold * self.c + first, fold * self.c + first + self.members):
                apart = totals[j] - mean * self.height
                spread += spreads[j] + apart * apart * share
        return mean, spread / count

    cdef (double, double) far_statistics(self, ptrdiff_t sample, ptrdiff_t group) noexcept nogil:
        """The same from the numbers themselves: where squares leave float32."""
        cdef const float *x = self.x + sample * self.size + group * self.members
        cdef ptrdiff_t i, j
        cdef double count = self.rows * self.members, mean = 0, spread = 0, delta
        for i in range(self.rows):
            for j in range(self.members):
                mean += x[i * self.c + j] / count
        for i in range(self.rows):
            for j in range(self.members):
                delta = x[i * self.c + j] - mean
                spread += delta * delta
        return mean, spread / count


cdef class GroupNormBackward(GroupNorm):
    """dx, dgamma, dbeta from dy, x and what GroupNormForward kept.

    With xhat = (x - mean) * inverse and means over a group: dx = inverse * (dy * gamma -
    mean(dy * gamma) - xhat * mean(dy * gamma * xhat)); dgamma = sum dy * xhat and dbeta = sum dy over
    samples and pixels.
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
        self.dy = self.source(dy, s.x_shape)
        self.x = self.source(x, s.x_shape)
        self.gamma = self.source(gamma, (s.c,))
        self.mean = self.source(mean, (2, s.n, s.groups))
        self.inverse = self.source(inverse, (s.n, s.groups))
        self.dx = self.target(dx, s.x_shape)
        self.dgamma = self.target(dgamma, (s.c,))
        self.dbeta = self.target(dbeta, (s.c,))
        # In double: sums of dy and of dy * (x - mean), as each chunk has them; a, b, e.
        self.plan(s, self.dx, 3, 4 + 3, 2)
        self.tasks[self.phases] = blocks(self.c, MERGE)
        self.phases += 1
        self.shared_bytes = memory.aligned(self.n * 2 * self.c * sizeof(float))
        self.own_bytes = memory.aligned(self.width * sizeof(float))
        if self.whole:
            self.samples_at = self.own_bytes
            self.own_bytes += self.sample_bytes
        else:
            self.samples_at = self.shared_bytes
            self.shared_bytes += self.n * self.sample_bytes

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        if phase == self.phases - 1:
            # A block of channels.
            self.total(block_start(self.c, self.tasks[phase], index),
                       block_start(self.c, self.tasks[phase], index + 1), <const float *> shared)
        else:
            self.work(phase, index, shared, own)

    cdef float *means(self, ptrdiff_t sample, char *own) noexcept nogil:
        """mean[width] of each column."""
        cdef float *mean = <float *> own
        cdef ptrdiff_t group, j
        for group in range(self.groups):
            for j in range(group * self.members, (group + 1) * self.members):
                mean[j] = self.mean[sample * self.groups + group]
        self.repeat(0, self.c, mean)
        return mean

    cdef void begin(self, ptrdiff_t sample, ptrdiff_t chunk, char *scratch, char *own) noexcept nogil:
        cdef ptrdiff_t rows = self.first(chunk + 1) - self.first(chunk), w = self.width
        cdef ptrdiff_t at = sample * self.size + self.first(chunk) * w
        cdef float *s = <float *> scratch + (7 + 2 * chunk) * w
        isa.K.batchnorm_backward_sums(rows, w, self.dy + at, w, self.x + at, w, self.means(sample, own),
                                      NULL, NULL, NULL, NULL, s, s + w)

    cdef void finish(self, ptrdiff_t sample, ptrdiff_t chunk, char *scratch, char *own) noexcept nogil:
        cdef ptrdiff_t rows = self.first(chunk + 1) - self.first(chunk), w = self.width
        cdef ptrdiff_t at = sample * self.size + self.first(chunk) * w
        cdef float *map = <float *> scratch + 4 * w
        isa.K.batchnorm_backward_apply(rows, w, self.dy + at, w, self.x + at, w, self.means(sample, own),
                                       NULL, NULL, map, map + w, map + 2 * w, self.dx + at, w, False,
                                       self.stream)

    cdef void merge(self, ptrdiff_t sample, char *scratch, char *shared) noexcept nogil:
        cdef ptrdiff_t w = self.width, _chunk, fold, group, j, at
        cdef double *totals = <double *> scratch            # [2, width] of dy and of dy * (x - mean)
        cdef float *map = <float *> scratch + 4 * w         # [3, width] dx = a * dy + b * (x - mean) + e
        cdef float *s = map + 3 * w                         # [chunks, 2, width] as `totals`
        cdef float *sums = <float *> shared + 2 * sample * self.c   # [2, c] dgamma, dbeta of the sample
        cdef double mean_dy, mean_product, dgamma, dbeta, inverse, lost
        cdef double count = self.rows * self.members
        memset(totals, 0, 2 * w * sizeof(double))
        for _chunk in range(self.chunks):
            isa.K.batchnorm_total(w, s, totals)
            isa.K.batchnorm_total(w, s + w, totals + w)
            s += 2 * w
        for group in range(self.groups):
            at = sample * self.groups + group
            inverse, lost = self.inverse[at], self.mean[self.n * self.groups + at]
            mean_dy = mean_product = 0
            for j in range(group * self.members, (group + 1) * self.members):
                dgamma = dbeta = 0
                for fold in range(self.folds):
                    dbeta += totals[fold * self.c + j]
                    dgamma += totals[w + fold * self.c + j]
                # The products were taken around the rounded mean.
                dgamma = (dgamma - lost * dbeta) * inverse
                sums[j], sums[self.c + j] = dgamma, dbeta
                mean_dy += self.gamma[j] * dbeta / count
                mean_product += self.gamma[j] * dgamma / count
            for j in range(group * self.members, (group + 1) * self.members):
                map[j] = self.gamma[j] * inverse
                map[w + j] = -inverse * inverse * mean_product
                map[2 * w + j] = -inverse * mean_dy - lost * map[w + j]
        self.repeat(0, self.c, map)
        self.repeat(0, self.c, map + w)
        self.repeat(0, self.c, map + 2 * w)

    cdef void total(self, ptrdiff_t first, ptrdiff_t last, const float *sums) noexcept nogil:
        cdef ptrdiff_t j, sample
        cdef double dgamma, dbeta
        for j in range(first, last):
            dgamma = dbeta = 0
            for sample in range(self.n):
                dgamma += sums[2 * sample * self.c + j]
                dbeta += sums[(2 * sample + 1) * self.c + j]
            self.dgamma[j], self.dbeta[j] = dgamma, dbeta
