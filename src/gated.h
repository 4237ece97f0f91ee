/* Activations that gate their input: x G(x), where G grows from 0 to 1. NaN goes in, NaN comes out.

   Of the smooth gates G(-x) = 1 - G(x), so with a = |x| the tail h = a G(-a) is all there is to compute:

       y = max(x, 0) - h        dy/dx = d for x < 0, else 1 - d, where d is the derivative at -a

   Nothing cancels, and tails keep their digits. */
#ifndef FC_GATED_H
#define FC_GATED_H

#include <math.h>

#include "exponential.h"
#include "simd.h"

FC_INLINE vf gated_backward(vf dy, vf x, vf d) { return dy * v_select(x < 0.0f, d, 1.0f - d); }

/* Mills' ratio Q(a) / phi(a) of the normal distribution, 0 <= a <= 14: its upper tail over its density. A
   polynomial of degree 9 in t = 1 / (1 + 0.265 a), without a constant since the ratio falls like 1 / a.
   Its relative error is below 2^-26: the largest error on 700 Chebyshev nodes was minimised by linear
   programming, again each time another coefficient had been rounded to float32. */
FC_INLINE vf mills_ratio(vf a)
{
    vf t = 1.0f / (1.0f + a * 0.265f);
    vf p = v_set(0.0772540048f);
    p = p * t + v_set(-0.361515909f);
    p = p * t + v_set(0.545957327f);
    p = p * t + v_set(-0.291650623f);
    p = p * t + v_set(0.345778376f);
    p = p * t + v_set(0.151190549f);
    p = p * t + v_set(0.25743112f);
    p = p * t + v_set(0.263814539f);
    p = p * t + v_set(0.265054762f);
    return p * t;
}

/* factor * phi(a) = factor * e^(-a^2 / 2) / sqrt(2 pi), 0 <= a <= 14. What rounding would take from a^2
   would be a relative error of the result up to a^2 / 2 times as large; so the square is taken in two
   parts: that of the upper half of the digits is exact. */
FC_INLINE vf v_normal_density_times(vf a, vf factor)
{
    vf upper = (vf)((vi)a & ~0xfff), x = upper * upper * -0.5f, more = (a - upper) * (a + upper) * -0.5f;
    vf k = exp_power(x + more), e = exp_minus_1(exp_rest(x, k) + more);
    return v_scale(factor * 0.398942280f * (e + 1.0f), k);
}

/* Beyond 14 the tail is 0 in float32. */
FC_INLINE vf normal_size(vf x) { return v_clamp(v_abs(x), v_set(0.0f), v_set(14.0f)); }

/* The gate is the normal distribution. */
FC_INLINE vf v_gelu(vf x, float p, float q)
{
    vf a = normal_size(x);
    return v_positive(x) - v_normal_density_times(a, a * mills_ratio(a));
}

FC_INLINE vf v_gelu_backward(vf dy, vf x, float p, float q)
{
    vf a = normal_size(x);
    return gated_backward(dy, x, v_normal_density_times(a, mills_ratio(a) - a));
}

/* The gate is the logistic function of z, e^-z / (1 + e^-z) at -z; a stands for x and dz for its
 * derivative. */
FC_INLINE vf logistic_tail(vf a, vf z) { return v_exp_times(-z, a) / (1.0f + v_exp(-z)); }

FC_INLINE vf logistic_slope(vf a, vf z, vf dz)
{
    vf e = v_exp(-z), rest = 1.0f / (1.0f + e);
    return e * rest * (1.0f - a * dz * rest);
}

FC_INLINE vf v_silu(vf x, float p, float q)
{
    vf a = v_clamp(v_abs(x), v_set(0.0f), v_set(104.0f));
    return v_positive(x) - logistic_tail(a, a);
}

FC_INLINE vf v_silu_backward(vf dy, vf x, float p, float q)
{
    vf a = v_clamp(v_abs(x), v_set(0.0f), v_set(104.0f));
    return gated_backward(dy, x, logistic_slope(a, a, v_set(1.0f)));
}

/* z = sqrt(8 / pi) (x + 0.044715 x^3); from x = 11 on the tail is 0. */
FC_INLINE vf v_gelu_tanh(vf x, float p, float q)
{
    vf a = v_clamp(v_abs(x), v_set(0.0f), v_set(11.0f));
    return v_positive(x) - logistic_tail(a, a * (1.59576912f + a * a * 0.0713548163f));
}

FC_INLINE vf v_gelu_tanh_backward(vf dy, vf x, float p, float q)
{
    vf a = v_clamp(v_abs(x), v_set(0.0f), v_set(11.0f)), square = a * a * 0.0713548163f;
    return gated_backward(dy, x,
                          logistic_slope(a, a * (1.59576912f + square), 1.59576912f + 3.0f * square));
}

/* Straight from 0 at -3 to 1 at 3. */
FC_INLINE vf v_hard_gate(vf x) { return v_clamp(x + 3.0f, v_set(0.0f), v_set(6.0f)) * (1.0f / 6.0f); }

/* -inf times 0 would be NaN. */
FC_INLINE vf v_hard_swish(vf x, float p, float q)
{
    return v_clamp(x, v_set(-3.0f), v_set(INFINITY)) * v_hard_gate(x);
}

FC_INLINE vf v_hard_swish_backward(vf dy, vf x, float p, float q)
{
    vf inside = dy * (x * (1.0f / 3.0f) + 0.5f);
    return v_select(x <= -3.0f, v_set(0.0f), v_select(x >= 3.0f, dy, inside));
}

#endif
