# SPDX-License-Identifier: Apache-2.0
"""`bednet cert explain`, and what `bednet check` says of lists of revocations: every verdict, and certificates that
nobody should issue."""
import hashlib
import json
import re
import subprocess
import unittest

import certificates as x
from certificates import CN, O, OU, seconds
from running import AUDIENCE, ISSUER, TOOL, Case, openssl

NOW = "2026-06-01T00:00:00Z"
DAY = 86400
BEGINS = seconds("2026-01-01T00:00:00Z")
ENDS = BEGINS + 300 * DAY

POLICY = """
bednet: 1
certificate:
  authorities:
    devices: devices.crt
    services: services.der
  accept:
    - issuer: services
      match:
        san.uri: "spiffe://acme.example/service/{username}"
      roles: [service]
    - issuer: devices
      match:
        o: Acme
        san.uri: "spiffe://acme.example/site/{site}/device/{client_id}"
      username: ${cert.cn}
      roles: [device, "${cert.ou}"]
      key: {types: [p256, rsa, ed25519], rsa_bits: 2048}
      signature: [sha256, sha512]
      extended_key_usage: [client_auth]
      lifetime: {max: 400d}
      allow: [@ALLOW@]
  deny:
    - {serial: 0bad, issuer: devices}
  crl:
    files: [devices.crl, services.crl]
  on_expiry: {jitter: 0s}
roles:
  device: {allow: {publish: ["acme/${match.site}/a"]}}
  service: {allow: {subscribe: [b]}, exempt: [topics.wildcards, limits]}
  eu: {allow: {subscribe: [c]}}
"""
CHECKS = ["certificate", "accept", "validity", "key", "signature", "extended_key_usage", "lifetime", "allow", "deny",
          "crl", "user name", "client id", "roles", "token", "agreement"]
SUBJECT = [(CN, "sensor-1"), (O, "Acme"), (OU, "eu"), (OU, "stranger")]
SVID = (x.URI, "spiffe://acme.example/site/north/device/d1")


