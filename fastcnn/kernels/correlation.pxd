from fastcnn.kernels.kernels cimport fc_epilogue
from fastcnn.kernels.op cimport Op


cdef struct Lattice:
    ptrdiff_t oh, ow                    # outputs of this lattice
    ptrdiff_t y_first, y_row, y_column  # floats: its first output in an image, steps between rows, columns
    ptrdiff_t kh, kw, dh, dw, sh, sw    # a regular window over the source
    ptrdiff_t top, left                 # source pixel under tap (0, 0) of output (0, 0); may be negative
    ptrdiff_t w_first                   # floats: its first tap in a panel
    bint in_place, merged
    ptrdiff_t segments, depth, depth_blocks
    ptrdiff_t *offsets                  # [segments] floats from the window's corner


cdef struct Block:
    # The outputs of a task: rows h0 .. h1, columns w0 .. w1 of a lattice, some panels.
    Lattice *grid
    ptrdiff_t image, h0, h1, w0, w1, first_panel, last_panel
    ptrdiff_t pixel, pitch              # floats between the pixels, the rows of the source
    const float *corner                 # the source under the first window
    const float *next                   # what is asked for while this block is computed, up to end
    const float *end


cdef class Correlation(Op):
    cdef ptrdiff_t n, ih, iw, c, ldx, oc, ldy, y_image, groups
    cdef const float *x
    cdef fc_epilogue end                # of y
    cdef ptrdiff_t panels, panel_floats
    cdef Lattice *lattices
    cdef ptrdiff_t lattice_count
    cdef ptrdiff_t row_blocks, column_blocks, panel_blocks, columns
    cdef ptrdiff_t block_count          # tasks that `correlate` takes
    cdef bint ahead                     # narrow tiles ask for what comes next
    cdef bint weights_stream            # the weights are larger than the source
    cdef int plan(self, ptrdiff_t lattices) except -1
    cdef int cut(self, const float *y) except -1
    cdef bint streams(self, const float *y) noexcept nogil
    cdef void correlate(self, ptrdiff_t index, const float *w, float *y, float *strip) noexcept nogil
    cdef void look_ahead(self, Block *b) noexcept nogil
    cdef void multiply(self, Block *b, ptrdiff_t group, const float *w, float *y) noexcept nogil
    cdef void multiply_panel(self, Block *b, ptrdiff_t k0, ptrdiff_t k1, const float *w, float *y,
                             ptrdiff_t channel, ptrdiff_t place) noexcept nogil
