"""The problems that tests and benchmarks share: sizes with a name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fastcnn.arithmetic import Padding, Pair, padding_amounts
from fastcnn.kernels import gate

Shape = tuple[int, ...]


@dataclass(frozen=True)
class ConvProblem:
    """A convolution: x[n, ih, iw, ic], w[kh, kw, ic / groups, oc] -> y[n, oh, ow, oc]."""

    name: str
    n: int
    ih: int
    iw: int
    ic: int
    oc: int
    kh: int
    kw: int
    stride: Pair = 1
    padding: Padding = "valid"
    dilation: Pair = 1
    groups: int = 1

    @property
    def id(self) -> str:
        return self.name

    @property
    def x_shape(self) -> Shape:
        return self.n, self.ih, self.iw, self.ic

    @property
    def w_shape(self) -> Shape:
        return self.kh, self.kw, self.ic // self.groups, self.oc

    @property
    def y_shape(self) -> Shape:
        return gate.conv(
            self.x_shape, self.w_shape, self.stride, self.padding, self.dilation, self.groups
        ).y_shape

    @property
    def padding_amounts(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """((top, bottom), (left, right)) in pixels."""
        size, kernel = (self.ih, self.iw), (self.kh, self.kw)
        return padding_amounts(self.padding, size, kernel, self.stride, self.dilation)

    @property
    def flops(self) -> int:
        """Operations of one pass by the direct method: 2 for each multiply-add."""
        return 2 * math.prod(self.y_shape) * math.prod(self.w_shape[:3])


@dataclass(frozen=True)
class AxesProblem:
    """A convolution over one axis or three, or a transposed one: `op` is the function's name."""

    name: str
    op: str
    x_shape: Shape
    w_shape: Shape
    stride: int | tuple[int, ...] = 1
    padding: int | tuple[int, ...] = 0
    dilation: int | tuple[int, ...] = 1
    groups: int = 1
    output_padding: int | tuple[int, ...] = 0

    @property
    def id(self) -> str:
        return self.name

    @property
    def transposed(self) -> bool:
        return self.op.startswith("conv_transpose")

    @property
    def oc(self) -> int:
        return self.w_shape[-2] * self.groups if self.transposed else self.w_shape[-1]

    @property
    def options(self) -> dict[str, Any]:
        """Settings as the function takes them."""
        names = ["stride", "padding", "dilation", "groups"]
        names += ["output_padding"] * self.transposed
        return {name: getattr(self, name) for name in names}

    @property
    def sizes(self) -> gate.Convolution:
        """Of the convolution, or of the one that is turned round."""
        check = gate.conv_transpose if self.transposed else gate.convolution
        return check(self.x_shape, self.w_shape, **self.options)

    @property
    def y_shape(self) -> Shape:
        return self.sizes.x_shape if self.transposed else self.sizes.y_shape

    @property
    def flops(self) -> int:
        """Operations of one pass by the direct method: 2 for each multiply-add."""
        return 2 * self.sizes.multiply_adds


@dataclass(frozen=True)
class PoolProblem:
    """A pooling: x[n, ih, iw, c] -> y[n, oh, ow, c]; `stride` None is `size`."""

    name: str
    n: int
    ih: int
    iw: int
    c: int
    size: Pair
    stride: Pair | None = None
    padding: int = 0

    @property
    def id(self) -> str:
        return self.name

    @property
    def x_shape(self) -> Shape:
        return self.n, self.ih, self.iw, self.c

    @property
    def y_shape(self) -> Shape:
        return gate.pool(self.x_shape, self.size, self.stride, self.padding).y_shape


@dataclass(frozen=True)
class DenseProblem:
    """A matrix product: x[n, ic] @ w[ic, oc] -> y[n, oc]."""

    name: str
    n: int
    ic: int
    oc: int

    @property
    def id(self) -> str:
        return self.name

    @property
    def flops(self) -> int:
        """Operations of one pass: 2 for each multiply-add."""
        return 2 * self.n * self.ic * self.oc


@dataclass(frozen=True)
class ArrayProblem:
    """One array, for operations that know no windows."""

    name: str
    shape: Shape

    @property
    def id(self) -> str:
        return self.name


