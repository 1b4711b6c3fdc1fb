#!/usr/bin/env bash
#
# long-run.sh: the tests that take hours, of which test.sh runs a sample.
#
#     scripts/long-run.sh [SCRIPTS]     (default: 200)
#
# SCRIPTS random fault scripts of the simulated exchange, each with its seed printed, and 200 kills at random moments.
# PM_SEED=N begins with that seed, to run one again.

set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
export PM_LONG_RUN=${1:-200}
exec swift test --filter 'FaultScriptTests|JournaledTests'
