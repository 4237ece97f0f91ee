/* Resampling: each row and each column of y is a weighted sum of a few rows and columns of x. Contract:
   fc_resample in kernels.h.

   First the rows are summed into one line, then its pixels; where a row is a mere copy there is no line. A
   vector that hangs over the end of a pixel reaches into the next one, which comes later and overwrites
   what is too much. */
#ifndef FC_RESAMPLE_H
#define FC_RESAMPLE_H

#include "kernels.h"
#include "simd.h"

FC_INLINE void resample_fill(ptrdiff_t n, float value, float *y)
{
    FC_EACH_VECTOR (i, lanes, n)
        v_store_n(y + i, v_set(value), lanes);
}

/* y[n] = sum over `count` of the rows x[...][n]: a few at a time, which are read side by side. */
FC_INLINE void resample_rows(ptrdiff_t n, ptrdiff_t count, const ptrdiff_t *indices, const float *weights,
                             const float *x, float *y)
{
    enum { ROWS = 4 };
    for (ptrdiff_t e = 0; e < count; e += ROWS) {
        const ptrdiff_t rows = count - e < ROWS ? count - e : ROWS;
        FC_EACH_VECTOR (i, lanes, n) {
            vf sum = e ? v_load_n(y + i, lanes) : (vf){0};
            for (ptrdiff_t r = 0; r < rows; r++)
                sum += v_set(weights[e + r]) * v_load_n(x + indices[e + r] * n + i, lanes);
            v_store_n(y + i, sum, lanes);
        }
    }
}

/* y[ow][c] from the line x[iw][c]. */
FC_INLINE void resample_columns(const fc_resample *s, const float *x, float *y)
{
    const ptrdiff_t c = s->c, x_end = s->iw * c, y_end = s->ow * c;
    const ptrdiff_t *starts = s->columns.starts, *indices = s->columns.indices;
    const float *weights = s->columns.weights;
    for (ptrdiff_t ow = 0, end; ow < s->ow; ow = end) {
        const ptrdiff_t first = starts[ow], count = starts[ow + 1] - first, to = ow * c;
        const int sums = s->runs[ow] == ow;
        end = sums ? ow + 1 : s->runs[ow];
        if (!count) {
            resample_fill((end - ow) * c, s->fill, y + to);
            continue;
        }
        const ptrdiff_t from = indices[first] * c, last = indices[first + count - 1] * c;
        FC_EACH_VECTOR (i, left, (end - ow) * c) {
            const ptrdiff_t lanes = v_hang(left, x_end - last - i, y_end - to - i);
            vf sum = v_load_n(x + from + i, lanes);
            if (sums) {
                sum *= v_set(weights[first]);
                for (ptrdiff_t e = first + 1; e < first + count; e++)
                    sum += v_set(weights[e]) * v_load_n(x + indices[e] * c + i, lanes);
            }
            v_store_n(y + to + i, sum, lanes);
        }
    }
}

static void fc_resample_row(const fc_resample *sizes, ptrdiff_t row, const float *x, float *line, float *y)
{
    const fc_resample copy = *sizes, *s = &copy;
    const ptrdiff_t first = s->rows.starts[row], count = s->rows.starts[row + 1] - first, n = s->iw * s->c;
    const ptrdiff_t *indices = s->rows.indices + first;
    const float *weights = s->rows.weights + first;
    if (!count)
        resample_fill(s->ow * s->c, s->fill, y);
    else if (count == 1 && *weights == 1)
        resample_columns(s, x + *indices * n, y);
    else if (s->whole)
        resample_rows(n, count, indices, weights, x, y);
    else {
        resample_rows(n, count, indices, weights, x, line);
        resample_columns(s, line, y);
    }
}

#endif
