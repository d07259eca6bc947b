# SPDX-License-Identifier: Apache-2.0
"""`bednet jwks show` and `bednet jwks from-pem`."""
import json
import subprocess
import unittest

from running import SECRET, TOOL, Case, decode, encode, openssl

# RFC 7638 section 3.1
RFC7638 = {"kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB", "n":
           "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok"
           "njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
           "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awa"
           "pJzKnqDKgw"}
THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
# RFC 8037 appendix A.3
RFC8037 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
THUMBPRINT_8037 = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

TYPES = {"rsa": ("RSA", None, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
         "p256": ("EC", "P-256", ["ES256"]), "p384": ("EC", "P-384", ["ES384"]), "p521": ("EC", "P-521", ["ES512"]),
         "ed": ("OKP", "Ed25519", ["EdDSA"])}
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


class Jwks(Case):
    def show(self, document, code=0):
        """What is said of each key of a document, in JSON."""
        path = self.write("shown.json", document if isinstance(document, (str, bytes)) else json.dumps(document))
        done = self.run_tool("jwks", "show", "--json", path.name)
        self.assertEqual(done.returncode, code, done.out + done.err)
        text = self.run_tool("jwks", "show", path.name)
        self.assertEqual(text.returncode, code)
        return json.loads(done.out)[0]["keys"], text.out, done.err

    def certificate(self, name, key):
        openssl("req", "-x509", "-new", "-key", self.folder / f"{key}.pem", "-subj", "/CN=x", "-days", "1", "-out",
                self.folder / name)
        return (self.folder / name).read_text()

    def test_thumbprints_of_the_standards(self):
        keys, text, _ = self.show({"keys": [RFC7638, RFC8037 | {"kid": "b"}]})
        self.assertEqual([key["thumbprint"] for key in keys], [THUMBPRINT, THUMBPRINT_8037])
        self.assertIn(THUMBPRINT, text)
        self.assertEqual(keys[0]["bits"], 2048)

    def test_from_pem_of_every_type(self):
        for name, (kty, curve, algorithms) in TYPES.items():
            with self.subTest(name=name):
                public = self.good("jwks", "from-pem", f"{name}.pub.pem")
                done = self.run_tool("jwks", "from-pem", f"{name}.pem")
                self.assertEqual((done.returncode, done.out), (0, public))
                self.assertIn("private key, of which only the public part is taken", done.err)
                self.certificate("certificate.pem", name)
                self.assertEqual(self.good("jwks", "from-pem", "certificate.pem"), public)
                self.assertEqual(self.good("jwks", "from-pem", "-", stdin=(self.folder / f"{name}.pub.pem").read_bytes()),
                                 public)
                jwk = json.loads(public)["keys"][0]
                self.assertEqual((jwk["kty"], jwk.get("crv"), jwk["use"]), (kty, curve, "sig"))
                self.assertFalse(PRIVATE_MEMBERS & set(jwk))
                keys, _, _ = self.show(public)
                self.assertEqual(keys[0]["algorithms"], algorithms)
                self.assertEqual(keys[0]["kid"], keys[0]["thumbprint"])

    def test_the_key_is_the_key(self):
        jwk = json.loads(self.good("jwks", "from-pem", "rsa.pub.pem"))["keys"][0]
        modulus = openssl("rsa", "-pubin", "-in", self.folder / "rsa.pub.pem", "-noout", "-modulus").decode()
        self.assertEqual(decode(jwk["n"]).hex().upper(), modulus.strip().partition("=")[2])
        self.assertEqual(jwk["e"], "AQAB")
        for name, size in (("p256", 32), ("p384", 48), ("p521", 66)):
            jwk = json.loads(self.good("jwks", "from-pem", f"{name}.pub.pem"))["keys"][0]
            tail = openssl("pkey", "-pubin", "-in", self.folder / f"{name}.pub.pem", "-outform", "DER")[-2 * size:]
            self.assertEqual(decode(jwk["x"]) + decode(jwk["y"]), tail)
        jwk = json.loads(self.good("jwks", "from-pem", "ed.pub.pem"))["keys"][0]
        self.assertEqual(decode(jwk["x"]), openssl("pkey", "-pubin", "-in", self.folder / "ed.pub.pem", "-outform", "DER")[-32:])

    def test_older_forms_of_pem(self):
        folder = self.folder
        expected = self.good("jwks", "from-pem", "rsa.pub.pem")
        openssl("rsa", "-in", folder / "rsa.pem", "-traditional", "-out", folder / "old.pem")
        openssl("rsa", "-in", folder / "rsa.pem", "-RSAPublicKey_out", "-out", folder / "old.pub.pem")
        for name in ("old.pem", "old.pub.pem"):
            self.assertEqual(self.good("jwks", "from-pem", name), expected)
        openssl("ecparam", "-name", "secp384r1", "-genkey", "-out", folder / "parameters.pem")
        self.assertIn("PARAMETERS", (folder / "parameters.pem").read_text())
        self.assertEqual(len(json.loads(self.good("jwks", "from-pem", "parameters.pem"))["keys"]), 1)
        both = self.write("both.pem", (folder / "rsa.pub.pem").read_text() + "text between\n" + (folder / "ed.pub.pem").read_text())
        self.assertEqual(len(json.loads(self.good("jwks", "from-pem", both))["keys"]), 2)

    def test_names(self):
        jwk = json.loads(self.good("jwks", "from-pem", "--kid", "k \"1\"", "--alg", "PS384", "rsa.pub.pem"))["keys"][0]
        self.assertEqual((jwk["kid"], jwk["alg"]), ("k \"1\"", "PS384"))
        keys, _, _ = self.show({"keys": [jwk]})
        self.assertEqual(keys[0]["algorithms"], ["PS384"])
        self.assertEqual(len(json.loads(self.good("jwks", "from-pem", *(f"{name}.pub.pem" for name in TYPES)))["keys"]), 5)

    def test_only_the_first_certificate_of_a_chain(self):
        self.write("chain.pem", self.certificate("a.pem", "p256") + self.certificate("b.pem", "rsa"))
        done = self.run_tool("jwks", "from-pem", "chain.pem")
        self.assertEqual(done.returncode, 0)
        self.assertEqual([key["kty"] for key in json.loads(done.out)["keys"]], ["EC"])
        self.assertIn("block 2: passed over", done.err)
        # The plugin would take both, if somebody gave it the chain.
        keys, _, told = self.show((self.folder / "chain.pem").read_bytes())
        self.assertEqual([key["kty"] for key in keys], ["EC", "RSA"])
        self.assertNotIn("passed over", told)

    def test_what_from_pem_refuses(self):
        folder = self.folder
        openssl("pkey", "-in", folder / "ed.pem", "-aes128", "-passout", "pass:x", "-out", folder / "locked.pem")
        openssl("rsa", "-in", folder / "rsa.pem", "-traditional", "-aes128", "-passout", "pass:x", "-out", folder / "old-locked.pem")
        self.write("empty.pem", "")
        self.write("text.pem", "no key at all\n")
        self.write("other.pem", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
        self.write("broken.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
        self.write("cut.pem", (folder / "rsa.pub.pem").read_bytes()[:200])
        self.write("cut2.pem", (folder / "ed.pub.pem").read_bytes() + (folder / "rsa.pub.pem").read_bytes()[:200])
        self.write("twice.pem", (folder / "ed.pub.pem").read_bytes() * 2)
        for name in ("locked.pem", "old-locked.pem", "empty.pem", "text.pem", "other.pem", "broken.pem", "cut.pem", "cut2.pem",
                     "twice.pem", "k256.pub.pem", "rsa1024.pub.pem", "secret"):
            with self.subTest(name=name):
                self.bad(1, "jwks", "from-pem", name)
        self.bad(1, "jwks", "from-pem", "ed.pub.pem", "empty.pem")
        for name, algorithm in (("rsa", "ES256"), ("p256", "ES384"), ("p256", "EdDSA"), ("ed", "RS256"), ("rsa", "HS256")):
            self.bad(1, "jwks", "from-pem", "--alg", algorithm, f"{name}.pub.pem")
        self.bad(1, "jwks", "from-pem", "--kid", "", "ed.pub.pem")
        self.bad(1, "jwks", "from-pem", "--kid", "x" * 257, "ed.pub.pem")

    def test_show_never_shows_a_secret(self):
        secret = encode(SECRET)
        private = {"kty": "OKP", "crv": "Ed25519", "x": RFC8037["x"], "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}
        for document, code in (({"keys": [{"kty": "oct", "kid": "s", "k": secret}]}, 0),
                               ({"keys": [{"kty": "oct", "kid": "s", "k": secret + "="}]}, 1),
                               ({"keys": [{"kty": "oct", "use": secret[:8], "k": secret[:20]}]}, 1),
                               ({"keys": [private]}, 1)):
            keys, text, error = self.show(document, code)
            for said in (json.dumps(keys), text, error):
                self.assertNotIn(secret[:12], said)
                self.assertNotIn(private["d"], said)
            self.assertIsNone(keys[0]["thumbprint"] if keys[0]["kty"] == "oct" else None)
        keys, text, _ = self.show({"keys": [{"kty": "oct", "kid": "s", "k": secret}]})
        self.assertEqual((keys[0]["bits"], keys[0]["algorithms"]), (512, ["HS256", "HS384", "HS512"]))
        self.assertIn("of 64 bytes", text)

    def test_why_a_key_is_not_usable(self):
        short = {"kty": "RSA", "e": "AQAB", "n": encode(b"\xc1" * 128)}
        cases = [(short, "2048"), (RFC7638 | {"use": "enc"}, "use"), (RFC7638 | {"alg": "ES256"}, "alg"),
                 (RFC7638 | {"e": "AQ"}, "exponent"), (RFC7638 | {"n": "AQAB="}, "RSA"), ({"kty": "RSA"}, "RSA"),
                 ({"kty": "EC", "crv": "P-192"}, "curve"), ({"kty": "XYZ"}, "kty"), ({}, "kty"), ("text", "object"),
                 ({"kty": "EC", "crv": "P-256", "x": encode(bytes(32)), "y": encode(bytes(32))}, "EC key"),
                 ({"kty": "OKP", "crv": "X25519", "x": RFC8037["x"]}, "curve"), (RFC8037 | {"kid": ""}, "kid")]
        for jwk, why in cases:
            with self.subTest(jwk=jwk):
                keys, text, _ = self.show({"keys": [RFC8037 | {"kid": "good"}, jwk]}, self.verdict([jwk]))
                self.assertTrue(keys[0]["usable"])
                self.assertFalse(keys[1]["usable"])
                self.assertIn(why, keys[1]["why"])
                self.assertIn("not usable: ", text)

    def verdict(self, keys):
        """0 where a good key beside these would save the file: what is passed over does, what is broken does not."""
        passed_over = all(isinstance(key, dict) and (key.get("use") == "enc" or key.get("kty") == "XYZ" or
                                                     key.get("crv") in ("P-192", "X25519")) for key in keys)
        return 0 if passed_over else 1

    def test_files_that_are_no_key_set(self):
        for document in ("", "x", "[]", "{}", '{"keys":1}', '{"keys":[]}', '{"keys":[{"kty":"oct","kty":"oct"}]}', "{" * 100,
                         '{"keys":[' + "1," * 100 + "1]}", b"\xff\xfe", '"\\u0000"'):
            with self.subTest(document=document):
                path = self.write("bad.json", document)
                for option in ([], ["--json"]):
                    done = self.run_tool("jwks", "show", *option, path.name)
                    self.assertEqual(done.returncode, 1)
                    self.assertNotEqual(done.err, "")

    def test_the_whole_file_counts(self):
        self.show({"keys": [RFC8037 | {"kid": "a"}, RFC7638 | {"kid": "a"}]}, 1)
        self.show(RFC7638)
        path = self.write("one.json", json.dumps({"keys": [RFC7638]}))
        self.write("two.json", json.dumps({"keys": []}))
        done = self.run_tool("jwks", "show", path.name, "two.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("good for", done.out)

    def test_show_of_pem(self):
        out = self.good("jwks", "show", "rsa.pub.pem", "ed.pub.pem")
        self.assertIn("of 2048 bits", out)
        self.assertIn("good for EdDSA", out)
        done = self.run_tool("jwks", "show", "ed.pem")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a private key", done.err)

    def test_nothing_commands_the_terminal(self):
        nasty = "\x1b[2J\u202e\x7f\n"
        keys, text, error = self.show({"keys": [RFC8037 | {"kid": nasty, "use": nasty}]}, 1)
        self.assertEqual(keys[0]["kid"], nasty)
        for said in (text, error):
            for forbidden in "\x1b\u202e\x7f":
                self.assertNotIn(forbidden, said)

    def test_json_for_machines_is_plain(self):
        path = self.write("nasty.json", json.dumps({"keys": [RFC8037 | {"kid": "\u202e\x1b"}]}))
        done = subprocess.run([TOOL, "jwks", "show", "--json", path], capture_output=True, check=True)
        self.assertTrue(done.stdout.isascii())


if __name__ == "__main__":
    unittest.main()
