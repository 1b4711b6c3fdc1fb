#!/usr/bin/env bash
#
# bench-latency.sh: measures the latency of a trade through all five stages, from the feed's socket to the live page and
# to Discord.
#
#     scripts/bench-latency.sh [RATE] [SECONDS]      (defaults: 100 trades a second, 45)
#
# The exchange simulator makes the trades, pm-ingest journals them, and SQLite stores them. pm-stopwatch measures from
# outside, by one clock: it subscribes to the same feed as pm-ingest, reads a copy of the output of pm-enrich, receives
# the messages of the page, and is the server of three Discord channels. Trades of 1,000 dollars and more pass the
# filter, its default.
#
# "To the page" is from the frame at the socket to the page's first message of the trade. "To Discord" is from the
# trade's final revision in the output of pm-enrich to the message with it; or to the first edit, if the message was sent
# before the final revision (after --wait). Edits that are delayed on purpose are counted separately: follow-ups of a
# growing alert, and of the larger side of its transaction (the first after 2 s). The three channels have no rate limit.
#
# Environment: PM_BIN       directory of the programs    (default .build/release)
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

# A free port for the page, which both ends must know in advance.
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
    PM_ALERT_ALLOW_PRIVATE=1 "$bin/pm-alert" subscribe --name "watch$n" --discord-file "$scratch/discord$n" >/dev/null 2>>"$scratch/errors"
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
