"""Every operation with every operand against a wall: nothing is read or written beyond it."""

import numpy as np
import pytest
from guard import guarded, outcome
from guard_operations import OPERATIONS
from guard_operations.operands import Operands

from fastcnn.kernels import memory, program

WIDTHS = [*range(1, 18), 31, 32, 33]

each_side = pytest.mark.parametrize("side", ["start", "end"])


@each_side
@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_beyond_the_operands(name, side, isa, monkeypatch):
    # The scratch memory ends at a wall too; its start has to be aligned.
    def scratch(size):
        return guarded(np.full(max(memory.LINE, size), 0xFF, dtype=np.uint8), "end")

    monkeypatch.setattr(memory, "empty", scratch)
    monkeypatch.setattr(memory, "apart", memory.aligned)

    def run_all_widths():
        for c in WIDTHS:
            make = Operands(side)
            program.Program([OPERATIONS[name](make, c)]).run()
            for output in make.outputs:
                assert not np.isnan(output).any(), f"not written at width {c}"

    assert outcome(run_all_widths) is None


def test_the_wall_stands():
    for side, neighbour in (("start", -1), ("end", 1)):
        array = guarded(np.arange(5, dtype=np.float32), side)
        assert array.tolist() == [0, 1, 2, 3, 4]
        beyond = np.lib.stride_tricks.as_strided(array[::neighbour], (6,), (4 * neighbour,))
        assert outcome(lambda beyond=beyond: beyond[:5].sum()) is None
        assert outcome(lambda beyond=beyond: beyond.sum()) == "SIGSEGV"


def test_outcome_tells_exceptions():
    assert "ZeroDivisionError" in outcome(lambda: 1 / 0)
