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

FC_INLINE const void *index_at(const int kind, const void *index, ptrdiff_t at)
{
    return kind == FC_MAX_SHORTS ? (const void *)((const uint16_t *)index + at)
                                 : (const void *)((const uint8_t *)index + at);
}

FC_INLINE vi index_load(const int kind, const void *index, ptrdiff_t at, ptrdiff_t lanes)
{
    return kind == FC_MAX_SHORTS ? v_load_shorts((const uint16_t *)index + at, lanes)
                                 : v_load_bytes((const uint8_t *)index + at, lanes);
}

/* Whether rows that no cache holds can be written past the caches: whole vectors on their boundaries. */
FC_INLINE int pool_streams(const fc_window *s, int ahead, const float *row)
{
    return ahead && s->c % FC_LANES == 0 && (uintptr_t)row % sizeof(vf) == 0;
}

/* Outputs first .. last - 1 of a row, whose windows, cut to the input, have rows x columns pixels; the
   first of them is tap `tap` of the window. A mean divides by `count`. With `ahead` memory is asked for
   what will be read soon, with `stream` y goes past the caches. */
typedef struct {
    ptrdiff_t first, last, rows, columns, tap, count;
    int ahead, stream;
} pool_run;

/* What a row of windows leaves to the row below, whose first row of pixels is its last one: sums or maxima
   of `columns` pixels, value[ow][c], and the columns that these stand in, place[ow][c]. */
typedef struct {
    int ready;
    float *value;
    uint8_t *place;
} pool_carry;

/* A sum, or a maximum, its place, counted in taps from the first pixel, and a sum that is NaN if a pixel
   is: to ask each comparison for NaN costs half as much again. */
typedef struct {
    vf value, sum;
    vi place;
} pooled;

FC_INLINE pooled pool_pixels(const int kind, const ptrdiff_t rows, const ptrdiff_t columns,
                             const fc_window *s, const float *x, ptrdiff_t lanes)
{
    pooled v = {.value = v_load_n(x, lanes)};
    v.sum = v.value;
#pragma GCC unroll 3
    for (ptrdiff_t r = 0; r < rows; r++, x += s->iw * s->c) {
        FC_OPAQUE(x);
#pragma GCC unroll 3
        for (ptrdiff_t q = r ? 0 : 1; q < columns; q++) {
            const vf here = v_load_n(x + q * s->c, lanes);
            v.sum += here;
            if (kind != FC_AVG)
                v_larger_place(&v.value, &v.place, here, (int32_t)(r * s->kw + q) - (vi){0});
        }
    }
    if (kind == FC_AVG)
        v.value = v.sum;
    return v;
}

/* The first maximum in row-major order wins; NaN beats every number and the last NaN wins, so NaN is never
   swallowed. */
static __attribute__((noinline, cold)) pooled pool_with_nan(ptrdiff_t rows, ptrdiff_t columns,
                                                            const fc_window *s, const float *x,
                                                            ptrdiff_t lanes)
{
    pooled v = {.value = v_load_n(x, lanes)};
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t q = r ? 0 : 1; q < columns; q++)
            v_max_place(&v.value, &v.place, v_load_n(x + (r * s->iw + q) * s->c, lanes),
                        (int32_t)(r * s->kw + q) - (vi){0});
    return v;
}

/* Asks for the first rows x columns pixels `ahead` floats behind x. */
FC_INLINE void pool_fetch(const ptrdiff_t rows, const ptrdiff_t columns, const fc_window *s, const float *x,
                          ptrdiff_t ahead)
{
#pragma GCC unroll 3
    for (ptrdiff_t r = 0; r < rows; r++)
#pragma GCC unroll 3
        for (ptrdiff_t q = 0; q < columns; q++)
            v_fetch(x + (r * s->iw + q) * s->c + ahead);
}

/* Vector `at` of y and of the index. */
FC_INLINE void pool_store(const int kind, pooled v, float *y, void *index, ptrdiff_t at, ptrdiff_t lanes,
                          int stream)
{
    if (stream)
        v_stream(y + at, v.value);
    else
        v_store_n(y + at, v.value, lanes);
    if (kind == FC_MAX_BYTES)
        v_store_bytes((uint8_t *)index + at, v.place, lanes);
    else if (kind == FC_MAX_SHORTS)
        v_store_shorts((uint16_t *)index + at, v.place, lanes);
}

