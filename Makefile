# The whole set-up needs Python 3.11 or newer, git and make.
# PORT and FORECOURT_CONFIG reach `forecourt` through the environment: make run PORT=9000

VENV := .venv
export VENV
bin := $(VENV)/bin

# pyright asks the network for a newer version of itself otherwise
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DEFAULT_GOAL := help
.PHONY: help run test test-pythons test-pythons-short test-locks test-disk torture torture-short check-times same-answers deals rights fuzz load check schema lock bench bench-guard graphiql clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' Makefile

run: ## Start a demo dealership on SQLite; a second run keeps its data
	@requirements/install run
	@$(bin)/forecourt demo
	@exec $(bin)/forecourt serve

test: ## Run the suite on SQLite and on PostgreSQL, and check the coverage of both together
	@requirements/install dev
	@$(bin)/python tests/each_database.py

test-pythons: ## Run the suite on SQLite on each supported Python that is here, or that PYTHONS names
	@requirements/install dev
	@$(bin)/python tests/each_python.py

test-pythons-short: ## Compile, collect and run the quickest tests on the Pythons that `make test` leaves out
	@requirements/install dev
	@$(bin)/python tests/each_python.py short

test-locks: ## Install each lock into empty environments on each Python; break installations, and mend them
	@requirements/install dev
	@$(bin)/python -m pytest -q -n 2 tests/requirements/locks.py tests/requirements/installs.py

test-disk: ## Run what is about keeping data once more on a real disk, with commits that wait for it
	@requirements/install dev
	@$(bin)/python tests/each_database.py --disk

torture: ## Kill servers and databases while sixteen people write, and check all that they were told; five minutes
	@requirements/install dev
	@$(bin)/python -m tests.torture $(ARGS)

torture-short: ## The same in about a minute, as CI does it
	@requirements/install dev
	@$(bin)/python -m tests.torture --seconds 10 $(ARGS)

check-times: ## Compare what the tests of the last `make test` took with tests/budgets.toml
	@requirements/install dev
	@$(bin)/python -m tests.timing

same-answers: ## Compare 20,000 random operations on plans and on graphql-core, on each database; about ten minutes
	@requirements/install dev
	@FORECOURT_OPERATIONS=$${FORECOURT_OPERATIONS:-20000} $(bin)/python tests/same_answers.py

deals: ## Thousands of random deals and refunds past no gate and no rule, on each database; about twenty minutes
	@requirements/install dev
	@for database in sqlite postgres; do FORECOURT_DEALS=$${FORECOURT_DEALS:-2000} FORECOURT_TEST_DATABASE=$$database \
	  $(bin)/python -m pytest -q -p no:cacheprovider tests/plugins/sales/test_random_deals.py \
	  tests/plugins/sales/test_refunds.py || exit 1; done

rights: ## Ask as everybody for everything, and hold the answers to a model of who may see what; FORECOURT_SEED varies it
	@requirements/install dev
	@$(bin)/python tests/all_rights.py

fuzz: ## Send 20,000 wrong inputs to the whole API, on each database; about fifteen minutes
	@requirements/install dev
	@$(bin)/python tests/fuzz/whole.py

load: ## Ask for the heaviest beside another client's first page, over 100,000 rows, on each database
	@requirements/install dev
	@for database in sqlite postgres; do FORECOURT_TEST_DATABASE=$$database \
		FORECOURT_LOAD_ROWS=$${FORECOURT_LOAD_ROWS:-100000} $(bin)/python -m pytest -q -s tests/core/api/test_load.py || exit 1; done

check: ## Format, lint, types, import contracts, printed schema, migrations
	@requirements/install dev
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/lint-imports --config tests/architecture/layers.toml
	$(bin)/pyright
	$(bin)/towncrier build --draft --version next >/dev/null
	$(bin)/forecourt schema --check
	$(bin)/forecourt makemigrations --check

schema: ## Print the merged schema and the modules' into schema/
	@requirements/install dev
	$(bin)/forecourt schema --write

bench: ## Measure Forecourt beside its peers; needs PostgreSQL and npm: make bench ARGS=--quick
	@requirements/install dev
	@$(bin)/python -m benchmarks $(ARGS)

bench-guard: ## Compare Forecourt's CPU per request with the committed figures
	@requirements/install dev
	@$(bin)/python -m benchmarks.guard $(ARGS)

compile := CUSTOM_COMPILE_COMMAND="make lock" $(bin)/pip-compile --quiet --no-config --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: ## Lock the newest allowed versions; with the oldest Python, whose set serves the newer ones
	@requirements/install dev
	$(compile) --upgrade -o requirements/pip.txt requirements/pip.in
	$(compile) --upgrade --build-deps-for editable -c requirements/pip.txt -o requirements/run.txt pyproject.toml
	$(compile) --upgrade --build-deps-for editable --extra dev -c requirements/pip.txt -c requirements/run.txt \
		-o requirements/dev.txt pyproject.toml

graphiql: ## Build the GraphiQL page anew; needs Node.js 20 or newer
	cd core/http/graphiql && npm ci && npm run build

clean: ## Remove what tools left; .venv and the data in var/ stay
	rm -rf .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find core forecourt plugins migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +
