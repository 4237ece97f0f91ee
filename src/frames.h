/* Frames side by side: what turns a convolution of volumes into one of images. */
#ifndef FC_FRAMES_H
#define FC_FRAMES_H

#include "simd.h"

/* Rows of y, `step` floats apart, take the c floats of x[rows][c]; zeros where x is NULL. */
static void fc_frames_forward(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t step, float *y)
{
    for (ptrdiff_t i = 0; i < rows; i++, y += step) {
        FC_EACH_VECTOR (j, lanes, c)
            v_store_n(y + j, x == NULL ? (vf){0} : v_load_n(x + j, lanes), lanes);
        x = x == NULL ? NULL : x + c;
    }
}

/* dx[rows][c] = the rows of dy, `step` floats apart; with `accumulate` they are added. */
static void fc_frames_backward(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t step, int accumulate,
                               float *dx)
{
    for (ptrdiff_t i = 0; i < rows; i++, dy += step, dx += c)
        FC_EACH_VECTOR (j, lanes, c) {
            vf more = v_load_n(dy + j, lanes);
            v_store_n(dx + j, accumulate ? v_load_n(dx + j, lanes) + more : more, lanes);
        }
}

#endif
