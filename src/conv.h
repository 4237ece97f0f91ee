/* Convolutions with few channels: what the register tile would leave lanes idle for. */
#ifndef FC_CONV_H
#define FC_CONV_H

#include "kernels.h"
#include "simd.h"

/* lines[row][i * step + j] += runs[row][i][j] for i < n, j < run. Whole vectors are written: `ld` is a
   multiple of FC_LANES. Runs that do not overlap come one after the other, row by row, since reading what
   has just been written at another address has to wait for the cache. */
static void fc_conv_overlap(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t run, ptrdiff_t ld, ptrdiff_t step,
                            const float *runs, ptrdiff_t pitch, float *lines)
{
    const ptrdiff_t length = (run + FC_LANES - 1) / FC_LANES * FC_LANES;
    const ptrdiff_t apart = (length + step - 1) / step;
    for (ptrdiff_t start = 0; start < apart; start++)
        for (ptrdiff_t row = 0; row < rows; row++)
            for (ptrdiff_t i = start; i < n; i += apart) {
                const float *from = runs + (row * n + i) * ld;
                float *to = lines + row * pitch + i * step;
                for (ptrdiff_t j = 0; j < length; j += FC_LANES)
                    v_store(to + j, v_load(to + j) + v_load_n(from + j, run - j));
            }
}

/* Rows of runs whose sums are in registers at a time: enough to hide the latency of the multiply-add. */
#define FC_POOLED_ROWS 5

/* sums[c][1 + kh][ld] += what a row of n pooled pixels adds to the gradients of bias and weights. Each
   channel of a pooled pixel comes from one pixel alone, its maximum, tap index[i][c] of the pooling window:
   it adds dy[i][c] times the kh runs of x that were under the filter there. Behind a run, whole vectors are
   read and added.
   This is one vector of `rows` of the runs of one channel, whose sums stay in registers; dy and index
   stand at the channel, x and sums at the vector. */
FC_INLINE void conv_pooled_rows(const ptrdiff_t rows, const int wide, const fc_pooled *s, const float *dy,
                                const void *index, const float *x, float *sums)
{
    vs sum[FC_POOLED_ROWS]; /* [rows] */
#pragma GCC unroll 5
    for (ptrdiff_t r = 0; r < rows; r++)
        sum[r] = s_load(sums + r * s->ld);
    for (ptrdiff_t i = 0, at = 0; i < s->n; i++, at += s->c, x += s->step) {
        const ptrdiff_t tap = wide ? ((const uint16_t *)index)[at] : ((const uint8_t *)index)[at];
        const float *from = x + s->at[tap];
        const vs g = s_set(dy[at]);
#pragma GCC unroll 5
        for (ptrdiff_t r = 0; r < rows; r++)
            sum[r] += g * s_load(from + r * s->pitch);
    }
#pragma GCC unroll 5
    for (ptrdiff_t r = 0; r < rows; r++)
        s_store(sums + r * s->ld, sum[r]);
}

FC_INLINE void conv_pooled(const int wide, const fc_pooled *sizes, const float *dy, const void *index,
                           const float *x, float *sums)
{
    const fc_pooled copy = *sizes, *s = &copy; /* no store can change it */
    for (ptrdiff_t o = 0; o < s->c; o++, dy++, sums += (1 + s->kh) * s->ld) {
        const void *place =
            wide ? (const void *)((const uint16_t *)index + o) : (const void *)((const uint8_t *)index + o);
        float total = 0;
        for (ptrdiff_t i = 0; i < s->n; i++)
            total += dy[i * s->c];
        sums[0] += total;
        for (ptrdiff_t j = 0; j < s->run; j += FC_SHORT)
            for (ptrdiff_t r = 0; r < s->kh; r += FC_POOLED_ROWS) {
                const float *from = x + r * s->pitch + j;
                float *to = sums + (1 + r) * s->ld + j;
                if (s->kh - r >= 5)
                    conv_pooled_rows(5, wide, s, dy, place, from, to);
                else if (s->kh - r == 4)
                    conv_pooled_rows(4, wide, s, dy, place, from, to);
                else if (s->kh - r == 3)
                    conv_pooled_rows(3, wide, s, dy, place, from, to);
                else if (s->kh - r == 2)
                    conv_pooled_rows(2, wide, s, dy, place, from, to);
                else
                    conv_pooled_rows(1, wide, s, dy, place, from, to);
            }
    }
}

static void fc_conv_pooled(const fc_pooled *s, const float *dy, const void *index, const float *x,
                           float *sums)
{
    if (s->wide)
        conv_pooled(1, s, dy, index, x, sums);
    else
        conv_pooled(0, s, dy, index, x, sums);
}

#endif
