from fastcnn.kernels.op cimport Op

cdef enum:
    PLANE = 6                               # planes lie on a square, 6x6
    PLANES = 36
    HALF = 18                               # three rows, which are transformed and multiplied at a time
    DEPTH = 128                             # terms summed at a stretch: shorter sums, smaller errors
    OWN_TILES = 98                          # of a block of one thread
    OWN_BLOCKS = 4                          # where there are fewer of them, all share a block


cdef class Tiles(Op):
    cdef ptrdiff_t n, ih, iw, c, oh, ow, oc, top, left
    cdef ptrdiff_t ldx, ldy                 # floats from one pixel to the next
    cdef ptrdiff_t window, tile, taps
    cdef int method                         # index of the transforms for this window
    cdef ptrdiff_t tile_rows, tile_columns, tiles
    cdef bint together                      # all threads share a block
    cdef ptrdiff_t block, block_count       # tiles that are in work at a time
    cdef ptrdiff_t panels
    cdef ptrdiff_t depth, stretches         # channels that are summed at a stretch
    cdef ptrdiff_t v_row, v_step, m_step, u_step    # floats of a row of a plane, of a plane
    cdef ptrdiff_t v_floats                 # of all planes of a block
    cdef const float *x
    cdef int geometry(self, ptrdiff_t window, ptrdiff_t top, ptrdiff_t left) except -1
    cdef int cut(self, ptrdiff_t tile_bytes, ptrdiff_t own_bytes, ptrdiff_t parts) except -1
    cdef ptrdiff_t block_first(self, ptrdiff_t block) noexcept nogil
    cdef ptrdiff_t block_size(self, ptrdiff_t block) noexcept nogil
    cdef ptrdiff_t stretch_depth(self, ptrdiff_t stretch) noexcept nogil
    cdef void transform_inputs(self, ptrdiff_t block, ptrdiff_t first, ptrdiff_t last, float *zeros,
                               float *v) noexcept nogil
    cdef void transform_input(self, ptrdiff_t tile, const float *zeros, float *v) noexcept nogil
    cdef void input_pixels(self, ptrdiff_t tile, const float *zeros, const float **found) noexcept nogil
    cdef void pixels(self, ptrdiff_t tile, const float *y, const float *outside,
                     const float **found) noexcept nogil


cdef ptrdiff_t apart(ptrdiff_t floats) noexcept nogil
