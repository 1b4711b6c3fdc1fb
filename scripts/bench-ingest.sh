#!/usr/bin/env bash
#
# bench-ingest.sh: how long a trade takes from the socket to standard output of pm-ingest, with the journal and without.
#
#     scripts/bench-ingest.sh [TRADES] [ROUNDS]      (defaults: 3000, 3)
#
# Plays RTDS at 100 trades a second, twice the feed's own pace, and prints milliseconds: the medians over the rounds
# of the middle, of 99 in 100, and of the slowest. Beside them, in the same rounds, what the disk alone takes to write
# and sync a line at the same pace.
#
# Environment: PM_BIN      where pm-ingest and ingest-bench are      (default .build/release)
#              PM_SCRATCH  a directory on the disk to be measured    (default a new one in /tmp)

set -euo pipefail
cd "$(dirname "$0")/.."
trades=${1:-3000}
rounds=${2:-3}
rate=100
bin=${PM_BIN:-.build/release}

scratch=$(mktemp -d "${PM_SCRATCH:-/tmp}/pm-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# listen [OPTION ...]: one run of pm-ingest with these options
listen() {
    local port=$((20000 + RANDOM % 20000))
    rm -f "$scratch/told"
    mkfifo "$scratch/told"
    "$bin/ingest-bench" listen "$port" "$trades" "$rate" <"$scratch/told" &
    local bench=$!
    "$bin/pm-ingest" --url "ws://127.0.0.1:$port" --backoff-least 50ms --backoff-most 50ms --log-level error "$@" \
        >"$scratch/told" &
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

printf '%d trades at %d a second, %d rounds\n%-24s %8s %8s %8s\n' "$trades" "$rate" "$rounds" "ms" p50 p99 most
for kind in without with disk; do
    case $kind in
    without) name="without a journal" ;;
    with) name="with the journal" ;;
    disk) name="the disk's sync alone" ;;
    esac
    printf '%-24s %8s %8s %8s\n' "$name" "$(median "$scratch/$kind" 1)" "$(median "$scratch/$kind" 2)" \
        "$(median "$scratch/$kind" 3)"
done
