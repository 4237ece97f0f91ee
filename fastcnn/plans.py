"""The plans of a model: those of its last batches are kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from fastcnn.graph.plan import Plan
from fastcnn.graph.planner import Planner
from fastcnn.kernels import choice
from fastcnn.kernels.gate import Shape
from fastcnn.layers import BatchNorm
from fastcnn.layers.graph import Graph
from fastcnn.losses import Loss

#: Plans are kept for this many combinations of purpose and batch.
PLANS = 4


class Plans:
    """Plans by purpose and batch; see `fastcnn.Model.plan`."""

    def __init__(self, root: Graph, input_shape: Shape) -> None:
        self.root, self.input_shape = root, input_shape  # not the model: it is to go when it can
        self.norms = [layer for layer in root.walk() if isinstance(layer, BatchNorm)]
        self.kept: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()

    def get(
        self, loss: Loss, purpose: str, n: int, bind: bool, labels: bool, weighted: bool
    ) -> Plan:
        """The plan that is kept, or a new one."""
        frozen = tuple([norm.frozen for norm in self.norms])
        key = purpose, n, labels, weighted, choice.precision(), frozen
        plan = self.kept.get(key)
        if plan is None:
            plan = self._new(loss, purpose, n, labels, weighted)
            if not bind:
                return plan
            plan.bind()
            self.kept[key] = plan
            if len(self.kept) > PLANS:
                self.kept.popitem(last=False)
        self.kept.move_to_end(key)
        return plan

    def clear(self) -> None:
        """Forget all: they hold memory, and were made for the loss of then."""
        self.kept.clear()

    def _new(self, loss: Loss, purpose: str, n: int, labels: bool, weighted: bool) -> Plan:
        training, by_hand = purpose in ("train", "backward"), purpose == "backward"
        planner = Planner(training, input_gradient=by_hand, loss=purpose == "train")
        kept = {"x": planner.input((n, *self.input_shape))}
        y = self.root.plan(planner, kept["x"])
        if purpose in ("train", "evaluate"):
            kept |= loss.plan(planner, y, labels, weighted)
        if purpose != "train":
            kept["y"] = y
        if by_hand:
            kept["dy"] = planner.contribution(y)
        return Plan(planner, kept, {"dx": kept["x"]} if by_hand else {})
