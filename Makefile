# Every recipe sets up what it needs by itself; `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help run test lint bench schema deb deb-test sbom deny
TARGET := $(or $(CARGO_TARGET_DIR),target)

help: ## list the recipes
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ## build the release and serve; ARGS="--listen 127.0.0.1:9000" goes to `doorward serve`
	@tools/setup run
	cargo build --release
	exec $(TARGET)/release/doorward serve $(ARGS)

test: ## what CI runs: formatting, clippy, types, all tests; PROPTEST_CASES=5000000 tries the law of permissions longer
	@tools/setup test
	@$(MAKE) --no-print-directory lint
	PROPTEST_CASES=$(or $(PROPTEST_CASES),100000) tools/tally cargo test --no-fail-fast

lint: ## formatting, clippy and the types of the IDE, warnings as errors
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	npm run --silent --prefix web/ide types

bench: ## measure beside the peers, and fail where it is too slow or too big; ARGS="--rounds 3" goes to bench/run
	@tools/setup bench
	bench/run $(ARGS)

deb: ## build the Debian package, and its bills of materials, into target/debian
	@tools/setup deb
	tools/deb

deb-test: deb ## install, start, upgrade, remove and purge it in a Debian of its own; as root
	@tools/setup deb-test
	tools/deb-test

deny: ## advisories, licences and sources of the crates; ARGS=--offline takes the advisories that are here (deny.toml)
	@tools/setup deny
	PATH="$$PATH:target/tools/bin" cargo deny --locked $(ARGS) check

sbom: ## write bills of materials (CycloneDX), of the program's crates and of the IDE's packages, into target/sbom
	@tools/setup sbom
	tools/sbom

schema: ## write schema.graphql anew
	@mkdir -p $(TARGET)
	cargo run --quiet -- schema print --own > $(TARGET)/schema.graphql
	mv $(TARGET)/schema.graphql schema.graphql
