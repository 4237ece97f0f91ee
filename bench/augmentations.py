"""Augmentation: what is drawn for a batch, and the same changes in plain NumPy on whole arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from measure import Case

Drawn = dict[str, Any]
MEAN, SCALE = np.float32([0.49, 0.48, 0.45]), np.float32([4.1, 4.1, 3.8])
# Batches of CIFAR-10 and ImageNet.
IMAGES = {"cifar_32": (128, 32, 32, 3), "imagenet_256": (16, 256, 256, 3)}
LUMA = np.array([0.299, 0.587, 0.114])
FILL = 0.0


def drawn(case: Case) -> Drawn:
    """Numbers for each sample of the case: new size, maps [n, 2, 3], and what else it takes."""
    n, h, w, _ = case.shapes["images"]
    rng = np.random.default_rng(1)
    maps = np.tile(np.eye(2, 3), (n, 1, 1))
    found: Drawn = {"maps": maps, "size": (h, w)}
    if case.pass_ == "crop_flip":
        maps[:, :, 2] = rng.integers(-4, 5, (n, 2))
        mirrored = rng.random(n) < 0.5
        maps[mirrored, 1, 1] = -1
        maps[mirrored, 1, 2] += w
    elif case.pass_ == "resized_crop":
        found["size"] = case.options["size"]
        part = rng.uniform(0.3, 1, (n, 2))
        for axis, (old, new) in enumerate(zip((h, w), found["size"], strict=True)):
            maps[:, axis, axis] = part[:, axis] * old / new
            maps[:, axis, 2] = rng.random(n) * (1 - part[:, axis]) * old
    elif case.pass_ == "rotate":
        angle = rng.uniform(-0.5, 0.5, n)
        cos, sin = np.cos(angle), np.sin(angle)
        maps[:, 0, 0], maps[:, 0, 1], maps[:, 1, 0], maps[:, 1, 1] = cos, -sin, sin, cos
        maps[:, :, 2] = [h / 2, w / 2] - maps[:, :, :2] @ [h / 2, w / 2]
    elif case.pass_ == "colors":
        b, c, s = rng.uniform(0.6, 1.4, (3, n, 1, 1))
        mix = s * np.eye(3) + (1 - s) * LUMA
        colors = np.stack([mix * (b * c), mix @ (b * (1 - c) * np.tile(LUMA, (3, 1)))], axis=1)
        found["colors"] = colors.astype(np.float32)
    elif case.pass_ == "cutout":
        first = rng.integers(-h // 4, h * 3 // 4, (n, 2))
        edges = np.stack([first, first + h // 2], axis=2).clip(0, h)
        found["boxes"] = edges.reshape(n, 4)
    return found


def levels(x: np.ndarray) -> np.ndarray:
    return x / np.float32(255)


def crop_flip(x: np.ndarray, d: Drawn) -> np.ndarray:
    n, h, w, c = x.shape
    top, left = (4 + d["maps"][:, :, 2]).astype(int).T
    mirrored = d["maps"][:, 1, 1] < 0
    padded = np.zeros((n, h + 8, w + 8, c), np.float32)
    padded[:, 4:-4, 4:-4] = levels(x)
    views = np.lib.stride_tricks.sliding_window_view(padded, (h, w, c), axis=(1, 2, 3))
    y = views[np.arange(n), top, np.where(mirrored, left - w, left), 0]
    return np.where(mirrored[:, None, None, None], y[:, :, ::-1], y)


def bilinear(x: np.ndarray, d: Drawn) -> np.ndarray:
    n, ih, iw, _ = x.shape
    oh, ow = d["size"]
    i, j = np.arange(oh)[:, None] + 0.5, np.arange(ow) + 0.5
    places = []
    for m, size in zip(d["maps"].transpose(1, 2, 0)[..., None, None], (ih, iw), strict=True):
        place = (m[0] * i + m[1] * j + m[2]).astype(np.float32)
        at = (place - np.float32(0.5)).clip(0, size - 1)
        first = at.astype(np.int64)
        inside = (place >= 0) & (place <= size)
        places.append((first, np.minimum(first + 1, size - 1), (at - first)[..., None], inside))
    (top, bottom, down, in_h), (left, other, right, in_w) = places
    k, x = np.arange(n)[:, None, None], x.astype(np.float32)
    a, b, p, q = x[k, top, left], x[k, top, other], x[k, bottom, left], x[k, bottom, other]
    above, below = a + (b - a) * right, p + (q - p) * right
    y = (above + (below - above) * down) / np.float32(255)
    return np.where((in_h & in_w)[..., None], y, np.float32(FILL))


def colors(x: np.ndarray, d: Drawn) -> np.ndarray:
    x = levels(x)
    pixel, mean = d["colors"].transpose(1, 0, 3, 2)
    return (x @ pixel[:, None] + (x.mean((1, 2))[:, None] @ mean)[:, None]).clip(0, 1)


def normalize(x: np.ndarray, _d: Drawn) -> np.ndarray:
    return (levels(x) - MEAN) * SCALE


def cutout(x: np.ndarray, d: Drawn) -> np.ndarray:
    y = levels(x)
    for image, (top, bottom, left, right) in zip(y, d["boxes"], strict=True):
        image[top:bottom, left:right] = FILL
    return y


CHANGES: dict[str, Callable[[np.ndarray, Drawn], np.ndarray]] = {
    "crop_flip": crop_flip,
    "resized_crop": bilinear,
    "rotate": bilinear,
    "colors": colors,
    "normalize": normalize,
    "cutout": cutout,
}


def build(case: Case, a: dict[str, np.ndarray]) -> Callable[[], tuple]:
    change, numbers = CHANGES[case.pass_], drawn(case)
    return lambda: (change(a["images"], numbers),)
