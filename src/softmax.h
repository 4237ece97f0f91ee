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
    vf widest[4]; /* several, since a comparison takes longer than a load */
    ptrdiff_t j = 0;
    for (int i = 0; i < 4; i++)
        widest[i] = v_load(x + c - FC_LANES);
    for (; j + 4 * FC_LANES <= c; j += 4 * FC_LANES)
        for (int i = 0; i < 4; i++)
            widest[i] = v_max(widest[i], v_load(x + j + i * FC_LANES));
    for (; j + FC_LANES <= c; j += FC_LANES)
        widest[0] = v_max(widest[0], v_load(x + j));
    return v_maximum(v_max(v_max(widest[0], widest[1]), v_max(widest[2], widest[3])));
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

/* Rows of up to SOFTMAX_SHORT floats go several at a time. */
enum { SOFTMAX_ROWS = 16, SOFTMAX_SHORT = 64 };

/* Powers of whole vectors; what was stored with a mask cannot be read at once, so it is read later. */
FC_INLINE void softmax_short(ptrdiff_t rows, ptrdiff_t c, const float *x, float *y)
{
    float shares[SOFTMAX_ROWS];
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float highest = softmax_highest(c, x + i * c);
        FC_EACH_VECTOR (j, lanes, c)
            v_store_n(y + i * c + j, v_load_n(x + i * c + j, lanes) - highest, lanes);
    }
    FC_EACH_VECTOR (j, lanes, rows * c)
        v_store_n(y + j, v_exp(v_load_n(y + j, lanes)), lanes);
    for (ptrdiff_t i = 0; i < rows; i++) {
        vf sum = {0};
        FC_EACH_VECTOR (j, lanes, c)
            sum += v_load_n(y + i * c + j, lanes); /* 0 in empty lanes */
        shares[i] = 1.0f / v_sum(sum);
    }
    for (ptrdiff_t i = 0; i < rows; i++)
        softmax_scale(c, shares[i], y + i * c);
}

static void fc_softmax_forward(ptrdiff_t rows, ptrdiff_t c, const float *x, float *y)
{
    const ptrdiff_t block = c <= SOFTMAX_SHORT ? SOFTMAX_ROWS : 1;
    for (ptrdiff_t i = 0; i < rows; i += block, x += block * c, y += block * c)
        if (c <= SOFTMAX_SHORT)
            softmax_short(rows - i < block ? rows - i : block, c, x, y);
        else
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
