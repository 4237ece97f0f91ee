/* Pooling, one row at a time, vectors over the channels. Contract: fc_window in kernels.h. */
#ifndef FC_POOL_H
#define FC_POOL_H

#include "kernels.h"
#include "simd.h"
#include "window.h"

/* Window positions need 8 bits while kh * kw <= 256, else 16 (the gate allows no more). */
FC_INLINE int index_is_wide(const fc_window *s) { return s->kh * s->kw > 256; }

FC_INLINE void store_index(void *index, ptrdiff_t at, vi position, ptrdiff_t lanes, int wide)
{
    if (wide)
        v_store_shorts((uint16_t *)index + at, position, lanes);
    else
        v_store_bytes((uint8_t *)index + at, position, lanes);
}

FC_INLINE vi load_index(const void *index, ptrdiff_t at, ptrdiff_t lanes, int wide)
{
    return wide ? v_load_shorts((const uint16_t *)index + at, lanes)
                : v_load_bytes((const uint8_t *)index + at, lanes);
}

/* The first maximum of a window in row-major order wins; NaN beats every number and the last NaN
   wins, so NaN is never swallowed. A window of -inf keeps its first real position. */
static void fc_max_pool_forward(const fc_window *s, ptrdiff_t oh, const float *x, float *y, void *index)
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

/* One input row: each window that covers it gives its gradient to the input that was its maximum.
   Windows come in order, so the sum of overlapping ones has a fixed order too. */
static void fc_max_pool_backward(const fc_window *s, ptrdiff_t ih, const float *dy, const void *index,
                                 float *dx)
{
    const int wide = index_is_wide(s);
    const ptrdiff_t r0 = cover_first(ih, s->sh, s->top, s->kh), r1 = cover_last(ih, s->sh, s->top, s->oh);
    const int overlap = s->sh < s->kh || s->sw < s->kw;
    memset(dx + ih * s->iw * s->c, 0, (size_t)(s->iw * s->c) * sizeof(float));
    for (ptrdiff_t oh = r0; oh < r1; oh++)
        for (ptrdiff_t ow = 0; ow < s->ow; ow++) {
            const ptrdiff_t q0 = window_first(ow, s->sw, s->left);
            const ptrdiff_t q1 = window_last(ow, s->sw, s->left, s->iw, s->kw);
            const ptrdiff_t from = (oh * s->ow + ow) * s->c;
            const ptrdiff_t to = (ih * s->iw + ow * s->sw - s->left) * s->c;
            const int32_t first = (int32_t)((ih + s->top - oh * s->sh) * s->kw);
            FC_EACH_VECTOR (c, lanes, s->c) {
                vf gradient = v_load_n(dy + from + c, lanes);
                vi position = load_index(index, from + c, lanes, wide);
                for (ptrdiff_t q = q0; q < q1; q++) {
                    float *at = dx + (to + q * s->c + c);
                    vf share = (vf)((position == first + (int32_t)q) & (vi)gradient);
                    v_store_n(at, overlap ? v_load_n(at, lanes) + share : share, lanes);
                }
            }
        }
}

/* Mean over the real pixels of a window: padding does not count. */
static void fc_avg_pool_forward(const fc_window *s, ptrdiff_t oh, const float *x, float *y)
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

static void fc_avg_pool_backward(const fc_window *s, ptrdiff_t ih, const float *dy, float *dx)
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
