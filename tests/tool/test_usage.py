# SPDX-License-Identifier: Apache-2.0
"""Wrong command lines, files that cannot be read, and outputs that take nothing."""
import subprocess
import unittest

from running import TOOL, Case


class Usage(Case):
    def test_wrong_command_lines(self):
        for arguments in (["token"], ["token", "frob"], ["jwks"], ["jwks", "frob"], ["jwks", "show"],
                          ["jwks", "show", "--jsn", "x"], ["jwks", "from-pem"], ["jwks", "from-pem", "--kid"],
                          ["jwks", "from-pem", "--alg", "none", "rsa.pem"],
                          ["jwks", "from-pem", "--alg", "rs256", "rsa.pem"],
                          ["jwks", "from-pem", "--kid", "k", "rsa.pub.pem", "ed.pub.pem"],
                          ["token", "decode", "a.b.c", "d.e.f"], ["token", "decode", "--nothing"],
                          ["token", "verify", "a.b.c"], ["token", "verify", "--policy"],
                          ["token", "verify", "--policy", "p", "--at", "yesterday", "x"],
                          ["token", "verify", "--policy", "p", "--at", "2026-11-22T12:00:00", "x"],
                          ["token", "verify", "--policy", "p", "--at", "99999999999999999999", "x"],
                          ["token", "verify", "--policy", "p", "--carrier", "pigeon", "x"],
                          ["token", "verify", "--policy", "p", "--fetch", "--keys", "k", "x"],
                          ["token", "verify", "--policy", "p", "a.b.c", "d.e.f"],
                          ["token", "mint"], ["token", "mint", "--key"], ["token", "mint", "--key", "ed.pem", "x"],
                          ["token", "mint", "--key", "ed.pem", "--lifetime", "1 h"],
                          ["token", "mint", "--key", "ed.pem", "--lifetime", "0s"],
                          ["token", "mint", "--key", "ed.pem", "--lifetime", "-1h"],
                          ["token", "mint", "--key", "ed.pem", "--not-before", "soon"],
                          ["token", "mint", "--key", "ed.pem", "--at", ""],
                          ["token", "mint", "--key", "ed.pem", "--claim", "x"],
                          ["token", "mint", "--key", "ed.pem", "--claim", "=x"],
                          ["token", "mint", "--key", "ed.pem", "--claim", ":=1"],
                          ["token", "mint", "--key", "ed.pem", "--claim", "x:=nope"],
                          ["token", "mint", "--key", "ed.pem", "--claim", "x:={\"a\":1,\"a\":2}"],
                          ["token", "mint", "--key", "ed.pem", "--claims", "{"],
                          ["token", "mint", "--key", "ed.pem", "--claims", "{\"a\":1,\"a\":2}"]):
            with self.subTest(arguments=arguments):
                self.bad(2, *arguments)

    def test_bytes_that_are_no_text(self):
        for option in (b"--issuer", b"--subject", b"--audience", b"--jti"):
            with self.subTest(option=option):
                done = subprocess.run([TOOL, "token", "mint", "--key", "ed.pem", option, b"\xff"],
                                      cwd=self.folder, capture_output=True, check=False)
                self.assertEqual((done.returncode, done.stdout), (2, b""))

    def test_files_that_cannot_be_read(self):
        (self.folder / "anybody").write_text("x")
        (self.folder / "anybody").chmod(0o666)
        for name in ("none", ".", "anybody"):
            for arguments in (["jwks", "show", name], ["jwks", "from-pem", name],
                              ["token", "mint", "--key", name], ["token", "mint", "--key", "ed.pem", "--claims", name],
                              ["token", "verify", "--policy", name, "x"]):
                if name == "anybody" and "--policy" in arguments:
                    continue  # a policy that anybody may write is refused, which is another thing
                with self.subTest(arguments=arguments):
                    self.bad(3, *arguments)

    def test_outputs_that_take_nothing(self):
        for arguments in (["token", "mint", "--key", "ed.pem"], ["jwks", "from-pem", "ed.pub.pem"],
                          ["jwks", "show", "ed.pub.pem"], ["jwks", "show", "--json", "ed.pub.pem"],
                          ["token", "decode", "e30.e30.AA"], ["token", "decode", "--json", "e30.e30.AA"], ["--help"]):
            with self.subTest(arguments=arguments):
                with open("/dev/full", "wb") as full:
                    done = subprocess.run([TOOL, *arguments], cwd=self.folder, stdout=full,
                                          stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertIn(b"standard output", done.stderr)
                done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", TOOL, *arguments], cwd=self.folder,
                                      stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 3)

    def test_standard_input_that_gives_nothing(self):
        for command in ("decode", "decode --json", "verify --policy policy"):
            done = subprocess.run(["sh", "-c", f'"$0" token {command} <&-', TOOL], cwd=self.folder,
                                  capture_output=True, check=False)
            self.assertIn(done.returncode, (1, 3))
            done = subprocess.run(["sh", "-c", f'"$0" token {command} </', TOOL], cwd=self.folder,
                                  capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (3, b""))

    def test_help_names_every_option(self):
        text = self.good("--help")
        for word in ("decode", "verify", "mint", "show", "from-pem", "explain", "--token", "--policy", "--keys", "--fetch", "--client-id",
                     "--certificate", "--at", "--carrier", "--key", "--alg", "--kid", "--typ", "--claims", "--claim",
                     "--issuer", "--audience", "--subject", "--jti", "--lifetime", "--not-before", "--json"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()
