# SPDX-License-Identifier: Apache-2.0
"""`bednet token verify`: each check fails in its turn, and what is said of it."""
import hashlib
import http.server
import json
import threading
import time
import unittest

from running import AUDIENCE, ISSUER, Case, encode, openssl

POLICY = """
bednet: 1
jwt:
  carriers: [password, username, enhanced]
  on_expiry: {{jitter: 0s}}
  revocations: {{file: revoked.yaml}}
  issuers:
    - issuer: https://id.example
      audience: [mqtt.example]
      keys: {{file: keys.json}}
      algorithms: [ES256, EdDSA]
      types: [JWT, at+jwt]
      parties: [portal]
      required: {{tenant: [acme]}}
      max_lifetime: 2h
      leeway: 0s
      client_id: ${{claim.device}}
      roles: ${{claim.roles}}
      permissions: {{claim: acl, format: bednet, use: widen}}
    - issuer: https://other.example
      keys: {other}
      algorithms: [EdDSA, RS256]
      username: ${{claim.org.name}}
roles:
  device: {{allow: {{publish: [a]}}}}
  reader: {{allow: {{subscribe: [b]}}}}
"""
CHECKS = ["structure", "header", "key", "signature", "claims", "issuer", "type", "claim types", "audience", "party",
          "times", "required claims", "user name", "client id", "roles", "certificate", "revocation", "permissions"]
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "d", "device": "d", "azp": "portal", "tenant": "acme",
          "roles": ["device", "stranger"], "iat": 1000, "exp": 2000, "jti": "j1"}


