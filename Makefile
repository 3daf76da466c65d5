# The bare call explains what can be asked for; the work is done by the scripts in tools/.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench docs slice lock

help: ## Explain the targets
	@echo "Throughline. Targets:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'
	@echo
	@echo "  make slice NOUN=moves   walks one feature from its page to its table"

setup: ## Make the local environment with everything that development needs
	@$(PYTHON) tools/bootstrap.py dev
	@echo "The environment .venv is ready. Next: make run, or make test."

run: ## Set up, migrate and serve web and worker at http://127.0.0.1:8000 (or THROUGHLINE_BIND)
	@$(PYTHON) tools/bootstrap.py server
	@exec $(BIN)/throughline-server up

test: ## Lint, then all tests on SQLite, on PostgreSQL and in a real browser
	@$(PYTHON) tools/bootstrap.py dev
	@$(BIN)/python tools/verify.py all

lint: ## Style, types and the contracts of the floors
	@$(PYTHON) tools/bootstrap.py dev
	@$(BIN)/python tools/verify.py lint

bench: ## Measure speed and memory, each figure beside its limit
	@$(PYTHON) tools/bootstrap.py dev
	@$(BIN)/python -m bench

docs: ## Write docs/reference from the code
	@$(PYTHON) tools/bootstrap.py dev
	@$(BIN)/python tools/docs.py

slice: ## List the files of one feature, from page to table: NOUN=moves
	@$(PYTHON) tools/slice.py "$(NOUN)"

lock: ## Pin the newest allowed versions into requirements/ (needs uv)
	@$(PYTHON) tools/lock.py
