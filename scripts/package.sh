#!/usr/bin/env bash
#
# package.sh: builds the Debian package, checks it with lintian, and installs it into a scratch root.
#
#     scripts/package.sh [DIRECTORY]      (default: .build/debian)
#
# Environment: PROGRAMS  directory of built programs  (default: a release build of this checkout)

set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
for package in debhelper lintian; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed' || missing+=("$package")
done
((${#missing[@]} == 0)) || {
    echo "package.sh: these packages are missing: ${missing[*]}; for example: apt-get install ${missing[*]}" >&2
    exit 69
}
programs=${PROGRAMS:-}
if [[ -z $programs ]]; then
    scripts/setup.sh run
    scripts/build.sh
    programs=$PWD/.build/release
fi

target=${1:-.build/debian}
mkdir -p "$target"
target=$(cd "$target" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The sources, without what is built.
mkdir "$scratch/source"
cp -a Makefile Package.swift README.md CHANGELOG.md LICENSE docs man monitoring packaging scripts "$scratch/source/"
cp -a packaging/debian "$scratch/source/debian"
(
    cd "$scratch/source"
    PROGRAMS=$programs dpkg-buildpackage --build=binary --no-sign >"$scratch/build.log" 2>&1 || {
        tail -30 "$scratch/build.log" >&2
        exit 69
    }
)
cp "$scratch"/*.deb "$target/"
package=$(ls "$scratch"/polymarket-worker_*.deb)
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$package"
mkdir "$scratch/root"
dpkg-deb -x "$package" "$scratch/root"
"$scratch/root/usr/bin/pm-ingest" --version
echo "$target/$(basename "$package")"
