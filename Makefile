# What people type. Everything else is CMake's (CMakePresets.json) or a script's (scripts/).
# `make demo` and `make test` install what is missing first, so they work on a bare Debian 12.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.PHONY: help bootstrap build demo test test-long bench format lint check-clang check-clang-rest check-asan check-tsan fuzz clean

help:
	@echo 'make build      the program, at build/release/gatewright'
	echo 'make demo       from simulated muons to predictions from a simulated card (installs, builds, runs)'
	echo 'make test       every test but the long ones;  make test-long: the long ones too'
	echo 'make fuzz       ten minutes of libFuzzer for every format that is read (a part of test-long)'
	echo 'make bench      every claim beside a peer, in one run;  make check-clang, check-asan, check-tsan: other compilers'
	echo 'make format     clang-format 14;  make lint: clang-format and clang-tidy 14, as a check'

bootstrap:
	@scripts/bootstrap

build: bootstrap
	@scripts/build release

demo: bootstrap
	@scripts/build release gatewright gw_train
	scripts/demo

test: build
	@scripts/test release

test-long: build
	@GW_LONG=1 scripts/test release
	$(MAKE) fuzz

fuzz: bootstrap
	@scripts/bootstrap clang
	scripts/build fuzz fuzzers
	tests/fuzz/run

check-clang: bootstrap
	@scripts/bootstrap clang
	scripts/build clang

check-asan: bootstrap
	@scripts/bootstrap clang
	scripts/build asan
	scripts/test asan

check-tsan: bootstrap
	@scripts/bootstrap clang
	scripts/build tsan threaded_tests
	scripts/test tsan -L threads

# asan compiles all but training and the Python module by clang; this is the rest, without making programs of it.
check-clang-rest: bootstrap
	@scripts/bootstrap clang
	for preset in asan clang; do cmake --preset $$preset >/dev/null; done # anew: a list of files that are gone is no list
	scripts/check_clang_rest

bench: build
	@scripts/bench

format:
	@scripts/bootstrap clang
	git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 -i

lint:
	@scripts/bootstrap clang
	git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 --dry-run -Werror
	scripts/tidy

clean:
	@rm -rf build
