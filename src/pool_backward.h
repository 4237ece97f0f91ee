/* The gradient of pooling, one row of dx at a time, vectors over the channels. Contract: fc_window in
   kernels.h. Of vectors that hang over the end of a pixel see pool.h. */
#ifndef FC_POOL_BACKWARD_H
#define FC_POOL_BACKWARD_H

#include "pool.h"

/* A vector of dx: the sum of what the windows over its pixel give back, `rows` rows of them, `columns` in
   each; the first stands at dy and index, the one below it `pitch` floats on. The pixel is tap `tap`
   of the first, `fall` and `step` taps less of the one below and the next one. Windows come in order, so
   the sum has a fixed order too. */
FC_INLINE void unpool_vector(const int kind, const ptrdiff_t rows, const ptrdiff_t columns, ptrdiff_t pitch,
                             ptrdiff_t c, int32_t tap, int32_t fall, int32_t step, const float *dy,
                             const void *index, float *dx, ptrdiff_t lanes, const int stream)
{
    vf sum = {0};
#pragma GCC unroll 3
    for (ptrdiff_t r = 0; r < rows; r++)
#pragma GCC unroll 3
        for (ptrdiff_t q = 0; q < columns; q++) {
            const ptrdiff_t from = r * pitch + q * c;
            vf share = v_load_n(dy + from, lanes);
            if (kind != FC_AVG) {
                const vi place = index_load(kind, index, from, lanes);
                share = (vf)((place == tap - (int32_t)r * fall - (int32_t)q * step) & (vi)share);
            }
            sum = r + q ? sum + share : share;
        }
    if (stream)
        v_stream(dx, sum);
    else
        v_store_n(dx, sum, lanes);
}

/* The pixels of a row that windows w0 .. w1 - 1 are the last over, and no window over them is beyond the
   ends of the row. `tap` is the first one of the row of the windows that the pixels are in. Unless `next`
   is NULL, memory is asked for the row of dy there, and for its index. */
FC_INLINE void unpool_inner(const int kind, const int stream, const ptrdiff_t rows, const ptrdiff_t kw,
                            const ptrdiff_t sw, const fc_window *s, ptrdiff_t tap, const float *dy,
                            const void *index, float *dx, const float *next, ptrdiff_t w0, ptrdiff_t w1)
{
    const ptrdiff_t c = s->c, pitch = s->ow * c;
    const int32_t fall = (int32_t)(s->sh * kw), step = (int32_t)sw;
    dx += (w0 * sw - s->left) * c;
    for (ptrdiff_t at = w0 * c, left = (w1 - w0) * c; left > 0; at += c, left -= c)
#pragma GCC unroll 2
        for (ptrdiff_t q = 0; q < sw; q++, dx += c) {
            const ptrdiff_t before = (kw - q - 1) / sw, columns = before + 1;
            const int32_t here = (int32_t)(tap + q + before * sw);
            for (ptrdiff_t j = 0; j < c; j += FC_LANES) {
                const ptrdiff_t from = at - before * c + j;
                if (next) {
                    v_fetch(next + from);
                    if (kind != FC_AVG)
                        v_fetch(index_at(kind, index, from + rows * pitch));
                }
                if (left - j >= FC_LANES)
                    unpool_vector(kind, rows, columns, pitch, c, here, fall, step, dy + from,
                                  index_at(kind, index, from), dx + j, FC_LANES, stream);
                else
                    unpool_vector(kind, rows, columns, pitch, c, here, fall, step, dy + from,
                                  index_at(kind, index, from), dx + j, left - j, 0);
            }
        }
}

/* Any pixels iw0 .. iw1 - 1 of a row. */
FC_INLINE void unpool_outer(const int kind, const int stream, ptrdiff_t rows, const fc_window *s,
                            ptrdiff_t tap, const float *dy, const void *index, float *dx, ptrdiff_t iw0,
                            ptrdiff_t iw1)
{
    for (ptrdiff_t iw = iw0; iw < iw1; iw++) {
        const ptrdiff_t q0 = cover_first(iw, s->sw, s->left, s->kw);
        const ptrdiff_t columns = cover_last(iw, s->sw, s->left, s->ow) - q0;
        const int32_t here = (int32_t)(tap + iw + s->left - q0 * s->sw);
        FC_EACH_VECTOR (j, left, s->c) {
            const ptrdiff_t from = q0 * s->c + j, lanes = stream ? FC_LANES : left;
            if (rows == 1 && columns == 1)
                unpool_vector(kind, 1, 1, 0, 0, here, 0, 0, dy + from, index_at(kind, index, from),
                              dx + iw * s->c + j, lanes, stream);
            else
                unpool_vector(kind, rows, columns, s->ow * s->c, s->c, here, (int32_t)(s->sh * s->kw),
                              (int32_t)s->sw, dy + from, index_at(kind, index, from), dx + iw * s->c + j,
                              lanes, stream);
        }
    }
}

