"""The operations in plain NumPy: what one writes without a library.

Convolution is im2col and a matrix product (Chellapilla, Puri & Simard, "High performance
convolutional neural networks for document processing", 2006); the rest works on whole arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import RATE, SMOOTHING

EPS = 1e-5

Arrays = dict[str, np.ndarray]
Sides = tuple[tuple[int, int], tuple[int, int]]


def pad(x: np.ndarray, padding: Sides, value: float = 0) -> np.ndarray:
    """Images [n, h, w, c] with their padding."""
    if not np.any(padding):
        return x
    return np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=value)


def inner(x: np.ndarray, padding: Sides) -> np.ndarray:
    """Images without their padding."""
    (top, bottom), (left, right) = padding
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def windows(
    x: np.ndarray,
    size: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int] = (1, 1),
) -> np.ndarray:
    """View of all windows: [n, oh, ow, kh, kw, c]."""
    span = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view(x, span, axis=(1, 2))
    (sh, sw), (dh, dw) = stride, dilation
    return view[:, ::sh, ::sw, :, ::dh, ::dw].transpose(0, 1, 2, 4, 5, 3)


def add_windows(
    cols: np.ndarray, x: np.ndarray, stride: tuple[int, int], dilation: tuple[int, int] = (1, 1)
) -> None:
    """Add the windows cols[n, oh, ow, kh, kw, c] to the pixels of x that they came from."""
    _, oh, ow, kh, kw, _ = cols.shape
    (sh, sw), (dh, dw) = stride, dilation
    for i in range(kh):
        for j in range(kw):
            rows = slice(i * dh, i * dh + (oh - 1) * sh + 1, sh)
            columns = slice(j * dw, j * dw + (ow - 1) * sw + 1, sw)
            x[:, rows, columns] += cols[:, :, :, i, j]


def im2col(x: np.ndarray, w: np.ndarray, options: dict[str, Any]) -> np.ndarray:
    """Windows, copied: [n, oh, ow, kh * kw * ic]."""
    padded = pad(x, options["padding"])
    view = windows(padded, w.shape[:2], options["stride"], options["dilation"])
    return view.reshape(*view.shape[:3], -1)


def conv_forward(a: Arrays, options: dict[str, Any]) -> tuple:
    x, w = a["x"], a["w"]
    cols = im2col(x, w, options)
    y = cols.reshape(-1, cols.shape[3]) @ w.reshape(-1, w.shape[3]) + a["b"]
    return (y.reshape(*cols.shape[:3], -1),)


def conv_backward_data(a: Arrays, options: dict[str, Any]) -> tuple:
    x, w, dy = a["x"], a["w"], a["dy"]
    cols = dy.reshape(-1, w.shape[3]) @ w.reshape(-1, w.shape[3]).T
    dx = pad(np.zeros_like(x), options["padding"])
    stride, dilation = options["stride"], options["dilation"]
    add_windows(cols.reshape(*dy.shape[:3], *w.shape[:3]), dx, stride, dilation)
    return (inner(dx, options["padding"]),)


def conv_backward_weight(a: Arrays, options: dict[str, Any]) -> tuple:
    x, w, dy = a["x"], a["w"], a["dy"].reshape(-1, a["w"].shape[3])
    cols = im2col(x, w, options).reshape(len(dy), -1)
    return (cols.T @ dy).reshape(w.shape), dy.sum(axis=0)


def axes(a: Arrays, options: dict[str, Any], pass_: str, transposed: bool) -> tuple:
    """A pass of a convolution over any axes, tap by tap: a matrix product of strided views each.

    A transposed one reads dy where the other reads x, and writes y where it sends back.
    """
    x, w, y = (a["dy"], a["w"], a["x"]) if transposed else (a["x"], a["w"], a["dy"])
    number = w.ndim - 2
    stride, padding, dilation = (
        value if isinstance(value, tuple) else (value,) * number
        for value in (options["stride"], options["padding"], options["dilation"])
    )
    sides = ((0, 0), *((amount, amount) for amount in padding), (0, 0))
    taps = {
        tap: (
            slice(None),
            *(
                slice(t * d, t * d + (size - 1) * s + 1, s)
                for t, d, s, size in zip(tap, dilation, stride, y.shape[1:-1], strict=True)
            ),
        )
        for tap in np.ndindex(w.shape[:-2])
    }
    if pass_ == "backward_weight":
        xp, dw = np.pad(x, sides), np.empty_like(w)
        for tap, view in taps.items():
            dw[tap] = xp[view].reshape(-1, w.shape[-2]).T @ y.reshape(-1, w.shape[-1])
        return dw, a["dy"].sum(axis=tuple(range(number + 1)))
    if (pass_ == "forward") == transposed:
        dxp = np.pad(np.zeros_like(x), sides)
        for tap, view in taps.items():
            dxp[view] += y @ w[tap].T
        dx = dxp[
            (slice(None), *(slice(p, p + n) for p, n in zip(padding, x.shape[1:], strict=False)))
        ]
        return (dx + a["b"] if transposed else dx,)
    xp, out = np.pad(x, sides), np.zeros_like(y)
    for tap, view in taps.items():
        out += xp[view] @ w[tap]
    return (out if transposed else out + a["b"],)


def tap_views(
    x: np.ndarray, w: np.ndarray, y: tuple[int, ...], options: dict[str, Any]
) -> list[tuple[tuple[int, int], np.ndarray]]:
    """The pixels of padded images that each tap of w meets: views [n, oh, ow, c]."""
    (sh, sw), (dh, dw) = options["stride"], options["dilation"]
    ends = (y[1] - 1) * sh + 1, (y[2] - 1) * sw + 1
    return [
        ((i, j), x[:, i * dh : i * dh + ends[0] : sh, j * dw : j * dw + ends[1] : sw])
        for i in range(w.shape[0])
        for j in range(w.shape[1])
    ]


def depthwise_forward(a: Arrays, options: dict[str, Any]) -> tuple:
    y = np.broadcast_to(a["b"], a["dy"].shape).copy()
    for (i, j), view in tap_views(pad(a["x"], options["padding"]), a["w"], y.shape, options):
        y += view * a["w"][i, j, 0]
    return (y,)


def depthwise_backward_data(a: Arrays, options: dict[str, Any]) -> tuple:
    dx, dy = pad(np.zeros_like(a["x"]), options["padding"]), a["dy"]
    for (i, j), view in tap_views(dx, a["w"], dy.shape, options):
        view[...] += dy * a["w"][i, j, 0]
    return (inner(dx, options["padding"]),)


def depthwise_backward_weight(a: Arrays, options: dict[str, Any]) -> tuple:
    dw, dy = np.empty_like(a["w"]), a["dy"]
    for (i, j), view in tap_views(pad(a["x"], options["padding"]), dw, dy.shape, options):
        dw[i, j, 0] = np.einsum("nhwc,nhwc->c", view, dy)
    return dw, dy.sum(axis=(0, 1, 2))


def dense_forward(a: Arrays) -> tuple:
    return (a["x"] @ a["w"] + a["b"],)


def dense_backward_data(a: Arrays) -> tuple:
    return (a["dy"] @ a["w"].T,)


def dense_backward_weight(a: Arrays) -> tuple:
    return a["x"].T @ a["dy"], a["dy"].sum(axis=0)


def pool_windows(x: np.ndarray, options: dict[str, Any], value: float) -> np.ndarray:
    """Windows as [n, oh, ow, kh * kw, c]."""
    view = windows(pad(x, options["padding"], value), options["size"], options["stride"])
    return view.reshape(*view.shape[:3], -1, x.shape[3])


def max_pool_forward(a: Arrays, options: dict[str, Any]) -> tuple:
    return (pool_windows(a["x"], options, -np.inf).max(axis=3),)


def pool_backward(shares: np.ndarray, x: np.ndarray, options: dict[str, Any]) -> tuple:
    """Send the windows' gradients shares[n, oh, ow, kh * kw, c] back to the pixels of x."""
    dx = pad(np.zeros_like(x), options["padding"])
    n, oh, ow, _, c = shares.shape
    cols = shares.reshape(n, oh, ow, *options["size"], c)
    add_windows(cols, dx, options["stride"])
    return (inner(dx, options["padding"]),)


