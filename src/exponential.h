/* e^x, e^x - 1, ln(1 + x) and ln x. NaN goes in, NaN comes out.

   x = k ln 2 + r with a whole number k and |r| <= ln 2 / 2; e^r - 1 is a minimax polynomial of degree 6
   in r (relative error below 2^-25). */
#ifndef FC_EXPONENTIAL_H
#define FC_EXPONENTIAL_H

#include "simd.h"

FC_INLINE vf exp_power(vf x) /* k */
{
    const vf magic = v_set(12582912.0f); /* 1.5 * 2^23 pushes the fraction out of the mantissa */
    return (x * v_set(1.44269504f) + magic) - magic;
}

FC_INLINE vf exp_rest(vf x, vf k) /* r; ln 2 in two parts */
{
    return x - k * v_set(0.693359375f) - k * v_set(-2.12194440e-4f);
}

FC_INLINE vf exp_minus_1(vf r)
{
    vf p = v_set(1.38825213e-3f);
    p = p * r + v_set(8.36652052e-3f);
    p = p * r + v_set(4.16672006e-2f);
    p = p * r + v_set(0.166665435f);
    p = p * r + v_set(0.49999997f);
    return p * r * r + r;
}

/* factor * e^x, from 0 through the subnormals to inf: right also where e^x alone is not a normal number. */
FC_INLINE vf v_exp_times(vf x, vf factor)
{
    x = v_clamp(x, v_set(-104.0f), v_set(89.0f));
    vf k = exp_power(x);
    return v_scale(factor * (exp_minus_1(exp_rest(x, k)) + 1.0f), k);
}

FC_INLINE vf v_exp(vf x) { return v_exp_times(x, v_set(1.0f)); }

/* For -80 <= x <= 80; near 0 no digit is lost. */
FC_INLINE vf v_expm1(vf x)
{
    vf k = exp_power(x), e = exp_minus_1(exp_rest(x, k)), power = v_scale(v_set(1.0f), k);
    return e * power + (power - 1.0f);
}

/* ln(1 + x) for 0 <= x <= 1, near 0 without losing a digit. With s = x / (1 + x / 2) it is 2 artanh(s / 2):
   s times a minimax polynomial of degree 4 in s^2 (relative error below 2^-26). */
FC_INLINE vf v_log1p(vf x)
{
    vf s = x / (1.0f + 0.5f * x), t = s * s;
    vf p = v_set(5.50356170e-4f);
    p = p * t + v_set(2.18442447e-3f);
    p = p * t + v_set(1.25077832e-2f);
    p = p * t + v_set(8.33328962e-2f);
    p = p * t + v_set(1.0f);
    return p * s;
}

/* For normal x > 0 and inf. x = m * 2^k with sqrt(1/2) <= m < sqrt(2); ln(1 + r) = r - r^2 / 2 + r^3 * a
   polynomial of degree 8 in r = m - 1 (Moshier, Cephes, logf). */
FC_INLINE vf v_log(vf x)
{
    const vi half = (vi)v_set(0.707106781f);
    vi exponent = ((vi)x - half) >> 23;
    vf k = __builtin_convertvector(exponent, vf), r = (vf)((vi)x - (exponent << 23)) - 1.0f;
    vf p = v_set(7.0376836292e-2f);
    p = p * r + v_set(-1.1514610310e-1f);
    p = p * r + v_set(1.1676998740e-1f);
    p = p * r + v_set(-1.2420140846e-1f);
    p = p * r + v_set(1.4249322787e-1f);
    p = p * r + v_set(-1.6668057665e-1f);
    p = p * r + v_set(2.0000714765e-1f);
    p = p * r + v_set(-2.4999993993e-1f);
    p = p * r + v_set(3.3333331174e-1f);
    vf square = r * r;
    vf log = p * r * square + k * -2.12194440e-4f - square * 0.5f + r + k * 0.693359375f;
    return v_select(x <= 3.40282347e38f, log, x);
}

#endif
