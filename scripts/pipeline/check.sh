# shellcheck shell=bash
#
# `pipeline.sh check`: looks for what would stop a run, or spoil it, before the run. Sourced by pipeline.sh.

faults=0

good() { echo "ok       $*"; }
bad() {
    echo "FAULT    $*"
    faults=$((faults + 1))
}
doubtful() { echo "warning  $*"; }

check() {
    find_programs
    check_settings
    export_paths
    check_directories
    check_database
    check_port
    check_subscribers
    check_services
    ((faults == 0)) || {
        echo "$faults faults: mend them before pipeline.sh run"
        return 78
    }
    echo "no fault was found"
}

check_settings() {
    local stage message name nearest
    while read -r name nearest; do
        if [[ $nearest == - ]]; then
            doubtful "$name is not a setting"
        else
            bad "$name is not a setting; did you mean $nearest?"
        fi
    done < <("$bin/pm-inspect" settings)
    for stage in pm-ingest "${behind_stages[@]}"; do
        # The help shows the defaults, so it reads every setting of the stage.
        if message=$("$bin/$stage" --help 2>&1 >/dev/null); then
            good "the settings of $stage are valid"
        else
            bad "${message//$'\n'/ }"
        fi
    done
    if message=$(check_memory 2>&1); then
        good "alerts are remembered for ${PM_ALERT_REMEMBER:-48h}, longer than the journal's ${PM_INGEST_KEEP:-24h}"
    else
        bad "${message#*: }"
    fi
}

check_directories() {
    local folder free used
    if mkdir -p "$home" "$PM_STATUS_DIR" 2>/dev/null && [[ -w $home && -w $PM_STATUS_DIR ]]; then
        good "$home can be written"
    else
        bad "$home cannot be written by user $(id -un); for example: --home \$HOME/worker"
        return
    fi
    folder=$home
    read -r free used < <(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024), $5 + 0 }')
    # A full day of the journal and of the database at 20 trades a second; see docs/OPERATING.md.
    if ((free < 1024)); then
        bad "$folder has $free MiB free; a run needs 1 GiB at least"
    elif ((free < 10240)); then
        doubtful "$folder has $free MiB free ($used % of the disk is used), enough for about a week"
    else
        good "$folder has $((free / 1024)) GiB free"
    fi
}

check_database() {
    local message folder
    if [[ ${PM_DATABASE:-} == sqlite:* && ! -e ${PM_DATABASE#sqlite:} ]]; then
        folder=$(dirname "${PM_DATABASE#sqlite:}")
        if [[ -w $folder ]]; then
            good "the database ${PM_DATABASE#sqlite:} does not exist; the first run creates it"
        else
            bad "the database's folder $folder cannot be written"
        fi
    elif message=$("$bin/pm-store" check 2>&1); then
        good "the database answers: ${message//$'\n'/; }"
    else
        bad "the database does not answer: ${message#*: }"
    fi
}

check_port() {
    local address=${live[1]} host port
    host=${address%:*} port=${address##*:}
    if [[ ! $port =~ ^[0-9]+$ ]] || ((port > 65535)); then
        bad "the page's address '$address' is invalid; for example: 127.0.0.1:8787"
    elif [[ -n $(running 2>/dev/null) ]]; then
        good "a run of $home has the page's port $port"
    elif ((port != 0)) && (exec 3<>"/dev/tcp/${host//[\[\]]/}/$port") 2>/dev/null; then
        bad "port $port is in use by another program; for example: --live $host:$((port + 1))"
    else
        good "the page's port $port is free"
    fi
}

# Each subscriber's channels: files with secrets that can be read, variables that are set, addresses of the right shape.
check_subscribers() {
    local list name channel target secret
    if [[ ${PM_DATABASE:-} == sqlite:* && ! -e ${PM_DATABASE#sqlite:} ]] ||
        ! list=$("$bin/pm-alert" subscribers 2>/dev/null) || [[ -z $list ]]; then
        doubtful "there are no subscribers: alerts go to alerts.ndjson and the page only (pm-alert subscribe --help)"
        return
    fi
    while IFS=$'\t' read -r name channel target; do
        case $channel in
        discord | slack | telegram | webhook)
            if [[ $target == env:* ]]; then
                secret=${target#env:} secret=${!secret:-}
                [[ -n $secret ]] || {
                    bad "$name: the variable ${target#env:} of channel $channel is not set"
                    continue
                }
            elif [[ -r $target ]]; then
                secret=$(head -n 1 "$target")
            else
                bad "$name: the file $target of channel $channel cannot be read"
                continue
            fi
            if [[ $channel != telegram && $secret != https://* && ${PM_ALERT_ALLOW_PRIVATE:-} == '' ]]; then
                bad "$name: the secret of channel $channel is no https:// address"
            else
                good "$name: channel $channel has its secret"
            fi
            ;;
        command) if [[ -x $target ]]; then good "$name: $target can be run"; else bad "$name: $target cannot be run"; fi ;;
        *) good "$name: channel $channel to $target" ;;
        esac
    done < <(jq -r '.name as $name | .settings[] | [$name, .channel, .target // "-"] | @tsv' <<<"$list")
}

# Any answer counts: the question is whether the service can be reached from here.
check_services() {
    local line
    while read -r line; do
        if [[ $line == *'cannot be reached'* ]]; then bad "$line"; else good "$line"; fi
    done < <("$bin/pm-inspect" probe \
        "${PM_INGEST_URL:-wss://ws-live-data.polymarket.com}" \
        "${PM_GAMMA_URL:-https://gamma-api.polymarket.com}" \
        "${PM_DATA_URL:-https://data-api.polymarket.com}" \
        "${PM_CLOB_URL:-https://clob.polymarket.com}" 2>/dev/null)
}
