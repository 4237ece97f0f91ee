"""Elementwise non-linearities."""

from __future__ import annotations

from fastcnn.graph import ops
from fastcnn.graph.planner import Planner
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import gate
from fastcnn.layers.base import Layer


class Activation(Layer):
    """What the elementwise layers share: input and output have the same shape."""

    function: str
    settings: tuple[float, float] = (0.0, 0.0)

    def plan(self, planner: Planner, x: Tensor) -> Tensor:
        y = planner.tensor(x.shape)
        planner.add(ops.Activation(self.function, self.settings, x, y))
        return y


class ReLU(Activation):
    """``max(x, 0)`` (Nair & Hinton, 2010); NaN stays NaN."""

    function = "relu"


class LeakyReLU(Activation):
    """``x`` where ``x >= 0``, else ``slope * x`` (Maas et al., 2013).

    Parameters
    ----------
    slope : float, default 0.01
        In [0, 1].
    """

    function = "leaky_relu"

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = gate.real(slope, "slope", 0, 1)
        self.settings = self.slope, 0.0


class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``."""

    function = "sigmoid"


class Tanh(Activation):
    """Hyperbolic tangent."""

    function = "tanh"


class ELU(Activation):
    """``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)`` (Clevert et al., 2016).

    Parameters
    ----------
    alpha : float, default 1.0
        Minus what very negative inputs give; >= 0.
    """

    function = "elu"

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = gate.real(alpha, "alpha", 0)
        self.settings = self.alpha, 0.0


class Softplus(Activation):
    """``log(1 + exp(beta * x)) / beta`` (Dugas et al., 2000).

    Parameters
    ----------
    beta : float, default 1.0
        Positive; the larger, the nearer to ReLU.
    """

    function = "softplus"

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = gate.real(beta, "beta", gate.SMALLEST_FLOAT)
        self.settings = self.beta, 0.0


class HardTanh(Activation):
    """``min(max(x, low), high)``; NaN stays NaN (Collobert, 2004).

    Parameters
    ----------
    low, high : float, default -1.0 and 1.0
        With ``low < high``.
    """

    function = "hard_tanh"

    def __init__(self, low: float = -1.0, high: float = 1.0) -> None:
        self.low, self.high = self.settings = gate.interval(low, high)


class ReLU6(Activation):
    """``min(max(x, 0), 6)``; NaN stays NaN (Krizhevsky, 2010)."""

    function = "hard_tanh"
    settings = 0.0, 6.0


class HardSigmoid(Activation):
    """``min(max(x + 3, 0), 6) / 6`` (Howard et al., 2019)."""

    function = "hard_sigmoid"


class HardSwish(Activation):
    """``x * hard_sigmoid(x)`` (Howard et al., 2019)."""

    function = "hard_swish"


class SiLU(Activation):
    """``x * sigmoid(x)``, also called swish (Elfwing et al., 2018; Ramachandran et al., 2017)."""

    function = "silu"


class GELU(Activation):
    """``x * cdf(x)`` with the normal distribution (Hendrycks & Gimpel, 2016).

    Parameters
    ----------
    approximate : {"none", "tanh"}, default "none"
        With "tanh" it is ``x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))``, as some
        networks were trained; it is hardly faster.
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate
        self.function = gate.gelu(approximate)
