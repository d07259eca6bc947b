# SPDX-License-Identifier: Apache-2.0
"""`bednet token decode`: good tokens, broken ones, and what must not reach a terminal."""
import json
import time
import unittest

from running import Case, encode

HEADER = encode(b'{"alg":"ES256","kid":"k"}')
CLAIMS = encode(b'{"sub":"d"}')
GOOD = f"{HEADER}.{CLAIMS}.{encode(bytes(64))}"


def token(claims, header=b'{"alg":"none"}'):
    return f"{encode(header)}.{encode(claims)}.{encode(bytes(64))}"


class Decode(Case):
    def test_says_first_that_nothing_was_verified(self):
        out = self.good("token", "decode", GOOD)
        self.assertTrue(out.startswith("NOTHING WAS VERIFIED"))
        self.assertIn('"kid": "k"', out)
        self.assertIn('"sub": "d"', out)
        self.assertIn("64 bytes", out)

    def test_reads_standard_input(self):
        for arguments in ((), ("-",)):
            for text in (GOOD, GOOD + "\n", "\r\n " + GOOD + "\t\n"):
                self.assertEqual(self.good("token", "decode", *arguments, stdin=text),
                                 self.good("token", "decode", GOOD))

    def test_times(self):
        now = int(time.time())
        out = self.good("token", "decode", token(json.dumps(
            {"exp": now - 2 * 86400 - 60, "iat": now - 3 * 86400, "nbf": now + 3 * 3600 + 60, "auth_time": 0}).encode()))
        self.assertRegex(out, r"exp +\d+, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, expired 2 d ago")
        self.assertRegex(out, r"nbf +\d+, .* UTC, in 3 h")
        self.assertRegex(out, r"auth_time +0, 1970-01-01 00:00:00 UTC, \d+ y ago")

    def test_times_that_are_none(self):
        out = self.good("token", "decode", token(b'{"exp":"1","nbf":1e400,"iat":9223372036854775807,"auth_time":-1}'))
        self.assertNotRegex(out, r"(?m)^  exp  ")
        self.assertNotRegex(out, r"(?m)^  nbf  ")
        self.assertRegex(out, r"iat +9223372036854775807, after the year 9999")
        self.assertRegex(out, r"auth_time +-1, 1969-12-31 23:59:59 UTC")
        self.good("token", "decode", token(b'{"exp":-9223372036854775808,"nbf":9223372036854775807}'))

    def test_numbers_stay_as_they_were_written(self):
        claims = b'{"a":99999999999999999999999,"b":1.0e+2,"c":0.10,"d":-0}'
        out = self.good("token", "decode", "--json", token(claims))
        for number in ("99999999999999999999999", "1.0e+2", "0.10", "-0"):
            self.assertIn(f": {number}", out)

    def test_nothing_commands_the_terminal(self):
        nasty = {"a": "\x1b[2J", "b": "\x7f\x9b", "c": "\u202e\u2028\ufeff", "\x07": "\r\n", "e": "\U000e0001\U0001f600ü"}
        for dumped in (json.dumps(nasty), json.dumps(nasty, ensure_ascii=False).replace("\x1b", "\\u001b")):
            text = token(json.dumps(nasty).encode())
            out = self.good("token", "decode", text)
            for forbidden in "\x1b\x7f\x9b\u202e\u2028\x07\r":
                self.assertNotIn(forbidden, out)
            self.assertIn("ü", out)
            found = json.loads(self.good("token", "decode", "--json", text))["claims"]
            self.assertEqual(found, json.loads(dumped))

    def test_malformed(self):
        five = ".".join([HEADER, CLAIMS, "AAAA", "AAAA", "AAAA"])
        for text, fault in (
                ("", "nothing there"), ("abc", "1 segment"), (f"{HEADER}.{CLAIMS}", "the signature is missing"),
                (five, "encrypted"), (f"{GOOD}.AAAA", "4 segments"), ("..", "the header, at offset 0, is empty"),
                (f"{HEADER}..AAAA", f"the payload, at offset {len(HEADER) + 1}, is empty"),
                (f"{HEADER}.{CLAIMS}.", f"the signature, at offset {len(HEADER) + len(CLAIMS) + 2}, is empty"),
                (f"{HEADER}+.{CLAIMS}.AAAA", f"the header has the byte 0x2b at offset {len(HEADER)}"),
                (f"{HEADER}.{CLAIMS}.AAA=", "the signature has the byte 0x3d"),
                (f"{HEADER}.{CLAIMS}\n.AAAA", "the payload has the byte 0x0a"),
                (f"Bearer {GOOD}", "the header has the byte 0x20 at offset 6"),
                (f"{HEADER}.{CLAIMS}.AAAAA", "has 5 characters, which no bytes encode to"),
                (f"{HEADER}.{CLAIMS}.AB", "the last character of the signature"),
                (f"{HEADER}.{CLAIMS}.\udc80", "the signature has the byte 0x80"),
                (token(b"[]"), "the payload is no JSON object"), (token(b'{"a":1,"a":2}'), "the payload is no JSON object"),
                (token(b'{"a":1}x'), "at its byte 7"), (token(b"{}", b'"x"'), "the header is no JSON object"),
                (token(b'{"a":"\\u0000"}'), "the payload is no JSON object"), (token(b"[" * 2000), "the payload"),
                (token(b'{"a":"\xff"}'), "the payload"), ("A" * 65536, "65536 bytes (expected at most 65535)")):
            data = text.encode("utf-8", "surrogateescape")
            with self.subTest(text=text[:60]):
                done = self.run_tool("token", "decode", stdin=data)
                self.assertEqual(done.returncode, 1)
                self.assertIn(fault, done.err)
                done = self.run_tool("token", "decode", "--json", stdin=data)
                self.assertEqual(done.returncode, 1)
                document = json.loads(done.out)
                self.assertFalse(document["well_formed"])
                self.assertIn(fault, "\n".join(document["faults"]))

    def test_too_long(self):
        self.bad(1, "token", "decode", stdin="A" * 200000)

    def test_what_can_be_read_of_a_broken_token_is_shown(self):
        done = self.run_tool("token", "decode", f"{HEADER}.{CLAIMS}.")
        self.assertIn('"sub": "d"', done.out)

    def test_unsigned_documents(self):
        document = json.loads(self.good("token", "decode", "--json", GOOD))
        self.assertEqual(document, {"verified": False, "well_formed": True, "header": {"alg": "ES256", "kid": "k"},
                                    "claims": {"sub": "d"}, "signature_bytes": 64, "times": {}, "faults": []})

    def test_values_without_members(self):
        text = token(b'{"a":{},"b":[],"c":[[],{"d":[null,true,false]}]}')
        self.assertEqual(json.loads(self.good("token", "decode", "--json", text))["claims"],
                         {"a": {}, "b": [], "c": [[], {"d": [None, True, False]}]})


if __name__ == "__main__":
    unittest.main()
