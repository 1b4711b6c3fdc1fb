# shellcheck shell=bash
#
# Settings: options, then the environment, then a file. Sourced by pipeline.sh.

root=$(dirname "$(dirname "${script:?}")")
from_file=()

# Prints a message on standard error, with the time where the log is kept without one.
log() {
    local time=
    if [[ ${PM_LOG_TIME:-} =~ ^(1|true|yes|on)$ ]]; then
        local now=$EPOCHREALTIME
        time=$(TZ=UTC printf '%(%FT%T)T' "${now%[.,]*}").${now: -6:3}'Z '
    fi
    echo "${time}pipeline.sh: $*" >&2
}

# nearest WORD CANDIDATE…: prints the candidate with at most a third of the word's letters changed, or nothing.
nearest() {
    local word=$1
    shift
    printf '%s\n' "$@" | awk -v word="$word" '
        function least(a, b) { return a < b ? a : b }
        {
            m = length(word); n = length($0)
            for (j = 0; j <= n; j++) d[0, j] = j
            for (i = 1; i <= m; i++) {
                d[i, 0] = i
                for (j = 1; j <= n; j++) {
                    same = substr(word, i, 1) == substr($0, j, 1)
                    d[i, j] = least(d[i-1, j-1] + !same, least(d[i-1, j], d[i, j-1]) + 1)
                }
            }
            if (d[m, n] <= (m < 6 ? 2 : m / 3) && (best == "" || d[m, n] < edits)) { best = $0; edits = d[m, n] }
        }
        END { print best }'
}

# Sets `words` to the arguments without the options of the script. Those after -- are kept as they are.
parse_options() {
    words=()
    while (($#)); do
        case $1 in
        --home | --config | --database | --live)
            (($# > 1)) || {
                log "$1 needs a value, such as $1 $(example "$1")"
                exit 64
            }
            case $1 in
            --home) export PM_HOME=$2 ;;
            --config) export PM_CONFIG=$2 ;;
            --database) export PM_DATABASE=$2 ;;
            --live) export PM_LIVE=$2 ;;
            esac
            shift 2
            ;;
        --)
            words+=("$@")
            return
            ;;
        *)
            words+=("$1")
            shift
            ;;
        esac
    done
}

example() {
    case $1 in
    --home) echo /var/lib/polymarket-worker ;;
    --config) echo /etc/polymarket-worker/pipeline.conf ;;
    --database) echo sqlite:trades.db ;;
    --live) echo 127.0.0.1:8787 ;;
    esac
}

# Reads the file, and sets what depends on the settings.
load_settings() {
    local file=${PM_CONFIG:-${PM_HOME:-$PWD/var}/pipeline.conf}
    if [[ -n ${PM_CONFIG:-} && ! -r $file ]]; then
        log "the settings file $file cannot be read"
        exit 66
    fi
    [[ ! -r $file ]] || read_settings "$file"
    live=(--live "${PM_LIVE:-127.0.0.1:8787}")
    chosen_status_dir=${PM_STATUS_DIR:-}
    set_home "${PM_HOME:-$PWD/var}"
}

set_home() {
    home=$1
    export PM_STATUS_DIR=${chosen_status_dir:-$home/status}
}

# Exports the settings of a file that the environment lacks. A line is NAME=VALUE, or a comment that begins with #. A
# value may be in double quotes, as in systemd's EnvironmentFile.
read_settings() {
    local line number=0 name value
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        line=${line#"${line%%[![:space:]]*}"}
        line=${line%"${line##*[![:space:]]}"}
        [[ -z $line || $line == '#'* ]] && continue
        [[ $line =~ ^([A-Z][A-Z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$ ]] || {
            log "$1:$number: '$line' is no setting; for example: PM_FILTER_MIN_VALUE=5000"
            exit 78
        }
        name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        [[ $value =~ ^\"(.*)\"$ ]] && value=${BASH_REMATCH[1]}
        case $name in
        PM_*) ;;
        DATABASE_URL | *_proxy | *_PROXY) ;;
        *) log "$1:$number: $name is not a setting of the worker; its programs get it as an environment variable" ;;
        esac
        [[ -z ${!name+set} ]] || continue
        export "$name=$value"
        from_file+=("$name")
    done <"$1"
}

# Warns about names that no program knows, and removes them, so that no stage repeats the warning.
warn_of_unknown_settings() {
    local name nearest
    [[ -x $bin/pm-inspect ]] || return 0
    while read -r name nearest; do
        if [[ $nearest == - ]]; then
            log "warning: $name is not a setting and has no effect"
        else
            log "warning: $name is not a setting and has no effect; did you mean $nearest?"
        fi
        unset "$name"
    done < <("$bin/pm-inspect" settings)
}

# Sets `bin` to the directory of the programs, and builds them in a checkout.
build() {
    if [[ -n ${PM_BIN:-} ]]; then
        bin=$PM_BIN
    elif [[ -e $root/Package.swift ]]; then
        "$root/scripts/setup.sh" run
        log "building the programs; a first build takes some minutes"
        mkdir -p "$home"
        "$root/scripts/build.sh" >"$home/build.log" 2>&1 || {
            tail -20 "$home/build.log" >&2
            log "unable to build the programs; the whole log is in $home/build.log"
            exit 69
        }
        bin=$root/.build/release
    else
        installed
    fi
    warn_of_unknown_settings
}

# Sets `bin` without building.
find_programs() {
    bin=${PM_BIN:-$root/.build/release}
    [[ -x $bin/pm-inspect || -n ${PM_BIN:-} ]] || if [[ -e $root/Package.swift ]]; then build; else installed; fi
}

# Sets `bin` to the directory of the installed programs.
installed() {
    local path
    path=$(command -v pm-ingest) || {
        log "pm-ingest is not on the PATH; set PM_BIN to the directory of the programs"
        exit 69
    }
    bin=$(dirname "$path")
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
