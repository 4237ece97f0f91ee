"""The micro-kernels as the compiler wrote them: their accumulators live in registers."""

import functools
import platform
import re
import shutil
import subprocess

import pytest

from fastcnn.kernels import isa

# Registers, per instruction set: how a packed multiply-add is spelt.
MULTIPLY = {
    "avx512": r"vfmadd\d+ps.*%zmm",
    "avx2": r"vfmadd\d+ps.*%ymm",
    "baseline": r"mulps.*%xmm",
}

INSTRUCTION = re.compile(r" *([0-9a-f]+):\t(.+)")
JUMP = re.compile(r"j\w+ +([0-9a-f]+)")
# A vector register and the stack pointer; %rbp is a general register here.
SPILL = re.compile(r"(?=.*\(%rsp)(?=.*%[xyz]mm)")


def objdump(*options):
    return subprocess.run(
        ["objdump", *options, isa.__file__], capture_output=True, text=True, check=True
    ).stdout


@functools.cache
def micro_kernels():
    """{instruction set: {name: its lines}}, told apart by the source file behind each symbol."""
    source, places = None, {}
    for line in objdump("--syms").splitlines():
        if "df *ABS*" in line:
            source = line.split()[-1]
        elif re.search(r" F .*\bfc_gemm_", line):
            places[int(line.split()[0], 16)] = source
    found = {name: {} for name in MULTIPLY}
    code = objdump("--disassemble", "--no-show-raw-insn")
    for address, name, body in re.findall(
        r"^([0-9a-f]+) <(fc_gemm_\w+)>:\n((?:.+\n)+)", code, re.M
    ):
        found[places[int(address, 16)].removeprefix("isa_").removesuffix(".c")][name] = body
    return found


def innermost_loop(body, multiply):
    """The instructions of the shortest loop with a multiply-add in it, or none."""
    code = [(int(m[1], 16), m[2]) for m in map(INSTRUCTION.match, body.splitlines()) if m]
    loops = []
    for end, instruction in code:
        jump = JUMP.match(instruction)
        if jump and int(jump[1], 16) <= end:
            loop = [text for address, text in code if int(jump[1], 16) <= address <= end]
            if any(re.match(multiply, text) for text in loop):
                loops.append(loop)
    return min(loops, key=len, default=[])


def spills(loop):
    return [instruction for instruction in loop if SPILL.match(instruction)]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="reads the assembly of x86-64 only")
@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump is not installed")
@pytest.mark.parametrize("name", MULTIPLY)
def test_no_vector_is_spilled_in_the_innermost_loop(name):
    if re.search(r"__(asan|ubsan|tsan|msan|gcov)_", objdump("--syms")):
        pytest.skip("the build is instrumented")
    kernels = micro_kernels()[name]
    modes = {f"fc_gemm_{mode}_{vectors}" for mode in ("cs1", "rs1") for vectors in (1, 2)}
    assert modes <= {re.sub(r"\d+x", "", kernel) for kernel in kernels}
    for kernel, body in kernels.items():
        loop = innermost_loop(body, MULTIPLY[name])
        rows, vectors = map(int, re.search(r"(\d+)x(\d)", kernel).groups())
        multiplications = sum(bool(re.match(MULTIPLY[name], text)) for text in loop)
        assert multiplications, f"{kernel}: no loop found"
        assert multiplications % (rows * vectors) == 0, f"{kernel}: not the loop over k"
        assert not spills(loop), f"{kernel}: {spills(loop)}"


def test_a_spill_would_be_found():
    body = """
  10:\tvmovups (%rdx),%ymm1
  18:\tvmovaps %ymm1,0x20(%rsp)
  20:\tvbroadcastss (%rax),%ymm0
  28:\tvfmadd231ps %ymm0,%ymm1,%ymm2
  30:\tvmovups 0x20(%rsp),%ymm3
  34:\tmov    0x8(%rsp),%rcx
  38:\tvmovups 0x20(%rbp),%ymm3
  40:\tjne    20 <fc_gemm_cs1_1x1+0x20>
  48:\tdec    %rcx
  50:\tjne    10 <fc_gemm_cs1_1x1+0x10>
  58:\tret
"""
    loop = innermost_loop(body, MULTIPLY["avx2"])
    assert len(loop) == 6
    assert spills(loop) == ["vmovups 0x20(%rsp),%ymm3"]
