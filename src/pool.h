/* Pooling, one row at a time, vectors over the channels. Contract: fc_pool_sizes in kernels.h. */
#ifndef FC_POOL_H
#define FC_POOL_H

#include "kernels.h"
#include "simd.h"

typedef uint8_t v_bytes __attribute__((vector_size(FC_LANES)));
typedef uint16_t v_shorts __attribute__((vector_size(FC_LANES * 2)));

/* The window of output o along one axis, cut to the input: taps first .. last - 1. */
FC_INLINE ptrdiff_t window_first(ptrdiff_t o, ptrdiff_t stride, ptrdiff_t before)
{
    return before > o * stride ? before - o * stride : 0;
}

FC_INLINE ptrdiff_t window_last(ptrdiff_t o, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t size,
                                ptrdiff_t k)
{
    ptrdiff_t room = size + before - o * stride;
    return room < k ? room : k;
}

/* The outputs whose window covers input i along one axis: first .. last - 1. */
FC_INLINE ptrdiff_t cover_first(ptrdiff_t i, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t k)
{
    ptrdiff_t reach = i + before - k + 1;
    return reach > 0 ? (reach + stride - 1) / stride : 0;
}

FC_INLINE ptrdiff_t cover_last(ptrdiff_t i, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t outputs)
{
    ptrdiff_t last = (i + before) / stride + 1;
    return last < outputs ? last : outputs;
}

/* Window positions need 8 bits while kh * kw <= 256, else 16 (the gate allows no more). */
FC_INLINE int index_is_wide(const fc_pool_sizes *s) { return s->kh * s->kw > 256; }

FC_INLINE void store_index(void *index, ptrdiff_t at, vi position, ptrdiff_t lanes, int wide)
{
    if (wide) {
        v_shorts narrow = __builtin_convertvector(position, v_shorts);
        memcpy((uint16_t *)index + at, &narrow, (size_t)(lanes < FC_LANES ? lanes : FC_LANES) * 2);
    } else if (lanes >= FC_LANES) {
        v_bytes narrow = __builtin_convertvector(position, v_bytes);
        memcpy((uint8_t *)index + at, &narrow, FC_LANES);
    } else {
        for (ptrdiff_t i = 0; i < lanes; i++)
            ((uint8_t *)index)[at + i] = (uint8_t)position[i];
    }
}

FC_INLINE vi load_index(const void *index, ptrdiff_t at, ptrdiff_t lanes, int wide)
{
    if (wide) {
        v_shorts narrow = {0};
        memcpy(&narrow, (const uint16_t *)index + at, (size_t)(lanes < FC_LANES ? lanes : FC_LANES) * 2);
        return __builtin_convertvector(narrow, vi);
    }
    v_bytes narrow = {0};
    if (lanes >= FC_LANES)
        memcpy(&narrow, (const uint8_t *)index + at, FC_LANES);
    else
        memcpy(&narrow, (const uint8_t *)index + at, (size_t)lanes);
    return __builtin_convertvector(narrow, vi);
}

/* The first maximum of a window in row-major order wins; NaN beats every number and the last NaN
   wins, so NaN is never swallowed. A window of -inf keeps its first real position. */
static void fc_max_pool_forward(const fc_pool_sizes *s, ptrdiff_t oh, const float *x, float *y, void *index)
{
    const int wide = index_is_wide(s);
    const ptrdiff_t r0 = window_first(oh, s->sh, s->top);
    const ptrdiff_t r1 = window_last(oh, s->sh, s->top, s->ih, s->kh);
    for (ptrdiff_t ow = 0; ow < s->ow; ow++) {
        const ptrdiff_t q0 = window_first(ow, s->sw, s->left);
        const ptrdiff_t q1 = window_last(ow, s->sw, s->left, s->iw, s->kw);
        const ptrdiff_t corner = ((oh * s->sh - s->top) * s->iw + ow * s->sw - s->left) * s->c;
        const ptrdiff_t at = (oh * s->ow + ow) * s->c;
        FC_EACH_VECTOR (c, lanes, s->c) {
            vf best = v_set(-__builtin_inff());
            vi position = (int32_t)(r0 * s->kw + q0) - (vi){0};
            for (ptrdiff_t r = r0; r < r1; r++)
                for (ptrdiff_t q = q0; q < q1; q++) {
                    vf v = v_load_n(x + (corner + (r * s->iw + q) * s->c + c), lanes);
                    vi better = (v > best) | (v != v);
                    best = v_select(better, v, best);
                    position = (better & (int32_t)(r * s->kw + q)) | (~better & position);
                }
            v_store_n(y + at + c, best, lanes);
            if (index)
                store_index(index, at + c, position, lanes, wide);
        }
    }
}

