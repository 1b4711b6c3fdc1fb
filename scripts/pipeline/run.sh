# shellcheck shell=bash
#
# `pipeline.sh run`: keeps the stages running. Sourced by pipeline.sh.

stopping=false restarting=false ticker_pid=''

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

# Sets `after` to the number of the line after which the stream resumes; to the empty text when there is no journal. Then
# PM_INGEST_SINCE says since when a journal that was there is missing.
find_resume_point() {
    after=
    unset PM_INGEST_SINCE
    if [[ ! -e $home/journal/stream ]]; then
        PM_INGEST_SINCE=$(last_mark) || return
        [[ -z $PM_INGEST_SINCE ]] || export PM_INGEST_SINCE
        return 0
    fi
    after=$(resume_point)
}

# Waits until the resume point is known and then for a pause, which doubles while the stages make no progress. Fails when
# it is to stop instead.
wait_to_resume() {
    local last=$after
    until find_resume_point; do
        log "unable to read how far the last run came; see the line above"
        back_off || return
    done
    [[ $after == "$last" ]] || pause=1
    log "starting again in $pause s"
    back_off
}

back_off() {
    interruptible_sleep "$pause"
    pause=$((pause * 2 > 60 ? 60 : pause * 2))
    ! $stopping
}

# Sleeps until a signal arrives.
interruptible_sleep() {
    sleep "$1" 2>/dev/null 5>&- 6>&- 7>&- 8>&- &
    local pid=$!
    wait "$pid" || kill "$pid" 2>/dev/null || true
}

# A failure that a restart cannot mend: bad usage, or a bad configuration.
is_final() { (($1 == 64 || $1 == 78)); }

run() {
    prepare
    check_memory
    build
    export_paths
    keep_log
    log "live page: http://${live[1]}/   state: $home"
    trap stop INT TERM HUP
    trap 'restarting=true; stop' USR1
    local pause=1 after
    find_resume_point || {
        log "unable to read how far the last run came; see the line above"
        exit 75
    }
    until $stopping; do
        start_head --journal "$home/journal" ${after:+--after "$after"}
        start_tail '' "$home/alerts.ndjson" "$@"
        ! $stopping || stop
        supervise "$@"
        if ((status == 0)) || is_final "$status"; then break; fi
        wait_to_resume || break
    done
    if $restarting; then start_over; fi
    notify STOPPING=1
    return "$status"
}

# Waits while pm-ingest runs, and restarts the stages behind it when one of them fails. Sets `status` to that of the
# stage that ended the chain.
supervise() {
    while :; do
        tick
        wait_for_any
        case $ended in
        head)
            close_feed
            local failed=$status
            wait_for_chain
            ((failed == 0)) || status=$failed
            return
            ;;
        tail)
            if $stopping || is_final "$status"; then
                local failed=$status
                [[ -z $head_pid ]] || kill -INT "$head_pid" 2>/dev/null || true
                close_feed
                wait_for_chain
                ((failed == 0)) || status=$failed
                return
            fi
            log "pm-ingest goes on; the stages behind it restart"
            wait_to_resume || continue
            kill -0 "$head_pid" 2>/dev/null || continue # it ended meanwhile: both start again
            start_tail "${after:-0}" "$home/alerts.ndjson" "$@"
            ;;
        esac
    done
}

# Starts the timer of `supervise`, and reports to the service manager. READY=1 is sent when every stage has a new status
# file; the watchdog is fed while pm-ingest writes its own.
tick() {
    [[ -z $ticker_pid ]] || return 0
    sleep 2 2>/dev/null 5>&- 6>&- 7>&- 8>&- &
    ticker_pid=$!
    [[ -n ${NOTIFY_SOCKET:-} ]] || return 0
    local now written
    now=$(date +%s)
    written=$(stat -c %Y "$PM_STATUS_DIR/pm-ingest.json" 2>/dev/null || echo 0)
    ((now - written > 20)) || notify WATCHDOG=1
    if [[ -z ${is_ready:-} ]] && all_stages_report; then
        is_ready=true
        notify READY=1
    fi
}

all_stages_report() {
    local stage
    for stage in pm-ingest "${behind_stages[@]}"; do
        [[ $PM_STATUS_DIR/$stage.json -nt $home/run.pid ]] || return 1
    done
}

notify() { [[ -z ${NOTIFY_SOCKET:-} ]] || systemd-notify "$@" || true; }

# Appends the messages to a file too, unless they go to the journal of systemd, which has the time of each.
keep_log() {
    [[ ${JOURNAL_STREAM:-} != "$(stat -L -c %d:%i /proc/self/fd/2)" ]] || return 0
    export PM_LOG_TIME=${PM_LOG_TIME:-1}
    local file=$home/pipeline.log
    [[ ! -e $file ]] || (($(stat -c %s "$file") < 16777216)) || mv -f "$file" "$file.1"
    exec 5>&2 2> >(
        trap '' INT TERM HUP USR1
        exec tee -a "$file" >&2 5>&- 6>&- 7>&- 8>&- 9>&-
    )
    local copier=$!
    # The last messages must arrive before this script ends.
    trap 'exec 2>&5; wait '"$copier"' 2>/dev/null || true; rm -f "$home/run.pid"' EXIT
}

# Replaces this script by itself, with the settings of the file as they are now.
start_over() {
    log "starting again with the present settings and programs"
    notify RELOADING=1 # STOPPING=1 would make systemd end what starts now
    local name
    for name in "${from_file[@]}"; do unset "$name"; done
    [[ ! -e /proc/self/fd/5 ]] || exec 2>&5 5>&-
    exec "$script" "${arguments[@]}"
}