/* Vector `at` of the outputs of square windows. */
FC_INLINE void pool_window(const int kind, const ptrdiff_t k, const fc_window *s, const pool_run *run,
                           const float *x, float *y, void *index, ptrdiff_t at, ptrdiff_t lanes)
{
    pooled v = pool_pixels(kind, k, k, s, x, lanes);
    if (run->ahead)
        pool_fetch(s->sh, s->sw, s, x, k * s->iw * s->c);
    if (kind == FC_AVG)
        v.value /= (float)(k * k);
    else if (v_any_nan(v.sum))
        v = pool_with_nan(k, k, s, x, lanes);
    pool_store(kind, v, y, index, at, lanes, run->stream);
}

FC_INLINE void pool_windows(const int kind, const ptrdiff_t k, const fc_window *s, const pool_run *run,
                            const float *x, float *y, void *index)
{
    const ptrdiff_t c = s->c, whole = (c + FC_LANES - 1) / FC_LANES * FC_LANES, end = run->last * c;
    for (ptrdiff_t at = run->first * c; at < end; at += c, x += s->sw * c)
        if (end - at >= whole)
            for (ptrdiff_t j = 0; j < c; j += FC_LANES)
                pool_window(kind, k, s, run, x + j, y, index, at + j, FC_LANES);
        else
            for (ptrdiff_t j = 0; j < c; j += FC_LANES)
                pool_window(kind, k, s, run, x + j, y, index, at + j, end - at - j);
}

/* Windows of 3 x 3 pixels at steps of 2, whole vectors: each row of x is read once. */
FC_INLINE void pool_carried(const int kind, const fc_window *s, const pool_run *run, pool_carry *carry,
                            const float *x, float *y, void *index)
{
    const ptrdiff_t c = s->c, pitch = s->iw * c;
    const int ahead = run->ahead, stream = run->stream;
    float *value = carry->value;
    uint8_t *place = carry->place;
    if (!carry->ready)
        for (ptrdiff_t ow = run->first; ow < run->last; ow++)
            for (ptrdiff_t j = 0; j < c; j += FC_LANES) {
                const float *at = x + (ow - run->first) * 2 * c + j;
                pooled v = pool_pixels(kind, 1, 3, s, at, FC_LANES);
                if (kind != FC_AVG && v_any_nan(v.sum))
                    v = pool_with_nan(1, 3, s, at, FC_LANES);
                v_store(value + ow * c + j, v.value);
                v_store_bytes(place + ow * c + j, v.place, FC_LANES);
            }
    for (ptrdiff_t at = run->first * c; at < run->last * c; x += c)
        for (ptrdiff_t end = at + c; at < end; at += FC_LANES, x += FC_LANES) {
            const float *below = x + pitch;
            FC_OPAQUE(below);
            if (ahead)
                pool_fetch(2, 2, s, below, 2 * pitch);
            pooled v = {.value = v_load(value + at)};
            if (kind != FC_AVG)
                v.place = v_load_bytes(place + at, FC_LANES);
            const pooled middle = pool_pixels(kind, 1, 3, s, below, FC_LANES);
            pooled last = pool_pixels(kind, 1, 3, s, below + pitch, FC_LANES);
            v.sum = v.value + middle.sum + last.sum;
            if (kind == FC_AVG)
                v.value = v.sum / 9;
            else {
                v_larger_place(&v.value, &v.place, middle.value, middle.place + 3);
                v_larger_place(&v.value, &v.place, last.value, last.place + 6);
                if (v_any_nan(v.sum)) {
                    v = pool_with_nan(3, 3, s, x, FC_LANES);
                    last = pool_with_nan(1, 3, s, below + pitch, FC_LANES);
                }
                v_store_bytes(place + at, last.place, FC_LANES);
            }
            v_store(value + at, last.value);
            pool_store(kind, v, y, index, at, FC_LANES, stream);
        }
    carry->ready = 1;
}

/* Windows of any size, rows x columns pixels at a time, whose channels are read side by side: what has been
   pooled so far stands in y and its index. */