FC_INLINE void unpool_row(const int kind, const int stream, const fc_window *s, ptrdiff_t rows,
                          ptrdiff_t tap, const float *dy, const void *index, float *dx, const float *next)
{
    const int two = s->kw == 2 && s->sw == 2, three = s->kw == 3 && s->sw <= 2;
    ptrdiff_t w0 = 0, w1 = 0;
    if (rows && rows <= 3 && (two || three)) {
        w0 = s->kw > s->sw * 2 ? 2 : s->kw > s->sw, w1 = (s->iw + s->left) / s->sw;
        w0 = w0 * s->sw < s->left ? (s->left + s->sw - 1) / s->sw : w0;
        w1 = w1 < s->ow ? w1 : s->ow;
    }
    if (w0 >= w1) {
        unpool_outer(kind, stream, rows, s, tap, dy, index, dx, 0, s->iw);
        return;
    }
    unpool_outer(kind, stream, rows, s, tap, dy, index, dx, 0, w0 * s->sw - s->left);
    if (rows == 1 && two)
        unpool_inner(kind, stream, 1, 2, 2, s, tap, dy, index, dx, next, w0, w1);
    else if (rows == 1 && three && s->sw == 2)
        unpool_inner(kind, stream, 1, 3, 2, s, tap, dy, index, dx, next, w0, w1);
    else if (rows == 2 && three && s->sw == 2)
        unpool_inner(kind, stream, 2, 3, 2, s, tap, dy, index, dx, next, w0, w1);
    else
        unpool_inner(kind, stream, rows, s->kw, s->sw, s, tap, dy, index, dx, next, w0, w1);
    unpool_outer(kind, stream, rows, s, tap, dy, index, dx, w1 * s->sw - s->left, s->iw);
}

/* Each window over a pixel gives it its gradient if the pixel was its maximum. */
FC_INLINE void max_unpool_rows(const int kind, const fc_window *sizes, ptrdiff_t first, ptrdiff_t last,
                               int ahead, const float *dy, const void *index, float *dx)
{
    const fc_window copy = *sizes, *s = &copy;
    const int stream = pool_streams(s, ahead, dx);
    for (ptrdiff_t ih = first; ih < last; ih++, dx += s->iw * s->c) {
        const ptrdiff_t r0 = cover_first(ih, s->sh, s->top, s->kh);
        const ptrdiff_t r1 = cover_last(ih, s->sh, s->top, s->oh), from = r0 * s->ow * s->c;
        const ptrdiff_t rows = r1 > r0 ? r1 - r0 : 0, tap = (ih + s->top - r0 * s->sh) * s->kw;
        const float *next = dy + from + rows * s->ow * s->c;
        if (stream)
            unpool_row(kind, 1, s, rows, tap, dy + from, index_at(kind, index, from), dx, next);
        else if (ahead)
            unpool_row(kind, 0, s, rows, tap, dy + from, index_at(kind, index, from), dx, next);
        else
            unpool_row(kind, 0, s, rows, tap, dy + from, index_at(kind, index, from), dx, NULL);
    }
    if (stream)
        v_streamed();
}

static void fc_max_pool_backward(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead,
                                 const float *dy, const void *index, float *dx)
{
    if (s->kh * s->kw <= 256)
        max_unpool_rows(FC_MAX_BYTES, s, first, last, ahead, dy, index, dx);
    else
        max_unpool_rows(FC_MAX_SHORTS, s, first, last, ahead, dy, index, dx);
}

/* shares[ow][c] = what each column of windows over input row ih gives back to each of its pixels. */
FC_INLINE void avg_pool_shares(const fc_window *s, ptrdiff_t r0, ptrdiff_t r1, const float *dy,
                               float *shares)
{
    const ptrdiff_t w0 = whole_first(s->sw, s->left);
    const ptrdiff_t w1 = whole_last(s->ow, s->sw, s->left, s->iw, s->kw);
    for (ptrdiff_t ow = 0, end; ow < s->ow; ow = end) {
        const ptrdiff_t across = window_count(ow, s->sw, s->left, s->iw, s->kw, s->right, s->padded);
        end = ow >= w0 && ow < w1 ? w1 : ow + 1;
        for (ptrdiff_t oh = r0; oh < r1; oh++) {
            const ptrdiff_t down = window_count(oh, s->sh, s->top, s->ih, s->kh, s->bottom, s->padded);
            const float count = (float)(down * across);
            FC_EACH_VECTOR (i, lanes, (end - ow) * s->c) {
                float *to = shares + ow * s->c + i;
                vf share = v_load_n(dy + (oh * s->ow + ow) * s->c + i, lanes) / count;
                v_store_n(to, oh > r0 ? v_load_n(to, lanes) + share : share, lanes);
            }
        }
    }
}

static void fc_avg_pool_backward(const fc_window *sizes, ptrdiff_t first, ptrdiff_t last, int ahead,
                                 const float *dy, float *shares, float *dx)
{
    const fc_window copy = *sizes, *s = &copy;
    const int stream = pool_streams(s, ahead, dx);
    ptrdiff_t before = -1, after = -1;
    for (ptrdiff_t ih = first; ih < last; ih++, dx += s->iw * s->c) {
        const ptrdiff_t r0 = cover_first(ih, s->sh, s->top, s->kh);
        const ptrdiff_t r1 = cover_last(ih, s->sh, s->top, s->oh);
        if (r0 != before || r1 != after) /* else they stand there still */
            avg_pool_shares(s, r0, r1, dy, shares);
        before = r0, after = r1;
        if (stream)
            unpool_row(FC_AVG, 1, s, r1 > r0, 0, shares, NULL, dx, dy + r1 * s->ow * s->c);
        else
            unpool_row(FC_AVG, 0, s, r1 > r0, 0, shares, NULL, dx, NULL);
    }
    if (stream)
        v_streamed();
}

#endif
