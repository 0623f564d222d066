#!/bin/sh
# Let unprivileged programs make user namespaces, of which the grader's sandbox is made. Needs root or password-less sudo.
# SETTINGS is where the kernel shows its settings (for the tests; default: /proc/sys).
set -u

settings=${SETTINGS:-/proc/sys}
as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'

for setting in kernel.apparmor_restrict_unprivileged_userns=0 kernel.unprivileged_userns_clone=1; do
    name=${setting%=*}
    file=$settings/$(echo "$name" | tr . /)
    [ -e "$file" ] || continue # this kernel does not restrict them in this way
    [ "$(cat "$file")" = "${setting#*=}" ] && continue
    if ! $as_root sysctl -q -w "$setting"; then
        echo "User namespaces stay restricted: $name could not be set to ${setting#*=}; the sandbox's tests will fail" >&2
        exit 1
    fi
done
echo 'User namespaces: permitted'
