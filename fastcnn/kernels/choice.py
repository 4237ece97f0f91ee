"""Which algorithm computes a convolution: a pure function of its sizes and of the precision."""

from __future__ import annotations

from dataclasses import dataclass

from fastcnn.kernels.conv import ConvBackwardData, ConvForward
from fastcnn.kernels.conv_backward_weight import ConvBackwardWeight
from fastcnn.kernels.conv_overlap import ConvBackwardDataOverlap
from fastcnn.kernels.conv_pooled import ConvBackwardWeightPooled
from fastcnn.kernels.conv_wide import (
    LATENCY,
    ConvBackwardWeightWide,
    ConvForwardWide,
    pixels,
    widened,
)
from fastcnn.kernels.depthwise import (
    DepthwiseBackwardData,
    DepthwiseBackwardWeight,
    DepthwiseForward,
)
from fastcnn.kernels.gate import ConvSizes, PoolSizes
from fastcnn.kernels.packing import PANEL, is_depthwise
from fastcnn.kernels.winograd import WinogradBackwardData, WinogradForward
from fastcnn.kernels.winograd_backward_weight import WinogradBackwardWeight

ALGORITHMS = ("auto", "direct", "winograd")
PRECISIONS = ("fast", "strict")

#: What can compute each pass of some convolution; `able` says which of them fit given sizes.
KERNELS: dict[str, dict[str, type]] = {
    "forward": {
        "depthwise": DepthwiseForward,
        "direct": ConvForward,
        "wide": ConvForwardWide,
        "winograd": WinogradForward,
    },
    "backward_data": {
        "depthwise": DepthwiseBackwardData,
        "direct": ConvBackwardData,
        "overlap": ConvBackwardDataOverlap,
        "winograd": WinogradBackwardData,
    },
    "backward_weight": {
        "depthwise": DepthwiseBackwardWeight,
        "direct": ConvBackwardWeight,
        "wide": ConvBackwardWeightWide,
        "winograd": WinogradBackwardWeight,
    },
}

#: Kernels that need the pixels of y or dy right behind each other.
TOGETHER = frozenset(
    kernel
    for able in KERNELS.values()
    for name, kernel in able.items()
    if name in ("depthwise", "wide")
)

#: Windows that Winograd's algorithm is built for: F(4x4, 3x3) and F(2x2, 5x5).
WINOGRAD_WINDOWS = ((3, 3), (5, 5))

#: What it costs to transform a weight or its gradient; backward-data transposes it, too.
WEIGHT_CYCLES = {"forward": 1.05, "backward_data": 1.3, "backward_weight": 1.6}

#: Fewer tiles are shared by all threads, which wait for each other.
SHARED_TILES = 32

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
    q = pixels(s) if algorithm == "auto" and _precision == "fast" else 1
    return _choose("forward", s, algorithm, q)


def conv_backward_data(s: ConvSizes, algorithm: str = "auto") -> Choice:
    """Overlapping runs where the input has few channels; Winograd where it pays; else direct."""
    ic = s.ic // s.groups
    overlap = ic <= FEW_CHANNELS and _undilated(s) and not is_depthwise(s.w_shape, s.groups)
    if algorithm == "auto" and overlap:
        few = f"few input channels: {ic} <= {FEW_CHANNELS}"
        return Choice("overlap", KERNELS["backward_data"]["overlap"], few)
    return _choose("backward_data", s, algorithm)


def conv_backward_weight(s: ConvSizes, algorithm: str = "auto") -> Choice:
    """Winograd where it pays; widened where the output has few channels; else direct."""
    q = pixels(s, LATENCY) if algorithm == "auto" else 1
    return _choose("backward_weight", s, algorithm, q)