def max_pool_backward(a: Arrays, options: dict[str, Any], where: np.ndarray) -> tuple:
    """`where` [n, oh, ow, 1, c] is the place of the maximum, kept from the forward pass."""
    kh, kw = options["size"]
    place = np.arange(kh * kw)[:, None]
    return pool_backward(np.where(where == place, a["dy"][:, :, :, None], 0), a["x"], options)


def avg_pool_forward(a: Arrays, options: dict[str, Any], counts: np.ndarray) -> tuple:
    """`counts` [oh, ow, 1] are the real pixels of the windows."""
    return (pool_windows(a["x"], options, 0).sum(axis=3) / counts,)


def avg_pool_backward(a: Arrays, options: dict[str, Any], counts: np.ndarray) -> tuple:
    """Each output's gradient, in equal shares to all pixels; the padding's are cut off."""
    n, oh, ow, c = a["dy"].shape
    kh, kw = options["size"]
    shares = np.broadcast_to((a["dy"] / counts)[:, :, :, None], (n, oh, ow, kh * kw, c))
    return pool_backward(shares, a["x"], options)


def lp_pool_forward(a: Arrays, options: dict[str, Any]) -> tuple:
    """Norms for p = 2."""
    return (np.sqrt(np.square(pool_windows(a["x"], options, 0)).sum(axis=3)),)


