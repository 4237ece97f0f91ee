"""Direct convolution: a batch-reduce matrix product over shifted rows, no im2col.

Forward and backward-data are both a `Correlation`. Forward has one lattice of outputs; backward-data
has one for each phase of the stride that taps reach, each with its taps (Dumoulin & Visin, "A guide to
convolution arithmetic", section 4), so nothing is multiplied by zero.
"""

from libc.stdlib cimport free, malloc
from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.correlation cimport Correlation, Lattice
from fastcnn.kernels.kernels cimport FC_PANEL
from fastcnn.kernels.op cimport blocks

from itertools import product
from math import gcd

from fastcnn.kernels import packing


cdef void transpose_panel(const float *w, ptrdiff_t taps, ptrdiff_t oc, ptrdiff_t ic, ptrdiff_t panel,
                          const ptrdiff_t *place, float *wt) noexcept nogil:
    """wt[taps, oc, 32]: 32 input channels of w[oc panels, taps, ic, 32]; tap t goes to place[t]."""
    cdef ptrdiff_t first = panel * FC_PANEL, columns = min(FC_PANEL, ic - first), p, tap
    if columns < FC_PANEL:
        memset(wt, 0, taps * oc * FC_PANEL * sizeof(float))
    for p in range(blocks(oc, FC_PANEL)):
        for tap in range(taps):
            isa.K.transpose(columns, min(FC_PANEL, oc - p * FC_PANEL),
                            w + ((p * taps + tap) * ic + first) * FC_PANEL, FC_PANEL,
                            wt + (place[tap] * oc + p * FC_PANEL) * FC_PANEL, FC_PANEL)


cdef class ConvForward(Correlation):
    """y = clamp(conv(x, w) * scale + b + residual); `w` packed, the others as in `Op.epilogue`.

    y may be some channels of a wider tensor, without a residual.
    """

    writes = ("y",)

    def __init__(self, s, x, w, b, y, scale=None, residual=None, clamp=None):
        self.x = self.source(x, s.x_shape)
        self.w = self.source(w, packing.panels_shape(s.w_shape, s.groups))
        self.end = self.epilogue(s.y_shape, b, scale, residual, clamp)
        self.y = self.result(y, s.y_shape, residual, &self.ldy)
        self.n, self.ih, self.iw, self.ldx, self.groups = s.n, s.ih, s.iw, s.ic, s.groups
        oh, ow = s.oh, s.ow
        if s.kh == s.kw == s.sh == s.sw == 1 and (s.oh, s.ow) == (s.ih, s.iw):
            # One matrix product over all pixels.
            self.n, self.ih, self.iw = 1, 1, s.n * s.ih * s.iw
            oh, ow = 1, s.n * s.oh * s.ow
        self.c, self.oc = s.ic // s.groups, s.oc // s.groups
        self.y_image = oh * ow * self.ldy
        self.panel_floats = s.kh * s.kw * self.c * FC_PANEL
        self.plan(1)
        self.lattices[0] = Lattice(
            oh=oh, ow=ow, y_first=0, y_row=ow * self.ldy, y_column=self.ldy, kh=s.kh, kw=s.kw, dh=s.dh,
            dw=s.dw, sh=s.sh, sw=s.sw, top=-s.top, left=-s.left, w_first=0, in_place=0, merged=0,
            segments=0, depth=0, depth_blocks=0, offsets=NULL)
        self.cut(self.y)
        self.tasks[0] = self.block_count

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        self.correlate(index, self.w, self.y, <float *> own)


cdef struct Phase:
    # Along one axis, the outputs i = first, first + stride, ... of backward-data: all are reached by
    # the same taps k = last, last - period, ..., and read source pixels start, start + dilation, ...
    ptrdiff_t first, outputs, last, period, taps, start, dilation


cdef Phase phase_of(ptrdiff_t r, ptrdiff_t i, ptrdiff_t k, ptrdiff_t s, ptrdiff_t d, ptrdiff_t before):
    """Inputs whose position in the padded image is r modulo the stride; some tap must reach them."""
    cdef Phase p
    cdef ptrdiff_t q = blocks(max(before - r, 0), s)  # the first one inside the image
    taps = [t for t in range(k) if t * d % s == r]
    p.first = q * s + r - before
    p.outputs = blocks(i - p.first, s) if i > p.first else 0
    p.period = s // gcd(s, d)
    p.dilation = d // gcd(s, d)
    p.taps = len(taps)
    p.last = max(taps)
    p.start = q - (p.last * d - r) // s
    return p


