#!/usr/bin/env bash
#
# pipeline.sh: runs the whole worker, all five stages joined by pipes.
#
#     feed ──▶ pm-ingest ──▶ pm-filter ──▶ pm-enrich ──▶ pm-store ──▶ pm-alert ──▶ people
#
#     pipeline.sh demo [--keep]     half a minute of simulated trades, end to end, on this machine only
#     pipeline.sh run               trades of Polymarket; resumes after the last run, and restarts after a failure
#     pipeline.sh replay FILE       a recording, at full speed, into a separate database
#     pipeline.sh status            the state of each stage
#
# Arguments after -- go to pm-filter: pipeline.sh run -- --min-value 5000
#
# SIGINT or SIGTERM stops pm-ingest, the head; every other stage drains and ends when its input ends. The exit status is
# that of the stage that failed, or 0.
#
# Environment: PM_HOME      directory for all state        (default ./var)
#              PM_BIN       directory of the programs      (default: a release build of this checkout)
#              PM_DATABASE  database of `run`              (default sqlite:$PM_HOME/polymarket.db)
#              PM_LIVE      address of the live page       (default 127.0.0.1:8787; a replay has none)
#              and every option of a stage: PM_FILTER_MIN_VALUE, PM_ENRICH_DEADLINE, …

set -euo pipefail
umask 077

usage() {
    sed -n '7,10s/^#     //p' "$0" >&2
    exit 64
}

root=$(cd "$(dirname "$0")/.." && pwd)
home=${PM_HOME:-$PWD/var}
live=(--live "${PM_LIVE:-127.0.0.1:8787}")
stopping=false

log() { echo "pipeline.sh: $*" >&2; }

# Builds the given products in release, with the Swift runtime linked statically, unless PM_BIN is set.
build() {
    if [[ -n ${PM_BIN:-} ]]; then
        bin=$PM_BIN
        return
    fi
    "$root/scripts/setup.sh" run
    for product in "$@"; do
        log "building $product"
        swift build --package-path "$root" -c release --static-swift-stdlib --product "$product" >"$home/build.log" 2>&1 || {
            tail -20 "$home/build.log" >&2
            log "unable to build $product; the whole log is in $home/build.log"
            exit 69
        }
    done
    bin=$root/.build/release
}

stages=(pm-ingest pm-filter pm-enrich pm-store pm-alert)

