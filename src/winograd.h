/* Winograd convolution F(4x4, 3x3) and F(2x2, 5x5): a tile of 4x4 or 2x2 outputs from 6x6 inputs with 36
   instead of 144 or 100 multiplications per channel pair (Lavin & Gray, "Fast Algorithms for Convolutional
   Neural Networks", 2016; Winograd, 1980):

       y = A^T [(G w G^T) * (B^T x B)] A

   at the points 0, 1, -1, 1/2, -2 and infinity: as cheap as the textbook's 0, +-1, +-2, with a third of
   its largest error (Alam et al., "Winograd Convolution for Deep Neural Networks: Efficient Point
   Selection", 2022). Tile and window share six points, so B is the same for both. The products of one of
   the 36 coefficients, over all tiles and channels, are a matrix product, which the micro-kernel does.
   Transforms are vectors over the channels. Coefficient (i, j) is plane i * 6 + j; planes are `step` floats
   apart.

   The three transforms of pixels fetch what the next tile, `ahead` floats on, will want: it comes from
   memory, pixel by pixel, and no prefetcher of a CPU sees the pattern. */
#ifndef FC_WINOGRAD_H
#define FC_WINOGRAD_H

#include "kernels.h"
#include "simd.h"

/* G, for windows of 3 and of 5. */
static const float winograd_g3[6][3] = {
    {1, 0, 0},
    {1 / 3.0f, 1 / 3.0f, 1 / 3.0f},
    {-1 / 3.0f, 1 / 3.0f, -1 / 3.0f},
    {-16 / 15.0f, -8 / 15.0f, -4 / 15.0f},
    {1 / 15.0f, -2 / 15.0f, 4 / 15.0f},
    {0, 0, 1},
};
static const float winograd_g5[6][5] = {
    {1, 0, 0, 0, 0},
    {1 / 3.0f, 1 / 3.0f, 1 / 3.0f, 1 / 3.0f, 1 / 3.0f},
    {-1 / 3.0f, 1 / 3.0f, -1 / 3.0f, 1 / 3.0f, -1 / 3.0f},
    {-16 / 15.0f, -8 / 15.0f, -4 / 15.0f, -2 / 15.0f, -1 / 15.0f},
    {1 / 15.0f, -2 / 15.0f, 4 / 15.0f, -8 / 15.0f, 16 / 15.0f},
    {0, 0, 0, 0, 1},
};

/* Element (i, j) of G, a constant where all three are. */
FC_INLINE float winograd_g(const int window, int i, int j)
{
    return window == 3 ? winograd_g3[i][j] : winograd_g5[i][j];
}

/* One axis of B^T x; the elements of y are t vectors apart, here and below. */
FC_INLINE void winograd_bt(const vf *x, vf *y, int t)
{
    vf even = x[4] - x[2], odd = x[3] - x[1];
    vf a = even + 1.5f * x[3], b = odd + 1.5f * x[2];
    y[0] = (x[0] - x[2]) + even + 1.5f * odd;
    y[t] = a + b;
    y[2 * t] = a - b;
    y[3 * t] = even + 2.0f * odd;
    y[4 * t] = even - 0.5f * odd;
    y[5 * t] = (x[5] - x[3]) + 1.5f * even - odd;
}

/* One axis of A^T m. */
FC_INLINE void winograd_at(const int tile, const vf *m, vf *y, int t)
{
    vf sum = m[1] + m[2], difference = m[1] - m[2];
    y[0] = m[0] + sum + (m[3] + m[4]);
    y[t] = difference + 0.5f * m[3] - 2.0f * m[4];
    if (tile == 4) {
        y[2 * t] = sum + 0.25f * m[3] + 4.0f * m[4];
        y[3 * t] = difference + 0.125f * m[3] - 8.0f * m[4];
    }
    y[(tile - 1) * t] += m[5];
}

