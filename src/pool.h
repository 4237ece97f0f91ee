/* Pooling, one row at a time, vectors over the channels. Contract: fc_window in kernels.h.

   The pixels of a row lie side by side. A vector that hangs over the end of a pixel reaches into the next
   one, which comes later and overwrites what is too much; only at the end of a run of pixels is it cut. So
   few channels cost no masks. */
#ifndef FC_POOL_H
#define FC_POOL_H

#include "kernels.h"
#include "simd.h"
#include "window.h"

/* What is pooled; a position in a window needs 8 bits while kh * kw <= 256, else 16 (the gate allows no
   more). */
enum { FC_AVG, FC_MAX, FC_MAX_BYTES, FC_MAX_SHORTS };

/* --- forward --- */

/* Outputs first .. last - 1 of a row, whose windows, cut to the input, have rows x columns pixels; the
   first of them is tap `tap` of the window. A mean divides by `count`. */
typedef struct {
    ptrdiff_t first, last, rows, columns, tap, count;
} pool_run;

/* Vector `at` of y from windows whose first pixels stand at x. The first maximum in row-major order
   wins; NaN beats every number and the last NaN wins, so NaN is never swallowed. To ask each comparison for
   NaN costs half as much again; a sum of zeros tells whether there is one, or an infinity, at all. */
FC_INLINE void pool_vector(const int kind, const ptrdiff_t rows, const ptrdiff_t columns, ptrdiff_t pitch,
                           ptrdiff_t c, ptrdiff_t kw, ptrdiff_t tap, const float *x, float *y, void *index,
                           ptrdiff_t at, ptrdiff_t lanes)
{
    const vf start = v_load_n(x, lanes);
    vf best = start, zeros = 0 * start;
    vi place = {0};
#pragma GCC unroll 3
    for (ptrdiff_t r = 0; r < rows; r++)
#pragma GCC unroll 3
        for (ptrdiff_t q = r ? 0 : 1; q < columns; q++) {
            vf v = v_load_n(x + r * pitch + q * c, lanes);
            if (kind == FC_AVG) {
                best += v;
                continue;
            }
            zeros += 0 * v;
            v_larger_place(&best, &place, v, (int32_t)(r * kw + q) - (vi){0});
        }
    if (kind != FC_AVG && v_any_nan(zeros)) {
        best = start, place = (vi){0};
        for (ptrdiff_t r = 0; r < rows; r++)
            for (ptrdiff_t q = r ? 0 : 1; q < columns; q++)
                v_max_place(&best, &place, v_load_n(x + r * pitch + q * c, lanes),
                            (int32_t)(r * kw + q) - (vi){0});
    }
    v_store_n(y + at, kind == FC_AVG ? best / (float)(rows * columns) : best, lanes);
    if (kind == FC_MAX_BYTES)
        v_store_bytes((uint8_t *)index + at, place + (int32_t)tap, lanes);
    else if (kind == FC_MAX_SHORTS)
        v_store_shorts((uint16_t *)index + at, place + (int32_t)tap, lanes);
}

FC_INLINE void pool_windows(const int kind, const ptrdiff_t rows, const ptrdiff_t columns,
                            const ptrdiff_t kw, const fc_window *s, const pool_run *run, int ahead,
                            const float *x, float *y, void *index)
{
    const ptrdiff_t c = s->c, pitch = s->iw * c, step = s->sw * c, end = run->last * c, tap = run->tap;
    for (ptrdiff_t pixel = run->first * c; pixel < end; pixel += c, x += step)
        for (ptrdiff_t j = 0; j < c; j += FC_LANES) {
            const ptrdiff_t at = pixel + j;
            if (ahead) /* for what the next row of windows is the first to read */
                for (ptrdiff_t r = 0; r < s->sh; r++)
                    for (ptrdiff_t q = 0; q < s->sw; q++)
                        v_prefetch(x + (rows + r) * pitch + q * c + j);
            if (end - at >= FC_LANES)
                pool_vector(kind, rows, columns, pitch, c, kw, tap, x + j, y, index, at, FC_LANES);
            else
                pool_vector(kind, rows, columns, pitch, c, kw, tap, x + j, y, index, at, end - at);
        }
}

