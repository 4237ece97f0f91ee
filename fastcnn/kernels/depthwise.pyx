"""Depthwise convolutions: each input channel has filters of its own, `times` of them (Howard et al.,
"MobileNets", 2017, section 3.1).

A matrix product per channel would leave all but one lane of a vector idle; here the lanes run over the
channels of y. The weights w[kh, kw, 1, oc] are read as they are. Forward and backward-data are one routine,
as in the direct convolution: lines of outputs, each the sum over a regular window of the source, which is
read in place; windows at an edge lose the taps that meet nothing.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport fc_depthwise, fc_epilogue
from fastcnn.kernels.op cimport Op, block_start, blocks, epilogue_at, even_blocks

from math import gcd

# Floats that a task writes: enough to pay for handing it out.
cdef ptrdiff_t RUN = 16384
# So many floats, of x and y together, no cache holds; from this many on, y is written past the caches.
cdef ptrdiff_t MANY = 6 << 20
cdef ptrdiff_t STREAM = 8 << 20
# What is streamed is written in whole vectors, and these whole cache lines.
cdef ptrdiff_t LINE = 16
# Lines of y that are computed together for 3x3 windows at stride 1.
cdef ptrdiff_t TOGETHER = 2
# Parts of the sums of backward-weight: at most enough to share evenly among the cores of a large machine;
# fewer, but enough for a small one, where adding them up would be more than a small share of the work.
cdef ptrdiff_t TASKS = 16
cdef ptrdiff_t FEW_TASKS = 4
cdef ptrdiff_t SHARE = 32
# Floats of dw that a task adds up over the parts.
cdef ptrdiff_t SUMS = 1024


cdef struct Axis:
    ptrdiff_t first, step, count        # outputs of a line: first, first + step, ...
    ptrdiff_t start, stride             # source pixel under tap 0 of the first; from one output to the next
    ptrdiff_t taps, dilation, size      # taps; source pixels from one to the next, source pixels there are
    ptrdiff_t place, place_step         # of tap 0 in w, from one tap to the next
    ptrdiff_t whole_first, whole_last   # outputs all of whose taps meet a source pixel


cdef void find_whole(Axis *a) noexcept nogil:
    cdef ptrdiff_t room = a.size - a.start - (a.taps - 1) * a.dilation
    a.whole_first = blocks(max(-a.start, 0), a.stride)
    a.whole_last = min(a.count, blocks(max(room, 0), a.stride))
    if a.taps == 0:
        a.whole_first, a.whole_last = 0, a.count


cdef Axis forward_axis(ptrdiff_t count, ptrdiff_t k, ptrdiff_t stride, ptrdiff_t dilation, ptrdiff_t before,
                       ptrdiff_t size):
    """All outputs of one axis."""
    cdef Axis a = Axis(first=0, step=1, count=count, start=-before, stride=stride, taps=k,
                       dilation=dilation, size=size, place=0, place_step=1, whole_first=0, whole_last=0)
    find_whole(&a)
    return a


cdef Axis backward_axis(ptrdiff_t r, ptrdiff_t count, ptrdiff_t k, ptrdiff_t stride, ptrdiff_t dilation,
                        ptrdiff_t before, ptrdiff_t size):
    """Inputs whose position in the padded image is r modulo the stride, as outputs of backward-data; the
    taps that reach them come last one first, so that they meet the source in order."""
    cdef ptrdiff_t q = blocks(max(before - r, 0), stride), first = q * stride + r - before, last
    cdef Axis a
    taps = [t for t in range(k) if t * dilation % stride == r]
    last = max(taps, default=0)
    common = gcd(stride, dilation)
    a = Axis(first=first, step=stride, count=blocks(max(count - first, 0), stride),
             start=q - (last * dilation - r) // stride, stride=1, taps=len(taps),
             dilation=dilation // common, size=size, place=last, place_step=-(stride // common),
             whole_first=0, whole_last=0)
    find_whole(&a)
    return a


cdef ptrdiff_t first_tap(const Axis *a, ptrdiff_t k) noexcept nogil:
    """The first tap of output k that meets a source pixel, if any does."""
    return blocks(max(-a.start - k * a.stride, 0), a.dilation)


cdef ptrdiff_t last_tap(const Axis *a, ptrdiff_t k) noexcept nogil:
    """One beyond the last such tap."""
    return min(a.taps, blocks(max(a.size - a.start - k * a.stride, 0), a.dilation))


cdef bint lacks_first(const Axis *a, ptrdiff_t k) noexcept nogil:
    """Whether there is an output k, and its first tap alone meets nothing."""
    return 0 <= k < a.count and first_tap(a, k) == 1 and last_tap(a, k) == a.taps


cdef bint lacks_last(const Axis *a, ptrdiff_t k) noexcept nogil:
    """Whether there is an output k, and its last tap alone meets nothing."""
    return 0 <= k < a.count and first_tap(a, k) == 0 and last_tap(a, k) == a.taps - 1


cdef bint is_near(const Axis *a) noexcept nogil:
    """Whether three taps over neighbours meet the source, but for the first of output 0 and the last of the
    last one."""
    return (a.taps == 3 and a.step == a.stride == a.dilation == 1 and a.start >= -1
            and a.start + a.count < a.size)


cdef class Depthwise(Op):
    """What the passes share: sizes, the axes of their lines."""

    cdef ptrdiff_t n, ic, oc, times, kw
    cdef Axis *rows                         # [row_axes]: output row i lies on axis (i + before) % row_axes
    cdef Axis *columns                      # [column_axes]
    cdef ptrdiff_t row_axes, column_axes, before
    cdef ptrdiff_t floats                   # of x and y
    cdef bint ahead                         # memory is asked for what is read before

    def __dealloc__(self):
        free(self.rows)
        free(self.columns)

    cdef int sizes(self, s, ptrdiff_t row_axes, ptrdiff_t column_axes) except -1:
        self.n, self.ic, self.oc, self.times, self.kw = s.n, s.ic, s.oc, s.oc // s.ic, s.kw
        self.rows = <Axis *> calloc(row_axes, sizeof(Axis))
        self.columns = <Axis *> calloc(column_axes, sizeof(Axis))
        if self.rows == NULL or self.columns == NULL:
            raise MemoryError("no memory for the plan of a convolution")
        self.row_axes, self.column_axes = row_axes, column_axes
        self.floats = s.n * (s.ih * s.iw * s.ic + s.oh * s.ow * s.oc)
        self.ahead = self.floats >= MANY
        return 0

    cdef int forward_sizes(self, s) except -1:
        self.sizes(s, 1, 1)
        self.rows[0] = forward_axis(s.oh, s.kh, s.sh, s.dh, s.top, s.ih)
        self.columns[0] = forward_axis(s.ow, s.kw, s.sw, s.dw, s.left, s.iw)
        return 0

    cdef const float *repeated(self, const float *x, ptrdiff_t rows, ptrdiff_t width, ptrdiff_t step,
                               float *own) noexcept nogil:
        """own[rows, width, oc]: rows of x[width, ic], `step` rows apart, each channel several times."""
        cdef ptrdiff_t r
        for r in range(rows):
            isa.K.depthwise_repeat(width, self.ic, self.times, x + r * step * width * self.ic,
                                   own + r * width * self.oc)
        return own


cdef class DepthwiseCorrelation(Depthwise):
    """y[n, rows, width, channels] = sum over taps of x[n, ih, iw, ...] * w[tap], with an epilogue."""

    cdef const float *x
    cdef const float *w
    cdef fc_epilogue end
    cdef float *y
    cdef ptrdiff_t channels_x, channels_y, ih, iw, height, width
    cdef ptrdiff_t lines, runs              # rows that are computed together, runs of them in an image
    cdef bint stream, square                # y goes past the caches; 3x3 taps over neighbours

    cdef int cut(self) except -1:
        self.square = (self.times == self.row_axes == self.column_axes == 1 and is_near(&self.rows[0])
                       and is_near(&self.columns[0]))
        self.lines = TOGETHER if self.square else 1
        self.runs = blocks(self.height, self.lines)
        self.tasks[0] = min(self.n * self.runs,
                            even_blocks(self.n * self.height * self.width * self.oc, RUN))
        self.stream = (self.floats >= STREAM and self.times == 1 and self.oc % LINE == 0
                       and <size_t> self.y % (LINE * sizeof(float)) == 0)
        return 0

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        # Rows of y, or pairs of them.
        cdef ptrdiff_t run, image, i, count = self.n * self.runs
        for run in range(block_start(count, self.tasks[0], index),
                         block_start(count, self.tasks[0], index + 1)):
            image, i = run // self.runs, run % self.runs * self.lines
            if self.square:
                self.neighbours(image, i, min(self.lines, self.height - i))
            else:
                self.row(image, i, <float *> own)

    cdef void neighbours(self, ptrdiff_t image, ptrdiff_t i, ptrdiff_t lines) noexcept nogil:
        """Rows i .. i + lines - 1 of y."""
        cdef const Axis *a = &self.rows[0]
        cdef const Axis *b = &self.columns[0]
        cdef ptrdiff_t pitch = self.iw * self.oc, place = (image * self.height + i) * self.width * self.oc
        cdef const float *x = self.x + (image * self.ih + a.start + i) * pitch + b.start * self.oc
        cdef const float *w = self.w + (a.place * self.kw + b.place) * self.oc
        cdef fc_epilogue end = epilogue_at(&self.end, 0, place)
        cdef fc_depthwise s
        s.ahead, s.stream, s.c, s.kh, s.kw = self.ahead, self.stream, self.oc, a.taps, b.taps
        s.w_row, s.w_column = a.place_step * self.kw * self.oc, b.place_step * self.oc
        s.x_row, s.x_line, s.x_column, s.x_step = pitch, pitch, self.oc, self.oc
        s.y_line, s.y_step = self.width * self.oc, self.oc
        s.top, s.bottom = a.start + i < 0, a.start + i + lines + 1 == a.size
        s.left, s.right = b.start < 0, b.start + b.count + 1 == b.size
        isa.K.depthwise_square(&s, lines, self.width, x, w, &end, self.y + place)

    cdef void row(self, ptrdiff_t image, ptrdiff_t i, float *own) noexcept nogil:
        cdef const Axis *a = &self.rows[(i + self.before) % self.row_axes]
        cdef ptrdiff_t k = (i - a.first) // a.step, r0 = first_tap(a, k), taps = max(last_tap(a, k) - r0, 0)
        cdef ptrdiff_t pitch = self.iw * self.channels_x, axis
        cdef const float *x = self.x + (image * self.ih + a.start + k * a.stride + r0 * a.dilation) * pitch
        cdef const float *w = self.w + (a.place + r0 * a.place_step) * self.kw * self.oc
        cdef float *y = self.y + (image * self.height + i) * self.width * self.channels_y
        cdef float *line = own if self.channels_y < self.oc else y
        cdef fc_epilogue end = epilogue_at(&self.end, 0, y - self.y)
        if self.channels_x < self.oc:
            x = self.repeated(x, taps, self.iw, a.dilation, own)
            pitch = self.iw * self.oc
        else:
            pitch *= a.dilation
        for axis in range(self.column_axes):
            self.line(a, &self.columns[axis], taps, x, pitch, w, end, line)
        if self.channels_y < self.oc:
            isa.K.depthwise_collect(self.width, self.ic, self.times, line, y)

    cdef void line(self, const Axis *rows, const Axis *a, ptrdiff_t taps, const float *x, ptrdiff_t pitch,
                   const float *w, fc_epilogue row_end, float *y) noexcept nogil:
        """The outputs of one row that lie on a column axis, from `taps` rows of x, `pitch` floats apart."""
        cdef ptrdiff_t k = 0, last, q0, at
        cdef fc_epilogue end
        cdef fc_depthwise s
        s.ahead, s.stream, s.c, s.kh = self.ahead, self.stream, self.oc, taps
        s.w_row, s.w_column = rows.place_step * self.kw * self.oc, a.place_step * self.oc
        s.x_row, s.x_column = pitch, a.dilation * self.oc
        s.x_line, s.x_step, s.y_step = rows.stride * self.iw * self.oc, a.stride * self.oc, a.step * self.oc
        while k < a.count:
            q0 = first_tap(a, k)
            s.kw = max(last_tap(a, k) - q0, 0)
            last = a.whole_last if a.whole_first <= k < a.whole_last else k + 1
            at = (a.first + k * a.step) * self.oc
            end = epilogue_at(&row_end, 0, at)
            isa.K.depthwise_correlate(&s, last - k,
                                      x + (a.start + k * a.stride + q0 * a.dilation) * self.oc,
                                      w + (a.place + q0 * a.place_step) * self.oc, &end, y + at)
            k = last


cdef class DepthwiseForward(DepthwiseCorrelation):
    """y = clamp(conv(x, w) * scale + b + residual); one input channel in each group, w[kh, kw, 1, oc], the
    others as in `Op.epilogue`."""

    writes = ("y",)

    def __init__(self, s, x, w, b, y, scale=None, residual=None, clamp=None):
        self.x = self.source(x, s.x_shape)
        self.w = self.source(w, s.w_shape)
        self.end = self.epilogue(s.y_shape, b, scale, residual, clamp)
        self.y = self.target(y, s.y_shape)
        self.forward_sizes(s)
        self.channels_x, self.channels_y = s.ic, s.oc
        self.ih, self.iw, self.height, self.width = s.ih, s.iw, s.oh, s.ow
        self.own_bytes = s.kh * s.iw * s.oc * sizeof(float) if self.times > 1 else 0
        self.cut()


cdef class DepthwiseBackwardData(DepthwiseCorrelation):
    """dx from dy and w[kh, kw, 1, oc]."""

    writes = ("dx",)

    def __init__(self, s, dy, w, dx):
        cdef ptrdiff_t r
        self.x = self.source(dy, s.y_shape)
        self.w = self.source(w, s.w_shape)
        self.y = self.target(dx, s.x_shape)
        self.sizes(s, s.sh, s.sw)
        self.before = s.top
        for r in range(s.sh):
            self.rows[r] = backward_axis(r, s.ih, s.kh, s.sh, s.dh, s.top, s.oh)
        for r in range(s.sw):
            self.columns[r] = backward_axis(r, s.iw, s.kw, s.sw, s.dw, s.left, s.ow)
        self.channels_x, self.channels_y = s.oc, s.ic
        self.ih, self.iw, self.height, self.width = s.oh, s.ow, s.ih, s.iw
        self.own_bytes = s.iw * s.oc * sizeof(float) if self.times > 1 else 0
        self.cut()


cdef class DepthwiseBackwardWeight(Depthwise):
    """dw[kh, kw, 1, oc] and db (or None) from dy and x.

    The rows of dy are cut into chunks, as many as the shape asks for; the sums of each are added in order.
    Pixels are taken in runs with the same taps; one that lacks a tap at its end belongs to the run of the
    whole ones, so that an image has its edges in the same loop.
    """

    cdef const float *dy
    cdef const float *x
    cdef float *dw
    cdef float *db
    cdef ptrdiff_t ih, iw, oh, ow, row_count, dw_floats, part_floats
    cdef ptrdiff_t run_first, run_last      # columns of the run of whole windows,
    cdef bint left, right                   # whose first lacks its first tap, and last its last

    writes = ("dw", "db")

    def __init__(self, s, dy, x, dw, db):
        cdef const Axis *a
        self.dy = self.source(dy, s.y_shape)
        self.x = self.source(x, s.x_shape)
        self.dw = self.target(dw, s.w_shape)
        if db is not None:
            self.db = self.target(db, (s.oc,))
        self.forward_sizes(s)
        self.ih, self.iw, self.oh, self.ow = s.ih, s.iw, s.oh, s.ow
        self.row_count = s.n * s.oh
        a = &self.columns[0]
        if a.whole_first < a.whole_last:
            self.left, self.right = lacks_first(a, a.whole_first - 1), lacks_last(a, a.whole_last)
            self.run_first, self.run_last = a.whole_first - self.left, a.whole_last + self.right
        self.dw_floats = s.kh * s.kw * s.oc
        self.part_floats = self.dw_floats + s.oc
        self.own_bytes = s.kh * s.iw * s.oc * sizeof(float) if self.times > 1 else 0
        self.phases = 2
        tasks = TASKS
        while tasks > FEW_TASKS and tasks * self.part_floats * SHARE > self.floats:
            tasks //= 2
        self.tasks[0] = min(self.row_count, tasks)
        self.tasks[1] = blocks(self.dw_floats, SUMS) + 1
        self.shared_bytes = self.tasks[0] * self.part_floats * sizeof(float)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *part = <float *> shared + index * self.part_floats      # [kh, kw, oc], then [oc]
        cdef ptrdiff_t row, end, oh, lines
        if phase == 1:
            # A run of dw, or all of db, over the parts in their order.
            self.add_parts(index, <const float *> shared)
            return
        # A chunk of rows: its own part of the sums. Rows with all taps are taken together.
        memset(part, 0, self.part_floats * sizeof(float))
        row = block_start(self.row_count, self.tasks[0], index)
        end = block_start(self.row_count, self.tasks[0], index + 1)
        while row < end:
            oh, lines = row % self.oh, 1
            if self.times == 1 and self.rows[0].whole_first <= oh < self.rows[0].whole_last:
                lines = min(self.rows[0].whole_last - oh, end - row)
            self.add_rows(row // self.oh, oh, lines, part, <float *> own)
            row += lines

    cdef void add_rows(self, ptrdiff_t image, ptrdiff_t oh, ptrdiff_t lines, float *part,
                       float *own) noexcept nogil:
        cdef const Axis *a = &self.rows[0]
        cdef const Axis *b = &self.columns[0]
        cdef ptrdiff_t r0 = first_tap(a, oh), k = 0, end, q0
        cdef ptrdiff_t row = image * self.ih + a.start + oh * a.stride + r0 * a.dilation
        cdef const float *x = self.x + row * self.iw * self.ic
        cdef const float *dy = self.dy + (image * self.oh + oh) * self.ow * self.oc
        cdef float *sums = NULL if self.db == NULL else part + self.dw_floats
        cdef fc_depthwise s
        s.ahead, s.c, s.kh = self.ahead, self.oc, max(last_tap(a, oh) - r0, 0)
        s.w_row, s.w_column, s.x_column = self.kw * self.oc, self.oc, b.dilation * self.oc
        s.x_step, s.y_step = b.stride * self.oc, self.oc
        s.x_row, s.x_line = a.dilation * self.iw * self.oc, a.stride * self.iw * self.oc
        s.y_line = self.ow * self.oc
        if self.times > 1:
            x = self.repeated(x, s.kh, self.iw, a.dilation, own)
            s.x_row = self.iw * self.oc
        while k < b.count:
            if self.run_first <= k < self.run_last:
                q0, s.kw, end = 0, b.taps, self.run_last
                s.left, s.right = self.left, self.right
            else:
                q0, end = first_tap(b, k), k + 1
                s.kw = max(last_tap(b, k) - q0, 0)
                s.left = s.right = False
            isa.K.depthwise_backward_weight(
                &s, lines, end - k, x + (b.start + k * b.stride + q0 * b.dilation) * self.oc,
                dy + k * self.oc, part + (r0 * self.kw + q0) * self.oc, sums)
            k = end

    cdef void add_parts(self, ptrdiff_t index, const float *parts) noexcept nogil:
        cdef ptrdiff_t count = self.tasks[1] - 1, first, last
        if index < count:
            first = block_start(self.dw_floats, count, index)
            last = block_start(self.dw_floats, count, index + 1)
            isa.K.sum_parts(last - first, self.tasks[0], self.part_floats, parts + first, self.dw + first)
        elif self.db != NULL:
            isa.K.sum_parts(self.oc, self.tasks[0], self.part_floats, parts + self.dw_floats, self.db)