/* One axis of A y: the adjoint of the former. */
FC_INLINE void winograd_a(const int tile, const vf *y, vf *m, int t)
{
    vf even = y[0], odd = y[1], even3 = y[0], odd3 = 0.5f * y[1], even4 = y[0], odd4 = 2.0f * y[1];
    if (tile == 4) {
        even += y[2], even3 += 0.25f * y[2], even4 += 4.0f * y[2];
        odd += y[3], odd3 += 0.125f * y[3], odd4 += 8.0f * y[3];
    }
    m[0] = y[0];
    m[t] = even + odd;
    m[2 * t] = even - odd;
    m[3 * t] = even3 + odd3;
    m[4 * t] = even4 - odd4;
    m[5 * t] = y[tile - 1];
}

/* One axis of G w: element `row`. */
FC_INLINE vf winograd_gw(const int window, int row, const vf *w)
{
    vf sum = {0};
#pragma GCC unroll 5
    for (int j = 0; j < window; j++)
        if (winograd_g(window, row, j) != 0)
            sum += winograd_g(window, row, j) * w[j];
    return sum;
}

/* u[18][n] = rows first to first + 2 of G w G^T of w[window][window][n], whose taps are `tap` floats
   apart. */
FC_INLINE void winograd_weights(const int window, const int first, ptrdiff_t n, const float *w,
                                ptrdiff_t tap, float *u, ptrdiff_t step)
{
    for (ptrdiff_t i = 0; i < n; i += FC_LANES) {
        vf gw[3][5], line[5];
#pragma GCC unroll 5
        for (int k = 0; k < window; k++) {
#pragma GCC unroll 5
            for (int j = 0; j < window; j++)
                line[j] = v_load(w + (j * window + k) * tap + i);
#pragma GCC unroll 3
            for (int row = 0; row < 3; row++)
                gw[row][k] = winograd_gw(window, first + row, line);
        }
#pragma GCC unroll 3
        for (int row = 0; row < 3; row++)
#pragma GCC unroll 6
            for (int k = 0; k < 6; k++)
                v_store(u + (row * 6 + k) * step + i, winograd_gw(window, k, gw[row]));
    }
}

/* Taps of weights are often a multiple of 4 KiB apart and compete for the same lines of the L1 cache, so
   where they are updated they take turns by so many vectors. */
enum { WINOGRAD_SEGMENT = 16 };

/* The adjoint: adds what rows first to first + 2 of du, du[18][n], contribute to dw = G^T du G; with
   `accumulate` unset it is all of dw so far, which needs the first half: it has rows without zeros in G. */
FC_INLINE void winograd_weights_backward(const int window, const int first, ptrdiff_t n, const float *du,
                                         ptrdiff_t step, float *dw, ptrdiff_t tap, int accumulate)
{
    vf dug[3][5][WINOGRAD_SEGMENT];
    for (ptrdiff_t at = 0; at < n; at += WINOGRAD_SEGMENT * FC_LANES) {
        const ptrdiff_t left = (n - at) / FC_LANES;
        const ptrdiff_t vectors = left < WINOGRAD_SEGMENT ? left : WINOGRAD_SEGMENT;
        for (ptrdiff_t i = 0; i < vectors; i++)
#pragma GCC unroll 3
            for (int row = 0; row < 3; row++) {
                vf all[6];
#pragma GCC unroll 6
                for (int k = 0; k < 6; k++)
                    all[k] = v_load(du + (row * 6 + k) * step + at + i * FC_LANES);
#pragma GCC unroll 5
                for (int k = 0; k < window; k++) {
                    vf sum = {0};
#pragma GCC unroll 6
                    for (int j = 0; j < 6; j++)
                        if (winograd_g(window, j, k) != 0)
                            sum += winograd_g(window, j, k) * all[j];
                    dug[row][k][i] = sum;
                }
            }
#pragma GCC unroll 5
        for (int j = 0; j < window; j++)
#pragma GCC unroll 5
            for (int k = 0; k < window; k++)
                for (ptrdiff_t i = 0; i < vectors; i++) {
                    float *to = dw + (j * window + k) * tap + at + i * FC_LANES;
                    vf sum = accumulate ? v_load(to) : (vf){0};
#pragma GCC unroll 3
                    for (int row = 0; row < 3; row++)
                        if (winograd_g(window, first + row, j) != 0)
                            sum += winograd_g(window, first + row, j) * dug[row][k][i];
                    v_store(to, sum);
                }
    }
}

