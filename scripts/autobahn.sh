#!/usr/bin/env bash
#
# autobahn.sh: runs the Autobahn test suite against the WebSocket client of pm-ingest.
#
#     scripts/autobahn.sh [CASES]          (default: all; for example '1.*' or '9.1.1')
#
# Prints the number of cases with each result, and every case that failed. The status is 1 when a case other than 2.10
# fails: libwebsockets answers only the first of several pings that it reads at once. (2.11 sends the same pings byte by
# byte. A client that waits a millisecond for the scheduler reads them at once, too; so the client runs at a real-time
# priority if it may.) Compression (12 and 13) is not offered. When the suite, which needs Python 2.7, cannot be
# installed, the script prints the reason and exits with 0.
#
# Environment: PM_AUTOBAHN  directory of the suite; it is installed there if missing   (default: .build/autobahn)

set -euo pipefail
cd "$(dirname "$0")/.."
suite=${PM_AUTOBAHN:-$PWD/.build/autobahn}

skip() {
    echo "autobahn.sh: skipped: $1" >&2
    exit 0
}

# The python2.7 of pyenv needs the exact version in PYENV_VERSION; any other ignores it.
python() { PYENV_VERSION=${PYENV_VERSION:-2.7.18} command python2.7 "$@"; }
python -c '' 2>/dev/null || skip "there is no Python 2.7, which the suite needs"
[[ -d $suite/autobahntestsuite ]] ||
    python -m pip install --quiet --target "$suite" autobahntestsuite ||
    skip "the suite could not be installed"

swift build --product autobahn-client
client=$(swift build --show-bin-path)/autobahn-client

scratch=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null; rm -rf "$scratch"' EXIT

port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$scratch/plan.json" <<END
{"url": "ws://127.0.0.1:$port", "outdir": "$scratch/report", "cases": ["${1:-*}"],
 "exclude-cases": [], "exclude-agent-cases": {}}
END
# The namespace packages in a --target directory work only when it is added as a site directory.
python -c "import site, sys; site.addsitedir('$suite'); sys.path.insert(0, '$suite')
from autobahntestsuite.wstest import run; run()" -m fuzzingserver -u 0 -s "$scratch/plan.json" >"$scratch/server.log" 2>&1 &
server=$!
for _ in {1..100}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || {
        cat "$scratch/server.log" >&2
        exit 69
    }
    sleep 0.1
done

realtime=()
! chrt -f 1 true 2>/dev/null || realtime=(chrt -f 1)
"${realtime[@]}" "$client" "$port"

jq -r '.pm | to_entries | group_by(.value.behavior)[] | "\(length)\t\(.[0].value.behavior)"' "$scratch/report/index.json"
# The result of the closing handshake counts like the result of the case.
jq -r '.pm | to_entries[] | select(.value.behavior == "FAILED" or .value.behaviorClose == "FAILED"
       or .value.behaviorClose == "WRONG CODE" or .value.behaviorClose == "UNCLEAN")
       | "\(.key)\t\(.value.behavior)\tclosing: \(.value.behaviorClose)"' "$scratch/report/index.json" |
    sort -V | tee "$scratch/failed"
! grep -vE '^2\.10\b' "$scratch/failed"
