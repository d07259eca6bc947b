# SPDX-License-Identifier: Apache-2.0
"""Certificates and lists of revocations put together byte by byte, so that they can also say what no authority would
ever issue. Only the signatures are the openssl command's."""
import calendar
import time

from running import openssl

UTF8, PRINTABLE, IA5, BMP, T61 = 0x0C, 0x13, 0x16, 0x1E, 0x14
CN, SERIAL_NUMBER, C, L, ST, O, OU, TITLE = ("2.5.4.3", "2.5.4.5", "2.5.4.6", "2.5.4.7", "2.5.4.8", "2.5.4.10",
                                             "2.5.4.11", "2.5.4.12")
EMAIL, UID, DC = "1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.1", "0.9.2342.19200300.100.1.25"
ALT_NAME, BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, CRL_NUMBER = ("2.5.29.17", "2.5.29.19", "2.5.29.15",
                                                                          "2.5.29.37", "2.5.29.20")
CLIENT_AUTH, SERVER_AUTH = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"
URI, DNS, MAIL, IP = 0x86, 0x82, 0x81, 0x87

# By digest and kind of key: the OID of the algorithm, and whether it has NULL for parameters.
ALGORITHMS = {("sha1", "rsa"): ("1.2.840.113549.1.1.5", True), ("sha256", "rsa"): ("1.2.840.113549.1.1.11", True),
              ("sha1", "ec"): ("1.2.840.10045.4.1", False), ("sha256", "ec"): ("1.2.840.10045.4.3.2", False),
              ("sha384", "ec"): ("1.2.840.10045.4.3.3", False), ("sha512", "ec"): ("1.2.840.10045.4.3.4", False),
              ("none", "ed"): ("1.3.101.112", False)}


def tlv(tag, *parts):
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def sequence(*parts):
    return tlv(0x30, *parts)


def integer(number):
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray()
    for number in [40 * first + second, *rest]:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.insert(0, 0x80 | number & 0x7F)
        octets += bytes(groups)
    return tlv(0x06, bytes(octets))


def moment(at):
    """UTCTime up to 2049, then GeneralizedTime; bytes are taken as they are."""
    if isinstance(at, bytes):
        return tlv(0x17, at)
    parts = time.gmtime(at)
    if parts.tm_year < 2050:
        return tlv(0x17, time.strftime("%y%m%d%H%M%SZ", parts).encode())
    return tlv(0x18, time.strftime("%Y%m%d%H%M%SZ", parts).encode())


def name(attributes):
    """Of (OID, value) or (OID, value, tag)."""
    sets = []
    for kind, value, *tag in attributes:
        value = value.encode() if isinstance(value, str) else value
        sets.append(tlv(0x31, sequence(oid(kind), tlv(tag[0] if tag else UTF8, value))))
    return sequence(*sets)


def extension(kind, *value, critical=False):
    return sequence(oid(kind), tlv(0x01, b"\xff") if critical else b"", tlv(0x04, *value))


def alt_names(*names):
    """Of (tag, value)."""
    return extension(ALT_NAME, sequence(*[tlv(tag, value.encode() if isinstance(value, str) else value)
                                          for tag, value in names]))


def usages(*kinds):
    return extension(EXTENDED_KEY_USAGE, sequence(*map(oid, kinds)))


def pem(kind, der):
    return openssl("x509" if kind == "CERTIFICATE" else "crl", "-inform", "DER", input=der)


class Signer:
    """An authority, or whoever pretends to be one: a name and a key of make_keys."""

    def __init__(self, folder, key, subject, digest="sha256"):
        self.folder, self.key, self.subject = folder, folder / f"{key}.pem", name(subject)
        self.kind = "rsa" if key.startswith("rsa") else "ed" if key == "ed" else "ec"
        self.digest = "none" if self.kind == "ed" else digest

    def public(self, key):
        return openssl("pkey", "-in", self.folder / f"{key}.pem", "-pubout", "-outform", "DER")

    def sign(self, content, digest=None):
        """The content with algorithm and signature behind it."""
        digest = digest or self.digest
        kind, has_null = ALGORITHMS[(digest, self.kind)]
        algorithm = sequence(oid(kind), b"\x05\x00" if has_null else b"")
        signed = content(algorithm)
        (self.folder / "signed").write_bytes(signed)
        if digest == "none":
            signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", self.folder / "signed")
        else:
            signature = openssl("dgst", f"-{digest}", "-sign", self.key, self.folder / "signed")
        return sequence(signed, algorithm, tlv(0x03, b"\x00", signature))

    def certificate(self, key, subject, *extensions, serial=None, begins=0, ends=0, digest=None, public=None):
        """In DER."""
        serial = serial if isinstance(serial, bytes) else integer(0x1234 if serial is None else serial)
        return self.sign(lambda algorithm: sequence(
            tlv(0xA0, integer(2)), serial, algorithm, self.subject, sequence(moment(begins), moment(ends)),
            name(subject), public or self.public(key), tlv(0xA3, sequence(*extensions)) if extensions else b""), digest)

    def own_certificate(self, key, begins, ends):
        """That of the authority, by itself."""
        return self.sign(lambda algorithm: sequence(
            tlv(0xA0, integer(2)), integer(1), algorithm, self.subject, sequence(moment(begins), moment(ends)),
            self.subject, self.public(key),
            tlv(0xA3, sequence(extension(BASIC_CONSTRAINTS, sequence(tlv(0x01, b"\xff")), critical=True),
                               extension(KEY_USAGE, tlv(0x03, b"\x01\x06"), critical=True)))))

    def crl(self, begins, ends, *serials):
        """A list of revocations, in DER."""
        entries = sequence(*[sequence(integer(serial), moment(begins)) for serial in serials])
        return self.sign(lambda algorithm: sequence(
            integer(1), algorithm, self.subject, moment(begins), moment(ends), entries if serials else b"",
            tlv(0xA0, sequence(extension(CRL_NUMBER, integer(1))))))


def seconds(text):
    """Of `2026-01-01T00:00:00Z`."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
