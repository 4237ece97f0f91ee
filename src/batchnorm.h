/* Batch normalisation (Ioffe & Szegedy, 2015) over x[rows][c]: statistics run down the columns. */
#ifndef FC_BATCHNORM_H
#define FC_BATCHNORM_H

#include <math.h>

#include "simd.h"

/* pivot[c] = the first row, sum[c] = column sums of x - pivot, square[c] = of (x - pivot)^2. A pivot near
   the mean keeps the variance from cancelling (Chan, Golub & LeVeque, 1983, section 3). */
static void fc_batchnorm_sums(ptrdiff_t rows, ptrdiff_t c, const float *x, float *pivot, float *sum,
                              float *square)
{
    memcpy(pivot, x, (size_t)c * sizeof(float));
    memset(sum, 0, (size_t)c * sizeof(float));
    memset(square, 0, (size_t)c * sizeof(float));
    for (ptrdiff_t i = 0; i < rows; i++, x += c)
        FC_EACH_VECTOR (j, lanes, c) {
            vf d = v_load_ahead(x + j, lanes) - v_load_n(pivot + j, lanes);
            v_store_n(sum + j, v_load_n(sum + j, lanes) + d, lanes);
            v_store_n(square + j, v_load_n(square + j, lanes) + d * d, lanes);
        }
}

/* Adds `count` rows to total[c], the column sums, and spread[c], the sums of squared deviations from the
   mean, of the `seen` rows before (same authors, equation 2.1). */
static void fc_batchnorm_merge(ptrdiff_t c, double seen, double count, const float *pivot, const float *sum,
                               const float *square, double *restrict total, double *restrict spread)
{
    const double weight = seen > 0 ? 1 / (seen * count * (seen + count)) : 0, share = 1 / count;
    for (ptrdiff_t j = 0; j < c; j++) {
        double s = sum[j], own = square[j] - s * s * share;
        s += pivot[j] * count;
        double apart = s * seen - total[j] * count;
        spread[j] += (own < 0 ? 0 : own) + apart * apart * weight;
        total[j] += s;
    }
}

/* scale = gamma / sqrt(var + eps). */
static void fc_batchnorm_scale(ptrdiff_t c, double eps, const float *gamma, const float *var,
                               float *restrict scale)
{
    for (ptrdiff_t j = 0; j < c; j++)
        scale[j] = (float)(gamma[j] / sqrt(var[j] + eps));
}

/* y = (x - mean) * scale + shift; the subtraction first, so that a large mean costs no digits. */
static void fc_batchnorm_apply(ptrdiff_t rows, ptrdiff_t c, const float *x, const float *mean,
                               const float *scale, const float *shift, float *y, int stream)
{
    for (ptrdiff_t i = 0; i < rows; i++, x += c, y += c)
        FC_FILL_ROW(y, c, stream, j, lanes,
                    (v_load_ahead(x + j, lanes) - v_load_n(mean + j, lanes)) * v_load_n(scale + j, lanes) +
                        v_load_n(shift + j, lanes));
    if (stream)
        v_streamed();
}

/* Adds lanes of dy and of dy * (x - mean) to the sums of their columns; gives dy. */
FC_INLINE vf batchnorm_add(ptrdiff_t j, ptrdiff_t lanes, const float *dy, const float *x, const float *mean,
                           float *sum, float *product)
{
    vf g = v_load_ahead(dy + j, lanes), d = v_load_ahead(x + j, lanes) - v_load_n(mean + j, lanes);
    v_store_n(sum + j, v_load_n(sum + j, lanes) + g, lanes);
    v_store_n(product + j, v_load_n(product + j, lanes) + g * d, lanes);
    return g;
}

/* sum[c] = column sums of dy, product[c] = of dy * (x - mean). */
static void fc_batchnorm_backward_sums(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                                       const float *mean, float *sum, float *product)
{
    memset(sum, 0, (size_t)c * sizeof(float));
    memset(product, 0, (size_t)c * sizeof(float));
    for (ptrdiff_t i = 0; i < rows; i++, dy += c, x += c)
        FC_EACH_VECTOR (j, lanes, c)
            batchnorm_add(j, lanes, dy, x, mean, sum, product);
}

/* total[c] += sum[c]. */
static void fc_batchnorm_total(ptrdiff_t c, const float *sum, double *restrict total)
{
    for (ptrdiff_t j = 0; j < c; j++)
        total[j] += sum[j];
}

/* dx = a * dy + b * (x - mean) + e, per column. */
static void fc_batchnorm_backward_apply(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                                        const float *mean, const float *a, const float *b, const float *e,
                                        float *dx, int stream)
{
    for (ptrdiff_t i = 0; i < rows; i++, dy += c, x += c, dx += c)
        FC_FILL_ROW(dx, c, stream, j, lanes,
                    v_load_ahead(dy + j, lanes) * v_load_n(a + j, lanes) +
                        ((v_load_ahead(x + j, lanes) - v_load_n(mean + j, lanes)) * v_load_n(b + j, lanes) +
                         v_load_n(e + j, lanes)));
    if (stream)
        v_streamed();
}

/* The same where the statistics are given: dx = dy * scale, with the sums of batchnorm_backward_sums. */
static void fc_batchnorm_frozen_backward(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                                         const float *mean, const float *scale, float *dx, float *sum,
                                         float *product, int stream)
{
    memset(sum, 0, (size_t)c * sizeof(float));
    memset(product, 0, (size_t)c * sizeof(float));
    for (ptrdiff_t i = 0; i < rows; i++, dy += c, x += c, dx += c)
        FC_FILL_ROW(dx, c, stream, j, lanes,
                    batchnorm_add(j, lanes, dy, x, mean, sum, product) * v_load_n(scale + j, lanes));
    if (stream)
        v_streamed();
}

#endif
