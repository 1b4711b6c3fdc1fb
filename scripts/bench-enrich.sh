#!/usr/bin/env bash
#
# bench-enrich.sh: measures the speed, the requests and the memory of pm-enrich, and its behaviour under rate limits.
#
#     scripts/bench-enrich.sh [PART…]      (default: replay live storm limits)
#
#     replay   10,000 trades of 600 wallets as the replay of a day, at full speed, cold and warm, with the published
#              limits
#     live     the same trades live, at RATE a second, cold and warm, compared with a worker that makes one request at a
#              time, 200 ms apart: same trades, same services, same caches, same run; warm is four times as fast
#     storm    services that refuse all requests for a while: latency of pending lines in that time
#     limits   hidden quotas (sliding window, fixed window, throttled, changing, shared) over real HTTP: quota used, and
#              requests refused
#     memory   a day of TRADES trades of WALLETS wallets at full speed: resident memory at every twentieth
#
# Every part has its own simulated exchange, on loopback, with answers after 80 ms (log-normal) unless noted. Trades that
# the other worker has not finished at the end count as finished then, in its favour. The status is 1 when a promise is
# missed; a line names it.
#
# Environment: PM_BIN  directory of the programs  (default .build/release)
#              RATE (25), TRADES (10000; memory: 1000000), WALLETS (600; memory: 200000), SECONDS_OF_LIMITS (300)
#              SCENARIO: run only the limits whose name contains it

set -euo pipefail
cd "$(dirname "$0")/.."
export PM_BIN=${PM_BIN:-.build/release}
(($#)) || set -- replay live storm limits
exec python3 scripts/bench-enrich.py "$@"
