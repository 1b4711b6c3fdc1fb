#!/usr/bin/env bash
#
# bench-enrich.sh: how fast pm-enrich enriches, what it asks for that, and what it bears.
#
#     scripts/bench-enrich.sh [PART…]      (default: replay live storm limits)
#
#     replay   10,000 trades of 600 wallets as a day's replay, at full speed, cold and warm, with the published limits
#     live     the same trades as they happen, at RATE a second, cold and warm, beside a worker that asks one thing at
#              a time with 200 ms between, as the plan had it: same trades, same services, same caches, same run;
#              warm is four times as fast
#     storm    services that refuse everything for a while: how long pending lines take meanwhile
#     limits   hidden quotas that slide, box, throttle, change and are shared, over real HTTP: used and refused
#     memory   a day of TRADES trades of WALLETS wallets, as fast as it goes: resident memory, every twentieth
#
# Every part has a simulated exchange of its own, on loopback, whose answers take 80 ms (log-normal) unless said. What
# the other worker has not come to by the end counts as taking until then, which flatters it. The status is 1 where a
# promise is missed, and a line says which.
#
# Environment: PM_BIN  where the programs are  (default .build/release)
#              RATE (25), TRADES (10000; memory: 1000000), WALLETS (600; memory: 200000), SECONDS_OF_LIMITS (300)
#              SCENARIO, of limits only those whose name has that in it

set -euo pipefail
cd "$(dirname "$0")/.."
export PM_BIN=${PM_BIN:-.build/release}
(($#)) || set -- replay live storm limits
exec python3 scripts/bench-enrich.py "$@"
