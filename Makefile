# The README's two commands. Each does all of its own set-up, in .venv, without root.

VENV := .venv
DMVPN_SHARED ?= $(abspath $(CURDIR)/../shared)
export DMVPN_SHARED

.PHONY: demo test clean

demo: $(VENV)/.ready
	$(VENV)/bin/dmvpn demo

test: $(VENV)/.ready-test
	$(VENV)/bin/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

$(VENV)/.ready: pyproject.toml ci/setup
	sh ci/setup $(VENV)
	touch $@

$(VENV)/.ready-test: pyproject.toml ci/setup
	sh ci/setup $(VENV) test
	touch $@ $(VENV)/.ready

clean:
	rm -rf $(VENV) .nox
