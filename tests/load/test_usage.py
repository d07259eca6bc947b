# SPDX-License-Identifier: Apache-2.0
"""Wrong command lines: each is refused before anything is connected, with exit 2, and what is wrong is named."""
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

LOAD = os.environ["BEDNET_LOAD"]


def run(*arguments):
    return subprocess.run([LOAD, *map(str, arguments)], capture_output=True, text=True, timeout=60)


class Usage(unittest.TestCase):
    maxDiff = None

    def refused(self, wanted, *arguments, code=2):
        answer = run(*arguments)
        self.assertEqual(answer.returncode, code, (arguments, answer))
        self.assertIn(wanted, answer.stderr, arguments)
        self.assertEqual(answer.stdout, "", arguments)

    def test_help_and_version(self):
        self.assertEqual(run("--help").returncode, 0)
        self.assertEqual(run("publish", "--help").stdout, run("--help").stdout)
        self.assertRegex(run("--version").stdout, r"^bednet-load \d+\.\d+\.\d+\n$")
        self.assertEqual(run().returncode, 2)

    def test_every_option_is_in_the_help_and_on_the_page(self):
        source = pathlib.Path(__file__).resolve().parents[2]
        order = (source / "tools/load/order.c").read_text()
        names = [line.split('"')[1] for line in order.splitlines() if "_argument," in line]
        self.assertGreater(len(names), 40)
        page = (source / "man/bednet-load.1").read_text()
        for name in names:
            self.assertIn(f"--{name}", run("--help").stdout)
            self.assertIn(f"-{name}", page)

    def test_what_the_document_shows_is_understood(self):
        """Each of its commands, sent where nobody listens and without its files: no option of it is refused."""
        document = (pathlib.Path(__file__).resolve().parents[2] / "docs/load.md").read_text()
        blocks = re.findall(r"```sh\n(.*?)```", document, re.DOTALL)
        commands = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()
                    if line.startswith("bednet-load")]
        self.assertGreater(len(commands), 15)
        for command in commands:
            words = shlex.split(command.split(" & ")[0], comments=True)[1:]
            words = [word if "pidof" not in word else str(os.getpid()) for word in words]
            answer = run(*words, "--port", 1, "--host", "127.0.0.1")
            self.assertIn(answer.returncode, (1, 3), (command, answer.stderr))
            if answer.returncode == 3:
                self.assertRegex(answer.stderr, "(?i)no such file|open files", command)

    def test_numbers(self):
        for arguments in (["--port", "0"], ["--port", "65536"], ["--port", "mqtt"], ["--keepalive", "-1"],
                          ["--publishers", "0"], ["--publishers", "200001"], ["--qos", "3"], ["--size", "23"],
                          ["--size", "2MiB"], ["--size", "1KB"], ["--rate", "0"], ["--rate", "1/h"],
                          ["--rate", "1000001"], ["--window", "0"], ["--window", "32768"], ["--messages", "0"],
                          ["--topics", "0"], ["--warm-up", "5"], ["--duration", "1d"], ["--timeout", "soon"],
                          ["--broker-pid", "0"], ["--seed", "-1"], ["--expect-refused", "0"],
                          ["--expect-refused", "256"], ["--allow-lost", "101%"], ["--allow-lost", "few"],
                          ["--protocol", "4"], ["--protocol", "3.1"]):
            self.refused(f"{arguments[0]} is '{arguments[1]}' (expected", "publish", *arguments)
        for arguments in (["--drop", "gently"], ["--rounds", "0"], ["--backoff-base", "1"]):
            self.refused(f"{arguments[0]} is '{arguments[1]}' (expected", "reconnect", *arguments)

    def test_words(self):
        self.refused("unknown kind of load 'pubish'", "pubish")
        self.refused("--clients is not for this kind", "publish", "--clients", "5")
        self.refused("--topic is not for this kind", "connect", "--topic", "x")
        self.refused("--rate is not for this kind", "idle", "--rate", "1")
        self.refused("what is 'extra'?", "publish", "extra")
        self.refused("nothing", "publish", "--nothing")
        self.refused("requires an argument", "publish", "--topic")
        self.refused("expected %d", "publish", "--id", "dev-%s")
        self.refused("%t stands only in topics", "publish", "--username", "%t")
        self.refused("%c cannot stand", "publish", "--id", "%c")

    def test_options_that_do_not_fit(self):
        self.refused("throw each other out", "publish", "--publishers", 2, "--id", "one")
        self.refused("expected a %d", "publish", "--subscribers", 2, "--subscriber-id", "one")
        self.refused("are the same", "publish", "--id", "d-%d", "--subscriber-id", "d-%d")
        self.refused("exclude each other", "publish", "--rate", 5, "--window", 5)
        self.refused("exclude each other", "connect", "--tokens", "t", "--mint-key", "k")
        self.refused("--mint-key is missing", "connect", "--mint-issuer", "i")
        self.refused("--mint-key is missing", "connect", "--mint-claim", "a=b")
        self.refused("needs --tokens", "publish", "--subscriber-tokens", "t")
        self.refused("needs --subscriber-tokens", "publish", "--tokens", "t")
        self.refused("needs --username", "connect", "--password", "p")
        for option in ("--cert-dir", "--ca", "--server-name"):
            self.refused(f"{option} needs --tls", "connect", option, "x")
        self.refused("--insecure needs --tls", "connect", "--insecure")
        self.refused("believes any", "connect", "--tls", "--insecure", "--ca", "x")
        self.refused("needs a %t", "publish", "--topics", 5, "--topic", "a/%d")
        for topic in ("", "a/+", "#"):
            self.refused(f"--topic is '{topic}'", "publish", "--topic", topic)
        self.refused("--duration is nothing", "publish", "--duration", "0s")
        self.refused("--backoff-base", "reconnect", "--backoff-base", "5s", "--backoff-max", "1s")
        self.refused("more than an hour", "reconnect", "--backoff-max", "2h")
        self.refused("more than 200000", "publish", "--publishers", 150000)

    def test_only_this_machine_unless_asked(self):
        for host in ("192.0.2.1", "2001:db8::1"):
            self.refused("Say --remote", "connect", "--host", host)
        self.refused("--host", "connect", "--host", "no.such.host.invalid")

    def test_files(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.refused("nowhere", "connect", "--tokens", folder / "nowhere", code=3)
            (folder / "tokens").write_text("one\n\n  \ntwo\r\n")
            (folder / "tokens").chmod(0o600)
            self.refused("2 tokens for 3 clients", "connect", "--clients", 3, "--tokens", folder / "tokens")
            self.refused("nowhere", "connect", "--mint-key", folder / "nowhere", code=3)
            (folder / "short").write_text("short")
            (folder / "short").chmod(0o600)
            self.refused("fits no algorithm", "connect", "--mint-key", folder / "short")
            self.refused("expected NAME=TEXT", "connect", "--mint-key", self.secret(folder), "--mint-claim", "x")
            self.refused("load-0.crt", "connect", "--tls", "--insecure", "--cert-dir", folder, code=3)
            (folder / "load-0.crt").write_text("no certificate")
            self.refused("no certificate in PEM", "connect", "--tls", "--insecure", "--cert-dir", folder)
            self.refused("no name of a file", "connect", "--id", "../x", "--tls", "--insecure", "--cert-dir", folder)
            self.refused("nowhere", "connect", "--tls", "--ca", folder / "nowhere", code=3)
            self.refused("no certificate in PEM", "connect", "--tls", "--ca", folder / "tokens")
            self.refused("nowhere", "connect", "--json", folder / "nowhere" / "x", code=3)

    @staticmethod
    def secret(folder):
        path = folder / "secret"
        path.write_bytes(bytes(range(65, 65 + 40)))
        path.chmod(0o600)
        return path

    def test_nobody_there(self):
        for word in ("publish", "fanout", "connect", "reconnect", "idle"):
            answer = run(word, "--host", "127.0.0.1", "--port", 1, "--timeout", "2s", "--duration", "2s")
            self.assertEqual(answer.returncode, 1, answer)
            self.assertIn("FAILED", answer.stdout)
            self.assertIn("unreachable", answer.stdout)
            self.assertIn("Connection refused", answer.stdout)


if __name__ == "__main__":
    unittest.main()
