#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Brings the three Mosquitto brokers that every broker test runs on, unattended, into .cache/brokers/ of this
# checkout: 2.0.11 (Debian 12), 2.0.21 (its backports) and 2.1.2 (Debian unstable). Each is an unpacked root of
# its own whose broker runs by that root's own loader, so nothing is installed and no chroot is needed.
#
# For each version .cache/brokers/VERSION/broker.ini tells how to start it; paths in it are relative to its
# folder unless they begin with a slash:
#     version=  what the broker calls itself
#     broker=   the program
#     loader=   the dynamic loader to run it with (empty: run it directly)
#     libraries=folders for the loader's --library-path, separated by colons
#
# A version that is there already is left alone; `ci/brokers.sh --again` brings all anew.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cache=$here/.cache/brokers
packages=mosquitto,mosquitto-clients,mosquitto-dev,libmosquitto-dev

say() { printf 'brokers: %s\n' "$*"; }
die() { printf 'brokers: %s\n' "$*" >&2; exit 1; }

# The mirror that this machine's own apt uses, so that no host is named here.
find_mirror() {
    # shellcheck disable=SC2016 # apt-get expands it
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1
}

version_of() { # PROGRAM [LOADER LIBRARIES]
    if [ $# -gt 1 ]; then
        "$2" --library-path "$3" "$1" -h 2>&1 || true
    else
        "$1" -h 2>&1 || true
    fi | sed -n 's/^mosquitto version \([0-9.]*\).*/\1/p'
}

# With an -extract- root no maintainer script runs: links that packages do not ship are made here.
finish_root() { # ROOT
    for link in lib lib64; do
        if [ ! -e "$1/$link" ] && [ -e "$1/usr/$link" ]; then
            ln -s "usr/$link" "$1/$link"
        fi
    done
    /sbin/ldconfig -r "$1"
}

record() { # VERSION ROOT
    loader=
    for candidate in "$2"/lib64/ld-linux-*.so.* "$2"/lib/ld-linux-*.so.*; do
        if [ -x "$candidate" ]; then
            loader=${candidate#"$2"/}
            break
        fi
    done
    [ -n "$loader" ] || die "no dynamic loader in $2"
    triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
    libraries=usr/lib/$triplet:lib/$triplet
    said=$(version_of "$2/usr/sbin/mosquitto" "$2/$loader" "$2/usr/lib/$triplet:$2/lib/$triplet")
    [ "$said" = "$1" ] || die "the broker in $2 says it is '$said', not $1"
    printf 'version=%s\nbroker=%s\nloader=%s\nlibraries=%s\n' \
        "$1" usr/sbin/mosquitto "$loader" "$libraries" >"$2/broker.ini"
}

bring() { # VERSION SUITE MMDEBSTRAP-ARGUMENT...
    version=$1 suite=$2
    shift 2
    if [ -f "$cache/$version/broker.ini" ]; then
        say "$version is there already"
        return
    fi
    root=$cache/$version.partial
    rm -rf "$root" "${cache:?}/$version"
    say "$version: unpacking from $suite"
    mmdebstrap --quiet --variant=extract --aptopt='Acquire::Check-Valid-Until "false"' \
        --include="$packages" "$@" >"$cache/$version.log" 2>&1 || {
        cat "$cache/$version.log" >&2
        die "$version could not be brought"
    }
    finish_root "$root"
    record "$version" "$root"
    mv "$root" "$cache/$version"
    say "$version: ready in .cache/brokers/$version"
}

if [ "${1:-}" = --again ]; then
    rm -rf "$cache"
fi
command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: apt-get install mmdebstrap"
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

complete=yes
for version in 2.0.11 2.0.21 2.1.2; do
    [ -f "$cache/$version/broker.ini" ] || complete=
done
mirror=
if [ -z "$complete" ]; then
    mirror=$(find_mirror)
    if [ -z "$mirror" ]; then
        apt-get update -qq
        mirror=$(find_mirror)
    fi
    [ -n "$mirror" ] || die "apt knows no mirror of bookworm"
fi

bring 2.0.11 bookworm bookworm "$cache/2.0.11.partial" "deb $mirror bookworm main"
bring 2.0.21 bookworm-backports --aptopt='APT::Default-Release "bookworm-backports"' \
    bookworm "$cache/2.0.21.partial" "deb $mirror bookworm main" "deb $mirror bookworm-backports main"
bring 2.1.2 sid sid "$cache/2.1.2.partial" "deb $mirror sid main"
