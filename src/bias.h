/* A bias of its own: added to each row, and its gradient. */
#ifndef FC_BIAS_H
#define FC_BIAS_H

#include "simd.h"

/* y[rows][c] += b[c]. */
static void fc_bias_forward(ptrdiff_t rows, ptrdiff_t c, const float *b, float *y)
{
    for (ptrdiff_t i = 0; i < rows; i++, y += c)
        FC_EACH_VECTOR (j, lanes, c)
            v_store_n(y + j, v_load_n(y + j, lanes) + v_load_n(b + j, lanes), lanes);
}

/* sums[c] = the column sums of dy[rows][c]: four sums, of every fourth row, hide the latency of the
   addition. */
static void fc_bias_backward(ptrdiff_t rows, ptrdiff_t c, const float *dy, float *sums)
{
    FC_EACH_VECTOR (j, lanes, c) {
        const float *from = dy + j;
        vf sum[4] = {{0}};
        ptrdiff_t i = 0;
        for (; i + 4 <= rows; i += 4, from += 4 * c)
#pragma GCC unroll 4
            for (int k = 0; k < 4; k++)
                sum[k] += v_load_n(from + k * c, lanes);
        for (; i < rows; i++, from += c)
            sum[0] += v_load_n(from, lanes);
        v_store_n(sums + j, (sum[0] + sum[1]) + (sum[2] + sum[3]), lanes);
    }
}

#endif
