/* The natural logarithm of positive normal numbers.

   x = m 2^k with sqrt(1/2) <= m < sqrt(2), and ln m = 2 artanh(s) = 2 (s + s^3 / 3 + ...) with
   s = (m - 1) / (m + 1), |s| < 0.172: what is left out is below 2^-28 of it. */
#ifndef FC_LOGARITHM_H
#define FC_LOGARITHM_H

#include "simd.h"

FC_INLINE vf v_log(vf x)
{
    const vi exponent = ((vi)x - 0x3f3504f3) >> 23; /* the bits of sqrt(1/2) */
    const vf m = (vf)((vi)x - (exponent << 23)), k = __builtin_convertvector(exponent, vf);
    const vf s = (m - 1.0f) / (m + 1.0f), t = s * s;
    vf p = v_set(2.0f / 9);
    p = p * t + 2.0f / 7;
    p = p * t + 2.0f / 5;
    p = p * t + 2.0f / 3;
    return k * 0.693359375f + ((k * -2.12194440e-4f + p * t * s) + 2.0f * s); /* ln 2 in two parts */
}

#endif
