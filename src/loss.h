/* Losses: each gives its value and writes the gradient in the same pass. */
#ifndef FC_LOSS_H
#define FC_LOSS_H

#include <math.h>

#include "simd.h"
#include "softmax.h"

/* One row of scores x[classes]: returns -log softmax(x)[label] and writes dx = scale * (softmax(x) -
   onehot(label)). `correct` says whether the first maximum stands at `label`. */
static double fc_softmax_cross_entropy(ptrdiff_t classes, ptrdiff_t label, float scale, const float *x,
                                       float *dx, int *correct)
{
    const float highest = softmax_highest(classes, x), total = softmax_powers(classes, x, highest, dx);
    softmax_scale(classes, scale / total, dx);
    dx[label] -= scale;

    *correct = x[label] == highest;
    for (ptrdiff_t j = 0; j < label && *correct; j++)
        *correct = x[j] != highest;
    return log((double)total) + ((double)highest - (double)x[label]);
}

/* Returns the sum of (x - target)^2 over n elements and writes dx = scale * (x - target). */
static double fc_mean_squared_error(ptrdiff_t n, float scale, const float *x, const float *target,
                                    float *dx)
{
    vd low, high, lows = {0}, highs = {0};
    FC_EACH_VECTOR (i, lanes, n) {
        vf d = v_load_ahead(x + i, lanes) - v_load_ahead(target + i, lanes); /* 0 in empty lanes */
        v_store_n(dx + i, d * scale, lanes);
        v_widen(d, &low, &high);
        lows += low * low;
        highs += high * high;
    }
    return v_sum_double(lows) + v_sum_double(highs);
}

#endif
