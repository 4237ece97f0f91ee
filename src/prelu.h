/* Rectified linear units with a slope for each channel (PReLU, He et al., ICCV 2015, equation 1) over
   x[rows][c]: x * slope[c] where x < 0. NaN goes in, NaN comes out. */
#ifndef FC_PRELU_H
#define FC_PRELU_H

#include "simd.h"

FC_INLINE vf v_prelu(vf x, vf slope) { return v_select(x < 0.0f, x * slope, x); }

static void fc_prelu_forward(ptrdiff_t rows, ptrdiff_t c, const float *x, const float *slope, float *y,
                             int stream)
{
    for (ptrdiff_t i = 0; i < rows; i++, x += c, y += c)
        FC_FILL_ROW(y, c, stream, j, lanes,
                    v_prelu(v_load_ahead(x + j, lanes), v_load_n(slope + j, lanes)));
    if (stream)
        v_streamed();
}

/* Adds lanes of dy * x, where x is not above 0, to the sums of their columns; gives those of dx. */
FC_INLINE vf prelu_backward(vf dy, vf x, ptrdiff_t j, ptrdiff_t lanes, const float *slope, float *sum)
{
    const vi above = x > 0.0f;
    v_store_n(sum + j, v_load_n(sum + j, lanes) + (vf)(~above & (vi)(dy * x)), lanes);
    return v_select(above, dy, dy * v_load_n(slope + j, lanes));
}

/* dx = dy where x > 0, else dy * slope; sum[c] = column sums of dy * x where x is not above 0. */
static void fc_prelu_backward(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                              const float *slope, float *dx, float *sum, int stream)
{
    memset(sum, 0, (size_t)c * sizeof(float));
    for (ptrdiff_t i = 0; i < rows; i++, dy += c, x += c, dx += c)
        FC_FILL_ROW(
            dx, c, stream, j, lanes,
            prelu_backward(v_load_ahead(dy + j, lanes), v_load_ahead(x + j, lanes), j, lanes, slope, sum));
    if (stream)
        v_streamed();
}

#endif
