"""What optimizers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypedDict

import numpy as np

from fastcnn import schedules
from fastcnn.graph.parameter import Parameter
from fastcnn.kernels import gate, memory
from fastcnn.kernels.program import Program
from fastcnn.optim.spans import Decides, decides, scales, spans
from fastcnn.schedules import Schedule


class Options(TypedDict, total=False):
    """What all optimizers take by name; see `Optimizer`."""

    decay: str | Decides
    lr_scale: Mapping[str, float] | None


class Optimizer:
    """What optimizers share: a learning rate, which may follow a schedule, and their state.

    An optimizer belongs to one model at a time; `bind` starts it afresh. All optimizers take these
    options, by name.

    Parameters
    ----------
    decay : {"weights", "all"} or callable, default "weights"
        Which parameters decay: those of more than one axis, so neither biases nor the scales and
        shifts of normalisations (Goyal et al., 2017, section 5.3; He et al., 2019, section 3.1);
        all, as PyTorch does; or those for which ``decay(name, parameter)`` is true.
    lr_scale : dict of str -> float, optional
        Factors of the learning rate by patterns of names, such as ``{"9.*": 10, "*.bias": 2}``: the
        first pattern that matches the name of a parameter counts, and where none does, 1. ``*``
        stands for anything, dots too (`fnmatch`). With the factor 0 a parameter stays as it is.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; when the model is compiled, a pattern matches no parameter.

    Attributes
    ----------
    updates : int
        How often it has changed the parameters.
    """

    moments: ClassVar[tuple[str, ...]]  # what it keeps of earlier gradients, for each parameter

    def __init__(
        self,
        lr: float | Schedule,
        settings: int,
        *,
        decay: str | Decides = "weights",
        lr_scale: Mapping[str, float] | None = None,
    ) -> None:
        self.schedule = lr if callable(lr) else schedules.constant(lr)
        self.decay, self.lr_scale = decides(decay), scales(lr_scale)
        self.settings = np.zeros(settings)  # the learning rate, a factor of the gradient, ...
        self.settings[1] = 1

    @property
    def keeps(self) -> tuple[str, ...]:
        """Names of the arrays, as large as all parameters, that it keeps."""
        return self.moments

    def bind(self, parameters: Mapping[str, Parameter], w: np.ndarray, dw: np.ndarray) -> None:
        """Take charge of parameters; `w` and `dw`, float32 (n,), hold them and their gradients."""
        self.parameters, self.w, self.updates = parameters, w, 0
        self.arrays = {
            name: memory.zeros(w.nbytes)[: w.nbytes].view(w.dtype) for name in self.keeps
        }
        self.dw = dw
        self.regroup()

    def regroup(self) -> None:
        """Find out anew which parameters are updated, and how."""
        groups = spans(self.parameters, self.w.size, self.decay, self.lr_scale)
        self.program = Program([self._op(self.w, self.dw, **groups)] if self.w.size else [])

    def update(self, progress: float) -> None:
        """Change the parameters once; `progress` is the share of the training that is done."""
        self.settings[0] = gate.real(self.schedule(progress), "lr", 0)
        self.updates += 1
        self._advance()
        self.program.run()

    def state(self) -> dict[str, np.ndarray]:
        """All that the next updates depend on besides parameters and gradients, by name.

        Returns
        -------
        dict of str -> ndarray
            Copies: "updates" int64 (1,), and for each parameter, such as "0.weight", its moments,
            such as "v.0.weight", float32 of the shape of its value. With these restored, training
            goes on bit for bit.

        Raises
        ------
        RuntimeError
            No model was compiled with this optimizer.

        Examples
        --------
        >>> import fastcnn
        >>> from fastcnn import layers, optim
        >>> model = fastcnn.Sequential([layers.Dense(2)], input_shape=(3,), rng=0)
        >>> model.compile(optim.SGD(0.1, momentum=0.9))
        >>> loss = model.train_on_batch([[1.0, 2.0, 3.0]], [1])
        >>> saved = model.optimizer.state()
        >>> sorted(saved)
        ['updates', 'v.0.bias', 'v.0.weight']
        >>> model.optimizer.restore(saved)
        """
        self._check_bound()
        tensors = {"updates": np.array([self.updates])}
        for kind, flat in self.arrays.items():
            tensors |= {f"{kind}.{name}": p.read(flat) for name, p in self.parameters.items()}
        return tensors

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave, of this optimizer or one like it for the same model.

        Parameters
        ----------
        state : dict of str -> ndarray
            All of it is checked before anything is changed.

        Raises
        ------
        RuntimeError
            No model was compiled with this optimizer.
        ValueError, TypeError
            Arrays are missing, not known or of another shape.
        """
        now = self.state()
        missing, unknown = sorted(now.keys() - state.keys()), sorted(state.keys() - now.keys())
        if missing or unknown:
            raise ValueError(
                f"state must have the arrays of {type(self).__name__} for this model: "
                f"missing {missing or 'none'}, unknown {unknown or 'none'}"
            )
        updates = np.asarray(state["updates"])
        if updates.shape != (1,) or updates.dtype.kind not in "iu" or updates[0] < 0:
            raise ValueError(f"updates must be one whole number >= 0: got {state['updates']!r}")
        checked = {
            name: gate.match(state[name], name, array.shape)
            for name, array in now.items()
            if name != "updates"
        }
        self.updates = int(updates[0])
        for kind, flat in self.arrays.items():
            for name, parameter in self.parameters.items():
                parameter.write(flat, checked[f"{kind}.{name}"])

    def _check_bound(self) -> None:
        if not hasattr(self, "parameters"):
            raise RuntimeError(f"{type(self).__name__} has no model: compile one with it first")

    def _advance(self) -> None:
        """Bring the settings to the update that `updates` counts."""

    def _op(self, w: np.ndarray, dw: np.ndarray, **groups: np.ndarray) -> Any:
        raise NotImplementedError
