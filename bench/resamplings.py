"""Padding, cropping, interpolation and adaptive averages: the problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from problems import Shape

from fastcnn.kernels import gate


@dataclass(frozen=True)
class ResampleProblem:
    """Padding, cropping, interpolation or an adaptive average of x[n, ih, iw, c]."""

    name: str
    op: str
    x_shape: Shape
    options: dict[str, Any]

    @property
    def id(self) -> str:
        return self.name

    @property
    def y_shape(self) -> Shape:
        return resampling(self.op, self.x_shape, self.options).y_shape


def resampling(op: str, x_shape: Shape, options: dict[str, Any]) -> gate.Resampling:
    """The steps from x to y."""
    defaults = {
        "pad": {"mode": "constant", "value": 0.0},
        "upsample": {"size": None, "mode": "nearest", "align_corners": False},
    }
    return getattr(gate, op)(x_shape, **{**defaults.get(op, {}), **options})


# From x to y by padding and the like.
RESAMPLE = [
    ResampleProblem("resnet_same", "pad", (8, 56, 56, 64), {"amounts": 1}),
    ResampleProblem("resnet_images", "pad", (8, 224, 224, 3), {"amounts": 3, "mode": "reflect"}),
    ResampleProblem("vgg_large", "pad", (8, 224, 224, 64), {"amounts": 1}),
    ResampleProblem("augment", "crop", (64, 40, 40, 3), {"amounts": 4}),
    ResampleProblem("unet", "crop", (8, 64, 64, 128), {"amounts": 4}),
    ResampleProblem("unet_nearest", "upsample", (8, 28, 28, 128), {"factor": 2}),
    ResampleProblem("unet", "upsample", (8, 28, 28, 128), {"factor": 2, "mode": "bilinear"}),
    ResampleProblem("images", "upsample", (8, 112, 112, 3), {"factor": 2, "mode": "bilinear"}),
    ResampleProblem("alexnet", "adaptive_avg_pool", (64, 13, 13, 256), {"output_size": 6}),
    ResampleProblem("resnet", "adaptive_avg_pool", (8, 56, 56, 256), {"output_size": 7}),
]
