/* Elementwise non-linearities over n contiguous floats. NaN goes in, NaN comes out. */
#ifndef FC_ACTIVATION_H
#define FC_ACTIVATION_H

#include "simd.h"

static void fc_relu_forward(ptrdiff_t n, const float *x, float *y)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vf v = v_load_n(x + i, lanes);
        v_store_n(y + i, (vf)(((v > 0.0f) | (v != v)) & (vi)v), lanes);
    }
}

static void fc_relu_backward(ptrdiff_t n, const float *dy, const float *y, float *dx)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vi off = v_load_n(y + i, lanes) <= 0.0f;
        v_store_n(dx + i, (vf)(~off & (vi)v_load_n(dy + i, lanes)), lanes);
    }
}

static void fc_leaky_relu_forward(ptrdiff_t n, float slope, const float *x, float *y)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vf v = v_load_n(x + i, lanes);
        v_store_n(y + i, v_select(v < 0.0f, v * slope, v), lanes);
    }
}

static void fc_leaky_relu_backward(ptrdiff_t n, float slope, const float *dy, const float *y, float *dx)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vf d = v_load_n(dy + i, lanes);
        v_store_n(dx + i, v_select(v_load_n(y + i, lanes) <= 0.0f, d * slope, d), lanes);
    }
}

/* 1 / (1 + e^-x): e^-x overflows to inf for x < -88, and 1 / inf is the right 0. */
static void fc_sigmoid_forward(ptrdiff_t n, const float *x, float *y)
{
    FC_EACH_VECTOR (i, lanes, n)
        v_store_n(y + i, 1.0f / (1.0f + v_exp(-v_load_n(x + i, lanes))), lanes);
}

static void fc_sigmoid_backward(ptrdiff_t n, const float *dy, const float *y, float *dx)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vf v = v_load_n(y + i, lanes);
        v_store_n(dx + i, v_load_n(dy + i, lanes) * (v * (1.0f - v)), lanes);
    }
}

/* |x| >= 5/8: 1 - 2 / (e^2|x| + 1). Below that the difference would cancel: the odd Taylor
   series is cut by a minimax polynomial in x^2 (Moshier, Cephes, tanhf.c: at most 1.5 ulp). */
FC_INLINE vf v_tanh(vf x)
{
    vf size = (vf)((vi)x & 0x7fffffff);
    vf large = 1.0f - 2.0f / (v_exp(size + size) + 1.0f);
    large = (vf)((vi)large | ((vi)x & (int32_t)0x80000000)); /* the sign of x */
    vf z = x * x;
    vf p = v_set(-5.70498872745e-3f);
    p = p * z + v_set(2.06390887954e-2f);
    p = p * z + v_set(-5.37397155531e-2f);
    p = p * z + v_set(1.33314422036e-1f);
    p = p * z + v_set(-3.33332819422e-1f);
    return v_select(size < 0.625f, p * z * x + x, large);
}

static void fc_tanh_forward(ptrdiff_t n, const float *x, float *y)
{
    FC_EACH_VECTOR (i, lanes, n)
        v_store_n(y + i, v_tanh(v_load_n(x + i, lanes)), lanes);
}

static void fc_tanh_backward(ptrdiff_t n, const float *dy, const float *y, float *dx)
{
    FC_EACH_VECTOR (i, lanes, n) {
        vf v = v_load_n(y + i, lanes);
        v_store_n(dx + i, v_load_n(dy + i, lanes) * (1.0f - v * v), lanes);
    }
}

#endif
