/* Convolutions in which each channel sees itself alone: vectors over the channels, a few pixels at a time,
   so that a vector of weights serves all of them. Contract: fc_depthwise in kernels.h. */
#ifndef FC_DEPTHWISE_H
#define FC_DEPTHWISE_H

#include "kernels.h"
#include "simd.h"

/* Pixels of a tile: enough sums to hide the latency of the multiply-add. */
enum { FC_DEPTHWISE_PIXELS = 8 };

/* What becomes of the sums of channels j, ... of a pixel: see fc_epilogue. */
FC_INLINE void depthwise_store(const fc_depthwise *s, vf sum, vf scale, vf bias, const fc_epilogue *end,
                               ptrdiff_t at, float *y, ptrdiff_t lanes)
{
    sum = sum * scale + bias;
    if (end->residual)
        sum += v_load_n(end->residual + at, lanes);
    if (end->clamp)
        sum = v_clamp(sum, v_set(end->low), v_set(end->high));
    if (s->stream)
        v_stream(y + at, sum);
    else
        v_store_n(y + at, sum, lanes);
}

FC_INLINE void depthwise_vector(const int pixels, const fc_depthwise *s, const float *x, const float *w,
                                const fc_epilogue *end, ptrdiff_t j, float *y, ptrdiff_t lanes)
{
    vf sum[FC_DEPTHWISE_PIXELS];
    const vf scale = end->scale ? v_load_n(end->scale + j, lanes) : v_set(1.0f);
    const vf bias = end->bias ? v_load_n(end->bias + j, lanes) : v_set(0.0f);
#pragma GCC unroll 8
    for (int i = 0; i < pixels; i++) {
        sum[i] = (vf){0};
        if (s->ahead) {
            for (ptrdiff_t row = 0; row < s->x_line; row += s->x_row)
                for (ptrdiff_t column = 0; column < s->x_step; column += s->x_column)
                    v_prefetch(x + j + s->kh * s->x_row + row + i * s->x_step + column);
            if (!s->stream)
                v_fetch_to_write(y + j + (pixels + i) * s->y_step);
        }
    }
    for (ptrdiff_t r = 0; r < s->kh; r++)
        for (ptrdiff_t q = 0; q < s->kw; q++) {
            const float *from = x + j + r * s->x_row + q * s->x_column;
            const vf tap = v_load_n(w + j + r * s->w_row + q * s->w_column, lanes);
#pragma GCC unroll 8
            for (int i = 0; i < pixels; i++)
                sum[i] += v_load_n(from + i * s->x_step, lanes) * tap;
        }
#pragma GCC unroll 8
    for (int i = 0; i < pixels; i++)
        depthwise_store(s, sum[i], scale, bias, end, i * s->y_step + j, y, lanes);
}

FC_INLINE void depthwise_tile(const int pixels, const fc_depthwise *s, const float *x, const float *w,
                              const fc_epilogue *end, float *y)
{
    ptrdiff_t j = 0;
    for (; j + FC_LANES <= s->c; j += FC_LANES)
        depthwise_vector(pixels, s, x, w, end, j, y, FC_LANES);
    if (j < s->c)
        depthwise_vector(pixels, s, x, w, end, j, y, s->c - j);
}

static void fc_depthwise_correlate(const fc_depthwise *sizes, ptrdiff_t pixels, const float *x,
                                   const float *w, const fc_epilogue *epilogue, float *y)
{
    const fc_depthwise copy = *sizes, *s = &copy;
    fc_epilogue end = *epilogue;
    while (pixels > 0) {
        /* 9 pixels are 5 and 4, not 8 and 1 */
        const ptrdiff_t tiles = (pixels + FC_DEPTHWISE_PIXELS - 1) / FC_DEPTHWISE_PIXELS;
        const ptrdiff_t tile = (pixels + tiles - 1) / tiles;
        switch (tile) {
        case 1:
            depthwise_tile(1, s, x, w, &end, y);
            break;
        case 2:
            depthwise_tile(2, s, x, w, &end, y);
            break;
        case 3:
            depthwise_tile(3, s, x, w, &end, y);
            break;
        case 4:
            depthwise_tile(4, s, x, w, &end, y);
            break;
        case 5:
            depthwise_tile(5, s, x, w, &end, y);
            break;
        case 6:
            depthwise_tile(6, s, x, w, &end, y);
            break;
        case 7:
            depthwise_tile(7, s, x, w, &end, y);
            break;
        default:
            depthwise_tile(8, s, x, w, &end, y);
        }
        pixels -= tile;
        x += tile * s->x_step;
        y += tile * s->y_step;
        if (end.residual)
            end.residual += tile * s->y_step;
    }
    if (s->stream)
        v_streamed();
}

/* Outputs side by side in each of two lines, whose sums, or gradients, stay in registers beside 3x3 taps.
 */
#if FC_LANES == 16 || defined(__aarch64__)
enum { FC_DEPTHWISE_SIDE = 4 };
#else
enum { FC_DEPTHWISE_SIDE = 2 };
#endif

/* 3x3 taps over neighbours, two lines at a time: a vector of x is loaded once for all sums that it is in.
 */
