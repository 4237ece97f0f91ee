/* Softmax over rows of c floats: e^x / the sum of e^x. The maximum is subtracted first, so no exponential
   overflows. A row with NaN or inf, or of nothing but -inf, has no softmax: all of it becomes NaN. */
#ifndef FC_SOFTMAX_H
#define FC_SOFTMAX_H

#include "exponential.h"
#include "simd.h"

/* Largest of c floats; NaN if there is any. */
FC_INLINE float softmax_highest(ptrdiff_t c, const float *x)
{
    if (c < FC_LANES) {
        const vi there = (vi)v_keep((vf) ~(vi){0}, c);
        return v_maximum(v_select(there, v_load_n(x, c), v_set(x[0])));
    }
    vf widest = v_load(x + c - FC_LANES);
    for (ptrdiff_t j = 0; j + FC_LANES < c; j += FC_LANES)
        widest = v_max(widest, v_load(x + j));
    return v_maximum(widest);
}

/* y = e^(x - highest); returns the sum of y. */
FC_INLINE float softmax_powers(ptrdiff_t c, const float *x, float highest, float *y)
{
    vf sum = {0};
    FC_EACH_VECTOR (j, lanes, c) {
        vf power = v_exp(v_load_n(x + j, lanes) - highest);
        v_store_n(y + j, power, lanes);
        sum += lanes < FC_LANES ? v_keep(power, lanes) : power;
    }
    return v_sum(sum);
}

FC_INLINE void softmax_scale(ptrdiff_t c, float factor, float *y)
{
    FC_EACH_VECTOR (j, lanes, c)
        v_store_n(y + j, v_load_n(y + j, lanes) * factor, lanes);
}

/* Several short rows at a time: what has just been stored with a mask cannot be read at once. */
static void fc_softmax_forward(ptrdiff_t rows, ptrdiff_t c, const float *x, float *y)
{
    enum { ROWS = 16, FLOATS = 1024 };
    float shares[ROWS];
    const ptrdiff_t block = c > FLOATS / ROWS ? 1 : ROWS;
    for (ptrdiff_t first = 0; first < rows; first += block, x += block * c, y += block * c) {
        const ptrdiff_t n = rows - first < block ? rows - first : block;
        for (ptrdiff_t i = 0; i < n; i++)
            shares[i] = 1.0f / softmax_powers(c, x + i * c, softmax_highest(c, x + i * c), y + i * c);
        for (ptrdiff_t i = 0; i < n; i++)
            softmax_scale(c, shares[i], y + i * c);
    }
}

/* dx = y * (dy - the sum of dy * y over the row). */
static void fc_softmax_backward(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *y, float *dx,
                                int stream)
{
    for (ptrdiff_t i = 0; i < rows; i++, dy += c, y += c, dx += c) {
        vf sum = {0};
        FC_EACH_VECTOR (j, lanes, c)
            sum += v_load_ahead(dy + j, lanes) * v_load_ahead(y + j, lanes); /* 0 in empty lanes */
        const float mean = v_sum(sum);
        FC_FILL_ROW(dx, c, stream, j, lanes, v_load_n(y + j, lanes) * (v_load_n(dy + j, lanes) - mean));
    }
    if (stream)
        v_streamed();
}

#endif
