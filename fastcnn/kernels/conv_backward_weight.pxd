from fastcnn.kernels.op cimport Op


cdef struct Strip:
    # Pixels of dy: rows x columns of some images from the pixel `first`, in row h0, on, and the source
    # under them.
    ptrdiff_t images, rows, columns, first, h0
    ptrdiff_t pixel, pitch, step        # floats between the pixels, the rows, the images of the source
    const float *corner                 # the source under the first window
    const float *next[2]                # what is asked for meanwhile: x and dy of the next strip,
    const float *end[2]                 # up to here


cdef class ConvBackwardWeight(Op):
    cdef ptrdiff_t n, ih, iw, c, ldx, oh, ow, oc, ldy, groups, kh, kw, sh, sw, dh, dw_, top, left
    cdef const float *x
    cdef const float *dy
    cdef float *dw
    cdef float *db
    cdef ptrdiff_t panels, panel_blocks, channel_blocks, panel_floats, dw_floats
    cdef ptrdiff_t image_blocks, row_blocks, column_blocks, strips, chunks  # how the pixels are cut
    cdef ptrdiff_t images, rows, columns, strip_floats                      # of the largest strip
    cdef bint in_place, dy_in_place, merged, ahead
    cdef void cut(self) noexcept
    cdef double try_cut(self, ptrdiff_t panel_blocks, ptrdiff_t channel_blocks) noexcept
    cdef void add_chunk(self, ptrdiff_t index, float *parts, float *sums, float *own) noexcept nogil
    cdef void take_strip(self, Strip *s, ptrdiff_t strip, ptrdiff_t first, ptrdiff_t c,
                         float *own) noexcept nogil
    cdef void add_panel(self, Strip *s, ptrdiff_t group, ptrdiff_t panel, ptrdiff_t c0, ptrdiff_t c1,
                        bint fresh, float *dy_panel, float *sums, float *dw) noexcept nogil
    cdef void add_run(self, Strip *s, ptrdiff_t at, ptrdiff_t length, bint fresh, const ptrdiff_t *offsets,
                      ptrdiff_t rows, const float *dy, ptrdiff_t ld, ptrdiff_t channels,
                      float *dw) noexcept nogil
    cdef void add_parts(self, ptrdiff_t index, const float *parts) noexcept nogil
    cdef void add_sums(self, const float *sums) noexcept nogil
