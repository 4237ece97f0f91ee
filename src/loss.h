/* Losses: each gives its value and writes the gradient, times `scale`, in the same pass. */
#ifndef FC_LOSS_H
#define FC_LOSS_H

#include <math.h>

#include "exponential.h"
#include "simd.h"
#include "softmax.h"

/* Whether the first maximum of x stands at this place. */
FC_INLINE int first_at(ptrdiff_t place, const float *x, float highest)
{
    for (ptrdiff_t j = 0; j < place; j++)
        if (x[j] == highest)
            return 0;
    return x[place] == highest;
}

/* One row of scores x[classes]: returns -log softmax(x)[label] and writes dx = scale * (softmax(x) -
   onehot(label)). With smoothing, the target is (1 - smoothing) * onehot(label) + smoothing / classes.
   `correct` says whether the first maximum stands at `label`. */
static double fc_softmax_cross_entropy(ptrdiff_t classes, ptrdiff_t label, double smoothing, float scale,
                                       const float *x, float *dx, int *correct)
{
    const float highest = softmax_highest(classes, x), total = softmax_powers(classes, x, highest, dx);
    softmax_scale(classes, scale / total, dx);
    *correct = first_at(label, x, highest);

    const double nats = log((double)total), below = (double)highest - (double)x[label];
    if (smoothing == 0) {
        dx[label] -= scale;
        return nats + below;
    }
    const float share = (float)(scale * smoothing / (double)classes);
    vd low, high, sum = {0};
    FC_EACH_VECTOR (j, lanes, classes) {
        v_store_n(dx + j, v_load_n(dx + j, lanes) - share, lanes);
        v_widen(v_keep(highest - v_load_n(x + j, lanes), lanes), &low, &high);
        sum += low + high;
    }
    dx[label] -= (float)(scale * (1 - smoothing));
    return nats + (1 - smoothing) * below + smoothing * v_sum_double(sum) / (double)classes;
}

/* The same for a row of target[classes] in place of a label: returns the sum of -target * log softmax(x).
   `correct` says whether the first maxima of both stand at one place. */
static double fc_soft_cross_entropy(ptrdiff_t classes, const float *target, double smoothing, float scale,
                                    const float *x, float *dx, int *correct)
{
    const float highest = softmax_highest(classes, x), total = softmax_powers(classes, x, highest, dx);
    const float likeliest = softmax_highest(classes, target);
    ptrdiff_t label = 0;
    while (label < classes - 1 && target[label] != likeliest)
        label++;
    *correct = first_at(label, x, highest);

    const float kept = (float)(1 - smoothing), share = (float)(smoothing / (double)classes);
    vd low, high, sums = {0}, all = {0};
    FC_EACH_VECTOR (j, lanes, classes) {
        vf t = v_keep(v_load_n(target + j, lanes) * kept + share, lanes);
        v_widen(v_select(t == 0.0f, v_set(0.0f), t * (highest - v_load_n(x + j, lanes))), &low, &high);
        sums += low + high;
        v_widen(t, &low, &high);
        all += low + high;
    }
    const double whole = v_sum_double(all);
    const float factor = (float)(scale * whole / (double)total);
    FC_EACH_VECTOR (j, lanes, classes) {
        vf t = v_load_n(target + j, lanes) * kept + share;
        v_store_n(dx + j, v_load_n(dx + j, lanes) * factor - t * scale, lanes);
    }
    return whole * log((double)total) + v_sum_double(sums);
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

/* Returns the sum over n elements of e^2 / 2 where |e| <= delta for e = x - target, else of
   delta * (|e| - delta / 2), and writes dx = scale * e, with e between -delta and delta. */
static double fc_huber(ptrdiff_t n, float delta, float scale, const float *x, const float *target,
                       float *dx)
{
    vd low, high, lows = {0}, highs = {0};
    FC_EACH_VECTOR (i, lanes, n) {
        vf e = v_load_ahead(x + i, lanes) - v_load_ahead(target + i, lanes); /* 0 in empty lanes */
        vf slope = v_clamp(e, v_set(-delta), v_set(delta));
        v_store_n(dx + i, slope * scale, lanes);
        v_widen(slope * (e - 0.5f * slope), &low, &high);
        lows += low;
        highs += high;
    }
    return v_sum_double(lows) + v_sum_double(highs);
}

/* Scores x[n] of events and how likely these are, target[n] from 0 to 1: returns the sum of
   -target * log p - (1 - target) * log(1 - p) for p = sigmoid(x) and writes dx = scale * (p - target).
   `correct` counts the scores that are > 0 just where the target is > 1/2.

   With e = e^-|x| and q the target where x <= 0, else 1 - target, it is |x| q + log(1 + e). */
static double fc_binary_cross_entropy(ptrdiff_t n, float scale, const float *x, const float *target,
                                      float *dx, ptrdiff_t *correct)
{
    vd low, high, lows = {0}, highs = {0};
    vi wrong = {0};
    FC_EACH_VECTOR (i, lanes, n) {
        vf s = v_load_ahead(x + i, lanes), t = v_load_ahead(target + i, lanes);
        vf e = v_exp(-v_abs(s)), p = 1.0f / (1.0f + e);
        v_store_n(dx + i, (v_select(s < 0.0f, e * p, p) - t) * scale, lanes);
        vf q = v_select(s > 0.0f, 1.0f - t, t);
        v_widen(v_keep(v_abs(s) * q + v_log1p(e), lanes), &low, &high);
        lows += low;
        highs += high;
        wrong -= (s > 0.0f) ^ (t > 0.5f); /* 0 in empty lanes */
    }
    *correct = n;
    for (int i = 0; i < FC_LANES; i++)
        *correct -= wrong[i];
    return v_sum_double(lows) + v_sum_double(highs);
}

#endif
