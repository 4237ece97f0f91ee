/* Pooling by the p-norm of each window, one row at a time, vectors over the channels. Contract: fc_window
   in kernels.h. A vector that hangs over the end of a pixel reaches into the next one, which comes later
   and overwrites what is too much. */
#ifndef FC_LP_POOL_H
#define FC_LP_POOL_H

#include "exponential.h"
#include "kernels.h"
#include "simd.h"
#include "window.h"
#include <math.h>

/* p = 1, p = 2, any other. */
enum { LP_SUM, LP_SQUARES, LP_POWERS };

/* x^p for x >= 0 and p > 0, and NaN for NaN. What is too small for a normal number is 0. */
FC_INLINE vf lp_power(vf x, float p)
{
    return v_select(x >= v_set(0x1p-126f), v_exp(p * v_log(x)), v_select(x != x, x, (vf){0}));
}

/* The norm of rows x columns pixels. Other powers are those of quotients: nothing overflows, and a
   logarithm's error counts least where its power counts most. */
FC_INLINE vf lp_norm(const int kind, float p, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t pitch,
                     ptrdiff_t c, const float *x, ptrdiff_t lanes)
{
    vf largest = {0}, sum = {0};
    if (kind == LP_POWERS)
        for (ptrdiff_t r = 0; r < rows; r++)
            for (ptrdiff_t q = 0; q < columns; q++)
                largest = v_max(largest, v_abs(v_load_n(x + r * pitch + q * c, lanes)));
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t q = 0; q < columns; q++) {
            const vf v = v_abs(v_load_n(x + r * pitch + q * c, lanes));
            sum += kind == LP_SUM ? v : kind == LP_SQUARES ? v * v : lp_power(v / largest, p);
        }
    if (kind == LP_SUM)
        return sum;
    if (kind == LP_SQUARES)
        return v_sqrt(sum);
    const vf norm = largest * lp_power(sum, 1 / p);
    return v_select((largest > 0) & (largest < v_set(INFINITY)), norm, largest);
}

FC_INLINE void lp_forward(const int kind, const fc_window *sizes, ptrdiff_t first, ptrdiff_t last, float p,
                          const float *x, float *y)
{
    const fc_window copy = *sizes, *s = &copy;
    const ptrdiff_t c = s->c, pitch = s->iw * c;
    for (ptrdiff_t oh = first; oh < last; oh++, y += s->ow * c) {
        const ptrdiff_t r0 = window_first(oh, s->sh, s->top);
        const ptrdiff_t rows = window_last(oh, s->sh, s->top, s->ih, s->kh) - r0;
        const float *row = x + (oh * s->sh - s->top + r0) * pitch;
        for (ptrdiff_t ow = 0; ow < s->ow; ow++) {
            const ptrdiff_t q0 = window_first(ow, s->sw, s->left);
            const ptrdiff_t columns = window_last(ow, s->sw, s->left, s->iw, s->kw) - q0;
            const ptrdiff_t iw = ow * s->sw - s->left + q0;
            FC_EACH_VECTOR (j, left, c) {
                const ptrdiff_t lanes =
                    v_hang(left, (s->iw - iw - columns + 1) * c - j, (s->ow - ow) * c - j);
                v_store_n(y + ow * c + j,
                          lp_norm(kind, p, rows, columns, pitch, c, row + iw * c + j, lanes), lanes);
            }
        }
    }
}

static void fc_lp_pool_forward(const fc_window *s, ptrdiff_t first, ptrdiff_t last, float p, const float *x,
                               float *y)
{
    if (p == 1)
        lp_forward(LP_SUM, s, first, last, p, x, y);
    else if (p == 2)
        lp_forward(LP_SQUARES, s, first, last, p, x, y);
    else
        lp_forward(LP_POWERS, s, first, last, p, x, y);
}

/* The derivative of the norm y for the pixel x: sign(x) (|x| / y)^(p - 1); 0 where the norm is 0. */
FC_INLINE vf lp_slope(const int kind, float p, vf x, vf y)
{
    const vi some = (y > 0) | (y != y);
    if (kind == LP_SUM)
        return v_select((x < 0) | (x > 0), v_copy_sign(v_set(1.0f), x), x);
    if (kind == LP_SQUARES)
        return v_select(some, x / y, (vf){0});
    return v_select(some, v_copy_sign(lp_power(v_abs(x) / y, p - 1), x), (vf){0});
}

FC_INLINE void lp_backward(const int kind, const fc_window *sizes, ptrdiff_t first, ptrdiff_t last, float p,
                           const float *dy, const float *x, const float *y, float *dx)
{
    const fc_window copy = *sizes, *s = &copy;
    const ptrdiff_t c = s->c, pitch = s->ow * c;
    x += first * s->iw * c;
    for (ptrdiff_t ih = first; ih < last; ih++, x += s->iw * c, dx += s->iw * c) {
        const ptrdiff_t r0 = cover_first(ih, s->sh, s->top, s->kh);
        const ptrdiff_t r1 = cover_last(ih, s->sh, s->top, s->oh);
        for (ptrdiff_t iw = 0; iw < s->iw; iw++) {
            const ptrdiff_t q0 = cover_first(iw, s->sw, s->left, s->kw);
            const ptrdiff_t q1 = cover_last(iw, s->sw, s->left, s->ow);
            FC_EACH_VECTOR (j, left, c) {
                const ptrdiff_t lanes = v_hang(left, (s->ow - q1 + 1) * c - j, (s->iw - iw) * c - j);
                const vf here = v_load_n(x + iw * c + j, lanes);
                vf sum = {0};
                for (ptrdiff_t r = r0; r < r1; r++)
                    for (ptrdiff_t q = q0; q < q1; q++) {
                        const ptrdiff_t at = r * pitch + q * c + j;
                        sum += v_load_n(dy + at, lanes) * lp_slope(kind, p, here, v_load_n(y + at, lanes));
                    }
                v_store_n(dx + iw * c + j, sum, lanes);
            }
        }
    }
}

static void fc_lp_pool_backward(const fc_window *s, ptrdiff_t first, ptrdiff_t last, float p,
                                const float *dy, const float *x, const float *y, float *dx)
{
    if (p == 1)
        lp_backward(LP_SUM, s, first, last, p, dy, x, y, dx);
    else if (p == 2)
        lp_backward(LP_SQUARES, s, first, last, p, dy, x, y, dx);
    else
        lp_backward(LP_POWERS, s, first, last, p, dy, x, y, dx);
}

#endif