def conv_backward_weight_pooled(s: ConvSizes, pooling: PoolSizes) -> Choice | None:
    """From the maxima of a max-pooled output alone, where that pays; for a layer without dx.

    Cycles for a window of the pooling, as measured: from the maxima, each output channel is on its
    own; else all outputs are multiplied, after the pooling has spread their gradients.
    """
    if s.groups > 1 or not _undilated(s) or s.oc > 2 * FEW_CHANNELS:
        return None
    maxima = s.oc * (0.72 * s.kh * -(-s.kw * s.ic // 8) + 3)
    outputs = pooling.sh * pooling.sw * -(-s.oc // 16) * (0.65 * s.kh * s.kw * s.ic + 5)
    if maxima >= outputs:
        return None
    reason = f"few output channels, max-pooled: {maxima:.0f} cycles a window, else {outputs:.0f}"
    return Choice("maxima", ConvBackwardWeightPooled, reason)


def _choose(pass_: str, s: ConvSizes, algorithm: str, q: int = 1) -> Choice:
    """Winograd where it is asked for or pays, else the direct way, `q` pixels at a time."""
    winograd, reason = _winograd(pass_, s, algorithm, widened(s, q))
    if winograd:
        name = "winograd"
    elif is_depthwise(s.w_shape, s.groups):
        name, reason = "depthwise", "one input channel in each group"
    elif q > 1:
        name = "wide"
        reason = f"few output channels: {q} pixels at a time fill the lanes"
    else:
        name = "direct"
    return Choice(name, KERNELS[pass_][name], reason)


def able(pass_: str, s: ConvSizes) -> dict[str, type]:
    """The algorithms that can compute a pass of these sizes, with their kernels."""
    depthwise = is_depthwise(s.w_shape, s.groups)
    fits = {
        "depthwise": depthwise,
        "direct": not depthwise,
        "overlap": _undilated(s) and not depthwise,
        "wide": pixels(s, LATENCY if pass_ == "backward_weight" else 1) > 1 and not depthwise,
        "winograd": _fits_winograd(s),
    }
    return {name: kernel for name, kernel in KERNELS[pass_].items() if fits[name]}


def _undilated(s: ConvSizes) -> bool:
    return s.dh == s.dw == 1


def _fits_winograd(s: ConvSizes) -> bool:
    unit = (s.sh, s.sw, s.dh, s.dw, s.groups) == (1, 1, 1, 1, 1)
    return unit and (s.kh, s.kw) in WINOGRAD_WINDOWS


def _winograd(pass_: str, s: ConvSizes, algorithm: str, other: ConvSizes) -> tuple[bool, str]:
    """Whether Winograd is asked for and possible, or may be chosen and pays; and why.

    The other way is direct, with the sizes `other`.
    """
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
    direct, winograd = _direct_cycles(pass_, other), _winograd_cycles(pass_, s)
    costs = f"Winograd {_millions(winograd)}, direct {_millions(direct)} million cycles"
    return winograd < direct, costs


def _millions(count: float) -> str:
    return f"{count / 1e6:.3g}"


# Both estimates count cycles of one core with two multiply-adds of 16 lanes; their constants are
# fitted to the times of 60 convolutions (docs/decisions.md).


def _direct_cycles(pass_: str, s: ConvSizes) -> float:
    """The products; a tile one vector wide and one with few rows cost more for each."""
    vectors = -(-(s.ic if pass_ == "backward_data" else s.oc) // 16)
    lanes = 16 * (vectors + vectors % 2 / 5)
    cycles = s.kh * s.kw * s.n * s.oh * s.ow * lanes / 30
    if pass_ == "backward_weight":
        return 1.08 * cycles * s.ic
    idle = max(1, 8 / min(vectors, 2) / (s.ow if pass_ == "forward" else s.iw))
    if pass_ == "forward":
        return idle * cycles * s.ic
    return idle * cycles * s.oc + s.kh * s.kw * s.ic * s.oc  # which are transposed


def _winograd_cycles(pass_: str, s: ConvSizes) -> float:
    """The products of 36 planes, transforms of tiles, of weights for each block, a start."""
    ins, outs, oh, ow = s.ic, s.oc, s.oh, s.ow
    if pass_ == "backward_data":
        ins, outs, oh, ow = s.oc, s.ic, s.ih, s.iw
    tile = 7 - s.kh
    tiles = s.n * -(-oh // tile) * -(-ow // tile)
    blocks = -(-tiles // 150)
    whole = -(-outs // PANEL) * PANEL
    depth, lanes = -(-ins // 16) * 16, -(-outs // 16) * 16
    if pass_ == "backward_weight":
        lanes = whole
    weights = s.kh * s.kw * ins * whole * WEIGHT_CYCLES[pass_]
    start = 3e4 if tiles >= SHARED_TILES else 1e5
    return tiles * (36 * ins * lanes / 28 + 14 * (depth + lanes)) + blocks * weights + start
