#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds and tests this checkout as a user of Debian unstable would: in a full root of sid with its compiler, its
# libraries and its Mosquitto 2.1.2, as an ordinary user. The root is made once, in .cache/sid/, and made again
# only when the list of packages changes; each run copies the sources in anew and builds what changed.
#
#     ci/sid.sh                          build, then run every test
#     ci/sid.sh -L broker                arguments are ctest's
#     ci/sid.sh --build                  only build
#     BEDNET_SANITIZE=address,undefined ci/sid.sh
#                                        the same with sanitizers, in a build folder of its own
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cache=$here/.cache/sid
root=$cache/root
sanitize=${BEDNET_SANITIZE:-}
user=1000

say() { printf 'sid: %s\n' "$*"; }
die() { printf 'sid: %s\n' "$*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die "needs root, for the chroot"
for tool in mmdebstrap unshare git; do
    command -v $tool >/dev/null || die "$tool is missing: apt-get install mmdebstrap util-linux git"
done
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

# What the configure step asks for is what it gets; cJSON is included by 2.1's own headers.
wanted_packages() {
    {
        sed -n -e 's/.*bednet_require(.* \([a-z0-9.+-]*\))[[:space:]]*$/\1/p' \
            -e 's/.*apt-get install \([a-z0-9.+ -]*\)".*/\1/p' "$here/cmake/BednetDependencies.cmake" | tr ' ' '\n'
        printf '%s\n' binutils ca-certificates cmake gcc libc6-dev libcjson-dev mosquitto mosquitto-clients \
            mosquitto-dev libmosquitto-dev ninja-build openssl pkg-config python3 python3-cryptography \
            python3-cryptography-vectors faketime tzdata
    } | sed '/^$/d' | sort -u | paste -sd,
}

find_mirror() {
    # shellcheck disable=SC2016 # apt-get expands it
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1
}

make_root() { # PACKAGES
    mirror=$(find_mirror)
    if [ -z "$mirror" ]; then
        apt-get update -qq
        mirror=$(find_mirror)
    fi
    [ -n "$mirror" ] || die "apt knows no mirror of bookworm"
    rm -rf "$root" "$cache/packages"
    say "unpacking sid: $1"
    # The daily lists of unstable may be older than they promise on a mirror; packages are still signed.
    mmdebstrap --quiet --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' --include="$1" \
        sid "$root" "deb $mirror sid main" >"$cache/log" 2>&1 || {
        cat "$cache/log" >&2
        die "the root could not be made"
    }
    rm -rf "$root/var/cache/apt" "$root/var/lib/apt/lists"
    printf '%s\n' "$1" >"$cache/packages"
}

packages=$(wanted_packages)
if [ ! -f "$cache/packages" ] || [ "$(cat "$cache/packages")" != "$packages" ]; then
    make_root "$packages"
else
    say "the root is there already"
fi

# Every file that git knows or would add, with its time, so that only what changed is compiled.
rm -rf "$root/src"
mkdir -p "$root/src" "$root/build"
(cd "$here" && git ls-files -z --cached --others --exclude-standard |
    tar --create --null --files-from=- --ignore-failed-read --file=- 2>"$cache/tar.log") |
    tar --extract --no-same-owner --directory="$root/src" --file=-
chown -R "$user:$user" "$root/src" "$root/build"

build=/build/plain
[ -z "$sanitize" ] || build=/build/sanitize
cat >"$root/run.sh" <<'INSIDE'
set -eu
build=$1 sanitize=$2
shift 2
export HOME=/build LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
cmake -S /src -B "$build" -G Ninja -DBEDNET_SANITIZE="$sanitize" >/dev/null
# Every error of the new compiler at once.
cmake --build "$build" -- -k 0
[ "${1:-}" != --build ] || exit 0
/usr/sbin/mosquitto -h | head -n 1
exec ctest --test-dir "$build" --output-on-failure "$@"
INSIDE

say "building and testing in the root"
[ $# -gt 0 ] || set -- --parallel 2
# A mount namespace of its own: /proc (sanitizers read it), /dev and /tmp vanish with it.
# shellcheck disable=SC2016 # the inner shell expands it
BEDNET_REQUIRE_BROKERS=${BEDNET_REQUIRE_BROKERS-2.1.2} exec unshare --mount --pid --fork --kill-child sh -eu -c '
    root=$1 user=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    exec chroot --userspec="$user:$user" "$root" /bin/sh /run.sh "$@"
' sh "$root" "$user" "$build" "$sanitize" "$@"
