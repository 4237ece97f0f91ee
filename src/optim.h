/* One update of n parameters, in one pass over weights, gradients and state. */
#ifndef FC_OPTIM_H
#define FC_OPTIM_H

#include "kernels.h"
#include "simd.h"

/* The gradient as it counts: weight decay in the loss adds weight_decay * w. */
FC_INLINE vf optim_gradient(const float *dw, ptrdiff_t lanes, float scale, float weight_decay, vf w)
{
    return scale * v_load_ahead(dw, lanes) + weight_decay * w;
}

/* Momentum as in Sutskever et al., 2013, in the form that keeps v free of the learning rate:
   g = scale * dw + weight_decay * w; v = momentum * v + g; w -= lr * (nesterov ? g + momentum * v : v). */
static void fc_sgd(ptrdiff_t n, const fc_sgd_settings *settings, const float *dw, float *w, float *v)
{
    const fc_sgd_settings s = *settings;
    FC_EACH_VECTOR (i, lanes, n) {
        vf wi = v_load_ahead(w + i, lanes);
        vf g = optim_gradient(dw + i, lanes, s.scale, s.weight_decay, wi);
        vf vi = s.momentum * v_load_ahead(v + i, lanes) + g;
        v_store_n(v + i, vi, lanes);
        v_store_n(w + i, wi - s.lr * (s.nesterov ? g + s.momentum * vi : vi), lanes);
    }
}

/* Adam (Kingma & Ba, 2015, algorithm 1), and with `shrink` AdamW (Loshchilov & Hutter, 2019, algorithm 2).
   w - (shrink * w + step) rounds once, and not 1 - shrink too, which is near 1. */
static void fc_adam(ptrdiff_t n, const fc_adam_settings *settings, const float *dw, float *w, float *m,
                    float *v)
{
    const fc_adam_settings s = *settings;
    FC_EACH_VECTOR (i, lanes, n) {
        vf wi = v_load_ahead(w + i, lanes);
        vf g = optim_gradient(dw + i, lanes, s.scale, s.weight_decay, wi);
        vf mi = s.beta1 * v_load_ahead(m + i, lanes) + s.rest1 * g;
        vf vi = s.beta2 * v_load_ahead(v + i, lanes) + s.rest2 * (g * g);
        v_store_n(m + i, mi, lanes);
        v_store_n(v + i, vi, lanes);
        vf step = s.rate * mi / (v_sqrt(vi) * s.correction + s.eps);
        v_store_n(w + i, wi - (s.shrink * wi + step), lanes);
    }
}

/* RMSprop (Tieleman & Hinton, 2012), with momentum: m is the velocity, v the mean square. */
static void fc_rmsprop(ptrdiff_t n, const fc_rmsprop_settings *settings, const float *dw, float *w,
                       float *m, float *v)
{
    const fc_rmsprop_settings s = *settings;
    FC_EACH_VECTOR (i, lanes, n) {
        vf wi = v_load_ahead(w + i, lanes);
        vf g = optim_gradient(dw + i, lanes, s.scale, s.weight_decay, wi);
        vf vi = s.alpha * v_load_ahead(v + i, lanes) + s.rest * (g * g);
        vf mi = s.momentum * v_load_ahead(m + i, lanes) + g / (v_sqrt(vi) + s.eps);
        v_store_n(v + i, vi, lanes);
        v_store_n(m + i, mi, lanes);
        v_store_n(w + i, wi - s.lr * mi, lanes);
    }
}

/* In double, so that no square is too large or too small. */
static double fc_sum_of_squares(ptrdiff_t n, const float *x)
{
    vd sum[2] = {{0}};
    double total = 0;
    FC_EACH_VECTOR (i, lanes, n) {
        vd half[2];
        v_widen(v_load_ahead(x + i, lanes), &half[0], &half[1]);
        sum[0] += half[0] * half[0];
        sum[1] += half[1] * half[1];
    }
    sum[0] += sum[1];
    for (int i = 0; i < FC_LANES / 2; i++)
        total += sum[0][i];
    return total;
}

/* start += weight * (end - start); with weight 1 a copy, whatever start was. */
static void fc_lerp(ptrdiff_t n, float weight, const float *end, float *start)
{
    if (weight == 1.0f) {
        memcpy(start, end, (size_t)n * sizeof(float));
        return;
    }
    FC_EACH_VECTOR (i, lanes, n) {
        vf from = v_load_ahead(start + i, lanes);
        v_store_n(start + i, from + weight * (v_load_ahead(end + i, lanes) - from), lanes);
    }
}

#endif
