#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the certificates that server.py shows, by openssl alone. Usage: certificates.sh FOLDER
#
#     ca.crt                      whom a client is to trust
#     good.crt       good.key     for localhost, 127.0.0.1 and ::1
#     wrong-name.crt              by the same authority, for another host
#     expired.crt                 for the right hosts, until 2021
#     future.crt                  from 2090 on
#     stranger.crt                for the right hosts, by an authority of the same name that nobody trusts
#     self-signed.crt             by itself
set -eu
folder=$1
mkdir -p "$folder"
cd "$folder"
exec >openssl.log 2>&1 </dev/null

names='DNS:localhost,IP:127.0.0.1,IP:::1'
curve='ec_paramgen_curve:P-256'

authority() { # NAME
    openssl req -x509 -newkey ec -pkeyopt "$curve" -nodes -keyout "$1.key" -out "$1.crt" -days 2 \
        -subj '/CN=Bednet test authority' -addext 'basicConstraints=critical,CA:TRUE' \
        -addext 'keyUsage=critical,keyCertSign'
}

# `ca` can set both dates in every version of openssl that matters; its book-keeping is thrown away.
certificate() { # NAME AUTHORITY ALTERNATIVE-NAMES FROM UNTIL
    rm -rf book && mkdir book && : >book/index
    cat >book/config <<EOF
[ca]
default_ca = book
[book]
database = book/index
new_certs_dir = book
default_md = sha256
policy = names
x509_extensions = extensions
unique_subject = no
rand_serial = yes
[names]
commonName = supplied
[extensions]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $3
EOF
    openssl req -new -newkey ec -pkeyopt "$curve" -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
    openssl ca -batch -config book/config -in "$1.csr" -out "$1.crt" -cert "$2.crt" -keyfile "$2.key" -notext \
        -startdate "$4" -enddate "$5"
    rm -rf book "$1.csr"
}

authority ca
authority other
certificate good ca "$names" 20200101000000Z 20490101000000Z
certificate wrong-name ca DNS:elsewhere.example 20200101000000Z 20490101000000Z
certificate expired ca "$names" 20200101000000Z 20210101000000Z
certificate future ca "$names" 20900101000000Z 20910101000000Z
certificate stranger other "$names" 20200101000000Z 20490101000000Z
openssl req -x509 -newkey ec -pkeyopt "$curve" -nodes -keyout self-signed.key -out self-signed.crt -days 2 \
    -subj /CN=localhost -addext "subjectAltName=$names"
