"""Checks the canonical JSON of verify.py by the test vectors, and docs/spec.md by the example run."""
import base64
import hashlib
import json
import pathlib
import re
import unittest

import verify

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = HERE / "run/artifacts"
INPUTS = HERE / "run/inputs.json"
SPECIFICATION = HERE.parent / "spec.md"
VECTORS = HERE.parent.parent / "tests/vectors/jcs.json"


class CanonicalJson(unittest.TestCase):
    """The vectors that seven implementations agree on."""

    def setUp(self):
        self.vectors = json.loads(VECTORS.read_text())

    def test_canonical_forms(self):
        self.assertGreaterEqual(len(self.vectors["vectors"]), 12)
        for vector in self.vectors["vectors"]:
            with self.subTest(vector["name"]):
                canonical = verify.dump(verify.parse(vector["input"].encode()))
                self.assertEqual(canonical.decode(), vector["canonical"])
                self.assertEqual(hashlib.sha256(canonical).hexdigest(), vector["sha256"])
                self.assertEqual(verify.dump(verify.parse(canonical)), canonical)

    def test_what_is_refused(self):
        self.assertGreaterEqual(len(self.vectors["reject"]), 30)
        for vector in self.vectors["reject"]:
            with self.subTest(vector["name"]), self.assertRaises(ValueError):
                verify.parse(base64.b64decode(vector["input_base64"]))

    def test_depth(self):
        verify.parse(b"[" * 127 + b"]" * 127)
        for depth in 128, 100_000:
            with self.assertRaises((ValueError, RecursionError)):
                verify.parse(b"[" * depth + b"]" * depth)


class Specification(unittest.TestCase):
    """The examples of docs/spec.md are files of the example run, or follow from them."""

    def test_examples(self):
        text = SPECIFICATION.read_text()
        blocks = re.findall(r"<!-- example: (\S+) -->\n```\w*\n(.*?)\n```\n", text, re.DOTALL)
        self.assertGreaterEqual(len(blocks), 6)
        for name, block in blocks:
            with self.subTest(name):
                self.assertEqual(block, (INPUTS.parent / name).read_text().removesuffix("\n"))

    def test_links(self):
        text = SPECIFICATION.read_text()
        headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
        anchors = {heading.lower().replace(" ", "-") for heading in headings} | set(re.findall(r'<a id="(\w+)">', text))
        for link in re.findall(r"\]\(([^)]+)\)", text):
            with self.subTest(link):
                path, _, anchor = link.partition("#")
                self.assertTrue((SPECIFICATION.parent / path).exists())
                self.assertTrue(path or anchor in anchors)

    def test_the_line_of_a_log(self):
        line = re.search(r'```json\n({"ts".*)\n```', SPECIFICATION.read_text())[1]
        self.assertIn(line, (INPUTS.parent / "log.jsonl").read_text().splitlines())

    def test_forms_and_hashes_of_the_inputs(self):
        text = SPECIFICATION.read_text()
        for name in "run-1", "run-2":
            receipt = json.loads((EXAMPLE / "execution" / name / "determinism.json").read_bytes())
            self.assertIn(name, text)
            self.assertIn(receipt["inputs_hash"], text)
        inputs = verify.parse(INPUTS.read_bytes())
        normalized = {"schema": "v1", "model": inputs["model"], "params": inputs["params"], "files": {}, "mode": "real"}
        self.assertIn(verify.dump(normalized).decode(), text)
        self.assertIn(verify.dump(normalized, ordered=True).decode(), text)


if __name__ == "__main__":
    unittest.main()
