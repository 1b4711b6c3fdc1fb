#!/usr/bin/env bash
#
# test.sh: installs packages, checks the format, builds, and runs all tests. The last line is the test runner's summary.
#
# Arguments go to swift test: scripts/test.sh --filter PMRecordTests
#
# Environment: PM_SCREENSHOTS  directory for screenshots of the live page  (default: they are not kept)

set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
swift format lint --strict --parallel --recursive Package.swift Sources Tests Tools
shellcheck -a scripts/*.sh .ci/run
mandoc -T lint -W warning man/*

swift build --build-tests
scripts/nats-server.sh >/dev/null || echo "test.sh: without the tests of pm-relay" >&2
scripts/fidelity.sh  # Polymarket's public clients against the simulator; skipped where PyPI cannot be reached
# Many tests wait for servers, and some measure time: a few in parallel use the machine without disturbing the clocks.
width=()
if swift test --skip-build --experimental-maximum-parallelization-width 3 list >/dev/null 2>&1; then
    width=(--experimental-maximum-parallelization-width 3)
fi
# A run prints thousands of lines, so failures are repeated at the end.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
swift test --skip-build "${width[@]}" "$@" 2>&1 | tee "$log" || status=$?
if ((status)); then
    grep -e ' recorded an issue ' -e '^↳' -e '^error: ' "$log" || true
    tail -n 1 "$log"
fi
exit "$status"
