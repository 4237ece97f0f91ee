"""Changes of the colours, one matrix for each sample, and normalisation."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastcnn.data.augment.sweep import Change, Sweep
from fastcnn.kernels import gate

#: Red, green and blue to luma Y and the coordinates I and Q of a colour: the NTSC standard, 1953.
YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


class ColorJitter(Change):
    """Change brightness, contrast, saturation and hue of every image at random.

    Parameters
    ----------
    brightness, contrast, saturation : float, default 0
        The factor of each is drawn evenly from 1 - this to 1 + this; from 0 to 1.
    hue : float, default 0
        The largest turn of the hue, in either direction, as a share of the colour circle; at most
        0.5. Images of one channel have neither saturation nor hue: these leave them.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, or the images have neither one channel nor three.

    Notes
    -----
    With the factors b, c and s, the angle a, the luma ``g(p) = 0.299 r + 0.587 g + 0.114 b`` of a
    pixel and m the mean pixel of the image as it comes, in this order ::

        p = b p                         brightness
        p = c p + (1 - c) g(b m)        contrast
        p = s p + (1 - s) g(p)          saturation
        p = T^-1 R(a) T p               hue

    T takes red, green and blue to Y, I and Q, R(a) turns the plane of I and Q by a [2]_. The result
    is limited to 0..1. All of this is one matrix for a pixel and one for m. The factors are those
    of [1]_, 0.5 to 1.5 there.

    References
    ----------
    .. [1] A. G. Howard, "Some improvements on deep convolutional neural network based image
       classification", 2013, section 2.1.
    .. [2] W. K. Pratt, "Digital image processing", section on NTSC transmission coordinates.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import ColorJitter
    >>> x = np.full((1, 2, 2, 3), 0.5)
    >>> y = ColorJitter(brightness=0.4)(x, np.random.default_rng(0))
    >>> bool(0.3 <= y.min() == y.max() <= 0.7)
    True
    """

    PLACE = Change.COLOR

    def __init__(
        self,
        brightness: float = 0.0,
        contrast: float = 0.0,
        saturation: float = 0.0,
        hue: float = 0.0,
    ) -> None:
        self.brightness = gate.real(brightness, "brightness", 0, 1)
        self.contrast = gate.real(contrast, "contrast", 0, 1)
        self.saturation = gate.real(saturation, "saturation", 0, 1)
        self.hue = gate.real(hue, "hue", 0, 0.5)

    def plan(self, sweep: Sweep) -> None:
        draws, c = sweep.draws, sweep.c
        if c not in (1, 3):
            raise ValueError(f"x must have 1 or 3 channels, to have colours: got {c}")
        b, f, s = (
            draws.uniform(1 - width, 1 + width)[:, None, None]
            for width in (self.brightness, self.contrast, self.saturation)
        )
        turn = draws.uniform(-self.hue, self.hue) * 2 * np.pi
        luma = np.tile(YIQ[0], (3, 1)) if c == 3 else np.ones((1, 1))
        if sweep.colors is None:
            pixel, mean = np.eye(c), np.zeros((c, c))
        else:
            pixel, mean = sweep.colors[:, 0], sweep.colors[:, 1]
        mean = b * (f * mean + (1 - f) * (luma @ (pixel + mean)))
        pixel = b * f * pixel
        mix = s * np.eye(c) + (1 - s) * luma
        if c == 3:
            mix = _turned(turn) @ mix
        sweep.colors = np.stack([mix @ pixel, mix @ mean], axis=1)

    def __repr__(self) -> str:
        factors = f"brightness={self.brightness}, contrast={self.contrast}"
        return f"ColorJitter({factors}, saturation={self.saturation}, hue={self.hue})"


class Normalize(Change):
    """Subtract a mean from each channel and divide by a standard deviation.

    Parameters
    ----------
    mean, std : float or array_like of shape (c,)
        Of all channels, or of each; std > 0. Those of pixels from 0 to 1.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule, or the images have another number of channels.

    Examples
    --------
    >>> import numpy as np
    >>> from fastcnn.data.augment import Normalize
    >>> x = np.array([0, 51, 255], np.uint8).reshape(1, 1, 3, 1)
    >>> Normalize(mean=0.5, std=0.25)(x, np.random.default_rng(0)).ravel()
    array([-2. , -1.2,  2. ], dtype=float32)
    """

    PLACE = Change.NORMALIZE

    def __init__(self, mean: ArrayLike, std: ArrayLike) -> None:
        self.mean, self.std = _channels(mean, "mean"), _channels(std, "std")
        if not (self.std > 0).all():
            raise ValueError(f"std must be > 0: got {std!r}")

    def plan(self, sweep: Sweep) -> None:
        for name, values in (("mean", self.mean), ("std", self.std)):
            if values.size not in (1, sweep.c):
                raise ValueError(
                    f"{name} must be a number or one for each of the {sweep.c} channels of x: "
                    f"got {values.size}"
                )
        sweep.mean, sweep.scale = (
            np.broadcast_to(values, sweep.c) for values in (self.mean, 1 / self.std)
        )

    def __repr__(self) -> str:
        mean, std = (v.item() if v.size == 1 else v.tolist() for v in (self.mean, self.std))
        return f"Normalize(mean={mean}, std={std})"


def _turned(angle: np.ndarray) -> np.ndarray:
    """Matrices (n, 3, 3) that turn the hue by angles (n,)."""
    turn = np.zeros((len(angle), 3, 3))
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 1, 2] = -np.sin(angle)
    turn[:, 2, 1] = np.sin(angle)
    return np.linalg.inv(YIQ) @ turn @ YIQ


def _channels(values: Any, name: str) -> np.ndarray:
    """A number, or one for each channel, as float64 (1,) or (c,)."""
    if isinstance(values, Real):
        return np.array([gate.finite(values, name)])
    array = gate.floats(values, name, 1).astype(np.float64)
    if not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite numbers: got {values!r}")
    return array
