/* Local response normalisation across channels (Krizhevsky et al., 2012, section 3.3). A pixel's numbers
   are copied between zeros, so that a window is a sum of unaligned loads even at the first and last
   channel. */
#ifndef FC_LRN_H
#define FC_LRN_H

#include "exponential.h"
#include "kernels.h"
#include "simd.h"

/* The sum of p[-before] .. p[after], for a vector of places p. */
FC_INLINE vf lrn_window(const float *p, ptrdiff_t before, ptrdiff_t after)
{
    vf sum = v_load(p - before);
    if (before == 2 && after == 2) /* the usual window */
        for (int i = -1; i <= 2; i++)
            sum += v_load(p + i);
    else
        for (ptrdiff_t i = 1 - before; i <= after; i++)
            sum += v_load(p + i);
    return sum;
}

/* The exponents that roots are enough for; any other one takes a logarithm. */
enum lrn_exponent { LRN_ANY, LRN_HALF, LRN_THREE_QUARTERS };

FC_INLINE enum lrn_exponent lrn_exponent_of(const fc_lrn *s)
{
    return s->beta == 0.75f ? LRN_THREE_QUARTERS : s->beta == 0.5f ? LRN_HALF : LRN_ANY;
}

/* scale^-beta and 1 / scale of a vector of channels: scale = k + share * the sum of the squares. */
FC_INLINE vf lrn_power(const fc_lrn *s, enum lrn_exponent exponent, const float *squares, vf *inverse)
{
    vf scale = s->k + s->share * lrn_window(squares, s->before, s->after);
    scale = v_clamp(scale, v_set(s->k), v_set(3.4e38f)); /* not inf, but NaN */
    if (exponent == LRN_ANY) {
        *inverse = 1.0f / scale;
        return v_exp(v_log(scale) * -s->beta);
    }
    vf root = v_rsqrt(scale);
    *inverse = root * root;
    return exponent == LRN_HALF ? root : root * (root * v_rsqrt(root));
}

/* squares[pixels][pitch] = x[pixels][c]^2. */
FC_INLINE void lrn_squares(const fc_lrn *s, ptrdiff_t pixels, const float *x, float *squares)
{
    for (ptrdiff_t i = 0; i < pixels; i++, x += s->c, squares += s->pitch)
        FC_EACH_VECTOR (j, lanes, s->c) {
            vf v = v_load_ahead(x + j, lanes);
            v_store_n(squares + j, v * v, lanes);
        }
}

FC_INLINE void lrn_forward(const fc_lrn *s, enum lrn_exponent exponent, ptrdiff_t pixels, const float *x,
                           float *lines, float *y, int stream)
{
    vf unused;
    for (ptrdiff_t first = 0; first < pixels; first += s->block) {
        const ptrdiff_t n = pixels - first < s->block ? pixels - first : s->block;
        const float *square = lines;
        lrn_squares(s, n, x, lines);
        for (ptrdiff_t i = 0; i < n; i++, x += s->c, y += s->c, square += s->pitch)
            FC_FILL_ROW(y, s->c, stream, j, lanes,
                        v_load_n(x + j, lanes) * lrn_power(s, exponent, square + j, &unused));
    }
    if (stream)
        v_streamed();
}

static void fc_lrn_forward(const fc_lrn *s, ptrdiff_t pixels, const float *x, float *lines, float *y,
                           int stream)
{
    switch (lrn_exponent_of(s)) {
    case LRN_THREE_QUARTERS:
        lrn_forward(s, LRN_THREE_QUARTERS, pixels, x, lines, y, stream);
        break;
    case LRN_HALF:
        lrn_forward(s, LRN_HALF, pixels, x, lines, y, stream);
        break;
    default:
        lrn_forward(s, LRN_ANY, pixels, x, lines, y, stream);
    }
}

/* With t = dy * scale^-beta: dx = t - 2 * beta * share * x * the sum of t * x / scale over all whose window
   x is in. `ratios` are lines too; kept[block][pitch]. */
FC_INLINE void lrn_backward(const fc_lrn *s, enum lrn_exponent exponent, ptrdiff_t pixels, const float *dy,
                            const float *x, float *lines, float *ratios, float *kept, float *dx, int stream)
{
    const float factor = 2 * s->beta * s->share;
    for (ptrdiff_t first = 0; first < pixels; first += s->block) {
        const ptrdiff_t n = pixels - first < s->block ? pixels - first : s->block;
        lrn_squares(s, n, x, lines);
        for (ptrdiff_t i = 0; i < n; i++, dy += s->c) {
            const float *square = lines + i * s->pitch, *v = x + i * s->c;
            float *ratio = ratios + i * s->pitch, *t = kept + i * s->pitch;
            FC_EACH_VECTOR (j, lanes, s->c) {
                vf inverse, power = lrn_power(s, exponent, square + j, &inverse);
                vf g = v_load_ahead(dy + j, lanes) * power;
                v_store_n(t + j, g, lanes);
                v_store_n(ratio + j, g * v_load_n(v + j, lanes) * inverse, lanes);
            }
        }
        for (ptrdiff_t i = 0; i < n; i++, x += s->c, dx += s->c) {
            const float *ratio = ratios + i * s->pitch, *t = kept + i * s->pitch;
            FC_FILL_ROW(dx, s->c, stream, j, lanes,
                        v_load_n(t + j, lanes) -
                            factor * v_load_n(x + j, lanes) * lrn_window(ratio + j, s->after, s->before));
        }
    }
    if (stream)
        v_streamed();
}

static void fc_lrn_backward(const fc_lrn *s, ptrdiff_t pixels, const float *dy, const float *x,
                            float *lines, float *ratios, float *kept, float *dx, int stream)
{
    switch (lrn_exponent_of(s)) {
    case LRN_THREE_QUARTERS:
        lrn_backward(s, LRN_THREE_QUARTERS, pixels, dy, x, lines, ratios, kept, dx, stream);
        break;
    case LRN_HALF:
        lrn_backward(s, LRN_HALF, pixels, dy, x, lines, ratios, kept, dx, stream);
        break;
    default:
        lrn_backward(s, LRN_ANY, pixels, dy, x, lines, ratios, kept, dx, stream);
    }
}

#endif
