/* The vector vocabulary: GCC vector extensions over FC_LANES floats, the same on every instruction
   set. The only intrinsics of the library stand here, for what the extensions cannot say: loads and
   stores that touch the first n lanes and not one byte more. */
#ifndef FC_SIMD_H
#define FC_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define FC_INLINE static inline __attribute__((always_inline))

/* Keeps the compiler from deriving all addresses from one. */
#define FC_OPAQUE(pointer) __asm__("" : "+r"(pointer))

typedef float vf __attribute__((vector_size(FC_LANES * 4)));
typedef int32_t vi __attribute__((vector_size(FC_LANES * 4)));
typedef uint32_t vu __attribute__((vector_size(FC_LANES * 4)));
typedef vf vf_unaligned __attribute__((aligned(4), may_alias));
typedef double vd __attribute__((vector_size(FC_LANES * 4)));
typedef float v_half __attribute__((vector_size(FC_LANES * 2)));
typedef float v_quad __attribute__((vector_size(16)));

FC_INLINE vf v_load(const float *p) { return *(const vf_unaligned *)p; }
FC_INLINE void v_store(float *p, vf v) { *(vf_unaligned *)p = v; }

/* A short vector, of at most 8 lanes: for runs at any address, where a wider one would nearly always lie
   across two cache lines. */
#define FC_SHORT (FC_LANES < 8 ? FC_LANES : 8)
typedef float vs __attribute__((vector_size(FC_SHORT * 4)));
typedef vs vs_unaligned __attribute__((aligned(4), may_alias));

FC_INLINE vs s_load(const float *p) { return *(const vs_unaligned *)p; }
FC_INLINE void s_store(float *p, vs v) { *(vs_unaligned *)p = v; }
FC_INLINE vs s_set(float x) { return x - (vs){0}; }

/* Ask for the cache line of p in the L2 cache; any address will do. */
FC_INLINE void v_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }

/* x - 0 is x for every float, -0 and NaN too, so this is a plain broadcast. */
FC_INLINE vf v_set(float x) { return x - (vf){0}; }

/* A mask of the first n lanes, 0 <= n <= FC_LANES, for loads and stores that touch no others; a load
   fills the others with 0. */
#if FC_LANES == 16
typedef __mmask16 v_mask;
FC_INLINE v_mask v_first(ptrdiff_t n) { return (__mmask16)((1u << n) - 1); }
FC_INLINE vf v_load_mask(const float *p, v_mask m) { return (vf)_mm512_maskz_loadu_ps(m, p); }
FC_INLINE void v_store_mask(float *p, vf v, v_mask m) { _mm512_mask_storeu_ps(p, m, (__m512)v); }
#elif FC_LANES == 8
typedef __m256i v_mask;
FC_INLINE v_mask v_first(ptrdiff_t n)
{
    static const int32_t lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_loadu_si256((const __m256i *)(lanes + 8 - n));
}
FC_INLINE vf v_load_mask(const float *p, v_mask m) { return (vf)_mm256_maskload_ps(p, m); }
FC_INLINE void v_store_mask(float *p, vf v, v_mask m) { _mm256_maskstore_ps(p, m, (__m256)v); }
#else
typedef ptrdiff_t v_mask;
FC_INLINE v_mask v_first(ptrdiff_t n) { return n; }
FC_INLINE vf v_load_mask(const float *p, v_mask m)
{
    vf v = {0};
    memcpy(&v, p, (size_t)m * sizeof(float));
    return v;
}
FC_INLINE void v_store_mask(float *p, vf v, v_mask m) { memcpy(p, &v, (size_t)m * sizeof(float)); }
#endif

/* The first n lanes, n >= 0: all of them from n = FC_LANES on, the plain way, which is faster. */
FC_INLINE vf v_load_n(const float *p, ptrdiff_t n)
{
    return n >= FC_LANES ? v_load(p) : v_load_mask(p, v_first(n));
}

/* How many lanes to read and write where `lanes` of them count: all of them where there is room for them.
 */
FC_INLINE ptrdiff_t v_hang(ptrdiff_t lanes, ptrdiff_t x_room, ptrdiff_t y_room)
{
    return x_room >= FC_LANES && y_room >= FC_LANES ? FC_LANES : lanes;
}

