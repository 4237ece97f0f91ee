/* The batch-reduce matrix product in registers: the heart of convolution and dense layers, in all
   passes. Contract: fc_gemm_tile in kernels.h.

   One always-inline template, instantiated for every tile height and for one and two vectors of
   width. All loops over the tile have constant bounds and are fully unrolled, so the accumulators
   live in registers: 14 x 2 + 2 + 1 = 31 of 32 on AVX-512, 6 x 2 + 2 + 1 = 15 of 16 on AVX2. A tile
   one vector wide needs 8 rows to hide the latency of the multiply-add, and more than 14 row
   addresses would not fit the integer registers. It has a load for each multiply-add, so it is spared
   the instruction that asks for what comes next where nothing does.
   tests/test_disassembly.py fails when the compiler spills one. Each c[i][j] is summed over s and k in the
   same order whatever the tile, so results do not depend on how the work was cut. */
#ifndef FC_MICROKERNEL_H
#define FC_MICROKERNEL_H

#include "kernels.h"
#include "simd.h"

#if FC_LANES == 16
#define FC_ROWS_1 14
#define FC_ROWS_2 14
#elif defined(__aarch64__)
#define FC_ROWS_1 12
#define FC_ROWS_2 12
#else
#define FC_ROWS_1 12
#define FC_ROWS_2 6
#endif

_Static_assert(FC_PANEL % (2 * FC_LANES) == 0, "a panel is a whole number of two-vector tiles");

static void fc_streamed(void) { v_streamed(); }

/* c[rows][...] (+)= sum, through the epilogue; the last vector has `tail` lanes. */
FC_INLINE void gemm_store(const int rows, const int vectors, const int rows_contiguous, ptrdiff_t tail,
                          vf sum[FC_ROWS_1][2], float *c, ptrdiff_t ldc, int accumulate,
                          const fc_epilogue *end)
{
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++) {
        const ptrdiff_t at = j * FC_LANES, lanes = j < vectors - 1 ? FC_LANES : tail;
        if (accumulate)
#pragma GCC unroll 14
            for (int i = 0; i < rows; i++)
                sum[i][j] += v_load_n(c + i * ldc + at, lanes);
        if (end && !rows_contiguous) {
            const vf scale = end->scale ? v_load_n(end->scale + at, lanes) : v_set(1.0f);
            const vf bias = end->bias ? v_load_n(end->bias + at, lanes) : v_set(0.0f);
#pragma GCC unroll 14
            for (int i = 0; i < rows; i++)
                sum[i][j] = sum[i][j] * scale + bias;
            if (end->residual)
#pragma GCC unroll 14
                for (int i = 0; i < rows; i++)
                    sum[i][j] += v_load_n(end->residual + i * ldc + at, lanes);
            if (end->clamp)
#pragma GCC unroll 14
                for (int i = 0; i < rows; i++)
                    sum[i][j] = v_clamp(sum[i][j], v_set(end->low), v_set(end->high));
        }
        if (end && !rows_contiguous && end->stream && lanes == FC_LANES)
#pragma GCC unroll 14
            for (int i = 0; i < rows; i++)
                v_stream(c + i * ldc + at, sum[i][j]);
        else
#pragma GCC unroll 14
            for (int i = 0; i < rows; i++)
                v_store_n(c + i * ldc + at, sum[i][j], lanes);
    }
}

FC_INLINE void gemm_tile(const int rows, const int vectors, const int rows_contiguous, const int ahead,
                         const float *a, const ptrdiff_t *offsets, ptrdiff_t stride, const float *b,
                         ptrdiff_t ldb, ptrdiff_t segments, ptrdiff_t depth, float *c, ptrdiff_t ldc,
                         ptrdiff_t columns, int accumulate, const fc_epilogue *end, const float *next)
{
    vf sum[FC_ROWS_1][2]; /* [rows][vectors] */
    const ptrdiff_t step = rows_contiguous ? 1 : stride, advance = rows_contiguous ? stride : 1;
    const ptrdiff_t tail = columns - (vectors - 1) * FC_LANES; /* lanes of the last vector */

    if (ahead && !next) /* in the cache already: as good as nothing */
        next = b;
#pragma GCC unroll 14
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < vectors; j++)
            sum[i][j] = (vf){0};
    if (!rows_contiguous && end && end->residual)
