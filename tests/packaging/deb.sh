#!/usr/bin/env bash
# deb.sh BUILD PACKAGING: builds the Debian package and looks into it; the unit is weighed by systemd.
set -euo pipefail
build=$1 packaging=$2
for tool in dpkg-deb dpkg-shlibdeps cpack; do
    command -v $tool >/dev/null || { echo "skipped: no $tool here"; exit 77; }
done
fail() { echo "deb.sh: $*" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/out" >"$work/log" 2>&1) ||
    { cat "$work/log"; fail "cpack failed"; }
package=$(echo "$work"/out/*.deb)
[ -f "$package" ] || fail "no package came of it"

dpkg-deb -c "$package" >"$work/list"
must_hold() { # MODE PATH
    grep -Eq "^$1 root/root .* \./$2\$" "$work/list" || { cat "$work/list"; fail "no $1 $2"; }
}
must_hold -rwxr-xr-x usr/bin/shardpick
must_hold -rw-r--r-- 'usr/share/man/man1/shardpick.1(.gz)?'
must_hold -rw-r--r-- usr/share/bash-completion/completions/shardpick
must_hold -rw-r--r-- usr/share/zsh/site-functions/_shardpick
must_hold -rw-r--r-- usr/share/fish/vendor_completions.d/shardpick.fish
must_hold -rw-r--r-- 'usr/lib/systemd/system/shardpick.service'
must_hold -rw------- etc/shardpick.json
! grep -qv -E ' \./(usr/|etc/)?' "$work/list" || fail "something outside /usr and /etc"

dpkg-deb -e "$package" "$work/control"
grep -qx /etc/shardpick.json "$work/control/conffiles" || fail "the configuration is no conffile"
for script in postinst prerm postrm; do
    [ -x "$work/control/$script" ] || fail "no $script"
    sh -n "$work/control/$script"
done
for library in udev libcurl4 libjansson4 libhwloc15 libncursesw6; do
    grep -q "^Depends:.*$library" "$work/control/control" || fail "does not depend on $library"
done

# What is installed works, and takes the configuration that comes with it.
dpkg-deb -x "$package" "$work/root"
"$work/root/usr/bin/shardpick" config --print -c "$work/root/etc/shardpick.json" >"$work/settings"
grep -q '"servers"' "$work/settings" || fail "the default configuration is not understood"

if command -v systemd-analyze >/dev/null && systemd-analyze security --help >/dev/null 2>&1; then
    # 0 is locked up, 100 wide open. A miner needs the network and devices.
    systemd-analyze security --offline=yes --threshold=25 --no-pager \
        "$packaging/shardpick.service" >"$work/security" 2>&1 ||
        { tail -5 "$work/security"; fail "the unit allows too much, or is wrong"; }
    sed "s|/usr/bin/shardpick|$work/root/usr/bin/shardpick|; /^Documentation/d" \
        "$packaging/shardpick.service" >"$work/shardpick.service"
    systemd-analyze verify "$work/shardpick.service" >"$work/verify" 2>&1 || true
    ! grep -E 'shardpick.service:[0-9]+:' "$work/verify" || fail "the unit has mistakes"
fi
echo "$(basename "$package"): $(wc -l <"$work/list") entries"
