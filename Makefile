# Everything a person or CI runs. The sandbox sets itself up the first time: Python packages, then the Pulumi engine.
# What a user gives reaches a recipe's shell as the value of a variable, and is no code there, nor for make.
override STACK := $(value STACK)
override CONFIG := $(value CONFIG)
override RULE := $(value RULE)
override MUTANTS := $(value MUTANTS)
override FUZZ := $(value FUZZ)
override HOLD := $(value HOLD)
export STACK CONFIG RULE MUTANTS FUZZ HOLD
RUN = sandbox/python sandbox.targets

.PHONY: help setup preview evidence up refresh destroy test coverage fuzz mutants check demo rehearse bench format docs picture deployed lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make the Python environment and get the engine
	@$(RUN) setup

preview: ## preview STACK (by default dev and prod) in the sandbox, with every policy pack; CONFIG is their configuration
	@$(RUN) preview "$$STACK" "$$CONFIG"

evidence: ## judge a preview of STACK (by default prod); write the evidence to .sandbox/evidence; RULE prints all its findings
	@$(RUN) evidence "$$STACK" "$$CONFIG" "$$RULE"

up: ## deploy STACK to the sandbox
	@$(RUN) up "$$STACK" "$$CONFIG"

refresh: ## compare STACK's state with the sandbox's AWS
	@$(RUN) refresh "$$STACK"

destroy: ## take STACK out of the sandbox
	@$(RUN) destroy "$$STACK"

test: setup ## run every test
	.venv/bin/python -m pytest -n auto --dist loadfile

coverage: setup ## measure which branches of the newer functions no test takes (pyproject.toml names them)
	.venv/bin/python -m coverage run -m pytest -n 0 tests/functions tests/operations/test_alerts_command.py \
		tests/components/analytics/test_views.py tests/search/test_logs.py tests/components/data/users_function/test_environments.py
	.venv/bin/python -m coverage report

fuzz: setup ## break the settings at random and tell what ends in neither a named error nor a right stack; options in FUZZ (--help)
	@set -f; .venv/bin/python -m tests.settings.fuzz $$FUZZ

mutants: setup ## break the wiring one thing at a time and tell what no test notices; options in MUTANTS (--help lists them)
	@set -f; .venv/bin/python -m tests.mutants $$MUTANTS

check: setup ## format, lint, types, and the text of the stack files
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/basedpyright
	.venv/bin/python settings/files.py
	.venv/bin/python -m delivery.lint

demo: setup ## two lenders' data through the whole platform on this machine, to the certificate of deletion; its logs, alarms, nights, an environment for an afternoon
	.venv/bin/python -m tests.demo

rehearse: setup ## lose a region on this machine, fail over and go back; HOLD=1 stops at the lost region, for somebody to practise
	@.venv/bin/python -m tests.rehearsal $${HOLD:+--hold}

bench: setup ## measure previews against their goals
	.venv/bin/python -m tests.bench

format: setup ## format the code
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

docs: setup ## generate docs/reference.md from the code
	.venv/bin/python -m docs.generate

picture: export DATACONNECT_SANDBOX_DIR = $(CURDIR)/.sandbox/picture
picture: setup ## draw docs/platform.svg from the production stacks, deployed to a sandbox of their own
	@rm -rf .sandbox/picture
	@$(RUN) up prod-replication
	@for stack in prod prod-recovery prod-replication; do \
	  ./sandbox/pulumi stack export -s $$stack > .sandbox/picture/$$stack.json || exit 1; done
	.venv/bin/python -m docs.generate $(foreach stack,prod prod-recovery prod-replication,.sandbox/picture/$(stack).json)
	@rm -rf .sandbox/picture

deployed: setup ## record the state of every stack, on which tests preview the next change
	.venv/bin/python -m tests.end_to_end.deployed

lock: ## resolve requirements.lock again, and with it the locks of the images (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate -c requirements.lock jobs/aggregate/requirements.in -o jobs/aggregate/requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate -c requirements.lock --group program --group operations pyproject.toml -o delivery/reconcile/requirements.txt

clean: ## forget the sandbox's state and the Python environment; the engine cache stays
	rm -rf .sandbox .venv
