from fastcnn.kernels.op cimport Op


cdef struct Lattice:
    ptrdiff_t oh, ow                    # outputs of this lattice
    ptrdiff_t y_first, y_row, y_column  # floats: its first output in an image, steps between rows, columns
    ptrdiff_t kh, kw, dh, dw, sh, sw    # a regular window over the source
    ptrdiff_t top, left                 # source pixel under tap (0, 0) of output (0, 0); may be negative
    ptrdiff_t w_first                   # floats: its first tap in a panel
    bint in_place, merged
    ptrdiff_t segments, depth
    ptrdiff_t *offsets                  # [segments] floats from the window's corner


cdef void copy_rows(const float *image, ptrdiff_t ih, ptrdiff_t iw, ptrdiff_t ld, ptrdiff_t c, ptrdiff_t h0,
                    ptrdiff_t rows, ptrdiff_t w0, ptrdiff_t columns, float *strip) noexcept nogil

cdef void transpose_panel(const float *w, ptrdiff_t taps, ptrdiff_t oc, ptrdiff_t ic, ptrdiff_t panel,
                          const ptrdiff_t *place, float *wt) noexcept nogil


cdef class Correlation(Op):
    cdef ptrdiff_t n, ih, iw, c, ldx, oc, ldy, y_image, groups
    cdef const float *x
    cdef const float *bias
    cdef float *y
    cdef ptrdiff_t panels, panel_floats
    cdef Lattice *lattices
    cdef ptrdiff_t lattice_count
    cdef ptrdiff_t row_blocks, column_blocks, panel_blocks, columns
    cdef void correlate(self, ptrdiff_t index, const float *w, float *strip) noexcept nogil
    cdef int plan(self, ptrdiff_t lattices) except -1
    cdef int cut(self) except -1