/* Averages over many pixels: a few of them at a time, whose channels are read side by side, are added to
   the sums that stand in y. */
FC_INLINE void pool_sums(const fc_window *s, const pool_run *run, const float *x, float *y)
{
    enum { PIXELS = 8 };
    const ptrdiff_t c = s->c;
    const vf count = v_set((float)run->count);
    for (ptrdiff_t ow = run->first; ow < run->last; ow++, x += s->sw * c)
        for (ptrdiff_t r = 0; r < run->rows; r++)
            for (ptrdiff_t q = 0; q < run->columns; q += PIXELS) {
                const float *from = x + (r * s->iw + q) * c;
                const ptrdiff_t pixels = run->columns - q < PIXELS ? run->columns - q : PIXELS;
                const int ends = r == run->rows - 1 && q + pixels == run->columns;
                FC_EACH_VECTOR (j, lanes, c) {
                    float *to = y + ow * c + j;
                    vf sum = v_load_n(from + j, lanes);
                    for (ptrdiff_t i = 1; i < pixels; i++)
                        sum += v_load_n(from + i * c + j, lanes);
                    if (r + q)
                        sum += v_load_n(to, lanes);
                    v_store_n(to, ends ? sum / count : sum, lanes);
                }
            }
}

FC_INLINE void pool_any(const int kind, const fc_window *s, const pool_run *run, int ahead, const float *x,
                        float *y, void *index)
{
    const int whole = kind != FC_AVG || run->count == run->rows * run->columns;
    if (whole && run->rows == 2 && run->columns == 2 && s->kw == 2)
        pool_windows(kind, 2, 2, 2, s, run, ahead, x, y, index);
    else if (whole && run->rows == 3 && run->columns == 3 && s->kw == 3)
        pool_windows(kind, 3, 3, 3, s, run, ahead, x, y, index);
    else if (kind == FC_AVG)
        pool_sums(s, run, x, y);
    else
        pool_windows(kind, run->rows, run->columns, s->kw, s, run, ahead, x, y, index);
}

/* The sizes are copied: no store can change them. */
FC_INLINE void pool_rows(const int kind, const fc_window *sizes, ptrdiff_t first, ptrdiff_t last, int ahead,
                         const float *x, float *y, void *index)
{
    const fc_window copy = *sizes, *s = &copy;
    const ptrdiff_t w0 = whole_first(s->sw, s->left);
    const ptrdiff_t w1 = whole_last(s->ow, s->sw, s->left, s->iw, s->kw);
    for (ptrdiff_t oh = first; oh < last; oh++, y += s->ow * s->c) {
        const ptrdiff_t r0 = window_first(oh, s->sh, s->top);
        const ptrdiff_t rows = window_last(oh, s->sh, s->top, s->ih, s->kh) - r0;
        const ptrdiff_t down = window_count(oh, s->sh, s->top, s->ih, s->kh, s->bottom, s->padded);
        const float *row = x + (oh * s->sh - s->top + r0) * s->iw * s->c;
        for (ptrdiff_t ow = 0; ow < s->ow;) {
            const ptrdiff_t q0 = window_first(ow, s->sw, s->left);
            const ptrdiff_t columns = window_last(ow, s->sw, s->left, s->iw, s->kw) - q0;
            const ptrdiff_t end = ow >= w0 && ow < w1 ? w1 : ow + 1;
            const ptrdiff_t across = window_count(ow, s->sw, s->left, s->iw, s->kw, s->right, s->padded);
            const pool_run run = {ow, end, rows, columns, r0 * s->kw + q0, down * across};
            pool_any(kind, s, &run, ahead, row + (ow * s->sw - s->left + q0) * s->c, y, index);
            ow = end;
        }
        if (kind == FC_MAX_BYTES)
            index = (uint8_t *)index + s->ow * s->c;
        else if (kind == FC_MAX_SHORTS)
            index = (uint16_t *)index + s->ow * s->c;
    }
}

