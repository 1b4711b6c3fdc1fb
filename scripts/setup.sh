#!/usr/bin/env bash
#
# setup.sh: installs missing Debian packages.
#
#     setup.sh run     the packages to build and run the stages
#     setup.sh test    the same, and those for the tests
#
# It does nothing when no package is missing. It prints the names of the packages before it installs them, with sudo
# unless it runs as root. A Swift toolchain, 6.2 or later, is required: https://swift.org/install.

set -euo pipefail

run=(libwebsockets-dev libcurl4-openssl-dev libpq-dev libsqlite3-dev libssl-dev zlib1g-dev libnats-dev pkg-config jq)
test=(postgresql tmux make pgbouncer sqlite3 chromium fonts-dejavu-core mandoc openssl gzip nghttp2-server python3 python3-venv shellcheck)

case ${1:-} in
run) wanted=("${run[@]}") ;;
test) wanted=("${run[@]}" "${test[@]}") ;;
*)
    echo "usage: setup.sh run|test" >&2
    exit 64
    ;;
esac

if ! command -v swift >/dev/null; then
    echo "setup.sh: swift is not on the PATH; install a toolchain from https://swift.org/install" >&2
    exit 69
fi

# Ubuntu's chromium package is a wrapper for a snap. Where the snap cannot be installed, the page's tests are skipped.
missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || {
        echo "setup.sh: these packages are missing, and installing them needs root or sudo: ${missing[*]}" >&2
        exit 69
    }
    as_root=(sudo)
fi
echo "setup.sh: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq >&2
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