# Convolutions of known networks, each with the batch that its users have on a CPU.
MODEL = [
    ConvProblem("lenet5_c1", 64, 28, 28, 1, 6, 5, 5, padding="same"),
    ConvProblem("lenet5_c2", 64, 14, 14, 6, 16, 5, 5),
    ConvProblem("alexnet_11x11", 8, 224, 224, 3, 96, 11, 11, stride=4),
    ConvProblem("alexnet_5x5", 8, 26, 26, 96, 256, 5, 5, padding=2),
    ConvProblem("vgg_64_112", 8, 112, 112, 64, 64, 3, 3, padding="same"),
    ConvProblem("vgg_128_56", 8, 56, 56, 128, 128, 3, 3, padding="same"),
    ConvProblem("vgg_256_28", 8, 28, 28, 256, 256, 3, 3, padding="same"),
    ConvProblem("vgg_512_14", 8, 14, 14, 512, 512, 3, 3, padding="same"),
    ConvProblem("resnet_7x7", 8, 224, 224, 3, 64, 7, 7, stride=2, padding=3),
    ConvProblem("resnet_1x1_down", 8, 56, 56, 256, 64, 1, 1),
    ConvProblem("resnet_1x1_up", 8, 56, 56, 64, 256, 1, 1),
    ConvProblem("resnet_1x1_down_28", 8, 28, 28, 512, 128, 1, 1),
    ConvProblem("resnet_1x1_down_14", 8, 14, 14, 1024, 256, 1, 1),
    ConvProblem("resnet_1x1_down_7", 8, 7, 7, 2048, 512, 1, 1),
    ConvProblem("resnet_1x1_up_7", 8, 7, 7, 512, 2048, 1, 1),
    ConvProblem("resnet_3x3_stride2", 8, 56, 56, 128, 128, 3, 3, stride=2, padding=1),
    ConvProblem("densenet_3x3", 8, 28, 28, 128, 32, 3, 3, padding="same"),
    ConvProblem("resnet20_16", 64, 32, 32, 16, 16, 3, 3, padding="same"),
    ConvProblem("resnet20_32", 64, 16, 16, 32, 32, 3, 3, padding="same"),
    ConvProblem("resnet20_64", 64, 8, 8, 64, 64, 3, 3, padding="same"),
]

# MobileNet's depthwise convolutions: each channel by itself, so that memory is the limit.
DEPTHWISE = [
    ConvProblem(
        f"mobilenet_{c}_{size}{'_stride2' * (stride - 1)}",
        *(8, size, size, c, c, 3, 3),
        stride=stride,
        padding=1,
        groups=c,
    )
    for size, c in ((112, 64), (56, 128), (14, 512))
    for stride in (1, 2)
]

# Time series, videos, generators: each with the padding of a pair for both ends, as PyTorch has it.
CONV1D = [
    AxesProblem("wavenet_64", "conv1d", (8, 4096, 64), (3, 64, 64), padding=4, dilation=4),
    AxesProblem("ecg_first", "conv1d", (16, 4096, 12), (15, 12, 64), stride=2, padding=7),
]
CONV3D = [
    AxesProblem("c3d_64", "conv3d", (1, 16, 56, 56, 64), (3, 3, 3, 64, 128), padding=1),
    AxesProblem("c3d_256", "conv3d", (1, 8, 28, 28, 128), (3, 3, 3, 128, 256), padding=1),
    AxesProblem(
        *("r3d_first", "conv3d", (1, 16, 112, 112, 3), (3, 7, 7, 3, 64)),
        stride=(1, 2, 2),
        padding=(1, 3, 3),
    ),
]
CONV_TRANSPOSE = [
    AxesProblem(
        "dcgan_8", "conv_transpose2d", (16, 8, 8, 512), (4, 4, 256, 512), stride=2, padding=1
    ),
    AxesProblem(
        "dcgan_32", "conv_transpose2d", (16, 32, 32, 128), (4, 4, 3, 128), stride=2, padding=1
    ),
    AxesProblem("unet_56", "conv_transpose2d", (4, 56, 56, 128), (2, 2, 64, 128), stride=2),
    AxesProblem(
        *("wavegan_256", "conv_transpose1d", (16, 256, 256), (25, 128, 256)),
        stride=4,
        padding=11,
        output_padding=1,
    ),
    AxesProblem(
        "gan3d_8", "conv_transpose3d", (2, 8, 8, 8, 256), (4, 4, 4, 128, 256), stride=2, padding=1
    ),
]

# Channels around the lanes of every register and the 32 of a panel.
TAILS = (1, 2, 3, 5, 15, 16, 17, 31, 32, 33, 48, 70)

