"""Augmentation of images: what each sample is to become is given, as numbers; a task is some samples.

A sample goes through all changes before the next one, so that it stays in a core's cache.
"""

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport fc_warp
from fastcnn.kernels.op cimport Op, block_start, even_blocks

# Elements of a task: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384

# Channels that have colours: of a matrix in the task.
cdef enum:
    COLORS = 3


cdef ptrdiff_t tasks_of(ptrdiff_t samples, ptrdiff_t size) noexcept nogil:
    """How many tasks samples of this size are cut into."""
    return min(samples, even_blocks(samples, max(1, RUN // size)))


cdef class Augment(Op):
    """y[n, oh, ow, c] from x[n, ih, iw, c], float32 or uint8, which is divided by 255: moved along
    maps[n, 2, 3] (see fc_warp); then, where these are not None, the pixel p becomes clamp(M p + P m)
    with (M, P) = colors[n, 2, c, c] and m the mean of the sample's pixels; (p - mean) * scale with
    mean[ow, c] and scale[ow, c], which are repeated for each pixel of a row; and `value` between the edges
    boxes[n, (top, bottom, left, right)]."""

    cdef fc_warp s
    cdef const char *x
    cdef const double *maps
    cdef const float *colors
    cdef const float *mean
    cdef const float *scale
    cdef const float *zeros             # [ow, c]
    cdef const ptrdiff_t *boxes
    cdef float *y
    cdef float value
    cdef ptrdiff_t n, x_size, y_size

    writes = ("y",)

    def __init__(self, x, maps, double fill, colors, mean, scale, boxes, double value, y):
        n, oh, ow, c = y.shape
        ih, iw = x.shape[1:3]
        self.s = fc_warp(ih, iw, oh, ow, c, x.dtype == "uint8", fill)
        self.n, self.x_size, self.y_size, self.value = n, ih * iw * c, oh * ow * c, value
        form = "B" if self.s.bytes else "f"
        self.x = <const char *> self.memory(x, "input", form, (n, ih, iw, c), False)
        self.y = self.target(y, (n, oh, ow, c))
        self.maps = <const double *> self.memory(maps, "maps", "d", (n, 2, 3), False)
        if colors is not None:
            if c > COLORS:
                raise ValueError(f"Augment: colors must be of at most {COLORS} channels: got {c}")
            self.colors = self.source(colors, (n, 2, c, c))
            self.own_bytes = ow * c * sizeof(float)
        if scale is not None:
            self.mean, self.scale = self.source(mean, (ow, c)), self.source(scale, (ow, c))
            zeros = mean * 0
            self.zeros = self.source(zeros, (ow, c))
        if boxes is not None:
            self.boxes = <const ptrdiff_t *> self.memory(boxes, "boxes", "l", (n, 4), False)
        self.tasks[0] = tasks_of(n, max(self.x_size, self.y_size))

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t i = block_start(self.n, self.tasks[0], index), row = self.s.ow * self.s.c, at
        cdef float *y
        for i in range(i, block_start(self.n, self.tasks[0], index + 1)):
            y, at = self.y + i * self.y_size, i * self.x_size
            isa.K.warp_image(&self.s, self.maps + i * 6, self.x + (at if self.s.bytes else at * 4),
                             self.n * self.x_size - at, y)
            if self.colors != NULL:
                self.recolor(self.colors + i * 2 * self.s.c * self.s.c, <float *> own, y)
            if self.scale != NULL:
                isa.K.batchnorm_apply(self.s.oh, row, y, row, self.mean, self.scale, self.zeros, NULL,
                                      False, y, row, False)
            if self.boxes != NULL:
                self.erase(self.boxes + i * 4, y)

    cdef void recolor(self, const float *colors, float *sums, float *y) noexcept nogil:
        """Change the colours of one sample; sums[ow, c] is scratch memory."""
        cdef ptrdiff_t c = self.s.c, pixels = self.s.oh * self.s.ow, j, k
        cdef double mean[COLORS]
        cdef float offset[COLORS]
        isa.K.bias_backward(self.s.oh, self.s.ow * c, y, sums)
        for k in range(c):
            mean[k] = 0
            for j in range(self.s.ow):
                mean[k] += sums[j * c + k]
        for j in range(c):
            offset[j] = 0
            for k in range(c):
                offset[j] += colors[(c + j) * c + k] * mean[k] / pixels
        isa.K.recolor(pixels, c, colors, offset, y)

    cdef void erase(self, const ptrdiff_t *box, float *y) noexcept nogil:
        """Fill the box of one sample."""
        cdef ptrdiff_t c = self.s.c, row, i
        for row in range(box[0], box[1]):
            for i in range((row * self.s.ow + box[2]) * c, (row * self.s.ow + box[3]) * c):
                y[i] = self.value


cdef class Blend(Op):
    """y[i] = x[i] + (x[partner[i]] - x[i]) * weight[i] for each sample i of x[n, size]."""

    cdef const float *x
    cdef const ptrdiff_t *partner
    cdef const float *weight
    cdef float *y
    cdef ptrdiff_t n, size

    writes = ("y",)

    def __init__(self, x, partner, weight, y):
        self.n, self.size = x.shape
        self.x, self.y = self.source(x, x.shape), self.target(y, x.shape)
        self.partner = <const ptrdiff_t *> self.memory(partner, "partner", "l", (self.n,), False)
        self.weight = self.source(weight, (self.n,))
        self.tasks[0] = tasks_of(self.n, self.size)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef ptrdiff_t i = block_start(self.n, self.tasks[0], index)
        for i in range(i, block_start(self.n, self.tasks[0], index + 1)):
            isa.K.blend(self.size, self.weight[i], self.x + i * self.size,
                        self.x + self.partner[i] * self.size, self.y + i * self.size)
