# shellcheck shell=bash
#
# `pipeline.sh replay`: a recording instead of the feed. Sourced by pipeline.sh.

replay() {
    local file='' rules=() svg=''
    while (($#)); do
        case $1 in
        --rules | --svg)
            (($# > 1)) || {
                log "$1 needs a file, such as $1 ${1#--}.txt"
                exit 64
            }
            if [[ $1 == --rules ]]; then rules+=("$2"); else svg=$2; fi
            shift 2
            ;;
        --)
            shift
            break
            ;;
        *)
            [[ -z $file ]] || break
            file=$1
            shift
            ;;
        esac
    done
    [[ -n $file ]] || {
        log "replay needs a recording, such as: pipeline.sh replay trades.jsonl"
        exit 64
    }
    [[ $file == - || -r $file ]] || {
        log "the recording $file cannot be read"
        exit 66
    }
    if ((${#rules[@]})); then
        compare_rules "$file" "$svg" "${rules[@]}"
        return
    fi
    set_home "$home/replay"
    prepare
    use_separate_database
    if [[ -z ${PM_LIVE:-} ]]; then live=(); fi
    build
    local statuses
    trap : INT TERM
    "$bin/pm-ingest" --replay "$file" 8>&- | stages_behind "$@" 8>&- || {
        statuses=("${PIPESTATUS[@]}")
        ((statuses[0] == 0)) || log "pm-ingest ended with status ${statuses[0]}"
        return $((statuses[1] ? statuses[1] : statuses[0]))
    }
}

# compare_rules RECORDING SVG RULES…: prints how many alerts each set of thresholds makes of a recording. A set is a file
# of settings, such as PM_FILTER_MIN_VALUE=5000, or PM_ALERT_SUBSCRIBERS with a file of subscribers.
compare_rules() {
    local file=$1 svg=$2 set outputs=() index=0
    shift 2
    (($# >= 2)) || {
        log "a comparison needs two sets of thresholds: --rules now.conf --rules then.conf"
        exit 64
    }
    find_programs
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/pm-rules.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    for set in "$@"; do
        [[ -r $set ]] || {
            log "the rules $set cannot be read"
            exit 66
        }
        index=$((index + 1))
        (
            while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^PM_(FILTER|ALERT)_' || true)
            read_settings "$set"
            unset PM_STATUS_DIR
            "$bin/pm-ingest" --replay "$file" | "$bin/pm-filter" |
                "$bin/pm-alert" --database "sqlite:$scratch/$index.db" >"$scratch/$index.ndjson"
        )
        outputs+=("$(basename "$set")=$scratch/$index.ndjson")
    done
    "$bin/pm-inspect" compare ${svg:+--svg "$svg"} "${outputs[@]}"
}
