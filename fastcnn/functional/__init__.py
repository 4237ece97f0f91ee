"""Every operation as a plain function on NumPy arrays: no graph, no state.

Arrays are float32 (other real types are cast once), images are NHWC, weights HWIO. Gradients are
functions of their own: ``conv2d_backward`` gives what ``conv2d`` sends back. `fastcnn.reference`
holds the same functions, slow and obvious, in float64: the specification of these.
"""

from fastcnn.functional.activation import (
    elu,
    elu_backward,
    gelu,
    gelu_backward,
    hard_sigmoid,
    hard_sigmoid_backward,
    hard_swish,
    hard_swish_backward,
    hard_tanh,
    hard_tanh_backward,
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu6,
    relu6_backward,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    silu,
    silu_backward,
    softplus,
    softplus_backward,
    tanh,
    tanh_backward,
)
from fastcnn.functional.add import add
from fastcnn.functional.batchnorm import batchnorm, batchnorm_backward
from fastcnn.functional.conv import conv2d, conv2d_backward
from fastcnn.functional.conv1d import conv1d, conv1d_backward
from fastcnn.functional.conv3d import conv3d, conv3d_backward
from fastcnn.functional.conv_transpose import (
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose3d,
    conv_transpose3d_backward,
)
from fastcnn.functional.dense import dense, dense_backward
from fastcnn.functional.dropout import (
    dropout,
    dropout_backward,
    spatial_dropout,
    spatial_dropout_backward,
)
from fastcnn.functional.groupnorm import (
    groupnorm,
    groupnorm_backward,
    layernorm,
    layernorm_backward,
)
from fastcnn.functional.loss import mean_squared_error, softmax_cross_entropy
from fastcnn.functional.lrn import lrn, lrn_backward
from fastcnn.functional.optim import adam, sgd
from fastcnn.functional.pool import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    global_avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)

__all__ = [
    "adam",
    "add",
    "avg_pool2d",
    "avg_pool2d_backward",
    "batchnorm",
    "batchnorm_backward",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose3d",
    "conv_transpose3d_backward",
    "dense",
    "dense_backward",
    "dropout",
    "dropout_backward",
    "elu",
    "elu_backward",
    "gelu",
    "gelu_backward",
    "global_avg_pool2d",
    "global_avg_pool2d_backward",
    "groupnorm",
    "groupnorm_backward",
    "hard_sigmoid",
    "hard_sigmoid_backward",
    "hard_swish",
    "hard_swish_backward",
    "hard_tanh",
    "hard_tanh_backward",
    "layernorm",
    "layernorm_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "lrn",
    "lrn_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "mean_squared_error",
    "relu",
    "relu6",
    "relu6_backward",
    "relu_backward",
    "sgd",
    "sigmoid",
    "sigmoid_backward",
    "silu",
    "silu_backward",
    "softmax_cross_entropy",
    "softplus",
    "softplus_backward",
    "spatial_dropout",
    "spatial_dropout_backward",
    "tanh",
    "tanh_backward",
]
