#!/usr/bin/env bash
#
# bench-store.sh: compares the speed of pm-store with the limits of the databases, and with other ways of writing.
#
#     scripts/bench-store.sh [TRADES] [ROUNDS]      (defaults: 100000, 3)
#
# Each way of writing gets the same trades and a fresh database with the same tables and indexes, once per round. The
# script prints the medians. PostgreSQL runs in a temporary directory. The server counts the round trips: they are the
# transactions in pg_stat_database, since each of these ways makes one transaction per round trip. Those of connecting,
# which pm-store makes once, are printed separately.
# Processor time is that of the server process, and for SQLite that of the program. Compare it first: other load on the
# machine hardly changes it.
# Latency is measured from a line written to the input of pm-store to the same line read from its output. For comparison,
# the script prints the time of a bare commit on this disk, and the time of a trade with the other ways (pgbench).
#
# Environment: PM_BIN         directory of the programs            (default .build/release)
#              PM_BENCH_DIR   directory of the databases; use /dev/shm to exclude the disk  (default /tmp)
#              PM_BENCH_ONLY  "latency" to run only that part

set -euo pipefail
cd "$(dirname "$0")/.."
trades=${1:-100000}
rounds=${2:-3}
slow_trades=3000 # for the way with three round trips per trade
store=$(realpath "${PM_BIN:-.build/release}")/pm-store
export LC_ALL=C

# --- the server -------------------------------------------------------------------------------------------------

