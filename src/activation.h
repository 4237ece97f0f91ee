/* Elementwise non-linearities over n contiguous floats, past the caches if `stream` is set. NaN goes in,
   NaN comes out. */
#ifndef FC_ACTIVATION_H
#define FC_ACTIVATION_H

#include "exponential.h"
#include "simd.h"

FC_INLINE vf v_relu(vf x) { return (vf)(~(x <= 0.0f) & (vi)x); }

static void fc_relu_forward(ptrdiff_t n, const float *x, float *y, int stream)
{
    FC_FILL(y, n, stream, i, lanes, v_relu(v_load_ahead(x + i, lanes)));
}

FC_INLINE vf v_relu_backward(vf dy, vf y) { return (vf)(~(y <= 0.0f) & (vi)dy); }

static void fc_relu_backward(ptrdiff_t n, const float *dy, const float *y, float *dx, int stream)
{
    FC_FILL(dx, n, stream, i, lanes,
            v_relu_backward(v_load_ahead(dy + i, lanes), v_load_ahead(y + i, lanes)));
}

FC_INLINE vf v_leaky_relu(vf x, float slope) { return v_select(x < 0.0f, x * slope, x); }

static void fc_leaky_relu_forward(ptrdiff_t n, float slope, const float *x, float *y, int stream)
{
    FC_FILL(y, n, stream, i, lanes, v_leaky_relu(v_load_ahead(x + i, lanes), slope));
}

FC_INLINE vf v_leaky_relu_backward(vf dy, vf y, float slope) { return v_select(y <= 0.0f, dy * slope, dy); }

static void fc_leaky_relu_backward(ptrdiff_t n, float slope, const float *dy, const float *y, float *dx,
                                   int stream)
{
    FC_FILL(dx, n, stream, i, lanes,
            v_leaky_relu_backward(v_load_ahead(dy + i, lanes), v_load_ahead(y + i, lanes), slope));
}

/* e^-x overflows to inf for x < -88, and 1 / inf is the right 0. */
FC_INLINE vf v_sigmoid(vf x) { return 1.0f / (1.0f + v_exp(-x)); }

static void fc_sigmoid_forward(ptrdiff_t n, const float *x, float *y, int stream)
{
    FC_FILL(y, n, stream, i, lanes, v_sigmoid(v_load_ahead(x + i, lanes)));
}

FC_INLINE vf v_sigmoid_backward(vf dy, vf y) { return dy * (y * (1.0f - y)); }

static void fc_sigmoid_backward(ptrdiff_t n, const float *dy, const float *y, float *dx, int stream)
{
    FC_FILL(dx, n, stream, i, lanes,
            v_sigmoid_backward(v_load_ahead(dy + i, lanes), v_load_ahead(y + i, lanes)));
}

/* With e = e^2|x| - 1: e / (e + 2) and the sign of x. From |x| = 10 on it is 1. */
FC_INLINE vf v_tanh(vf x)
{
    const vi sign = (vi)v_set(-0.0f);
    vf size = (vf)(~sign & (vi)x);
    vf e = v_expm1(v_clamp(size + size, v_set(0.0f), v_set(20.0f)));
    return (vf)((vi)(e / (e + 2.0f)) | (sign & (vi)x));
}

static void fc_tanh_forward(ptrdiff_t n, const float *x, float *y, int stream)
{
    FC_FILL(y, n, stream, i, lanes, v_tanh(v_load_ahead(x + i, lanes)));
}

FC_INLINE vf v_tanh_backward(vf dy, vf y) { return dy * (1.0f - y * y); }

static void fc_tanh_backward(ptrdiff_t n, const float *dy, const float *y, float *dx, int stream)
{
    FC_FILL(dx, n, stream, i, lanes,
            v_tanh_backward(v_load_ahead(dy + i, lanes), v_load_ahead(y + i, lanes)));
}

#endif
