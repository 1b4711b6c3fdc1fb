#!/usr/bin/env bash
#
# pipeline.sh: runs the whole worker, all five stages joined by pipes.
#
#     feed ──▶ pm-ingest ──▶ pm-filter ──▶ pm-enrich ──▶ pm-store ──▶ pm-alert ──▶ people
#
#     pipeline.sh demo [--keep]          half a minute of simulated trades, end to end, on this machine only
#     pipeline.sh run                    trades of Polymarket; resumes after the last run, and restarts what fails
#     pipeline.sh replay FILE            a recording, at full speed, into a separate database
#     pipeline.sh replay FILE --rules A --rules B [--svg FILE]
#                                        the alerts that each set of thresholds would have made of a recording
#     pipeline.sh check                  verifies settings, database, disk, port, secrets and APIs before a run
#     pipeline.sh status                 the state of each stage
#     pipeline.sh top                    the same and much more, refreshed in place; q leaves
#     pipeline.sh tap STAGE [FILTER]     every line that a stage of the running pipeline emits, through jq
#     pipeline.sh why ID                 the story of one trade, with its times
#     pipeline.sh stop | restart         ends the run of this directory, or starts its stages again with new settings
#     pipeline.sh logs [-f]              the messages of the run
#
# Options before the command or after it:
#     --home DIR   --config FILE   --database URL   --live HOST:PORT
#
# Arguments after -- go to pm-filter: pipeline.sh run -- --min-value 5000
#
# Settings come from these options, else from the environment, else from the file. packaging/pipeline.conf has them all:
#              PM_HOME      directory for all state        (default ./var)
#              PM_CONFIG    the file                       (default $PM_HOME/pipeline.conf, if it exists)
#              PM_BIN       directory of the programs      (default: a release build of this checkout)
#              PM_DATABASE  database of `run`              (default sqlite:$PM_HOME/polymarket.db)
#              PM_LIVE      address of the live page       (default 127.0.0.1:8787; a replay has none)
#              and every option of a stage: PM_FILTER_MIN_VALUE, PM_ENRICH_DEADLINE, …
#
# A stage that fails costs the stages behind pm-ingest a restart; pm-ingest keeps its connections. SIGINT or SIGTERM stops
# pm-ingest, and every other stage drains. The exit status is that of the stage that failed, or 0.

set -euo pipefail
umask 077

script=$(readlink -f "$0")
parts=$(dirname "$script")/pipeline
# shellcheck source=scripts/pipeline/settings.sh
. "$parts/settings.sh"
# shellcheck source=scripts/pipeline/chain.sh
. "$parts/chain.sh"
# shellcheck source=scripts/pipeline/run.sh
. "$parts/run.sh"
# shellcheck source=scripts/pipeline/replay.sh
. "$parts/replay.sh"
# shellcheck source=scripts/pipeline/demo.sh
. "$parts/demo.sh"
# shellcheck source=scripts/pipeline/operate.sh
. "$parts/operate.sh"

commands=(demo run replay check status top tap why stop restart logs)

usage() {
    sed -n '7,24s/^#     //p' "$script" >&2
    exit 64
}

arguments=("$@")
parse_options "$@"
set -- "${words[@]}"
command=${1:-}
shift || true
load_settings
case $command in
demo) demo "$@" ;;
run)
    [[ ${1:-} == -- ]] && shift
    run "$@"
    ;;
replay) replay "$@" ;;
check | top | why) inspect "$command" "$@" ;;
tap) tap "$@" ;;
status) status ;;
stop) stop_run ;;
restart) restart_run ;;
logs) logs "$@" ;;
'' | -h | --help) usage ;;
*)
    guess=$(nearest "$command" "${commands[@]}")
    log "there is no command $command${guess:+; did you mean $guess?}"
    usage
    ;;
esac
