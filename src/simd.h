/* The vector vocabulary: GCC vector extensions over FC_LANES floats, the same on every instruction
   set. The only intrinsics of the library stand here, for what the extensions cannot say: loads and
   stores that touch the first n lanes and not one byte more. */
#ifndef FC_SIMD_H
#define FC_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define FC_INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(FC_LANES * 4)));
typedef int32_t vi __attribute__((vector_size(FC_LANES * 4)));
typedef uint32_t vu __attribute__((vector_size(FC_LANES * 4)));
typedef vf vf_unaligned __attribute__((aligned(4), may_alias));

FC_INLINE vf v_load(const float *p) { return *(const vf_unaligned *)p; }
FC_INLINE void v_store(float *p, vf v) { *(vf_unaligned *)p = v; }

/* x - 0 is x for every float, -0 and NaN too, so this is a plain broadcast. */
FC_INLINE vf v_set(float x) { return x - (vf){0}; }

/* The first n lanes, n >= 0 (all of them from n = FC_LANES on); a load fills the others with 0. The
   whole vector goes the plain way: masked stores are slow on some CPUs. */
FC_INLINE vf v_load_n(const float *p, ptrdiff_t n)
{
    if (n >= FC_LANES)
        return v_load(p);
#if FC_LANES == 16
    return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif FC_LANES == 8
    static const int32_t lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return (vf)_mm256_maskload_ps(p, _mm256_loadu_si256((const __m256i *)(lanes + 8 - n)));
#else
    vf v = {0};
    memcpy(&v, p, (size_t)n * sizeof(float));
    return v;
#endif
}

FC_INLINE void v_store_n(float *p, vf v, ptrdiff_t n)
{
    if (n >= FC_LANES) {
        v_store(p, v);
        return;
    }
#if FC_LANES == 16
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif FC_LANES == 8
    static const int32_t lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    _mm256_maskstore_ps(p, _mm256_loadu_si256((const __m256i *)(lanes + 8 - n)), (__m256)v);
#else
    memcpy(p, &v, (size_t)n * sizeof(float));
#endif
}

/* Walks n floats a vector at a time: i is the first element, lanes how many are left (v_load_n and
   v_store_n take the whole vector while lanes >= FC_LANES). */
#define FC_EACH_VECTOR(i, lanes, n)                                                                        \
    for (ptrdiff_t i = 0, lanes = (n); lanes > 0; i += FC_LANES, lanes -= FC_LANES)

/* mask has all bits of a lane set or none: the result of a vector comparison. */
FC_INLINE vf v_select(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }

/* Larger of the two; NaN when either is NaN. */
FC_INLINE vf v_max(vf a, vf b) { return v_select((a > b) | (a != a), a, b); }

FC_INLINE vf v_sqrt(vf v)
{
    for (int i = 0; i < FC_LANES; i++) /* one instruction under -fno-math-errno */
        v[i] = __builtin_sqrtf(v[i]);
    return v;
}

/* Horizontal reductions, lane 0 upwards: the order is fixed. */
FC_INLINE float v_sum(vf v)
{
    float sum = 0;
    for (int i = 0; i < FC_LANES; i++)
        sum += v[i];
    return sum;
}

FC_INLINE float v_maximum(vf v)
{
    float best = v[0];
    for (int i = 1; i < FC_LANES; i++)
        best = v[i] > best || v[i] != v[i] ? v[i] : best;
    return best;
}

/* e^x, at most 1.5 ulp off. x = k ln 2 + r with |r| <= ln 2 / 2, e^r by its Taylor polynomial of degree 7
   (remainder < 2^-27 relative), times 2^k written into the exponent bits in two halves, so that
   the whole range from 0 through the subnormals to inf is reached. NaN stays NaN. */
FC_INLINE vf v_exp(vf x)
{
    const vf low = v_set(-104.0f), high = v_set(89.0f);
    vi nan = x != x;
    vf t = v_select(x < low, low, v_select(x > high, high, x));
    t = v_select(nan, v_set(0.0f), t); /* no conversion of NaN to an integer */
    /* 1.5 * 2^23 pushes the fraction out of the mantissa: round to nearest */
    const vf magic = v_set(12582912.0f);
    vf k = (t * v_set(1.44269504f) + magic) - magic;
    vf r = t - k * v_set(0.693359375f) - k * v_set(-2.12194440e-4f); /* ln 2 in two parts */
    vf p = v_set(1.0f / 5040.0f);
    p = p * r + v_set(1.0f / 720.0f);
    p = p * r + v_set(1.0f / 120.0f);
    p = p * r + v_set(1.0f / 24.0f);
    p = p * r + v_set(1.0f / 6.0f);
    p = p * r + v_set(0.5f);
    p = p * r + v_set(1.0f);
    p = p * r + v_set(1.0f);
    vi n = __builtin_convertvector(k, vi);
    vi half = n >> 1;
    vf two_half = (vf)((half + 127) << 23), two_rest = (vf)((n - half + 127) << 23);
    return v_select(nan, x, p * two_half * two_rest);
}

#endif
