#!/bin/sh
# Say where a Chromium is (on standard output), installing one when CI=true and this is root. Ends with 1 and a sentence when there is none.
set -eu
if [ -n "${CHROMIUM:-}" ]; then echo "$CHROMIUM"; exit 0; fi
find_one() { for name in chromium chromium-browser google-chrome; do command -v "$name" && return 0; done; return 1; }
if find_one; then exit 0; fi
if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests" >&2
    DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2
    find_one && exit 0
fi
echo "The browser tests need Chromium: install it, or say where it is with CHROMIUM=." >&2
exit 1
