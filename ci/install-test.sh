#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs into a folder and looks at it as a packager would: every file in its place and no other, nothing that
# points back to where it was built, and modules that a broker loads from there.
. "$(dirname "$0")/lib.sh"

build release
root=$(mktemp -d "${TMPDIR:-/tmp}/bednet-install.XXXXXX")
trap 'rm -rf "$root"' EXIT
DESTDIR=$root cmake --install build/release >/dev/null

libdir=usr/lib/$(gcc -print-multiarch)/mosquitto
expected() {
    printf '%s\n' usr/bin/bednet usr/bin/bednet-load "$libdir/libbednet.so.0" "$libdir"/libbednet.so.0.1.0 \
        "$libdir"/bednet_{topic,limit,metrics,cert,jwt,acl}.so \
        usr/share/bednet/{bednet.schema.json,alerts.yml} usr/share/doc/bednet/{README.md,CHANGELOG.md,NOTICE,copyright} \
        usr/share/man/man1/bednet.1 usr/share/man/man1/bednet-load.1 usr/share/man/man5/bednet.yaml.5 \
        usr/share/man/man7/bednet_{topic,limit,metrics,cert,jwt,acl}.7
    find config-examples -type f | sed 's|^config-examples|usr/share/doc/bednet/examples|'
}
say "files"
diff <(expected | sort) <(cd "$root" && find . ! -type d | sed 's|^\./||' | sort) ||
    die "lines with < are missing, those with > nobody asked for"

say "links"
for file in "$root/$libdir"/*.so* "$root"/usr/bin/bednet{,-load}; do
    dynamic=$(readelf -d "$file")
    if paths=$(grep -E 'RPATH|RUNPATH' <<<"$dynamic" | grep -vF "[\$ORIGIN]"); then
        die "${file#"$root/"} looks for libraries elsewhere: $paths"
    fi
    [[ $(ldd "$file") != *'not found'* ]] || die "${file#"$root/"} does not find all of its libraries"
    case $file in
    */bednet_*.so)
        [[ $(ldd "$file") == *"libbednet.so.0 => $root/$libdir/"* ]] ||
            die "${file#"$root/"} does not find the runtime beside itself"
        # What a module has no need of is not to be loaded into the broker.
        case $file in
        */bednet_jwt.so) needs='libbednet libc libcrypto libcurl' ;;
        */bednet_cert.so) needs='libbednet libc libcrypto' ;;
        */bednet_metrics.so) needs='libbednet libc libmicrohttpd' ;;
        *) needs='libbednet libc' ;;
        esac
        has=$(sed -n 's/.*(NEEDED).*\[\(.*\)\.so\..*/\1/p' <<<"$dynamic" | sort | paste -sd ' ')
        [ "$has" = "$needs" ] || die "${file#"$root/"} is linked with $has (expected $needs)"
        ;;
    esac
done

say "the command"
[[ $("$root/usr/bin/bednet" --version) == bednet\ * ]] || die "bednet does not say its version"

say "in a broker"
BEDNET_REQUIRE_BROKERS=1 bash tests/examples/run.sh monitoring 2.0.11 "$root/$libdir"
say "what is installed works"
