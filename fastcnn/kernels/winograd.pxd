from fastcnn.kernels.op cimport Op


cdef class Tiles(Op):
    cdef ptrdiff_t n, ih, iw, c, oh, ow, oc, top, left
    cdef ptrdiff_t tile_columns, tile_rows, tiles   # of the output, 4x4 pixels each
    cdef ptrdiff_t block, block_count               # tiles that are in work together
    cdef ptrdiff_t v_row, v_step, m_row, m_step     # floats of a tile and of a plane
    cdef ptrdiff_t panels, u_panel, u_step
    cdef const float *x
    cdef int geometry(self, ptrdiff_t top, ptrdiff_t left) except -1
    cdef void transform_input(self, ptrdiff_t tile, const float *zeros, float *v) noexcept nogil
