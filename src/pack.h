/* Moving data into the shape that the micro-kernel reads. */
#ifndef FC_PACK_H
#define FC_PACK_H

#include "kernels.h"
#include "simd.h"

FC_INLINE void copy_floats(ptrdiff_t n, const float *x, float *y)
{
    FC_EACH_VECTOR (i, lanes, n)
        v_store_n(y + i, v_load_n(x + i, lanes), lanes);
}

FC_INLINE void clear_floats(ptrdiff_t n, float *y)
{
    FC_EACH_VECTOR (i, lanes, n)
        v_store_n(y + i, (vf){0}, lanes);
}

/* strip[rows][columns][c] = the pixels from row h0 and column w0 on of image[ih][iw][ld], 0 outside of it.
   Rows may be short, so nothing is called for them. */
static void fc_copy_rows(ptrdiff_t ih, ptrdiff_t iw, ptrdiff_t ld, ptrdiff_t c, ptrdiff_t h0,
                         ptrdiff_t rows, ptrdiff_t w0, ptrdiff_t columns, const float *image, float *strip)
{
    ptrdiff_t first = w0 < 0 ? -w0 : 0, last = iw - w0 < columns ? iw - w0 : columns;
    if (first > columns)
        first = columns;
    if (last < first)
        last = first;
    for (ptrdiff_t h = h0; h < h0 + rows; h++, strip += columns * c) {
        if (h < 0 || h >= ih) {
            clear_floats(columns * c, strip);
            continue;
        }
        const float *row = image + (h * iw + w0) * ld;
        clear_floats(first * c, strip);
        if (ld == c)
            copy_floats((last - first) * c, row + first * c, strip + first * c);
        else
            for (ptrdiff_t w = first; w < last; w++)
                copy_floats(c, row + w * ld, strip + w * c);
        clear_floats((columns - last) * c, strip + last * c);
    }
}

/* panel[rows][32] = the `columns` <= 32 columns of x[rows][ld], zero-padded on the right. */
static void fc_pack_panel(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ld, float *panel)
{
    for (ptrdiff_t i = 0; i < rows; i++, x += ld, panel += FC_PANEL)
        for (ptrdiff_t j = 0; j < FC_PANEL; j += FC_LANES) {
            ptrdiff_t left = columns - j;
            v_store(panel + j, left > 0 ? v_load_n(x + j, left) : (vf){0});
        }
}

/* sums[columns] += column sums of panel[rows][ld], whole vectors of them, two neighbours at a time: four
   sums, of every fourth row, hide the latency of the addition. */
static void fc_panel_sums(ptrdiff_t rows, ptrdiff_t columns, const float *panel, ptrdiff_t ld, float *sums)
{
    for (ptrdiff_t j = 0; j < columns; j += 2 * FC_LANES) {
        const ptrdiff_t other = columns - j > FC_LANES ? FC_LANES : 0; /* 0: it has no neighbour */
        const float *from = panel + j;
        vf sum[2][4] = {{{0}}};
        ptrdiff_t i = 0;
        for (; i + 4 <= rows; i += 4, from += 4 * ld)
#pragma GCC unroll 4
            for (int k = 0; k < 4; k++) {
                sum[0][k] += v_load(from + k * ld);
                sum[1][k] += v_load(from + k * ld + other);
            }
        for (; i < rows; i++, from += ld) {
            sum[0][0] += v_load(from);
            sum[1][0] += v_load(from + other);
        }
        v_store(sums + j, v_load(sums + j) + ((sum[0][0] + sum[0][1]) + (sum[0][2] + sum[0][3])));
        if (other)
            v_store(sums + j + other,
                    v_load(sums + j + other) + ((sum[1][0] + sum[1][1]) + (sum[1][2] + sum[1][3])));
    }
}

/* y[columns][ldy] = the transpose of x[rows][ldx], both at most FC_LANES. */
FC_INLINE void transpose_square(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ldx, float *y,
                                ptrdiff_t ldy)
{
    vf lines[2][FC_LANES];
    int now = 0;
#pragma GCC unroll 16
    for (int i = 0; i < FC_LANES; i++)
        lines[0][i] = i < rows ? v_load_n(x + i * ldx, columns) : (vf){0};
#pragma GCC unroll 4
    for (int round = 1; round < FC_LANES; round *= 2, now = !now)
#pragma GCC unroll 8
        for (int i = 0; i < FC_LANES / 2; i++) {
            lines[!now][2 * i] = v_zip_low(lines[now][i], lines[now][i + FC_LANES / 2]);
            lines[!now][2 * i + 1] = v_zip_high(lines[now][i], lines[now][i + FC_LANES / 2]);
        }
#pragma GCC unroll 16
    for (int j = 0; j < FC_LANES; j++)
        if (j < columns)
            v_store_n(y + j * ldy, lines[now][j], rows);
}

/* y[columns][ldy] = the transpose of x[rows][ldx]. */
static void fc_transpose(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ldx, float *y,
                         ptrdiff_t ldy)
{
    FC_EACH_VECTOR (i, height, rows)
        FC_EACH_VECTOR (j, width, columns)
            if (height >= FC_LANES && width >= FC_LANES)
                transpose_square(FC_LANES, FC_LANES, x + i * ldx + j, ldx, y + j * ldy + i, ldy);
            else
                transpose_square(height, width, x + i * ldx + j, ldx, y + j * ldy + i, ldy);
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