/* The same for a loop that runs through memory: what it will need soon is asked for now. Processors look
   ahead themselves, but not far enough where there is something to compute. */
FC_INLINE vf v_load_ahead(const float *p, ptrdiff_t n)
{
    __builtin_prefetch(p + 1024);
    return v_load_n(p, n);
}

FC_INLINE void v_store_n(float *p, vf v, ptrdiff_t n)
{
    if (n >= FC_LANES)
        v_store(p, v);
    else
        v_store_mask(p, v, v_first(n));
}

/* The first n lanes of small unsigned integers, widened to 32 bits and back, n >= 0. */
#if FC_LANES == 16
FC_INLINE vi v_load_bytes(const uint8_t *p, ptrdiff_t n)
{
    return (vi)_mm512_cvtepu8_epi32(n >= 16 ? _mm_loadu_si128((const __m128i *)p)
                                            : _mm_maskz_loadu_epi8(v_first(n), p));
}
FC_INLINE void v_store_bytes(uint8_t *p, vi v, ptrdiff_t n)
{
    __m128i bytes = _mm512_cvtepi32_epi8((__m512i)v);
    if (n >= 16)
        _mm_storeu_si128((__m128i *)p, bytes);
    else
        _mm_mask_storeu_epi8(p, v_first(n), bytes);
}
FC_INLINE vi v_load_shorts(const uint16_t *p, ptrdiff_t n)
{
    return (vi)_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(v_first(n < 16 ? n : 16), p));
}
FC_INLINE void v_store_shorts(uint16_t *p, vi v, ptrdiff_t n)
{
    _mm512_mask_cvtepi32_storeu_epi16(p, v_first(n < 16 ? n : 16), (__m512i)v);
}
#else
typedef uint8_t v_bytes __attribute__((vector_size(FC_LANES)));
typedef uint16_t v_shorts __attribute__((vector_size(FC_LANES * 2)));

FC_INLINE vi v_load_bytes(const uint8_t *p, ptrdiff_t n)
{
    v_bytes v = {0};
    if (n >= FC_LANES)
        memcpy(&v, p, sizeof v);
    else
        for (ptrdiff_t i = 0; i < n; i++)
            v[i] = p[i];
    return __builtin_convertvector(v, vi);
}
FC_INLINE void v_store_bytes(uint8_t *p, vi v, ptrdiff_t n)
{
    v_bytes narrow = __builtin_convertvector(v, v_bytes);
    if (n >= FC_LANES)
        memcpy(p, &narrow, sizeof narrow);
    else
        for (ptrdiff_t i = 0; i < n; i++)
            p[i] = narrow[i];
}
FC_INLINE vi v_load_shorts(const uint16_t *p, ptrdiff_t n)
{
    v_shorts v = {0};
    for (ptrdiff_t i = 0; i < FC_LANES && i < n; i++)
        v[i] = p[i];
    return __builtin_convertvector(v, vi);
}
FC_INLINE void v_store_shorts(uint16_t *p, vi v, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < FC_LANES && i < n; i++)
        p[i] = (uint16_t)v[i];
}
#endif

/* Brings a cache line near that will soon be read or written; the address need not exist. */
FC_INLINE void v_fetch(const float *p) { __builtin_prefetch(p, 0); }
FC_INLINE void v_fetch_to_write(const float *p) { __builtin_prefetch(p, 1); }

/* Walks n floats a vector at a time: i is the first element, lanes how many are left (v_load_n and
   v_store_n take the whole vector while lanes >= FC_LANES). */
#define FC_EACH_VECTOR(i, lanes, n)                                                                        \
    for (ptrdiff_t i = 0, lanes = (n); lanes > 0; i += FC_LANES, lanes -= FC_LANES)

/* A store past the caches, for results too large to be found there again: the line is not read first.
   p stands on a vector boundary, and v_streamed comes behind the last one. */
#if FC_LANES == 16
FC_INLINE void v_stream(float *p, vf v) { _mm512_stream_ps(p, (__m512)v); }
#elif FC_LANES == 8
FC_INLINE void v_stream(float *p, vf v) { _mm256_stream_ps(p, (__m256)v); }
#elif defined(__SSE2__)
FC_INLINE void v_stream(float *p, vf v) { _mm_stream_ps(p, (__m128)v); }
#else
FC_INLINE void v_stream(float *p, vf v) { v_store(p, v); }
#endif

