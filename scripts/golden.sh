#!/usr/bin/env bash
#
# golden.sh: records the golden cases again. Review the diff.
#
#     scripts/golden.sh [STAGE | STAGE/CASE…]      (default: all under Tests/Golden)
#
# Tests/GoldenTests/GoldenTests.swift describes the files of a case.
#
# Environment: PM_BIN  the directory of the stages  (default: .build/debug)

set -euo pipefail
cd "$(dirname "$0")/.."
bin=${PM_BIN:-.build/debug}

folders=()
for name in "${@:-}"; do
    case $name in
    */*) folders+=("Tests/Golden/${name%/}") ;;
    "") folders+=(Tests/Golden/*/*) ;;
    *) folders+=(Tests/Golden/"$name"/*) ;;
    esac
done

# Runs the stage with the arguments in a file of the case, and replaces the text of volatile keys by *.
run() {
    local args=() keys=(-e '')
    if [ -f "$folder/$1" ]; then
        mapfile -t args < <(sed -e "s|\$CASE|$PWD/$folder|g" -e "s|\$SCRATCH|$scratch|g" "$folder/$1")
    fi
    if [ -f "$folder/volatile" ]; then
        while read -r key; do keys+=(-e "s|\"$key\":\"[^\"]*\"|\"$key\":\"*\"|g"); done <"$folder/volatile"
    fi
    "$bin/$stage" ${args[@]+"${args[@]}"} | sed "${keys[@]}"
}

for folder in "${folders[@]}"; do
    stage=$(basename "$(dirname "$folder")")
    scratch=$(mktemp -d)
    status=0
    run args <"$folder/input.ndjson" >"$folder/expected.ndjson" 2>"$folder/expected.stderr" || status=$?
    if [ -f "$folder/after" ]; then run after </dev/null >"$folder/expected.after.ndjson"; fi
    [ -s "$folder/expected.stderr" ] || rm "$folder/expected.stderr"
    if [ "$status" -ne 0 ]; then echo "$status" >"$folder/status"; else rm -f "$folder/status"; fi
    rm -rf "$scratch"
    echo "$stage/$(basename "$folder"): status $status, $(wc -l <"$folder/expected.ndjson") lines"
done
