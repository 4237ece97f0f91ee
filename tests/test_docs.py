"""What the documents say is true: examples run, links lead somewhere."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import fastcnn
from fastcnn import plot
from fastcnn.kernels import threads

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("docs/*.md")),
]
MODULES = [
    module.name
    for module in pkgutil.walk_packages(fastcnn.__path__, "fastcnn.")
    if not module.name.endswith(".__main__")
]


def blocks(path):
    """The Python code of a document, piece by piece."""
    return re.findall(r"^```python\n(.*?)^```$", path.read_text(), re.M | re.S)


@pytest.mark.parametrize(
    "name",
    ["README.md", "docs/data.md", "docs/own-layer.md", "docs/training.md", "docs/tutorial.md"],
)
def test_examples_of_documents_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = blocks(ROOT / name)
    assert code
    names = {"__name__": "example"}
    for block in code:
        exec(compile(block, name, "exec"), names)
    assert list(tmp_path.glob("*.safetensors"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_sessions_of_documents(path):
    """What stands behind >>> prints what stands below it."""
    result = doctest.testfile(str(path), module_relative=False)
    assert result.failed == 0
    assert result.attempted or "pycon" not in path.read_text()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text()
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in link:
            assert (path.parent / link).exists(), link
    for name in re.findall(r"`((?:fastcnn|src|tests|bench|docs|\.ci)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def test_each_plot_has_a_picture():
    text = (ROOT / "docs" / "pictures.md").read_text()
    pictures = sorted(ROOT.glob("docs/pictures/*"))
    assert [path.stem for path in pictures] == sorted(plot.__all__)
    for path in pictures:
        assert f"`plot.{path.stem}(" in text
        assert f"](pictures/{path.stem}.png)" in text
        assert path.stat().st_size < 60_000


def test_targets_that_documents_name_exist():
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    named = {
        name for path in DOCUMENTS for name in re.findall(r"\bmake ([a-z]+)`", path.read_text())
    }
    assert named
    assert named <= targets


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with threads.use_threads(threads.get_num_threads()):  # an example may change it
        assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    tests = [
        test
        for name in MODULES
        for test in doctest.DocTestFinder().find(importlib.import_module(name))
    ]
    assert sum(len(test.examples) for test in tests) > 150