/* What was streamed is seen by other threads before anything that is stored from now on. */
FC_INLINE void v_streamed(void)
{
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

/* y[i] = value for n floats, a vector at a time, past the caches if `stream` is set; `value` is an
   expression of i, the first element, and lanes, how many are wanted (see v_load_n). Rows of one task
   are filled by FC_FILL_ROW, with v_streamed behind the last. */
#define FC_FILL_ROW(y, n, stream, i, lanes, value)                                                         \
    do {                                                                                                   \
        ptrdiff_t i = 0, lanes = FC_LANES;                                                                 \
        if (stream)                                                                                        \
            for (; i + FC_LANES <= (n); i += FC_LANES)                                                     \
                v_stream((y) + i, value);                                                                  \
        for (; i + FC_LANES <= (n); i += FC_LANES)                                                         \
            v_store((y) + i, value);                                                                       \
        lanes = (n) - i;                                                                                   \
        if (lanes > 0)                                                                                     \
            v_store_mask((y) + i, value, v_first(lanes));                                                  \
    } while (0)

#define FC_FILL(y, n, stream, i, lanes, value)                                                             \
    do {                                                                                                   \
        FC_FILL_ROW(y, n, stream, i, lanes, value);                                                        \
        if (stream)                                                                                        \
            v_streamed();                                                                                  \
    } while (0)

/* mask has all bits of a lane set or none: the result of a vector comparison. */
FC_INLINE vf v_select(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }

FC_INLINE vf v_abs(vf x) { return (vf)(~(vi)v_set(-0.0f) & (vi)x); }

/* max(x, 0); NaN stays NaN. */
FC_INLINE vf v_positive(vf x) { return (vf)(~(x <= 0.0f) & (vi)x); }

/* The size of one number with the sign bit of another. */
FC_INLINE vf v_copy_sign(vf size, vf sign)
{
    return (vf)(((vi)size & 0x7fffffff) | ((vi)sign & INT32_MIN));
}

/* Larger of the two; NaN when either is NaN. */
FC_INLINE vf v_max(vf a, vf b) { return v_select((a > b) | (a != a), a, b); }

/* The running maximum and its place, of numbers alone: where v is larger, place becomes here. */
FC_INLINE void v_larger_place(vf *best, vi *place, vf v, vi here)
{
#if FC_LANES == 16
    __m512 a = (__m512)v, b = (__m512)*best;
    *place =
        (vi)_mm512_mask_mov_epi32((__m512i)*place, _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), (__m512i)here);
    *best = (vf)_mm512_max_ps(a, b);
#else
    vi larger = v > *best;
    *best = v_select(larger, v, *best);
    *place = (larger & here) | (~larger & *place);
#endif
}

/* Whether a lane is NaN. */
FC_INLINE int v_any_nan(vf v)
{
#if FC_LANES == 16
    return _mm512_cmp_ps_mask((__m512)v, (__m512)v, _CMP_UNORD_Q) != 0;
#elif FC_LANES == 8
    return _mm256_movemask_ps(_mm256_cmp_ps((__m256)v, (__m256)v, _CMP_UNORD_Q)) != 0;
#else
    int any = 0;
    for (int i = 0; i < FC_LANES; i++)
        any |= v[i] != v[i];
    return any;
#endif
}

/* The running maximum and its place, with NaN: where v is larger or NaN, best becomes v and place becomes
 * here. */
FC_INLINE void v_max_place(vf *best, vi *place, vf v, vi here)
{
#if FC_LANES == 16
    __m512 a = (__m512)v, b = (__m512)*best;
    __mmask16 better = _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ) | _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
    *best = (vf)_mm512_mask_mov_ps(b, better, a);
    *place = (vi)_mm512_mask_mov_epi32((__m512i)*place, better, (__m512i)here);
#else
    vi better = (v > *best) | (v != v);
    *best = v_select(better, v, *best);
    *place = (better & here) | (~better & *place);
#endif
}

