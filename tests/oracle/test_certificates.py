# SPDX-License-Identifier: Apache-2.0
"""Fields of certificates, as Bednet reads them, against what python3-cryptography says of the same DER.

Usage: test_certificates.py CERTIFICATE_FIELDS FOLDER
"""
import collections
import datetime
import hashlib
import json
import subprocess
import sys
import warnings

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID
except ImportError:
    print("skipped: no module cryptography; apt-get install python3-cryptography")
    sys.exit(77)

warnings.simplefilter("ignore")
ATTRIBUTES = {"cn": NameOID.COMMON_NAME, "o": NameOID.ORGANIZATION_NAME, "ou": NameOID.ORGANIZATIONAL_UNIT_NAME,
              "c": NameOID.COUNTRY_NAME, "st": NameOID.STATE_OR_PROVINCE_NAME, "l": NameOID.LOCALITY_NAME,
              "dc": NameOID.DOMAIN_COMPONENT, "uid": NameOID.USER_ID, "title": NameOID.TITLE,
              "serial_number": NameOID.SERIAL_NUMBER, "email": NameOID.EMAIL_ADDRESS}
ISSUER = {"issuer.cn": "cn", "issuer.o": "o", "issuer.ou": "ou"}
ALTERNATIVES = {"san.dns": x509.DNSName, "san.uri": x509.UniformResourceIdentifier, "san.email": x509.RFC822Name,
                "san.ip": x509.IPAddress}


def of_name(name, oid):
    return [attribute.value for attribute in name.get_attributes_for_oid(oid)]


def of_san(certificate, kind):
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(value) for value in names.get_values_for_type(kind)]


def times(certificate):
    utc = datetime.timezone.utc
    before = getattr(certificate, "not_valid_before_utc", None) or certificate.not_valid_before.replace(tzinfo=utc)
    after = getattr(certificate, "not_valid_after_utc", None) or certificate.not_valid_after.replace(tzinfo=utc)
    return [int(before.timestamp()), int(after.timestamp())]


def key_digest(certificate):
    der = certificate.public_key().public_bytes(serialization.Encoding.DER,
                                                serialization.PublicFormat.SubjectPublicKeyInfo)
    if der not in certificate.tbs_certificate_bytes:
        raise LookupError("the key is written in another way than it was read")
    return [hashlib.sha256(der).hexdigest()]


def expected(certificate):
    """Name by name, a function that gives what must be there, or raises where the other cannot say."""
    for name, oid in ATTRIBUTES.items():
        yield name, lambda oid=oid: of_name(certificate.subject, oid)
    for name, attribute in ISSUER.items():
        yield name, lambda oid=ATTRIBUTES[attribute]: of_name(certificate.issuer, oid)
    for name, kind in ALTERNATIVES.items():
        yield name, lambda kind=kind: of_san(certificate, kind)
    yield "serial", lambda: [format(certificate.serial_number, "x")]
    yield "fingerprint.sha256", lambda: [certificate.fingerprint(hashes.SHA256()).hex()]
    yield "key.sha256", lambda: key_digest(certificate)
    yield "times", lambda: times(certificate)


def main():
    program, folder = sys.argv[1:]
    lines = subprocess.run([program, folder, "400"], stdout=subprocess.PIPE, check=True).stdout
    compared, unsaid, wrong = collections.Counter(), collections.Counter(), []
    for line in lines.decode().splitlines():
        found = json.loads(line)
        try:
            certificate = x509.load_der_x509_certificate(bytes.fromhex(found["der"]))
        except Exception:  # each version has its own ways to refuse
            unsaid["certificate"] += 1
            continue
        for name, value in expected(certificate):
            # What is refused needs no other opinion: it gives nobody a name.
            if not isinstance(found.get(name), list):
                continue
            try:
                wanted = value()
            except Exception as error:
                unsaid[f"{name}: {type(error).__name__}"] += 1
                continue
            compared[name] += bool(wanted)
            if found[name] != wanted:
                wrong.append(f"{found['file']}: {name} is {found[name]}, expected {wanted}")
    print(f"compared: {dict(compared)}\nnot said: {dict(unsaid)}")
    for what in wrong:
        print(what)
    few = [name for name, least in {"cn": 300, "san.dns": 10, "san.uri": 2, "san.email": 5, "san.ip": 2, "serial": 300,
                                    "times": 300}.items() if compared[name] < least]
    if few:
        print(f"too few to compare: {few}")
    return 1 if wrong or few else 0


if __name__ == "__main__":
    sys.exit(main())
