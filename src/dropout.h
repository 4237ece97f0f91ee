/* Dropout (Srivastava et al., 2014) with a counter-based generator: whether element i survives is
   a hash of (key, i), so no mask is stored, the backward pass asks the same question again, and
   the answer does not depend on the number of threads. */
#ifndef FC_DROPOUT_H
#define FC_DROPOUT_H

#include "simd.h"

/* lowbias32 (Wellons, "Prospecting for Hash Functions", 2018): a bijection of 32 bits. */
FC_INLINE vu dropout_mix(vu h)
{
    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    h ^= h >> 16;
    return h;
}

/* y = hash(key, start + i) >= threshold ? x * scale : 0; threshold = rate * 2^32, 0 <= rate < 1. */
static void fc_dropout(ptrdiff_t n, uint64_t start, uint64_t key, uint64_t threshold, float scale,
                       const float *x, float *y)
{
    vu lane;
    for (int i = 0; i < FC_LANES; i++)
        lane[i] = (uint32_t)i;
    const vu limit = (uint32_t)threshold - (vu){0};
    FC_EACH_VECTOR (i, lanes, n) {
        uint64_t first = start + (uint64_t)i;
        vu low = (uint32_t)first + lane;
        vu carry = (vu)(low < (uint32_t)first) & 1u; /* the vector straddles a multiple of 2^32 */
        vu high = (uint32_t)(first >> 32) + carry;
        vu h = dropout_mix(dropout_mix(low ^ (uint32_t)key) ^ high ^ (uint32_t)(key >> 32));
        vi kept = (vi)(h >= limit);
        v_store_n(y + i, (vf)(kept & (vi)(v_load_n(x + i, lanes) * scale)), lanes);
    }
}

#endif