# Small convolutions, each at an edge where a kernel may go wrong.
EDGE = [
    # One of everything.
    ConvProblem("one", 1, 1, 1, 1, 1, 1, 1),
    ConvProblem("oc1", 2, 6, 7, 5, 1, 3, 3),
    ConvProblem("ic1", 2, 6, 7, 1, 8, 3, 3),
    ConvProblem("one_output_pixel", 3, 4, 5, 6, 7, 4, 5),
    ConvProblem("one_column", 2, 9, 1, 4, 8, 3, 1),
    ConvProblem("one_row", 2, 1, 9, 4, 8, 1, 3),
    # Tails: channels around the lanes of a register and the 32 of a panel, pixels around a tile.
    ConvProblem("oc15", 1, 5, 5, 3, 15, 3, 3),
    ConvProblem("oc17", 1, 5, 5, 3, 17, 3, 3),
    ConvProblem("oc31", 1, 5, 5, 3, 31, 3, 3),
    ConvProblem("oc33", 1, 5, 5, 3, 33, 3, 3),
    ConvProblem("oc70", 1, 4, 6, 2, 70, 2, 2),
    ConvProblem("ic17", 1, 5, 5, 17, 4, 3, 3),
    ConvProblem("ic33", 2, 6, 6, 33, 33, 3, 3, padding="same"),
    *(
        ConvProblem(f"tails_{ic}_{oc}", 2, 5, 6, ic, oc, 3, 3, padding="same")
        for ic, oc in zip(TAILS, TAILS[7:] + TAILS[:7], strict=True)
    ),
    *(
        ConvProblem(f"tails_k1_{ic}_{oc}", 2, 5, 3, ic, oc, 1, 1)
        for ic, oc in zip(TAILS, TAILS[5:] + TAILS[:5], strict=True)
    ),
    ConvProblem("ow13", 1, 4, 15, 4, 32, 3, 3),
    ConvProblem("ow29", 1, 4, 31, 4, 32, 3, 3),
    ConvProblem("oh7_ow9", 2, 7, 9, 32, 40, 3, 3, padding="same"),
    # Few output channels: pixels of a row are computed as channels of one.
    ConvProblem("few_outputs", 2, 9, 12, 3, 6, 3, 3, padding="same"),
    ConvProblem("few_outputs_stride2", 2, 9, 12, 5, 3, 5, 4, stride=2, padding=2),
    ConvProblem("few_outputs_wide", 1, 4, 460, 2, 5, 3, 3, padding="same"),
    # Longer than one block of pixels, of a strip, of panels.
    ConvProblem("wide", 1, 3, 460, 2, 5, 3, 3, padding="same"),
    ConvProblem("tall", 1, 460, 3, 2, 5, 3, 3, padding="same"),
    ConvProblem("deep", 2, 5, 6, 700, 40, 3, 3, padding="same"),
    ConvProblem("wide_stride", 1, 5, 700, 3, 5, 3, 3, stride=(1, 3), padding=1),
    ConvProblem("wide_dilation", 1, 4, 300, 17, 3, 2, 3, padding="same", dilation=(1, 5)),
    ConvProblem("wide_groups", 1, 3, 330, 6, 4, 3, 3, padding="same", groups=2),
    ConvProblem("rows", 1, 40, 41, 48, 17, 3, 3, padding="same"),
    ConvProblem("rows_stride", 2, 61, 57, 33, 16, 5, 3, stride=2, padding="same"),
    ConvProblem("rows_one_by_one", 1, 3, 112, 512, 2, 3, 3, padding="same"),
    ConvProblem("k1_run_of_pixels", 3, 13, 17, 17, 5, 1, 1),
    ConvProblem("k1_run_of_pixels_deep", 3, 5, 11, 1000, 3, 1, 1),
    # The weight gradient: more strips than parts, and parts summed in several runs.
    ConvProblem("many_images", 37, 5, 4, 3, 5, 3, 3, padding="same"),
    ConvProblem("many_weights", 3, 9, 10, 70, 70, 3, 3, padding="same"),
    # Kernels.
    ConvProblem("k1", 2, 5, 6, 7, 9, 1, 1),
    ConvProblem("k1_stride2", 2, 5, 6, 7, 9, 1, 1, stride=2),
    ConvProblem("k1_padding1", 2, 5, 6, 7, 9, 1, 1, padding=1),
    ConvProblem("k1x5", 2, 6, 9, 3, 4, 1, 5),
    ConvProblem("k5x1", 2, 9, 6, 3, 4, 5, 1),
    ConvProblem("even_same", 2, 7, 6, 3, 4, 2, 4, padding="same"),
    ConvProblem("even_same_lower", 2, 7, 6, 3, 4, 4, 2, padding="same_lower"),
    # Padding.
    ConvProblem("same_stride2", 2, 7, 8, 3, 4, 3, 3, stride=2, padding="same"),
    ConvProblem("same_lower_stride3", 2, 8, 7, 3, 4, 3, 4, stride=3, padding="same_lower"),
    ConvProblem("full", 2, 4, 5, 3, 4, 3, 2, padding="full"),
    ConvProblem("padding_pair", 2, 6, 5, 3, 4, 3, 3, padding=(2, 1)),
    ConvProblem("padding_four_sides", 2, 6, 5, 3, 4, 3, 3, padding=((0, 3), (2, 1))),
    ConvProblem("padding_larger_than_input", 2, 2, 1, 3, 4, 3, 3, padding=5),
    ConvProblem("windows_in_padding", 1, 1, 1, 2, 3, 2, 2, stride=3, padding=7),
    ConvProblem("kernel_larger_than_image", 2, 2, 2, 3, 17, 5, 4, padding=2),
    ConvProblem("kernel_far_larger_than_image", 1, 1, 2, 5, 3, 7, 9, padding="full"),
    ConvProblem("full_stride2", 2, 4, 5, 17, 3, 3, 3, stride=2, padding="full"),
    # Strides.
    ConvProblem("stride2", 2, 8, 9, 3, 4, 3, 3, stride=2),
    ConvProblem("stride_pair", 2, 9, 8, 3, 4, 3, 3, stride=(1, 3), padding=1),
    ConvProblem("stride_larger_than_kernel", 2, 10, 11, 3, 4, 2, 2, stride=3),
    ConvProblem("stride_larger_than_image", 2, 3, 4, 3, 4, 2, 2, stride=9),
    ConvProblem("stride4_first_layer", 1, 23, 24, 3, 17, 11, 11, stride=4, padding=2),
    ConvProblem("stride_far_larger_than_image", 1, 1, 1, 3, 4, 1, 1, stride=(66, 49)),
    ConvProblem("dropped_pixels", 2, 7, 6, 4, 5, 3, 3, stride=(3, 2)),
    # Dilation.
    ConvProblem("dilation2", 2, 8, 9, 3, 4, 3, 3, dilation=2),
    ConvProblem("dilation_pair", 2, 8, 9, 3, 4, 3, 2, padding="full", dilation=(1, 3)),
    ConvProblem("dilation_is_stride", 2, 9, 8, 3, 4, 3, 3, stride=2, padding="same", dilation=2),
    ConvProblem("dilation3_stride2", 2, 11, 10, 3, 4, 3, 3, stride=2, padding=2, dilation=3),
    ConvProblem("dilation2_stride4", 2, 13, 12, 3, 4, 3, 3, stride=4, padding=1, dilation=2),
    ConvProblem("dilation4_stride2", 2, 13, 12, 3, 5, 3, 3, stride=2, padding=3, dilation=4),
    ConvProblem("dilation4_stride6", 1, 20, 19, 2, 3, 4, 3, stride=6, padding=5, dilation=4),
    # Groups.
    ConvProblem("groups2", 2, 6, 5, 6, 8, 3, 3, padding="same", groups=2),
    ConvProblem("groups3_tails", 2, 5, 6, 9, 51, 3, 3, padding=1, groups=3),
    ConvProblem("groups_k1", 2, 5, 6, 8, 12, 1, 1, groups=4),
    ConvProblem("groups_wide", 1, 4, 5, 64, 64, 3, 3, padding=1, groups=2),
    ConvProblem("groups_in_place", 2, 6, 5, 64, 70, 3, 3, groups=2),
    ConvProblem("groups_in_place_k1", 2, 4, 5, 51, 9, 1, 1, groups=3),
    ConvProblem("groups_stride2", 2, 7, 8, 34, 66, 3, 3, stride=2, padding=1, groups=2),
    ConvProblem("groups_dilation2", 2, 9, 8, 6, 4, 3, 3, stride=2, dilation=2, groups=2),
    ConvProblem("depthwise", 2, 6, 5, 33, 33, 3, 3, padding="same", groups=33),
    ConvProblem("depthwise_multiplier2", 2, 6, 5, 5, 10, 3, 3, stride=2, padding=1, groups=5),
    ConvProblem("depthwise_tails", 2, 7, 19, 17, 17, 3, 3, padding=1, groups=17),
    ConvProblem("depthwise_one_line", 2, 1, 5, 18, 18, 3, 3, padding="same", groups=18),
    ConvProblem("depthwise_two_lines", 1, 2, 9, 48, 48, 3, 3, padding=((1, 1), (0, 0)), groups=48),
    ConvProblem("depthwise_beyond", 1, 3, 6, 16, 16, 3, 3, padding=2, groups=16),
    ConvProblem("depthwise_full", 1, 3, 4, 16, 16, 5, 4, padding="full", groups=16),
    ConvProblem("depthwise_k1", 2, 5, 6, 20, 20, 1, 1, groups=20),
    ConvProblem("depthwise_k7", 1, 9, 30, 5, 5, 7, 7, padding="same", groups=5),
    ConvProblem("depthwise_stride3", 2, 11, 10, 18, 18, 3, 2, stride=(3, 2), padding=1, groups=18),
    ConvProblem("depthwise_apart", 2, 9, 8, 3, 3, 2, 2, stride=3, padding=1, groups=3),
    ConvProblem("depthwise_dilation", 2, 9, 10, 6, 6, 3, 3, (2, 1), 2, (3, 2), 6),
    ConvProblem("depthwise_dilation4_stride6", 1, 20, 19, 2, 4, 4, 3, 6, 5, 4, 2),
    ConvProblem("depthwise_multiplier3", 3, 6, 7, 6, 18, 2, 3, padding="same", groups=6),
    ConvProblem("all_at_once", 2, 12, 13, 6, 9, 3, 2, (2, 3), ((1, 0), (2, 3)), (2, 1), 3),
]

