/* Convolutions with few input channels, by columns: rows of memory that hold a whole window. */
#ifndef FC_CONV_H
#define FC_CONV_H

#include "kernels.h"
#include "simd.h"
#include "window.h"

/* Backward-weight: columns[n][FC_PANEL] = the windows of n output pixels of one row, tap by tap, then a 1,
   whose column of dw is db. A window is `taps` runs of `run` floats, `pitch` apart; the next window
   stands `step` floats on. run * taps < FC_PANEL. Whole vectors are copied, in an order in which what is
   too much is overwritten next; the last one needs a vector of slack, in x and in columns. */
static void fc_conv_columns(ptrdiff_t n, ptrdiff_t taps, ptrdiff_t run, ptrdiff_t pitch, ptrdiff_t step,
                            const float *x, float *columns)
{
    for (ptrdiff_t i = 0; i < n; i++, x += step, columns += FC_PANEL) {
        for (ptrdiff_t r = 0; r < taps; r++)
            for (ptrdiff_t j = 0; j < run; j += FC_LANES)
                v_store(columns + r * run + j, v_load(x + r * pitch + j));
        columns[taps * run] = 1;
    }
}

/* Backward-data: the micro-kernel has computed columns = dy w^T, what each output pixel sends back to
   each tap of its window. dx[ih] = sum over the windows (oh, ow) that cover a pixel of columns[oh -
   first][ow][tap][c]. Loads run over the end of a tap into the next one and into the slack of `ld`; those
   lanes are not stored. */
static void fc_conv_gather(const fc_window *s, ptrdiff_t ih, ptrdiff_t first, const float *columns,
                           ptrdiff_t ld, float *dx, ptrdiff_t ldx)
{
    const ptrdiff_t r0 = cover_first(ih, s->sh, s->top, s->kh), r1 = cover_last(ih, s->sh, s->top, s->oh);
    for (ptrdiff_t iw = 0; iw < s->iw; iw++) {
        const ptrdiff_t q0 = cover_first(iw, s->sw, s->left, s->kw);
        const ptrdiff_t q1 = cover_last(iw, s->sw, s->left, s->ow);
        FC_EACH_VECTOR (c, lanes, s->c) {
            vf sum = {0};
            for (ptrdiff_t oh = r0; oh < r1; oh++)
                for (ptrdiff_t ow = q0; ow < q1; ow++) {
                    ptrdiff_t tap = (ih + s->top - oh * s->sh) * s->kw + iw + s->left - ow * s->sw;
                    sum += v_load(columns + ((oh - first) * s->ow + ow) * ld + tap * s->c + c);
                }
            v_store_n(dx + (ih * s->iw + iw) * ldx + c, sum, lanes);
        }
    }
}

#endif
