# shellcheck shell=bash
#
# Commands that look at a run, or end it. Sourced by pipeline.sh.

# inspect COMMAND ARG…: pm-inspect with the settings of the run.
inspect() {
    find_programs
    [[ -n ${DATABASE_URL:-} ]] || export PM_DATABASE=${PM_DATABASE:-sqlite:$home/polymarket.db}
    export PM_LIVE=${live[1]} PM_ENRICH_STATE=${PM_ENRICH_STATE:-$home/limits}
    export PM_ALERT_LEDGER=${PM_ALERT_LEDGER:-$home/ledger.ndjson}
    exec "$bin/pm-inspect" "$@"
}

# Prints the process id of the run of this directory. Fails when there is none.
running() {
    local pid
    pid=$(cat "$home/run.pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null &&
        [[ $(readlink "/proc/$pid/fd/8") == "$(readlink -f "$home")/lock" ]] && echo "$pid"
}

stop_run() {
    local pid
    pid=$(running) || {
        log "no run uses $home"
        exit 69
    }
    kill -TERM "$pid"
    log "stopping: pm-ingest ends, and the other stages drain"
    until flock -w 30 "$home/lock" true; do
        log "still draining; a second SIGINT to process $pid ends it at once"
    done
}

restart_run() {
    local pid
    pid=$(running) || {
        log "no run uses $home; start one: pipeline.sh run"
        exit 69
    }
    kill -USR1 "$pid"
    log "process $pid restarts its stages with the present settings"
}

logs() {
    local file=$home/pipeline.log
    if [[ -e $file ]]; then
        exec tail -n "${PM_LOG_LINES:-200}" "$@" "$file"
    elif command -v journalctl >/dev/null && systemctl cat polymarket-worker.service >/dev/null 2>&1; then
        exec journalctl -u polymarket-worker.service -n "${PM_LOG_LINES:-200}" "$@"
    fi
    log "there is no log in $file"
    exit 66
}

# tap STAGE [FILTER [ARG…]]: see OutputTap in PMPipe.
tap() {
    local stage=${1:-} filter=${2:-.}
    case $stage in
    pm-ingest | pm-filter | pm-enrich | pm-store | pm-alert) ;;
    *)
        local guess
        guess=$(nearest "$stage" pm-ingest pm-filter pm-enrich pm-store pm-alert)
        log "tap needs a stage, such as: pipeline.sh tap ${guess:-pm-filter} .title"
        exit 64
        ;;
    esac
    shift $(($# > 1 ? 2 : 1))
    kill -0 "$(figure "$stage" .pid)" 2>/dev/null || {
        log "$stage does not run, or writes no status file in $PM_STATUS_DIR"
        exit 69
    }
    jq -n "def filter: $filter; empty" || {
        log "'$filter' is no filter of jq; for example: .title"
        exit 64
    }
    tap_file=$PM_STATUS_DIR/$stage.$$.tap
    trap 'rm -f "$tap_file"' EXIT
    mkfifo "$tap_file"
    while cat "$tap_file"; do
        [[ -p $tap_file ]] || break
        log "$stage ended, or this reader was 64 MiB behind it; waiting for $stage"
    done | jq --unbuffered -c "$filter" "$@"
}

status() {
    compgen -G "$PM_STATUS_DIR/*.json" >/dev/null || {
        log "there is no status file in $PM_STATUS_DIR"
        exit 69
    }
    printf '%-10s %-8s %8s %9s %9s %9s %9s %9s %8s %7s %7s  %s\n' \
        stage state pid uptime in out amended dropped rejected errors MiB 'last input'
    local stage
    for stage in pm-ingest "${behind_stages[@]}"; do
        [[ -e $PM_STATUS_DIR/$stage.json ]] || continue
        jq -r '
            def age: if . == null then null else now - (sub("\\.[0-9]+Z$"; "Z") | fromdate) end;
            def brief: if . < 90 then "\(floor) s" elif . < 5400 then "\(. / 60 | floor) min"
                elif . < 172800 then "\(. / 3600 | floor) h" else "\(. / 86400 | floor) d" end;
            [.stage, (.written_at | age // 0 | floor), (.ended_at != null), .pid, .uptime_s, .lines_in, .lines_out, .amended,
             ([.dropped[]?] | add // 0), .rejected, ([.errors[]?] | add // 0), (.rss_bytes / 1048576 | floor),
             (.last_input_at | if . == null then "never" else (age | brief) + " ago" end)] | @tsv' \
            "$PM_STATUS_DIR/$stage.json"
    done | while IFS=$'\t' read -r stage age ended pid uptime in out amended dropped rejected errors rss last; do
        local state=ok
        # The file is written every second.
        if [[ $ended == true ]]; then
            state=ended
        elif ! kill -0 "$pid" 2>/dev/null; then
            state=killed
        elif ((age > 10)); then
            state="${age}s old"
        fi
        [[ $stage != pm-alert ]] || dropped=- # trades that no subscriber wants are no loss
        printf '%-10s %-8s %8s %8ss %9s %9s %9s %9s %8s %7s %7s  %s\n' \
            "$stage" "$state" "$pid" "$uptime" "$in" "$out" "$amended" "$dropped" "$rejected" "$errors" "$rss" "$last"
    done
}
