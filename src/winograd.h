/* Winograd convolution F(4x4, 3x3): a 4x4 tile of outputs from a 6x6 tile of inputs with 36 instead of
   144 multiplications per channel pair (Lavin & Gray, "Fast Algorithms for Convolutional Neural
   Networks", 2016; Winograd, 1980):

       y = A^T [(G w G^T) * (B^T x B)] A

   at the points 0, 1, -1, 1/2, -2 and infinity: as cheap as the textbook's 0, +-1, +-2, with a third of
   its largest error (Alam et al., "Winograd Convolution for Deep Neural Networks: Efficient Point
   Selection", 2022). The products of one of the 36 coefficients, over all tiles and channels, are a matrix
   product, which the micro-kernel does. Transforms are vectors over the channels. Coefficient (i, j) is
   plane i * 6 + j; planes are `step` floats apart. */
#ifndef FC_WINOGRAD_H
#define FC_WINOGRAD_H

#include "kernels.h"
#include "simd.h"

/* One axis of B^T x; x and y have strides s and t in vectors. */
FC_INLINE void winograd_bt(const vf *x, int s, vf *y, int t)
{
    vf x0 = x[0], x1 = x[s], x2 = x[2 * s], x3 = x[3 * s], x4 = x[4 * s], x5 = x[5 * s];
    vf even = x4 - x2, odd = x3 - x1;
    vf a = even + 1.5f * x3, b = odd + 1.5f * x2;
    y[0] = (x0 - x2) + even + 1.5f * odd;
    y[t] = a + b;
    y[2 * t] = a - b;
    y[3 * t] = even + 2.0f * odd;
    y[4 * t] = even - 0.5f * odd;
    y[5 * t] = (x5 - x3) + 1.5f * even - odd;
}

/* One axis of A^T m. */
FC_INLINE void winograd_at(const vf *m, int s, vf *y, int t)
{
    vf sum = m[s] + m[2 * s], difference = m[s] - m[2 * s];
    vf m3 = m[3 * s], m4 = m[4 * s];
    y[0] = m[0] + sum + (m3 + m4);
    y[t] = difference + 0.5f * m3 - 2.0f * m4;
    y[2 * t] = sum + 0.25f * m3 + 4.0f * m4;
    y[3 * t] = (m[5 * s] + difference) + 0.125f * m3 - 8.0f * m4;
}

/* One axis of A y: the adjoint of the former. */
FC_INLINE void winograd_a(const vf *y, int s, vf *m, int t)
{
    vf y0 = y[0], y1 = y[s], y2 = y[2 * s], y3 = y[3 * s];
    vf even = y0 + y2, odd = y1 + y3;
    m[0] = y0;
    m[t] = even + odd;
    m[2 * t] = even - odd;
    m[3 * t] = (y0 + 0.25f * y2) + (0.5f * y1 + 0.125f * y3);
    m[4 * t] = (y0 + 4.0f * y2) - (2.0f * y1 + 8.0f * y3);
    m[5 * t] = y3;
}

/* One axis of G w. */
FC_INLINE void winograd_g(const vf *w, int s, vf *u, int t)
{
    vf w0 = w[0], w1 = w[s], w2 = w[2 * s];
    vf even = w0 + w2;
    u[0] = w0;
    u[t] = (even + w1) * (1.0f / 3.0f);
    u[2 * t] = (w1 - even) * (1.0f / 3.0f);
    u[3 * t] = (w0 + 0.5f * w1 + 0.25f * w2) * (-16.0f / 15.0f);
    u[4 * t] = (w0 - 2.0f * w1 + 4.0f * w2) * (1.0f / 15.0f);
    u[5 * t] = w2;
}

/* One axis of G^T u: the adjoint of the former. */
FC_INLINE void winograd_gt(const vf *u, int s, vf *w, int t)
{
    vf u1 = u[s] * (1.0f / 3.0f), u2 = u[2 * s] * (1.0f / 3.0f);
    vf u3 = u[3 * s] * (-16.0f / 15.0f), u4 = u[4 * s] * (1.0f / 15.0f);
    vf difference = u1 - u2;
    w[0] = (u[0] + difference) + (u3 + u4);
    w[t] = (u1 + u2) + (0.5f * u3 - 2.0f * u4);
    w[2 * t] = (u[5 * s] + difference) + (0.25f * u3 + 4.0f * u4);
}