class Certificates(Case):
    """Two authorities, their lists, a policy, and what is asked about them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.devices = x.Signer(cls.folder, "p256", [(O, "Acme"), (CN, "devices")])
        cls.services = x.Signer(cls.folder, "p384", [(O, "Acme"), (CN, "services")])
        cls.stranger = x.Signer(cls.folder, "p521", [(O, "Acme"), (CN, "devices")])
        cls.authority = cls.devices.own_certificate("p256", BEGINS, ENDS)
        (cls.folder / "devices.crt").write_bytes(x.pem("CERTIFICATE", cls.authority))
        (cls.folder / "services.der").write_bytes(cls.services.own_certificate("p384", BEGINS, ENDS))
        (cls.folder / "devices.crl").write_bytes(x.pem("CRL", cls.devices.crl(BEGINS, ENDS, 0xdead, 0xbeef)))
        (cls.folder / "services.crl").write_bytes(cls.services.crl(BEGINS, ENDS))
        case = cls()
        cls.good_one = case.device()
        case.write("good.der", cls.good_one)
        case.write_policies()

    def write_policies(self):
        """One by which all keys of make_keys are on the list `allow`, and one without such a list."""
        keys = [hashlib.sha256(self.devices.public(key)).hexdigest() for key in
                ("p256", "rsa", "rsa1024", "p384", "ed", "k256")]
        allow = ", ".join(f"{{key: {key}}}" for key in keys)
        for name, text in (("policy.yaml", POLICY), ("open.yaml", POLICY.replace("      allow: [@ALLOW@]\n", ""))):
            self.write(name, text.replace("@ALLOW@", allow))

    def device(self, *more, key="p256", subject=SUBJECT, names=(SVID,), usage=(x.CLIENT_AUTH,), signer=None, begins=BEGINS,
               ends=ENDS, **options):
        extensions = [x.alt_names(*names)] if names else []
        extensions += [x.usages(*usage)] if usage else []
        return (signer or self.devices).certificate(key, subject, *extensions, *more, begins=begins, ends=ends, **options)

    def ask(self, certificate, *options, policy="policy.yaml", client="d1", at=NOW):
        """Exit code, the answer in JSON, and in words."""
        if isinstance(certificate, bytes):
            certificate = self.write("asked.der", certificate).name
        arguments = [*options, "--at", at, certificate]
        arguments += (["--policy", policy] if policy else []) + (["--client-id", client] if client and policy else [])
        text = self.run_tool("cert", "explain", *arguments)
        done = self.run_tool("cert", "explain", "--json", *arguments)
        self.assertEqual((text.returncode, text.err), (done.returncode, done.err))
        self.assertIn(done.returncode, (0, 1), done.err)
        return done.returncode, json.loads(done.out), text.out

    def refused(self, reason, check, certificate, *options, said="", **more):
        code, document, text = self.ask(certificate, *options, **more)
        self.assertEqual((code, document["verdict"], document["reason"]), (1, "refused", reason), text)
        outcomes = {entry["check"]: entry["outcome"] for entry in document["checks"]}
        self.assertEqual(list(outcomes), CHECKS)
        place = CHECKS.index(check)
        self.assertEqual(list(outcomes.values())[:place + 1], ["passed"] * place + ["failed"], text)
        self.assertLessEqual(set(outcomes.values()), {"passed", "failed", "not reached"})
        self.assertIsNone(document["login"])
        self.assertTrue(text.startswith(f"refused: {reason}\n"), text)
        self.assertRegex(text, rf"(?m)^  FAILED +{check} ")
        self.assertRegex(text, rf"(?m)^  policy +{re.escape(document['policy'])}:{document['line']}:{document['column']}$")
        self.assertIn(said, text)
        self.assertTrue(document["remedy"])
        self.assertIn(document["remedy"], text)
        return document

    def line(self, document, policy="policy.yaml"):
        return (self.folder / policy).read_text().splitlines()[document["line"] - 1].strip()

    def fits(self, document):
        return [entry["fit"] for entry in document["accept"]]

    def allowing_another(self):
        """A good certificate whose key is not on the list."""
        openssl("genpkey", "-quiet", "-algorithm", "ED25519", "-out", self.folder / "other.pem")
        return self.device(key="other")

    def with_lists(self, name, *lists, more=""):
        (self.folder / "stale.crl").write_bytes(self.devices.crl(BEGINS, seconds(NOW) - 5 * DAY, 0xdead))
        text = (self.folder / "policy.yaml").read_text().replace("[devices.crl, services.crl]", f"[{', '.join(lists)}]")
        self.write(name, text.replace("  on_expiry", f"{more}  on_expiry"))
        return name

    def with_token(self):
        self.write("keys.json", self.run_tool("jwks", "from-pem", "--kid", "k", "ed.pub.pem").out)
        jwt = f"""jwt:
  issuers:
    - {{issuer: {ISSUER}, audience: [{AUDIENCE}], keys: {{file: keys.json}}, algorithms: [EdDSA], roles: [late]}}
