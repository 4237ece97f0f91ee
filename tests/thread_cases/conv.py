"""Convolutions."""

from helpers import normals

from fastcnn import functional as F
from thread_cases.pick import pick


def conv_case(rng):
    """A random convolution, all passes."""
    while True:
        groups = int(pick(rng, 1, 1, 1, 2, 3))
        n, ih, iw = int(rng.integers(1, 6)), int(rng.integers(1, 40)), int(rng.integers(1, 60))
        ic, oc = (int(pick(rng, 1, 2, 3, 8, 17, 33, 64)) * groups for _ in range(2))
        kh, kw = (int(size) for size in rng.integers(1, 5, 2))
        options = {
            "stride": pick(rng, 1, 1, 2, (1, 3)),
            "padding": pick(rng, "same", "valid", "full", 1),
            "dilation": pick(rng, 1, 1, 2),
            "groups": groups,
        }
        x, w, b = (
            normals(rng, n, ih, iw, ic),
            normals(rng, kh, kw, ic // groups, oc),
            normals(rng, oc),
        )
        try:
            y = F.conv2d(x, w, b, **options)
        except ValueError:  # the window does not fit
            continue
        dy = normals(rng, *y.shape)
        return lambda: (F.conv2d(x, w, b, **options), *F.conv2d_backward(dy, x, w, **options))


def depthwise_case(rng):
    """A random depthwise convolution, all passes."""
    groups, times = int(pick(rng, 2, 3, 17, 33, 64)), int(pick(rng, 1, 1, 1, 2, 3))
    n, ih, iw, kh, kw = (int(size) for size in rng.integers((1, 4, 4, 1, 1), (6, 40, 60, 4, 4)))
    x, w = normals(rng, n, ih, iw, groups), normals(rng, kh, kw, 1, groups * times)
    options = {"stride": pick(rng, 1, 2, (1, 3)), "padding": pick(rng, "same", "full", 1)}
    options |= {"dilation": pick(rng, 1, 2) if min(ih, iw) > 4 else 1, "groups": groups}
    dy = normals(rng, *F.conv2d(x, w, **options).shape)
    return lambda: (F.conv2d(x, w, **options), *F.conv2d_backward(dy, x, w, **options))


def axes_case(rng):
    """A random convolution over one axis or three, or a transposed one, all passes."""
    while True:
        axes, groups = int(pick(rng, 1, 2, 3)), int(pick(rng, 1, 1, 2))
        function = pick(rng, "conv", "conv_transpose") if axes != 2 else "conv_transpose"
        image = tuple(int(size) for size in rng.integers(1, (12, 30, 40), 3))[3 - axes :]
        kernel = tuple(int(size) for size in rng.integers(1, 4, axes))
        ic, oc = (int(pick(rng, 1, 3, 17, 33)) for _ in range(2))
        channels = (oc, ic * groups) if function == "conv_transpose" else (ic, oc * groups)
        x, w = normals(rng, 2, *image, ic * groups), normals(rng, *kernel, *channels)
        options = {"stride": pick(rng, 1, 2), "padding": pick(rng, "same", "valid", 1)}
        options |= {"dilation": pick(rng, 1, 1, 2), "groups": groups}
        forward, backward = (getattr(F, f"{function}{axes}d{end}") for end in ("", "_backward"))
        try:
            y = forward(x, w, **options)
        except ValueError:  # the window does not fit
            continue
        b, dy = normals(rng, y.shape[-1]), normals(rng, *y.shape)
        return lambda: (forward(x, w, b, **options), *backward(dy, x, w, **options))


CASES = {conv_case: 120, depthwise_case: 40, axes_case: 60}