/* v[rows][6] = rows from `first` on of B^T x B of channels i .. i + lanes of the tile whose 6x6 pixels x
   points to. */
FC_INLINE void winograd_input(const int first, const int rows, ptrdiff_t i, ptrdiff_t lanes,
                              const float **x, ptrdiff_t ahead, float *v, ptrdiff_t step)
{
    vf t[36], line[6];
#pragma GCC unroll 6
    for (int k = 0; k < 6; k++) {
#pragma GCC unroll 6
        for (int j = 0; j < 6; j++) {
            if (k >= 2) /* the columns before are at hand, from this tile */
                v_fetch(x[j * 6 + k] + i + ahead);
            line[j] = v_load_n(x[j * 6 + k] + i, lanes);
        }
        winograd_bt(line, t + k, 6);
    }
#pragma GCC unroll 6
    for (int k = 0; k < rows; k++) {
        winograd_bt(t + (first + k) * 6, line, 1);
#pragma GCC unroll 6
        for (int j = 0; j < 6; j++)
            v_store(v + (k * 6 + j) * step + i, line[j]);
    }
}

/* The same for all c channels, padded to whole vectors. */
FC_INLINE void winograd_input_rows(const int first, const int rows, ptrdiff_t c, const float **x,
                                   ptrdiff_t ahead, float *v, ptrdiff_t step)
{
    FC_EACH_VECTOR (i, lanes, c)
        if (lanes >= FC_LANES)
            winograd_input(first, rows, i, FC_LANES, x, ahead, v, step);
        else
            winograd_input(first, rows, i, lanes, x, ahead, v, step);
}

static void fc_winograd_input(ptrdiff_t c, const float **x, ptrdiff_t ahead, float *v, ptrdiff_t step)
{
    winograd_input_rows(0, 6, c, x, ahead, v, step);
}

static void fc_winograd_input_half(ptrdiff_t c, const float **x, ptrdiff_t ahead, int half, float *v,
                                   ptrdiff_t step)
{
    if (half)
        winograd_input_rows(3, 3, c, x, ahead, v, step);
    else
        winograd_input_rows(0, 3, c, x, ahead, v, step);
}

/* Channels i .. i + lanes of the tile of pixels that y points to = A^T m A of m[36][c], through the
   epilogue, whose residual's pixels `residual` points to. */
FC_INLINE void winograd_output(const int tile, ptrdiff_t i, ptrdiff_t lanes, const float *m, ptrdiff_t step,
                               const fc_epilogue *end, const float **residual, float **y, ptrdiff_t ahead)
{
    vf t[24], line[6];
    const vf scale = end->scale ? v_load_n(end->scale + i, lanes) : v_set(1.0f);
    const vf bias = end->bias ? v_load_n(end->bias + i, lanes) : v_set(0.0f);
#pragma GCC unroll 6
    for (int k = 0; k < 6; k++) {
#pragma GCC unroll 6
        for (int j = 0; j < 6; j++)
            line[j] = v_load(m + (j * 6 + k) * step + i);
        winograd_at(tile, line, t + k, 6);
    }
#pragma GCC unroll 4
    for (int k = 0; k < tile; k++) {
        winograd_at(tile, t + k * 6, line, 1);
#pragma GCC unroll 4
        for (int j = 0; j < tile; j++) {
            vf sum = line[j] * scale + bias;
            if (end->residual) {
                v_fetch(residual[k * tile + j] + i + ahead);
                sum += v_load_n(residual[k * tile + j] + i, lanes);
            }
            if (end->clamp)
                sum = v_clamp(sum, v_set(end->low), v_set(end->high));
            v_fetch_to_write(y[k * tile + j] + i + ahead);
            v_store_n(y[k * tile + j] + i, sum, lanes);
        }
    }
}

/* Channels i .. i + lanes, or none, of the planes m[rows][6][...] = rows from `first` on of A dy A^T of the
   tile that dy points to. */