def lp_pool_backward(a: Arrays, options: dict[str, Any], y: np.ndarray) -> tuple:
    """`y` are the norms, kept from the forward pass."""
    slopes = pool_windows(a["x"], options, 0) * (a["dy"] / y)[:, :, :, None]
    return pool_backward(slopes, a["x"], options)


def normalise(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (x - mean) / sqrt(var + eps) and the last factor."""
    axes = tuple(range(x.ndim - 1))
    inverse = 1 / np.sqrt(x.var(axis=axes) + np.float32(EPS))
    return (x - x.mean(axis=axes)) * inverse, inverse


def batchnorm_forward(a: Arrays) -> tuple:
    return (normalise(a["x"])[0] * a["gamma"] + a["beta"],)


def batchnorm_predict(a: Arrays) -> tuple:
    scale = a["gamma"] / np.sqrt(a["var"] + np.float32(EPS))
    return ((a["x"] - a["mean"]) * scale + a["beta"],)


def batchnorm_backward(a: Arrays, normal: np.ndarray, inverse: np.ndarray) -> tuple:
    """`normal` and `inverse` are kept from the forward pass."""
    dy, axes = a["dy"], tuple(range(normal.ndim - 1))
    count = normal.size // normal.shape[-1]
    dbeta, dgamma = dy.sum(axis=axes), (dy * normal).sum(axis=axes)
    dx = (a["gamma"] * inverse) * (dy - dbeta / count - normal * (dgamma / count))
    return dx, dgamma, dbeta


def batchnorm_backward_frozen(a: Arrays) -> tuple:
    """The statistics are given."""
    dy, axes = a["dy"], tuple(range(a["x"].ndim - 1))
    inverse = 1 / np.sqrt(a["var"] + np.float32(EPS))
    dgamma = (dy * (a["x"] - a["mean"])).sum(axis=axes) * inverse
    return dy * (a["gamma"] * inverse), dgamma, dy.sum(axis=axes)


def normalise_groups(x: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (x - mean) / sqrt(var + eps) of x[n, pixels, groups, members] and the last factor."""
    x = x.reshape(len(x), -1, groups, x.shape[-1] // groups)
    mean = x.mean(axis=(1, 3), keepdims=True)
    inverse = 1 / np.sqrt(x.var(axis=(1, 3), keepdims=True) + np.float32(EPS))
    return (x - mean) * inverse, inverse


def sample_norm_forward(a: Arrays, groups: int) -> tuple:
    """Group normalisation; layer normalisation is that of x[pixels, c] and one group."""
    normal = normalise_groups(a["x"], groups)[0].reshape(a["x"].shape)
    return (normal * a["gamma"] + a["beta"],)


def sample_norm_backward(a: Arrays, normal: np.ndarray, inverse: np.ndarray) -> tuple:
    """`normal` and `inverse` are kept from the forward pass."""
    dy, axes = a["dy"], tuple(range(a["dy"].ndim - 1))
    scaled = (dy * a["gamma"]).reshape(normal.shape)
    mean = scaled.mean(axis=(1, 3), keepdims=True)
    product = (scaled * normal).mean(axis=(1, 3), keepdims=True)
    dx = ((scaled - mean - normal * product) * inverse).reshape(dy.shape)
    return dx, (dy * normal.reshape(dy.shape)).sum(axis=axes), dy.sum(axis=axes)


def channel_sums(x: np.ndarray, size: int) -> np.ndarray:
    """Sums over windows of channels."""
    c, before = x.shape[-1], size // 2
    sums = x.copy()
    for shift in range(1, before + 1):
        sums[..., shift:] += x[..., : c - shift]
    for shift in range(1, (size - 1) // 2 + 1):
        sums[..., : c - shift] += x[..., shift:]
    return sums


def lrn_scale(x: np.ndarray, options: dict[str, float]) -> np.ndarray:
    share = np.float32(options["alpha"] / options["size"])
    return np.float32(options["k"]) + share * channel_sums(x * x, int(options["size"]))


def lrn_forward(a: Arrays, options: dict[str, float]) -> tuple:
    return (a["x"] * lrn_scale(a["x"], options) ** np.float32(-options["beta"]),)


def lrn_backward(a: Arrays, options: dict[str, float]) -> tuple:
    """The windows are odd: turned round they are the same."""
    dy, x, scale = a["dy"], a["x"], lrn_scale(a["x"], options)
    first = dy * scale ** np.float32(-options["beta"])
    factor = np.float32(2 * options["beta"] * options["alpha"] / options["size"])
    return (first - factor * x * channel_sums(first * x / scale, int(options["size"])),)


def softmax_cross_entropy(a: Arrays) -> tuple:
    x, rows = a["x"], np.arange(len(a["x"]))
    dx = np.exp(x - x.max(axis=1, keepdims=True))
    dx /= dx.sum(axis=1, keepdims=True)
    loss = -np.log(dx[rows, a["labels"]]).mean()
    dx[rows, a["labels"]] -= 1
    dx /= len(x)
    return loss, dx


def soft_cross_entropy(a: Arrays) -> tuple:
    x = a["x"] - a["x"].max(axis=1, keepdims=True)
    dx = np.exp(x)
    total = dx.sum(axis=1, keepdims=True)
    dx /= total
    target = (1 - SMOOTHING) * a["probabilities"] + SMOOTHING / x.shape[1]
    loss = (target * (np.log(total) - x)).sum() / len(x)
    dx -= target
    dx /= len(x)
    return loss, dx


def binary_cross_entropy(a: Arrays) -> tuple:
    x, target = a["x"], a["probabilities"]
    e = np.exp(-np.abs(x))
    p = np.where(x < 0, e, 1) / (1 + e)
    loss = (np.maximum(x, 0) - x * target + np.log1p(e)).mean()
    return loss, (p - target) / np.float32(x.size)


def softmax_forward(a: Arrays) -> tuple:
    y = np.exp(a["x"] - a["x"].max(axis=-1, keepdims=True))
    y /= y.sum(axis=-1, keepdims=True)
    return (y,)


def softmax_backward(a: Arrays) -> tuple:
    return (a["y"] * (a["dy"] - (a["dy"] * a["y"]).sum(axis=-1, keepdims=True)),)


def mean_squared_error(a: Arrays) -> tuple:
    difference = a["x"] - a["target"]
    return np.square(difference).mean(), difference * np.float32(2 / difference.size)


def huber(a: Arrays) -> tuple:
    difference = a["x"] - a["target"]
    slope = np.clip(difference, -1, 1)
    return (slope * (difference - slope / 2)).mean(), slope / np.float32(difference.size)


def prelu_forward(a: Arrays) -> tuple:
    return (np.where(a["x"] < 0, a["slope"] * a["x"], a["x"]),)


def prelu_backward(a: Arrays) -> tuple:
    dy, x, above = a["dy"], a["x"], a["x"] > 0
    dslope = np.where(above, 0, dy * x).sum(axis=tuple(range(x.ndim - 1)))
    return np.where(above, dy, a["slope"] * dy), dslope


def sgd(a: Arrays) -> tuple:
    """Momentum 0.9, weight decay 1e-4; in place."""
    w, dw, v = a["w"], a["dw"], a["v"]
    v *= 0.9
    v += dw + 1e-4 * w
    w -= RATE * v
    return w, v
