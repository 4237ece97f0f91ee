/* The one header that Cython sees: what a set of micro-kernels offers.

   The same source is compiled once per instruction set (isa_avx512.c, isa_avx2.c, isa_baseline.c);
   each translation unit fills one fc_kernels table, and dispatch.c says which tables this machine
   can run. Every function is single-threaded, allocates nothing and reads or writes nothing outside
   the sizes in its contract. Arrays are row-major float32; a shape stands behind each pointer. */
#ifndef FC_KERNELS_H
#define FC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Columns of a packed panel: weights are stored as [oc/32][kh][kw][ic][32], whatever the
   instruction set, so that a table can be exchanged without repacking anything. */
#define FC_PANEL 32

/* Floats of a cache line. */
#define FC_LINE 16

/* The most rows that a register tile has on any instruction set. */
#define FC_MAX_ROWS 14

/* Elementwise non-linearities. */
#define FC_ACTIVATIONS 12

/* What becomes of the sums of channel j before they are stored:

       y = clamp(sum * scale[j] + bias[j] + residual)

   Pointers that are NULL are left out. The residual stands like y. Numbers below `low` become `low`,
   those above `high` become `high`, if `clamp` is set. With `stream` the tiles of a matrix product store
   whole vectors past the caches (simd.h): they stand on vector boundaries; `streamed` comes behind. */
typedef struct {
    const float *scale;
    const float *bias;
    const float *residual;
    int clamp;
    float low, high;
    int stream;
} fc_epilogue;

/* One register tile of a batch-reduce matrix product (Georganas et al., "High-Performance Deep
   Learning via a Single Building Block", 2019):

       c[i * ldc + j] = start + sum over s, k of  A_s[i * rs + k * cs] * b[(s * depth + k) * ldb + j]

   with A_s = a + offsets[s], 0 <= i < rows (fixed per function), 0 <= j < columns, 0 <= s < segments
   and 0 <= k < depth. `start` is c itself when `accumulate` is set, else 0. The epilogue, unless it is
   NULL, begins at c; then c is a result, in no cache yet, and its lines are asked for before the sums.
   gemm_cs1: cs = 1, rs = stride (a row of A is contiguous: forward, backward-data).
   gemm_rs1: rs = 1, cs = stride (a column of A is contiguous: backward-weight); has no epilogue.
   Rows of b are read in whole vectors; only `columns` of c and of the epilogue's arrays are touched.
   `next`, unless NULL, is what will be read soon: with each k one more cache line of it is asked for. */
typedef void fc_gemm_tile(const float *a, const ptrdiff_t *offsets, ptrdiff_t stride, const float *b,
                          ptrdiff_t ldb, ptrdiff_t segments, ptrdiff_t depth, float *c, ptrdiff_t ldc,
                          ptrdiff_t columns, int accumulate, const fc_epilogue *end, const float *next);

/* A window of kh x kw that slides over x[ih][iw][c] at steps sh, sw and gives y[oh][ow][...]; `top`
   and `left` pixels of padding stand before the first row and column, `bottom` and `right` behind the last;
   windows may go further. With `padded`, a mean counts the padding. */
typedef struct {
    ptrdiff_t ih, iw, c, oh, ow, kh, kw, sh, sw, top, left, bottom, right;
    int padded;
} fc_window;

/* A run of pixels of a depthwise convolution of c channels, floats from one to the next: taps kh x kw of
   the weights, which stand w_row and w_column apart, meet pixels that stand x_row and x_column apart; the
   next pixel of y is y_step on, those of x that it meets x_step; x_line and y_line are the same for the
   next run. With `ahead`, memory is asked for the rows below before they are needed; with `stream`, y goes
   past the caches (simd.h): all its vectors are whole and stand on a vector boundary. Where lines are taken
   together, `left` says that the first pixel lacks the first column of taps, `right` that the last one
   lacks the last; `top` and `bottom` the same of lines and rows of taps. */
