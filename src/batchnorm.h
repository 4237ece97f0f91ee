/* Batch normalisation (Ioffe & Szegedy, 2015) over x[rows][c]: statistics run down the columns. */
#ifndef FC_BATCHNORM_H
#define FC_BATCHNORM_H

#include <math.h>

#include "activation.h"
#include "simd.h"

/* pivot[c] = the first row, sum[c] = column sums of x - pivot, square[c] = of (x - pivot)^2. A pivot near
   the mean keeps the variance from cancelling (Chan, Golub & LeVeque, 1983, section 3). */
static void fc_batchnorm_sums(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *pivot,
                              float *sum, float *square)
{
    memcpy(pivot, x, (size_t)c * sizeof(float));
    memset(sum, 0, (size_t)c * sizeof(float));
    memset(square, 0, (size_t)c * sizeof(float));
    for (ptrdiff_t i = 0; i < rows; i++, x += ldx)
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

/* Lanes of (x - mean) * scale + shift; the subtraction first, so that a large mean costs no digits. */
FC_INLINE vf batchnorm_lanes(ptrdiff_t j, ptrdiff_t lanes, const float *x, const float *mean,
                             const float *scale, const float *shift)
{
    return (v_load_ahead(x + j, lanes) - v_load_n(mean + j, lanes)) * v_load_n(scale + j, lanes) +
           v_load_n(shift + j, lanes);
}

FC_INLINE void batchnorm_rows(const int joined, const int relu, ptrdiff_t rows, ptrdiff_t c, const float *x,
                              ptrdiff_t ldx, const float *mean, const float *scale, const float *shift,
                              const float *residual, float *y, ptrdiff_t ldy, int stream)
{
    for (ptrdiff_t i = 0; i < rows; i++, x += ldx, y += ldy, residual += joined ? c : 0) {
#define FC_SUM(j, lanes)                                                                                   \
    (joined ? batchnorm_lanes(j, lanes, x, mean, scale, shift) + v_load_ahead(residual + j, lanes)         \
            : batchnorm_lanes(j, lanes, x, mean, scale, shift))
        FC_FILL_ROW(y, c, stream, j, lanes, relu ? v_positive(FC_SUM(j, lanes)) : FC_SUM(j, lanes));
#undef FC_SUM
    }
    if (stream)
        v_streamed();
}

/* y = (x - mean) * scale + shift, plus residual[rows][c] unless it is NULL; negative ones 0 if `relu` is
   set. */
static void fc_batchnorm_apply(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t ldx,
                               const float *mean, const float *scale, const float *shift,
                               const float *residual, int relu, float *y, ptrdiff_t ldy, int stream)
{
    if (residual && relu)
        batchnorm_rows(1, 1, rows, c, x, ldx, mean, scale, shift, residual, y, ldy, stream);
    else if (residual)
        batchnorm_rows(1, 0, rows, c, x, ldx, mean, scale, shift, residual, y, ldy, stream);
    else if (relu)
        batchnorm_rows(0, 1, rows, c, x, ldx, mean, scale, shift, NULL, y, ldy, stream);
    else
        batchnorm_rows(0, 0, rows, c, x, ldx, mean, scale, shift, NULL, y, ldy, stream);
}

/* dy where y > 0, else 0. */
FC_INLINE vf batchnorm_passed(vf dy, vf y) { return v_relu_backward(dy, y, 0, 0); }

/* Adds lanes of g and of g * (x - mean) to the sums of their columns; gives g. */
FC_INLINE vf batchnorm_add(vf g, ptrdiff_t j, ptrdiff_t lanes, const float *x, const float *mean,
                           float *sum, float *product)
{
    vf d = v_load_ahead(x + j, lanes) - v_load_n(mean + j, lanes);
    v_store_n(sum + j, v_load_n(sum + j, lanes) + g, lanes);
    v_store_n(product + j, v_load_n(product + j, lanes) + g * d, lanes);
    return g;
}

/* sum[c] = column sums of g, product[c] = of g * (x - mean). g is dy; behind a ReLU it is dy where the
   ReLU let the value pass: where y > 0, and then it is written to dz, or if y is NULL where
   (x - mean) * scale + shift > 0, unless scale is NULL too. */
static void fc_batchnorm_backward_sums(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t lddy,
                                       const float *x, ptrdiff_t ldx, const float *mean, const float *scale,
                                       const float *shift, const float *y, float *dz, float *sum,
                                       float *product)
{
    memset(sum, 0, (size_t)c * sizeof(float));
    memset(product, 0, (size_t)c * sizeof(float));
    for (ptrdiff_t i = 0; i < rows; i++, dy += lddy, x += ldx) {
        if (y) {
            FC_EACH_VECTOR (j, lanes, c) {
                vf g = batchnorm_passed(v_load_ahead(dy + j, lanes), v_load_ahead(y + j, lanes));
                v_store_n(dz + j, batchnorm_add(g, j, lanes, x, mean, sum, product), lanes);
            }
            y += c;
            dz += c;
        } else if (scale) {
            FC_EACH_VECTOR (j, lanes, c) {
                vf passed = batchnorm_lanes(j, lanes, x, mean, scale, shift);
                vf g = batchnorm_passed(v_load_ahead(dy + j, lanes), passed);
                batchnorm_add(g, j, lanes, x, mean, sum, product);
            }
        } else {
            FC_EACH_VECTOR (j, lanes, c)
                batchnorm_add(v_load_ahead(dy + j, lanes), j, lanes, x, mean, sum, product);
        }
    }
}

/* total[c] += sum[c]. */
static void fc_batchnorm_total(ptrdiff_t c, const float *sum, double *restrict total)
{
    for (ptrdiff_t j = 0; j < c; j++)
        total[j] += sum[j];
}

/* dx = a * g + b * (x - mean) + e, per column, or that is added to dx; g is dy, or as in
   batchnorm_backward_sums. */
static void fc_batchnorm_backward_apply(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t lddy,
                                        const float *x, ptrdiff_t ldx, const float *mean,
                                        const float *scale, const float *shift, const float *a,
                                        const float *b, const float *e, float *dx, ptrdiff_t lddx,
                                        int accumulate, int stream)
{
    for (ptrdiff_t i = 0; i < rows; i++, dy += lddy, x += ldx, dx += lddx) {
#define FC_AFFINE(g, j, lanes)                                                                             \
    ((g) * v_load_n(a + j, lanes) +                                                                        \
     ((v_load_ahead(x + j, lanes) - v_load_n(mean + j, lanes)) * v_load_n(b + j, lanes) +                  \
      v_load_n(e + j, lanes)))
        if (scale && accumulate)
            FC_FILL_ROW(dx, c, 0, j, lanes,
                        v_load_n(dx + j, lanes) +
                            FC_AFFINE(batchnorm_passed(v_load_ahead(dy + j, lanes),
                                                       batchnorm_lanes(j, lanes, x, mean, scale, shift)),
                                      j, lanes));
        else if (accumulate)
            FC_FILL_ROW(dx, c, 0, j, lanes,
                        v_load_n(dx + j, lanes) + FC_AFFINE(v_load_ahead(dy + j, lanes), j, lanes));
        else if (scale)
            FC_FILL_ROW(dx, c, stream, j, lanes,
                        FC_AFFINE(batchnorm_passed(v_load_ahead(dy + j, lanes),
                                                   batchnorm_lanes(j, lanes, x, mean, scale, shift)),
                                  j, lanes));
        else
            FC_FILL_ROW(dx, c, stream, j, lanes, FC_AFFINE(v_load_ahead(dy + j, lanes), j, lanes));
#undef FC_AFFINE
    }
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
                    batchnorm_add(v_load_ahead(dy + j, lanes), j, lanes, x, mean, sum, product) *
                        v_load_n(scale + j, lanes));
    if (stream)
        v_streamed();
}

#endif
