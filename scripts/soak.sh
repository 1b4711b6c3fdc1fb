#!/usr/bin/env bash
#
# soak.sh: runs a day of the feed through pm-ingest in an hour, and checks that memory and descriptors do not grow.
#
#     scripts/soak.sh [SECONDS]            (default: 3600, the whole day)
#
# The day has 57 trades a second (4.9 million), a rotation every 10 minutes (144), an audit every 5 minutes (288), and a
# fault every 15 minutes (96): a connection that is reset, ended, closed with 1013 or frozen; each is a gap to back-fill.
# The intervals of pm-ingest are shortened like the day. With fewer SECONDS, only the beginning of the day is run, in
# which memory may still grow: pm-ingest remembers 80 minutes of trades. The script prints the median of the resident
# memory and the largest number of descriptors for each eighth of the time. The status is 0 if the last quarter has no
# more of either than the second quarter (memory: at most 5 % more), and every trade was emitted exactly once.
#
# Environment: PM_BIN  directory of the programs  (default .build/release)
#              PM_LOG  log level of pm-ingest     (default error)

set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-3600}
bin=${PM_BIN:-.build/release}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/pm-soak.XXXXXX")
exchange=
ingest=
trap 'kill $ingest $exchange 2>/dev/null || true; rm -rf "$scratch"' EXIT

day=3600

# interval NUMBER: prints the milliseconds between two events that happen NUMBER times a day
interval() { echo $((day * 1000 / $1)); }

awk -v day="$day" 'BEGIN {
    chance = 96 / 4 / day
    printf "{\"seed\":1,\"rate\":%d,\"faults\":[", 57 * 86400 / day
    count = split("\"do\":\"reset\"|\"do\":\"fin\"|\"do\":\"close\",\"code\":1013|\"do\":\"freeze\"", deeds, "|")
    for (n = 1; n <= count; n++)
        printf "%s{\"on\":\"rtds\",\"every_ms\":1000,\"probability\":%f,%s}", (n > 1 ? "," : ""), chance, deeds[n]
    print "]}"
}' >"$scratch/scenario.json"
"$bin/pm-exchange" --scenario "$scratch/scenario.json" >"$scratch/exchange.json" &
exchange=$!
until [[ -s $scratch/exchange.json ]]; do sleep 0.1; done
address() { jq -r ".$1" "$scratch/exchange.json"; }

mkfifo "$scratch/output"
# Only the ids are kept, to save space.
LC_ALL=C sed -n 's/^{"kind":"trade","id":"\([0-9a-f]*\)".*/\1/p' <"$scratch/output" >"$scratch/ids" &
"$bin/pm-ingest" --url "$(address rtds)" --data-url "$(address data)" --journal "$scratch/journal" --keep 1m \
    --status-dir "$scratch" --rotate "$(interval 144)ms" --audit "$(interval 288)ms" --handover 2s --api-budget 2400 \
    --settle 250ms --margin 2500ms --retry-gap 5s --silence-least 1s --silence-most 2s --first-data 2s \
    --backoff-least 100ms --backoff-most 1s --log-level "${PM_LOG:-error}" >"$scratch/output" &
ingest=$!

figure() { jq -r ".$1 // 0" "$scratch/pm-ingest.json" 2>/dev/null || echo 0; }
control() { curl -sf "$@"; }

SECONDS=0
while ((SECONDS < seconds)); do
    sleep 1
    printf '%d %d %d\n' "$SECONDS" "$(awk '/^VmRSS/ { print $2 }' "/proc/$ingest/status")" \
        "$(find "/proc/$ingest/fd" -mindepth 1 | wc -l)" >>"$scratch/samples"
done

# After the end of the faults, wait until the back-fills and audits have found all missing trades.
control -X DELETE "$(address control)/faults" >/dev/null
control -X POST "$(address control)/finish" >/dev/null
truth=$(control "$(address control)/stats" | jq .trades)
lines() { wc -l <"$scratch/ids"; }
for _ in {1..60}; do
    (($(lines) < truth)) || break
    sleep 2
done
figures="$(figure rotations) rotations, $(figure reconnections) reconnections, $(figure gaps_closed) gaps closed and $(figure gaps_open) open, $(figure audits) audits and $(figure audits_failed) failed, $(figure retracted) retracted"
kill -TERM "$ingest"
wait "$ingest"
emitted=$(sort -u "$scratch/ids" | wc -l)
echo "$(lines) lines for $emitted different trades, of $truth trades, in $seconds s; $figures"

awk -v seconds="$seconds" '
    { eighth = int(($1 - 1) * 8 / seconds); if (eighth > 7) eighth = 7
      count[eighth]++; rss[eighth, count[eighth]] = $2; if ($3 > most[eighth]) most[eighth] = $3 }
    function median(e,    i, j, t) {
        for (i = 2; i <= count[e]; i++) for (j = i; j > 1 && rss[e, j - 1] > rss[e, j]; j--) { t = rss[e, j]; rss[e, j] = rss[e, j - 1]; rss[e, j - 1] = t }
        return rss[e, int((count[e] + 1) / 2)]
    }
    function greater(a, b) { return a > b ? a : b }
    END {
        print "eighth    resident KiB (median)    descriptors (most)"
        for (e = 0; e < 8; e++) { middle[e] = median(e); printf "%6d %24d %21d\n", e + 1, middle[e], most[e] }
        early = greater(middle[2], middle[3]); late = greater(middle[6], middle[7])
        exit late > early * 1.05 || greater(most[6], most[7]) > greater(most[2], most[3])
    }' "$scratch/samples"
((emitted == truth && $(lines) == truth))
