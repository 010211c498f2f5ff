#!/usr/bin/env bash
# dockerfile.sh SOURCES: the steps of packaging/Dockerfile, done one by one in folders instead of
# containers, for machines without a container engine: FROM is a copy of a clean Debian 12, RUN a
# chroot, COPY a copy. What comes out then mines the development network as the user it names.
# The root is a copy of $SHARDPICK_CLEAN_ROOT (a minbase Debian 12) or comes from debootstrap. Needs
# root's rights and a Debian mirror. (With an engine: docker build -f packaging/Dockerfile .)
set -euo pipefail
sources=$1
skip() { echo "skipped: $*"; exit 77; }
fail() { echo "dockerfile.sh: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || skip "this needs root's rights"
[ -n "${SHARDPICK_CLEAN_ROOT:-}" ] || command -v debootstrap >/dev/null || skip "no debootstrap here"
command -v git >/dev/null && git -C "$sources" rev-parse HEAD >/dev/null 2>&1 ||
    skip "the context is what git has of the sources, and there is no git"
work=$(mktemp -d)
mounted=
finish() {
    for at in $mounted; do umount "$at" 2>/dev/null || true; done
    rm -rf --one-file-system "$work"
}
trap finish EXIT

clean=${SHARDPICK_CLEAN_ROOT:-$work/clean}
if [ ! -d "$clean" ]; then
    debootstrap --variant=minbase bookworm "$clean" >"$work/log" 2>&1 ||
        { tail -3 "$work/log"; skip "debootstrap failed: no mirror?"; }
fi
mkdir "$work/context"
git -C "$sources" archive HEAD | tar -x -C "$work/context"

stage= root= user=root
declare -A stages=()
begin() { # NAME
    root=$work/stage${#stages[@]}
    stages[$1]=$root
    cp -a "$clean" "$root"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp -n /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" || true # newer ones call it an error
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    mounted="$root/proc $root/dev $mounted"
    user=root
}
in_stage() { chroot --userspec="$user" "$root" env DEBIAN_FRONTEND=noninteractive "$@"; }

# Lines that end with a backslash are joined; comments and empty lines are left out.
sed -e ':a' -e '/\\$/N; s/\\\n/ /; ta' "$work/context/packaging/Dockerfile" | grep -v '^ *\(#\|$\)' >"$work/steps"
while read -r -u 3 word rest; do
    echo "$word ${rest:0:90}"
    case $word in
        FROM)
            [[ $rest =~ ^debian:12-slim( AS ([a-z]+))?$ ]] || fail "not known here: FROM $rest"
            begin "${BASH_REMATCH[2]:-last}"
            ;;
        RUN) in_stage sh -c "$rest" >"$work/log" 2>&1 || { tail -20 "$work/log"; fail "RUN failed"; } ;;
        COPY)
            if [[ $rest =~ ^--from=([a-z]+)\ (/[^ ]*)\ (/[^ ]*)$ ]]; then
                cp -a "${stages[${BASH_REMATCH[1]}]}${BASH_REMATCH[2]}." "$root${BASH_REMATCH[3]}"
            elif [[ $rest =~ ^\.\ (/[^ ]*)$ ]]; then
                mkdir -p "$root${BASH_REMATCH[1]}"
                cp -a "$work/context/." "$root${BASH_REMATCH[1]}"
            else
                fail "not known here: COPY $rest"
            fi
            ;;
        USER) user=$rest ;;
        ENTRYPOINT) mapfile -t entry < <(tr -d '[]" ' <<<"$rest" | tr , '\n') ;;
        CMD) mapfile -t command < <(tr -d '[]" ' <<<"$rest" | tr , '\n') ;;
        *) fail "not known here: $word" ;;
    esac
done 3<"$work/steps"

[ "$user" != root ] || fail "it runs as root"
in_stage "${entry[@]}" "${command[@]}" -t 1 --until-blocks 2 --json >"$work/summary" 2>"$work/log" ||
    { tail -5 "$work/log"; fail "what came out does not mine"; }
accepted=$(sed -n 's/.*"accepted": *\([0-9]*\).*/\1/p' "$work/summary" | head -1)
[ "${accepted:-0}" -ge 2 ] || { cat "$work/summary"; fail "it mined nothing"; }
echo "built, and mined $accepted blocks as $user"
