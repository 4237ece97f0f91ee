from fastcnn.kernels.correlation cimport Correlation


cdef void transpose_panel(const float *w, ptrdiff_t taps, ptrdiff_t oc, ptrdiff_t ic, ptrdiff_t panel,
                          const ptrdiff_t *place, float *wt) noexcept nogil


cdef class ConvForward(Correlation):
    cdef const float *w
    cdef float *y
