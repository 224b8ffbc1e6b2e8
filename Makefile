# Everything is set up by the targets themselves: a Python 3.11 or newer is enough.
#
#   make demo       the road, played in a lab: a controller, a 404, its reason, three pods
#   make test       the suite, without a cluster
#   make test-live  the same commands against a real API server and a real nginx
#                   (Linux, root, Go, nginx and iproute2)
#   make check      linter and type checker
#   make lock       resolve the pinned requirements anew
#   make generated  write completions/, krew-manifest.yaml, docs/rules.md and doctor.md's list anew
#   make bench      start-up times, the lab, the model at size, and kubectl beside list,
#                   status and install on one real API server, as ratios

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What needs the real kubectl or the real API server, in parts that run beside each other:
# they wait more than they work. A new file is in the first or the third of them.
OTHERS := $(addprefix tests/scenarios/test_,adopt.py own_manifest.py preflight.py providers.py \
    uninstall.py upgrade.py upgrade_providers.py)
REASONS := $(wildcard $(addprefix tests/scenarios/test_,doctor*.py failures*.py repetition.py \
    route_tests_live.py sending.py vantage.py))
LIVE_1 := tests/realcluster tests/scenarios $(addprefix --ignore=,$(OTHERS) $(REASONS))
LIVE_2 := $(OTHERS)
LIVE_4 := $(REASONS)
LIVE_faults := $(addprefix tests/live/test_,faults.py at_once.py)
LIVE_helm := $(addprefix tests/live/test_,helm.py helm_upstream.py)
LIVE_rights := $(addprefix tests/live/test_,install_interrupted.py roles.py expiring_tokens.py)
LIVE_3 := tests/live $(addprefix --ignore=,$(LIVE_faults) $(LIVE_helm) $(LIVE_rights)) \
    tests/providers/test_upstream.py tests/completion/test_kubectl.py
# The longest first.
LIVE := $(addprefix live-,faults helm 1 4 2 rights 3)
# What the program needs to run, and all that the tests need beside it.
RUNTIME := $(VENV)/.runtime
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-live check lock bench generated clean

demo: $(RUNTIME)
	@$(BIN)/python -m kubectl_ingress lab demo

# By file: a scenario is a story, whose tests belong together in their order. Two for each
# processor, for they wait more than they work.
test: $(STAMP)
	$(BIN)/python -m pytest -n $$((2 * $$(getconf _NPROCESSORS_ONLN))) --dist loadfile --ignore tests/realcluster --ignore tests/live $(ARGS)

test-live: $(STAMP)
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target $(LIVE)

# With ARGS="-k …" a part may have no test at all, which pytest calls 5.
live-%: $(STAMP)
	@echo "test-live, part $*"
	@$(BIN)/python -m tests.realcluster.enter $(BIN)/python -m pytest $(LIVE_$*) $(ARGS) || \
	    { status=$$?; [ $$status -eq 5 ] && [ -n "$(ARGS)" ] || exit $$status; }

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

generated: $(STAMP)
	$(BIN)/kubectl-ingress completion bash > completions/kubectl-ingress.bash
	$(BIN)/kubectl-ingress completion zsh > completions/_kubectl-ingress
	$(BIN)/kubectl-ingress completion fish > completions/kubectl-ingress.fish
	$(BIN)/kubectl-ingress completion powershell > completions/kubectl-ingress.ps1
	$(BIN)/python hack/krew.py manifest > krew-manifest.yaml
	$(BIN)/python hack/rules.py > docs/rules.md
	$(BIN)/python hack/doctor.py

bench: $(STAMP)
	$(BIN)/python -m tests.bench.startup
	$(BIN)/python -m tests.bench.lab
	$(BIN)/python -m tests.bench.routing
	$(BIN)/python -m tests.bench.trace
	$(BIN)/python -m tests.bench.lint
	$(BIN)/python -m tests.bench.probe
	@$(BIN)/python -m tests.realcluster.enter $(BIN)/python -m tests.bench.cluster

lock: $(STAMP)
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra test \
	    --generate-hashes --no-annotate --no-header --no-emit-index-url \
	    --output-file requirements/test.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	    --constraint requirements/test.txt \
	    --generate-hashes --no-annotate --no-header --no-emit-index-url \
	    --output-file requirements/runtime.txt pyproject.toml

$(RUNTIME): requirements/runtime.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "error: $$($(PYTHON) --version) is too old: Python 3.11 or newer is needed"; \
	      echo "       name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --only-binary :all: -r requirements/runtime.txt
	$(BIN)/python -m compileall -q kubectl_ingress
	@touch $(RUNTIME)

$(STAMP): pyproject.toml requirements/test.txt $(RUNTIME)
	$(PIP) install --require-hashes --only-binary :all: -r requirements/test.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