FC_INLINE void winograd_gradient(const int tile, const int first, const int rows, ptrdiff_t i,
                                 ptrdiff_t lanes, const float **dy, ptrdiff_t ahead, float *m,
                                 ptrdiff_t step)
{
    vf t[24], line[6];
#pragma GCC unroll 4
    for (int k = 0; k < tile; k++) {
#pragma GCC unroll 4
        for (int j = 0; j < tile; j++) {
            v_fetch(dy[j * tile + k] + i + ahead);
            line[j] = lanes > 0 ? v_load_n(dy[j * tile + k] + i, lanes) : (vf){0};
        }
        winograd_a(tile, line, t + k, tile);
    }
#pragma GCC unroll 6
    for (int k = 0; k < rows; k++) {
        winograd_a(tile, t + (first + k) * tile, line, 1);
#pragma GCC unroll 6
        for (int j = 0; j < 6; j++)
            v_store(m + (k * 6 + j) * step, line[j]);
    }
}

/* The same for all c channels, padded to whole panels, `panel` floats apart. */
FC_INLINE void winograd_gradient_rows(const int tile, const int first, const int rows, ptrdiff_t c,
                                      const float **dy, ptrdiff_t ahead, float *m, ptrdiff_t step,
                                      ptrdiff_t panel)
{
    for (ptrdiff_t at = 0; at < c; at += FC_PANEL, m += panel)
        for (ptrdiff_t i = 0, lanes = c - at; i < FC_PANEL; i += FC_LANES, lanes -= FC_LANES)
            if (lanes >= FC_LANES)
                winograd_gradient(tile, first, rows, at + i, FC_LANES, dy, ahead, m + i, step);
            else
                winograd_gradient(tile, first, rows, at + i, lanes, dy, ahead, m + i, step);
}

/* The functions of the table, for one window: contracts in kernels.h. */
#define FC_WINOGRAD(window, tile)                                                                          \
    static void fc_winograd_weights_##window(ptrdiff_t n, const float *w, ptrdiff_t tap, int half,         \
                                             float *u, ptrdiff_t step)                                     \
    {                                                                                                      \
        if (half)                                                                                          \
            winograd_weights(window, 3, n, w, tap, u, step);                                               \
        else                                                                                               \
            winograd_weights(window, 0, n, w, tap, u, step);                                               \
    }                                                                                                      \
    static void fc_winograd_weights_backward_##window(ptrdiff_t n, const float *du, ptrdiff_t step,        \
                                                      int half, float *dw, ptrdiff_t tap, int accumulate)  \
    {                                                                                                      \
        if (half)                                                                                          \
            winograd_weights_backward(window, 3, n, du, step, dw, tap, accumulate);                        \
        else                                                                                               \
            winograd_weights_backward(window, 0, n, du, step, dw, tap, accumulate);                        \
    }                                                                                                      \
    static void fc_winograd_output_##window(ptrdiff_t c, const float *m, ptrdiff_t step,                   \
                                            const fc_epilogue *end, const float **residual, float **y,     \
                                            ptrdiff_t ahead)                                               \
    {                                                                                                      \
        FC_EACH_VECTOR (i, lanes, c)                                                                       \
            if (lanes >= FC_LANES)                                                                         \
                winograd_output(tile, i, FC_LANES, m, step, end, residual, y, ahead);                      \
            else                                                                                           \
                winograd_output(tile, i, lanes, m, step, end, residual, y, ahead);                         \
    }                                                                                                      \
    static void fc_winograd_gradient_##window(ptrdiff_t c, const float **dy, ptrdiff_t ahead, float *m,    \
                                              ptrdiff_t step, ptrdiff_t panel)                             \
    {                                                                                                      \
        winograd_gradient_rows(tile, 0, 6, c, dy, ahead, m, step, panel);                                  \
    }                                                                                                      \
    static void fc_winograd_gradient_half_##window(ptrdiff_t c, const float **dy, ptrdiff_t ahead,         \
                                                   int half, float *m, ptrdiff_t step, ptrdiff_t panel)    \
    {                                                                                                      \
        if (half)                                                                                          \
            winograd_gradient_rows(tile, 3, 3, c, dy, ahead, m, step, panel);                              \
        else                                                                                               \
            winograd_gradient_rows(tile, 0, 3, c, dy, ahead, m, step, panel);                              \
    }

FC_WINOGRAD(3, 4)
FC_WINOGRAD(5, 2)

#endif