/* x between low and high; NaN stays NaN: these instructions give the second operand where one is NaN. */
#if FC_LANES == 16
FC_INLINE vf v_clamp(vf x, vf low, vf high)
{
    return (vf)_mm512_min_ps((__m512)high, _mm512_max_ps((__m512)low, (__m512)x));
}
#elif FC_LANES == 8
FC_INLINE vf v_clamp(vf x, vf low, vf high)
{
    return (vf)_mm256_min_ps((__m256)high, _mm256_max_ps((__m256)low, (__m256)x));
}
#elif defined(__SSE2__)
FC_INLINE vf v_clamp(vf x, vf low, vf high)
{
    return (vf)_mm_min_ps((__m128)high, _mm_max_ps((__m128)low, (__m128)x));
}
#else
FC_INLINE vf v_clamp(vf x, vf low, vf high) { return v_select(x < low, low, v_select(x > high, high, x)); }
#endif

/* x * 2^k for a whole number |k| <= 250; where x is NaN, k may be anything. */
FC_INLINE vf v_scale(vf x, vf k)
{
#if FC_LANES == 16
    return (vf)_mm512_scalef_ps((__m512)x, (__m512)k);
#else
    const vf magic = v_set(12582912.0f); /* 1.5 * 2^23: k stands in the last bits of the sum */
    vi n = (vi)(k + magic) - (vi)magic, half = n >> 1; /* two halves: 2^n may leave float32 */
    return x * (vf)((half + 127) << 23) * (vf)((n - half + 127) << 23);
#endif
}

/* Both halves of a vector in double. */
FC_INLINE void v_widen(vf v, vd *low, vd *high)
{
    v_half half[2];
    memcpy(half, &v, sizeof v);
    *low = __builtin_convertvector(half[0], vd);
    *high = __builtin_convertvector(half[1], vd);
}

FC_INLINE vf v_sqrt(vf v)
{
    for (int i = 0; i < FC_LANES; i++) /* one instruction under -fno-math-errno */
        v[i] = __builtin_sqrtf(v[i]);
    return v;
}

/* 1 / sqrt(v) of normal v > 0, right but for the last place: Newton steps from the processor's estimate,
   since roots and quotients take several times as long. */
FC_INLINE vf v_rsqrt(vf v)
{
#if FC_LANES == 16
    vf r = (vf)_mm512_rsqrt14_ps((__m512)v);
    return r + r * 0.5f * (1.0f - v * r * r);
#elif FC_LANES == 8
    vf r = (vf)_mm256_rsqrt_ps((__m256)v);
    r = r + r * 0.5f * (1.0f - v * r * r);
    return r + r * 0.5f * (1.0f - v * r * r);
#else
    return 1.0f / v_sqrt(v);
#endif
}

/* The first halves of a and b, lane by lane in turns, and the second halves: log2(FC_LANES) rounds of
   this transpose a square. */
#if FC_LANES == 16
FC_INLINE vf v_zip_low(vf a, vf b)
{
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
FC_INLINE vf v_zip_high(vf a, vf b)
{
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#elif FC_LANES == 8
FC_INLINE vf v_zip_low(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
FC_INLINE vf v_zip_high(vf a, vf b) { return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
#else
FC_INLINE vf v_zip_low(vf a, vf b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
FC_INLINE vf v_zip_high(vf a, vf b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
#endif

/* The first n lanes, 0 in the others. */
FC_INLINE vf v_keep(vf v, ptrdiff_t n)
{
    vi lane;
    for (int i = 0; i < FC_LANES; i++)
        lane[i] = i;
    return (vf)((lane < (int32_t)(n < FC_LANES ? n : FC_LANES)) & (vi)v);
}

/* Horizontal reductions; the order is fixed. This one halves the vector again and again. */
FC_INLINE float v_sum(vf v)
{
    v_quad part[FC_LANES / 4];
    memcpy(part, &v, sizeof v);
    for (int n = FC_LANES / 8; n; n /= 2)
        for (int i = 0; i < n; i++)
            part[i] += part[i + n];
    return (part[0][0] + part[0][2]) + (part[0][1] + part[0][3]);
}

/* Lane 0 upwards, in double. */
FC_INLINE double v_sum_double(vd v)
{
    double sum = 0;
    for (int i = 0; i < FC_LANES / 2; i++)
        sum += v[i];
    return sum;
}

/* NaN where a lane is. Each round the halves are laid upon each other, lane by lane twice. */
FC_INLINE float v_maximum(vf v)
{
    for (int n = FC_LANES; n > 1; n /= 2)
        v = v_max(v_zip_low(v, v), v_zip_high(v, v));
    return v[0];
}

#endif
