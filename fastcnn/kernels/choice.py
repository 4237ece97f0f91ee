"""Which algorithm computes a convolution: a pure function of its sizes and of the precision."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.kernels.conv import ConvBackwardData, ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.conv_overlap import ConvBackwardDataOverlap
from fastcnn.kernels.conv_wide import ConvBackwardWeightWide, ConvForwardWide, pixels
from fastcnn.kernels.gate import ConvSizes
from fastcnn.kernels.packing import PANEL
from fastcnn.kernels.winograd import WinogradBackwardData, WinogradForward
from fastcnn.kernels.winograd_backward_weight import WinogradBackwardWeight

ALGORITHMS = ("auto", "direct", "winograd")
PRECISIONS = ("fast", "strict")

#: What can compute each pass of some convolution; `able` says which of them fit given sizes.
KERNELS: dict[str, dict[str, type]] = {
    "forward": {
        "direct": ConvForward,
        "wide": ConvForwardWide,
        "winograd": WinogradForward,
    },
    "backward_data": {
        "direct": ConvBackwardData,
        "overlap": ConvBackwardDataOverlap,
        "winograd": WinogradBackwardData,
    },
    "backward_weight": {
        "direct": ConvBackwardWeight,
        "wide": ConvBackwardWeightWide,
        "winograd": WinogradBackwardWeight,
    },
}

#: Windows that Winograd's algorithm is built for: F(4x4, 3x3) and F(2x2, 5x5).
WINOGRAD_WINDOWS = ((3, 3), (5, 5))

#: Up to this many channels leave at least half of the widest vectors idle in the direct way.
FEW_CHANNELS = 8

_precision = "fast"


@dataclass(frozen=True)
class Choice:
    """The algorithm that computes one pass of a convolution, its kernel, and why it was taken."""

    algorithm: str
    kernel: type
    reason: str


def precision(mode: str | None = None) -> str:
    """Say, and if `mode` is given choose, how exact convolutions must be, in the whole process.

    Parameters
    ----------
    mode : {"fast", "strict"}, optional
        "fast", the default, computes large 3x3 and 5x5 convolutions by Winograd's algorithm, with
        a relative error around 1e-6, and lets a NaN or infinity reach output pixels beside
        those whose windows hold it; "strict" multiplies and adds directly, with an error around
        1e-7.

    Returns
    -------
    str
        The mode from now on.

    Raises
    ------
    ValueError
        `mode` is neither.

    Examples
    --------
    >>> import fastcnn
    >>> fastcnn.precision("strict")
    'strict'
    >>> fastcnn.precision("fast")
    'fast'
    """
    global _precision  # noqa: PLW0603  # a setting of the process, as the number of threads is
    if mode is not None:
        if mode not in PRECISIONS:
            raise ValueError(f"precision must be one of {PRECISIONS}: got {mode!r}")
        _precision = mode
    return _precision


def named_algorithm(name: str) -> str:
    """`name` when it is an algorithm's."""
    if name not in ALGORITHMS:
        raise ValueError(f"algorithm must be one of {ALGORITHMS}: got {name!r}")
    return name


def conv_forward(s: ConvSizes, algorithm: str = "auto") -> Choice:
    """Winograd where it pays; widened where the output has few channels; else direct."""
    wide = algorithm == "auto" and _precision == "fast" and pixels(s) > 1
    return _choose("forward", s, algorithm, ("wide", _few_outputs(s)) if wide else None)


def conv_backward_data(s: ConvSizes, algorithm: str = "auto") -> Choice:
    """Winograd where it pays; by overlapping runs where the input has few channels; else direct."""
    ic = s.ic // s.groups
    overlap = algorithm == "auto" and ic <= FEW_CHANNELS and _undilated(s)
    few = f"few input channels: {ic} <= {FEW_CHANNELS}"
    return _choose("backward_data", s, algorithm, ("overlap", few) if overlap else None)


def conv_backward_weight(s: ConvSizes, algorithm: str = "auto") -> Choice:
    """Winograd where it pays; widened where the output has few channels; else direct."""
    wide = algorithm == "auto" and pixels(s) > 1
    return _choose("backward_weight", s, algorithm, ("wide", _few_outputs(s)) if wide else None)


def _choose(pass_: str, s: ConvSizes, algorithm: str, few: tuple[str, str] | None) -> Choice:
    """Winograd, else what few channels call for, else direct."""
    winograd, reason = _winograd(s, algorithm)
    if winograd:
        name = "winograd"
    elif few:
        name, reason = few
    else:
        name = "direct"
    return Choice(name, KERNELS[pass_][name], reason)


def able(pass_: str, s: ConvSizes) -> dict[str, type]:
    """The algorithms that can compute a pass of these sizes, with their kernels."""
    fits = {
        "direct": True,
        "overlap": _undilated(s),
        "wide": pixels(s) > 1,
        "winograd": _fits_winograd(s),
    }
    return {name: kernel for name, kernel in KERNELS[pass_].items() if fits[name]}


def _undilated(s: ConvSizes) -> bool:
    return s.dh == s.dw == 1


def _few_outputs(s: ConvSizes) -> str:
    return f"few output channels: {pixels(s)} pixels at a time fill the lanes"


def _fits_winograd(s: ConvSizes) -> bool:
    unit = (s.sh, s.sw, s.dh, s.dw, s.groups) == (1, 1, 1, 1, 1)
    return unit and (s.kh, s.kw) in WINOGRAD_WINDOWS


def _winograd(s: ConvSizes, algorithm: str) -> tuple[bool, str]:
    """Whether Winograd is asked for and possible, or may be chosen and pays; and why."""
    got = (
        f"window {(s.kh, s.kw)}, stride {(s.sh, s.sw)}, dilation {(s.dh, s.dw)}, {s.groups} groups"
    )
    needs = "needs a 3x3 or 5x5 window, stride 1, dilation 1 and one group"
    fits = _fits_winograd(s)
    if algorithm == "winograd" and not fits:
        raise ValueError(f"algorithm 'winograd' {needs}: got {got}")
    if algorithm != "auto":
        return algorithm == "winograd", "asked for"
    if not fits:
        return False, f"Winograd {needs}"
    if _precision != "fast":
        return False, f"precision {_precision!r}"
    direct, winograd = _direct_cycles(s), _winograd_cycles(s)
    costs = f"Winograd {_millions(winograd)}, direct {_millions(direct)} million cycles"
    return winograd < direct, costs


def _millions(count: float) -> str:
    return f"{count / 1e6:.3g}"


def _direct_cycles(s: ConvSizes) -> float:
    """Time of a pass in cycles of one core with two 16-lane multiply-adds; lanes fill panels."""
    lanes = -(-s.oc // 16) * 16
    return s.kh * s.kw * s.n * s.oh * s.ow * s.ic * lanes / 30


def _winograd_cycles(s: ConvSizes) -> float:
    """The same: products of 36 planes, transforms of tiles and of weights."""
    tile = 7 - s.kh
    tiles = s.n * -(-s.oh // tile) * -(-s.ow // tile)
    lanes = -(-s.oc // PANEL) * PANEL
    return tiles * (36 * s.ic * lanes / 26 + 16 * (s.ic + s.oc)) + 8 * s.ic * lanes
