from fastcnn.kernels.op cimport Op


cdef class ConvBackwardWeight(Op):
    cdef ptrdiff_t n, ih, iw, c, ldx, oh, ow, oc, ldy, groups, kh, kw, sh, sw, dh, dw_, top, left
    cdef const float *x
    cdef const float *dy
    cdef float *dw
    cdef float *db
    cdef ptrdiff_t panels, panel_blocks, panel_floats, dw_floats, part_floats
    cdef ptrdiff_t row_blocks, column_blocks, strips, chunks, rows, columns, strip_floats
    cdef bint in_place, merged
    cdef void add_chunk(self, ptrdiff_t index, float *parts, float *own) noexcept nogil
    cdef void add_panel(self, ptrdiff_t group, ptrdiff_t panel, ptrdiff_t at, ptrdiff_t rows,
                        ptrdiff_t columns, const float *corner, ptrdiff_t pitch, ptrdiff_t pixel,
                        float *dy_panel, float *part) noexcept nogil
    cdef void add_strip(self, const float *corner, ptrdiff_t pitch, ptrdiff_t pixel,
                        const ptrdiff_t *offsets, const float *dy_panel, ptrdiff_t rows,
                        ptrdiff_t columns, ptrdiff_t channels, float *dw) noexcept nogil
    cdef void add_parts(self, ptrdiff_t index, const float *parts) noexcept nogil