/* u[36][rows][32] = G w G^T of a panel w[9][rows][32]. */
static void fc_winograd_weights(ptrdiff_t rows, const float *w, float *u, ptrdiff_t step)
{
    for (ptrdiff_t i = 0; i < rows * FC_PANEL; i += FC_LANES) {
        vf g[9], t[18], all[36];
        for (int k = 0; k < 9; k++)
            g[k] = v_load(w + k * rows * FC_PANEL + i);
        for (int k = 0; k < 3; k++)
            winograd_g(g + k, 3, t + k, 3);
        for (int k = 0; k < 6; k++)
            winograd_g(t + k * 3, 1, all + k * 6, 1);
        for (int k = 0; k < 36; k++)
            v_store(u + k * step + i, all[k]);
    }
}

/* dw[9][rows][32] = G^T du G of a panel du[36][rows][32]. */
static void fc_winograd_weights_backward(ptrdiff_t rows, const float *du, ptrdiff_t step, float *dw)
{
    for (ptrdiff_t i = 0; i < rows * FC_PANEL; i += FC_LANES) {
        vf all[36], t[18], g[9];
        for (int k = 0; k < 36; k++)
            all[k] = v_load(du + k * step + i);
        for (int k = 0; k < 6; k++)
            winograd_gt(all + k, 6, t + k, 6);
        for (int k = 0; k < 3; k++)
            winograd_gt(t + k * 6, 1, g + k * 3, 1);
        for (int k = 0; k < 9; k++)
            v_store(dw + k * rows * FC_PANEL + i, g[k]);
    }
}

/* v[36][c] = B^T x B of the tile whose 6x6 pixels x points to. v is padded to whole vectors. */
static void fc_winograd_input(ptrdiff_t c, const float **x, float *v, ptrdiff_t step)
{
    FC_EACH_VECTOR (i, lanes, c) {
        vf d[36], t[36], row[6];
        for (int k = 0; k < 36; k++)
            d[k] = v_load_n(x[k] + i, lanes);
        for (int k = 0; k < 6; k++)
            winograd_bt(d + k, 6, t + k, 6);
        for (int k = 0; k < 6; k++) {
            winograd_bt(t + k * 6, 1, row, 1);
            for (int j = 0; j < 6; j++)
                v_store(v + (k * 6 + j) * step + i, row[j]);
        }
    }
}

/* The 4x4 pixels that y points to = A^T m A + bias (or NULL) of m[36][c], padded to whole vectors. */
static void fc_winograd_output(ptrdiff_t c, const float *m, ptrdiff_t step, const float *bias, float **y)
{
    FC_EACH_VECTOR (i, lanes, c) {
        vf all[36], t[24], row[4];
        vf b = bias ? v_load_n(bias + i, lanes) : (vf){0};
        for (int k = 0; k < 36; k++)
            all[k] = v_load(m + k * step + i);
        for (int k = 0; k < 6; k++)
            winograd_at(all + k, 6, t + k, 6);
        for (int k = 0; k < 4; k++) {
            winograd_at(t + k * 6, 1, row, 1);
            for (int j = 0; j < 4; j++)
                v_store_n(y[k * 4 + j] + i, row[j] + b, lanes);
        }
    }
}

/* m[36] = A dy A^T of the tile whose 4x4 pixels dy points to; channels go to panels of 32, `panel`
   floats apart, padded with 0. */
static void fc_winograd_gradient(ptrdiff_t c, const float **dy, float *m, ptrdiff_t step, ptrdiff_t panel)
{
    for (ptrdiff_t first = 0; first < c; first += FC_PANEL, m += panel)
        for (ptrdiff_t i = 0; i < FC_PANEL; i += FC_LANES) {
            ptrdiff_t lanes = c - first - i;
            vf d[16], t[24], row[6];
            for (int k = 0; k < 16; k++)
                d[k] = lanes > 0 ? v_load_n(dy[k] + first + i, lanes) : (vf){0};
            for (int k = 0; k < 4; k++)
                winograd_a(d + k, 4, t + k, 4);
            for (int k = 0; k < 6; k++) {
                winograd_a(t + k * 4, 1, row, 1);
                for (int j = 0; j < 6; j++)
                    v_store(m + (k * 6 + j) * step + i, row[j]);
            }
        }
}

#endif
