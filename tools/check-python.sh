#!/bin/sh
# Refuse, in one sentence, a Python that is missing or too old. Usage: tools/check-python.sh [INTERPRETER]
set -u

python=${1:-python3}
cure='pass PYTHON=/path/to/python3.12 to make'

if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python 3.11 or newer is needed, and \`$python\` was not found: $cure" >&2
    exit 2
fi
# The program must parse under Python 2 as well: that is one of the answers it exists to give.
version=$("$python" -S -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || version=
case $version in
    3.1[1-9].* | 3.[2-9][0-9].* | [4-9].*) ;;
    [0-9]*)
        echo "Python 3.11 or newer is needed, \`$python\` is $version: $cure" >&2
        exit 2
        ;;
    *)
        echo "Python 3.11 or newer is needed, and \`$python\` does not run as Python: $cure" >&2
        exit 2
        ;;
esac
