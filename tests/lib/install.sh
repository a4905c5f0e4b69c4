# SPDX-License-Identifier: MIT
# install_packages GROUP...: install what tests/lib/packages lists for these
# groups and what is not there yet.  Says what it does; does not touch the
# network when nothing is missing.

install_packages()
{
	local list log group package state failed= as_root=()
	local -a missing=()

	list=$(dirname "${BASH_SOURCE[0]}")/packages
	if ! command -v dpkg-query >/dev/null; then
		echo "not a Debian system: please see to what $list names" >&2
		return 0
	fi
	while read -r group package; do
		case " $* " in *" $group "*) ;; *) continue ;; esac
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" \
		    2>/dev/null || true)
		[ "$state" = installed ] || missing+=("$package")
	done < <(grep -v '^#' "$list")
	[ "${#missing[@]}" -gt 0 ] || return 0

	echo "installing with apt-get: ${missing[*]}"
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "that needs root or sudo" >&2
			return 1
		}
		as_root=(sudo)
	fi
	log=$(mktemp)
	# nginx and rsyslog are needed as programs only: Debian asks this file
	# whether to start what it installs.
	local policy=/usr/sbin/policy-rc.d
	[ -e "$policy" ] && policy=
	[ -z "$policy" ] || printf '#!/bin/sh\nexit 101\n' |
	    "${as_root[@]}" install -m 755 /dev/stdin "$policy"
	{
		"${as_root[@]}" apt-get -q update &&
		    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		    apt-get -qy install --no-install-recommends "${missing[@]}"
	} >"$log" 2>&1 || { tail -n 30 "$log" >&2; failed=1; }
	[ -z "$policy" ] || "${as_root[@]}" rm -f "$policy"
	rm -f "$log"
	[ -z "$failed" ]
}
