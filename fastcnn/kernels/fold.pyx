"""Batch normalisations of prediction as what an epilogue does: a scale and a shift of each channel."""

from libc.stdlib cimport free, malloc

from fastcnn.kernels cimport isa
from fastcnn.kernels.op cimport Op


cdef struct Fold:
    double eps
    ptrdiff_t c
    const float *gamma                  # [c], all of them
    const float *beta
    const float *mean
    const float *var
    const float *b                      # or NULL
    float *scale
    float *shift


cdef class BatchNormFold(Op):
    """scale = gamma / sqrt(var + eps), shift = beta + (b - mean) * scale of many batch normalisations.

    `b` is None or what was added to x before. Every argument is a list, with an item for each
    normalisation.
    """

    cdef Fold *folds

    writes = ("scale", "shift")

    def __init__(self, eps, gamma, beta, mean, var, b, scale, shift):
        cdef Fold *fold
        self.tasks[0] = len(eps)
        self.folds = <Fold *> malloc(max(1, len(eps)) * sizeof(Fold))
        if self.folds == NULL:
            raise MemoryError(f"no memory for {len(eps)} batch normalisations")
        for i in range(len(eps)):
            fold, shape = &self.folds[i], gamma[i].shape
            fold.eps, fold.c = eps[i], shape[0]
            fold.gamma, fold.beta = self.source(gamma[i], shape), self.source(beta[i], shape)
            fold.mean, fold.var = self.source(mean[i], shape), self.source(var[i], shape)
            fold.b = NULL if b[i] is None else self.source(b[i], shape)
            fold.scale, fold.shift = self.target(scale[i], shape), self.target(shift[i], shape)

    def __dealloc__(self):
        free(self.folds)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # One normalisation.
        cdef Fold *fold = &self.folds[index]
        cdef ptrdiff_t j
        cdef float b = 0
        isa.K.batchnorm_scale(fold.c, fold.eps, fold.gamma, fold.var, fold.scale)
        for j in range(fold.c):
            if fold.b != NULL:
                b = fold.b[j]
            fold.shift[j] = fold.beta[j] + (b - fold.mean[j]) * fold.scale[j]
