# SPDX-License-Identifier: Apache-2.0
"""What the tests of the tool share: a folder with keys, the tool itself, and the openssl command."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOOL = os.environ["BEDNET_TOOL"]
SOURCE = pathlib.Path(__file__).resolve().parents[2]
ISSUER = "https://id.example"
AUDIENCE = "mqtt.example"
SECRET = bytes(range(1, 65))

# Each algorithm and the key that signs for it.
ALGORITHMS = {"HS256": "secret", "HS384": "secret", "HS512": "secret",
              "RS256": "rsa", "RS384": "rsa", "RS512": "rsa", "PS256": "rsa", "PS384": "rsa", "PS512": "rsa",
              "ES256": "p256", "ES384": "p384", "ES512": "p521", "EdDSA": "ed"}
PRIVATE_KEYS = {"rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                "p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                "p384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
                "p521": ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
                "ed": ["ED25519"],
                "rsa1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
                "k256": ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"]}


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options).stdout


def make_keys(folder):
    for name, options in PRIVATE_KEYS.items():
        openssl("genpkey", "-quiet", "-algorithm", *options, "-out", folder / f"{name}.pem")
        openssl("pkey", "-in", folder / f"{name}.pem", "-pubout", "-out", folder / f"{name}.pub.pem")
        (folder / f"{name}.pem").chmod(0o600)
    (folder / "secret").write_bytes(SECRET)
    (folder / "secret").chmod(0o600)
    jwk = {"kty": "oct", "kid": "secret", "k": encode(SECRET)}
    (folder / "secret.jwk").write_text(json.dumps(jwk))
    (folder / "secret.jwk").chmod(0o600)


class Case(unittest.TestCase):
    """Runs the tool in a folder of its own, with keys in it."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="bednet-tool-"))
        make_keys(cls.folder)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def run_tool(self, *arguments, stdin=b""):
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, input=stdin, capture_output=True,
                              timeout=60, check=False)
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        self.assertNotIn("Sanitizer", done.err)
        self.assertNotIn("runtime error", done.err)
        self.assertIn(done.returncode, (0, 1, 2, 3), done.err)
        return done

    def good(self, *arguments, **options):
        done = self.run_tool(*arguments, **options)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.out}{done.err}")
        return done.out

    def bad(self, code, *arguments, **options):
        """A refusal: that exit code, something on standard error, nothing on standard output."""
        done = self.run_tool(*arguments, **options)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.out}{done.err}")
        self.assertEqual(done.out, "", arguments)
        self.assertNotEqual(done.err, "", arguments)
        return done.err

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o640)
        return path

    def write_policy(self, keys):
        """A policy by which the keys of that file verify any algorithm."""
        return self.write("policy.yaml", f"""
bednet: 1
jwt:
  issuers:
    - issuer: {ISSUER}
      audience: [{AUDIENCE}]
      keys: {{file: {keys}}}
      algorithms: [{", ".join(ALGORITHMS)}]
""")

    def key_of(self, algorithm):
        """The file with the key that signs for it."""
        name = ALGORITHMS[algorithm]
        return name if name == "secret" else f"{name}.pem"

    def mint(self, key, *arguments):
        """A token that ends as soon as the line does."""
        out = self.good("token", "mint", "--key", key, *arguments)
        self.assertTrue(out.endswith("\n"))
        token = out[:-1]
        self.assertEqual(token.count("."), 2)
        self.assertNotIn("\n", token)
        return token

    def read(self, token):
        """Header and claims, by other code than the tool's."""
        header, claims, _ = token.split(".")
        return json.loads(decode(header)), json.loads(decode(claims))
