/* One update of n parameters, in one pass over weights, gradients and state. */
#ifndef FC_OPTIM_H
#define FC_OPTIM_H

#include "kernels.h"
#include "simd.h"

/* Momentum as in Sutskever et al., 2013, in the form that keeps v free of the learning rate:
   g = dw + weight_decay * w; v = momentum * v + g; w -= lr * (nesterov ? g + momentum * v : v). */
static void fc_sgd(ptrdiff_t n, float lr, float momentum, float weight_decay, int nesterov, const float *dw,
                   float *w, float *v)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vf wi = v_load_ahead(w + i, lanes);
        vf g = v_load_ahead(dw + i, lanes) + weight_decay * wi;
        vf vi = momentum * v_load_ahead(v + i, lanes) + g;
        v_store_n(v + i, vi, lanes);
        v_store_n(w + i, wi - lr * (nesterov ? g + momentum * vi : vi), lanes);
    }
}

/* Adam (Kingma & Ba, 2015, algorithm 1). */
static void fc_adam(ptrdiff_t n, const fc_adam_settings *s, const float *dw, float *w, float *m, float *v)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vf wi = v_load_ahead(w + i, lanes);
        vf g = v_load_ahead(dw + i, lanes) + s->weight_decay * wi;
        vf mi = s->beta1 * v_load_ahead(m + i, lanes) + s->rest1 * g;
        vf vi = s->beta2 * v_load_ahead(v + i, lanes) + s->rest2 * (g * g);
        v_store_n(m + i, mi, lanes);
        v_store_n(v + i, vi, lanes);
        v_store_n(w + i, wi - s->rate * mi / (v_sqrt(vi) * s->correction + s->eps), lanes);
    }
}

#endif
