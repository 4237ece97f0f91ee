"""Max, average and Lp pooling over x[n, h, w, c]; a task is a run of rows of the batch."""

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport fc_window
from fastcnn.kernels.op cimport Op, block_start, blocks

# Input elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384

# Tasks, at most: rows in which windows overlap are read by both tasks that meet there.
cdef ptrdiff_t TASKS = 128

# So many input elements no cache holds. What is computed fills the queue in which the processor looks for
# the next loads, so it is told of them.
cdef ptrdiff_t MANY = 8 << 20


cdef class Pool(Op):
    """What the passes share. A pass writes rows: of y forward, of dx backward."""

    cdef fc_window s
    cdef float *out                         # y or dx
    cdef ptrdiff_t rows, row_count          # rows of an image, of the batch
    cdef ptrdiff_t row_floats               # of a row of out
    cdef ptrdiff_t x_image, y_row, y_image  # floats of an image of x, of a row and an image of y
    cdef bint ahead                         # memory is asked for what is read before

    cdef int sizes(self, s, out, tuple shape) except -1:
        """Take the sizes and what is written, whose shape is that of x or y."""
        self.s = fc_window(ih=s.ih, iw=s.iw, c=s.c, oh=s.oh, ow=s.ow, kh=s.kh, kw=s.kw, sh=s.sh, sw=s.sw,
                           top=s.top, left=s.left, bottom=s.bottom, right=s.right, padded=s.padded)
        self.x_image, self.y_row, self.y_image = s.ih * s.iw * s.c, s.ow * s.c, s.oh * s.ow * s.c
        self.out = self.target(out, shape)
        self.rows, self.row_count, self.row_floats = shape[1], s.n * shape[1], shape[2] * s.c
        self.tasks[0] = min(self.row_count, blocks(s.n * self.x_image, RUN), TASKS)
        self.ahead = s.n * self.x_image >= MANY
        return 0

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # A run of rows, image by image.
        cdef ptrdiff_t at = block_start(self.row_count, self.tasks[0], index)
        cdef ptrdiff_t end = block_start(self.row_count, self.tasks[0], index + 1), image, first, last
        while at < end:
            image, first = at // self.rows, at % self.rows
            last = min(self.rows, first + end - at)
            self.run(image, first, last, self.out + at * self.row_floats, <float *> own)
            at += last - first

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *out,
                  float *own) noexcept nogil:
        """Rows first .. last - 1 of an image, to out."""


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

    writes = ("y", "index")

    def __init__(self, s, x, y, index):
        self.x = self.source(x, s.x_shape)
        self.sizes(s, y, s.y_shape)
        self.indices(s, index, True)
        self.own_bytes = self.y_row * (sizeof(float) + 1)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *out,
                  float *own) noexcept nogil:
        cdef char *index = self.index
        if index != NULL:
            index += (image * self.y_image + first * self.y_row) * self.index_bytes
        isa.K.max_pool_forward(&self.s, first, last, self.ahead, own, self.x + image * self.x_image, out,
                               index)


cdef class MaxPoolBackward(MaxPool):
    """dx: the gradient of each output goes to the input that was its maximum."""

    cdef const float *dy

    writes = ("dx",)

    def __init__(self, s, dy, index, dx):
        self.dy = self.source(dy, s.y_shape)
        self.sizes(s, dx, s.x_shape)
        self.indices(s, index, False)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *out,
                  float *own) noexcept nogil:
        cdef ptrdiff_t at = image * self.y_image
        isa.K.max_pool_backward(&self.s, first, last, self.ahead, self.dy + at,
                                self.index + at * self.index_bytes, out)


cdef class AvgPoolForward(Pool):
    """y = means of the real pixels of the windows of x."""

    cdef const float *x

    writes = ("y",)

    def __init__(self, s, x, y):
        self.x = self.source(x, s.x_shape)
        self.sizes(s, y, s.y_shape)
        self.own_bytes = self.y_row * (sizeof(float) + 1)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *out,
                  float *own) noexcept nogil:
        isa.K.avg_pool_forward(&self.s, first, last, self.ahead, own, self.x + image * self.x_image, out)


cdef class AvgPoolBackward(Pool):
    """dx: the gradient of each output, in equal shares to the real pixels of its window."""

    cdef const float *dy

    writes = ("dx",)

    def __init__(self, s, dy, dx):
        self.dy = self.source(dy, s.y_shape)
        self.sizes(s, dx, s.x_shape)
        self.own_bytes = self.y_row * sizeof(float)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *out,
                  float *own) noexcept nogil:
        isa.K.avg_pool_backward(&self.s, first, last, self.ahead, self.dy + image * self.y_image, own, out)


cdef class LpPoolForward(Pool):
    """y = p-norms of the windows of x."""

    cdef const float *x
    cdef float p

    writes = ("y",)

    def __init__(self, s, p, x, y):
        self.p, self.x = p, self.source(x, s.x_shape)
        self.sizes(s, y, s.y_shape)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *out,
                  float *own) noexcept nogil:
        isa.K.lp_pool_forward(&self.s, first, last, self.p, self.x + image * self.x_image, out)


cdef class LpPoolBackward(Pool):
    """dx: the gradient of each output times its derivative for each pixel of its window."""

    cdef const float *dy
    cdef const float *x
    cdef const float *y
    cdef float p

    writes = ("dx",)

    def __init__(self, s, p, dy, x, y, dx):
        self.p = p
        self.dy, self.y = self.source(dy, s.y_shape), self.source(y, s.y_shape)
        self.x = self.source(x, s.x_shape)
        self.sizes(s, dx, s.x_shape)

    cdef void run(self, ptrdiff_t image, ptrdiff_t first, ptrdiff_t last, float *out,
                  float *own) noexcept nogil:
        cdef ptrdiff_t at = image * self.y_image
        isa.K.lp_pool_backward(&self.s, first, last, self.p, self.dy + at, self.x + image * self.x_image,
                               self.y + at, out)
