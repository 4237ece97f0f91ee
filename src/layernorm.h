/* Normalisation of runs (layer normalisation, Ba et al., 2016; group normalisation of single pixels): each
   of x[rows][groups][c] has the statistics of its own c floats. */
#ifndef FC_LAYERNORM_H
#define FC_LAYERNORM_H

#include <math.h>

#include "simd.h"

/* Sums of x - pivot and of (x - pivot)^2 over a run of c floats. */
FC_INLINE void layernorm_sums(ptrdiff_t c, const float *x, float pivot, float *sum, float *square)
{
    vf s[4] = {{0}}, q[4] = {{0}}; /* several, since an addition takes longer than a load */
    ptrdiff_t j = 0;
    for (; j + 4 * FC_LANES <= c; j += 4 * FC_LANES)
        for (int i = 0; i < 4; i++) {
            vf d = v_load_ahead(x + j + i * FC_LANES, FC_LANES) - pivot;
            s[i] += d;
            q[i] += d * d;
        }
    for (; j < c; j += FC_LANES) {
        vf d = v_keep(v_load_ahead(x + j, c - j) - pivot, c - j);
        s[0] += d;
        q[0] += d * d;
    }
    *sum = v_sum((s[0] + s[1]) + (s[2] + s[3]));
    *square = v_sum((q[0] + q[1]) + (q[2] + q[3]));
}

/* Mean and variance of a run in double: where squares leave float32. */
static void fc_layernorm_far(ptrdiff_t c, const float *x, double *mean, double *var)
{
    double total = 0, spread = 0;
    for (ptrdiff_t j = 0; j < c; j++)
        total += x[j] / (double)c;
    for (ptrdiff_t j = 0; j < c; j++)
        spread += (x[j] - total) * (x[j] - total);
    *mean = total;
    *var = spread / (double)c;
}

/* Walks the runs i of x[rows][groups][c]; the group's gamma and beta begin at `at`. */
#define LAYERNORM_EACH_RUN(i, at, ...)                                                                     \
    for (ptrdiff_t i = 0, at = 0; i < rows * groups;                                                       \
         i++, at = at + c < groups * c ? at + c : 0, __VA_ARGS__)

/* y = gamma * (x - mean) / sqrt(var + eps) + beta with gamma and beta [groups][c]. Kept for the backward
   pass, [rows][groups] each: the mean, what rounding took from it, 1 / sqrt(var + eps). The sums are taken
   twice, around the first element and around the mean that this gives (Chan, Golub & LeVeque, 1983,
   equation 1.7). */
static void fc_layernorm_forward(ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t c, double eps, const float *x,
                                 const float *gamma, const float *beta, float *mean, float *lost,
                                 float *inverse, float *y, int stream)
{
    LAYERNORM_EACH_RUN(i, at, x += c, y += c)
    {
        const float *scale = gamma + at, *shift = beta + at;
        float sum, square;
        layernorm_sums(c, x, x[0], &sum, &square);
        const float near = x[0] + sum / (float)c;
        layernorm_sums(c, x, near, &sum, &square);
        double apart = sum / (double)c, middle = near + apart, var = square / (double)c - apart * apart;
        if (!(var <= 3.0e38))
            fc_layernorm_far(c, x, &middle, &var);
        const float m = (float)middle, rest = (float)(middle - m);
        /* A variance beyond float32 must not pass as a run that is all beta. */
        const float r = var <= 1.0e300 ? (float)(1 / sqrt((var > 0 ? var : 0) + eps)) : NAN;
        mean[i] = m, lost[i] = rest, inverse[i] = r;
        const float start = -rest * r;
        FC_FILL_ROW(y, c, stream, j, lanes,
                    ((v_load_n(x + j, lanes) - m) * r + start) * v_load_n(scale + j, lanes) +
                        v_load_n(shift + j, lanes));
    }
    if (stream)
        v_streamed();
}

/* With xhat = (x - mean) * inverse: dx = inverse * (dy * gamma - a - xhat * b), where a and b are the means
   of dy * gamma and of dy * gamma * xhat; dgamma[groups][c] += dy * xhat, dbeta += dy. */
static void fc_layernorm_backward(ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t c, const float *dy,
                                  const float *x, const float *gamma, const float *mean, const float *lost,
                                  const float *inverse, float *dx, float *dgamma, float *dbeta, int stream)
{
    LAYERNORM_EACH_RUN(i, at, dy += c, x += c, dx += c)
    {
        const float *scale = gamma + at;
        const float m = mean[i], r = inverse[i], start = -lost[i] * r;
        vf sum = {0}, product = {0};
        FC_EACH_VECTOR (j, lanes, c) {
            vf g = v_load_ahead(dy + j, lanes), xhat = (v_load_ahead(x + j, lanes) - m) * r + start;
            vf scaled = g * v_load_n(scale + j, lanes);
            sum += scaled;
            product += scaled * xhat;
            v_store_n(dbeta + at + j, v_load_n(dbeta + at + j, lanes) + g, lanes);
            v_store_n(dgamma + at + j, v_load_n(dgamma + at + j, lanes) + g * xhat, lanes);
        }
        const float a = v_sum(sum) / (float)c, b = v_sum(product) / (float)c;
        FC_FILL_ROW(dx, c, stream, j, lanes,
                    r * (v_load_n(dy + j, lanes) * v_load_n(scale + j, lanes) -
                         (((v_load_n(x + j, lanes) - m) * r + start) * b + a)));
    }
    if (stream)
        v_streamed();
}

#endif
