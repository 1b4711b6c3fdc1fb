# shellcheck shell=bash
#
# `pipeline.sh demo`: the whole worker against the simulated exchange. Sourced by pipeline.sh.

# Simulated and replayed trades go to a separate database, which has no subscribers.
use_separate_database() {
    unset DATABASE_URL
    export PM_DATABASE=sqlite:$home/polymarket.db
}

# figure STAGE FILTER: prints a figure of a status file, or 0.
figure() { jq -r "$2 // 0" "$PM_STATUS_DIR/$1.json" 2>/dev/null || echo 0; }

demo() {
    local keep=false
    [[ ${1:-} == --keep ]] && keep=true
    [[ -n ${PM_HOME:-} ]] || set_home "$(mktemp -d "${TMPDIR:-/tmp}/pm-demo.XXXXXX")"
    prepare
    use_separate_database
    rm -f "$PM_STATUS_DIR"/pm-*.json
    build
    start_exchange

    log "a simulated exchange is running; its trades are shown at http://${live[1]}/"
    trap stop INT TERM
    : >"$home/alerts.ndjson"
    start_head --journal "$home/demo-journal"
    start_tail '' "$home/alerts.ndjson"

    if $keep; then
        log "press Ctrl-C to end"
    else
        for _ in {1..20}; do
            interruptible_sleep 1
            if $stopping || ! kill -0 "$head_pid" "$tail_pid" 2>/dev/null; then break; fi
        done
        $stopping || stop
    fi
    wait_for_chain
    exec 9>&-

    # pm-filter also reads marks, which pm-ingest does not count as lines.
    local marks=$(($(figure pm-filter .lines_in) - $(figure pm-ingest .lines_out)))
    cat <<END

  read      $(figure pm-ingest .lines_out) trades from the exchange
  kept      $(($(figure pm-filter .lines_out) - marks)) of at least 1,000 dollars
  enriched  $(figure pm-enrich .enriched) with wallet, market and order book
  stored    $("$bin/pm-store" export | wc -l) trades in $PM_DATABASE
  alerted   $(wc -l <"$home/alerts.ndjson") times, in $home/alerts.ndjson
  page      http://${live[1]}/ (while it runs: scripts/pipeline.sh demo --keep)

END
    return "$status"
}

# Starts the simulator, and exports its addresses. It lives as long as this script, also after Ctrl-C: it ends when its
# standard input, a FIFO of this script, is closed.
start_exchange() {
    mkfifo "$home/exchange.stdin" 2>/dev/null || true
    set -m
    "$bin/pm-exchange" --port 0 --seed 7 --rate 100 --until-stdin-ends \
        <"$home/exchange.stdin" >"$home/exchange.json" 2>"$home/exchange.log" 6>&- 8>&- &
    set +m
    exec 9>"$home/exchange.stdin"
    for _ in {1..100}; do
        [[ -s $home/exchange.json ]] && break
        sleep 0.1
    done
    [[ -s $home/exchange.json ]] || {
        cat "$home/exchange.log" >&2
        log "the simulated exchange did not start"
        exit 69
    }
    address() { jq -r ".$1" "$home/exchange.json"; }
    PM_GAMMA_URL=$(address gamma) PM_DATA_URL=$(address data) PM_CLOB_URL=$(address clob) PM_INGEST_URL=$(address rtds)
    export PM_GAMMA_URL PM_DATA_URL PM_CLOB_URL PM_INGEST_URL
}
