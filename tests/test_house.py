"""The rules of the house: who may import whom, what mirrors what, and what must not be there."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import cases
import fusion
import pytest

import fastcnn
from fastcnn import functional, reference
from fastcnn.graph import passes
from fastcnn.kernels import isa

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "fastcnn"
INSTALLED = Path(fastcnn.__file__).parent

# What each floor, and the rooms beside it, may import besides itself.
MAY_IMPORT = {
    "arithmetic": set(),
    "kernels": {"arithmetic"},
    "graph": {"kernels", "arithmetic"},
    "layers": {"graph", "kernels", "arithmetic"},
    "functional": {"kernels", "arithmetic"},
    "reference": {"arithmetic"},
    "metrics": {"kernels"},
    "schedules": {"kernels"},
    "optim": {"graph", "kernels", "schedules"},
    "losses": {"graph", "kernels"},
    "data": {"arithmetic", "extras", "formats", "kernels", "later"},
}

MODULES = sorted(path.stem for path in PACKAGE.glob("kernels/*.pyx"))


def room(path):
    """The name of the module or package of fastcnn that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path):
    """Names of the modules and packages of fastcnn that a file imports."""
    text, dotted = path.read_text(), []
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                dotted += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import"
                dotted += [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        for module, names in re.findall(r"^\s*from ([\w.]+) c?import ([^#\n]+)", text, re.M):
            dotted += [f"{module}.{name}" for name in re.findall(r"(\w+)(?: as \w+)?", names)]
        dotted += re.findall(r"^\s*c?import ([\w.]+)", text, re.M)
    return {name.split(".")[1] for name in dotted if name.startswith("fastcnn.")} | {
        "everything" for name in dotted if name == "fastcnn"
    }


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_imports_go_down(name):
    files = [p for ending in ("py", "pyx", "pxd") for p in PACKAGE.rglob(f"*.{ending}")]
    files = [path for path in files if room(path) == name]
    assert files
    for path in files:
        above = imported(path) - MAY_IMPORT[name] - {name}
        assert not above, f"{path.relative_to(ROOT)} imports {sorted(above)}"


def test_an_import_that_goes_up_is_seen(tmp_path):
    (tmp_path / "a.py").write_text("def f():\n    from fastcnn import layers, graph\n")
    (tmp_path / "b.pyx").write_text("from fastcnn.graph.ops cimport (Op, X)\ncimport fastcnn.a.b\n")
    assert imported(tmp_path / "a.py") == {"layers", "graph"}
    assert imported(tmp_path / "b.pyx") == {"graph", "a"}


# --- every operation is specified, tested and measured ---


def shape_of(function):
    """Names, kinds and defaults of the arguments, without their types."""
    parameters = inspect.signature(function).parameters.values()
    return [(each.name, each.kind, each.default) for each in parameters]


@pytest.mark.parametrize("name", functional.__all__)
def test_operation_has_a_specification(name):
    assert shape_of(getattr(functional, name)) == shape_of(getattr(reference, name))


@pytest.mark.parametrize("name", functional.__all__)
def test_operation_has_a_test(name):
    stem = getattr(functional, name).__module__.rpartition(".")[2]
    text = (ROOT / "tests" / f"test_{stem}.py").read_text()
    assert re.search(rf"\b{name}\b", text) or (
        name.endswith("_backward") and '"_backward"' in text and name[: -len("_backward")] in text
    )


@pytest.mark.parametrize("name", functional.__all__)
def test_operation_has_a_benchmark(name):
    op = name.removesuffix("_backward").removeprefix("global_")
    if not op.startswith("conv"):
        op = re.sub(r"[123]d$", "", op)
    elif not op.startswith("conv_transpose"):
        op = op.removesuffix("2d")
    rows = [case for suite in cases.SUITES.values() for case in suite if case.op == op]
    if name.startswith("global_"):
        rows = [case for case in rows if case.options["size"] == case.shapes["x"][1:3]]
    backward = [case for case in rows if case.pass_.startswith("backward")]
    assert backward if name.endswith("_backward") else len(rows) > len(backward)


@pytest.mark.parametrize("name", passes.NAMES)
def test_graph_pass_has_a_test_and_a_benchmark(name):
    texts = (path.read_text() for path in (ROOT / "tests").glob("test_*.py"))
    assert any("passes.without(" in text and f'"{name}"' in text for text in texts)
    assert name in fusion.NETWORKS


# --- files that mirror each other ---


def c_declarations(text):
    """Structs with their members, and functions, of a C header, in order."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    found = []
    for body, name, other in re.findall(r"typedef struct \{(.*?)\} (\w+);|([^;{}]+);", text, re.S):
        found += [f"struct {name}", *body.split(";")] if name else [other]
    return [re.sub(r"\s|(?<=\()void(?=\))", "", each) for each in found if each.strip()]


def cython_declarations(text):
    """The same of a .pxd."""
    block = text[text.index("cdef extern") :].partition("\n")[2]
    block = re.sub(r"#.*", "", block).replace("noexcept nogil", "").replace("ctypedef", "typedef")
    block = re.sub(r"^ +enum:\n(?: {8}\w+\n)+", "", block, flags=re.M)
    block = re.sub(r"typedef struct (\w+):", r"struct \1", block)
    found, open_ = [""], 0
    for line in block.splitlines():
        found[-1] += line
        open_ += line.count("(") - line.count(")")
        if not open_:
            found.append("")
    return [re.sub(r"\s", "", each) for each in found if each.strip()]


def test_pxd_mirrors_the_header():
    header = (ROOT / "src" / "kernels.h").read_text()
    pxd = (PACKAGE / "kernels" / "kernels.pxd").read_text()
    declared = c_declarations(header)
    assert len(declared) > 40
    assert cython_declarations(pxd) == declared
    constants = re.findall(r"^ {8}(FC_\w+)$", pxd, re.M)
    assert constants
    assert all(re.search(rf"^#define {name} \d+$", header, re.M) for name in constants)


def names_of_arguments(text):
    """Names in a Cython argument list: types before them and defaults behind them are dropped."""
    parts = [part.partition("=")[0].split() for part in text.replace("\n", " ").split(",")]
    return [part[-1] for part in parts if part]


def pyx_interface(text):
    """{name: arguments} of functions and constructors, {name: base} of classes, of a .pyx."""
    functions = {
        name: names_of_arguments(arguments)
        for name, arguments in re.findall(r"^def (\w+)\(([^)]*)\)", text, re.M)
    }
    classes = {}
    for name, base, body in re.findall(
        r"^(?:cdef )?class (\w+)(?:\((\w+)\))?:\n((?:(?: .*)?\n)*)", text, re.M
    ):
        classes[name] = base
        init = re.search(r"^    def (?:__init__|__cinit__)\(([^)]*)\)", body, re.M)
        if init:
            functions[name] = names_of_arguments(init[1])
    return functions, classes


def pyi_interface(text):
    """The same of a stub."""
    functions, classes = {}, {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            functions[node.name] = all_arguments(node.args)
        elif isinstance(node, ast.ClassDef):
            classes[node.name] = "".join(ast.unparse(base) for base in node.bases)
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                    functions[node.name] = all_arguments(each.args)
    return functions, classes


def all_arguments(args):
    rest = [
        f"{'*' * stars}{each.arg}" for stars, each in ((1, args.vararg), (2, args.kwarg)) if each
    ]
    return [each.arg for each in args.args] + rest


@pytest.mark.parametrize("name", MODULES)
def test_stub_mirrors_the_module(name):
    source = (PACKAGE / "kernels" / f"{name}.pyx").read_text()
    stub = (PACKAGE / "kernels" / f"{name}.pyi").read_text()
    expected = pyx_interface(source)
    assert any(expected)
    assert pyi_interface(stub) == expected
    module = importlib.import_module(f"fastcnn.kernels.{name}")
    for each in ast.parse(stub).body:
        if not isinstance(each, ast.Import | ast.ImportFrom):
            assert hasattr(module, each.target.id if isinstance(each, ast.AnnAssign) else each.name)


def test_type_information_is_shipped():
    assert (INSTALLED / "py.typed").exists()
    for name in MODULES:
        assert (INSTALLED / "kernels" / f"{name}.pyi").exists()


# --- what must not be there ---

BANNED_FLAGS = ("-march=native", "-mtune=native", "-Ofast", "-ffast-math", "-funsafe-math")


def test_no_flag_that_changes_arithmetic_or_leaves_machines_out():
    texts = {name: (ROOT / name).read_text() for name in ("Makefile", "pyproject.toml", ".ci/run")}
    texts = {name: re.sub(r"^\s*#.*", "", text, flags=re.M) for name, text in texts.items()}
    nodes = ast.walk(ast.parse((ROOT / "setup.py").read_text()))
    strings = [node.value for node in nodes if isinstance(node, ast.Constant)]
    texts["setup.py"] = " ".join(map(str, strings[1:]))  # all but its docstring
    texts["the build"] = isa.compiler()[1]
    for name, text in texts.items():
        assert not [flag for flag in BANNED_FLAGS if flag in text], name
    assert "-mavx2" in texts["setup.py"]
    assert "-O" in texts["the build"]


BANNED_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
BANNED_WORDS = {"allow_pickle", "mmap_mode", "memmap", "weights_only"}


def dangers(path):
    """What a Python file does that could run or map what a user's file says."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module.partition(".")[0]}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id}
        elif isinstance(node, ast.keyword):
            found |= {node.arg}
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & BANNED_WORDS
    mapped = {"mmap"} if path.name != "memory.py" else set()  # anonymous memory, no file
    return found & (BANNED_MODULES | BANNED_CALLS | BANNED_WORDS | mapped)


def test_files_of_users_are_neither_run_nor_mapped():
    for path in PACKAGE.rglob("*.py"):
        assert not dangers(path), path
    assert "mmap.mmap(-1, " in (PACKAGE / "kernels" / "memory.py").read_text()


def test_a_danger_is_seen(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("import pickle, mmap\neval('1')\nnp.load(f, allow_pickle=True)\nnp.memmap(f)\n")
    assert dangers(path) == {"pickle", "mmap", "eval", "allow_pickle", "memmap"}


def test_environment_is_read_in_few_places():
    pattern = re.compile(r"\benviron\b|\bgetenv\b")
    readers = {
        str(path.relative_to(ROOT))
        for folder in (PACKAGE, ROOT / "src")
        for ending in ("py", "pyx", "pxd", "c", "h")
        for path in folder.rglob(f"*.{ending}")
        if pattern.search(path.read_text())
    }
    assert readers == {
        "fastcnn/kernels/isa.pyx",
        "fastcnn/kernels/threads.pyx",
        "fastcnn/data/folders.py",
    }


def test_intrinsics_stay_in_their_files():
    pattern = re.compile(r"\b_mm\d*_|\w+intrin\.h|arm_neon\.h")
    users = {
        path.name for path in (ROOT / "src").glob("*.[ch]") if pattern.search(path.read_text())
    }
    assert users == {"simd.h", "denormals.h"}


def test_files_are_short():
    files = [
        path
        for folder in ("fastcnn", "src", "tests", "bench")
        for ending in ("py", "pyi", "pyx", "pxd", "c", "h")
        for path in (ROOT / folder).rglob(f"*.{ending}")
    ]
    assert len(files) > 100
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


# --- what an import does ---


def run(script):
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_import_leaves_denormals_alone():
    """A library built with -ffast-math flushes them in the whole process, at import."""
    script = """
import threading
import numpy as np
def check():
    tiny, denormal = np.finfo(np.float32).tiny, np.float32(1e-40)
    assert tiny * np.float32(0.5) != 0, "results are flushed"
    assert denormal * np.float32(2.0**60) != 0, "operands are flushed"
check()
import fastcnn
check()
fastcnn.functional.conv2d(np.ones((4, 32, 32, 16)), np.ones((3, 3, 16, 32)))
check()
thread = threading.Thread(target=check)
thread.start()
thread.join()
print("done")
"""
    assert run(script) == "done"


def test_import_loads_no_optional_dependency():
    script = """
import sys
import fastcnn
extras = {"tqdm", "PIL", "pooch", "matplotlib", "scipy", "pytest", "Cython", "setuptools"}
extras.add("tensorboardX")
print(sorted(extras & set(sys.modules)))
"""
    assert run(script) == "[]"
