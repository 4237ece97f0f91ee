/* Fills the table of one instruction set; included at the end of isa_<name>.c. */
#include "activation.h"
#include "add.h"
#include "augment.h"
#include "batchnorm.h"
#include "bias.h"
#include "conv.h"
#include "depthwise.h"
#include "depthwise_backward_weight.h"
#include "dropout.h"
#include "frames.h"
#include "kernels.h"
#include "layernorm.h"
#include "loss.h"
#include "lp_pool.h"
#include "lrn.h"
#include "microkernel.h"
#include "optim.h"
#include "pack.h"
#include "peak.h"
#include "pool_backward.h"
#include "prelu.h"
#include "resample.h"
#include "softmax.h"
#include "winograd.h"

const fc_kernels FC_TABLE = {
    .name = FC_NAME,
    .lanes = FC_LANES,
    .chains = FC_CHAINS,
    .tile_rows = {FC_ROWS_1, FC_ROWS_2},
    .gemm_cs1 = {{FC_EACH_ROWS(FC_ROWS_1)(FC_TILE_NAME, 1, cs1)},
                 {FC_EACH_ROWS(FC_ROWS_2)(FC_TILE_NAME, 2, cs1)}},
    .gemm_rs1 = {{FC_EACH_ROWS(FC_ROWS_1)(FC_TILE_NAME, 1, rs1)},
                 {FC_EACH_ROWS(FC_ROWS_2)(FC_TILE_NAME, 2, rs1)}},
    .streamed = fc_streamed,
    .multiply_add = fc_multiply_add,
    .copy_rows = fc_copy_rows,
    .pack_panel = fc_pack_panel,
    .panel_sums = fc_panel_sums,
    .transpose = fc_transpose,
    .sum_parts = fc_sum_parts,
    .conv_overlap = fc_conv_overlap,
    .bias_forward = fc_bias_forward,
    .bias_backward = fc_bias_backward,
    .frames_forward = fc_frames_forward,
    .frames_backward = fc_frames_backward,
    .depthwise_correlate = fc_depthwise_correlate,
    .depthwise_square = fc_depthwise_square,
    .depthwise_repeat = fc_depthwise_repeat,
    .depthwise_collect = fc_depthwise_collect,
    .depthwise_backward_weight = fc_depthwise_backward_weight,
    .conv_pooled = fc_conv_pooled,
    .winograd_input = fc_winograd_input,
    .winograd_input_half = fc_winograd_input_half,
    .winograd_output = {fc_winograd_output_3, fc_winograd_output_5},
    .winograd_gradient = {fc_winograd_gradient_3, fc_winograd_gradient_5},
    .winograd_gradient_half = {fc_winograd_gradient_half_3, fc_winograd_gradient_half_5},
    .winograd_weights = {fc_winograd_weights_3, fc_winograd_weights_5},
    .winograd_weights_backward = {fc_winograd_weights_backward_3, fc_winograd_weights_backward_5},
    .activation = {FC_EACH_ACTIVATION(FC_ROW)},
    .add = fc_add,
    .warp_image = fc_warp_image,
    .recolor = fc_recolor,
    .blend = fc_blend,
    .dropout = fc_dropout,
    .dropout_mask = fc_dropout_mask,
    .spatial_dropout = fc_spatial_dropout,
    .max_pool_forward = fc_max_pool_forward,
    .max_pool_backward = fc_max_pool_backward,
    .avg_pool_forward = fc_avg_pool_forward,
    .avg_pool_backward = fc_avg_pool_backward,
    .lp_pool_forward = fc_lp_pool_forward,
    .lp_pool_backward = fc_lp_pool_backward,
    .resample_row = fc_resample_row,
    .batchnorm_sums = fc_batchnorm_sums,
    .batchnorm_merge = fc_batchnorm_merge,
    .batchnorm_scale = fc_batchnorm_scale,
    .batchnorm_apply = fc_batchnorm_apply,
    .batchnorm_backward_sums = fc_batchnorm_backward_sums,
    .batchnorm_total = fc_batchnorm_total,
    .batchnorm_backward_apply = fc_batchnorm_backward_apply,
    .batchnorm_frozen_backward = fc_batchnorm_frozen_backward,
    .layernorm_forward = fc_layernorm_forward,
    .layernorm_backward = fc_layernorm_backward,
    .lrn_forward = fc_lrn_forward,
    .lrn_backward = fc_lrn_backward,
    .prelu_forward = fc_prelu_forward,
    .prelu_backward = fc_prelu_backward,
    .softmax_forward = fc_softmax_forward,
    .softmax_backward = fc_softmax_backward,
    .softmax_cross_entropy = fc_softmax_cross_entropy,
    .soft_cross_entropy = fc_soft_cross_entropy,
    .mean_squared_error = fc_mean_squared_error,
    .huber = fc_huber,
    .binary_cross_entropy = fc_binary_cross_entropy,
    .sgd = fc_sgd,
    .adam = fc_adam,
    .sum_of_squares = fc_sum_of_squares,
    .lerp = fc_lerp,
    .rmsprop = fc_rmsprop,
};
