#!/usr/bin/env bash
#
# bench-enrich.sh: the speed, the requests and the limits of pm-enrich.
#
#     scripts/bench-enrich.sh [PART…]      (default: replay live storm limits)
#
#     replay   10,000 trades of 600 wallets, replayed at full speed with the published limits, with a cold and a warm cache
#     live     the same trades in real time, at RATE per second cold and four times that warm, in comparison with a worker
#              that sends one request at a time with 200 ms between: same trades, services and cache lifetimes
#     storm    services that refuse everything for a while: the delay of pending lines meanwhile
#     limits   hidden quotas (sliding, penalty box, throttled, changing, shared) over real HTTP: served and refused
#     memory   TRADES trades of WALLETS wallets at full speed: resident memory after each twentieth
#
# Each part has its own simulated exchange on loopback, whose answers take 80 ms (log-normal) unless stated otherwise.
# Trades that the comparison worker does not reach count as finished at the end, which favours it. The exit status is 1
# when a target is missed; a line names it.
#
# Environment: PM_BIN  directory of the programs  (default .build/release)
#              RATE (25), TRADES (10000; memory: 1000000), WALLETS (600; memory: 200000), SECONDS_OF_LIMITS (300)
#              SCENARIO  run only the scenarios of `limits` whose names contain this

set -euo pipefail
cd "$(dirname "$0")/.."
export PM_BIN=${PM_BIN:-.build/release}
(($#)) || set -- replay live storm limits
exec python3 scripts/bench-enrich.py "$@"
