# Everything a person or CI runs. The sandbox sets itself up the first time: Python packages, then the Pulumi engine.
STACK ?=
CONFIG ?=
RUN = sandbox/python sandbox.targets
PACKS_CONFIG = $(if $(CONFIG),--policy-pack-config "$(CONFIG)")

.PHONY: help setup preview evidence up refresh destroy test mutants check bench format docs picture deployed lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make the Python environment and get the engine
	@$(RUN) setup

preview: ## preview STACK (by default dev and prod) in the sandbox, with every policy pack; CONFIG is their configuration
	@$(RUN) preview $(STACK) $(PACKS_CONFIG)

evidence: ## judge a preview of STACK (by default prod) and write the evidence, as a page and for CI, to .sandbox/evidence
	@$(RUN) evidence $(or $(STACK),prod) $(PACKS_CONFIG)

up: ## deploy STACK to the sandbox
	@$(RUN) up $(STACK) $(PACKS_CONFIG)

refresh: ## compare STACK's state with the sandbox's AWS
	@$(RUN) refresh $(STACK)

destroy: ## take STACK out of the sandbox
	@$(RUN) destroy $(STACK)

test: setup ## run every test
	.venv/bin/python -m pytest -n auto --dist loadfile

mutants: setup ## break the wiring one thing at a time and tell what no test notices; options in MUTANTS (--help lists them)
	.venv/bin/python -m tests.mutants $(MUTANTS)

check: setup ## format, lint and types
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/basedpyright
	.venv/bin/python -m delivery.lint

bench: setup ## measure previews against their goals
	.venv/bin/python -m tests.bench

format: setup ## format the code
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

docs: setup ## generate docs/reference.md from the code
	.venv/bin/python -m docs.generate

PICTURE = $(CURDIR)/.sandbox/picture
picture: setup ## draw docs/platform.svg from the production stacks, deployed to a sandbox of their own
	@rm -rf $(PICTURE)
	@DATACONNECT_SANDBOX_DIR=$(PICTURE) $(RUN) up prod-replication
	@for stack in prod prod-recovery prod-replication; do \
	  DATACONNECT_SANDBOX_DIR=$(PICTURE) ./sandbox/pulumi stack export -s $$stack > $(PICTURE)/$$stack.json || exit 1; done
	.venv/bin/python -m docs.generate $(PICTURE)/prod.json $(PICTURE)/prod-recovery.json $(PICTURE)/prod-replication.json
	@rm -rf $(PICTURE)

deployed: setup ## record the state of every stack, on which tests preview the next change
	.venv/bin/python -m tests.end_to_end.deployed

lock: ## resolve requirements.lock again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements.lock

clean: ## forget the sandbox's state and the Python environment; the engine cache stays
	rm -rf .sandbox .venv
