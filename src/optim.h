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

#endif
