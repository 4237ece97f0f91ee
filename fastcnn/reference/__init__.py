"""The specification of fastcnn: every operation and its gradient in slow, obvious NumPy.

The functions have the names and the signatures of `fastcnn.functional`, compute in float64 and
are written like their formulas. The tests hold every kernel to them, and a reader learns from them
what a kernel computes before reading how it does so.

Arrays are NHWC, ``x[n, h, w, c]``; convolution weights are HWIO, ``w[kh, kw, ic / groups, oc]``;
dense weights are ``w[in, out]``. The gradient of the loss with respect to an array is the array's
name behind a ``d``: ``dy`` comes in, ``dx``, ``dw`` and ``db`` go out. Arguments are cast to
float64 and trusted beyond that; `fastcnn.functional` checks its own.
"""

from fastcnn.reference.activation import (
    elu,
    elu_backward,
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    softplus,
    softplus_backward,
    tanh,
    tanh_backward,
)
from fastcnn.reference.add import add
from fastcnn.reference.batchnorm import batchnorm, batchnorm_backward
from fastcnn.reference.conv import conv2d, conv2d_backward
from fastcnn.reference.conv1d import conv1d, conv1d_backward
from fastcnn.reference.conv3d import conv3d, conv3d_backward
from fastcnn.reference.conv_transpose import (
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose3d,
    conv_transpose3d_backward,
)
from fastcnn.reference.dense import dense, dense_backward
from fastcnn.reference.dropout import (
    dropout,
    dropout_backward,
    spatial_dropout,
    spatial_dropout_backward,
)
from fastcnn.reference.gated import (
    gelu,
    gelu_backward,
    silu,
    silu_backward,
)
from fastcnn.reference.groupnorm import (
    groupnorm,
    groupnorm_backward,
    layernorm,
    layernorm_backward,
)
from fastcnn.reference.hard import (
    hard_sigmoid,
    hard_sigmoid_backward,
    hard_swish,
    hard_swish_backward,
    hard_tanh,
    hard_tanh_backward,
    relu6,
    relu6_backward,
)
from fastcnn.reference.loss import mean_squared_error, softmax_cross_entropy
from fastcnn.reference.lrn import lrn, lrn_backward
from fastcnn.reference.optim import adam, sgd
from fastcnn.reference.pool import (
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
