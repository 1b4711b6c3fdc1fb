#!/usr/bin/env bash
#
# bench-latency.sh: how long a trade takes through all five stages, from the feed's socket to the live page and to Discord.
#
#     scripts/bench-latency.sh [RATE] [SECONDS]      (defaults: 100 trades a second, 45)
#
# The exchange simulator makes the trades, SQLite keeps them, pm-ingest journals them, and pm-stopwatch stands outside: it
# hears the feed that pm-ingest hears, reads along behind pm-enrich, watches the page, and is three Discord channels. All
# of its figures are by one clock. Trades of 1,000 dollars and more go by, as they do with pm-filter's defaults.
#
# "To the page" is from the frame at the socket to the page's first message of the trade. "To Discord" is from the
# trade's final revision, behind pm-enrich, to the message that tells it, or to its first edit where it went before
# (after --wait). What is slow on purpose is counted apart: edits that tell how an alert has grown since, or of the larger
# side of its transaction (first after 2 s). The three channels set no limits.
#
# Environment: PM_BIN       where the stages are    (default .build/release)
#              PM_INGEST_*, PM_FILTER_*, …: options of the stages

set -euo pipefail
cd "$(dirname "$0")/.."
rate=${1:-100}
seconds=${2:-45}
bin=${PM_BIN:-.build/release}

scratch=$(mktemp -d)
exchange='' watch=''
cleanup() {
    kill -INT "$(cat "$scratch/head.pid" 2>/dev/null)" 2>/dev/null || true
    exec 9>&- || true
    [[ -z $watch ]] || kill "$watch" 2>/dev/null || true
    wait || true
    rm -rf "$scratch"
}
trap cleanup EXIT

mkfifo "$scratch/stdin" "$scratch/tap"
"$bin/pm-exchange" --seed 7 --rate "$rate" --until-stdin-ends <"$scratch/stdin" >"$scratch/exchange.json" &
exchange=$!
exec 9>"$scratch/stdin"
until [[ -s $scratch/exchange.json ]]; do
    kill -0 "$exchange"
    sleep 0.1
done
address() { jq -r ".$1" "$scratch/exchange.json"; }

# A port that is free now: the page's, which both ends have to know beforehand.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$bin/pm-stopwatch" --rtds "$(address rtds)" --live "ws://127.0.0.1:$port/live" --tap "$scratch/tap" \
    --duration "${seconds}s" >"$scratch/figures" 9>&- &
watch=$!
until [[ -s $scratch/figures ]]; do
    kill -0 "$watch"
    sleep 0.1
done

export PM_DATABASE=sqlite:$scratch/trades.db PM_STATUS_DIR=$scratch/status
PM_GAMMA_URL=$(address gamma) PM_DATA_URL=$(address data) PM_CLOB_URL=$(address clob) PM_INGEST_URL=$(address rtds)
export PM_GAMMA_URL PM_DATA_URL PM_CLOB_URL PM_INGEST_URL
for n in 1 2 3; do
    (umask 077 && echo "$(head -1 "$scratch/figures" | jq -r .discord)$n" >"$scratch/discord$n")
    "$bin/pm-alert" subscribe --name "watch$n" --discord-file "$scratch/discord$n" >/dev/null 2>>"$scratch/errors"
done

{
    echo "$BASHPID" >"$scratch/head.pid"
    exec "$bin/pm-ingest" --journal "$scratch/journal"
} 2>>"$scratch/errors" 9>&- |
    "$bin/pm-filter" 2>>"$scratch/errors" 9>&- |
    "$bin/pm-enrich" 2>>"$scratch/errors" 9>&- |
    tee "$scratch/tap" 9>&- |
    "$bin/pm-store" 2>>"$scratch/errors" 9>&- |
    "$bin/pm-alert" --live "127.0.0.1:$port" --ledger "$scratch/ledger" --allow-private \
        2>>"$scratch/errors" >"$scratch/alerts" 9>&- &

wait "$watch" || {
    tail -20 "$scratch/errors" >&2
    exit 69
}
watch=''
echo "$rate trades a second for $seconds s, all five stages, journal and SQLite synced:"
tail -n +2 "$scratch/figures"
