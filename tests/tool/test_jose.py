# SPDX-License-Identifier: Apache-2.0
"""Tokens and key sets in both directions between the tool and panva's jose for Node, where that is installed."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from running import ALGORITHMS, AUDIENCE, ISSUER, SOURCE, Case

FOLDERS = [*os.environ.get("NODE_PATH", "").split(os.pathsep), SOURCE / ".cache/node/node_modules"]
JOSE = next((folder for folder in FOLDERS if folder and pathlib.Path(folder, "jose/package.json").exists()), None)

VERIFY = """
const { readFileSync } = require('node:fs');
import(process.argv[2]).then(async (jose) => {
  const { set, secret, tokens } = JSON.parse(readFileSync(0));
  const local = jose.createLocalJWKSet(set), out = {};
  for (const [name, token] of Object.entries(tokens)) {
    const key = name.startsWith('HS') ? Buffer.from(secret, 'base64url') : local;
    const { payload, protectedHeader } = await jose.jwtVerify(token, key, {
      algorithms: [name], issuer: process.argv[3], audience: process.argv[4] });
    out[name] = [protectedHeader.alg, payload.sub];
  }
  const thumbprints = {};
  for (const key of set.keys) thumbprints[key.kid] = await jose.calculateJwkThumbprint(key);
  console.log(JSON.stringify({ out, thumbprints }));
});
"""
SIGN = """
const { readFileSync } = require('node:fs');
const { createPrivateKey } = require('node:crypto');
import(process.argv[2]).then(async (jose) => {
  const out = {};
  for (const [alg, { pem, secret, kid }] of Object.entries(JSON.parse(readFileSync(0)))) {
    const key = pem ? createPrivateKey(pem) : Buffer.from(secret, 'base64url');
    out[alg] = await new jose.SignJWT({ sub: alg }).setProtectedHeader({ alg, kid }).setIssuer(process.argv[3])
      .setAudience(process.argv[4]).setIssuedAt().setExpirationTime('5m').sign(key);
  }
  console.log(JSON.stringify(out));
});
"""


class Jose(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = json.loads((cls.folder / "secret.jwk").read_text())["k"]
        cls.module = next(path for path in (pathlib.Path(JOSE, "jose", *parts) for parts in (
            ("dist", "webapi", "index.js"), ("dist", "node", "esm", "index.js"))) if path.exists())

    def node(self, script, document):
        done = subprocess.run(["node", "-e", script, "x", str(self.module), ISSUER, AUDIENCE], text=True,
                              input=json.dumps(document), capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def public_keys(self):
        return json.loads(self.good("jwks", "from-pem", *(f"{name}.pub.pem" for name in (
            "rsa", "p256", "p384", "p521", "ed"))))

    def kids(self, keys):
        """The kid for each key's name."""
        by_curve = {"P-256": "p256", "P-384": "p384", "P-521": "p521", "Ed25519": "ed", None: "rsa"}
        return {by_curve[key.get("crv")]: key["kid"] for key in keys["keys"]} | {"secret": "secret"}

    def test_jose_takes_what_the_tool_makes(self):
        keys = self.public_keys()
        kids = self.kids(keys)
        tokens = {algorithm: self.mint(self.key_of(algorithm), "--alg", algorithm, "--kid", kids[name], "--issuer",
                                       ISSUER, "--audience", AUDIENCE, "--subject", algorithm)
                  for algorithm, name in ALGORITHMS.items()}
        answer = self.node(VERIFY, {"set": keys, "secret": self.secret, "tokens": tokens})
        self.assertEqual(answer["out"], {algorithm: [algorithm, algorithm] for algorithm in ALGORITHMS})
        self.assertEqual(answer["thumbprints"], {key["kid"]: key["kid"] for key in keys["keys"]})

    def test_the_tool_takes_what_jose_makes(self):
        keys = self.public_keys()
        kids = self.kids(keys)
        keys["keys"].append(json.loads((self.folder / "secret.jwk").read_text()))
        self.write("all.json", json.dumps(keys))
        self.write_policy("all.json")
        tokens = self.node(SIGN, {algorithm: {
            "pem": (self.folder / f"{name}.pem").read_text() if name != "secret" else None, "secret": self.secret,
            "kid": kids[name]} for algorithm, name in ALGORITHMS.items()})
        self.assertEqual(set(tokens), set(ALGORITHMS))
        for algorithm, token in tokens.items():
            out = self.good("token", "verify", "--policy", "policy.yaml", stdin=token)
            self.assertIn(f'user name   "{algorithm}"', out)


if __name__ == "__main__":
    if JOSE is None or shutil.which("node") is None:
        print("skipped: jose is not installed; npm install --prefix .cache/node jose")
        sys.exit(77)
    unittest.main()
