/* Batch normalisation (Ioffe & Szegedy, 2015) over x[rows][c]: statistics run down the columns. */
#ifndef FC_BATCHNORM_H
#define FC_BATCHNORM_H

#include "simd.h"

/* Columns are taken in blocks of four vectors, so that the sums of a block stay in registers. */
enum { FC_BLOCK = 4 * FC_LANES };

/* sum[c] = column sums of x - shift, square[c] = of (x - shift)^2. A shift near the mean keeps the
   variance from cancelling (Chan, Golub & LeVeque, 1983, section 3). */
static void fc_batchnorm_sums(ptrdiff_t rows, ptrdiff_t c, const float *x, const float *shift, float *sum,
                              float *square)
{
    for (ptrdiff_t first = 0; first < c; first += FC_BLOCK) {
        ptrdiff_t width = c - first < FC_BLOCK ? c - first : FC_BLOCK;
        vf around[4] = {{0}}, s[4] = {{0}}, q[4] = {{0}};
        FC_EACH_VECTOR (j, lanes, width)
            around[j / FC_LANES] = v_load_n(shift + first + j, lanes);
        for (ptrdiff_t i = 0; i < rows; i++)
            FC_EACH_VECTOR (j, lanes, width) {
                vf d = v_load_n(x + i * c + first + j, lanes) - around[j / FC_LANES];
                s[j / FC_LANES] += d;
                q[j / FC_LANES] += d * d;
            }
        FC_EACH_VECTOR (j, lanes, width) {
            v_store_n(sum + first + j, s[j / FC_LANES], lanes);
            v_store_n(square + first + j, q[j / FC_LANES], lanes);
        }
    }
}

/* y = (x - mean) * scale + beta; the subtraction first, so that a large mean costs no digits. */
static void fc_batchnorm_apply(ptrdiff_t rows, ptrdiff_t c, const float *x, const float *mean,
                               const float *scale, const float *beta, float *y)
{
    for (ptrdiff_t i = 0; i < rows; i++, x += c, y += c)
        FC_EACH_VECTOR (j, lanes, c) {
            vf d = v_load_n(x + j, lanes) - v_load_n(mean + j, lanes);
            v_store_n(y + j, d * v_load_n(scale + j, lanes) + v_load_n(beta + j, lanes), lanes);
        }
}

/* sum_dy[c] = column sums of dy, sum_dyx[c] = of dy * (x - mean). */
static void fc_batchnorm_backward_sums(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                                       const float *mean, float *sum_dy, float *sum_dyx)
{
    for (ptrdiff_t first = 0; first < c; first += FC_BLOCK) {
        ptrdiff_t width = c - first < FC_BLOCK ? c - first : FC_BLOCK;
        vf around[4] = {{0}}, s[4] = {{0}}, q[4] = {{0}};
        FC_EACH_VECTOR (j, lanes, width)
            around[j / FC_LANES] = v_load_n(mean + first + j, lanes);
        for (ptrdiff_t i = 0; i < rows; i++)
            FC_EACH_VECTOR (j, lanes, width) {
                vf g = v_load_n(dy + i * c + first + j, lanes);
                s[j / FC_LANES] += g;
                q[j / FC_LANES] += g * (v_load_n(x + i * c + first + j, lanes) - around[j / FC_LANES]);
            }
        FC_EACH_VECTOR (j, lanes, width) {
            v_store_n(sum_dy + first + j, s[j / FC_LANES], lanes);
            v_store_n(sum_dyx + first + j, q[j / FC_LANES], lanes);
        }
    }
}

/* dx = a * dy + b * (x - mean) + e, per column. */
static void fc_batchnorm_backward_apply(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                                        const float *mean, const float *a, const float *b, const float *e,
                                        float *dx)
{
    for (ptrdiff_t i = 0; i < rows; i++, dy += c, x += c, dx += c)
        FC_EACH_VECTOR (j, lanes, c) {
            vf d = v_load_n(x + j, lanes) - v_load_n(mean + j, lanes);
            vf v = d * v_load_n(b + j, lanes) + v_load_n(e + j, lanes);
            v_store_n(dx + j, v_load_n(dy + j, lanes) * v_load_n(a + j, lanes) + v, lanes);
        }
}

#endif
