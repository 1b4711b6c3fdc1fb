#!/usr/bin/env bash
#
# bench-ingest.sh: measures the latency of a trade from the socket to standard output of pm-ingest, with and without the
# journal.
#
#     scripts/bench-ingest.sh [TRADES] [ROUNDS]      (defaults: 3000, 3)
#
# Plays RTDS at 100 trades a second, twice the rate of the feed. Prints p50, p99 and the maximum in milliseconds, each
# the median over all rounds, and, for comparison, the time that the disk needs to write and sync a line at the same
# rate in the same rounds.
#
# Environment: PM_BIN      directory of the programs              (default .build/release)
#              PM_SCRATCH  directory on the disk to be measured   (default: a new one in /tmp)

set -euo pipefail
cd "$(dirname "$0")/.."
trades=${1:-3000}
rounds=${2:-3}
rate=100
bin=${PM_BIN:-.build/release}

scratch=$(mktemp -d "${PM_SCRATCH:-/tmp}/pm-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# listen [OPTION ...]: runs pm-ingest once with these options
listen() {
    local port=$((20000 + RANDOM % 20000))
    rm -f "$scratch/output"
    mkfifo "$scratch/output"
    "$bin/ingest-bench" listen "$port" "$trades" "$rate" <"$scratch/output" &
    local bench=$!
    "$bin/pm-ingest" --url "ws://127.0.0.1:$port" --backoff-least 50ms --backoff-most 50ms --log-level error "$@" \
        >"$scratch/output" &
    local ingest=$!
    wait "$bench"
    kill "$ingest"
    wait "$ingest" || true
}

for ((round = 0; round < rounds; round++)); do
    "$bin/ingest-bench" sync "$scratch/sync" "$trades" "$rate" >>"$scratch/disk"
    listen >>"$scratch/without"
    rm -rf "$scratch/journal"
    listen --journal "$scratch/journal" >>"$scratch/with"
done

# median FILE FIELD
median() { sort -n -k"$2,$2" "$1" | awk -v field="$2" '{ all[NR] = $field } END { print all[int((NR + 1) / 2)] }'; }

printf '%d trades at %d a second, %d rounds\n%-24s %8s %8s %8s\n' "$trades" "$rate" "$rounds" "ms" p50 p99 max
for kind in without with disk; do
    case $kind in
    without) name="without a journal" ;;
    with) name="with the journal" ;;
    disk) name="the disk's sync alone" ;;
    esac
    printf '%-24s %8s %8s %8s\n' "$name" "$(median "$scratch/$kind" 1)" "$(median "$scratch/$kind" 2)" \
        "$(median "$scratch/$kind" 3)"
done