# Runs the five stages. Arguments: those of pm-ingest, then --, then those of pm-filter. Alerts go to standard output.
# The process id of the head is written to $home/head.pid, so that the chain can be stopped. A stage that fails is
# logged, and its status is returned.
pipeline() {
    local ingest=() statuses=() index
    trap : INT TERM # a signal to the process group is for the stages, which drain
    while (($#)) && [[ $1 != -- ]]; do
        ingest+=("$1")
        shift
    done
    (($# == 0)) || shift
    {
        echo "$BASHPID" >"$home/head.pid"
        exec "$bin/pm-ingest" "${ingest[@]}"
    } |
        "$bin/pm-filter" "$@" |
        "$bin/pm-enrich" |
        "$bin/pm-store" |
        "$bin/pm-alert" "${live[@]}" || {
        statuses=("${PIPESTATUS[@]}")
        local status=0
        for index in "${!statuses[@]}"; do
            ((statuses[index] == 0)) || {
                log "${stages[index]} ended with status ${statuses[index]}"
                status=${statuses[index]}
            }
        done
        return "$status"
    }
}

# Starts the chain in the background, in its own process group: only this script receives Ctrl-C, and passes it on to
# the head. Standard output is the chain's.
chain=
launch() {
    rm -f "$home/head.pid"
    set -m
    pipeline "$@" </dev/null 8>&- 9>&- &
    chain=$!
    set +m
    ! $stopping || stop
}

# Stops the head; the other stages drain.
stop() {
    stopping=true
    [[ -n $chain ]] || return 0
    for _ in {1..50}; do
        [[ -s $home/head.pid ]] && break
        sleep 0.02
    done
    kill -INT "$(cat "$home/head.pid" 2>/dev/null)" 2>/dev/null || true
}

# Waits for the chain, also when signals interrupt the wait.
wait_for_chain() {
    local status=0
    while :; do
        status=0
        wait "$chain" || status=$?
        kill -0 "$chain" 2>/dev/null || break
    done
    chain=
    return "$status"
}

# Sleeps until a signal arrives.
interruptible_sleep() {
    sleep "$1" 8>&- &
    wait $! || true
}

# Creates the directory for the state, and locks it.
prepare() {
    mkdir -p "$home/status"
    exec 8>"$home/lock"
    flock -n 8 || {
        log "another pipeline.sh uses $home; set PM_HOME to another directory"
        exit 75
    }
    export PM_STATUS_DIR=${PM_STATUS_DIR:-$home/status}
}

# Simulated and replayed trades go to a separate database, which has no subscribers.
use_separate_database() {
    unset DATABASE_URL
    export PM_DATABASE=sqlite:$home/polymarket.db
}

# Prints the sequence number up to which the journal's lines are both stored and considered for alerts; 0 when one of
# the two stages has no cursor yet. Fails when a cursor cannot be read: a guess could lose or repeat trades.
resume_point() {
    local stream cursors
    stream=$(cat "$home/journal/stream")
    "$bin/pm-store" </dev/null || return # creates the database, which `cursor` does not
    cursors=$("$bin/pm-store" cursor) || return
    cursors+=$'\n'$("$bin/pm-alert" cursor) || return
    jq -s --arg stream "$stream" \
        'map(select(.stream == $stream).seq) | if length == 2 then min else 0 end' <<<"$cursors"
}

# Prints the time of the last stored mark; nothing where there is none.
last_mark() {
    "$bin/pm-store" </dev/null || return
    "$bin/pm-store" cursor | jq -rs 'map(.time) | max // empty'
}

# Sets `after` to the arguments of pm-ingest that resume the stream, or that say since when a lost journal is missing.
find_resume_point() {
    after=()
    if [[ ! -e $home/journal/stream ]]; then
        local since
        since=$(last_mark) || return
        [[ -z $since ]] || after=(--since "$since")
        return 0
    fi
    local seq
    seq=$(resume_point) || return
    after=(--after "$seq")
}

run() {
    prepare
    check_memory
    [[ -n ${DATABASE_URL:-} ]] || export PM_DATABASE=${PM_DATABASE:-sqlite:$home/polymarket.db}
    build "${stages[@]}"
    export PM_ENRICH_STATE=${PM_ENRICH_STATE:-$home/limits}
    export PM_ALERT_LEDGER=${PM_ALERT_LEDGER:-$home/ledger.ndjson}
    export PM_ALERT_DEAD_LETTERS=${PM_ALERT_DEAD_LETTERS:-$home/dead-letters.ndjson}
    log "live page: http://${live[1]}/   state: $home"
    trap stop INT TERM
    local pause=1 status=0 began after
    find_resume_point || {
        log "unable to read how far the last run came; see the line above"
        exit 75
    }
    until $stopping; do
        began=$SECONDS status=0
        launch --journal "$home/journal" "${after[@]}" -- "$@" >>"$home/alerts.ndjson"
        wait_for_chain || status=$?
        ((status != 0 && status != 64 && status != 78)) || break
        while ! $stopping; do
            ((SECONDS - began < 60)) || pause=1
            log "starting again in $pause s"
            interruptible_sleep "$pause"
            began=$SECONDS
            pause=$((pause * 2 > 60 ? 60 : pause * 2))
            find_resume_point && break
            log "unable to read how far the last run came; see the line above"
        done
    done
    return "$status"
}

replay() {
    local file=$1
    shift
    home=$home/replay
    prepare
    use_separate_database
    if [[ -z ${PM_LIVE:-} ]]; then live=(); fi
    build "${stages[@]}"
    pipeline --replay "$file" -- "$@" 8>&-
}

# period NAME DEFAULT: prints the value of the variable, or the default, in seconds.
period() {
    local value=${!1:-$2} unit
    [[ $value =~ ^([0-9]{1,9})(ms|[smhd])$ ]] || {
        log "$1=$value is not a period such as 90s, 30m, 24h or 7d"
        return 64
    }
    case ${BASH_REMATCH[2]} in
    ms) unit=0 ;;
    s) unit=1 ;;
    m) unit=60 ;;
    h) unit=3600 ;;
    d) unit=86400 ;;
    esac
    echo $((10#${BASH_REMATCH[1]} * unit))
}

# pm-alert must remember the alerts of all trades that the journal can emit again.
check_memory() {
    local keep remember
    keep=$(period PM_INGEST_KEEP 24h)
    remember=$(period PM_ALERT_REMEMBER 48h)
    ((remember >= keep + 86400)) || {
        log "PM_ALERT_REMEMBER=${PM_ALERT_REMEMBER:-48h} is less than a day more than PM_INGEST_KEEP=${PM_INGEST_KEEP:-24h}: alerts might be delivered twice"
        exit 64
    }
}

# figure STAGE FILTER: prints a figure of a status file, or 0.
figure() { jq -r "$2 // 0" "$PM_STATUS_DIR/$1.json" 2>/dev/null || echo 0; }

demo() {
    local keep=false
    [[ ${1:-} == --keep ]] && keep=true
    home=${PM_HOME:-$(mktemp -d "${TMPDIR:-/tmp}/pm-demo.XXXXXX")}
    prepare
    use_separate_database
    rm -f "$PM_STATUS_DIR"/pm-*.json
    build "${stages[@]}" pm-exchange

    # The simulator lives as long as this script, also after Ctrl-C: it ends when its standard input, a FIFO of this
    # script, is closed.
    mkfifo "$home/exchange.stdin" 2>/dev/null || true
    set -m
    "$bin/pm-exchange" --port 0 --seed 7 --rate 100 --until-stdin-ends \
        <"$home/exchange.stdin" >"$home/exchange.json" 2>"$home/exchange.log" 8>&- &
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

    log "a simulated exchange is running; its trades are shown at http://${live[1]}/"
    trap stop INT TERM
    launch --journal "$home/demo-journal" -- >"$home/alerts.ndjson"

    if $keep; then
        log "press Ctrl-C to end"
    else
        for _ in {1..20}; do
            interruptible_sleep 1
            if $stopping || ! kill -0 "$chain" 2>/dev/null; then break; fi
        done
        $stopping || stop
    fi
    local status=0
    wait_for_chain || status=$?
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

status() {
    local directory=${PM_STATUS_DIR:-$home/status}
    compgen -G "$directory/*.json" >/dev/null || {
        log "there is no status file in $directory"
        exit 69
    }
    printf '%-10s %8s %9s %9s %9s %9s %9s %8s %7s %7s  %s\n' \
        stage pid uptime in out amended dropped rejected errors MiB 'last input'
    local stage
    for stage in "${stages[@]}"; do
        [[ -e $directory/$stage.json ]] || continue
        jq -r '[.stage, .pid, .uptime_s, .lines_in, .lines_out, .amended, ([.dropped[]?] | add // 0), .rejected,
                ([.errors[]?] | add // 0), (.rss_bytes / 1048576 | floor), .last_input_at // "never"] | @tsv' \
            "$directory/$stage.json"
    done | while IFS=$'\t' read -r stage pid uptime in out amended dropped rejected errors rss last; do
        kill -0 "$pid" 2>/dev/null || stage="$stage (ended)"
        printf '%-10s %8s %8ss %9s %9s %9s %9s %8s %7s %7s  %s\n' \
            "$stage" "$pid" "$uptime" "$in" "$out" "$amended" "$dropped" "$rejected" "$errors" "$rss" "$last"
    done
}

command=${1:-}
shift || true
case $command in
demo) demo "$@" ;;
run)
    [[ ${1:-} == -- ]] && shift
    run "$@"
    ;;
replay)
    (($#)) || usage
    file=$1
    shift
    [[ ${1:-} == -- ]] && shift
    replay "$file" "$@"
    ;;
status) status ;;
*) usage ;;
esac
