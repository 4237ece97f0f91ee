"""src/kernels.h, in the same order and with the same names."""

from libc.stdint cimport uint64_t


cdef extern from "kernels.h" nogil:
    enum:
        FC_PANEL
        FC_LINE
        FC_MAX_ROWS
        FC_ACTIVATIONS

    ctypedef struct fc_epilogue:
        const float *scale
        const float *bias
        const float *residual
        int clamp
        float low, high
        int stream

    ctypedef void fc_gemm_tile(const float *a, const ptrdiff_t *offsets, ptrdiff_t stride, const float *b,
                               ptrdiff_t ldb, ptrdiff_t segments, ptrdiff_t depth, float *c,
                               ptrdiff_t ldc, ptrdiff_t columns, int accumulate,
                               const fc_epilogue *end, const float *next) noexcept nogil

    ctypedef struct fc_window:
        ptrdiff_t ih, iw, c, oh, ow, kh, kw, sh, sw, top, left, bottom, right
        int padded

    ctypedef struct fc_depthwise:
        int ahead, stream, top, bottom, left, right
        ptrdiff_t c, kh, kw, w_row, w_column, x_row, x_column, x_step, x_line, y_step, y_line

    ctypedef struct fc_pooled:
        ptrdiff_t n, c, kh, run, pitch, step, ld
        const ptrdiff_t *at
        int wide

    ctypedef struct fc_activation:
        const char *name
        const char *reads
        void (*forward)(ptrdiff_t n, float p, float q, const float *x, float *y, int stream) noexcept nogil
        void (*backward)(ptrdiff_t n, float p, float q, const float *dy, const float *kept, float *dx,
                         int stream) noexcept nogil

    ctypedef struct fc_lrn:
        ptrdiff_t c, before, after, block, pitch
        float k, share, beta

    ctypedef struct fc_sparse:
        const ptrdiff_t *starts
        const ptrdiff_t *indices
        const float *weights

    ctypedef struct fc_resample:
        ptrdiff_t iw, ow, c
        fc_sparse rows, columns
        const ptrdiff_t *runs
        float fill
        int whole

    ctypedef struct fc_warp:
        ptrdiff_t ih, iw, oh, ow, c
        int bytes
        float fill

    ctypedef struct fc_sgd_settings:
        float lr, scale, momentum, weight_decay
        int nesterov

    ctypedef struct fc_adam_settings:
        float rate, scale, correction, beta1, rest1, beta2, rest2, eps, weight_decay, shrink

    ctypedef struct fc_rmsprop_settings:
        float lr, scale, alpha, rest, eps, momentum, weight_decay

    ctypedef struct fc_kernels:
        const char *name
        ptrdiff_t lanes
        ptrdiff_t chains
        ptrdiff_t tile_rows[2]
        fc_gemm_tile *gemm_cs1[2][FC_MAX_ROWS + 1]
        fc_gemm_tile *gemm_rs1[2][FC_MAX_ROWS + 1]
        void (*streamed)() noexcept nogil

        float (*multiply_add)(ptrdiff_t rounds, float factor) noexcept nogil

        void (*copy_rows)(ptrdiff_t ih, ptrdiff_t iw, ptrdiff_t ld, ptrdiff_t c, ptrdiff_t h0,
                          ptrdiff_t rows, ptrdiff_t w0, ptrdiff_t columns, const float *image,
                          float *strip) noexcept nogil
        void (*pack_panel)(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ld,
                           float *panel) noexcept nogil
        void (*panel_sums)(ptrdiff_t rows, ptrdiff_t columns, const float *panel, ptrdiff_t ld,
                           float *sums) noexcept nogil
        void (*transpose)(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t ldx, float *y,
                          ptrdiff_t ldy) noexcept nogil
        void (*sum_parts)(ptrdiff_t n, ptrdiff_t parts, ptrdiff_t step, const float *x,
                          float *y) noexcept nogil

        void (*conv_overlap)(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t run, ptrdiff_t ld, ptrdiff_t step,
                             const float *runs, ptrdiff_t pitch, float *lines) noexcept nogil
        void (*conv_pooled)(const fc_pooled *s, const float *dy, const void *index, const float *x,
                            float *sums) noexcept nogil

        void (*bias_forward)(ptrdiff_t rows, ptrdiff_t c, const float *b, float *y) noexcept nogil
        void (*bias_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, float *sums) noexcept nogil

        void (*frames_forward)(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t step,
                               float *y) noexcept nogil
        void (*frames_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t step,
                                int accumulate, float *dx) noexcept nogil

        void (*depthwise_correlate)(const fc_depthwise *s, ptrdiff_t pixels, const float *x, const float *w,
                                    const fc_epilogue *end, float *y) noexcept nogil
        void (*depthwise_square)(const fc_depthwise *s, ptrdiff_t lines, ptrdiff_t pixels, const float *x,
                                 const float *w, const fc_epilogue *end, float *y) noexcept nogil
        void (*depthwise_repeat)(ptrdiff_t pixels, ptrdiff_t n, ptrdiff_t times, const float *x,
                                 float *y) noexcept nogil
        void (*depthwise_collect)(ptrdiff_t pixels, ptrdiff_t n, ptrdiff_t times, const float *x,
                                  float *y) noexcept nogil

        void (*depthwise_backward_weight)(const fc_depthwise *s, ptrdiff_t lines, ptrdiff_t pixels,
                                          const float *x, const float *dy, float *dw,
                                          float *db) noexcept nogil

        void (*winograd_input)(ptrdiff_t c, const float **x, ptrdiff_t ahead, float *v,
                               ptrdiff_t step) noexcept nogil
        void (*winograd_input_half)(ptrdiff_t c, const float **x, ptrdiff_t ahead, int half, float *v,
                                    ptrdiff_t step) noexcept nogil
        void (*winograd_output[2])(ptrdiff_t c, const float *m, ptrdiff_t step, const fc_epilogue *end,
                                   const float **residual, float **y, ptrdiff_t ahead) noexcept nogil
        void (*winograd_gradient[2])(ptrdiff_t c, const float **dy, ptrdiff_t ahead, float *m,
                                     ptrdiff_t step, ptrdiff_t panel) noexcept nogil
        void (*winograd_gradient_half[2])(ptrdiff_t c, const float **dy, ptrdiff_t ahead, int half,
                                          float *m, ptrdiff_t step, ptrdiff_t panel) noexcept nogil
        void (*winograd_weights[2])(ptrdiff_t n, const float *w, ptrdiff_t tap, int half, float *u,
                                    ptrdiff_t step) noexcept nogil
        void (*winograd_weights_backward[2])(ptrdiff_t n, const float *du, ptrdiff_t step, int half,
                                             float *dw, ptrdiff_t tap, int accumulate) noexcept nogil

        fc_activation activation[FC_ACTIVATIONS]

        void (*add)(ptrdiff_t n, const float *a, const float *b, float *y, int stream) noexcept nogil

        void (*warp_image)(const fc_warp *s, const double *map, const void *x, ptrdiff_t room,
                           float *y) noexcept nogil
        void (*recolor)(ptrdiff_t pixels, ptrdiff_t c, const float *matrix, const float *offset,
                        float *y) noexcept nogil
        void (*blend)(ptrdiff_t n, float weight, const float *a, const float *b, float *y) noexcept nogil

        void (*dropout)(ptrdiff_t n, uint64_t start, uint64_t key, uint64_t threshold, float scale,
                        const float *x, float *y, int stream) noexcept nogil
        void (*dropout_mask)(ptrdiff_t n, uint64_t start, uint64_t key, uint64_t threshold,
                             float *mask) noexcept nogil
        void (*spatial_dropout)(ptrdiff_t rows, ptrdiff_t c, const float *mask, float scale, const float *x,
                                float *y, int stream) noexcept nogil

        void (*max_pool_forward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead, float *own,
                                 const float *x, float *y, void *index) noexcept nogil
        void (*max_pool_backward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead,
                                  const float *dy, const void *index, float *dx) noexcept nogil
        void (*avg_pool_forward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead, float *own,
                                 const float *x, float *y) noexcept nogil
        void (*avg_pool_backward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, int ahead,
                                  const float *dy, float *shares, float *dx) noexcept nogil

        void (*lp_pool_forward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, float p,
                                const float *x, float *y) noexcept nogil
        void (*lp_pool_backward)(const fc_window *s, ptrdiff_t first, ptrdiff_t last, float p,
                                 const float *dy, const float *x, const float *y,
                                 float *dx) noexcept nogil

        void (*resample_row)(const fc_resample *s, ptrdiff_t row, const float *x, float *line,
                             float *y) noexcept nogil

        void (*batchnorm_sums)(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t ldx,
                               float *pivot, float *sum, float *square) noexcept nogil
        void (*batchnorm_merge)(ptrdiff_t c, double seen, double count, const float *pivot,
                                const float *sum, const float *square, double *total,
                                double *spread) noexcept nogil
        void (*batchnorm_scale)(ptrdiff_t c, double eps, const float *gamma, const float *var,
                                float *scale) noexcept nogil
        void (*batchnorm_apply)(ptrdiff_t rows, ptrdiff_t c, const float *x, ptrdiff_t ldx,
                                const float *mean, const float *scale, const float *shift,
                                const float *residual, int relu, float *y, ptrdiff_t ldy,
                                int stream) noexcept nogil
        void (*batchnorm_backward_sums)(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t lddy,
                                        const float *x, ptrdiff_t ldx, const float *mean,
                                        const float *scale, const float *shift, const float *y, float *dz,
                                        float *sum, float *product) noexcept nogil
        void (*batchnorm_total)(ptrdiff_t c, const float *sum, double *total) noexcept nogil
        void (*batchnorm_backward_apply)(ptrdiff_t rows, ptrdiff_t c, const float *dy, ptrdiff_t lddy,
                                         const float *x, ptrdiff_t ldx,
                                         const float *mean, const float *scale, const float *shift,
                                         const float *a, const float *b, const float *e, float *dx,
                                         ptrdiff_t lddx, int accumulate, int stream) noexcept nogil
        void (*batchnorm_frozen_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                                          const float *mean, const float *scale, float *dx, float *sum,
                                          float *product, int stream) noexcept nogil

        void (*layernorm_forward)(ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t c, double eps, const float *x,
                                  const float *gamma, const float *beta, float *mean, float *lost,
                                  float *inverse, float *y, int stream) noexcept nogil
        void (*layernorm_backward)(ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t c, const float *dy,
                                   const float *x, const float *gamma, const float *mean,
                                   const float *lost, const float *inverse, float *dx, float *dgamma,
                                   float *dbeta, int stream) noexcept nogil

        void (*lrn_forward)(const fc_lrn *s, ptrdiff_t pixels, const float *x, float *lines, float *y,
                            int stream) noexcept nogil
        void (*lrn_backward)(const fc_lrn *s, ptrdiff_t pixels, const float *dy, const float *x,
                             float *lines, float *ratios, float *kept, float *dx, int stream) noexcept nogil

        void (*prelu_forward)(ptrdiff_t rows, ptrdiff_t c, const float *x, const float *slope, float *y,
                              int stream) noexcept nogil
        void (*prelu_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *x,
                               const float *slope, float *dx, float *sum, int stream) noexcept nogil

        void (*softmax_forward)(ptrdiff_t rows, ptrdiff_t c, const float *x, float *y) noexcept nogil
        void (*softmax_backward)(ptrdiff_t rows, ptrdiff_t c, const float *dy, const float *y, float *dx,
                                 int stream) noexcept nogil

        double (*softmax_cross_entropy)(ptrdiff_t classes, ptrdiff_t label, double smoothing, float scale,
                                        const float *x, float *dx, int *correct) noexcept nogil
        double (*soft_cross_entropy)(ptrdiff_t classes, const float *target, double smoothing, float scale,
                                     const float *x, float *dx, int *correct) noexcept nogil
        double (*mean_squared_error)(ptrdiff_t n, float scale, const float *x, const float *target,
                                     float *dx) noexcept nogil
        double (*huber)(ptrdiff_t n, float delta, float scale, const float *x, const float *target,
                        float *dx) noexcept nogil
        double (*binary_cross_entropy)(ptrdiff_t n, float scale, const float *x, const float *target,
                                       float *dx, ptrdiff_t *correct) noexcept nogil

        void (*sgd)(ptrdiff_t n, const fc_sgd_settings *s, const float *dw, float *w,
                    float *v) noexcept nogil
        void (*adam)(ptrdiff_t n, const fc_adam_settings *s, const float *dw, float *w, float *m,
                     float *v) noexcept nogil
        double (*sum_of_squares)(ptrdiff_t n, const float *x) noexcept nogil
        void (*lerp)(ptrdiff_t n, float weight, const float *end, float *start) noexcept nogil
        void (*rmsprop)(ptrdiff_t n, const fc_rmsprop_settings *s, const float *dw, float *w, float *m,
                        float *v) noexcept nogil

    int fc_kernels_available(const fc_kernels **tables)
    const char *fc_compiler()
    const char *fc_flags()