FC_INLINE void pool_pieces(const int kind, const ptrdiff_t rows, ptrdiff_t columns, const fc_window *s,
                           const pool_run *run, const float *x, float *y, void *index)
{
    enum { AHEAD = 512 };
    const ptrdiff_t c = s->c;
    for (ptrdiff_t ow = run->first; ow < run->last; ow++, x += s->sw * c)
        for (ptrdiff_t r = 0; r < run->rows; r += rows)
            for (ptrdiff_t q = 0; q < run->columns; q += columns) {
                const ptrdiff_t down = rows == 1 || run->rows - r >= rows ? rows : run->rows - r;
                const ptrdiff_t across = run->columns - q < columns ? run->columns - q : columns;
                const int ends = r + down == run->rows && q + across == run->columns;
                const int32_t tap = (int32_t)(run->tap + r * s->kw + q);
                FC_EACH_VECTOR (j, lanes, c) {
                    const ptrdiff_t at = ow * c + j;
                    const float *from = x + (r * s->iw + q) * c + j;
                    pooled v = pool_pixels(kind, down, across, s, from, lanes);
                    if (run->ahead)
                        pool_fetch(down, across, s, from, AHEAD);
                    if (kind != FC_AVG && v_any_nan(v.sum))
                        v = pool_with_nan(down, across, s, from, lanes);
                    v.place += tap;
                    if (r + q) {
                        pooled before = {.value = v_load_n(y + at, lanes)};
                        if (kind == FC_MAX_BYTES || kind == FC_MAX_SHORTS)
                            before.place = index_load(kind, index, at, lanes);
                        if (kind == FC_AVG)
                            before.value += v.value;
                        else
                            v_max_place(&before.value, &before.place, v.value, v.place);
                        v = before;
                    }
                    if (kind == FC_AVG && ends)
                        v.value /= (float)run->count;
                    pool_store(kind, v, y, index, at, lanes, ends && run->stream);
                }
            }
}

FC_INLINE void pool_any(const int kind, const fc_window *s, const pool_run *run, pool_carry *carry,
                        const float *x, float *y, void *index)
{
    enum { PIXELS = 8 };
    const ptrdiff_t k = run->rows, columns = run->columns < PIXELS ? run->columns : PIXELS;
    const int square =
        k == s->kh && k == s->kw && k == run->columns && (kind != FC_AVG || run->count == k * k);
    if (square && k == 2 && s->sh == 2 && s->sw == 2)
        pool_windows(kind, 2, s, run, x, y, index);
    else if (square && k == 3 && s->sh == 2 && s->sw == 2 && s->c % FC_LANES == 0)
        pool_carried(kind, s, run, carry, x, y, index);
    else if (square && k == 3)
        pool_windows(kind, 3, s, run, x, y, index);
    else if (PIXELS / columns == 1)
        pool_pieces(kind, 1, columns, s, run, x, y, index);
    else
        pool_pieces(kind, PIXELS / columns, columns, s, run, x, y, index);
}

/* The sizes are copied: no store can change them. */
FC_INLINE void pool_rows(const int kind, const fc_window *sizes, ptrdiff_t first, ptrdiff_t last, int ahead,
                         float *own, const float *x, float *y, void *index)
{
    const fc_window copy = *sizes, *s = &copy;
    const ptrdiff_t w0 = whole_first(s->sw, s->left);
    const ptrdiff_t w1 = whole_last(s->ow, s->sw, s->left, s->iw, s->kw);
    const int stream = pool_streams(s, ahead, y);
    pool_carry carry = {0, own, (uint8_t *)(own + s->ow * s->c)};
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
            const pool_run run = {ow, end, rows, columns, r0 * s->kw + q0, down * across, ahead, stream};
            pool_any(kind, s, &run, &carry, row + (ow * s->sw - s->left + q0) * s->c, y, index);
            ow = end;
        }
        if (kind == FC_MAX_BYTES)
            index = (uint8_t *)index + s->ow * s->c;
        else if (kind == FC_MAX_SHORTS)
            index = (uint16_t *)index + s->ow * s->c;
    }
    if (stream)
        v_streamed();
}

static void fc_max_pool_forward(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead, float *own,
                                const float *x, float *y, void *index)
{
    if (!index)
        pool_rows(FC_MAX, s, first, last, ahead, own, x, y, index);
    else if (s->kh * s->kw <= 256)
        pool_rows(FC_MAX_BYTES, s, first, last, ahead, own, x, y, index);
    else
        pool_rows(FC_MAX_SHORTS, s, first, last, ahead, own, x, y, index);
}

static void fc_avg_pool_forward(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead, float *own,
                                const float *x, float *y)
{
    pool_rows(FC_AVG, s, first, last, ahead, own, x, y, NULL);
}

#endif
