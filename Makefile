# fastcnn: `make train` and `make test` need Python >= 3.11, gcc, make and a package index.

PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
# Folders too, so that a file that is gone counts as a change.
SOURCES := pyproject.toml setup.py MANIFEST.in $(shell find fastcnn src -name __pycache__ -prune -o ! -name '*.so' -print)
PYTHON_FILES := fastcnn tests bench setup.py
C_FILES := $(wildcard src/*.c src/*.h bench/*.c)

SANITIZE := build/sanitize
SANITIZE_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -Wno-uninitialized
KERNEL_TESTS := $(patsubst %,tests/test_%.py,conv conv1d conv3d conv_transpose conv_pooled epilogue slices choice winograd dense pool global_pool lp_pool pad resize batchnorm groupnorm lrn activation prelu softmax add streams dropout augment loss optim arrays gate layers custom_layer)

.DEFAULT_GOAL := help
.PHONY: help train test bench choice fusion crash models photos pictures screens lint format wheel sanitize aarch64 clean

help:  ## show this text
	@echo "make TARGET [PYTHON=python3.x] [ARGS='options of the command']"
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

train: .venv/installed  ## train LeNet-5 on the digits in the package: lenet5.safetensors, lenet5.png
	$(BIN)/fastcnn train lenet5 --data sample --epochs 20 --augment --weight-decay 5e-4 \
		--out lenet5.safetensors --plot lenet5.png --overwrite $(ARGS)

# PYTHONSAFEPATH: tests and their child processes import what is installed, not this folder.
test: .venv/test  ## run all tests against the installed package
	PYTHONSAFEPATH=1 $(BIN)/pytest $(ARGS)

bench: .venv/test  ## measure all operations: build/benchmarks.md and .json (minutes, on a quiet machine)
	@mkdir -p build
	PYTHONSAFEPATH=1 PYTHONPATH=bench $(BIN)/python bench/table.py \
		--out build/benchmarks.md --json build/benchmarks.json $(ARGS)
	@cat build/benchmarks.md

choice: .venv/test  ## measure whether convolutions take their fastest algorithm: build/choice.md
	@mkdir -p build
	PYTHONSAFEPATH=1 PYTHONPATH=bench $(BIN)/python bench/choice.py --out build/choice.md
	@cat build/choice.md

fusion: .venv/test  ## measure what each graph pass buys: docs/fusion.md (two minutes, on a quiet machine)
	PYTHONSAFEPATH=1 PYTHONPATH=bench $(BIN)/python bench/fusion.py --out docs/fusion.md

crash: .venv/test  ## kill trainings, flip bits of checkpoints, fill disks: docs/crash.md (minutes)
	PYTHONSAFEPATH=1 $(BIN)/python tests/campaigns/crash.py --out docs/crash.md $(ARGS)

models: .venv/test  ## list the networks, their parameters, multiply-adds and memory: docs/models.md
	PYTHONSAFEPATH=1 PYTHONPATH=bench $(BIN)/python bench/models.py --out docs/models.md

pictures: .venv/test  ## draw what fastcnn.plot draws: docs/pictures/*.png
	PYTHONSAFEPATH=1 $(BIN)/python bench/pictures.py --out docs/pictures

screens: .venv/test  ## show every command on a terminal, with tmux: docs/cli.md (a minute)
	PYTHONSAFEPATH=1 $(BIN)/python bench/screens.py --out docs/cli.md

photos: .venv/test  ## train on 4,000 photos, more than the memory given holds (minutes; 700 MB in build)
	PYTHONSAFEPATH=1 PYTHONPATH=bench $(BIN)/python bench/photos.py $(ARGS)

lint: export PATH := $(CURDIR)/$(BIN):$(PATH)
lint: .venv/dev  ## check style, types and format of all sources
	ruff check $(PYTHON_FILES)
	ruff format --check $(PYTHON_FILES)
	mypy
	cython-lint fastcnn
	clang-format --dry-run -Werror $(C_FILES)

format: export PATH := $(CURDIR)/$(BIN):$(PATH)
format: .venv/dev  ## lay out Python and C sources
	ruff check --fix --select I $(PYTHON_FILES)
	ruff format $(PYTHON_FILES)
	clang-format -i $(C_FILES)

wheel: .venv/dev  ## build dist/fastcnn-*.whl and .tar.gz
	rm -rf dist build/lib.* build/bdist.*
	$(BIN)/python -m build

sanitize: .venv/dev  ## run the kernels' tests with AddressSanitizer and UBSan, in a copy of the tree
	rm -rf $(SANITIZE)
	mkdir -p $(SANITIZE)
	cp -r fastcnn src tests bench pyproject.toml setup.py README.md LICENSE $(SANITIZE)
	find $(SANITIZE) -name '*.so' -delete
	cd $(SANITIZE) && FASTCNN_CFLAGS="$(SANITIZE_FLAGS)" \
		$(CURDIR)/$(BIN)/python setup.py -q build_clib build_ext --inplace
	cd $(SANITIZE) && PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
		LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
		$(CURDIR)/$(BIN)/python -m pytest -q -s --timeout 1200 $(or $(ARGS),$(KERNEL_TESTS))

aarch64: .venv/made  ## cross-compile for AArch64 and run the kernels' tests with qemu-user (Debian; half an hour)
	.ci/aarch64 $(BIN)/pip $(or $(ARGS),$(KERNEL_TESTS))

clean:  ## remove all that was made here
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	rm -f lenet5.safetensors lenet5.png
	find fastcnn -name '*.so' -delete
	find fastcnn tests bench -name __pycache__ -prune -exec rm -rf {} +

.venv/made:
	$(PYTHON) -m venv .venv
	@touch $@

# Old build/lib would put modules that are gone into the package.
.venv/installed: .venv/made $(SOURCES)
	@echo "building and installing fastcnn (about a minute) ..."
	@rm -rf build/lib.* build/bdist.*
	$(BIN)/pip install --quiet --disable-pip-version-check '.[cli,plot]'
	@touch $@

# Only what the extra names and is not there yet: fastcnn itself is.
.venv/test .venv/dev: .venv/%: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check 'fastcnn[$*]'
	@touch $@
