#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds documents and code together.

documents.py QUESTION SOURCE-FOLDER BEDNET-COMMAND, QUESTION being one of
policies  every YAML block of the documents and every example loads, and fits the schema
reasons   docs/reasons.md has every reason of the code, and no other
keys      docs/policy.md and the schema speak of the same keys
man       the policy in the manual loads
security  every test that SECURITY.md names is there
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; apt-get install python3-yaml python3-jsonschema")
    sys.exit(77)

MAKE_JWKS = """
. "$1/demo/tokens.sh"
mkdir "$2/keys" "$2/bednet"
make_keys "$2/keys"
make_jwks "$2/keys" | tee "$2/bednet/acme.jwks.json" >"$2/bednet/offices.jwks.json"
openssl pkey -in "$2/keys/ES256.pem" -pubout -out "$2/bednet/issuer.pub.pem"
printf 'revoked:\n  - jti: stolen\n' >"$2/bednet/revoked.yaml"
sh "$1/tests/pki/make.sh" "$2/pki" "Making it" "Rotating an authority"
cp "$2/pki/crls/device-ca.crl" "$2/pki/device.crl"
cp -r "$2/pki/crls" "$2/crls"
"""


class Loader(yaml.SafeLoader):
    """YAML 1.2, as Bednet reads it: a time is a string."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def yaml_blocks(path):
    """Each ```yaml block with the line that it begins at."""
    block, start = None, 0
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if block is None and line.strip() == "```yaml":
            block, start = [], number + 1
        elif block is not None and line.strip() == "```":
            yield start, "\n".join(block) + "\n"
            block = None
        elif block is not None:
            block.append(line)


def documents(source):
    return sorted([*source.glob("*.md"), *source.glob("docs/**/*.md"), *source.glob("config-examples/**/*.md")])


class Checker:
    """Loads policies as the plugins would, in a folder that has the key files they name."""

    def __init__(self, source, tool):
        self.source = source
        self.tool = tool
        self.schema = json.loads((source / "schema/bednet.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.failures = 0
        self.checked = 0

    def check(self, folder, origin, text):
        # A document shows one section at a time; the loader wants to know the language.
        if not re.search(r"^bednet:", text, re.MULTILINE):
            text = "bednet: 1\n" + text
        path = pathlib.Path(folder, "policy.yaml")
        path.write_text(text)
        self.checked += 1
        told = subprocess.run([self.tool, "check", path], capture_output=True, text=True, check=False)
        if told.returncode != 0:
            self.fail(origin, f"bednet check exits {told.returncode}: {told.stdout}{told.stderr}")
        for error in jsonschema.Draft202012Validator(self.schema).iter_errors(yaml.load(text, Loader)):
            self.fail(origin, f"schema: {error.json_path}: {error.message}")

    def fail(self, origin, text):
        print(f"{origin}: {text}")
        self.failures += 1

    def run(self, policies):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["bash", "-euc", MAKE_JWKS, "bash", self.source, folder], check=True)
            for origin, text in policies:
                self.check(folder, origin, text)
        print(f"{self.checked} policies, {self.failures} failures")
        return self.checked > 0 and self.failures == 0


def ask_policies(source, tool):
    policies = []
    for path in documents(source):
        policies += [(f"{path.relative_to(source)}:{line}", text) for line, text in yaml_blocks(path)
                     if not re.search(r"^scrape_configs:", text, re.MULTILINE)]
    for path in sorted(source.glob("config-examples/*/*.yaml")):
        policies.append((path.relative_to(source), path.read_text()))
    policies.append(("demo/bednet.yaml.in", (source / "demo/bednet.yaml.in").read_text()
                     .replace("@METRICS_PORT@", "9234").replace("acme.jwks.json", "bednet/acme.jwks.json")))
    return Checker(source, tool).run(policies)


def ask_man(source, tool):
    text = (source / "man/bednet.yaml.5").read_text()
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.MULTILINE | re.DOTALL)
    return Checker(source, tool).run([("man/bednet.yaml.5", block) for block in blocks])


def compare(name, code, document):
    for missing in sorted(code - document):
        print(f"{name} does not have {missing}")
    for surplus in sorted(document - code):
        print(f"{name} has {surplus}, which the code does not")
    return bool(code) and code == document


def ask_reasons(source, _tool):
    header = (source / "shared/core/verdict.h").read_text()
    listed = header.split("BEDNET_REASON_LIST(X)", 1)[1].split("enum bednet_reason", 1)[0]
    code = set(re.findall(r'X\([A-Z_]+,\s*"([a-z_]+)"', listed)) - {"none"}
    rows = re.findall(r"^\| `([a-z_]+)` \|", (source / "docs/reasons.md").read_text(), re.MULTILINE)
    if len(rows) != len(set(rows)):
        print("docs/reasons.md explains a reason twice")
        return False
    return compare("docs/reasons.md", code, set(rows))


def schema_keys(node):
    """Names of all properties, wherever they stand."""
    keys = set()
    if isinstance(node, dict):
        keys |= set(node.get("properties", {}))
        for value in node.values():
            keys |= schema_keys(value)
    elif isinstance(node, list):
        for value in node:
            keys |= schema_keys(value)
    return keys


def ask_keys(source, _tool):
    code = schema_keys(json.loads((source / "schema/bednet.schema.json").read_text()))
    rows = re.findall(r"^\| `([a-z_.]+)", (source / "docs/policy.md").read_text(), re.MULTILINE)
    return compare("docs/policy.md", code, {part for row in rows for part in row.split(".")})


def source_of(test):
    """Where the test of that name is written, as tests/*/CMakeLists.txt name them."""
    kind, *rest = test.split(".")
    return {"unit": "tests/unit/{0}/test_{1}.c", "broker": "tests/broker/test_{1}.c",
            "fault": "tests/fault/test_{1}.c", "fuzz": "tests/fuzz/fuzz_{0}.c"}[kind].format(*rest)


def ask_security(source, _tool):
    names = re.findall(r"`((?:unit|broker|fault|fuzz)\.[a-z_.*]+)`", (source / "SECURITY.md").read_text())
    missing = [name for name in names if not (source / source_of(name)).exists()]
    for name in missing:
        print(f"SECURITY.md names {name}, which is not there")
    return bool(names) and not missing


def main():
    question, source, tool = sys.argv[1:]
    ask = {"policies": ask_policies, "reasons": ask_reasons, "keys": ask_keys, "man": ask_man,
           "security": ask_security}[question]
    sys.exit(0 if ask(pathlib.Path(source), tool) else 1)


main()
