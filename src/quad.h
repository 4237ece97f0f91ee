/* Four lanes for the channels of one pixel, on every instruction set: v_quad of simd.h. */
#ifndef FC_QUAD_H
#define FC_QUAD_H

#include "simd.h"

#define FC_QUAD 4

typedef v_quad q_unaligned __attribute__((aligned(4), may_alias));
typedef uint8_t q_bytes __attribute__((vector_size(FC_QUAD * 4)));
typedef int32_t q_ints __attribute__((vector_size(FC_QUAD * 4)));

FC_INLINE v_quad q_set(float x) { return x - (v_quad){0}; }

/* The first n lanes, n >= 1: all of them from n = FC_QUAD on; the others are 0, and not stored. */
FC_INLINE v_quad q_load(const float *p, ptrdiff_t n)
{
    if (n >= FC_QUAD)
        return *(const q_unaligned *)p;
    v_quad v = {0};
    for (ptrdiff_t i = 0; i < n; i++)
        v[i] = p[i];
    return v;
}

FC_INLINE void q_store(float *p, v_quad v, ptrdiff_t n)
{
    if (n >= FC_QUAD)
        *(q_unaligned *)p = v;
    else
        for (ptrdiff_t i = 0; i < n; i++)
            p[i] = v[i];
}

/* The same from small unsigned integers. They travel as one number: an array of fewer than four would make
   a call of memcpy, and a way through memory, of every load. */
FC_INLINE v_quad q_load_bytes(const uint8_t *p, ptrdiff_t n)
{
    uint32_t four = 0;
    if (n >= FC_QUAD)
        memcpy(&four, p, sizeof four);
    else
        for (int i = 0; i < FC_QUAD - 1; i++)
            four |= i < n ? (uint32_t)p[i] << 8 * i : 0;
    const q_bytes bytes = (q_bytes)(q_ints){(int32_t)four};
    return __builtin_convertvector((q_ints)__builtin_shufflevector(bytes, (q_bytes){0}, 0, 16, 16, 16, 1,
                                                                   16, 16, 16, 2, 16, 16, 16, 3, 16, 16,
                                                                   16),
                                   v_quad);
}

/* x between 0 and 1; NaN stays NaN. */
FC_INLINE v_quad q_clamp(v_quad x)
{
    const q_ints one = (q_ints)q_set(1.0f), above = x > 1.0f;
    return (v_quad)(~(q_ints)(x < 0.0f) & ((above & one) | (~above & (q_ints)x)));
}

#endif
