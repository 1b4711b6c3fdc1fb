#!/usr/bin/env bash
#
# golden.sh: records the golden cases again; review the diff.
#
#     scripts/golden.sh [STAGE/CASE…]      (default: all under Tests/Golden)
#
# A case is a directory with args (one per line), input.ndjson, expected.ndjson, and, if they are not empty or 0,
# expected.stderr and status.
#
# Environment: PM_BIN  directory of the programs  (default .build/debug)

set -euo pipefail
cd "$(dirname "$0")/.."
bin=${PM_BIN:-.build/debug}

if [ $# -gt 0 ]; then folders=("${@/#/Tests/Golden/}"); else folders=(Tests/Golden/*/*); fi

for folder in "${folders[@]%/}"; do
    stage=$(basename "$(dirname "$folder")")
    args=()
    if [ -f "$folder/args" ]; then mapfile -t args <"$folder/args"; fi
    status=0
    "$bin/$stage" ${args[@]+"${args[@]}"} <"$folder/input.ndjson" \
        >"$folder/expected.ndjson" 2>"$folder/expected.stderr" || status=$?
    [ -s "$folder/expected.stderr" ] || rm "$folder/expected.stderr"
    if [ "$status" -ne 0 ]; then echo "$status" >"$folder/status"; else rm -f "$folder/status"; fi
    echo "$stage/$(basename "$folder"): status $status, $(wc -l <"$folder/expected.ndjson") lines"
done
