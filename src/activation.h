/* Elementwise non-linearities over n contiguous floats, past the caches if `stream` is set. NaN goes in,
   NaN comes out.

   A function is two expressions, v_<name>(x, p, q) and v_<name>_backward(dy, x or y, p, q), where p and q
   are its settings, and a line of FC_EACH_ACTIVATION. */
#ifndef FC_ACTIVATION_H
#define FC_ACTIVATION_H

#include "exponential.h"
#include "gated.h"
#include "kernels.h"
#include "simd.h"

FC_INLINE vf v_relu(vf x, float p, float q) { return v_positive(x); }

FC_INLINE vf v_relu_backward(vf dy, vf y, float p, float q) { return (vf)(~(y <= 0.0f) & (vi)dy); }

FC_INLINE vf v_leaky_relu(vf x, float slope, float q) { return v_select(x < 0.0f, x * slope, x); }

FC_INLINE vf v_leaky_relu_backward(vf dy, vf y, float slope, float q)
{
    return v_select(y <= 0.0f, dy * slope, dy);
}

FC_INLINE vf v_elu(vf x, float alpha, float q)
{
    return v_select(x > 0.0f, x, v_expm1(v_clamp(x, v_set(-80.0f), v_set(0.0f))) * alpha);
}

FC_INLINE vf v_elu_backward(vf dy, vf y, float alpha, float q)
{
    return v_select(y <= 0.0f, dy * (y + alpha), dy);
}

/* e^-x overflows to inf for x < -88, and 1 / inf is the right 0. */
FC_INLINE vf v_sigmoid(vf x, float p, float q) { return 1.0f / (1.0f + v_exp(-x)); }

FC_INLINE vf v_sigmoid_backward(vf dy, vf y, float p, float q) { return dy * (y * (1.0f - y)); }

/* With e = e^2|x| - 1: e / (e + 2) and the sign of x. From |x| = 10 on it is 1. */
FC_INLINE vf v_tanh(vf x, float p, float q)
{
    const vi sign = (vi)v_set(-0.0f);
    vf size = v_abs(x);
    vf e = v_expm1(v_clamp(size + size, v_set(0.0f), v_set(20.0f)));
    return (vf)((vi)(e / (e + 2.0f)) | (sign & (vi)x));
}

FC_INLINE vf v_tanh_backward(vf dy, vf y, float p, float q) { return dy * (1.0f - y * y); }

/* max(x, 0) + log(1 + e^-|beta x|) / beta. */
FC_INLINE vf v_softplus(vf x, float beta, float q)
{
    return v_positive(x) + v_log1p(v_exp(v_abs(x) * -beta)) * (1.0f / beta);
}

/* 1 - e^-(beta y) is the sigmoid of beta x. */
FC_INLINE vf v_softplus_backward(vf dy, vf y, float beta, float q)
{
    return -dy * v_expm1(v_clamp(y * -beta, v_set(-80.0f), v_set(0.0f)));
}

FC_INLINE vf v_hard_sigmoid(vf x, float p, float q) { return v_hard_gate(x); }

FC_INLINE vf v_hard_sigmoid_backward(vf dy, vf y, float p, float q)
{
    return (vf)(~((y <= 0.0f) | (y >= 1.0f)) & (vi)(dy * (1.0f / 6.0f)));
}

FC_INLINE vf v_hard_tanh(vf x, float low, float high) { return v_clamp(x, v_set(low), v_set(high)); }

FC_INLINE vf v_hard_tanh_backward(vf dy, vf y, float low, float high)
{
    return (vf)(~((y <= low) | (y >= high)) & (vi)dy);
}

/* All functions, and which of x and y each needs for the way back. */
#define FC_EACH_ACTIVATION(F)                                                                              \
    F(relu, y)                                                                                             \
    F(leaky_relu, y)                                                                                       \
    F(elu, y)                                                                                              \
    F(sigmoid, y)                                                                                          \
    F(tanh, y)                                                                                             \
    F(softplus, y)                                                                                         \
    F(hard_sigmoid, y)                                                                                     \
    F(hard_tanh, y)                                                                                        \
    F(gelu, x)                                                                                             \
    F(gelu_tanh, x)                                                                                        \
    F(silu, x)                                                                                             \
    F(hard_swish, x)

#define FC_LOOPS(name, kept)                                                                               \
    static void fc_##name##_forward(ptrdiff_t n, float p, float q, const float *x, float *y, int stream)   \
    {                                                                                                      \
        FC_FILL(y, n, stream, i, lanes, v_##name(v_load_ahead(x + i, lanes), p, q));                       \
    }                                                                                                      \
    static void fc_##name##_backward(ptrdiff_t n, float p, float q, const float *dy, const float *kept,    \
                                     float *dx, int stream)                                                \
    {                                                                                                      \
        FC_FILL(dx, n, stream, i, lanes,                                                                   \
                v_##name##_backward(v_load_ahead(dy + i, lanes), v_load_ahead(kept + i, lanes), p, q));    \
    }

FC_EACH_ACTIVATION(FC_LOOPS)

#define FC_ROW(name, kept) {#name, #kept, fc_##name##_forward, fc_##name##_backward},
#define FC_ONE(name, kept) +1

_Static_assert(FC_EACH_ACTIVATION(FC_ONE) == FC_ACTIVATIONS, "kernels.h says how many functions there are");

#endif
