/* Moving data into the shape that the micro-kernel reads. */
#ifndef FC_PACK_H
#define FC_PACK_H

#include "kernels.h"
#include "simd.h"

/* panel[rows][32] = the `columns` <= 32 columns of x[rows][ld], zero-padded on the right. */
static void fc_pack_panel(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ld, float *panel)
{
    for (ptrdiff_t i = 0; i < rows; i++, x += ld, panel += FC_PANEL)
        for (ptrdiff_t j = 0; j < FC_PANEL; j += FC_LANES) {
            ptrdiff_t left = columns - j;
            v_store(panel + j, left > 0 ? v_load_n(x + j, left) : (vf){0});
        }
}

/* sums[32] += column sums of panel[rows][ld]: four sums, of every fourth row, hide the latency of the
   addition. */
static void fc_panel_sums(ptrdiff_t rows, const float *panel, ptrdiff_t ld, float *sums)
{
    for (ptrdiff_t j = 0; j < FC_PANEL; j += FC_LANES) {
        const float *from = panel + j;
        vf sum[4] = {{0}};
        ptrdiff_t i = 0;
        for (; i + 4 <= rows; i += 4, from += 4 * ld)
#pragma GCC unroll 4
            for (int k = 0; k < 4; k++)
                sum[k] += v_load(from + k * ld);
        for (; i < rows; i++, from += ld)
            sum[0] += v_load(from);
        v_store(sums + j, v_load(sums + j) + ((sum[0] + sum[1]) + (sum[2] + sum[3])));
    }
}

/* y[columns][ldy] = the transpose of x[rows][ldx]. */
static void fc_transpose(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ldx, float *y,
                         ptrdiff_t ldy)
{
    enum { BLOCK = 16 }; /* 16 x 16 floats: 16 cache lines on either side */
    for (ptrdiff_t i0 = 0; i0 < rows; i0 += BLOCK)
        for (ptrdiff_t j0 = 0; j0 < columns; j0 += BLOCK) {
            ptrdiff_t i1 = i0 + BLOCK < rows ? i0 + BLOCK : rows;
            ptrdiff_t j1 = j0 + BLOCK < columns ? j0 + BLOCK : columns;
            for (ptrdiff_t j = j0; j < j1; j++)
                for (ptrdiff_t i = i0; i < i1; i++)
                    y[j * ldy + i] = x[i * ldx + j];
        }
}

/* y[n] = x[0][n] + x[1][n] + ..., `parts` rows of x, `step` floats apart, in this order. */
static void fc_sum_parts(ptrdiff_t n, ptrdiff_t parts, ptrdiff_t step, const float *x, float *y)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vf sum = v_load_n(x + i, lanes);
        for (ptrdiff_t p = 1; p < parts; p++)
            sum += v_load_n(x + p * step + i, lanes);
        v_store_n(y + i, sum, lanes);
    }
}

#endif
