#!/bin/sh
# Say where promtool is (on standard output). Where there is none: with `--get`, or when CI=true, unpack the Debian package `prometheus`
# into .local/promtool; nothing is installed and nothing started. Ends with 1 and a sentence when there is none.
set -eu
cd "$(dirname "$0")/../.."
own="$PWD/.local/promtool"
if [ -n "${PROMTOOL:-}" ]; then echo "$PROMTOOL"; exit 0; fi
find_one() { command -v promtool || { test -x "$own/usr/bin/promtool" && echo "$own/usr/bin/promtool"; }; }
if find_one; then exit 0; fi
if { [ "${CI:-}" = true ] || [ "${1:-}" = --get ]; } && command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
    echo "Unpacking promtool for the tests of alerts and boards" >&2
    mkdir -p "$own"
    if [ "$(id -u)" = 0 ]; then DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2; fi
    (cd "$own" && apt-get download -qq prometheus >&2 && dpkg -x prometheus_*.deb . && rm prometheus_*.deb)
    find_one && exit 0
fi
echo "promtool is missing: sh deploy/prometheus/install.sh --get (Debian, Ubuntu), or install Prometheus, or say where it is with PROMTOOL=." >&2
exit 1
