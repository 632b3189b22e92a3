# Everything is done by npm scripts and bin/vestibule; this file only sets up before them.
.POSIX:
.PHONY: run demo-lb test setup setup-test setup-corpus ok soak matrix demo-ssh corpus bench clean

PATH_WITH_NODE = PATH="$$PWD/.tools/bin:$$(ls -d $$PWD/.tools/node_modules/node-linux-*/bin 2>/dev/null | head -n 1):$$PATH"

# Starts the main job on embedded defaults and shows it working on real traffic.
run: setup
	@bin/vestibule up --interface lo --replay corpus/demo/demo.pcap.gz --replay-log corpus/demo/demo.auth.log

# HAProxy's two tiers on loopback, ordinary and hostile clients at once, a data server that turns bad. SECONDS=90 by default.
demo-lb: setup-test
	@$(PATH_WITH_NODE) node --disable-warning=ExperimentalWarning scripts/demo-lb/main.ts

# Passes the tests.
test: setup-test
	@$(PATH_WITH_NODE) npm test --silent -- --forceExit --json --outputFile=.tools/test-results.json

# What running needs, and no more.
setup:
	@scripts/setup.sh

# What tests need beyond that.
setup-test:
	@scripts/setup.sh dev
	@scripts/setup-test.sh

# Attack tools and clients that recordings are made with.
setup-corpus: setup-test
	@scripts/setup-corpus.sh

# Everything a change must pass: generated files, types, lint, format, tests.
ok: setup-test
	@$(PATH_WITH_NODE) npm run --silent ok

# Longer tests, by the hour.
soak: setup-test
	@$(PATH_WITH_NODE) VESTIBULE_SOAK=1 npm test --silent -- test/soak

# The SSH gate at work: ordinary users and attackers before a real sshd, in a live table. Wants root, for a network of its own.
demo-ssh: setup
	@scripts/setup-demo-ssh.sh
	@$(PATH_WITH_NODE) node --disable-warning=ExperimentalWarning scripts/demo-ssh.ts

# Every SSH client through the gate, in every mode and band: writes docs/ssh-matrix.md.
matrix: setup-test
	@$(PATH_WITH_NODE) npm run --silent matrix

# Records the demonstration and the fixtures anew, from real programs.
corpus: setup-corpus
	@scripts/record/all.sh

bench: setup-test
	@$(PATH_WITH_NODE) npm run --silent bench

clean:
	rm -rf .tools node_modules dist data coverage