typedef struct {
    int ahead, stream, top, bottom, left, right;
    ptrdiff_t c, kh, kw, w_row, w_column, x_row, x_column, x_step, x_line, y_step, y_line;
} fc_depthwise;

/* A convolution whose output was max-pooled, along a row of n pooled pixels of c channels: the filter sees
   kh runs of x, `run` floats each, `pitch` floats apart; they begin at[tap] floats behind x if the maximum
   is tap `tap` of the pooling window, whose next one begins `step` floats on. Sums have rows of `ld`
   floats, whole cache lines. Taps are uint8, or uint16 if `wide`. */
typedef struct {
    ptrdiff_t n, c, kh, run, pitch, step, ld;
    const ptrdiff_t *at;
    int wide;
} fc_pooled;

/* An elementwise non-linearity with settings p and q: y = f(x) for n elements, and dx = dy f'(x), which is
   made from "x" or "y": `reads` says from which. With `stream` the result goes past the caches (simd.h): it
   stands on a vector boundary. */
typedef struct {
    const char *name;
    const char *reads;
    void (*forward)(ptrdiff_t n, float p, float q, const float *x, float *y, int stream);
    void (*backward)(ptrdiff_t n, float p, float q, const float *dy, const float *kept, float *dx,
                     int stream);
} fc_activation;

/* Local response normalisation of c channels: y = x * (k + share * the sum of x^2 over the channels from
   `before` below to `after` above)^-beta. Lines of scratch memory hold `block` pixels, `pitch` floats from
   one to the next, `before` and `after` zeros at least around the whole vectors of each. */
typedef struct {
    ptrdiff_t c, before, after, block, pitch;
    float k, share, beta;
} fc_lrn;

/* A sparse matrix, row by row: row i has the elements starts[i] .. starts[i + 1] - 1, whose columns,
   rising, are their `indices`. */
typedef struct {
    const ptrdiff_t *starts;
    const ptrdiff_t *indices;
    const float *weights;
} fc_sparse;

/* y[oh][ow][c] = sum over r, q of rows[i][r] * columns[j][q] * x[r][q][c]; where a row or a column is
   empty, `fill`. runs[j] is the end of the run of columns that begins at j: of empty ones, or of copies of
   neighbours; j itself where the column is any other sum. `whole`: all columns are one copy. */
typedef struct {
    ptrdiff_t iw, ow, c;
    fc_sparse rows, columns;
    const ptrdiff_t *runs;
    float fill;
    int whole;
} fc_resample;

/* y[oh][ow][c] from x[ih][iw][c]: the output pixel (i, j) shows what stands at

       map[0] * (i + 1/2) + map[1] * (j + 1/2) + map[2]   from the upper edge,
       map[3] * (i + 1/2) + map[4] * (j + 1/2) + map[5]   from the left one,

   in pixels, between the four nearest centres by bilinear weights; up to the border the border's pixels go
   on, beyond it stands `fill`. Whole pixels are copies. x is float32, or with `bytes` uint8 and divided by
   255. */
typedef struct {
    ptrdiff_t ih, iw, oh, ow, c;
    int bytes;
    float fill;
} fc_warp;

/* One step of an optimizer; `scale` is a factor of the gradient. */
typedef struct {
    float lr, scale, momentum, weight_decay;
    int nesterov;
} fc_sgd_settings;

/* Step t of Adam: rate = lr / (1 - beta1^t), correction = 1 / sqrt(1 - beta2^t), rest = 1 - beta. shrink is
   the share of the weights that is taken away past the moments. */
typedef struct {
    float rate, scale, correction, beta1, rest1, beta2, rest2, eps, weight_decay, shrink;
} fc_adam_settings;

typedef struct {
    float lr, scale, alpha, rest, eps, momentum, weight_decay; /* rest = 1 - alpha */
} fc_rmsprop_settings;