"""
        text = (self.folder / "policy.yaml").read_text().replace("  on_expiry", "  token: required\n  on_expiry")
        self.write("token.yaml", text + "  late: {allow: {publish: [d]}}\n" + jwt)
        return "token.yaml"

    def token(self, *options, subject="sensor-1"):
        self.write("token", self.mint("ed.pem", "--kid", "k", "--issuer", ISSUER, "--audience", AUDIENCE, "--subject", subject,
                                      "--at", NOW, *options) + "\n")
        return "--token", "token"


class Explain(Certificates):
    def test_accepted(self):
        code, document, text = self.ask("good.der")
        self.assertEqual((code, document["verdict"], document["reason"]), (0, "accepted", None), text)
        self.assertEqual(document["login"], {
            "username": "sensor-1", "client_id": "d1", "client_id_is_bound": True, "roles": ["device", "eu"], "exempt": [],
            "exceptions": [], "too_many_roles": False, "permissions": None, "ends": ENDS,
            "attributes": [{"name": "cert.cn", "value": "sensor-1"}, {"name": "cert.ou", "value": "eu"},
                           {"name": "cert.ou", "value": "stranger"}, {"name": "match.client_id", "value": "d1"},
                           {"name": "match.site", "value": "north"}]})
        self.assertEqual({entry["outcome"] for entry in document["checks"]}, {"passed"})
        self.assertEqual(self.fits(document), ["other issuer", "fits"])
        self.assertEqual(document["signed_by"], "devices")
        self.assertEqual(self.line(document), "- issuer: devices")
        for said in ("accepted\n", 'user name   "sensor-1"', 'client id   "d1"', 'roles       "device", "eu"',
                     'not known   "stranger"', 'match.site: "north"', "2026-10-28 00:00:00 UTC, in 149 d",
                     'not signed by "services"', f"policy.yaml:{document['line']}:{document['column']}"):
            self.assertIn(said, text)
        self.assertNotIn("FAILED", text)

    def test_another_entry(self):
        certificate = self.services.certificate(
            "ed", [(CN, "x")], x.alt_names((x.URI, "spiffe://acme.example/service/historian")), begins=BEGINS, ends=ENDS)
        code, document, text = self.ask(certificate, client=None)
        self.assertEqual((code, document["login"]["username"]), (0, "historian"), text)
        self.assertEqual(document["login"]["exempt"], ["topics.wildcards", "limits"])
        self.assertFalse(document["login"]["client_id_is_bound"])
        self.assertEqual(self.fits(document), ["fits", "not asked"])
        self.assertIn("any: the policy does not bind the certificate to one", text)
        self.assertIn('exempt from "topics.wildcards", "limits"', text)

    def test_times_that_are_none(self):
        """Newer versions of OpenSSL do not even read such a certificate."""
        asked = self.write("asked.der", self.device(ends=b"2612310000Z")).name
        done = self.run_tool("cert", "explain", "--at", NOW, asked, "--policy", "policy.yaml", "--client-id", "d1")
        self.assertIn(done.returncode, (1, 3), done.out)
        self.assertRegex(done.out + done.err, "certificate_rule|no certificate|cannot be read|not a certificate")

    def test_each_check_in_its_turn(self):
        device, refused = self.device, self.refused
        refused("certificate_rule", "certificate", device(serial=x.tlv(2, b"\x01" * 21)), said="not to be read")
        refused("certificate_rule", "accept", device(subject=[(CN, "x"), (O, "Acma")]), said='o has "Acma", the policy "Acme"')
        refused("certificate_rule", "accept", device(names=()), said="san.uri is not there")
        refused("certificate_rule", "accept", device(names=[(x.URI, "spiffe://acme.example/site/n/device/a/b")]))
        refused("certificate_rule", "accept", device(signer=self.stranger), said='not signed by "devices"')
        refused("identity", "accept", device(names=[SVID, (x.URI, "spiffe://acme.example/site/n/device/d2")]),
                said="ambiguous: san.uri has")
        refused("expired", "validity", device(), at="2026-12-01T00:00:00Z", said="2026-10-28 00:00:00 UTC, 34 d ago")
        refused("not_yet_valid", "validity", device(begins=BEGINS + 200 * DAY), said="2026-07-20 00:00:00 UTC")
        refused("certificate_key", "key", device(key="p384"), said="shown is    p384 of 384 bits")
        refused("certificate_key", "key", device(key="k256"), said='policy has  "rsa", "p256", "ed25519"')
        refused("certificate_key", "key", device(key="rsa1024"), said="shown is    rsa of 1024 bits")
        refused("certificate_signature", "signature", device(digest="sha384"), said='policy has  "sha256", "sha512"')
        refused("certificate_signature", "signature", device(digest="sha1"), said="shown is    sha1")
        refused("certificate_usage", "extended_key_usage", device(usage=[x.SERVER_AUTH]), said="1.3.6.1.5.5.7.3.1")
        refused("certificate_usage", "extended_key_usage", device(usage=None), said="shown is    none")
        refused("lifetime", "lifetime", device(begins=BEGINS, ends=BEGINS + 401 * DAY), said=f"{400 * DAY} s at most")
        refused("certificate_list", "allow", self.allowing_another())
        refused("certificate_list", "deny", device(serial=0x0bad))
        refused("revoked", "crl", device(serial=0xdead))
        refused("crl_unavailable", "crl", "good.der", policy=self.with_lists("stale.yaml", "stale.crl"), said="list ended")
        refused("crl_unavailable", "crl", "good.der", policy=self.with_lists("missing.yaml", "services.crl"),
                said="none of its issuer")
        refused("identity", "user name", device(subject=[(CN, "a"), (CN, "b"), (O, "Acme")]), said="${cert.cn}")
        refused("identity", "user name", device(subject=[(O, "Acme")]), said="${cert.cn}")
        refused("client_id", "client id", "good.der", client="d2", said='client has  "d2"')
        refused("client_id", "client id", "good.der", client=None, said="none was told by --client-id")
        refused("no_token", "token", "good.der", policy=self.with_token(), said="--token")

    def test_lists_that_are_out_of_date(self):
        for more, code in (("    stale: deny\n", 1), ("    stale: warn\n", 0), ("    stale: {grace: 6d}\n", 0),
                           ("    stale: {grace: 4d}\n", 1)):
            policy = self.with_lists("stale.yaml", "stale.crl", more=more)
            found, _, text = self.ask("good.der", policy=policy)
            self.assertEqual(found, code, more)
            self.assertIn("list ended  2026-05-27 00:00:00 UTC, 5 d ago", text)
            self.refused("revoked", "crl", self.device(serial=0xdead), policy=policy)
        self.assertEqual(self.ask("good.der", policy=self.with_lists("missing.yaml", "services.crl",
                                                                     more="    missing: allow\n"))[0], 0)

    def test_all_that_is_wrong_is_said_at_once(self):
        document = self.refused("expired", "validity", self.device(key="p384", usage=None, serial=0xbeef),
                                at="2026-12-01T00:00:00Z")
        failed = [entry["check"] for entry in document["checks"] if entry["outcome"] == "failed"]
        self.assertEqual(failed, ["validity", "key", "extended_key_usage", "crl"])

    def test_where_the_policy_speaks(self):
        for reason, check, certificate, line in (
                ("certificate_key", "key", self.device(key="p384"), "key: "),
                ("certificate_usage", "extended_key_usage", self.device(usage=None), "extended_key_usage: "),
                ("expired", "validity", self.device(ends=BEGINS + DAY), "- issuer: devices"),
                ("certificate_list", "deny", self.device(serial=0x0bad), "deny:"),
                ("revoked", "crl", self.device(serial=0xdead), "crl:"),
                ("certificate_rule", "accept", self.device(signer=self.stranger), "certificate:")):
            self.assertTrue(self.line(self.refused(reason, check, certificate)).startswith(line))

    def test_certificate_and_token(self):
        policy = self.with_token()
        code, document, text = self.ask("good.der", *self.token(), policy=policy)
        self.assertEqual((code, document["login"]["username"]), (0, "sensor-1"), text)
        self.assertEqual(sorted(document["login"]["roles"]), ["device", "eu", "late"])
        self.assertEqual(document["login"]["ends"], seconds(NOW) + 3600)
        self.assertTrue(document["login"]["client_id_is_bound"])
        long = self.ask("good.der", *self.token("--lifetime", "1000d"), policy=policy)[1]
        self.assertEqual(long["login"]["ends"], ENDS)
        self.refused("factors_disagree", "agreement", "good.der", *self.token(subject="sensor-2"), policy=policy,
                     said='token       "sensor-2"')
        self.refused("expired", "token", "good.der", *self.token("--lifetime", "1s", "--at", "2020-01-01T00:00:00Z"),
                     policy=policy, said="bednet token verify")
        self.refused("revoked", "crl", self.device(serial=0xdead), *self.token(), policy=policy)
        self.write("token", "hello")
        self.refused("no_token", "token", "good.der", "--token", "token", policy=policy)
        self.assertIn("token       not looked at", self.ask("good.der", *self.token())[2])

    def test_tokens_are_never_printed(self):
        policy = self.with_token()
        for options in (self.token(), self.token(subject="sensor-2"), self.token("--kid", "x")):
            token = (self.folder / "token").read_text().strip()
            for more in ((), ("--json",)):
                done = self.run_tool("cert", "explain", "--policy", policy, "--at", NOW, *options, *more, "good.der")
                for part in token.split("."):
                    self.assertNotIn(part, done.out + done.err)

    def test_observed(self):
        self.write("observe.yaml", (self.folder / "policy.yaml").read_text().replace("certificate:", "certificate:\n  mode: observe"))
        _, _, text = self.ask(self.device(serial=0xdead), policy="observe.yaml")
        self.assertIn("(mode observe: counted, not enforced)", text)
        _, document, text = self.ask("good.der", policy="observe.yaml")
        self.assertIsNone(document["login"]["ends"])
        self.assertIn("does not end by itself", text)

    def test_too_many_roles(self):
        """Two fields with sixteen values each, and one role beside them."""
        text = (self.folder / "policy.yaml").read_text()
        self.write("many.yaml", text.replace('roles: [device, "${cert.ou}"]', 'roles: ["${cert.ou}", "${cert.l}"]'))
        self.write("more.yaml", text.replace('roles: [device, "${cert.ou}"]', 'roles: [device, "${cert.ou}", "${cert.l}"]'))
        certificate = self.device(subject=[(CN, "x"), (O, "Acme")] + [(OU, f"o{i}") for i in range(16)] +
                                  [(x.L, f"l{i}") for i in range(16)])
        self.assertEqual(self.ask(certificate, policy="many.yaml")[0], 0)
        self.refused("too_many_roles", "roles", certificate, policy="more.yaml")

    def test_roles_by_members(self):
        """More of them than a session can have: the login is good, and everything would be denied."""
        members = "".join(f'  m{i}: {{members: {{certificates: {{ou: [eu]}}}}, allow: {{publish: ["m{i}"]}}}}\n' for i in range(31))
        self.write("members.yaml", (self.folder / "policy.yaml").read_text() + members)
        code, document, text = self.ask("good.der", policy="members.yaml")
        self.assertEqual((code, document["login"]["too_many_roles"]), (1, True))
        self.assertIn("too many: every action would be denied", text)
        self.write("members.yaml", (self.folder / "policy.yaml").read_text() + members.splitlines()[0] + "\n")
        self.assertIn("m0", self.ask("good.der", policy="members.yaml")[1]["login"]["roles"])

    def test_an_entry_without_an_issuer(self):
        self.write("anybody.yaml", "bednet: 1\ncertificate: {accept: [{username: \"${cert.cn}\"}]}\n")
        code, document, text = self.ask(self.device(signer=self.stranger), policy="anybody.yaml")
        self.assertEqual((code, document["signed_by"]), (0, None))
        self.assertIn("signed by   not looked at", text)


class Fields(Certificates):
    """What is shown of a certificate, good or not."""

    def fields(self, certificate):
        code, document, text = self.ask(certificate, policy=None)
        self.assertEqual((code, list(document)), (0, ["certificate"]))
        self.assertTrue(text.startswith("certificate asked.der\n"))
        return document["certificate"]["fields"], document["certificate"], text

    def test_of_a_good_one(self):
        fields, document, text = self.fields(self.good_one)
        self.assertEqual(fields, {
            "cn": {"state": "clean", "values": ["sensor-1"]}, "o": {"state": "clean", "values": ["Acme"]},
            "ou": {"state": "several", "values": ["eu", "stranger"]},
            "subject": {"state": fields["subject"]["state"], "values": ["OU=stranger,OU=eu,O=Acme,CN=sensor-1"]},
            "issuer": {"state": "clean", "values": ["CN=devices,O=Acme"]},
            "issuer.cn": {"state": "clean", "values": ["devices"]}, "issuer.o": {"state": "clean", "values": ["Acme"]},
            "san.uri": {"state": "clean", "values": [SVID[1]]}, "serial": {"state": "clean", "values": ["1234"]},
            "fingerprint.sha256": {"state": "clean", "values": [hashlib.sha256(self.good_one).hexdigest()]},
            "key.sha256": {"state": "clean", "values": [hashlib.sha256(self.devices.public("p256")).hexdigest()]}})
        self.assertEqual({key: document[key] for key in document if key != "fields"}, {
            "not_before": BEGINS, "not_after": ENDS, "key": "p256", "key_bits": 256, "signature": "sha256",
            "extended_key_usage": ["client_auth"], "behind": 0})
        self.assertRegex(text, r'(?m)^  ou +"eu", "stranger" \(several: ')
        self.assertRegex(text, r"(?m)^  valid +from 2026-01-01 00:00:00 UTC to 2026-10-28 00:00:00 UTC, ends in 149 d$")

    def test_keys_and_signatures(self):
        for key, shown in (("rsa", "rsa"), ("p384", "p384"), ("p521", "p521"), ("ed", "ed25519"), ("k256", "id-ecPublicKey")):
            self.assertEqual(self.fields(self.device(key=key))[1]["key"], shown)
        for digest in ("sha1", "sha384", "sha512"):
            self.assertEqual(self.fields(self.device(digest=digest))[1]["signature"], digest)
        by_ed = x.Signer(self.folder, "ed", [(CN, "ed")])
        self.assertEqual(self.fields(self.device(signer=by_ed))[1]["signature"], "ED25519")
        broken = bytearray(self.devices.public("p256"))
        broken[-1] ^= 1
        document = self.fields(self.device(public=bytes(broken)))[1]
        self.assertEqual((document["key"], document["key_bits"]), ("of a kind that libcrypto does not know", 0))

    def test_every_kind_of_name(self):
        fields, _, _ = self.fields(self.device(names=[(x.DNS, "d.example"), (x.MAIL, "a@b.example"), (x.IP, b"\xc0\0\2\1"),
                                                      (x.URI, "urn:dev:1")]))
        found = {name: field["values"] for name, field in fields.items() if name.startswith("san.")}
        self.assertEqual(found, {"san.dns": ["d.example"], "san.email": ["a@b.example"], "san.ip": ["192.0.2.1"],
                                 "san.uri": ["urn:dev:1"]})

    def test_every_attribute(self):
        given = {"cn": (CN, "n"), "serial_number": (x.SERIAL_NUMBER, "7", x.PRINTABLE), "c": (x.C, "DE", x.PRINTABLE),
                 "l": (x.L, "Ulm"), "st": (x.ST, "B\u00fc"), "o": (O, "Acme"), "ou": (OU, "u"), "title": (x.TITLE, "t"),
                 "email": (x.EMAIL, "a@b.example", x.IA5), "dc": (x.DC, "example", x.IA5), "uid": (x.UID, "me")}
        fields, _, _ = self.fields(self.device(subject=given.values()))
        self.assertEqual({name: fields[name]["values"] for name in given}, {name: [value[1]] for name, value in given.items()})

    def test_extensions_by_oid(self):
        own = "1.3.6.1.4.1.99999.1"
        fields, _, text = self.fields(self.device(x.extension(own, x.tlv(x.UTF8, b"rack-7")),
                                                  x.extension(own + ".2", x.integer(7)),
                                                  x.extension(own + ".3", x.tlv(x.UTF8, b"a\0b"))))
        self.assertEqual(fields[f"oid.{own}"], {"state": "clean", "values": ["rack-7"]})
        self.assertEqual(fields[f"oid.{own}.2"]["state"], "spoilt")
        self.assertEqual(fields[f"oid.{own}.3"], {"state": "spoilt", "values": []})
        self.assertNotIn("oid.2.5.29.17", fields)
        self.assertRegex(text, rf'(?m)^  oid\.{re.escape(own)} +"rack-7"$')
        many = [x.extension(f"{own}.{i}", x.tlv(x.UTF8, b"v")) for i in range(500)]
        self.assertLess(len(self.fields(self.device(*many))[0]), 60)

    def test_values_that_spoil_their_field(self):
        for value, tag in ((b"a\0b", x.UTF8), (b"a\x1b[2Jb", x.UTF8), (b"a\nb", x.UTF8), (b"x" * 513, x.UTF8),
                           (b"x" * 65536, x.UTF8), (b"\xe4", x.T61), (b"\0a\0\0", x.BMP), (b"a\x7f", x.PRINTABLE)):
            certificate = self.device(subject=[(CN, value, tag), (O, "Acme")])
            fields, _, text = self.fields(certificate)
            self.assertEqual(fields["cn"], {"state": "spoilt", "values": []}, value[:20])
            self.assertRegex(text, r"(?m)^  cn +spoilt")
            self.harmless(text)
            self.refused("identity", "user name", certificate)

    def test_values_that_are_no_name(self):
        for value in ("*", "a*b", "a+b", "#"):
            certificate = self.device(subject=[(CN, value), (O, "Acme")])
            self.assertEqual(self.fields(certificate)[0]["cn"], {"state": "no name", "values": [value]})
            self.refused("identity", "user name", certificate)
        for uri in ("spiffe://acme.example/site/north/device/a*b", "spiffe://acme.example/site/north/device/%61"):
            self.refused("identity", "accept", self.device(names=[(x.URI, uri)]), said="ambiguous: san.uri has")

    def test_too_many_values(self):
        certificate = self.device(subject=[(CN, "x"), (O, "Acme")] + [(OU, f"u{i}") for i in range(17)])
        self.assertEqual(self.fields(certificate)[0]["ou"], {"state": "too many", "values": []})

    def harmless(self, text):
        for forbidden in "\x1b\x7f\x9b\u202e\u2028\x07\r\0":
            self.assertNotIn(forbidden, text)

    def test_nothing_commands_the_terminal(self):
        nasty = '\u061c"\\\u2066'
        for subject in ([(CN, nasty), (O, "Acme")], [(CN, "x"), (O, nasty)], [(CN, "x"), (O, "Acme"), (OU, nasty)]):
            certificate = self.device(subject=subject, names=[SVID, (x.DNS, b"\x1b[2J"), (x.URI, b"\x9b\xff")])
            for policy in (None, "policy.yaml", "open.yaml"):
                _, document, text = self.ask(certificate, policy=policy)
                self.harmless(text)
                self.assertNotIn("\u2066", text)
        self.ask("good.der", client="\x1b[2J\u202e")
        self.harmless(self.ask("good.der", client="\x1b[2J\u202e")[2])

    def test_sixty_four_kilobytes(self):
        certificate = self.device(subject=[(CN, "sensor-1"), (O, "Acme"), (x.TITLE, b"t" * 65536)],
                                  names=[SVID] + [(x.DNS, f"h{i}.example") for i in range(3000)])
        code, document, text = self.ask(certificate, policy="open.yaml")
        self.assertEqual((code, document["certificate"]["fields"]["san.dns"]["state"]), (0, "too many"))
        self.assertLess(len(text), 8192)

    def test_certificates_cut_anywhere(self):
        """No crash, and never a login of less than a whole one."""
        good = self.good_one
        for length in range(0, len(good), 7):
            self.write("cut.der", good[:length])
            self.bad(1, "cert", "explain", "cut.der")
            self.bad(1, "cert", "explain", "--policy", "policy.yaml", "--at", NOW, "cut.der")

    def test_certificates_changed_anywhere(self):
        """Whoever changes a byte that is signed is not let in."""
        certificate = self.devices.certificate("ed", SUBJECT, x.alt_names(SVID), x.usages(x.CLIENT_AUTH), begins=BEGINS,
                                               ends=ENDS)
        signed = len(certificate) - 90
        for place in range(0, signed, 11):
            changed = bytearray(certificate)
            changed[place] ^= 0x20
            self.write("changed.der", bytes(changed))
            done = self.run_tool("cert", "explain", "--policy", "policy.yaml", "--client-id", "d1", "--at", NOW, "changed.der")
            self.assertEqual(done.returncode, 1, f"byte {place}: {done.out}")


class Files(Certificates):
    """What is read, and what cannot be."""

    def test_forms(self):
        pem = x.pem("CERTIFICATE", self.good_one).decode()
        key = (self.folder / "p256.pem").read_text()
        chain = pem + x.pem("CERTIFICATE", self.authority).decode()
        for text, behind in ((pem, 0), (chain, 1), (key + pem, 0), ("Subject: x\n\n" + pem, 0), (pem.replace("\n", "\r\n"), 0)):
            self.write("form.pem", text)
            code, document, said = self.ask("form.pem")
            self.assertEqual((code, document["certificate"]["behind"]), (0, behind), said)
            self.assertEqual("the first of 2 in the file" in said, behind > 0)
        for arguments in (["-"], ["--policy", "policy.yaml", "--client-id", "d1", "-"]):
            self.good_from(chain, arguments)

    def good_from(self, text, arguments):
        done = self.run_tool("cert", "explain", "--at", NOW, *arguments, stdin=text)
        self.assertEqual((done.returncode, done.err), (0, ""), done.out)

    def test_no_password_is_asked_for(self):
        lines = x.pem("CERTIFICATE", self.good_one).decode().splitlines()
        lines[1:1] = ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF", ""]
        self.write("encrypted.pem", "\n".join(lines) + "\n")
        self.assertIn("no certificate", self.bad(1, "cert", "explain", "encrypted.pem"))

    def test_files_that_are_none(self):
        self.write("junk.der", self.good_one + b"x")
        self.write("empty", "")
        self.write("large", b"x" * (1024 * 1024 + 1))
        for name, code in (("junk.der", 1), ("empty", 1), ("p256.pem", 1), ("devices.crl", 1), ("policy.yaml", 1),
                           ("large", 3), ("none.crt", 3), (".", 3)):
            self.assertIn(name, self.bad(code, "cert", "explain", name))
            self.bad(code, "cert", "explain", "--policy", "policy.yaml", name)

    def test_names_that_are_no_text(self):
        """libcrypto takes no such certificate; if it did, the field would be spoilt."""
        self.write("text.der", self.device(subject=[(CN, b"\xff\xfe"), (O, "Acme")]))
        done = self.run_tool("cert", "explain", "--policy", "policy.yaml", "--client-id", "d1", "--at", NOW, "text.der")
        self.assertEqual(done.returncode, 1)

    def test_policies_that_are_none(self):
        self.write("bad.yaml", "bednet: 1\ncertificate: {}\n")
        self.write("without.yaml", "bednet: 1\n")
        for name, code, said in (("none.yaml", 3, "none.yaml"), ("bad.yaml", 1, "accept"),
                                 ("without.yaml", 1, "no section certificate")):
            for more in ((), ("--json",)):
                self.assertIn(said, self.bad(code, "cert", "explain", "--policy", name, *more, "good.der"))

    def test_lists_that_are_none(self):
        """Where the broker would not start, nobody is told that he would be let in."""
        forged = self.stranger.crl(BEGINS, ENDS)
        for name, content, code in (("forged.crl", forged, 1), ("cut.crl", self.devices.crl(BEGINS, ENDS, 1)[:-9], 1),
                                    ("text.crl", b"hello", 1), ("none.crl", None, 3),
                                    ("early.crl", self.devices.crl(seconds("2099-01-01T00:00:00Z"), seconds("2099-02-01T00:00:00Z")), 1)):
            if content is not None:
                self.write(name, content)
            policy = self.with_lists("lists.yaml", name)
            self.assertIn(name, self.bad(code, "cert", "explain", "--policy", policy, "--at", NOW, "good.der"))
            said = self.bad(code, "check", policy)
            self.assertIn(name, said)
            done = self.run_tool("check", "--json", policy)
            document = json.loads(done.out)
            self.assertEqual((done.returncode, document["ok"]), (code, False))
            self.assertIn(name, json.dumps(document["diagnostics"]))

    def test_check_counts_the_lists(self):
        out = self.run_tool("check", "policy.yaml")
        self.assertEqual(out.returncode, 0, out.err)
        self.assertIn("policy.yaml: 2 lists of revoked certificates, 2 entries\n", out.out)
        document = json.loads(self.run_tool("check", "--json", "policy.yaml").out)
        self.assertEqual(document["crl"], {"lists": 2, "entries": 2})
        self.write("crlless.yaml", "bednet: 1\ncertificate: {accept: [{roles: [a]}]}\n")
        self.assertNotIn("crl", json.loads(self.run_tool("check", "--json", "crlless.yaml").out))

    def test_check_warns_of_lists_that_are_out_of_date(self):
        policy = self.with_lists("stale.yaml", "stale.crl")
        done = self.run_tool("check", policy)
        self.assertEqual(done.returncode, 0, done.err)
        self.assertRegex(done.err, r"warning: stale\.yaml:\d+:\d+: .*out of date since 2026-05-27 00:00:00 UTC")

    def test_command_lines(self):
        for arguments in ([], ["explain"], ["frob"], ["explain", "a", "b"], ["explain", "--nothing", "good.der"],
                          ["explain", "--at", "yesterday", "good.der"], ["explain", "--policy"],
                          ["explain", "--client-id", "d1", "good.der"], ["explain", "--token", "t", "good.der"],
                          ["explain", "--policy", "policy.yaml", "--token", "-", "-"]):
            with self.subTest(arguments=arguments):
                self.bad(2, "cert", *arguments)
        self.bad(3, "cert", "explain", "--policy", "policy.yaml", "--token", "none", "good.der")

    def test_outputs_that_take_nothing(self):
        for arguments in (["good.der"], ["--json", "good.der"], ["--policy", "policy.yaml", "good.der"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([TOOL, "cert", "explain", *arguments], cwd=self.folder, stdout=full,
                                      stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 3)
            self.assertIn(b"standard output", done.stderr)


if __name__ == "__main__":
    unittest.main()