static void fc_max_pool_forward(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead,
                                const float *x, float *y, void *index)
{
    if (!index)
        pool_rows(FC_MAX, s, first, last, ahead, x, y, index);
    else if (s->kh * s->kw <= 256)
        pool_rows(FC_MAX_BYTES, s, first, last, ahead, x, y, index);
    else
        pool_rows(FC_MAX_SHORTS, s, first, last, ahead, x, y, index);
}

static void fc_avg_pool_forward(const fc_window *s, ptrdiff_t first, ptrdiff_t last, const float *x,
                                float *y)
{
    pool_rows(FC_AVG, s, first, last, 0, x, y, NULL);
}

/* --- backward --- */

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
                vi place = kind == FC_MAX_SHORTS ? v_load_shorts((const uint16_t *)index + from, lanes)
                                                 : v_load_bytes((const uint8_t *)index + from, lanes);
                share = (vf)((place == tap - (int32_t)r * fall - (int32_t)q * step) & (vi)share);
            }
            sum = r + q ? sum + share : share;
        }
    if (stream)
        v_stream(dx, sum);
    else
        v_store_n(dx, sum, lanes);
}

FC_INLINE const void *index_at(const int kind, const void *index, ptrdiff_t at)
{
    return kind == FC_MAX_SHORTS ? (const void *)((const uint16_t *)index + at)
                                 : (const void *)((const uint8_t *)index + at);
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
                    v_prefetch(next + from);
                    if (kind != FC_AVG)
                        v_prefetch(index_at(kind, index, from + rows * pitch));
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
FC_INLINE void unpool_outer(const int kind, ptrdiff_t rows, const fc_window *s, ptrdiff_t tap,
                            const float *dy, const void *index, float *dx, ptrdiff_t iw0, ptrdiff_t iw1)
{
    for (ptrdiff_t iw = iw0; iw < iw1; iw++) {
        const ptrdiff_t q0 = cover_first(iw, s->sw, s->left, s->kw);
        const ptrdiff_t columns = cover_last(iw, s->sw, s->left, s->ow) - q0;
        const int32_t here = (int32_t)(tap + iw + s->left - q0 * s->sw);
        FC_EACH_VECTOR (j, lanes, s->c) {
            const ptrdiff_t from = q0 * s->c + j;
            unpool_vector(kind, rows, columns, s->ow * s->c, s->c, here, (int32_t)(s->sh * s->kw),
                          (int32_t)s->sw, dy + from, index_at(kind, index, from), dx + iw * s->c + j, lanes,
                          0);
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
        unpool_outer(kind, rows, s, tap, dy, index, dx, 0, s->iw);
        return;
    }
    unpool_outer(kind, rows, s, tap, dy, index, dx, 0, w0 * s->sw - s->left);
    if (rows == 1 && two)
        unpool_inner(kind, stream, 1, 2, 2, s, tap, dy, index, dx, next, w0, w1);
    else if (rows == 1 && three && s->sw == 2)
        unpool_inner(kind, stream, 1, 3, 2, s, tap, dy, index, dx, next, w0, w1);
    else if (rows == 2 && three && s->sw == 2)
        unpool_inner(kind, stream, 2, 3, 2, s, tap, dy, index, dx, next, w0, w1);
    else
        unpool_inner(kind, stream, rows, s->kw, s->sw, s, tap, dy, index, dx, next, w0, w1);
    unpool_outer(kind, rows, s, tap, dy, index, dx, w1 * s->sw - s->left, s->iw);
}

/* Whether rows that no cache holds can be written past the caches: whole vectors on their boundaries. */
FC_INLINE int unpool_streams(const fc_window *s, int ahead, const float *dx)
{
    return ahead && s->c % FC_LANES == 0 && (uintptr_t)dx % sizeof(vf) == 0;
}

/* Each window over a pixel gives it its gradient if the pixel was its maximum. */
FC_INLINE void max_unpool_rows(const int kind, const fc_window *sizes, ptrdiff_t first, ptrdiff_t last,
                               int ahead, const float *dy, const void *index, float *dx)
{
    const fc_window copy = *sizes, *s = &copy;
    const int stream = unpool_streams(s, ahead, dx);
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
    const int stream = unpool_streams(s, ahead, dx);
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