class Verify(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        keys = []
        for kid in ("p256", "ed", "rsa"):
            (cls.folder / "key.json").write_text("")
            done = cls.run_tool(cls(), "jwks", "from-pem", "--kid", kid, f"{kid}.pub.pem")
            keys += json.loads(done.out)["keys"]
        for name, some in (("keys.json", keys[:2]), ("other.json", keys[1:])):
            (cls.folder / name).write_text(json.dumps({"keys": some}))
        (cls.folder / "revoked.yaml").write_text("revoked:\n  - jti: gone\n")
        (cls.folder / "policy.yaml").write_text(POLICY.format(other="{file: other.json}"))
        (cls.folder / "url.yaml").write_text(POLICY.format(other="{url: https://keys.example/jwks}"))
        openssl("req", "-x509", "-new", "-key", cls.folder / "p256.pem", "-subj", "/CN=x", "-days", "1", "-out",
                cls.folder / "certificate.pem")
        der = openssl("x509", "-in", cls.folder / "certificate.pem", "-outform", "DER")
        cls.thumbprint = encode(hashlib.sha256(der).digest())

    def token(self, *options, key="p256", without=(), **claims):
        merged = {name: value for name, value in (CLAIMS | claims).items() if name not in without}
        return self.mint(f"{key}.pem", "--kid", key, "--claims", json.dumps(merged), *options)

    def forge(self, header, payload):
        """Signed by the right key, whatever it says."""
        text = f"{encode(header.encode())}.{encode(payload.encode())}"
        self.write("text", text)
        openssl("pkeyutl", "-sign", "-inkey", self.folder / "ed.pem", "-rawin", "-in", self.folder / "text", "-out",
                self.folder / "signature")
        return f"{text}.{encode((self.folder / 'signature').read_bytes())}"

    def ask(self, token, *options, policy="policy.yaml", client="d", at="1500"):
        arguments = ["--policy", policy, "--at", at] + (["--client-id", client] if client else [])
        text = self.run_tool("token", "verify", *arguments, *options, stdin=token)
        done = self.run_tool("token", "verify", "--json", *arguments, *options, stdin=token)
        self.assertEqual(text.returncode, done.returncode)
        return done.returncode, json.loads(done.out), text.out

    def refused(self, reason, check, token, *options, said="", **more):
        code, document, text = self.ask(token, *options, **more)
        self.assertEqual((code, document["verdict"], document["reason"]), (1, "refused", reason), text)
        outcomes = {entry["check"]: entry["outcome"] for entry in document["checks"]}
        place = CHECKS.index(check)
        self.assertEqual(list(outcomes), CHECKS)
        self.assertEqual(list(outcomes.values()),
                         ["passed"] * place + ["failed"] + ["not reached"] * (len(CHECKS) - place - 1), text)
        self.assertTrue(document["remedy"])
        self.assertTrue(text.startswith(f"refused: {reason}\n"), text)
        self.assertRegex(text, rf"(?m)^  FAILED +{check} ")
        self.assertEqual(text.count("FAILED"), 1)
        self.assertIn(said, text)
        self.assertIn(document["remedy"], text)
        return document

    def test_accepted(self):
        code, document, text = self.ask(self.token())
        self.assertEqual((code, document["verdict"], document["reason"]), (0, "accepted", None))
        self.assertEqual(document["login"], {
            "username": "d", "client_id": "d", "client_id_is_bound": True, "roles": ["device"], "exempt": [],
            "exceptions": [], "too_many_roles": False, "permissions": None, "ends": 2000})
        for said in ("accepted\n", 'user name   "d"', 'roles       "device"', 'not known   "stranger"',
                     "1970-01-01 00:33:20 UTC, in 8 min", "policy.yaml:8:7"):
            self.assertIn(said, text)

    def test_each_check_in_its_turn(self):
        good = self.token()
        header, claims, signature = good.split(".")
        self.refused("malformed", "structure", f"{header}.{claims}.", said="the signature, at offset")
        self.refused("malformed", "structure", f"{header}.{claims}.{signature}=", said="0x3d")
        self.refused("too_long", "structure", header + "." + "A" * 20000 + ".AAAA")
        self.refused("malformed", "header", self.forge("{]", "{}"), said="the header is no JSON object")
        self.refused("malformed", "header", self.forge('{"alg":"EdDSA","kid":1}', "{}"))
        self.refused("critical", "header", self.forge('{"alg":"EdDSA","crit":["exp"]}', "{}"), said='"exp"')
        self.refused("token_type", "header", self.forge('{"alg":"EdDSA","typ":"dpop+jwt"}', "{}"), said='typ: "dpop+jwt"')
        self.refused("algorithm", "header", self.forge('{"alg":"none"}', "{}"), said='alg: "none"')
        self.refused("algorithm", "key", self.mint("secret", "--alg", "HS256", "--kid", "ed"), said='alg: "HS256"')
        self.refused("unknown_key", "key", self.token("--kid", "nobody"), said='kid: "nobody"')
        self.refused("signature", "signature", f"{header}.{claims}.{'A' * len(signature)}")
        self.refused("claims", "claims", self.forge('{"alg":"EdDSA","kid":"ed","typ":"JWT"}', "[]"),
                     said="the payload is no JSON object")
        self.refused("issuer", "issuer", self.token(iss="https://id.example/"), said='policy has  "https://id.example"')
        self.refused("token_type", "type", self.token("--typ", ""), said="typ: not there")
        self.refused("claims", "claim types", self.token(exp="2000"), said='exp: "2000"')
        self.refused("claims", "claim types", self.token("--lifetime", "none"), said="exp: not there")
        self.refused("audience", "audience", self.token(aud=["a", "b"]), said='policy has  "mqtt.example"')
        self.refused("party", "party", self.token(azp="shop"), said='azp: "shop"')
        self.refused("expired", "times", self.token(), at="2000", said="exp: 2000 (1970-01-01 00:33:20 UTC)")
        self.refused("not_yet_valid", "times", self.token(nbf=1501), said="nbf: 1501")
        self.refused("lifetime", "times", self.token(exp=1000 + 7201))
        self.refused("required_claim", "required claims", self.token(tenant="other"), said='tenant: "other"')
        self.refused("required_claim", "required claims", self.token(without=["tenant"]), said="tenant: not there")
        self.refused("claims", "user name", self.token(without=["sub"]), said="sub: not there")
        self.refused("identity", "user name", self.token(sub="x" * 600))
        self.refused("client_id", "client id", good, client="e", said='client has  "e"')
        self.refused("client_id", "client id", good, client=None, said="none was told by --client-id")
        self.refused("too_many_roles", "roles", self.token(roles=[f"r{i}" for i in range(33)]))
        self.refused("confirmation", "certificate", self.token(cnf={"x5t#S256": self.thumbprint}))
        self.refused("confirmation", "certificate", self.token(cnf={"jkt": "x"}), "--certificate", "certificate.pem")
        self.refused("revoked", "revocation", self.token("--jti", "gone"), said='jti: "gone"')
        self.refused("permissions", "permissions", self.token(acl="all"), said='acl: "all"')

    def test_a_changed_token(self):
        header, _, signature = self.token().split(".")
        _, other, _ = self.token(sub="somebody").split(".")
        self.refused("signature", "signature", f"{header}.{other}.{signature}")

    def test_where_the_policy_speaks(self):
        lines = POLICY.splitlines()
        document = self.refused("expired", "times", self.token(), at="3000")
        self.assertEqual("    - issuer: https://id.example", lines[document["line"] - 1])
        self.assertRegex(self.ask(self.token(), at="3000")[2], r'issuer +"https://id.example", policy.yaml:8:7')
        document = self.refused("revoked", "revocation", self.token("--jti", "gone"))
        self.assertIn("revo", lines[document["line"] - 1])
        document = self.refused("permissions", "permissions", self.token(acl=1))
        self.assertIn("permissions", lines[document["line"] - 1])

    def test_observed(self):
        self.write("observe.yaml", "mode: observe\n" + POLICY.format(other="{file: other.json}"))
        self.assertIsNone(self.ask(self.token(), policy="observe.yaml")[1]["login"]["ends"])
        self.assertIn("(mode observe: counted, not enforced)", self.ask(self.token(), policy="observe.yaml", at="9999")[2])

    def test_certificate(self):
        token = self.token(cnf={"x5t#S256": self.thumbprint})
        der = openssl("x509", "-in", self.folder / "certificate.pem", "-outform", "DER")
        self.write("certificate.der", der)
        for name in ("certificate.pem", "certificate.der"):
            self.assertEqual(self.ask(token, "--certificate", name)[0], 0)
        for name in ("ed.pem", "policy.yaml"):
            self.bad(1, "token", "verify", "--policy", "policy.yaml", "--certificate", name, stdin=token)
        self.bad(3, "token", "verify", "--policy", "policy.yaml", "--certificate", "none.pem", stdin=token)

    def test_permissions(self):
        acl = {"publish": ["out/#"], "subscribe": ["in/#"], "deny": {"publish": ["out/x"]}}
        code, document, text = self.ask(self.token(acl=acl))
        self.assertEqual(code, 0, text)
        entries = {(entry["filter"], entry["deny"]): entry["actions"] for entry in document["login"]["permissions"]["entries"]}
        self.assertEqual(entries[("out/x", True)], ["publish"])
        self.assertEqual(entries[("out/#", False)], ["publish"])
        self.assertIn("subscribe", entries[("in/#", False)])
        self.assertRegex(text, r'deny +publish "out/x"')

    def test_carriers(self):
        token = self.token()
        for carrier in ("password", "username", "oauth2-jwt", "custom-jwt"):
            self.assertEqual(self.ask(token, "--carrier", carrier)[0], 0)
        self.write("password.yaml", POLICY.format(other="{file: other.json}").replace(", username, enhanced", ""))
        self.assertEqual(self.ask(token, policy="password.yaml")[0], 0)
        for carrier in ("username", "oauth2-jwt"):
            code, document, text = self.ask(token, "--carrier", carrier, policy="password.yaml")
            self.assertEqual((code, document["verdict"], document["checks"]), (1, "not judged", []))
            self.assertTrue(text.startswith("not judged"))
        self.assertEqual(self.ask("hello")[1]["verdict"], "not judged")
        self.assertEqual(self.ask("")[1]["verdict"], "not judged")

    def test_keys_behind_a_url(self):
        claims = {"iss": "https://other.example", "org": {"name": "o"}}
        token = self.token(key="rsa", **claims)
        self.refused("keys_unavailable", "key", token, policy="url.yaml", said="https://keys.example/jwks")
        code, document, text = self.ask(token, "--keys", "other.json", policy="url.yaml")
        self.assertEqual((code, document["login"]["username"]), (0, "o"), text)
        self.assertEqual(self.ask(token, "--keys", "rsa.pub.pem", policy="url.yaml")[0], 0)
        for name in ("policy.yaml", "p384.pub.pem", "secret.jwk"):
            self.bad(1, "token", "verify", "--policy", "url.yaml", "--keys", name, stdin=token)
        self.bad(3, "token", "verify", "--policy", "url.yaml", "--keys", "none", stdin=token)

    def serve(self, content):
        """A key server that knows one document, on loopback; it notes in self.asked what it was asked for."""
        self.asked = asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(200 if content is not None else 500)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        first, other = (f"{{url: 'http://127.0.0.1:{server.server_port}/{name}', plain_http: true}}"
                        for name in ("first", "jwks"))
        self.write("fetch.yaml", POLICY.format(other=other))
        self.write("both.yaml", POLICY.format(other=other).replace("{file: keys.json}", first))

    def test_fetched_keys(self):
        token = self.token(key="rsa", iss="https://other.example", org={"name": "o"})
        self.serve((self.folder / "other.json").read_bytes())
        self.refused("keys_unavailable", "key", token, policy="fetch.yaml", said="--fetch")
        code, document, text = self.ask(token, "--fetch", policy="fetch.yaml")
        self.assertEqual((code, document["login"]["username"]), (0, "o"), text)
        self.refused("signature", "signature", token[:-4] + "AAAA", "--fetch", policy="fetch.yaml")
        self.assertEqual(self.ask(self.token(), "--fetch", policy="fetch.yaml")[0], 0)
        self.refused("issuer", "issuer", self.token(iss="https://third.example"), "--fetch", policy="fetch.yaml")

    def test_only_keys_of_the_named_issuer_are_fetched(self):
        self.serve((self.folder / "other.json").read_bytes())
        for claims, asked in (({"iss": "https://other.example", "org": {"name": "o"}}, ["/jwks"]),
                              ({}, ["/first"]), ({"iss": "https://third.example"}, ["/first", "/jwks"])):
            self.asked.clear()
            self.run_tool("token", "verify", "--policy", "both.yaml", "--at", "1500", "--fetch",
                          stdin=self.token(key="rsa", **claims))
            self.assertEqual(sorted(self.asked), asked)
        self.asked.clear()
        self.assertEqual(self.ask(self.token(), "--fetch", policy="fetch.yaml")[0], 0)
        self.assertEqual(self.asked, [])

    def test_keys_that_cannot_be_fetched(self):
        self.serve(None)
        for iss, answers in (("https://other.example", 1), ("https://third.example", 2)):
            self.asked.clear()
            began = time.monotonic()
            done = self.run_tool("token", "verify", "--policy", "both.yaml", "--at", "1500", "--fetch",
                                 stdin=self.token(key="rsa", iss=iss, org={"name": "o"}))
            self.assertLess(time.monotonic() - began, 10)  # it would wait for 15 seconds where nothing comes
            self.assertEqual(done.returncode, 1)
            self.assertTrue(done.out.startswith("refused: keys_unavailable\n"), done.out)
            self.assertEqual((done.err.count("500"), len(self.asked)), (answers, answers))
            self.assertNotIn("next try", done.err)

    def test_keys_stand_for_the_named_issuer_only(self):
        """The attacker's key set is of no use to a token of another issuer."""
        self.write("stranger.json", self.good("jwks", "from-pem", "--kid", "p256", "p256.pub.pem"))
        token = self.token(key="p256", iss="https://other.example", org={"name": "o"})
        self.bad(1, "token", "verify", "--policy", "policy.yaml", "--keys", "stranger.json", stdin=token)

    def test_several_values_for_a_user_name(self):
        token = self.token(key="rsa", iss="https://other.example", org={"name": ["a", "b"]})
        self.refused("claims", "user name", token, said="org.name: [")

    def test_policies_that_are_refused(self):
        for text in ("bednet: 2\n", "bednet: 1\nmode: x\n", "bednet: 1\nroles: {a: {allow: {publish: [x]}}}\n", ""):
            self.write("bad.yaml", text)
            self.bad(1, "token", "verify", "--policy", "bad.yaml", stdin=self.token())

    def test_nothing_commands_the_terminal(self):
        nasty = "\x1b[2J\u202e"
        for token in (self.token("--kid", nasty), self.token(iss=nasty), self.token(azp=nasty), self.token(tenant=nasty),
                      self.token(roles=[nasty, "device"]), self.token(device=nasty), self.token(sub=nasty)):
            _, _, text = self.ask(token)
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\u202e", text)


if __name__ == "__main__":
    unittest.main()
