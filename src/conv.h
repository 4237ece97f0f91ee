/* Convolutions with few input channels: runs of taps that overlap. */
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

#endif
