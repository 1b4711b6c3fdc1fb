#!/bin/sh
# Prints the table of docs/RATE-LIMITS.md: pm-enrich's limiter and others against simulated services with hidden limits.
set -eu
cd "$(dirname "$0")/.."
PM_LIMITER_TABLE=1 swift test --filter LimiterTable 2>/dev/null | grep -v '^[◇✔↳]\|^Test Suite\|^$\|Executed'
