#!/bin/sh
# limiter-table.sh: compares the limiter of pm-enrich with other limiters, against services with unknown limits.
set -eu
cd "$(dirname "$0")/.."
PM_LIMITER_TABLE=1 swift test --filter LimiterTable 2>/dev/null | grep -v '^[◇✔↳]\|^Test Suite\|^$\|Executed'