POOL = [
    PoolProblem("lenet5_2x2", 64, 28, 28, 6, 2),
    PoolProblem("vgg_2x2", 8, 112, 112, 64, 2),
    PoolProblem("resnet_3x3_stride2", 8, 112, 112, 64, 3, stride=2, padding=1),
    # Larger than any cache.
    PoolProblem("vgg_2x2_large", 32, 112, 112, 64, 2),
    PoolProblem("resnet_3x3_stride2_large", 32, 112, 112, 64, 3, stride=2, padding=1),
]
GLOBAL_POOL = [
    PoolProblem("resnet_global", 8, 7, 7, 2048, 7),
    PoolProblem("resnet_global_large", 128, 7, 7, 2048, 7),
]

DENSE = [
    DenseProblem("lenet5_f3", 64, 400, 120),
    DenseProblem("lenet5_f5", 64, 84, 10),
    DenseProblem("alexnet_f1", 64, 6400, 4096),
    DenseProblem("vgg_f2", 64, 4096, 4096),
    DenseProblem("vgg_f2_one", 1, 4096, 4096),
    DenseProblem("resnet_f1", 8, 2048, 1000),
    DenseProblem("square", 1024, 1024, 1024),
]

# Activations: one that stays in the caches of the cores, one in the cache that they share, one in
# none; few channels and many.
TENSOR = [
    ArrayProblem("lenet5_28", (64, 28, 28, 6)),
    ArrayProblem("resnet_56", (8, 56, 56, 256)),
    ArrayProblem("vgg_224", (8, 224, 224, 64)),
]
SHARED = TENSOR[1:2]
BATCHNORM = [
    *TENSOR,
    ArrayProblem("resnet_112", (8, 112, 112, 64)),
    ArrayProblem("resnet_7", (8, 7, 7, 2048)),
]
# Layer normalisation stands in ConvNeXt, local response normalisation in AlexNet.
LAYERNORM = [
    ArrayProblem("convnext_56", (8, 56, 56, 96)),
    ArrayProblem("convnext_14", (8, 14, 14, 384)),
    ArrayProblem("convnext_7", (8, 7, 7, 768)),
    ArrayProblem("convnext_56_large", (64, 56, 56, 96)),
]
LRN = [
    ArrayProblem("alexnet_54", (8, 54, 54, 96)),
    ArrayProblem("alexnet_26", (8, 26, 26, 256)),
    ArrayProblem("alexnet_54_large", (64, 54, 54, 96)),
]
DROPOUT = [ArrayProblem("alexnet_f1", (64, 4096)), *TENSOR[1:]]
SCORES = [ArrayProblem("mnist", (64, 10)), ArrayProblem("imagenet", (64, 1000))]
SOFTMAX = [*SCORES, ArrayProblem("pascal_voc", (8, 128, 128, 21))]  # of each pixel
PARAMETERS = [ArrayProblem("lenet5", (61_706,)), ArrayProblem("resnet50", (25_557_032,))]
