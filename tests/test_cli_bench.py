"""``fastcnn bench``: what it tells, not how fast that is."""

import re

import pytest
from command_line import facts, run

import fastcnn
from fastcnn.cli import bench
from fastcnn.kernels import isa as instruction_sets
from fastcnn.kernels.peak import MultiplyAdd
from fastcnn.kernels.program import Program


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(bench, "SECONDS", 0.0)
    monkeypatch.setattr(bench, "ROUNDS", 1000)
    monkeypatch.setattr(bench, "COPIED", 1 << 20)


def test_table(capsys):
    status, out, err = run(capsys, "bench", "--threads", 1)
    assert (status, err) == (0, "")
    head, _, *rows, _, last = out.splitlines()
    assert re.split(r"\s{2,}", head.strip()) == ["time", "rate", "share of peak"]
    words = [re.split(r"\s{2,}", row) for row in rows]
    units = [row[2].split()[1] for row in words]
    assert units == ["GFLOP/s", "GB/s", "GFLOP/s", "images/s"]
    assert [len(row) for row in words] == [4, 3, 4, 3]
    assert last == f"{instruction_sets.current()}, 1 thread"


def test_facts(capsys):
    found = facts(capsys, "bench", "--threads", 2)
    assert found["threads"] == 2
    assert found["instruction_set"] == instruction_sets.current()
    peak, copy, convolution, step = found["figures"]
    assert peak["share_of_peak"] == 1
    assert convolution["rate"] / peak["rate"] == pytest.approx(convolution["share_of_peak"])
    assert copy["rate"] * copy["seconds"] * 1e9 == pytest.approx(2 << 20)
    assert step["rate"] * step["seconds"] == pytest.approx(64)


@pytest.mark.parametrize("parts", [1, 3])
def test_multiply_adds_are_counted(isa, parts):
    op = MultiplyAdd(parts, 10)
    assert op.task_counts == (parts,)
    assert op.flops % (2 * 10 * parts) == 0
    assert op.flops // (2 * 10 * parts) in (48, 96, 384)  # chains times lanes
    with fastcnn.threads(2):
        Program([op]).run()
