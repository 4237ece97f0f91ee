/* Losses: each gives its value and writes the gradient in the same pass. */
#ifndef FC_LOSS_H
#define FC_LOSS_H

#include <math.h>

#include "exponential.h"
#include "simd.h"

/* One row of scores x[classes]: returns -log softmax(x)[label] and writes dx = scale * (softmax(x) -
   onehot(label)). The maximum is subtracted first, so no exponential overflows. `correct` says
   whether the first maximum stands at `label`. */
static double fc_softmax_cross_entropy(ptrdiff_t classes, ptrdiff_t label, float scale, const float *x,
                                       float *dx, int *correct)
{
    vf widest = v_set(x[0]);
    FC_EACH_VECTOR (j, lanes, classes) {
        vf v = v_load_n(x + j, lanes);
        if (lanes < FC_LANES) /* the empty lanes must not win */
            for (ptrdiff_t i = lanes; i < FC_LANES; i++)
                v[i] = x[0];
        widest = v_max(widest, v);
    }
    const float highest = v_maximum(widest);

    float sum = 0;
    FC_EACH_VECTOR (j, lanes, classes) {
        vf e = v_exp(v_load_n(x + j, lanes) - highest);
        v_store_n(dx + j, e, lanes);
        for (ptrdiff_t i = lanes; i < FC_LANES; i++)
            e[i] = 0;
        sum += v_sum(e);
    }
    const float share = scale / sum;
    FC_EACH_VECTOR (j, lanes, classes)
        v_store_n(dx + j, v_load_n(dx + j, lanes) * share, lanes);
    dx[label] -= scale;

    *correct = x[label] == highest;
    for (ptrdiff_t j = 0; j < label && *correct; j++)
        *correct = x[j] != highest;
    return log((double)sum) + ((double)highest - (double)x[label]);
}

/* Returns the sum of (x - target)^2 over n elements and writes dx = scale * (x - target). */
static double fc_mean_squared_error(ptrdiff_t n, float scale, const float *x, const float *target,
                                    float *dx)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        float d = x[i] - target[i];
        dx[i] = scale * d;
        sum += (double)d * (double)d;
    }
    return sum;
}

#endif
