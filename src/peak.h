/* What the machine can do at most: multiply-adds on numbers that never leave the registers. */
#ifndef FC_PEAK_H
#define FC_PEAK_H

#include "simd.h"

/* Chains of multiply-adds that go side by side: enough of them to hide how long each takes, few enough to
   stay in the registers. */
#if defined(__AVX512F__) || defined(__aarch64__)
#define FC_CHAINS 24
#else
#define FC_CHAINS 12
#endif

/* rounds * FC_CHAINS * FC_LANES of them; their sum is used, so the compiler must compute it. */
static float fc_multiply_add(ptrdiff_t rounds, float factor)
{
    vf sum[FC_CHAINS], by = v_set(factor);
    float total = 0;
#pragma GCC unroll 24
    for (int i = 0; i < FC_CHAINS; i++)
        sum[i] = by * (float)i;
    for (ptrdiff_t round = 0; round < rounds; round++)
#pragma GCC unroll 24
        for (int i = 0; i < FC_CHAINS; i++)
            sum[i] = sum[i] * by + by;
#pragma GCC unroll 24
    for (int i = 0; i < FC_CHAINS; i++)
        total += sum[i][0];
    return total;
}

#endif
