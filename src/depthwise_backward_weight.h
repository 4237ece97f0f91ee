/* What depthwise convolutions add to the gradient of their weights: vectors over the channels, sums of taps
   that stay in registers over a few pixels. Contract: fc_depthwise in kernels.h. */
#ifndef FC_DEPTHWISE_BACKWARD_WEIGHT_H
#define FC_DEPTHWISE_BACKWARD_WEIGHT_H

#include "depthwise.h"

/* Pixels of a line that a tile of dw is summed up over before the next channels come: enough to pay for
   loading and storing it, few enough that memory is read in runs of channels. */
enum { FC_DEPTHWISE_RUN = 28 };

/* A tile of dw: rows x columns taps of a vector of channels, summed up over the pixels. The first of them
   lacks the first column of taps if `left` is set, the last one the last if `right` is. */
FC_INLINE void depthwise_pixel(const int rows, const int first, const int last, const fc_depthwise *s,
                               const float *x, const float *dy, vf sum[3][5], vf *total, ptrdiff_t lanes)
{
    const vf gradient = v_load_n(dy, lanes);
    *total += gradient;
    if (s->ahead) {
        v_prefetch(x + rows * s->x_row + s->x_column);
        v_prefetch(dy + s->y_line);
    }
#pragma GCC unroll 3
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 5
        for (int q = first; q < last; q++)
            sum[r][q] += v_load_n(x + r * s->x_row + q * s->x_column, lanes) * gradient;
}

FC_INLINE void depthwise_sums(const int rows, const int columns, const fc_depthwise *s, int left, int right,
                              ptrdiff_t pixels, const float *x, const float *dy, float *dw, float *db,
                              ptrdiff_t lanes)
{
    vf sum[3][5], total = {0};
#pragma GCC unroll 3
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 5
        for (int q = 0; q < columns; q++)
            sum[r][q] = v_load_n(dw + r * s->w_row + q * s->w_column, lanes);
    if (left) {
        depthwise_pixel(rows, 1, columns, s, x, dy, sum, &total, lanes);
        x += s->x_step, dy += s->y_step;
    }
    for (ptrdiff_t i = left + right; i < pixels; i++, x += s->x_step, dy += s->y_step)
        depthwise_pixel(rows, 0, columns, s, x, dy, sum, &total, lanes);
    if (right)
        depthwise_pixel(rows, 0, columns - 1, s, x, dy, sum, &total, lanes);
#pragma GCC unroll 3
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 5
        for (int q = 0; q < columns; q++)
            v_store_n(dw + r * s->w_row + q * s->w_column, sum[r][q], lanes);
    if (db)
        v_store_n(db, v_load_n(db, lanes) + total, lanes);
}

FC_INLINE void depthwise_taps(const int rows, const int columns, const fc_depthwise *s, int left, int right,
                              ptrdiff_t pixels, const float *x, const float *dy, float *dw, float *db)
{
    const ptrdiff_t tiles = (pixels + FC_DEPTHWISE_RUN - 1) / FC_DEPTHWISE_RUN;
    for (ptrdiff_t t = 0; t < tiles; t++) {
        const ptrdiff_t i = pixels * t / tiles, count = pixels * (t + 1) / tiles - i;
        const float *from = x + i * s->x_step, *g = dy + i * s->y_step;
        const int l = left && t == 0, r = right && t == tiles - 1;
        ptrdiff_t j = 0;
        for (; j + FC_LANES <= s->c; j += FC_LANES)
            depthwise_sums(rows, columns, s, l, r, count, from + j, g + j, dw + j, db ? db + j : NULL,
                           FC_LANES);
        if (j < s->c)
            depthwise_sums(rows, columns, s, l, r, count, from + j, g + j, dw + j, db ? db + j : NULL,
                           s->c - j);
    }
}

/* What one line of pixels adds to dw and, unless it is NULL, to db. */
FC_INLINE void depthwise_line(const fc_depthwise *s, ptrdiff_t pixels, const float *x, const float *dy,
                              float *dw, float *db)
{
    if (s->kh == 0 || s->kw == 0)
        depthwise_taps(0, 0, s, 0, 0, pixels, x, dy, dw, db);
    for (ptrdiff_t r = 0, rows; r < s->kh; r += rows)
        for (ptrdiff_t q = 0, columns; q < s->kw; q += columns) {
            const float *from = x + r * s->x_row + q * s->x_column;
            float *to = dw + r * s->w_row + q * s->w_column;
            columns = s->kw - q < 5 ? s->kw - q : 5;
            rows = s->kw > 3 ? 1 : s->kh - r < 3 ? s->kh - r : 3;
            const int left = s->left && q == 0, right = s->right && q + columns == s->kw;
#define FC_TAPS(a, b)                                                                                      \
    case a * 8 + b:                                                                                        \
        depthwise_taps(a, b, s, left, right, pixels, from, dy, to, r + q ? NULL : db);                     \
        break;
            switch (rows * 8 + columns) {
                FC_TAPS(1, 1)
                FC_TAPS(1, 2)
                FC_TAPS(1, 3)
                FC_TAPS(1, 4)
                FC_TAPS(1, 5)
                FC_TAPS(2, 1)
                FC_TAPS(2, 2)
                FC_TAPS(2, 3)
                FC_TAPS(3, 1)
                FC_TAPS(3, 2)
                FC_TAPS(3, 3)
            }
#undef FC_TAPS
        }
}

