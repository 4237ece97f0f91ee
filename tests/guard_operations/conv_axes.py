"""What convolutions over three axes and transposed ones need besides."""

import functools

from fastcnn.kernels import bias, frames, gate

FRAMES = {
    "plain": {},
    "same": {"padding": "same"},
    "stride": {"stride": (2, 1, 1), "padding": 1},
    "dilation": {"dilation": (2, 1, 1), "padding": "same"},
    "groups": {"groups": 2},
}


def frame_sizes(c, stride=1, padding="valid", dilation=1, groups=1):
    x_shape, w_shape = (2, 5, 3, 4, c * groups), (3, 1, 2, c, groups)
    return gate.convolution(x_shape, w_shape, stride, padding, dilation, groups).frames


def frames_forward(make, c, **options):
    s = frame_sizes(c, **options)
    return frames.FramesForward(s, make.read(*s.x_shape), make.write(*s.y_shape))


def frames_backward(make, c, **options):
    s = frame_sizes(c, **options)
    return frames.FramesBackward(s, make.read(*s.y_shape), make.write(*s.x_shape))


def bias_forward(make, c, rows):
    return bias.BiasForward(make.read(c), make.read(rows, c))


def bias_backward(make, c, rows):
    return bias.BiasBackward(make.read(rows, c), make.write(c))


OPERATIONS = {
    **{
        f"{build.__name__}_{name}": functools.partial(build, **options)
        for build in (frames_forward, frames_backward)
        for name, options in FRAMES.items()
    },
    **{
        f"{build.__name__}_{rows}": functools.partial(build, rows=rows)
        for build in (bias_forward, bias_backward)
        for rows in (1, 5, 24)
    },
}
