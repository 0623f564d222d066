#!/bin/sh
# Install, or at least name, the system packages that pip cannot bring.
# Usage: tools/system-packages.sh [--require]     --require: exit 1 when something is still missing at the end
# PYTHON is the interpreter that .venv will be made with (default: python3).
set -u

python=${PYTHON:-python3}
require=no
case ${1-} in
    '') ;;
    --require) require=yes ;;
    *)
        echo "tools/system-packages.sh: expected --require or nothing, got \`$1\`" >&2
        exit 2
        ;;
esac

has() { command -v "$1" >/dev/null 2>&1; }

has_node() {
    has node || return 1
    version=$(node --version 2>/dev/null) # v20.11.1
    version=${version#v}
    [ "${version%%.*}" -ge 18 ] 2>/dev/null
}

has_venv() { # Debian's python3 comes without ensurepip; a missing Python is tools/check-python.sh's to report
    has "$python" || return 0
    "$python" -I -S -c 'from importlib.util import find_spec as f; raise SystemExit(f("ensurepip") is None)' 2>/dev/null
}

has_package() {
    case $1 in
        bubblewrap) has bwrap ;;
        chromium) has chromium ;;
        nodejs) has_node ;;
        npm) has npm ;;
        python*-venv) has_venv ;;
    esac
}

consequence() { # what is lost without it, and a word on where to find it
    case $1 in
        bubblewrap) echo 'bubblewrap (command bwrap) is missing: without it no submission is run or graded' ;;
        chromium) echo 'chromium is missing (on Ubuntu it is a snap): without it the checks of the website in a browser fail' ;;
        nodejs) echo 'nodejs 18 or newer (command node) is missing: without it the website is not built or checked' ;;
        npm) echo 'npm is missing: without it the website is not built or checked' ;;
        python*-venv) echo "$1 is missing (\`$python\` has no ensurepip): without it .venv cannot be made" ;;
    esac
}

missing() {
    for package in bubblewrap chromium nodejs npm "$venv"; do
        has_package "$package" || echo "$package"
    done
}

install_with_apt() { # one package at a time: one that this release does not offer must not keep the others out
    log=$(mktemp) || return
    echo "Bringing the package list up to date with apt-get" >&2
    $as_root apt-get -qq update >"$log" 2>&1 || tail -n 3 "$log" >&2
    for package in "$@"; do
        echo "Installing $package with apt-get" >&2
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 install "$package" >"$log" 2>&1 ||
            tail -n 3 "$log" >&2
    done
    rm -f "$log"
}

venv=python3-venv
if ! has_venv; then # the interpreter's own: python3-venv belongs to the system's default Python alone
    own=$("$python" -I -S -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])' 2>/dev/null) && venv=$own
fi

wanted=$(missing)
if [ -n "$wanted" ] && has apt-get; then
    if [ "$(id -u)" = 0 ]; then
        as_root=
        install_with_apt $wanted
    elif has sudo && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
        install_with_apt $wanted
    fi
    wanted=$(missing)
fi

if [ -z "$wanted" ]; then
    echo 'System packages: ok'
    exit 0
fi
for package in $wanted; do
    echo "$(consequence "$package"). Install it with your system's package manager." >&2
done
[ "$require" = no ]
