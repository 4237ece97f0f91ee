/* Dropout (Srivastava et al., 2014) with a counter-based generator: whether element i survives is
   a hash of (key, i), so no mask is stored, the backward pass asks the same question again, and
   the answer does not depend on the number of threads. */
#ifndef FC_DROPOUT_H
#define FC_DROPOUT_H

#include "simd.h"

/* Which elements are kept of the vector that begins at `first`, a multiple of FC_LANES: a Weyl sequence,
   then two rounds of xorshift and multiply with the constants of lowbias32 (Wellons, "Prospecting for
   Hash Functions", 2018); half of the key goes in before each round. */
FC_INLINE vi dropout_kept(uint64_t first, uint64_t key, vu limit)
{
    const uint32_t golden = 0x9e3779b1u;
    vu h;
    for (int i = 0; i < FC_LANES; i++)
        h[i] = (uint32_t)i * golden;
    h = (h + (uint32_t)first * golden) ^ (uint32_t)key;
    h ^= h >> 15;
    h *= 0x7feb352du;
    h ^= (uint32_t)(key >> 32) ^ (uint32_t)(first >> 32) * golden;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    return (vi)(h >= limit);
}

/* y = hash(key, start + i) >= threshold ? x * scale : 0; threshold = rate * 2^32, 0 <= rate < 1; start is a
   multiple of FC_LANES. */
static void fc_dropout(ptrdiff_t n, uint64_t start, uint64_t key, uint64_t threshold, float scale,
                       const float *x, float *y, int stream)
{
    const vu limit = (uint32_t)threshold - (vu){0};
    FC_FILL(y, n, stream, i, lanes,
            (vf)(dropout_kept(start + (uint64_t)i, key, limit) & (vi)(v_load_ahead(x + i, lanes) * scale)));
}

/* mask[n] = all bits set where dropout would keep element start + i, else none. */
static void fc_dropout_mask(ptrdiff_t n, uint64_t start, uint64_t key, uint64_t threshold, float *mask)
{
    const vu limit = (uint32_t)threshold - (vu){0};
    FC_EACH_VECTOR (i, lanes, n)
        v_store_n(mask + i, (vf)dropout_kept(start + (uint64_t)i, key, limit), lanes);
}

/* Spatial dropout (Tompson et al., 2015): y[rows][c] = x * scale where the mask[c] says so, else 0. */
static void fc_spatial_dropout(ptrdiff_t rows, ptrdiff_t c, const float *mask, float scale, const float *x,
                               float *y, int stream)
{
    for (ptrdiff_t i = 0; i < rows; i++, x += c, y += c)
        FC_FILL_ROW(y, c, stream, j, lanes,
                    (vf)((vi)v_load_n(mask + j, lanes) & (vi)(v_load_ahead(x + j, lanes) * scale)));
    if (stream)
        v_streamed();
}

#endif
