# shellcheck shell=bash
#
# The five stages as processes. Sourced by pipeline.sh.
#
# A FIFO, $home/feed, joins pm-ingest to the stages behind it. This script keeps it open as descriptor 7, so that pm-ingest
# goes on while the others restart: what the FIFO does not take stays in the journal. Descriptor 6 is a lock that every
# stage inherits: it is free once all stages of a run have ended.

behind_stages=(pm-filter pm-enrich pm-store pm-alert)
head_pid='' tail_pid=''

# Starts pm-ingest with the given arguments. It stops if this script is killed.
start_head() {
    exec 7>&- || true
    rm -f "$home/feed"
    mkfifo "$home/feed"
    exec 7<>"$home/feed"
    set -m # a process group of its own: Ctrl-C is for this script
    setpriv --pdeathsig INT "$bin/pm-ingest" "$@" </dev/null >"$home/feed" 5>&- 7>&- 8>&- 9>&- &
    head_pid=$!
    set +m
    echo "$head_pid" >"$home/head.pid"
}

# start_tail AFTER OUTPUT ARG…: starts the stages behind pm-ingest, with ARG… for pm-filter; alerts are appended to OUTPUT.
# AFTER is empty with a new pm-ingest; otherwise it is the number of the line after which these stages go on.
start_tail() {
    local after=$1 output=$2
    shift 2
    set -m
    if [[ -z $after ]]; then
        stages_behind "$@"
    else
        catch_up "$after" "$@"
    fi <"$home/feed" >>"$output" 5>&- 7>&- 8>&- 9>&- &
    tail_pid=$!
    set +m
}

catch_up() {
    trap : INT TERM
    local after=$1
    shift
    "$bin/pm-ingest" catch-up --journal "$home/journal" --after "$after" | stages_behind "$@"
}

# Runs the stages behind pm-ingest. A stage that fails is logged, and its status is returned.
stages_behind() {
    trap : INT TERM # a signal to the process group is for the stages, which drain
    local statuses=() status=0 index
    set +e
    # The shell's own message about a process that was killed has less in it than ours.
    {
        "$bin/pm-filter" "$@" 2>&4 | "$bin/pm-enrich" 2>&4 | "$bin/pm-store" 2>&4 | "$bin/pm-alert" "${live[@]}" 2>&4
        statuses=("${PIPESTATUS[@]}")
    } 4>&2 2>/dev/null
    for index in "${!statuses[@]}"; do
        ((statuses[index] == 0)) || {
            log "${behind_stages[index]} ended with status ${statuses[index]}"
            status=${statuses[index]}
        }
    done
    return "$status"
}

# Lets pm-ingest fail to write, and the stages behind it see the end of their input, once nothing else holds the FIFO.
close_feed() { exec 7>&- || true; }

# Stops pm-ingest; the other stages drain.
stop() {
    stopping=true
    [[ -z $head_pid ]] || kill -INT "$head_pid" 2>/dev/null || true
    # Without a reader, pm-ingest could wait for room for ever; its lines are in the journal.
    [[ -n $tail_pid ]] || close_feed
}

# Waits until a process ends: sets `ended` to head, tail or ticker, and `status`. A signal sets `ended` to the empty text.
wait_for_any() {
    local pid='' candidate
    ended='' status=0
    # `wait -n` does not return a process that ended during another wait.
    for candidate in $head_pid $tail_pid; do
        kill -0 "$candidate" 2>/dev/null || pid=$candidate
    done
    if [[ -n $pid ]]; then
        wait "$pid" || status=$?
    else
        wait -n -p pid ${head_pid:+"$head_pid"} ${tail_pid:+"$tail_pid"} ${ticker_pid:+"$ticker_pid"} \
            2>/dev/null || status=$?
    fi
    case ${pid:-} in
    '') ;;
    "$head_pid")
        ended=head head_pid=''
        # SIGINT may arrive before pm-ingest handles it.
        ! $stopping || ((status != 130)) || status=0
        ((status == 0)) || log "pm-ingest ended with status $status"
        ;;
    "$tail_pid") ended=tail tail_pid='' ;;
    *) ended=ticker ticker_pid='' ;;
    esac
}

# Waits for the end of pm-ingest and of the stages behind it. Sets `status` to that of the stage that failed.
wait_for_chain() {
    local failed=0
    while [[ -n $head_pid$tail_pid ]]; do
        wait_for_any
        case $ended in
        head | tail) close_feed ;;
        *) continue ;;
        esac
        ((status == 0)) || failed=$status
    done
    status=$failed
}

# Creates the directory for the state, and locks it. Ends stages that an earlier script left behind when it was killed.
prepare() {
    mkdir -p "$PM_STATUS_DIR" "$home"
    exec 8>"$home/lock"
    flock -n 8 || {
        log "another pipeline.sh uses $home; set PM_HOME to another directory, or stop it: pipeline.sh stop"
        exit 75
    }
    echo $$ >"$home/run.pid"
    exec 6>"$home/stages.lock"
    flock -n 6 && return
    log "the stages of a run that was killed still run; they are stopped first"
    local pid
    for pid in $(stage_pids); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) != pm-ingest ]] || kill -INT "$pid" 2>/dev/null || true
    done
    flock -w "${PM_STOP_WAIT:-30}" 6 || {
        log "they did not stop within ${PM_STOP_WAIT:-30} s and are killed"
        for pid in $(stage_pids); do kill -KILL "$pid" 2>/dev/null || true; done
        flock -w 10 6 || {
            log "unable to end the stages of the earlier run"
            exit 75
        }
    }
}

# Prints the process ids of the stages that hold the lock, other than this script.
stage_pids() {
    local link pid
    for link in /proc/[0-9]*/fd/6; do
        pid=${link#/proc/} pid=${pid%%/*}
        [[ $pid != "$$" && $pid != "$BASHPID" && $(readlink "$link" 2>/dev/null) == "$(readlink -f "$home")/stages.lock" ]] || continue
        echo "$pid"
    done
}
