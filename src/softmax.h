/* Softmax over rows of c floats: e^x / the sum of e^x. The maximum is subtracted first, so no exponential
   overflows. A row with NaN or inf, or of nothing but -inf, has no softmax: all of it becomes NaN. */
#ifndef FC_SOFTMAX_H
#define FC_SOFTMAX_H

#include "exponential.h"
#include "simd.h"

/* Largest of c floats; NaN if there is any. */
FC_INLINE float softmax_highest(ptrdiff_t c, const float *x)
{
    vf widest = v_set(x[0]);
    ptrdiff_t j = 0;
    for (; j + FC_LANES <= c; j += FC_LANES)
        widest = v_max(widest, v_load(x + j));
    float highest = v_maximum(widest);
    for (; j < c; j++)
        highest = x[j] > highest || x[j] != x[j] ? x[j] : highest;
    return highest;
}

/* y = e^(x - highest); returns the sum of y. */
FC_INLINE float softmax_powers(ptrdiff_t c, const float *x, float highest, float *y)
{
    vf sum = {0};
    FC_EACH_VECTOR (j, lanes, c) {
        v_store_n(y + j, v_exp(v_load_n(x + j, lanes) - highest), lanes);
        sum += v_load_n(y + j, lanes); /* 0 in empty lanes */
    }
    return v_sum(sum);
}

FC_INLINE void softmax_scale(ptrdiff_t c, float factor, float *y)
{
    FC_EACH_VECTOR (j, lanes, c)
        v_store_n(y + j, v_load_n(y + j, lanes) * factor, lanes);
}

static void fc_softmax_forward(ptrdiff_t rows, ptrdiff_t c, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i < rows; i++, x += c, y += c)
        softmax_scale(c, 1.0f / softmax_powers(c, x, softmax_highest(c, x), y), y);
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