scratch=$(mktemp -d "${PM_BENCH_DIR:-/tmp}/pm-bench-XXXXXX")
chmod 755 "$scratch"
programs=$(find /usr/lib/postgresql/*/bin -maxdepth 0 | tail -1)
as_server() { "$@"; }
if ((EUID == 0)); then
    chown postgres "$scratch"
    as_server() { runuser -u postgres -- "$@"; }
fi
stop() {
    as_server "$programs/pg_ctl" -D "$scratch/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap stop EXIT
as_server "$programs/initdb" -D "$scratch/data" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null
as_server "$programs/pg_ctl" -D "$scratch/data" -l "$scratch/log" -w start >/dev/null \
    -o "-k $scratch -c listen_addresses='' -c shared_buffers=256MB -c max_wal_size=4GB"

server="host=$scratch user=postgres"
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$server dbname=$1" "${@:2}"; }

# fresh: creates an empty database with the tables of pm-store
fresh() {
    sql postgres -c "SET client_min_messages = error" -c "DROP DATABASE IF EXISTS bench" -c 'CREATE DATABASE bench'
    "$store" --database "$server dbname=bench" </dev/null
    sql bench -c CHECKPOINT
}

# --- the trades ------------------------------------------------------------------------------------------------

# A few wallets and markets occur often, and most of them rarely. 2,096 trades recorded on 2025-12-18 had 1,235 wallets
# and 218 markets; the same number of these trades has about 1,230 and 440.
awk -v trades="$trades" 'BEGIN {
    srand(20260924)
    for (n = 1; n <= 30000; n++) wallet[n] = hex(40)
    for (n = 1; n <= 5000; n++) { market[n] = hex(64); asset[n] = digits(76) }
    for (n = 1; n <= trades; n++) {
        w = wallet[1 + int(30000 * rand() ^ 6)]; m = 1 + int(5000 * rand() ^ 18)
        price = 1 + int(rand() * 97); size = 1000 + int(rand() * 900000)
        t = int(n / 20)
        time = sprintf("2026-09-%02dT%02d:%02d:%02d.%03dZ", 1 + t / 86400, t / 3600 % 24, t / 60 % 60, t % 60, n % 1000)
        printf "{\"kind\":\"trade\",\"id\":\"%s\",\"seq\":%d,\"feed\":\"activity\",\"via\":\"live\",", hex(32), n
        printf "\"time\":\"%s\",\"received_at\":\"%s\",\"asset_id\":\"%s\",", time, time, asset[m]
        printf "\"condition_id\":\"0x%s\",\"tx_hash\":\"0x%s\",\"wallet\":\"0x%s\",", market[m], hex(64), w
        printf "\"side\":\"%s\",\"outcome\":\"Yes\",\"outcome_index\":0,", rand() < 0.5 ? "BUY" : "SELL"
        printf "\"title\":\"Will it rain on day %d of the year?\",\"slug\":\"rain-%d\",\"event_slug\":\"rain\",", m, m
        printf "\"name\":\"Momo%s\",\"pseudonym\":\"Limping-%s\",", substr(w, 1, 5), substr(w, 1, 4)
        printf "\"price\":0.%02d,\"size\":%d,\"value\":%d.%02d%s}\n", price, size, price * size / 100, price * size % 100,
            (price * size >= 800100 ? ",\"tier\":\"WHALE\"" : "")
        if (n % 200 == 0) printf "{\"kind\":\"mark\",\"stream\":\"bench\",\"seq\":%d,\"time\":\"%s\"}\n", n, time
    }
}
function hex(count, text) { while (count-- > 0) text = text substr("0123456789abcdef", 1 + int(rand() * 16), 1); return text }
function digits(count, text) { text = 1 + int(rand() * 9); while (--count > 0) text = text int(rand() * 10); return text }
' >"$scratch/all.ndjson"
grep -v '"kind":"mark"' "$scratch/all.ndjson" >"$scratch/unmarked.ndjson"
# Trades only, without the keys that make rows in other tables.
sed -E 's/"(condition_id|wallet)":"[^"]*",//g' "$scratch/unmarked.ndjson" >"$scratch/alone.ndjson"

# The same rows as CSV, and as statements for the other ways, made from the rows that pm-store has stored.
columns='id, revision, seq, feed, via, time, received_at, asset_id, condition_id, tx_hash, wallet, side, outcome,
    outcome_index, title, slug, event_slug, name, pseudonym, price, size, value, tier, enrichment,
    enrichment_reason, tags, record'
columns=${columns//$'\n'/}
for rows in alone unmarked; do
    fresh
    "$store" --quiet --database "$server dbname=bench" <"$scratch/$rows.ndjson"
    sql bench -c "\\copy (SELECT $columns FROM trades ORDER BY seq) TO '$scratch/$rows.csv' CSV"
done
"$store" --quiet --database "sqlite:$scratch/first.db" <"$scratch/unmarked.ndjson"
sqlite3 -csv "$scratch/first.db" 'SELECT * FROM trades ORDER BY seq' >"$scratch/sqlite.csv"
row="format('(%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L,%L)', $columns)"
sql bench >"$scratch/each.sql" <<SQL
SELECT 'INSERT INTO trades ($columns) VALUES ' || $row || ';' || chr(10)
    || format('INSERT INTO wallets VALUES (%L, %L, %L, %L, %L, %L) ON CONFLICT (address) DO UPDATE '
        || 'SET last_seen = excluded.last_seen;', wallet, name, pseudonym, time, time, time) || chr(10)
    || format('UPDATE trades SET enrichment = %L WHERE id = %L;', 'enriched', id)
FROM trades ORDER BY seq LIMIT $slow_trades
SQL
sql bench >"$scratch/multi.sql" <<SQL
SELECT 'INSERT INTO trades ($columns) VALUES ' || string_agg($row, ',') || ' ON CONFLICT (id) DO NOTHING;' || chr(10)
    || 'INSERT INTO wallets SELECT wallet, min(name), min(pseudonym), min(time), min(time), max(time) FROM trades '
    || 'WHERE seq BETWEEN ' || min(seq) || ' AND ' || max(seq) || ' GROUP BY wallet '
    || 'ON CONFLICT (address) DO UPDATE SET last_seen = excluded.last_seen;' || chr(10)
    || 'INSERT INTO cursors VALUES (''bench'', ' || max(seq) || ', now(), ''x'') ON CONFLICT (stream) DO UPDATE '
    || 'SET seq = excluded.seq;'
FROM trades GROUP BY (seq - 1) / 1000 ORDER BY min(seq)
SQL

# --- the ways of writing ---------------------------------------------------------------------------------------

# server_cpu: prints the processor time of the server's finished processes, in seconds
server_cpu() { awk -v hertz="$(getconf CLK_TCK)" '{ print ($16 + $17) / hertz }' "/proc/$(head -1 "$scratch/data/postmaster.pid")/stat"; }
# measure NAME COMMAND…: records the elapsed time and the processor time, in seconds
TIMEFORMAT='%R %U %S'
measure() {
    local before clock
    before=$(server_cpu)
    clock=$({ time "${@:2}" >/dev/null; } 2>&1)
    sleep 1.2 # the server's counters lag behind
    awk -v clock="$clock" -v before="$before" -v after="$(server_cpu)" -v way="$1" 'BEGIN {
        split(clock, part, " ")
        print part[1], way ~ /^sqlite/ ? part[2] + part[3] : after - before
    }' >>"$scratch/$1"
}
transactions() {
    sql bench -c 'SELECT pg_stat_clear_snapshot()' >/dev/null
    sql postgres -c "SELECT xact_commit FROM pg_stat_database WHERE datname = 'bench'"
}
postgres_way() {
    case $1 in
    copy) sql bench -c "\\copy trades ($columns) FROM '$scratch/unmarked.csv' CSV" ;;
    copy-alone) sql bench -c "\\copy trades ($columns) FROM '$scratch/alone.csv' CSV" ;;
    alone) "$store" --quiet --database "$server dbname=bench" <"$scratch/alone.ndjson" ;;
    pm-store) "$store" --quiet --database "$server dbname=bench" <"$scratch/all.ndjson" ;;
    import) "$store" --database "$server dbname=bench" import <"$scratch/all.ndjson" ;;
    multi) sql bench -f "$scratch/multi.sql" ;;
    each) sql bench -f "$scratch/each.sql" ;;
    esac
}
sqlite_way() {
    case $1 in
    bare) sqlite3 -csv "$scratch/s.db" ".import $scratch/sqlite.csv trades" ;;
    tuned) bare_insert ;;
    pm-store) "$store" --quiet --database "sqlite:$scratch/s.db" <"$scratch/all.ndjson" ;;
    import) "$store" --database "sqlite:$scratch/s.db" import <"$scratch/all.ndjson" ;;
    esac
}
# bare_insert: inserts the rows with a prepared statement, a large cache, late checkpoints, and 20,000 rows a transaction
bare_insert() {
    python3 - "$scratch/s.db" "$scratch/sqlite.csv" <<'PYTHON'
import csv, itertools, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
for setting in "synchronous = FULL", "cache_size = -65536", "wal_autocheckpoint = 20000":
    database.execute(f"PRAGMA {setting}")
with open(sys.argv[2], newline="") as file:
    rows = csv.reader(file)
    while batch := list(itertools.islice(rows, 20000)):
        database.execute("BEGIN")
        database.executemany(f"INSERT INTO trades VALUES ({','.join('?' * len(batch[0]))})", batch)
        database.execute("COMMIT")
PYTHON
}

[[ ${PM_BENCH_ONLY:-} != latency ]] || rounds=0
for ((round = 0; round < rounds; round++)); do
    for way in copy-alone alone copy pm-store import multi each; do
        fresh
        before=$(transactions)
        measure "postgres-$way" postgres_way "$way"
        echo $(($(transactions) - before)) >"$scratch/trips-$way"
    done
    for way in bare tuned pm-store import; do
        rm -f "$scratch"/s.db*
        "$store" --database "sqlite:$scratch/s.db" </dev/null
        measure "sqlite-$way" sqlite_way "$way"
    done
done

# --- latency ---------------------------------------------------------------------------------------------------

# through RATE COUNT URL: prints p50 and p99, in milliseconds, from a line written to pm-store to the line read from it.
# RATE 0 is as fast as pm-store reads. One thread does both, so that the measurement does not delay itself.
through() {
    python3 - "$@" "$store" "$scratch/unmarked.ndjson" <<'PYTHON'
import os, select, subprocess, sys, time
rate, count, url, store, path = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
with open(path, "rb") as file:
    lines = [next(file) for _ in range(count)]
child = subprocess.Popen([store, "--database", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
into, out = child.stdin.fileno(), child.stdout.fileno()
os.set_blocking(into, False)
time.sleep(0.3)
sent, waits, rest = [], [], b""
start = time.perf_counter()
while len(waits) < count:
    due = start + len(sent) / rate if rate and len(sent) < count else start
    pause = due - time.perf_counter() if len(sent) < count else 10
    full = bool(rest) or (pause <= 0 and not rate)
    readable, writable, _ = select.select([out], [into] if full else [], [], max(pause, 0) if not full else 10)
    if readable:
        count_read = os.read(out, 1 << 16).count(b"\n")
        now = time.perf_counter()
        waits += [now - written for written in sent[len(waits):len(waits) + count_read]]
    if (pause <= 0 or writable) and (rest or len(sent) < count):
        if not rest:
            rest = lines[len(sent)]
            sent.append(time.perf_counter())
        try:
            rest = rest[os.write(into, rest):]
        except BlockingIOError:
            pass
child.stdin.close()
child.wait()
waits.sort()
print("%.2f %.2f" % (1000 * waits[count // 2], 1000 * waits[count * 99 // 100]))
PYTHON
}

# statements RATE SECONDS FILE: prints the same for a client that runs the statements of FILE for each trade
statements() {
    local pace=()
    (($1 == 0)) || pace=(-R "$1")
    (cd "$scratch" && rm -f pgbench_log.* && pgbench -n -l -T "$2" "${pace[@]}" -f "$3" -h "$scratch" -U postgres bench) \
        >/dev/null 2>&1
    sort -n -k 3,3 "$scratch"/pgbench_log.* | awk '{ took[NR] = $3 / 1000 }
        END { printf "%.2f %.2f\n", took[int((NR + 1) / 2)], took[int(NR * 0.99)] }'
}
echo 'INSERT INTO commits VALUES (1);' >"$scratch/commit.sql"
cat >"$scratch/three.sql" <<'SQL'
\set n random(1, 1000000000)
INSERT INTO trades (id, revision, time, wallet, title, price, size, value, record) VALUES ('t:n', 0, now(),
    'w' || :n % 10000, 'Will it rain?', 0.5, 3000, 1500, '{"kind":"trade"}') ON CONFLICT (id) DO NOTHING;
INSERT INTO wallets (address, first_seen, last_seen) VALUES ('w' || :n % 10000, now(), now())
    ON CONFLICT (address) DO UPDATE SET last_seen = excluded.last_seen;
UPDATE trades SET enrichment = 'enriched' WHERE id = 't:n';
SQL

# The round trips of connecting.
fresh
before=$(transactions)
"$store" --database "$server dbname=bench" </dev/null
sleep 1.2
connecting=$(($(transactions) - before))

: >"$scratch/latencies"
# note NAME RATE P50 P99
note() { printf '%s\t%s\t%s\n' "$@" >>"$scratch/latencies"; }
for rate in 20 1000 0; do
    count=$((rate ? rate * 5 : trades))
    fresh
    sql bench -c 'CREATE TABLE commits (n integer)'
    note 'a bare commit (insert of one number)' "$rate" "$(statements "$rate" 5 commit.sql)"
    note 'insert, upsert wallet, update: one by one' "$rate" "$(statements "$rate" 5 three.sql)"
    fresh
    before=$(transactions)
    note 'pm-store, PostgreSQL' "$rate" "$(through "$rate" "$count" "$server dbname=bench")"
    sleep 1.2
    made=$(($(transactions) - before - connecting))
    echo "$rate $made $count" >>"$scratch/trips-by-rate"
    ((!rate)) || { # the limit: bare commits, at the rate at which pm-store commits
        sql bench -c 'CREATE TABLE commits (n integer)'
        note 'a bare commit, as often as pm-store makes one' "$rate" "$(statements $((made / 5)) 5 commit.sql)"
    }
    rm -f "$scratch"/s.db*
    note 'pm-store, SQLite' "$rate" "$(through "$rate" "$count" "sqlite:$scratch/s.db")"
done

# --- the results -----------------------------------------------------------------------------------------------

median() { sort -n -k "$2,$2" "$1" | awk -v field="$2" '{ all[NR] = $field } END { print all[int((NR + 1) / 2)] }'; }
line() { # line NAME MEASURE TRADES LIMIT [TRIPS]
    local limit=$scratch/$4
    awk -v name="$1" -v took="$(median "$scratch/$2" 1)" -v cpu="$(median "$scratch/$2" 2)" -v count="$3" \
        -v all="$trades" -v limit="$(median "$limit" 1)" -v cheapest="$(median "$limit" 2)" -v trips="${5:-}" 'BEGIN {
        printf "%-46s %9.0f %6.0f %% %9.1f %6.0f %% %10s\n", name, count / took, 100 * limit / took * count / all,
            1e6 * cpu / count, 100 * cheapest / cpu * count / all, trips == "" ? "" : sprintf("%.4f", trips / count)
    }'
}
trips() { cat "$scratch/trips-$1"; }
if ((rounds > 0)); then
    head='%-46s %9s %8s %9s %8s %10s\n'
    printf '%s trades, medians of %s rounds; %s; processor time in microseconds a trade\n\n' \
        "$trades" "$rounds" "$("$programs/postgres" --version)"
    # shellcheck disable=SC2059
    printf "$head" PostgreSQL trades/s of\ COPY CPU of\ COPY trips/trade
    line 'COPY, trades alone (the limit)' postgres-copy-alone "$trades" postgres-copy-alone
    line 'pm-store, trades alone' postgres-alone "$trades" postgres-copy-alone "$(trips alone)"
    line 'COPY, trades with wallet and market' postgres-copy "$trades" postgres-copy
    line 'pm-store, with wallets, markets and cursor' postgres-pm-store "$trades" postgres-copy "$(trips pm-store)"
    line 'pm-store import, indexes at the end' postgres-import "$trades" postgres-copy "$(trips import)"
    line 'multi-row INSERT of 1000, wallets, cursor' postgres-multi "$trades" postgres-copy "$(trips multi)"
    line 'insert, upsert wallet, update: one by one' postgres-each "$slow_trades" postgres-copy "$(trips each)"
    # shellcheck disable=SC2059
    printf "\n$head" SQLite trades/s of\ bare CPU of\ bare ''
    line 'prepared insert, one transaction (.import)' sqlite-bare "$trades" sqlite-bare
    line 'prepared insert, tuned, 20,000 a transaction' sqlite-tuned "$trades" sqlite-bare
    line 'pm-store, with wallets, markets and cursor' sqlite-pm-store "$trades" sqlite-bare
    line 'pm-store import, indexes at the end' sqlite-import "$trades" sqlite-bare
fi
printf '\nMilliseconds, p50 and p99, at     %s\n' '     20/s           1,000/s         unlimited'
awk -F'\t' '{ name[$1] = name[$1] ? name[$1] : NR; split($3, part, " "); row[$1] = row[$1] sprintf("%8.2f %8.2f", part[1], part[2]) }
    END { for (each in name) print name[each] "\t" each "\t" row[each] }' "$scratch/latencies" | sort -n |
    awk -F'\t' '{ printf "%-42s %s\n", $2, $3 }'
awk '{ printf "round trips per trade at %s: %.4f\n", $1 ? $1 "/s" : "no limit", $2 / $3 }' "$scratch/trips-by-rate"
printf 'and %s for connecting\n' "$connecting"
