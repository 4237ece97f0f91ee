"""Backward-weight of direct convolution: the register tile with pixels as the summed index.

dw[kh, kw, ic, oc] = sum over n, oh, ow of x[n, oh * sh + kh * dh - top, ..., ic] * dy[n, oh, ow, oc].
The pixels are cut into strips, the strips into chunks. A task owns one chunk, some input channels and some
panels of 32 output channels, and adds up its part of dw; where there are several chunks, their parts are
then summed in their order. How the work is cut depends on the shape alone: into chunks for a small dw,
so that each strip is read once; into channels for a large one, whose parts would not fit the cache.
"""

from libc.string cimport memset

from fastcnn.kernels cimport isa
from fastcnn.kernels.kernels cimport FC_LINE, FC_PANEL
from fastcnn.kernels.op cimport Op, block_start, blocks

from fastcnn.kernels import packing

# Pixels of a strip: enough to pay for loading and storing a tile of dw.
cdef ptrdiff_t STRIP_PIXELS = 320
cdef ptrdiff_t LEAST_PIXELS = 56
# A strip of x and of dy together, which stay in the L2 cache while the next one comes in.
cdef ptrdiff_t STRIP_BYTES = 256 << 10
# A task's part of dw, which stays in the L2 cache beside the strip.
cdef ptrdiff_t PART_BYTES = 640 << 10
# A block of input channels has as many at least.
cdef ptrdiff_t LEAST_CHANNELS = 128
# Of up to so many rows, dw is too small to pay for packing a panel of dy out of wider pixels.
cdef ptrdiff_t UNPACKED_ROWS = 128
# Pixels so many floats apart, or a multiple of it, push each other out of the L1 cache.
cdef ptrdiff_t ALIAS_FLOATS = 1024
# Enough tasks to share evenly among the cores of a large machine.
cdef ptrdiff_t TASKS = 16
# So many floats are in no core's own cache; from then on narrow tiles ask for what comes next, too.
cdef ptrdiff_t AHEAD = 1 << 20
# The price of a part of dw, which is written, read and summed, in the floats of x or dy that may be
# read instead; measured.
cdef ptrdiff_t PART_WEIGHT = 8
# Floats that one task of the final sum takes.
cdef ptrdiff_t SUM_FLOATS = 2048


cdef const float *look_ahead(Strip *s, ptrdiff_t lines, const float *then) noexcept nogil:
    """The next cache lines of the next strip to ask for, of which there will be `lines`; else `then`."""
    cdef const float *at
    cdef int i
    for i in range(2):
        if s.next[i] < s.end[i]:
            at = s.next[i]
            s.next[i] += lines * FC_LINE
            return at
    return then