cdef class ConvBackwardData(Correlation):
    """dx from dy and packed w. First phase: the transposed, flipped weights, in scratch memory.

    dy may be some channels of a wider tensor.
    """

    cdef const float *w
    cdef float *dx
    cdef ptrdiff_t kh, kw
    cdef ptrdiff_t *tap_place               # [kh * kw] the place of a tap among the transposed ones
    cdef ptrdiff_t source_panels, cleared

    writes = ("dx",)

    def __init__(self, s, dy, w, dx):
        cdef Phase ph, pw
        cdef ptrdiff_t i, j, r, q, place = 0, at = 0
        self.x = <const float *> self.slices(dy, "input", s.y_shape, False, &self.ldx)
        self.w = self.source(w, packing.panels_shape(s.w_shape, s.groups))
        self.dx = self.target(dx, s.x_shape)
        self.kh, self.kw, self.groups = s.kh, s.kw, s.groups
        self.n, self.ih, self.iw = s.n, s.oh, s.ow
        self.c, self.oc = s.oc // s.groups, s.ic // s.groups
        self.y_image = s.ih * s.iw * s.ic
        self.panel_floats = s.kh * s.kw * self.c * FC_PANEL
        self.source_panels = blocks(self.c, FC_PANEL)
        self.tap_place = <ptrdiff_t *> malloc(s.kh * s.kw * sizeof(ptrdiff_t))
        if self.tap_place == NULL:
            raise MemoryError("no memory for the plan of a convolution")
        rows = sorted({t * s.dh % s.sh for t in range(s.kh)})
        columns = sorted({t * s.dw % s.sw for t in range(s.kw)})
        self.plan(len(rows) * len(columns))
        for i, j in product(rows, columns):
            ph = phase_of(i, s.ih, s.kh, s.sh, s.dh, s.top)
            pw = phase_of(j, s.iw, s.kw, s.sw, s.dw, s.left)
            self.lattices[at] = Lattice(
                oh=ph.outputs, ow=pw.outputs, y_first=(ph.first * s.iw + pw.first) * s.ic,
                y_row=s.sh * s.iw * s.ic, y_column=s.sw * s.ic, kh=ph.taps, kw=pw.taps, dh=ph.dilation,
                dw=pw.dilation, sh=1, sw=1, top=ph.start, left=pw.start, w_first=place * self.c * FC_PANEL,
                in_place=0, merged=0, segments=0, depth=0, depth_blocks=0, offsets=NULL)
            at += 1
            for r in range(ph.taps):
                for q in range(pw.taps):
                    self.tap_place[(ph.last - r * ph.period) * s.kw + pw.last - q * pw.period] = place
                    place += 1
        # Pixels that no tap reaches are set to zero: with the first phase, a task for each image.
        self.cleared = 0 if len(rows) == s.sh and len(columns) == s.sw else s.n
        self.cut(self.dx)
        self.phases = 2
        self.tasks[0] = self.groups * self.panels + self.cleared
        self.tasks[1] = self.block_count
        self.shared_bytes = self.groups * self.panels * self.panel_floats * sizeof(float)

    def __dealloc__(self):
        free(self.tap_place)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef const float *w
        if phase == 0 and index >= self.groups * self.panels:
            # One image of dx.
            index -= self.groups * self.panels
            memset(self.dx + index * self.y_image, 0, self.y_image * sizeof(float))
        elif phase == 0:
            # One panel of transposed weights.
            w = self.w + index // self.panels * self.source_panels * self.kh * self.kw * self.oc * FC_PANEL
            transpose_panel(w, self.kh * self.kw, self.c, self.oc, index % self.panels, self.tap_place,
                            <float *> shared + index * self.panel_floats)
        else:
            self.correlate(index, <const float *> shared, self.dx, <float *> own)
