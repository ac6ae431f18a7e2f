# The commands for people. Each is a script in build/, which says what it does;
# docs/building.md tells the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
# A build for packages enters a tree of its release, which only root can.
as_root := $(if $(filter 0,$(shell id -u)),,sudo --preserve-env=CAMWALL_CACHE,GOPROXY,GOFLAGS)

.PHONY: help setup run build test race fuzz bench soak deb deb-test arm64 lint fmt ci

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install and build all that the other commands need (they do it themselves, too).
	@build/setup.sh build window run test lint

run: build ## Build and start Camwall: a window, or a server without a display. ARGS="--listen ..." is handed on.
	@build/run.sh $(ARGS)

build: ## Build the page, build/bin/camwall-server and build/bin/camwall (with the window).
	@build/build.sh

test: ## Run every test: Go with the race detector, the page, browsers, the window.
	@build/test.sh

race: ## Run the Go tests with the race detector. PKG=./internal/hub narrows it down.
	@build/setup.sh build && build/env.sh go test -race $(or $(PKG),./...)

fuzz: ## Run every fuzz target for FUZZTIME (30s). PKG=internal/codec narrows it down.
	@build/fuzz.sh $(PKG)

bench: build ## Measure and write docs/benchmarks.md.
	@build/setup.sh test && build/env.sh build/bench.sh $(ARGS)

soak: build ## Change and break a wall for MINUTES (30): memory, descriptors and goroutines must stay.
	@build/soak.sh $(or $(MINUTES),30)

deb: ## Build the Debian packages into build/deb/. RELEASE=12 or 13; both unless told. Needs root.
	@$(as_root) build/deb.sh $(RELEASE)

deb-test: ## Install, run, upgrade and purge the packages in a clean Debian, then the container. RELEASE=12 or 13. Needs root.
	@$(as_root) build/deb-test.sh $(RELEASE)
	@$(as_root) build/deb-test.sh --container

arm64: ## Check that everything compiles for arm64. Needs root.
	@$(as_root) build/arm64.sh

lint: ## Check the form of the code with pinned tools.
	@build/lint.sh

fmt: ## Put the Go code into shape.
	@build/lint.sh fmt

ci: lint test ## What has to pass before a change lands: lint and test.