cdef class ConvBackwardWeight(Op):
    """Packed dw and db (or None) from dy, which may be some channels of a wider tensor, and x."""

    writes = ("dw", "db")

    def __init__(self, s, dy, x, dw, db):
        self.dy = <const float *> self.slices(dy, "input", s.y_shape, False, &self.ldy)
        self.x = self.source(x, s.x_shape)
        self.dw = self.target(dw, packing.panels_shape(s.w_shape, s.groups))
        if db is not None:
            self.db = self.target(db, (s.oc,))
        self.n, self.ih, self.iw, self.ldx = s.n, s.ih, s.iw, s.ic
        self.oh, self.ow, self.groups = s.oh, s.ow, s.groups
        self.kh, self.kw, self.sh, self.sw, self.dh, self.dw_ = s.kh, s.kw, s.sh, s.sw, s.dh, s.dw
        self.top, self.left = s.top, s.left
        if s.kh == s.kw == s.sh == s.sw == 1 and (s.oh, s.ow) == (s.ih, s.iw):
            # One matrix product over all pixels.
            self.n, self.ih, self.iw, self.oh, self.ow = 1, 1, s.n * s.ih * s.iw, 1, s.n * s.oh * s.ow
        self.c, self.oc = s.ic // s.groups, s.oc // s.groups
        self.panels = blocks(self.oc, FC_PANEL)
        self.panel_floats = self.kh * self.kw * self.c * FC_PANEL
        self.dw_floats = self.groups * self.panels * self.panel_floats
        self.ahead = self.n * (self.ih * self.iw * self.ldx + self.oh * self.ow * self.ldy) >= AHEAD
        self.cut()
        # Parts of dw, if there are several, then for each chunk one row of 32 sums per panel for db.
        self.shared_bytes = self.chunks * self.groups * self.panels * FC_PANEL * sizeof(float)
        if self.chunks > 1:
            self.shared_bytes += self.chunks * self.dw_floats * sizeof(float)
        self.own_bytes = ((self.strip_floats + self.images * self.rows * self.columns * FC_PANEL)
                          * sizeof(float) + self.images * self.rows * sizeof(ptrdiff_t))
        self.phases = 2
        self.tasks[0] = self.chunks * self.groups * self.panel_blocks * self.channel_blocks
        self.tasks[1] = 1 + (blocks(self.dw_floats, SUM_FLOATS) if self.chunks > 1 else 0)

    cdef void cut(self) noexcept:
        """Take the cut that moves the least through the caches."""
        cdef ptrdiff_t panel_blocks = 1, channel_blocks, best_panels = 1, best_channels = 1
        cdef double least = -1, moved
        while panel_blocks < 2 * self.panels:
            channel_blocks = 1
            while channel_blocks <= max(1, self.c // LEAST_CHANNELS):
                moved = self.try_cut(min(panel_blocks, self.panels), channel_blocks)
                if least < 0 or moved < least:
                    least, best_panels, best_channels = moved, panel_blocks, channel_blocks
                channel_blocks *= 2
            panel_blocks *= 2
        self.try_cut(min(best_panels, self.panels), best_channels)

    cdef double try_cut(self, ptrdiff_t panel_blocks, ptrdiff_t channel_blocks) noexcept:
        """Cut the panels and channels into so many blocks; gives the floats that are moved then."""
        cdef ptrdiff_t c = blocks(self.c, channel_blocks), width, height, tasks, passes, most
        cdef double moved, pixels = self.n * self.oh * self.ow
        self.panel_blocks, self.channel_blocks = panel_blocks, channel_blocks
        self.in_place = (self.top == 0 and self.left == 0
                         and (self.oh - 1) * self.sh + (self.kh - 1) * self.dh < self.ih
                         and (self.ow - 1) * self.sw + (self.kw - 1) * self.dw_ < self.iw
                         and (c == self.ldx or c >= isa.K.lanes) and self.ldx % ALIAS_FLOATS != 0)
        self.merged = (c == self.ldx or c == self.c and not self.in_place) and self.dw_ == 1
        most = STRIP_BYTES // (sizeof(float) * (c * self.sh * self.sw
                                                + FC_PANEL * blocks(self.panels, panel_blocks)))
        most = max(LEAST_PIXELS, min(most, STRIP_PIXELS))
        self.column_blocks = blocks(self.ow, most)
        self.columns = blocks(self.ow, self.column_blocks)
        width = (self.columns - 1) * self.sw + (self.kw - 1) * self.dw_ + 1
        self.row_blocks = blocks(self.oh, max(1, most // self.columns))
        self.rows = blocks(self.oh, self.row_blocks)
        self.image_blocks = self.n
        if self.row_blocks == self.column_blocks == 1:
            self.image_blocks = blocks(self.n, max(1, most // (self.oh * self.ow)))
        self.images = blocks(self.n, self.image_blocks)
        self.strips = self.image_blocks * self.row_blocks * self.column_blocks
        height = (self.rows - 1) * self.sh + (self.kh - 1) * self.dh + 1
        self.strip_floats = 0 if self.in_place else self.images * height * width * c
        self.strip_floats = blocks(self.strip_floats, FC_LINE) * FC_LINE  # the panel behind it is aligned
        self.dy_in_place = (self.oc % isa.K.lanes == 0 and self.ldy % ALIAS_FLOATS != 0
                            and (self.ldy <= FC_PANEL or self.kh * self.kw * c <= UNPACKED_ROWS)
                            and (self.column_blocks == 1 or self.rows == 1))
        tasks = self.groups * panel_blocks * channel_blocks
        self.chunks = min(self.strips, blocks(TASKS, tasks))
        # x once for each block of panels, dy for each block of channels; twice as dear is what is read
        # in blocks, not ahead. A part of dw that does not fit the cache is read and written with each
        # strip.
        moved = pixels * self.groups * (self.sh * self.sw * self.c * panel_blocks * min(channel_blocks, 2)
                                        + self.oc * channel_blocks * min(panel_blocks, 2))
        passes = PART_WEIGHT if self.chunks > 1 else 0
        if self.dw_floats > PART_BYTES // <ptrdiff_t> sizeof(float) * tasks:
            passes += 2 * (blocks(self.strips, self.chunks) - 1)
        moved += <double> passes * self.chunks * self.dw_floats
        return moved * TASKS / min(TASKS, tasks * self.chunks)

    cdef void task(self, int phase, ptrdiff_t index, char *shared, char *own) noexcept nogil:
        cdef float *sums = <float *> shared     # [chunks, groups, panels, 32]
        cdef float *parts = sums + self.chunks * self.groups * self.panels * FC_PANEL
        if phase == 0:
            # A chunk of strips x a block of channels x a block of panels: its own part of dw.
            self.add_chunk(index, parts, sums, <float *> own)
        elif index == 0:
            # All of db.
            self.add_sums(sums)
        else:
            # A run of dw, over the parts in their order.
            self.add_parts(index - 1, parts)

    cdef void add_chunk(self, ptrdiff_t index, float *parts, float *sums, float *own) noexcept nogil:
        cdef Strip s
        cdef ptrdiff_t panel_block, channel_block, group, chunk, strip, start, panel, c0, c1
        cdef float *dw
        panel_block, index = index % self.panel_blocks, index // self.panel_blocks
        channel_block, index = index % self.channel_blocks, index // self.channel_blocks
        group, chunk = index % self.groups, index // self.groups
        c0 = block_start(self.c, self.channel_blocks, channel_block)
        c1 = block_start(self.c, self.channel_blocks, channel_block + 1)
        sums += (chunk * self.groups + group) * self.panels * FC_PANEL
        dw = parts + chunk * self.dw_floats if self.chunks > 1 else self.dw
        dw += group * self.panels * self.panel_floats
        start = block_start(self.strips, self.chunks, chunk)
        for strip in range(start, block_start(self.strips, self.chunks, chunk + 1)):
            self.take_strip(&s, strip, group * self.c + c0, c1 - c0, own)
            for panel in range(block_start(self.panels, self.panel_blocks, panel_block),
                               block_start(self.panels, self.panel_blocks, panel_block + 1)):
                self.add_panel(&s, group, panel, c0, c1, strip == start, own + self.strip_floats,
                               sums + panel * FC_PANEL, dw + panel * self.panel_floats)

    cdef void take_strip(self, Strip *s, ptrdiff_t strip, ptrdiff_t first, ptrdiff_t c,
                         float *own) noexcept nogil:
        """The source of a strip, `c` channels from `first` on, in place or copied."""
        cdef ptrdiff_t image, h0, w0, height, width, pixels, at, i
        cdef const float *source
        at = strip // (self.row_blocks * self.column_blocks)
        image = block_start(self.n, self.image_blocks, at)
        s.images = block_start(self.n, self.image_blocks, at + 1) - image
        source = self.x + image * self.ih * self.iw * self.ldx + first
        at = strip // self.column_blocks % self.row_blocks
        h0 = block_start(self.oh, self.row_blocks, at)
        s.rows = block_start(self.oh, self.row_blocks, at + 1) - h0
        at = strip % self.column_blocks
        w0 = block_start(self.ow, self.column_blocks, at)
        s.columns = block_start(self.ow, self.column_blocks, at + 1) - w0
        s.h0 = h0
        s.first = (image * self.oh + h0) * self.ow + w0
        if self.in_place:
            s.pixel, s.pitch, s.step = self.ldx, self.iw * self.ldx, self.ih * self.iw * self.ldx
            s.corner = source + h0 * self.sh * s.pitch + w0 * self.sw * s.pixel
        else:
            width = (s.columns - 1) * self.sw + (self.kw - 1) * self.dw_ + 1
            height = (s.rows - 1) * self.sh + (self.kh - 1) * self.dh + 1
            s.pixel, s.pitch, s.step, s.corner = c, width * c, height * width * c, own
            for i in range(s.images):
                isa.K.copy_rows(self.ih, self.iw, self.ldx, c, h0 * self.sh - self.top, height,
                                w0 * self.sw - self.left, width, source + i * self.ih * self.iw * self.ldx,
                                own + i * s.step)
        # The next strip lies behind this one, all channels side by side.
        s.next[0] = s.end[0] = s.next[1] = s.end[1] = NULL
        pixels = s.images * s.rows * s.columns
        if self.channel_blocks == 1:
            if self.row_blocks == self.column_blocks == 1:
                at = s.images * self.ih * self.iw
                width = at
            elif self.column_blocks == 1:
                at = ((h0 + s.rows - 1) * self.sh + (self.kh - 1) * self.dh + 1 - self.top) * self.iw
                width = s.rows * self.sh * self.iw
            else:
                at = h0 * self.sh * self.iw + (w0 + s.columns) * self.sw
                width = s.columns * self.sw
            at = max(at + image * self.ih * self.iw, 0)
            s.next[0] = self.x + at * self.ldx
            s.end[0] = self.x + min(at + width, self.n * self.ih * self.iw) * self.ldx
        if self.panel_blocks == 1:
            s.next[1] = self.dy + (s.first + pixels) * self.ldy
            s.end[1] = self.dy + min(s.first + 2 * pixels, self.n * self.oh * self.ow) * self.ldy

    cdef void add_panel(self, Strip *s, ptrdiff_t group, ptrdiff_t panel, ptrdiff_t c0, ptrdiff_t c1,
                        bint fresh, float *dy_panel, float *sums, float *dw) noexcept nogil:
        """dw[kh, kw, c0 : c1, 32] += the products of one strip; set, not added, when `fresh`."""
        cdef ptrdiff_t h, row, tap, at, first, last, ld = self.ldy
        cdef ptrdiff_t channels = min(FC_PANEL, self.oc - panel * FC_PANEL)
        cdef ptrdiff_t *offsets = <ptrdiff_t *> (dy_panel
                                                 + self.images * self.rows * self.columns * FC_PANEL)
        cdef const float *dy = self.dy + s.first * self.ldy + group * self.oc + panel * FC_PANEL
        for h in range(s.images * s.rows):
            offsets[h] = h // s.rows * s.step + h % s.rows * self.sh * s.pitch
            if not self.dy_in_place:
                isa.K.pack_panel(s.columns, channels, dy + h * self.ow * self.ldy, self.ldy,
                                 dy_panel + h * s.columns * FC_PANEL)
        if not self.dy_in_place:
            dy, ld = dy_panel, FC_PANEL
        if self.db != NULL and c0 == 0:
            if fresh:
                memset(sums, 0, FC_PANEL * sizeof(float))
            isa.K.panel_sums(s.images * s.rows * s.columns, channels, dy, ld, sums)
        if fresh and channels < FC_PANEL:  # lanes that no tile touches
            for tap in range(self.kh * self.kw):
                memset(dw + (tap * self.c + c0) * FC_PANEL, 0, (c1 - c0) * FC_PANEL * sizeof(float))
        for row in range(self.kh):
            # Rows of dy that have this row of taps above or below the image are left out.
            first, last = 0, s.images * s.rows
            if s.images == 1:
                at = row * self.dh - self.top + s.h0 * self.sh
                first = min(blocks(max(-at, 0), self.sh), s.rows)
                last = min(blocks(max(self.ih - at, 0), self.sh), s.rows)
            at = row * self.dh * s.pitch
            if self.merged:
                self.add_run(s, at, self.kw * self.c, fresh, offsets + first, last - first,
                             dy + first * s.columns * ld, ld, channels,
                             dw + row * self.kw * self.c * FC_PANEL)
                continue
            for tap in range(self.kw):
                self.add_run(s, at + tap * self.dw_ * s.pixel, c1 - c0, fresh, offsets + first,
                             last - first, dy + first * s.columns * ld, ld, channels,
                             dw + ((row * self.kw + tap) * self.c + c0) * FC_PANEL)

    cdef void add_run(self, Strip *s, ptrdiff_t at, ptrdiff_t length, bint fresh, const ptrdiff_t *offsets,
                      ptrdiff_t rows, const float *dy, ptrdiff_t ld, ptrdiff_t channels,
                      float *dw) noexcept nogil:
        """dw[length, 32] (+)= the products of a run of taps x channels, cut into tiles."""
        cdef ptrdiff_t j = 0, vectors, tiles, tile, first, last
        while j < channels:
            vectors = 2 if channels - j > isa.K.lanes else 1
            tiles = blocks(length, isa.K.tile_rows[vectors - 1])
            last = 0
            for tile in range(tiles):
                first, last = last, block_start(length, tiles, tile + 1)
                isa.K.gemm_rs1[vectors - 1][last - first](
                    s.corner + at + first, offsets, self.sw * s.pixel, dy + j, ld, rows,
                    s.columns, dw + first * FC_PANEL + j, FC_PANEL, vectors * isa.K.lanes, not fresh, NULL,
                    look_ahead(s, rows * s.columns, dw + last * FC_PANEL + j)
                    if self.ahead or vectors == 2 else NULL)
            j += vectors * isa.K.lanes

    cdef void add_parts(self, ptrdiff_t index, const float *parts) noexcept nogil:
        cdef ptrdiff_t count = self.tasks[1] - 1
        cdef ptrdiff_t first = block_start(self.dw_floats, count, index)
        cdef ptrdiff_t last = block_start(self.dw_floats, count, index + 1)
        isa.K.sum_parts(last - first, self.chunks, self.dw_floats, parts + first, self.dw + first)

    cdef void add_sums(self, const float *sums) noexcept nogil:
        cdef ptrdiff_t at, step = self.groups * self.panels * FC_PANEL
        if self.db != NULL:
            for at in range(self.groups * self.panels):
                isa.K.sum_parts(min(FC_PANEL, self.oc - at % self.panels * FC_PANEL), self.chunks, step,
                                sums + at * FC_PANEL,
                                self.db + at // self.panels * self.oc + at % self.panels * FC_PANEL)