FC_INLINE void depthwise_patch_vector(const int lines, const int pixels, const fc_depthwise *s, int left,
                                      int right, const float *x, const float *w, const fc_epilogue *end,
                                      ptrdiff_t j, float *y, ptrdiff_t lanes)
{
    vf sum[2][FC_DEPTHWISE_SIDE], tap[3][3];
    const vf scale = end->scale ? v_load_n(end->scale + j, lanes) : v_set(1.0f);
    const vf bias = end->bias ? v_load_n(end->bias + j, lanes) : v_set(0.0f);
#pragma GCC unroll 3
    for (int r = 0; r < 3; r++)
#pragma GCC unroll 3
        for (int q = 0; q < 3; q++)
            tap[r][q] = v_load_n(w + j + r * s->w_row + q * s->w_column, lanes);
#pragma GCC unroll 2
    for (int line = 0; line < lines; line++)
#pragma GCC unroll 4
        for (int i = 0; i < pixels; i++) {
            sum[line][i] = (vf){0};
            if (s->ahead) {
                v_prefetch(x + j + (lines + 2 + line) * s->x_row + (1 + i) * s->x_column);
                if (!s->stream)
                    v_fetch_to_write(y + j + line * s->y_line + (pixels + i) * s->y_step);
            }
        }
#pragma GCC unroll 4
    for (int row = 0; row < lines + 2; row++) {
        if ((s->top && row == 0) || (s->bottom && row == lines + 1))
            continue;
#pragma GCC unroll 6
        for (int column = 0; column < pixels + 2; column++) {
            if ((left && column == 0) || (right && column == pixels + 1))
                continue;
            const vf v = v_load_n(x + j + row * s->x_row + column * s->x_column, lanes);
#pragma GCC unroll 2
            for (int line = 0; line < lines; line++)
#pragma GCC unroll 3
                for (int q = 0; q < 3; q++) {
                    const int r = row - line, i = column - q;
                    if (r >= 0 && r < 3 && i >= 0 && i < pixels)
                        sum[line][i] += v * tap[r][q];
                }
        }
    }
#pragma GCC unroll 2
    for (int line = 0; line < lines; line++)
#pragma GCC unroll 4
        for (int i = 0; i < pixels; i++)
            depthwise_store(s, sum[line][i], scale, bias, end, line * s->y_line + i * s->y_step + j, y,
                            lanes);
}

FC_INLINE void depthwise_patch(const int lines, const int pixels, const fc_depthwise *s, int left,
                               int right, const float *x, const float *w, const fc_epilogue *end, float *y)
{
    ptrdiff_t j = 0;
    for (; j + FC_LANES <= s->c; j += FC_LANES)
        depthwise_patch_vector(lines, pixels, s, left, right, x, w, end, j, y, FC_LANES);
    if (j < s->c)
        depthwise_patch_vector(lines, pixels, s, left, right, x, w, end, j, y, s->c - j);
}

FC_INLINE void depthwise_patches(const int lines, const fc_depthwise *s, ptrdiff_t pixels, const float *x,
                                 const float *w, const fc_epilogue *end, float *y)
{
    const ptrdiff_t patches = (pixels + FC_DEPTHWISE_SIDE - 1) / FC_DEPTHWISE_SIDE;
    for (ptrdiff_t t = 0; t < patches; t++) {
        const ptrdiff_t i = pixels * t / patches;
        const float *from = x + i * s->x_step;
        float *to = y + i * s->y_step;
        fc_epilogue here = *end;
        if (here.residual)
            here.residual += i * s->y_step;
        const int left = s->left && t == 0, right = s->right && t == patches - 1;
        switch (pixels * (t + 1) / patches - i) {
        case 1:
            depthwise_patch(lines, 1, s, left, right, from, w, &here, to);
            break;
        case 2:
            depthwise_patch(lines, 2, s, left, right, from, w, &here, to);
            break;
#if FC_LANES == 16 || defined(__aarch64__)
        case 3:
            depthwise_patch(lines, 3, s, left, right, from, w, &here, to);
            break;
        case 4:
            depthwise_patch(lines, 4, s, left, right, from, w, &here, to);
#endif
        }
    }
}

static void fc_depthwise_square(const fc_depthwise *sizes, ptrdiff_t lines, ptrdiff_t pixels,
                                const float *x, const float *w, const fc_epilogue *epilogue, float *y)
{
    const fc_depthwise s = *sizes;
    const fc_epilogue end = *epilogue;
    if (lines == 2)
        depthwise_patches(2, &s, pixels, x, w, &end, y);
    else
        depthwise_patches(1, &s, pixels, x, w, &end, y);
    if (s.stream)
        v_streamed();
}

/* y[pixels][n * times] = each of the n channels of x[pixels][n], `times` times. */
static void fc_depthwise_repeat(ptrdiff_t pixels, ptrdiff_t n, ptrdiff_t times, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i < pixels * n; i++)
        for (ptrdiff_t k = 0; k < times; k++)
            *y++ = x[i];
}

/* y[pixels][n] = the sums of `times` neighbours each of x[pixels][n * times]. */
static void fc_depthwise_collect(ptrdiff_t pixels, ptrdiff_t n, ptrdiff_t times, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i < pixels * n; i++, x += times) {
        float sum = x[0];
        for (ptrdiff_t k = 1; k < times; k++)
            sum += x[k];
        y[i] = sum;
    }
}

#endif
