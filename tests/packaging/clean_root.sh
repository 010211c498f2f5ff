#!/usr/bin/env bash
# clean_root.sh BUILD: the Debian package on a clean Debian 12: installed, started by a real systemd,
# mining the development network, watched, stopped, removed; and nothing of it is left.
# systemd runs in namespaces of its own (mounts, processes, network, control groups) on a root of
# its own: nothing of this machine is touched. The root is a copy of $SHARDPICK_CLEAN_ROOT (a minbase
# Debian 12) or comes from debootstrap. Needs root's rights and a Debian mirror.
set -euo pipefail
build=$1
suite=bookworm
skip() { echo "skipped: $*"; exit 77; }
fail() {
    echo "clean_root.sh: $*" >&2
    [ -z "$init" ] || inside journalctl --no-pager -n 40 >&2 || true
    exit 1
}
init= work= group=
[ "$(id -u)" = 0 ] || skip "this needs root's rights"
for tool in unshare nsenter findmnt cpack dpkg-shlibdeps; do
    command -v $tool >/dev/null || skip "no $tool here"
done
groups=$(findmnt -t cgroup2 -n -o TARGET | head -1)
[ -n "$groups" ] && [ -w "$groups/cgroup.procs" ] || skip "no control groups (version 2) to use"
[ -n "${SHARDPICK_CLEAN_ROOT:-}" ] || command -v debootstrap >/dev/null || skip "no debootstrap here"

finish() {
    if [ -n "$init" ]; then
        kill -KILL "$init" 2>/dev/null || true # the last process of its namespace: all go with it
        wait 2>/dev/null || true
    fi
    [ -z "$group" ] || find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    [ -z "$work" ] || rm -rf --one-file-system "$work"
}
trap finish EXIT
work=$(mktemp -d)
root=$work/root

# ---- a clean machine -------------------------------------------------------------------------------
if [ -n "${SHARDPICK_CLEAN_ROOT:-}" ]; then
    cp -a "$SHARDPICK_CLEAN_ROOT" "$root"
else
    debootstrap --variant=minbase $suite "$root" >"$work/debootstrap.log" 2>&1 ||
        { tail -3 "$work/debootstrap.log"; skip "debootstrap failed: no mirror?"; }
fi
# This machine's way to a mirror; what the root has of its own stays.
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp -n /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" || true # newer ones call it an error
apt() { chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }
# What every machine has that is more than a folder. (udev's own purge would leave groups behind.)
{ apt update && apt install --no-install-recommends systemd dbus udev; } >"$work/apt.log" 2>&1 ||
    { tail -3 "$work/apt.log"; skip "the mirror gives no packages"; }