/* Gather: an input asks each window that covers it whether it was the maximum. */
static void fc_max_pool_backward(const fc_pool_sizes *s, ptrdiff_t ih, const float *dy, const void *index,
                                 float *dx)
{
    const int wide = index_is_wide(s);
    const ptrdiff_t r0 = cover_first(ih, s->sh, s->top, s->kh), r1 = cover_last(ih, s->sh, s->top, s->oh);
    for (ptrdiff_t iw = 0; iw < s->iw; iw++) {
        const ptrdiff_t q0 = cover_first(iw, s->sw, s->left, s->kw);
        const ptrdiff_t q1 = cover_last(iw, s->sw, s->left, s->ow);
        FC_EACH_VECTOR (c, lanes, s->c) {
            vf sum = {0};
            for (ptrdiff_t oh = r0; oh < r1; oh++)
                for (ptrdiff_t ow = q0; ow < q1; ow++) {
                    ptrdiff_t at = (oh * s->ow + ow) * s->c + c;
                    ptrdiff_t mine = (ih + s->top - oh * s->sh) * s->kw + iw + s->left - ow * s->sw;
                    vi won = load_index(index, at, lanes, wide) == (int32_t)mine;
                    sum += (vf)(won & (vi)v_load_n(dy + at, lanes));
                }
            v_store_n(dx + (ih * s->iw + iw) * s->c + c, sum, lanes);
        }
    }
}

/* Mean over the real pixels of a window: padding does not count. */
static void fc_avg_pool_forward(const fc_pool_sizes *s, ptrdiff_t oh, const float *x, float *y)
{
    const ptrdiff_t r0 = window_first(oh, s->sh, s->top);
    const ptrdiff_t r1 = window_last(oh, s->sh, s->top, s->ih, s->kh);
    for (ptrdiff_t ow = 0; ow < s->ow; ow++) {
        const ptrdiff_t q0 = window_first(ow, s->sw, s->left);
        const ptrdiff_t q1 = window_last(ow, s->sw, s->left, s->iw, s->kw);
        const ptrdiff_t corner = ((oh * s->sh - s->top) * s->iw + ow * s->sw - s->left) * s->c;
        const float count = (float)((r1 - r0) * (q1 - q0));
        FC_EACH_VECTOR (c, lanes, s->c) {
            vf sum = {0};
            for (ptrdiff_t r = r0; r < r1; r++)
                for (ptrdiff_t q = q0; q < q1; q++)
                    sum += v_load_n(x + (corner + (r * s->iw + q) * s->c + c), lanes);
            v_store_n(y + (oh * s->ow + ow) * s->c + c, sum / count, lanes);
        }
    }
}

static void fc_avg_pool_backward(const fc_pool_sizes *s, ptrdiff_t ih, const float *dy, float *dx)
{
    const ptrdiff_t r0 = cover_first(ih, s->sh, s->top, s->kh), r1 = cover_last(ih, s->sh, s->top, s->oh);
    for (ptrdiff_t iw = 0; iw < s->iw; iw++) {
        const ptrdiff_t q0 = cover_first(iw, s->sw, s->left, s->kw);
        const ptrdiff_t q1 = cover_last(iw, s->sw, s->left, s->ow);
        FC_EACH_VECTOR (c, lanes, s->c) {
            vf sum = {0};
            for (ptrdiff_t oh = r0; oh < r1; oh++)
                for (ptrdiff_t ow = q0; ow < q1; ow++) {
                    ptrdiff_t rows =
                        window_last(oh, s->sh, s->top, s->ih, s->kh) - window_first(oh, s->sh, s->top);
                    ptrdiff_t columns =
                        window_last(ow, s->sw, s->left, s->iw, s->kw) - window_first(ow, s->sw, s->left);
                    sum += v_load_n(dy + (oh * s->ow + ow) * s->c + c, lanes) / (float)(rows * columns);
                }
            v_store_n(dx + (ih * s->iw + iw) * s->c + c, sum, lanes);
        }
    }
}

#endif
