# Every target is one line that CI calls too. `make` alone prints them.

PYTHON ?= python3
# Which TensorFlow is installed: cpu or gpu, never both.
TENSORFLOW ?= cpu
VENV ?= .venv
PORT ?= 8000
ASSIGNMENT ?= 2-optimizers

LOCK_cpu := requirements.lock
LOCK_gpu := requirements-gpu.lock
LOCK := $(LOCK_$(TENSORFLOW))
ifeq ($(LOCK),)
$(error TENSORFLOW must be cpu or gpu, got '$(TENSORFLOW)')
endif

BIN := $(VENV)/bin
LOCKED := $(VENV)/.locked-$(TENSORFLOW)
INSTALLED := $(VENV)/.installed-$(TENSORFLOW)
STAMPS := .stamps
SITE := _build/html

AUTHORED := $(shell find solutions -type f -not -name '*.ipynb' -not -path '*/__pycache__/*' 2>/dev/null)
GRADER := $(shell find autograder -name '*.py' 2>/dev/null)
PAGES := $(shell find book _config.yml _toc.yml course.toml -type f -not -path 'book/homework/*/*' -not -path '*/__pycache__/*' 2>/dev/null)

# Quiet libraries, the same numbers on every processor, and wheels that do not ask for a cache.
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PYTEST := $(BIN)/pytest -n 2 --dist loadfile --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg
# One way of running the solved notebooks: see tools/lanes.py.
BACKEND ?= tensorflow
LANE_tensorflow := gpu
LANE_jax := gpu-jax
LANE := $(BIN)/python tools/lanes.py
KEEP = $(if $(filter 1,$(WRITE)),--write)
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
  --no-emit-index-url --no-annotate --quiet --extra book --extra grade --extra test

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help course test test-all nbval nbval-jax nbval-gpu lane-gpu lint book pdf assignments serve formgrader class \
  experiments grade system report-card permit-namespaces audit-workflows lock bench clean

help: ## print these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

course: system $(INSTALLED) assignments book class grade ## build everything, grade a sample class, say where it all is
	@$(BIN)/python tools/summary.py $(ASSIGNMENT)

test: system $(INSTALLED) assignments book ## the whole test suite
	$(PYTEST) tests solutions

test-all: system $(INSTALLED) assignments book ## the whole test suite at full counts: every page, seed and mutation
	NN2_TEST_ALL=1 $(PYTEST) tests solutions

nbval: $(INSTALLED) assignments ## compare what the solved notebooks print on the CPU with what is stored (WRITE=1 keeps it)
	$(LANE) cpu $(KEEP)

nbval-jax: $(INSTALLED) assignments ## the same with JAX in place of TensorFlow
	$(LANE) jax $(KEEP)

nbval-gpu: ## the same on a GPU, and fail where there is none (BACKEND=jax for JAX)
	@nvidia-smi -L 2>/dev/null || { echo "make nbval-gpu: expected an NVIDIA GPU, but nvidia-smi finds none here."; exit 1; }
	@$(MAKE) --no-print-directory lane-gpu TENSORFLOW=gpu

lane-gpu: $(INSTALLED) assignments
	$(LANE) $(LANE_$(BACKEND)) $(KEEP)

lint: $(INSTALLED) ## check the code's style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

audit-workflows: $(INSTALLED) ## check the hosting workflows with zizmor
	$(BIN)/zizmor --offline --pedantic --strict-collection --quiet .github

book: assignments $(STAMPS)/book ## build the website into _build/html

assignments: $(STAMPS)/assignments ## build the notebooks that students open from solutions/

pdf: book ## print the whole website into _build/book.pdf
	node tools/pdf.mjs $(SITE) _build/book.pdf

serve: book ## serve the website on http://127.0.0.1:8000 (PORT=… for another port)
	@echo "The website is on http://127.0.0.1:$(PORT); Ctrl+C ends it."
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT) 2>/dev/null

formgrader: $(INSTALLED) ## open nbgrader's formgrader on the class in classroom/
	$(BIN)/jupyter lab --ip=127.0.0.1 --LabApp.default_url=/formgrader $(if $(filter 0,$(shell id -u)),--allow-root)

class: $(STAMPS)/class ## make a sample class of 12 hand-ins

grade: $(INSTALLED) assignments ## grade what was handed in (ASSIGNMENT=… for another assignment)
	@$(BIN)/autograder grade $(ASSIGNMENT) || [ $$? -eq 1 ]

system: ## install what pip cannot bring (bubblewrap, chromium, node), where that is allowed
	@sh tools/check-python.sh $(PYTHON) && PYTHON=$(PYTHON) sh tools/system-packages.sh

permit-namespaces: ## let the sandbox make user namespaces, where the system restricts them (needs root)
	@sh tools/permit-namespaces.sh

lock: $(INSTALLED) ## resolve the exact versions anew, from the ranges in pyproject.toml
	$(UV_COMPILE) --extra cpu --output-file requirements.lock
	$(UV_COMPILE) --extra gpu --constraint requirements.lock --output-file requirements-gpu.lock

experiments: $(INSTALLED) ## run the book's long experiments whose code has changed (NAME=… for one, in any case)
	@$(BIN)/python -m nn2.experiments $(NAME)

report-card: $(INSTALLED) ## judge every known mistake and fair answer, and write the book's table of it
	$(BIN)/autograder report-card --write book/teach/report-card.json

bench: $(INSTALLED) assignments ## compare our grading with stock nbgrader's, as a ratio, and time the judge
	$(BIN)/python benchmarks/grading.py
	$(BIN)/python benchmarks/judging.py

clean: ## remove what builds made; keeps .venv, node_modules and classroom
	rm -rf _build .jupyter_cache .pytest_cache .ruff_cache $(STAMPS) book/homework/*/ *.egg-info

$(LOCKED): $(LOCK)
	@sh tools/check-python.sh $(PYTHON)
	@echo "==> Installing Python packages into $(VENV) (about two minutes and 2.5 GB)"
	@rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --require-hashes -r $(LOCK)
	@touch $@

$(INSTALLED): $(LOCKED) pyproject.toml
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

node_modules/.installed: package.json package-lock.json | system
	@echo "==> Installing what the website and its checks need from npm"
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/assignments: $(INSTALLED) $(AUTHORED) $(GRADER)
	@echo "==> Building the assignments"
	@$(BIN)/autograder build
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/book: $(INSTALLED) $(STAMPS)/assignments node_modules/.installed $(PAGES) requirements.lock
	@echo "==> Building the website (a minute or two where chapters have to run)"
	@$(BIN)/python book/_ext/homework.py
	$(BIN)/jupyter-book build book --config _config.yml --toc "$(CURDIR)/_toc.yml" --path-output . -W --keep-going \
	  || { rm -rf _build/.doctrees; exit 1; } # or a page that was warned of would pass, unread, the next time
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/class: $(STAMPS)/assignments
	@$(BIN)/autograder sample-class $(ASSIGNMENT)
	@mkdir -p $(STAMPS) && touch $@
