#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make.sh FOLDER [ROOTFS]: record the sample outage anew.
#
# A Debian machine is booted as a container: real systemd, journald, rsyslog,
# nginx, logrotate and sudo, with the files of machine/ laid over it.  For 16
# minutes of real time visitors (load.py) use the shop it serves; after nine
# and a half a release goes out whose price cache is too large for the memory
# its unit may have.  Then the logs are taken out as they lie on the disk.
#
# Needs root, debootstrap, systemd-container and python3, and a mirror that
# debootstrap reaches ($MIRROR).  ROOTFS keeps the unpacked system for another
# recording.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
rootfs=${2:-$work/rootfs}
mirror=${MIRROR:-http://deb.debian.org/debian}
name=web1
leader=

finish()
{
	if [ -n "$leader" ] && kill -s RTMIN+4 "$leader" 2>/dev/null; then
		wait "$nspawn" || true
	fi
	umount "$work/machine" "$work/upper" 2>/dev/null || true
	rm -rf --one-file-system "$work"
	for tree in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd
	do
		[ -d "$tree/recount-$$" ] || continue
		echo $$ >"$tree/cgroup.procs"
		find "$tree/recount-$$" -depth -type d -exec rmdir {} \; || true
	done
}
trap finish EXIT

# inside COMMAND...: run in the machine.
inside()
{
	nsenter -t "$leader" -m -u -i -n -p -C -- "$@"
}

# as USER SCRIPT: run in the machine in a login session of USER's.
as()
{
	inside systemd-run -q --wait --pipe --collect --uid="$1" \
	    --unit="terminal-$1" --description="Terminal of $1" \
	    -p PAMName=login -p WorkingDirectory="/home/$1" \
	    -- /bin/bash -c "$2" >/dev/null 2>&1 </dev/null || true
}

at() # SECONDS after the begin of the recording
{
	local left=$(($1 - $(date +%s) + begin))
	[ "$left" -le 0 ] || sleep "$left"
}

if [ ! -d "$rootfs" ]; then
	debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,\
libpam-systemd,rsyslog,nginx-light,logrotate,sudo,iproute2,python3,\
procps,tzdata bookworm "$rootfs" "$mirror"
fi

mkdir "$work/upper" "$work/work" "$work/machine"
mount -t tmpfs tmpfs "$work/upper"
mkdir "$work/upper/u" "$work/upper/w"
mount -t overlay overlay -o \
    lowerdir="$rootfs",upperdir="$work/upper/u",workdir="$work/upper/w" \
    "$work/machine"
m=$work/machine
cp -r --no-preserve=ownership "$here/machine/." "$m/"
chmod 440 "$m/etc/sudoers.d/shop"
rm -f "$m"/etc/nginx/sites-enabled/* "$m"/etc/rsyslog.d/*
rm -rf "$m"/var/log/nginx/* "$m"/var/log/journal
mkdir -p "$m/var/log/journal" "$m/srv/shop"
echo '<h1>Shop</h1>' >"$m/srv/shop/index.html"
echo 'h1 { color: teal }' >"$m/srv/shop/a.css"
ln -sf /usr/share/zoneinfo/Europe/Vienna "$m/etc/localtime"
echo Europe/Vienna >"$m/etc/timezone"
echo "$name" >"$m/etc/hostname"
echo 127.0.0.1 localhost "$name" >"$m/etc/hosts"
echo LANG=C.UTF-8 >"$m/etc/default/locale"
echo 5a1e0000c0de4000a000000000000002 >"$m/etc/machine-id"
sed -i '/pam_limits/d' "$m"/etc/pam.d/sudo*
chroot "$m" useradd -m -s /bin/bash ana
chroot "$m" useradd -m -s /bin/bash ci
for unit in logrotate.timer apt-daily.timer apt-daily-upgrade.timer \
    dpkg-db-backup.timer e2scrub_all.timer systemd-networkd.service \
    systemd-resolved.service systemd-timesyncd.service; do
	ln -sf /dev/null "$m/etc/systemd/system/$unit"
done
chroot "$m" systemctl -q enable orders.service stock-sync.timer nginx rsyslog

# A control group of its own, or its systemd meddles with ours.
for tree in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
	[ -e "$tree/cgroup.procs" ] || continue
	mkdir -p "$tree/recount-$$"
	echo $$ >"$tree/recount-$$/cgroup.procs"
done
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn -q -b --register=no \
    --keep-unit --link-journal=no --timezone=off --private-network \
    --hostname="$name" --machine="recount-$$" -D "$m" \
    </dev/null >"$work/console" 2>&1 &
nspawn=$!
for _ in $(seq 100); do
	leader=$(pgrep -P "$nspawn" | head -n 1 || true)
	[ -n "$leader" ] && inside systemctl is-system-running --wait \
	    >/dev/null 2>&1 && break
	sleep 0.5
done
inside ip link set lo up
inside systemctl is-active orders nginx rsyslog

# What the boot wrote is of no use here, and most of the bytes.
inside truncate -s 0 /var/log/syslog /var/log/auth.log
begin=$(date +%s)
nsenter -t "$leader" -n python3 "$here/load.py" 960 "$out" &
load=$!

at 300; inside logrotate -f /etc/logrotate.d/nginx
at 570; as ci 'sudo /usr/local/sbin/deploy 2.4.0 2048'
at 690; as ana '
	sudo systemctl --no-pager status orders.service; sleep 17
	sudo systemctl restart orders.service; sleep 35
	sudo tail -n 20 /var/log/nginx/error.log; sleep 46
	sudo /usr/local/sbin/deploy 2.3.1 24; sleep 20' &
at 752; inside logrotate -f /etc/logrotate.d/nginx
at 965; wait "$load"

inside journalctl --sync
inside systemctl stop rsyslog.service
rm -rf "$out/logs"
mkdir -p "$out/logs"
inside journalctl -o export --since="@$begin" --until="@$((begin + 965))" |
    gzip -9n >"$out/journal.export.gz"
cp -a "$m/var/log/nginx" "$m/var/log/syslog" "$m/var/log/auth.log" "$out/logs/"
mv "$out/alerts.json" "$out/logs/"
# Git forgets when a file was written, which gives traditional lines their year.
(cd "$out/logs" && TZ=UTC find . -type f -printf '%TY-%Tm-%TdT%TTZ %P\n' |
    sort) >"$out/mtimes"
chown -R "$(id -u):$(id -g)" "$out"
chmod -R u=rwX,go=rX "$out"
gzip -9nf "$out/load.csv"
moment() # SECONDS after the begin
{
	TZ=UTC date -d "@$((begin + $1))" +%FT%TZ
}
cat >"$out/window" <<END
# What to ask for, as shell variables.
SAMPLE_HOST=$name
SAMPLE_ZONE=Europe/Vienna
SAMPLE_BEGIN=$(moment 0)
SAMPLE_QUIET=$(moment 480)
SAMPLE_SINCE=$(moment 480)
SAMPLE_UNTIL=$(moment 960)
SAMPLE_END=$(moment 965)
SAMPLE_NOW=$(moment 7200)
END