#pragma GCC unroll 14
        for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
            for (int j = 0; j < vectors; j++)
                v_fetch(end->residual + i * ldc + j * FC_LANES);

    if (!rows_contiguous && end && !end->stream)
#pragma GCC unroll 14
        for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
            for (int j = 0; j < vectors * FC_LANES; j += FC_LINE)
                v_fetch_to_write(c + i * ldc + j);

    for (ptrdiff_t s = 0; s < segments; s++) {
        const float *as[3]; /* rows 0, 5 and 10: the others are 1 to 4 steps on */
#pragma GCC unroll 3
        for (int i = 0; i < 3; i++) {
            as[i] = a + offsets[s] + 5 * i * step;
            FC_OPAQUE(as[i]);
        }
        for (ptrdiff_t k = 0; k < depth; k++) {
            vf bk[2];
#pragma GCC unroll 2
            for (int j = 0; j < vectors; j++)
                bk[j] = v_load(b + j * FC_LANES);
#pragma GCC unroll 14
            for (int i = 0; i < rows; i++) {
                vf x = v_set(as[i / 5][i % 5 * step]);
#pragma GCC unroll 2
                for (int j = 0; j < vectors; j++)
                    sum[i][j] += x * bk[j];
            }
#pragma GCC unroll 3
            for (int i = 0; i < 3; i++) {
                as[i] += advance;
                FC_OPAQUE(as[i]);
            }
            b += ldb;
            if (ahead) {
                v_prefetch(next);
                next += FC_LINE;
            }
        }
    }

    if (tail == FC_LANES)
        gemm_store(rows, vectors, rows_contiguous, FC_LANES, sum, c, ldc, accumulate, end);
    else
        gemm_store(rows, vectors, rows_contiguous, tail, sum, c, ldc, accumulate, end);
}

/* clang-format off */
#define FC_TILE(rows, vectors, mode, rows_contiguous)                                                    \
    static void fc_gemm_##mode##_##rows##x##vectors(                                                     \
        const float *a, const ptrdiff_t *offsets, ptrdiff_t stride, const float *b, ptrdiff_t ldb,       \
        ptrdiff_t segments, ptrdiff_t depth, float *c, ptrdiff_t ldc, ptrdiff_t columns,                 \
        int accumulate, const fc_epilogue *end, const float *next)                                       \
    {                                                                                                    \
        if (vectors == 2 || next)                                                                        \
            gemm_tile(rows, vectors, rows_contiguous, 1, a, offsets, stride, b, ldb, segments, depth, c, \
                      ldc, columns, accumulate, end, next);                                              \
        else                                                                                             \
            gemm_tile(rows, vectors, rows_contiguous, 0, a, offsets, stride, b, ldb, segments, depth, c, \
                      ldc, columns, accumulate, end, next);                                              \
    }
#define FC_TILE_MODES(rows, vectors) FC_TILE(rows, vectors, cs1, 0) FC_TILE(rows, vectors, rs1, 1)
#define FC_TILE_NAME(rows, vectors, mode) [rows] = fc_gemm_##mode##_##rows##x##vectors,

/* FC_EACH_ROWS(n)(F, ...) is F(1, ...) F(2, ...) up to F(n, ...). */
#define FC_EACH_6(F, ...)                                                                                \
    F(1, __VA_ARGS__) F(2, __VA_ARGS__) F(3, __VA_ARGS__) F(4, __VA_ARGS__) F(5, __VA_ARGS__) F(6, __VA_ARGS__)
#define FC_EACH_12(F, ...)                                                                               \
    FC_EACH_6(F, __VA_ARGS__)                                                                            \
    F(7, __VA_ARGS__) F(8, __VA_ARGS__) F(9, __VA_ARGS__) F(10, __VA_ARGS__) F(11, __VA_ARGS__) F(12, __VA_ARGS__)
#define FC_EACH_14(F, ...) FC_EACH_12(F, __VA_ARGS__) F(13, __VA_ARGS__) F(14, __VA_ARGS__)
#define FC_EACH_JOIN(rows) FC_EACH_##rows
#define FC_EACH_ROWS(rows) FC_EACH_JOIN(rows)

FC_EACH_ROWS(FC_ROWS_1)(FC_TILE_MODES, 1)
FC_EACH_ROWS(FC_ROWS_2)(FC_TILE_MODES, 2)
/* clang-format on */

#endif
