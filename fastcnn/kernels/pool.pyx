"""Max and average pooling over x[n, h, w, c]; a task is a run of rows of the batch."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport fc_window
from fastcnn.kernels.op cimport Op, block_start, blocks

# Input elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384


cdef class Pool(Op):
    """What the passes share. A pass goes by rows: of the output forward, of the input backward."""

    cdef fc_window s
    cdef ptrdiff_t rows, row_count          # rows of an image, of the batch
    cdef ptrdiff_t x_image, y_image         # floats of one image
    cdef ptrdiff_t x_row, y_row             # floats of one row

    cdef int sizes(self, s, ptrdiff_t rows) except -1:
        """Take the sizes; the pass goes by `rows` rows per image."""
        self.s = fc_window(ih=s.ih, iw=s.iw, c=s.c, oh=s.oh, ow=s.ow, kh=s.kh, kw=s.kw, sh=s.sh, sw=s.sw,
                           top=s.top, left=s.left)
        self.x_row, self.y_row = s.iw * s.c, s.ow * s.c
        self.x_image, self.y_image = s.ih * self.x_row, s.oh * self.y_row
        self.rows, self.row_count = rows, s.n * rows
        self.tasks[0] = min(self.row_count, blocks(s.n * self.x_image, RUN))
        return 0

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # A run of rows, image by image: they are disjoint in the array that the pass writes.
        cdef ptrdiff_t at = block_start(self.row_count, self.tasks[0], index)
        cdef ptrdiff_t end = block_start(self.row_count, self.tasks[0], index + 1), image, first, last
        while at < end:
            image, first = at // self.rows, at % self.rows
            last = min(self.rows, first + end - at)
            self.run(image, first, last, <float *> own)
            at += last - first

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *own) noexcept nogil:
        pass


cdef class MaxPool(Pool):
    cdef char *index                        # [n, oh, ow, c] positions of the maxima; NULL: not wanted
    cdef ptrdiff_t index_bytes              # of one position

    cdef int indices(self, s, index, bint writable) except -1:
        cdef bint wide = s.index_type().itemsize == 2
        self.index_bytes = 2 if wide else 1
        if index is not None:
            self.index = <char *> self.memory(index, "index", "H" if wide else "B", s.y_shape, writable)
        return 0


cdef class MaxPoolForward(MaxPool):
    """y = maxima of the windows of x; `index`, unless None, remembers where they stood."""

    cdef const float *x
    cdef float *y

    writes = ("y", "index")

    def __init__(self, s, x, y, index):
        self.x = self.source(x, s.x_shape)
        self.y = self.target(y, s.y_shape)
        self.sizes(s, s.oh)
        self.indices(s, index, True)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *own) noexcept nogil:
        cdef ptrdiff_t at = image * self.y_image + first * self.y_row
        isa.K.max_pool_forward(&self.s, first, last, self.x + image * self.x_image, self.y + at,
                               NULL if self.index == NULL else self.index + at * self.index_bytes)


cdef class MaxPoolBackward(MaxPool):
    """dx: the gradient of each output goes to the input that was its maximum."""

    cdef const float *dy
    cdef float *dx

    writes = ("dx",)

    def __init__(self, s, dy, index, dx):
        self.dy = self.source(dy, s.y_shape)
        self.dx = self.target(dx, s.x_shape)
        self.sizes(s, s.ih)
        self.indices(s, index, False)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *own) noexcept nogil:
        cdef ptrdiff_t at = image * self.y_image
        isa.K.max_pool_backward(&self.s, first, last, self.dy + at, self.index + at * self.index_bytes,
                                self.dx + image * self.x_image + first * self.x_row)


cdef class AvgPoolForward(Pool):
    """y = means of the real pixels of the windows of x."""

    cdef const float *x
    cdef float *y

    writes = ("y",)

    def __init__(self, s, x, y):
        self.x = self.source(x, s.x_shape)
        self.y = self.target(y, s.y_shape)
        self.sizes(s, s.oh)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *own) noexcept nogil:
        isa.K.avg_pool_forward(&self.s, first, last, self.x + image * self.x_image,
                               self.y + image * self.y_image + first * self.y_row)


cdef class AvgPoolBackward(Pool):
    """dx: the gradient of each output, in equal shares to the real pixels of its window."""

    cdef const float *dy
    cdef float *dx

    writes = ("dx",)

    def __init__(self, s, dy, dx):
        self.dy = self.source(dy, s.y_shape)
        self.dx = self.target(dx, s.x_shape)
        self.sizes(s, s.ih)
        self.own_bytes = self.y_row * sizeof(float)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *own) noexcept nogil:
        isa.K.avg_pool_backward(&self.s, first, last, self.dy + image * self.y_image, own,
                                self.dx + image * self.x_image + first * self.x_row)
