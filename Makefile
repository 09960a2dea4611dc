# Everything a person or CI runs. The sandbox sets itself up the first time: Python packages, then the Pulumi engine.
STACK ?=
RUN = sandbox/python sandbox.targets

.PHONY: help setup preview up refresh destroy test check format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make the Python environment and get the engine
	@$(RUN) setup

preview: ## preview STACK (by default dev and prod) in the sandbox, with every policy pack
	@$(RUN) preview $(STACK)

up: ## deploy STACK to the sandbox
	@$(RUN) up $(STACK)

refresh: ## compare STACK's state with the sandbox's AWS
	@$(RUN) refresh $(STACK)

destroy: ## take STACK out of the sandbox
	@$(RUN) destroy $(STACK)

test: setup ## run every test
	.venv/bin/python -m pytest -n auto

check: setup ## format, lint and types
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/basedpyright

format: setup ## format the code
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lock: ## resolve requirements.lock again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements.lock

clean: ## forget the sandbox's state and the Python environment; the engine cache stays
	rm -rf .sandbox .venv