/* 3x3 taps over neighbours, two lines at a time: a vector of x is loaded once for all that it meets. */
FC_INLINE void depthwise_square(const int pixels, const fc_depthwise *s, int left, int right,
                                const float *x, const float *dy, float *dw, float *db, ptrdiff_t lanes)
{
    vf sum[3][3], gradient[2][FC_DEPTHWISE_SIDE], total = {0};
#pragma GCC unroll 3
    for (int r = 0; r < 3; r++)
#pragma GCC unroll 3
        for (int q = 0; q < 3; q++)
            sum[r][q] = v_load_n(dw + r * s->w_row + q * s->w_column, lanes);
#pragma GCC unroll 2
    for (int line = 0; line < 2; line++)
#pragma GCC unroll 4
        for (int i = 0; i < pixels; i++) {
            const float *from = dy + line * s->y_line + i * s->y_step;
            gradient[line][i] = v_load_n(from, lanes);
            total += gradient[line][i];
            if (s->ahead) {
                v_prefetch(from + 2 * s->y_line);
                v_prefetch(x + (4 + line) * s->x_row + (1 + i) * s->x_column);
            }
        }
#pragma GCC unroll 6
    for (int column = 0; column < pixels + 2; column++) {
        if ((left && column == 0) || (right && column == pixels + 1))
            continue;
#pragma GCC unroll 4
        for (int row = 0; row < 4; row++) {
            const vf v = v_load_n(x + row * s->x_row + column * s->x_column, lanes);
#pragma GCC unroll 3
            for (int q = 0; q < 3; q++) {
                const int i = column - q;
                if (i < 0 || i >= pixels)
                    continue;
                if (row < 3)
                    sum[row][q] += v * gradient[0][i];
                if (row > 0)
                    sum[row - 1][q] += v * gradient[1][i];
            }
        }
    }
#pragma GCC unroll 3
    for (int r = 0; r < 3; r++)
#pragma GCC unroll 3
        for (int q = 0; q < 3; q++)
            v_store_n(dw + r * s->w_row + q * s->w_column, sum[r][q], lanes);
    if (db)
        v_store_n(db, v_load_n(db, lanes) + total, lanes);
}

FC_INLINE void depthwise_squares(const int pixels, const fc_depthwise *s, int left, int right,
                                 const float *x, const float *dy, float *dw, float *db)
{
    ptrdiff_t j = 0;
    for (; j + FC_LANES <= s->c; j += FC_LANES)
        depthwise_square(pixels, s, left, right, x + j, dy + j, dw + j, db ? db + j : NULL, FC_LANES);
    if (j < s->c)
        depthwise_square(pixels, s, left, right, x + j, dy + j, dw + j, db ? db + j : NULL, s->c - j);
}

FC_INLINE void depthwise_two_lines(const fc_depthwise *s, ptrdiff_t pixels, const float *x, const float *dy,
                                   float *dw, float *db)
{
    const ptrdiff_t tiles = (pixels + FC_DEPTHWISE_SIDE - 1) / FC_DEPTHWISE_SIDE;
    for (ptrdiff_t t = 0; t < tiles; t++) {
        const ptrdiff_t i = pixels * t / tiles;
        const float *from = x + i * s->x_step, *g = dy + i * s->y_step;
        const int left = s->left && t == 0, right = s->right && t == tiles - 1;
        switch (pixels * (t + 1) / tiles - i) {
        case 1:
            depthwise_squares(1, s, left, right, from, g, dw, db);
            break;
        case 2:
            depthwise_squares(2, s, left, right, from, g, dw, db);
            break;
#if FC_LANES == 16 || defined(__aarch64__)
        case 3:
            depthwise_squares(3, s, left, right, from, g, dw, db);
            break;
        case 4:
            depthwise_squares(4, s, left, right, from, g, dw, db);
#endif
        }
    }
}

static void fc_depthwise_backward_weight(const fc_depthwise *sizes, ptrdiff_t lines, ptrdiff_t pixels,
                                         const float *x, const float *dy, float *dw, float *db)
{
    const fc_depthwise copy = *sizes, *s = &copy;
    const int square = s->kh == 3 && s->kw == 3 && s->x_step == s->x_column && s->x_line == s->x_row;
    for (ptrdiff_t line = 0; line < lines;) {
        const float *from = x + line * s->x_line, *g = dy + line * s->y_line;
        if (square && lines - line >= 2) {
            depthwise_two_lines(s, pixels, from, g, dw, db);
            line += 2;
        } else {
            depthwise_line(s, pixels, from, g, dw, db);
            line++;
        }
    }
}

#endif