typedef struct {
    const char *name;
    ptrdiff_t lanes;                            /* float32 lanes of a vector register */
    ptrdiff_t chains;                           /* of multiply_add */
    ptrdiff_t tile_rows[2];                     /* most rows of a tile that is 1 and 2 vectors wide */
    fc_gemm_tile *gemm_cs1[2][FC_MAX_ROWS + 1]; /* [vectors - 1][rows] */
    fc_gemm_tile *gemm_rs1[2][FC_MAX_ROWS + 1];
    void (*streamed)(void); /* what was streamed is seen before anything that is stored from now on */

    /* peak.h: rounds * chains * lanes multiply-adds in registers; their sum */
    float (*multiply_add)(ptrdiff_t rounds, float factor);

    /* pack.h */
    void (*copy_rows)(ptrdiff_t ih, ptrdiff_t iw, ptrdiff_t ld, ptrdiff_t c, ptrdiff_t h0, ptrdiff_t rows,
                      ptrdiff_t w0, ptrdiff_t columns, const float *image, float *strip);
    void (*pack_panel)(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ld, float *panel);
    void (*panel_sums)(ptrdiff_t rows, ptrdiff_t columns, const float *panel, ptrdiff_t ld, float *sums);
    void (*transpose)(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ldx, float *y,
                      ptrdiff_t ldy);
    void (*sum_parts)(ptrdiff_t n, ptrdiff_t parts, ptrdiff_t step, const float *x, float *y);

    /* conv.h: lines[rows][pitch] += runs[rows][n][ld], each `step` floats after the other; see there */
    void (*conv_overlap)(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t run, ptrdiff_t ld, ptrdiff_t step,
                         const float *runs, ptrdiff_t pitch, float *lines);
    void (*conv_pooled)(const fc_pooled *s, const float *dy, const void *index, const float *x,
                        float *sums);

    /* bias.h: y[rows][c] += b[c]; sums[c] of dy[rows][c] */
    void (*bias_forward)(ptrdiff_t rows, ptrdiff_t c, const float *b, float *y);
    void (*bias_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, float *sums);

    /* frames.h: rows `step` floats apart take those of x[rows][c], and give them back to dx[rows][c] */
    void (*frames_forward)(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t step, float *y);
    void (*frames_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t step, int accumulate,
                            float *dx);

    /* depthwise.h: y[pixels][c] = sums over the taps of x * w, through the epilogue; the same for one or
       two lines of pixels with 3x3 taps over neighbours (x_line = x_row, x_step = x_column); each channel
       several times, and the sums of these again */
    void (*depthwise_correlate)(const fc_depthwise *s, ptrdiff_t pixels, const float *x, const float *w,
                                const fc_epilogue *end, float *y);
    void (*depthwise_square)(const fc_depthwise *s, ptrdiff_t lines, ptrdiff_t pixels, const float *x,
                             const float *w, const fc_epilogue *end, float *y);
    void (*depthwise_repeat)(ptrdiff_t pixels, ptrdiff_t n, ptrdiff_t times, const float *x, float *y);
    void (*depthwise_collect)(ptrdiff_t pixels, ptrdiff_t n, ptrdiff_t times, const float *x, float *y);

    /* depthwise_backward_weight.h: the sums over the pixels of dy * x are added to dw, those of dy to db
       unless it is NULL */
    void (*depthwise_backward_weight)(const fc_depthwise *s, ptrdiff_t lines, ptrdiff_t pixels,
                                      const float *x, const float *dy, float *dw, float *db);

    /* winograd.h, see there: transforms of one tile of x, y and dy, of weights and of their gradient, some
       by halves of the planes; [0] for 3x3 windows and 4x4 tiles, [1] for 5x5 windows and 2x2 tiles. `n`
       floats at each of the taps are whole vectors. Planes of c channels are padded to whole vectors, those
       of winograd_gradient to whole panels, `panel` floats apart. */
    void (*winograd_input)(ptrdiff_t c, const float **x, ptrdiff_t ahead, float *v, ptrdiff_t step);
    void (*winograd_input_half)(ptrdiff_t c, const float **x, ptrdiff_t ahead, int half, float *v,
                                ptrdiff_t step);
    void (*winograd_output[2])(ptrdiff_t c, const float *m, ptrdiff_t step, const fc_epilogue *end,
                               const float **residual, float **y, ptrdiff_t ahead);
    void (*winograd_gradient[2])(ptrdiff_t c, const float **dy, ptrdiff_t ahead, float *m, ptrdiff_t step,
                                 ptrdiff_t panel);
    void (*winograd_gradient_half[2])(ptrdiff_t c, const float **dy, ptrdiff_t ahead, int half, float *m,
                                      ptrdiff_t step, ptrdiff_t panel);
    void (*winograd_weights[2])(ptrdiff_t n, const float *w, ptrdiff_t tap, int half, float *u,
                                ptrdiff_t step);
    void (*winograd_weights_backward[2])(ptrdiff_t n, const float *du, ptrdiff_t step, int half, float *dw,
                                         ptrdiff_t tap, int accumulate);

    /* With `stream` the result goes past the caches (simd.h): y on a vector boundary. */

    /* activation.h */
    fc_activation activation[FC_ACTIVATIONS];

    /* add.h */
    void (*add)(ptrdiff_t n, const float *a, const float *b, float *y, int stream);

    /* augment.h: `room` elements behind x may be read, at least an image; pixels y[pixels][c] of c = 1 or 3
       channels become matrix[c][c] times the pixel plus offset[c], between 0 and 1; y = a + (b - a) *
       weight */
    void (*warp_image)(const fc_warp *s, const double *map, const void *x, ptrdiff_t room, float *y);
    void (*recolor)(ptrdiff_t pixels, ptrdiff_t c, const float *matrix, const float *offset, float *y);
    void (*blend)(ptrdiff_t n, float weight, const float *a, const float *b, float *y);

    /* dropout.h: elements start .. start + n of the tensor */
    void (*dropout)(ptrdiff_t n, uint64_t start, uint64_t key, uint64_t threshold, float scale,
                    const float *x, float *y, int stream);
    void (*dropout_mask)(ptrdiff_t n, uint64_t start, uint64_t key, uint64_t threshold, float *mask);
    void (*spatial_dropout)(ptrdiff_t rows, ptrdiff_t c, const float *mask, float scale, const float *x,
                            float *y, int stream);

    /* pool.h, pool_backward.h: rows first .. last - 1 of one image of y[oh][ow][c] (forward) or
       dx[ih][iw][c] (backward); y and dx point to the first of them, x and dy to the image. `index` goes
       with y and dy: the position kh * kw of each maximum in its window, as uint8 while kh * kw <= 256,
       else as uint16; NULL when no backward pass follows. With `ahead`, what is read is asked for before,
       and what is written goes past the caches. `own` and shares[ow][c] are scratch memory, 5 and 4 bytes
       for each element of a row of y. */
    void (*max_pool_forward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead, float *own,
                             const float *x, float *y, void *index);
    void (*max_pool_backward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead,
                              const float *dy, const void *index, float *dx);
    void (*avg_pool_forward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead, float *own,
                             const float *x, float *y);
    void (*avg_pool_backward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead,
                              const float *dy, float *shares, float *dx);

    /* lp_pool.h: the same rows as in pool.h; backward reads x[ih][iw][c] and y[oh][ow][c] of the image */
    void (*lp_pool_forward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, float p, const float *x,
                            float *y);
    void (*lp_pool_backward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, float p, const float *dy,
                             const float *x, const float *y, float *dx);

    /* resample.h: row `row` of y[oh][ow][c], at y, of an image x[ih][iw][c]; line[iw][c] is scratch */
    void (*resample_row)(const fc_resample *s, ptrdiff_t row, const float *x, float *line, float *y);

    /* batchnorm.h: x[rows][c]; where ldx, ldy, ... are given, rows stand so many floats apart */
    void (*batchnorm_sums)(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *pivot,
                           float *sum, float *square);
    void (*batchnorm_merge)(ptrdiff_t c, double seen, double count, const float *pivot, const float *sum,
                            const float *square, double *total, double *spread);
    void (*batchnorm_scale)(ptrdiff_t c, double eps, const float *gamma, const float *var, float *scale);
    void (*batchnorm_apply)(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t ldx, const float *mean,
                            const float *scale, const float *shift, const float *residual, int relu,
                            float *y, ptrdiff_t ldy, int stream);
    void (*batchnorm_backward_sums)(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t lddy,
                                    const float *x, ptrdiff_t ldx, const float *mean, const float *scale,
                                    const float *shift, const float *y, float *dz, float *sum,
                                    float *product);
    void (*batchnorm_total)(ptrdiff_t c, const float *sum, double *total);
    void (*batchnorm_backward_apply)(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t lddy,
                                     const float *x, ptrdiff_t ldx, const float *mean, const float *scale,
                                     const float *shift, const float *a, const float *b, const float *e,
                                     float *dx, ptrdiff_t lddx, int accumulate, int stream);
    void (*batchnorm_frozen_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                                      const float *mean, const float *scale, float *dx, float *sum,
                                      float *product, int stream);

    /* layernorm.h: x[rows][groups][c]; dgamma and dbeta are added to */
    void (*layernorm_forward)(ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t c, double eps, const float *x,
                              const float *gamma, const float *beta, float *mean, float *lost,
                              float *inverse, float *y, int stream);
    void (*layernorm_backward)(ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t c, const float *dy,
                               const float *x, const float *gamma, const float *mean, const float *lost,
                               const float *inverse, float *dx, float *dgamma, float *dbeta, int stream);

    /* lrn.h: x[pixels][c]; lines, ratios and kept are scratch memory, all 0 at first */
    void (*lrn_forward)(const fc_lrn *s, ptrdiff_t pixels, const float *x, float *lines, float *y,
                        int stream);
    void (*lrn_backward)(const fc_lrn *s, ptrdiff_t pixels, const float *dy, const float *x, float *lines,
                         float *ratios, float *kept, float *dx, int stream);

    /* prelu.h: x[rows][c]; sum[c] is the gradient of the slopes */
    void (*prelu_forward)(ptrdiff_t rows, ptrdiff_t c, const float *x, const float *slope, float *y,
                          int stream);
    void (*prelu_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x, const float *slope,
                           float *dx, float *sum, int stream);

    /* softmax.h: x[rows][c] */
    void (*softmax_forward)(ptrdiff_t rows, ptrdiff_t c, const float *x, float *y);
    void (*softmax_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *y, float *dx,
                             int stream);

    /* loss.h */
    double (*softmax_cross_entropy)(ptrdiff_t classes, ptrdiff_t label, double smoothing, float scale,
                                    const float *x, float *dx, int *correct);
    double (*soft_cross_entropy)(ptrdiff_t classes, const float *target, double smoothing, float scale,
                                 const float *x, float *dx, int *correct);
    double (*mean_squared_error)(ptrdiff_t n, float scale, const float *x, const float *target, float *dx);
    double (*huber)(ptrdiff_t n, float delta, float scale, const float *x, const float *target, float *dx);
    double (*binary_cross_entropy)(ptrdiff_t n, float scale, const float *x, const float *target, float *dx,
                                   ptrdiff_t *correct);

    /* optim.h: one update of n parameters */
    void (*sgd)(ptrdiff_t n, const fc_sgd_settings *s, const float *dw, float *w, float *v);
    void (*adam)(ptrdiff_t n, const fc_adam_settings *s, const float *dw, float *w, float *m, float *v);
    double (*sum_of_squares)(ptrdiff_t n, const float *x);
    void (*lerp)(ptrdiff_t n, float weight, const float *end, float *start);
    void (*rmsprop)(ptrdiff_t n, const fc_rmsprop_settings *s, const float *dw, float *w, float *m,
                    float *v);
} fc_kernels;

/* The tables that this CPU *and* operating system can run, widest first; returns how many. */
int fc_kernels_available(const fc_kernels **tables);

/* How the library was built: version of the compiler, flags that all tables share. */
const char *fc_compiler(void);
const char *fc_flags(void);

#endif
