#!/bin/sh
# Prints how pm-enrich's limiter compares with others, against services whose limits nobody told them.
set -eu
cd "$(dirname "$0")/.."
PM_LIMITER_TABLE=1 swift test --filter LimiterTable 2>/dev/null | grep -v '^[◇✔↳]\|^Test Suite\|^$\|Executed'
