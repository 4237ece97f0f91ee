"""What optimizers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypedDict

import numpy as np

from fastcnn import schedules
from fastcnn.graph.parameter import Parameter
from fastcnn.kernels import gate, memory
from fastcnn.kernels.optim import Lerp, Norm
from fastcnn.kernels.program import Program
from fastcnn.optim.spans import Decides, decides, scales, spans
from fastcnn.schedules import Schedule


class Options(TypedDict, total=False):
    """What all optimizers take by name; see `Optimizer`."""

    decay: str | Decides
    lr_scale: Mapping[str, float] | None
    clip_norm: float | None
    accumulate: int
    average: float | None


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
    clip_norm : float, optional
        Gradients of all parameters together that are longer than this are shortened to it (Pascanu
        et al., 2013, algorithm 1); positive. An update whose gradient has no finite norm is refused
        then.
    accumulate : int, default 1
        Make one update for so many batches, by the mean gradient over all of their samples: as of
        one large batch, but for batch normalisation. At the end of an epoch `fit` makes the update
        of the batches that are left.
    average : float, optional
        Keep a moving average of the parameters and running statistics, which `Model.averaged` puts
        in their place (Polyak & Juditsky, 1992): the share, in [0, 1), of the average that each
        update keeps, say 0.999. Update t, counted from 0, keeps at most
        ``(1 + t) / (10 + t)``, as TensorFlow's ``ExponentialMovingAverage`` does, so that the first
        weights are soon forgotten.

    Raises
    ------
    ValueError, TypeError
        An argument breaks a rule; when the model is compiled, a pattern matches no parameter.

    Attributes
    ----------
    updates : int
        How often it has changed the parameters.
    norm : float
        With `clip_norm`, that of the last gradient, before it was clipped.
    """

    moments: ClassVar[tuple[str, ...]]  # what it keeps of earlier gradients, for each parameter

    def __init__(
        self,
        lr: float | Schedule,
        settings: int,
        *,
        decay: str | Decides = "weights",
        lr_scale: Mapping[str, float] | None = None,
        clip_norm: float | None = None,
        accumulate: int = 1,
        average: float | None = None,
    ) -> None:
        self.schedule = lr if callable(lr) else schedules.constant(lr)
        self.decay, self.lr_scale = decides(decay), scales(lr_scale)
        self.settings = np.zeros(settings)  # the learning rate, a factor of the gradient, ...
        self.settings[1] = 1
        if clip_norm is not None:
            gate.real(clip_norm, "clip_norm", gate.SMALLEST_FLOAT)
        self.clip_norm, self.accumulate = clip_norm, gate.whole(accumulate, "accumulate")
        if average is not None:
            gate.real(average, "average", 0, 1, open_end=True)
        self.average = average
        self.updates = self.batches = self.samples = 0  # the latter two since the last update
        self.swapped = False  # whether parameters and averages have changed places
        self._norm, self._share, self._pace = np.zeros((3, 1))

    @property
    def keeps(self) -> tuple[str, ...]:
        """Names of the arrays, as large as all parameters, that it keeps."""
        gradient = ("gradient",) if self.accumulate > 1 else ()
        return self.moments + gradient + (("average",) if self.average is not None else ())

    @property
    def norm(self) -> float:
        return float(self._norm[0])

    def bind(
        self,
        parameters: Mapping[str, Parameter],
        w: np.ndarray,
        dw: np.ndarray,
        state: Mapping[str, Parameter],
        statistics: np.ndarray,
    ) -> None:
        """Take charge of a model.

        Parameters
        ----------
        parameters : dict of str -> Parameter
        w, dw : ndarray of float32, shape (n,)
            What holds them and their gradients.
        state : dict of str -> Parameter
        statistics : ndarray of float32, shape (k,)
            What holds that.
        """
        self.parameters, self.w, self.dw = parameters, w, dw
        self.statistics, self._state = statistics, state
        self.updates = self.batches = self.samples = 0
        self.arrays = {name: _zeros_like(w) for name in self.keeps}
        self.averages = (
            (self.arrays["average"], _zeros_like(statistics)) if self.average is not None else ()
        )
        for average, array in zip(self.averages, (w, statistics), strict=False):
            average[...] = array
        self.regroup()

    def regroup(self) -> None:
        """Find out anew which parameters are updated, and how."""
        w, dw = self.w, self.arrays.get("gradient", self.dw)
        groups = spans(self.parameters, w.size, self.decay, self.lr_scale)
        own = {name: self.arrays[name] for name in self.moments}
        lerps = [
            Lerp(self._pace, array, average)
            for average, array in zip(self.averages, (w, self.statistics), strict=False)
            if array.size
        ]
        self.program = Program([self._op(w, dw, **own, **groups), *lerps] if w.size else [])
        if w.size and self.clip_norm is not None:
            self._measuring = Program([Norm(dw, self._norm, **groups)])
        if w.size and self.accumulate > 1:
            self._gathering = Program([Lerp(self._share, self.dw, dw)])

    def update(self, progress: float, samples: int = 1) -> None:
        """Change the parameters once, or, with `accumulate`, take note of the gradient.

        Parameters
        ----------
        progress : float
            The share of the training that is done, for the schedule.
        samples : int, default 1
            How many samples the gradient is the mean of: its weight beside those of other batches;
            0 for the update of the batches that are left over.

        Raises
        ------
        FloatingPointError
            With `clip_norm`, the norm of the gradient is not finite. Parameters and moments are as
            before; a group of batches begins anew.
        ValueError, TypeError
            The schedule gives no learning rate.
        """
        lr = gate.real(self.schedule(progress), "lr", 0)
        if self.swapped:
            raise RuntimeError("parameters cannot be updated inside of model.averaged()")
        if samples:
            self.batches, self.samples = self.batches + 1, self.samples + samples
            if self.accumulate > 1:
                self._share[0] = samples / self.samples
                self._gathering.run()
            if self.batches < self.accumulate:
                return
        self.batches = self.samples = 0
        self.settings[0] = lr
        if self.clip_norm is not None:
            self.settings[1] = self._clipping()
        self._pace[0] = max(1 - (self.average or 0), 9 / (10 + self.updates))
        self.updates += 1
        self._advance()
        self.program.run()

    def finish(self, progress: float) -> None:
        """Make the update for fewer than `accumulate` batches, where some are left over."""
        if self.batches:
            self.update(progress, samples=0)

    def _clipping(self) -> float:
        """The factor that shortens the gradient."""
        if not self.w.size or self.clip_norm is None:
            return 1.0
        self._measuring.run()
        if not np.isfinite(self.norm):
            raise FloatingPointError(
                f"the norm of the gradient became {self.norm}; the parameters are as before this "
                "batch. A smaller learning rate may help"
            )
        return self.clip_norm / self.norm if self.norm > self.clip_norm else 1.0

    def swap(self) -> None:
        """Let parameters and running statistics change places with their averages."""
        self._check_bound()
        if not self.averages:
            raise RuntimeError(
                f"{type(self).__name__} keeps no average of the parameters: give it average=0.999"
            )
        for average, array in zip(self.averages, (self.w, self.statistics), strict=True):
            average[...], array[...] = array.copy(), average.copy()
        self.swapped = not self.swapped

    def state(self) -> dict[str, np.ndarray]:
        """All that the next updates depend on besides parameters and gradients, by name.

        Returns
        -------
        dict of str -> ndarray
            Copies: "updates" int64 (1,), and for each parameter, such as "0.weight", its moments,
            such as "v.0.weight", float32 of the shape of its value; "average.0.weight" and so on,
            the "gradient." of batches that wait for an update and their numbers, and what a
            schedule keeps, where there are any. With these restored, training goes on bit for bit.

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
        tensors = {name: np.array([getattr(self, name)]) for name in self._counters}
        for kind, flat, each in self._flats():
            tensors |= {f"{kind}.{name}": p.read(flat) for name, p in each.items()}
        if hasattr(self.schedule, "state"):
            tensors |= {f"schedule.{name}": a for name, a in self.schedule.state().items()}
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
        counts = {name: _count(name, state[name]) for name in self._counters}
        checked = {
            name: gate.match(state[name], name, array.shape)
            for name, array in now.items()
            if name not in counts and not name.startswith("schedule.")
        }
        if hasattr(self.schedule, "restore"):
            own = {n: a for n, a in state.items() if n.startswith("schedule.")}
            self.schedule.restore({n.removeprefix("schedule."): a for n, a in own.items()})
        for name, count in counts.items():
            setattr(self, name, count)
        for kind, flat, each in self._flats():
            for name, parameter in each.items():
                parameter.write(flat, checked[f"{kind}.{name}"])

    @property
    def _counters(self) -> tuple[str, ...]:
        return ("updates", "batches", "samples") if self.accumulate > 1 else ("updates",)

    def _flats(self) -> list[tuple[str, np.ndarray, Mapping[str, Parameter]]]:
        """Kind, array and parameters of all that is kept by their names."""
        flats = [(kind, flat, self.parameters) for kind, flat in self.arrays.items()]
        return flats + [("average", flat, self._state) for flat in self.averages[1:]]

    def _check_bound(self) -> None:
        if not hasattr(self, "parameters"):
            raise RuntimeError(f"{type(self).__name__} has no model: compile one with it first")

    def _advance(self) -> None:
        """Bring the settings to the update that `updates` counts."""

    def _op(self, w: np.ndarray, dw: np.ndarray, **more: np.ndarray) -> Any:
        """The kernel call; `more` are moments and spans."""
        raise NotImplementedError


def _zeros_like(flat: np.ndarray) -> np.ndarray:
    return memory.zeros(flat.nbytes)[: flat.nbytes].view(flat.dtype)


def _count(name: str, value: Any) -> int:
    count = np.asarray(value)
    if count.shape != (1,) or count.dtype.kind not in "iu" or count[0] < 0:
        raise ValueError(f"{name} must be one whole number >= 0: got {value!r}")
    return int(count[0])
