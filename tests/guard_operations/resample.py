"""Padding, cropping, interpolation, adaptive averages."""

import functools

from fastcnn.kernels import gate, resample

# What checks it, and its arguments.
RESAMPLINGS = {
    **{
        mode: (gate.pad, ((1, 2), (3, 0)), mode, 0.0)
        for mode in ("constant", "reflect", "replicate", "circular")
    },
    "crop": (gate.crop, ((1, 0), (2, 1))),
    "nearest": (gate.upsample, (2, 3), None, "nearest", False),
    "smaller": (gate.upsample, 1, (2, 4), "nearest", False),
    "bilinear": (gate.upsample, 2, None, "bilinear", False),
    "aligned": (gate.upsample, 1, (9, 3), "bilinear", True),
    "average": (gate.adaptive_avg_pool, (2, 4)),
}


def resample_operation(make, c, name, backward):
    check, *arguments = RESAMPLINGS[name]
    (s,) = check((2, 5, 6, c), *arguments).steps
    s = s.transposed if backward else s
    return resample.Resample(s, make.read(*s.x_shape), make.write(*s.y_shape))


OPERATIONS = {
    f"Resample_{name}{'_backward' * backward}": functools.partial(
        resample_operation, name=name, backward=backward
    )
    for name in RESAMPLINGS
    for backward in (False, True)
}
