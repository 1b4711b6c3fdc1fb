#!/usr/bin/env bash
#
# bench-filter.sh: compares the processor time of pm-filter with that of jq.
#
#     scripts/bench-filter.sh [LINES] [ROUNDS]      (defaults: 100000, 7)
#
# Makes trades of about 600 bytes from a fixed seed, of which about 4 % are large enough, and runs both programs in
# turn, from the same file to /dev/null. Prints the medians. Compare the processor time (user and system): other load on
# the machine hardly changes it.
#
# Environment: PM_BIN  directory of the programs  (default .build/release)

set -euo pipefail
cd "$(dirname "$0")/.."
lines=${1:-100000}
rounds=${2:-7}
filter=${PM_BIN:-.build/release}/pm-filter
kept='select(.kind != "trade" or (.value >= 1000 and .price <= 0.97))'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C
TIMEFORMAT='%U %S'

# One trade per line. The numbers are whole cents, so that awk's floating point prints them exactly.
awk -v lines="$lines" 'BEGIN {
    srand(20260924)
    for (n = 1; n <= lines; n++) {
        price = 1 + int(rand() * 99)
        size = int(100 * exp(3 + 2.3 * sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand())))
        value = price * size
        printf "{\"kind\":\"trade\",\"id\":\"%s\",\"seq\":%d,\"feed\":\"activity\",", hex(32), n
        printf "\"time\":\"2026-09-24T18:45:%02d.125Z\",\"asset_id\":\"%s\",", n % 60, digits(76)
        printf "\"condition_id\":\"0x%s\",\"tx_hash\":\"0x%s\",\"wallet\":\"0x%s\",", hex(64), hex(64), hex(40)
        printf "\"side\":\"%s\",\"outcome\":\"Yes\",\"outcome_index\":0,", rand() < 0.5 ? "BUY" : "SELL"
        printf "\"title\":\"Will it rain on day %d?\",\"slug\":\"rain-on-day-%d\",\"name\":\"Momo%d\",", n, n, n
        printf "\"price\":0.%02d,\"size\":%d.%02d,\"value\":%d.%04d}\n", price, size / 100, size % 100, value / 10000, value % 10000
    }
}
function hex(count, text) { while (count-- > 0) text = text substr("0123456789abcdef", 1 + int(rand() * 16), 1); return text }
function digits(count, text) { text = 1 + int(rand() * 9); while (--count > 0) text = text int(rand() * 10); return text }
' >"$scratch/trades.ndjson"

# Run each program once to warm the file cache, and to check that both keep the same trades.
"$filter" <"$scratch/trades.ndjson" | jq -r .id >"$scratch/ours"
jq -r "$kept | .id" "$scratch/trades.ndjson" >"$scratch/theirs"
cmp "$scratch/ours" "$scratch/theirs"

for ((round = 0; round < rounds; round++)); do
    { time "$filter" <"$scratch/trades.ndjson" >/dev/null; } 2>>"$scratch/filter"
    { time jq -c "$kept" <"$scratch/trades.ndjson" >/dev/null; } 2>>"$scratch/jq"
done

# median FILE: prints the median of user + system time, in seconds
median() { awk '{ print $1 + $2 }' "$1" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

awk -v lines="$lines" -v bytes="$(wc -c <"$scratch/trades.ndjson")" -v kept="$(wc -l <"$scratch/ours")" \
    -v ours="$(median "$scratch/filter")" -v theirs="$(median "$scratch/jq")" -v jq="$(jq --version)" 'BEGIN {
    if (ours < 0.001) ours = 0.001
    printf "%d trades of %.0f bytes, %d kept\n", lines, bytes / lines, kept
    printf "%-10s %8s %14s\n", "", "CPU s", "lines/s (CPU)"
    printf "%-10s %8.3f %14.0f\n", "pm-filter", ours, lines / ours
    printf "%-10s %8.3f %14.0f\n", jq, theirs, lines / theirs
    printf "%s takes %.1f times the processor time of pm-filter\n", jq, theirs / ours
}'
