"""A plan: programs whose buffers have their places, ready to run again and again."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastcnn.graph import arena, passes
from fastcnn.graph.planner import Planner, Step
from fastcnn.graph.tensor import Tensor
from fastcnn.kernels import memory
from fastcnn.kernels.load import Load
from fastcnn.kernels.program import Program


class Plan:
    """Rewrites and lowers what a planner has recorded, places the buffers and binds the kernels.

    Parameters
    ----------
    planner : Planner
        With all operations added.
    kept : dict of str -> Tensor
        Tensors that the caller fills or reads, by the name under which `array` will give them; "x"
        is the input.
    gradients : dict of str -> Tensor
        Tensors whose gradients the caller reads, by the name of the gradient.

    Attributes
    ----------
    ops : list
        Operations in the order of the forward pass.
    arena_bytes : int
        Memory for all activations and gradients. Known without allocating any of it.
    """

    def __init__(
        self, planner: Planner, kept: dict[str, Tensor], gradients: dict[str, Tensor]
    ) -> None:
        read = {tensor.buffer for tensor in (*kept.values(), *gradients.values())}
        planner.ops = passes.rewrite(planner.ops, read, planner.backward)
        planner.lower_forward()
        self.forward_steps = len(planner.steps)
        if planner.backward:
            planner.lower_backward()
            kept |= {name: planner.gradient(tensor) for name, tensor in gradients.items()}
        self.ops, self.steps = planner.ops, planner.steps
        self.kept = kept
        self.keys = planner.keys
        buffers = {id(tensor.buffer): tensor.buffer for tensor in kept.values()}
        for buffer in buffers.values():
            buffer.kept = True
        for number, step in enumerate(self.steps):
            for buffer in step.buffers():
                buffer.touch(number)
                buffers[id(buffer)] = buffer
        self.arena_bytes = arena.place(list(buffers.values()), len(self.steps))

    def bind(self) -> None:
        """Allocate the arena and make the programs; idempotent."""
        if hasattr(self, "arrays"):
            return
        block = memory.empty(self.arena_bytes)
        ops = [_bind(step, block) for step in self.steps]
        self.forward = Program(ops[: self.forward_steps])
        self.backward = Program(ops[self.forward_steps :])
        self.step = Program(ops)
        self.arrays = {name: tensor.view(block) for name, tensor in self.kept.items()}
        self._load = Load(self.arrays["x"])
        self._loading = Program([self._load])

    def load(self, x: np.ndarray) -> None:
        """Copy a batch to where the programs read it: float32 by all threads, others by one."""
        if x.dtype != np.float32 or not (x.flags.c_contiguous and x.flags.aligned):
            self.arrays["x"][...] = x
            return
        self._load.give(x)
        try:
            self._loading.run()
        finally:
            self._load.give(None)

    def array(self, name: str) -> np.ndarray:
        """The kept tensor's memory; it is overwritten by the next run."""
        return self.arrays[name]


def _bind(step: Step, block: np.ndarray) -> Any:
    """The kernel call with its tensors turned into arrays."""
    arguments = {
        name: value.view(block) if isinstance(value, Tensor) else value
        for name, value in step.arguments.items()
    }
    return step.kernel(**arguments)
