# SPDX-License-Identifier: Apache-2.0
"""What docs/tool.md shows is what happens: its commands are run in their order and their output is compared."""
import os
import pathlib
import re
import subprocess
import unittest

from running import SOURCE, TOOL, Case

DOCUMENT = SOURCE / "docs/tool.md"


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)


def steps():
    """Each command, and what stands below it."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected


def pattern(expected):
    """`...` stands for anything in a line, and a line of it for any lines."""
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
             for line in expected.splitlines()]
    return re.compile("".join(lines))


class Documents(Case):
    def test_the_examples_run(self):
        policies = dict(zip(("bednet.yaml", "certificates.yaml"), blocks("yaml"), strict=True))
        folder = self.folder / "reader"
        folder.mkdir()
        for name, policy in policies.items():
            (folder / name).write_text("bednet: 1\n" + policy)
        subprocess.run(["sh", SOURCE / "tests/pki/make.sh", folder / "pki"], check=True)
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "bednet").symlink_to(TOOL)
        commands = list(steps())
        self.assertGreater(len(commands), 9)
        # One shell, for what a reader sets stays set; each command's output goes to a file of its own.
        script = "".join(f"{{ {command}\n}} >../out{number} 2>&1\n" for number, (command, _) in enumerate(commands))
        environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-euc", script], cwd=folder, env=environment, timeout=60,
                              capture_output=True, check=False)
        for number, (command, expected) in enumerate(commands):
            with self.subTest(command=command):
                path = pathlib.Path(self.folder / f"out{number}")
                self.assertTrue(path.exists(), "a command before it failed")
                self.assertTrue(pattern(expected).fullmatch(path.read_text()), path.read_text())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_command_is_explained(self):
        usage = self.good("--help")
        manual = (SOURCE / "man/bednet.1").read_text()
        options = set(re.findall(r"--([a-z-]+)", usage))
        self.assertGreater(len(options), 20)
        for option in options - {"help", "version"}:
            self.assertRegex(manual, rf"Fl -{option}\b", "man/bednet.1")
        for command in ("check", "token decode", "token verify", "token mint", "jwks show", "jwks from-pem", "cert explain"):
            self.assertIn(f"Cm {command}", manual)
            self.assertIn(f"`bednet {command}`", DOCUMENT.read_text())


if __name__ == "__main__":
    unittest.main()
