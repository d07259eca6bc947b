# SPDX-License-Identifier: Apache-2.0
"""`bednet token mint`: every algorithm, verified by the openssl command; and what it must not sign."""
import hashlib
import hmac
import json
import re
import time
import unittest

from running import ALGORITHMS, AUDIENCE, ISSUER, PRIVATE_KEYS, SECRET, Case, decode, openssl

HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}


def der_integer(number):
    data = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(data)]) + data


def to_der(raw):
    half = len(raw) // 2
    body = der_integer(int.from_bytes(raw[:half], "big")) + der_integer(int.from_bytes(raw[half:], "big"))
    return b"\x30" + (bytes([len(body)]) if len(body) < 128 else b"\x81" + bytes([len(body)])) + body


class Mint(Case):
    def verify_by_openssl(self, algorithm, token):
        text, _, signature = token.rpartition(".")
        signature, name = decode(signature), HASHES.get(algorithm[2:])
        if algorithm.startswith("HS"):
            self.assertEqual(signature, hmac.digest(SECRET, text.encode(), getattr(hashlib, name)))
            return
        self.write("input", text)
        self.write("signature", to_der(signature) if algorithm.startswith("ES") else signature)
        key = self.folder / f"{ALGORITHMS[algorithm]}.pub.pem"
        files = ["-signature" if name else "-sigfile", self.folder / "signature"]
        if name is None:
            openssl("pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", self.folder / "input", *files)
            return
        pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if algorithm[0] == "P" else []
        openssl("dgst", f"-{name}", "-verify", key, *pss, *files, self.folder / "input")

    def test_every_algorithm_with_openssl(self):
        for algorithm in ALGORITHMS:
            for kind in ("JWT", "at+jwt", ""):
                with self.subTest(algorithm=algorithm, typ=kind):
                    token = self.mint(self.key_of(algorithm), "--alg", algorithm, "--kid", "the \"key\" ü", "--typ",
                                      kind, "--issuer", ISSUER)
                    header, claims = self.read(token)
                    expected = {"alg": algorithm, "kid": "the \"key\" ü"} | ({"typ": kind} if kind else {})
                    self.assertEqual(header, expected)
                    self.assertEqual(claims["iss"], ISSUER)
                    self.verify_by_openssl(algorithm, token)

    def test_a_changed_token_does_not_verify(self):
        token = self.mint("p256.pem")
        header, claims, signature = token.split(".")
        with self.assertRaises(Exception):
            self.verify_by_openssl("ES256", f"{header}.{claims[:-2]}AA.{signature}")

    def test_accepted_by_the_plugin(self):
        names = ("rsa", "p256", "p384", "p521", "ed")
        for name in names:
            self.write(f"{name}.json", self.good("jwks", "from-pem", "--kid", name, f"{name}.pub.pem"))
        keys = [json.loads((self.folder / f"{name}.json").read_text())["keys"][0] for name in names]
        self.write("all.json", json.dumps({"keys": keys + [json.loads((self.folder / "secret.jwk").read_text())]}))
        self.write_policy("all.json")
        for algorithm, key in ALGORITHMS.items():
            for kind in ("JWT", "at+jwt", ""):
                with self.subTest(algorithm=algorithm, typ=kind):
                    token = self.mint(self.key_of(algorithm), "--alg", algorithm, "--kid", key, "--typ", kind,
                                      "--issuer", ISSUER, "--audience", AUDIENCE, "--subject", "device-1")
                    out = self.good("token", "verify", "--policy", "policy.yaml", stdin=token)
                    self.assertTrue(out.startswith("accepted\n"), out)
                    self.assertIn('user name   "device-1"', out)

    def test_default_algorithm(self):
        for key, algorithm in (("rsa.pem", "RS256"), ("p256.pem", "ES256"), ("p384.pem", "ES384"),
                               ("p521.pem", "ES512"), ("ed.pem", "EdDSA"), ("secret", "HS256"), ("secret.jwk", "HS256")):
            self.assertEqual(self.read(self.mint(key))[0]["alg"], algorithm)

    def test_key_and_algorithm_must_fit(self):
        keys = [name + ".pem" for name in PRIVATE_KEYS] + ["secret"]
        for key in keys:
            for algorithm, owner in ALGORITHMS.items():
                if key.removesuffix(".pem") != owner:
                    with self.subTest(key=key, algorithm=algorithm):
                        self.bad(1, "token", "mint", "--key", key, "--alg", algorithm)
        for algorithm in ("none", "None", "hs256", "RS128", "ES256K", "Ed25519", ""):
            self.bad(1, "token", "mint", "--key", "rsa.pem", "--alg", algorithm)
        self.bad(1, "token", "mint", "--key", "rsa1024.pem")
        self.bad(1, "token", "mint", "--key", "k256.pem")

    def test_short_secrets(self):
        for size, refused in ((0, "256 384 512"), (1, "256 384 512"), (31, "256 384 512"), (32, "384 512"),
                              (47, "384 512"), (48, "512"), (63, "512"), (64, ""), (1024, ""), (1025, "256 384 512")):
            self.write("short", b"x" * size)
            for bits in ("256", "384", "512"):
                with self.subTest(size=size, bits=bits):
                    done = self.run_tool("token", "mint", "--key", "short", "--alg", f"HS{bits}")
                    self.assertEqual(done.returncode, 1 if bits in refused.split() else 0)

    def test_files_that_are_no_key_to_sign_with(self):
        openssl("pkey", "-in", self.folder / "ed.pem", "-aes128", "-passout", "pass:x", "-out", self.folder / "locked.pem")
        self.write("broken.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        self.write("public.jwk", '{"kty":"OKP","crv":"Ed25519","x":"AAAA"}')
        self.write("numeric.jwk", '{"kty":"oct","k":1}')
        self.write("padded.jwk", '{"kty":"oct","k":"AA=="}')
        self.write("twice.jwk", '{"kty":"oct","k":"AAAA","k":"BBBB"}')
        self.write("empty.jwk", '{"kty":"oct","k":""}')
        for name in ("locked.pem", "broken.pem", "ed.pub.pem", "public.jwk", "numeric.jwk", "padded.jwk", "twice.jwk",
                     "empty.jwk"):
            for algorithm in ("HS256", "EdDSA"):
                with self.subTest(name=name, algorithm=algorithm):
                    error = self.bad(1, "token", "mint", "--key", name, "--alg", algorithm)
                    self.assertNotIn("BBBB", error)

    def test_a_secret_is_its_bytes(self):
        """Whatever libjwt makes of a NUL, of bytes that are no text, and of a line end."""
        for secret in (b"\0" * 32, bytes(range(200, 256)) + b"\0\n", b"x" * 31 + b"\n"):
            self.write("odd", secret)
            text, _, signature = self.mint("odd", "--alg", "HS256").rpartition(".")
            self.assertEqual(decode(signature), hmac.digest(secret, text.encode(), hashlib.sha256))
        done = self.run_tool("token", "mint", "--key", "odd")
        self.assertIn("line end", done.err)

    def test_warns_of_keys_that_anybody_reads(self):
        self.write("open.pem", (self.folder / "ed.pem").read_bytes()).chmod(0o644)
        done = self.run_tool("token", "mint", "--key", "open.pem")
        self.assertEqual(done.returncode, 0)
        self.assertIn("warning: open.pem may be read by anybody", done.err)

    def test_default_claims(self):
        before = int(time.time())
        _, claims = self.read(self.mint("ed.pem"))
        self.assertEqual(set(claims), {"iat", "exp", "jti"})
        self.assertTrue(before <= claims["iat"] <= time.time())
        self.assertEqual(claims["exp"] - claims["iat"], 3600)
        self.assertRegex(claims["jti"], re.compile("^[A-Za-z0-9_-]{22}$"))
        self.assertNotEqual(claims["jti"], self.read(self.mint("ed.pem"))[1]["jti"])

    def test_claims(self):
        self.write("claims.json", '{"site": "x", "n": 1, "exp": 5}')
        _, claims = self.read(self.mint(
            "ed.pem", "--claims", "claims.json", "--claim", "site=be=rl:in", "--claim", 'roles:=["a", "b"]', "--issuer", "i",
            "--subject", "s", "--client-id", "c", "--jti", "j", "--audience", "a", "--audience", "b", "--audience", "c",
            "--at", "2026-11-22T12:00:00Z", "--not-before", "1795000000"))
        self.assertEqual(claims, {"site": "be=rl:in", "n": 1, "exp": 5, "roles": ["a", "b"], "iss": "i", "sub": "s",
                                  "client_id": "c", "jti": "j", "aud": ["a", "b", "c"], "iat": 1795348800,
                                  "nbf": 1795000000})

    def test_more_claims(self):
        _, claims = self.read(self.mint("ed.pem", "--claims", '{"iat": 7, "jti": "x"}', "--lifetime", "2d", "--at", "100"))
        self.assertEqual(claims, {"iat": 7, "jti": "x", "exp": 100 + 2 * 86400})
        _, claims = self.read(self.mint("ed.pem", "--lifetime", "none", "--jti", "-", "--claim", "exp:=1"))
        self.assertEqual(set(claims), {"iat"})
        _, claims = self.read(self.mint("p256.pem", "--claims", '{"a": "ü\\u001b", "b": {"c": [1, 2.5, null, true]}}'))
        self.assertEqual((claims["a"], claims["b"]), ("ü\x1b", {"c": [1, 2.5, None, True]}))
        out = self.good("token", "mint", "--key", "ed.pem", "--claims", "-", stdin='{"from": "stdin"}')
        self.assertEqual(self.read(out.strip())[1]["from"], "stdin")

    def test_key_from_standard_input(self):
        out = self.good("token", "mint", "--key", "-", "--alg", "EdDSA", stdin=(self.folder / "ed.pem").read_bytes())
        self.verify_by_openssl("EdDSA", out.strip())

    def test_elliptic_signatures_of_every_length(self):
        """One in 256 numbers of a signature is a byte shorter, and must be padded."""
        for key, algorithm, size in (("p256.pem", "ES256", 64), ("p521.pem", "ES512", 132)):
            for kind in ("JWT", "at+jwt"):
                for _ in range(15):
                    token = self.mint(key, "--typ", kind)
                    self.assertEqual(len(decode(token.rpartition(".")[2])), size)
                self.verify_by_openssl(algorithm, token)


if __name__ == "__main__":
    unittest.main()