(cd "$work" && cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/out" >"$work/log" 2>&1) ||
    { cat "$work/log"; fail "cpack failed"; }
cp "$work"/out/*.deb "$root/root/shardpick.deb"
# The machine under test has no network: what the package depends on is fetched before.
apt install --no-install-recommends --download-only /root/shardpick.deb >"$work/apt.log" 2>&1 ||
    { cat "$work/apt.log"; fail "the dependencies cannot be had"; }

# ---- it is switched on -----------------------------------------------------------------------------
cat >"$work/boot.sh" <<'BOOT'
set -e
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom tty; do
    touch "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount --make-rshared "$root" # within here: systemd hands credentials over by mounts
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$root" /lib/systemd/systemd --system --unit=multi-user.target
BOOT
group=$groups/shardpick-clean-root-$$
mkdir "$group"
(
    echo "$BASHPID" >"$group/cgroup.procs"
    exec unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child \
        bash "$work/boot.sh" "$root"
) >"$work/boot.log" 2>&1 </dev/null &
for ((i = 0; i < 100; i++)); do
    init=$(pgrep -P $! || true)
    [ -z "$init" ] || break
    sleep 0.1
done
[ -n "$init" ] || { cat "$work/boot.log"; fail "systemd does not start here"; }
inside() { nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup --root --wd "$@"; }
for ((i = 0; i < 300; i++)); do
    state=$(inside systemctl is-system-running 2>/dev/null || true)
    case $state in running | degraded) break ;; esac
    kill -0 "$init" 2>/dev/null || { cat "$work/boot.log"; init=; fail "systemd ended"; }
    sleep 0.2
done
echo "systemd $(inside systemctl --version | sed -n '1s/systemd //p'): $state"

# Every file with its mode, owner, size and contents, but for what changes by itself: package lists
# and logs, and what programs keep to be faster. The service's own folders are looked at.
picture() {
    inside find / -xdev \( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache/apt \
        -o -path /var/cache/debconf -o -path /var/cache/ldconfig -o -path /var/log -o -path /root \
        -o -path /var/lib/systemd -o -path /tmp -o -path /var/tmp \) -prune -o \
        ! -path '/etc/ld.so.cache' -printf '%p %y %m %u:%g %l\n' | sort
    inside find /etc /usr -xdev -type f ! -path /etc/ld.so.cache -exec sha256sum {} + | sort -k 2
    inside dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n'
    inside getent passwd
}
picture >"$work/before"

# ---- installed -------------------------------------------------------------------------------------
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install \
    --no-install-recommends /root/shardpick.deb >"$work/apt.log" 2>&1 ||
    { cat "$work/apt.log"; fail "it cannot be installed"; }
[ "$(inside systemctl is-enabled shardpick 2>/dev/null)" = disabled ] || fail "enabled without asking"
[ "$(inside systemctl is-active shardpick)" = inactive ] || fail "started without asking"
inside shardpick selftest --opencl none >"$work/selftest" || { cat "$work/selftest"; fail "selftest"; }

# ---- started: it is told when it is ready, mines, and owns nothing ---------------------------------
inside systemctl enable --now --quiet shardpick || fail "it does not start"
[ "$(inside systemctl is-active shardpick)" = active ] || fail "it is not active"
shown() { inside systemctl show --value --property "$1" shardpick; }
for ((i = 0; i < 300; i++)); do
    status=$(shown StatusText)
    [[ $status =~ accepted\ [1-9] ]] && break
    sleep 0.2
done
[[ $status =~ accepted\ [1-9] ]] || fail "it does not mine: $status"
echo "status: $status"
pid=$(shown MainPID)
inside cat "/proc/$pid/status" >"$work/proc"
grep -qE '^NoNewPrivs:\s1$' "$work/proc" || fail "it could gain privileges"
grep -qE '^Seccomp:\s2$' "$work/proc" || fail "no system call filter"
grep -qE '^Cap(Eff|Bnd|Prm|Amb):\s0*[1-9a-f]' "$work/proc" && fail "it has capabilities"
grep -qE '^Uid:\s0\s' "$work/proc" && fail "it runs as root"
inside test -e /var/cache/private/shardpick || fail "it has no cache folder"

# A miner that stands still is ended and started again.
inside mkdir -p /run/systemd/system/shardpick.service.d
printf '[Service]\nWatchdogSec=4\nRestartSec=0\n' |
    inside tee /run/systemd/system/shardpick.service.d/test.conf >/dev/null
inside systemctl daemon-reload
inside systemctl restart shardpick
inside systemctl kill --signal=STOP shardpick
for ((i = 0; i < 150; i++)); do
    [ "$(shown NRestarts)" = 0 ] || break
    sleep 0.2
done
[ "$(shown NRestarts)" = 1 ] || fail "the watchdog did not act"
for ((i = 0; i < 100; i++)); do
    [ "$(shown ActiveState)" = active ] && break
    sleep 0.2
done
[ "$(shown ActiveState)" = active ] || fail "it did not come back"

# ---- stopped: within 2 s, and well -----------------------------------------------------------------
began=$(date +%s%N)
inside systemctl stop shardpick
stopped_ms=$((($(date +%s%N) - began) / 1000000))
[ "$(shown Result)" = success ] || fail "stopping: $(shown Result)"
[ "$stopped_ms" -le 2000 ] || fail "stopping took $stopped_ms ms"
inside journalctl --no-pager -u shardpick >"$work/journal"
grep -q 'mined ' "$work/journal" || fail "no summary in the journal"
grep -qE 'Operation not permitted|Permission denied' "$work/journal" && fail "something is forbidden"

# ---- removed ---------------------------------------------------------------------------------------
inside systemctl start shardpick # removing stops it
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 purge --autoremove shardpick \
    >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; fail "it cannot be removed"; }
inside sh -c 'cat /proc/[0-9]*/comm 2>/dev/null' | grep -qx shardpick && fail "it still runs"
inside rm -r /run/systemd/system/shardpick.service.d
picture >"$work/after"
diff "$work/before" "$work/after" || fail "it left something behind"
echo "installed, mined, watched, stopped within $stopped_ms ms, removed: $(wc -l <"$work/after") entries as before"
