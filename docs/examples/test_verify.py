"""Runs verify.py on every golden run of this repository and on changed copies of them.

python3 -m unittest discover docs/examples
"""
import contextlib
import hashlib
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import verify

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
# What golden files have in the place of what differs from run to run.
MASKS = {b'"[duration_ms]"': b"12", b"[timestamp_utc]": b"2026-01-02T03:04:05Z"}
EXAMPLE = HERE / "run/artifacts"
INPUTS = HERE / "run/inputs.json"


def golden_runs():
    """The artifacts directories in this repository that have a run with both of its receipts."""
    found = [EXAMPLE, *(path.parents[2] for root in ("tests", "runtime/tests", "processors")
                        for path in (REPOSITORY / root).rglob("golden/**/execution/*/determinism.json"))]
    return sorted(set(found))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Run:
    """A copy of an artifacts directory, to be changed and verified."""

    def __init__(self, test, artifacts, execution_id):
        directory = tempfile.TemporaryDirectory()
        test.addCleanup(directory.cleanup)
        self.test, self.id = test, execution_id
        self.root = pathlib.Path(directory.name) / "artifacts"
        shutil.copytree(artifacts, self.root)
        self.globally = self.root / "execution" / execution_id / "determinism.json"
        receipts = self.root.rglob("receipt.json")
        self.locally = next(path for path in receipts if path.read_bytes() == self.globally.read_bytes())
        self.prefix = self.locally.parent
        data = self.globally.read_bytes()
        for mask, value in MASKS.items():
            data = data.replace(mask, value)
        self.write(data)

    def write(self, data):
        """Puts these bytes in the place of both receipts."""
        self.globally.write_bytes(data)
        self.locally.write_bytes(data)

    def receipt(self):
        return json.loads(self.globally.read_bytes())

    def change(self, **fields):
        """Changes fields of the receipt, both times; `None` removes one."""
        receipt = {**self.receipt(), **fields}
        self.write(verify.dump({name: value for name, value in receipt.items() if value is not None}))

    def write_index(self, data):
        """Puts these bytes in the place of the index, with a receipt that has their hash."""
        (self.prefix / "outputs.json").write_bytes(data)
        self.change(outputs_index_sha256=sha256(data))

    def outputs(self):
        return json.loads((self.prefix / "outputs.json").read_bytes())["outputs"]

    def verify(self, document=None):
        """Whether everything holds, and what was printed; in this process, because that is quick."""
        printed, file = io.StringIO(), None if document is None else io.BytesIO(document.encode())
        with contextlib.redirect_stdout(printed):
            holds = verify.verify(str(self.root.resolve()), self.id, file)
        return holds, printed.getvalue()

    def assert_holds(self, document=None):
        self.test.assertEqual(self.verify(document), (True, ""))

    def assert_differs(self, finding, document=None):
        """Exactly one finding, which has this text."""
        holds, printed = self.verify(document)
        lines = [line for line in printed.splitlines() if not line.startswith("note")]
        self.test.assertEqual((holds, len(lines)), (False, 1), printed)
        self.test.assertTrue(lines[0].startswith("DIFFERS "))
        self.test.assertIn(finding, lines[0])


class Golden(unittest.TestCase):
    """What runs have left verifies as it is."""

    def test_every_golden_run(self):
        runs = [(artifacts, path.parent.name) for artifacts in golden_runs()
                for path in artifacts.glob("execution/*/determinism.json")]
        self.assertGreaterEqual(len(runs), 6)
        for artifacts, execution_id in runs:
            with self.subTest(artifacts=artifacts, execution_id=execution_id):
                run = Run(self, artifacts, execution_id)
                run.assert_holds()
                files = [*run.prefix.glob("outputs/**/*"), *run.prefix.glob("rejected/*")]
                self.assertGreaterEqual(len(files), 1)
                for path in files:
                    data = path.read_bytes()
                    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
                    run.assert_differs(f"{path.relative_to(run.root)} has changed: its SHA-256")
                    path.write_bytes(data)
                run.assert_holds()

    def test_a_golden_directory_with_one_receipt(self):
        """`runtime/tests/golden/run` is a write prefix: the other receipt is put where it belongs."""
        golden = REPOSITORY / "runtime/tests/golden/run"
        receipt = (golden / "receipt.json").read_bytes()
        with tempfile.TemporaryDirectory() as artifacts:
            artifacts = pathlib.Path(artifacts)
            shutil.copytree(golden, artifacts / "case/test")
            (artifacts / "execution/test").mkdir(parents=True)
            (artifacts / "execution/test/determinism.json").write_bytes(receipt)
            run = Run(self, artifacts, "test")
        self.assertEqual(run.receipt()["usage"], {"cost_usd": 1e-07, "tokens": 1.5})
        run.assert_holds()


class Changed(unittest.TestCase):
    """Whatever is changed in a success is found."""

    def setUp(self):
        self.run_1 = Run(self, EXAMPLE, "run-1")
        self.output = self.run_1.prefix / "outputs/response.json"

    def test_an_output(self):
        data = self.output.read_bytes()
        self.output.write_bytes(data + b"\n")
        self.run_1.assert_differs("outputs/response.json has changed: its size is 283, and 282 was written")
        self.output.unlink()
        self.run_1.assert_differs("outputs/response.json is missing")
        self.output.mkdir()
        self.run_1.assert_differs("outputs/response.json is not a file")

    def test_symbolic_links(self):
        elsewhere = self.run_1.root.parent / "elsewhere"
        self.output.rename(elsewhere)
        self.output.symlink_to(elsewhere)
        self.run_1.assert_differs("outputs/response.json is a symbolic link")
        self.output.unlink()
        elsewhere.rename(self.output)
        self.output.parent.rename(elsewhere)
        self.output.parent.symlink_to(elsewhere)
        self.run_1.assert_differs("outputs/response.json is a symbolic link, or lies below one")

    def test_the_artifacts_directory_may_be_a_link(self):
        real = self.run_1.root.rename(self.run_1.root.parent / "real")
        self.run_1.root.symlink_to(real)
        self.run_1.assert_holds()

    def test_the_index(self):
        index = self.run_1.prefix / "outputs.json"
        data = index.read_bytes()
        index.write_bytes(data.replace(b"application/json", b"application/xml"))
        self.run_1.assert_differs("outputs.json has changed: its SHA-256 is")
        index.unlink()
        self.run_1.assert_differs("outputs.json is missing")

    def test_the_form_of_the_index(self):
        entry = self.run_1.outputs()[0]
        text = json.dumps({"outputs": [entry]}, separators=(",", ":"))
        other = {**entry, "path": entry["path"].replace("response", "a")}
        self.output.with_name("a.json").write_bytes(self.output.read_bytes())
        for index, finding in [
            (text + "\n", "is not compact, sorted by path"),
            (text.replace('"path":', '"path": '), "is not compact, sorted by path"),
            (json.dumps({"outputs": [dict(sorted(entry.items()))]}, separators=(",", ":")), "is not compact"),
            (json.dumps({"outputs": [entry, other]}, separators=(",", ":")), "is not compact, sorted by path"),
            (json.dumps({"outputs": [entry, entry]}, separators=(",", ":")), "is not compact, sorted by path"),
            (text[:-1] + ',"more":1}', "is not an index"),
            (text.replace('"cid"', '"more":1,"cid"'), "is not an index"),
            (text.replace('"cid"', '"path":"world://artifacts/x","cid"'), "has a key twice"),
            (text.replace("sha256:", "sha256:0"), "is not an index"),
            ("[]", "is not an index"),
            ("{", "Expecting"),
        ]:
            with self.subTest(index=index):
                self.run_1.write_index(index.encode())
                self.run_1.assert_differs("outputs.json " + finding)

    def test_an_output_elsewhere(self):
        entry = self.run_1.outputs()[0]
        for old, new in [("run-1", "run-2"), ("/outputs/", "/outputs//"), ("/outputs/", "/outputs/../outputs/"),
                         ("response", "%72esponse")]:
            elsewhere = {**entry, "path": entry["path"].replace(old, new)}
            with self.subTest(path=elsewhere["path"]):
                self.run_1.write_index(json.dumps({"outputs": [elsewhere]}, separators=(",", ":")).encode())
                printed = self.run_1.verify()[1]
                self.assertIn(elsewhere["path"] + " is no canonical path below outputs/", printed)
                self.assertIn("demo/run-1/outputs/response.json is in no index", printed)

    def test_receipts_that_differ(self):
        data = self.run_1.globally.read_bytes()
        self.run_1.locally.write_bytes(re.sub(rb'"duration_ms":\d+', b'"duration_ms":987', data))
        self.run_1.assert_differs("demo/run-1/receipt.json differs from the other receipt")
        self.run_1.locally.unlink()
        self.run_1.assert_differs("demo/run-1/receipt.json is missing")
        self.run_1.globally.unlink()
        self.run_1.assert_differs("execution/run-1/determinism.json is missing")

    def test_receipts_that_are_not_canonical(self):
        data = self.run_1.globally.read_bytes()
        receipt = self.run_1.receipt()
        for changed in [
            data + b"\n",
            b" " + data,
            json.dumps(receipt).encode(),
            json.dumps(dict(reversed(receipt.items())), separators=(",", ":")).encode(),
            data.replace(b'"attempts":1', b'"attempts":1.0'),
            data.replace(b"0.0000057", b"5.7e-6"),
            data.replace(b"gpt-4o", b"gpt\\u002d4o"),
        ]:
            with self.subTest(receipt=changed):
                self.assertNotEqual(changed, data)
                self.run_1.write(changed)
                self.run_1.assert_differs("determinism.json is not in its canonical form")

    def test_receipts_that_are_none(self):
        data = self.run_1.globally.read_bytes()
        for changed, finding in [
            (b"", "Expecting value"),
            (b"[]", "is not a JSON object"),
            (data[:-1], "Expecting"),
            (b"\xef\xbb\xbf" + data, "BOM"),
            (data.replace(b"llm_litellm:v1", b"llm\xff"), "can't decode"),
            (data[:-1] + b',"mode":"real"}', "has a key twice"),
            (re.sub(rb'"duration_ms":\d+', b'"duration_ms":9007199254740992', data), "inexact number"),
            (data.replace(b"gpt-4o", b"\\ud800"), "surrogates not allowed"),
        ]:
            with self.subTest(receipt=changed):
                self.run_1.write(changed)
                self.run_1.assert_differs(finding)

    def test_fields(self):
        original = self.run_1.globally.read_bytes()
        index = "world://artifacts/demo/run-1/outputs.json"
        for field, values in {
            "execution_id": [None, 1, "", "-a", "a/b", "x" * 129],
            "processor_ref": [None, "llm", "llm/litellm", "LLM/litellm@1", "llm/litellm@", "llm/litellm@1\n"],
            "image_digest": [None, "", "ghcr.io/o/r/x:latest", "x@sha256:" + "A" * 64, "x;y@sha256:" + "0" * 64],
            "env_fingerprint": [None, 1],
            "inputs_hash": [None, "0" * 63, "A" * 64],
            "hash_schema": [None, "jcs-sha256-v2"],
            "inputs_sha256": [1, "0" * 65],
            "outputs_index": [None, "/artifacts/demo/run-1/outputs.json", index + "/", index.replace("demo", ".."),
                              index.replace("demo", "e\u0301"), index.replace("demo", "x" * 256),
                              index.replace("demo", "/".join(["x" * 250] * 4)), "world://other/outputs.json"],
            "outputs_index_sha256": [None, "0"],
            "processor_info": [None, {}],
            "usage": [None, [], {"a": "1"}, {"a": True}, {"a": None}],
            "timestamp_utc": [None, "2026-11-26 03:30:52Z", "2026-11-26T03:30:52+00:00"],
            "duration_ms": [None, -1, 1.5, "29"],
            "mode": [None, "test"],
            "status": [None, "done"],
            "error": [{"code": "ERR_X", "message": ""}],
            "extra": [[], {"a": 1}],
            "plan_id": [1, ""],
            "rejected": [{"path": "world://artifacts/a/rejected/response.bin", "sha256": "0" * 64, "size_bytes": 1}],
        }.items():
            for value in values:
                with self.subTest(field=field, value=value):
                    self.run_1.write(original)
                    self.run_1.change(**{field: value})
                    self.run_1.assert_differs(f"determinism.json has no {field}" if value is None else f"has {field}")

    def test_a_date_that_does_not_exist(self):
        self.run_1.change(timestamp_utc="2026-02-30T03:30:52Z")
        self.run_1.assert_differs("determinism.json day is out of range for month")

    def test_an_unknown_field(self):
        """It may be of a later version; in one receipt alone it is a difference."""
        original = self.run_1.globally.read_bytes()
        self.run_1.change(later=1)
        self.run_1.assert_holds()
        self.run_1.locally.write_bytes(original)
        self.run_1.assert_differs("receipt.json differs from the other receipt")

    def test_an_older_receipt(self):
        self.run_1.change(inputs_sha256=None, extra=None)
        self.run_1.assert_holds(INPUTS.read_text())

    def test_another_execution(self):
        shutil.copytree(self.run_1.globally.parent, self.run_1.root / "execution/run-3")
        self.run_1.id = "run-3"
        self.run_1.assert_differs("run-3/determinism.json is the receipt of another execution")

    def test_an_unlisted_file(self):
        (self.output.parent / "more").mkdir()
        self.run_1.assert_differs("run-1/outputs/more is in no index")
        (self.output.parent / "more/file").touch()
        self.run_1.assert_differs("run-1/outputs/more/file is in no index")

    def test_the_program(self):
        """The exit statuses, and what is printed."""
        for arguments, status, printed in [
            (["run-1"], 0, "verified\n"),
            (["run-1", "--inputs", INPUTS], 0, "verified\n"),
            (["run-2", "--inputs", INPUTS], 1, "NOT verified\n"),
            (["run-1", "--inputs", "missing"], 2, ""),
            (["../run-1"], 2, ""),
        ]:
            with self.subTest(arguments=arguments):
                command = [sys.executable, HERE / "verify.py", EXAMPLE, *arguments]
                ended = subprocess.run(command, capture_output=True, text=True, check=False)
                self.assertEqual(ended.returncode, status)
                self.assertTrue(ended.stdout.endswith(printed))


class Failed(unittest.TestCase):
    """A failure verifies too, with the answer that it has kept."""

    def setUp(self):
        self.run_2 = Run(self, EXAMPLE, "run-2")

    def test_the_rejected_answer(self):
        answer = self.run_2.prefix / "rejected/response.bin"
        answer.write_bytes(answer.read_bytes()[:-1])
        self.run_2.assert_differs("rejected/response.bin has changed: its size is 117, and 118 was written")
        answer.unlink()
        self.run_2.assert_differs("rejected/response.bin is missing")

    def test_fields(self):
        original = self.run_2.globally.read_bytes()
        rejected, error = self.run_2.receipt()["rejected"], self.run_2.receipt()["error"]
        for field, value in [
            ("rejected", {**rejected, "more": 1}),
            ("rejected", {**rejected, "path": "world://artifacts/demo/run-2/outputs/response.bin"}),
            ("error", {**error, "more": 1}),
            ("error", {**error, "code": "TIMEOUT"}),
            ("error", None),
            ("outputs_index", "world://artifacts/demo/run-2/outputs.json"),
        ]:
            with self.subTest(field=field, value=value):
                self.run_2.write(original)
                self.run_2.change(**{field: value})
                self.run_2.assert_differs(f"has no {field}" if value is None else f"has {field}, but")

    def test_an_unknown_code(self):
        self.run_2.change(error={"code": "ERR_OF_LATER_TIMES", "message": ""})
        self.run_2.assert_holds()

    def test_what_was_not_known(self):
        """Without `rejected`, the receipt of a failure does not say where the other one is."""
        self.run_2.change(rejected=None, inputs_hash=None, inputs_sha256=None, mode=None)
        self.run_2.assert_holds()
        self.run_2.assert_differs("inputs have the inputs_hash", "{}")


class Inputs(unittest.TestCase):
    """The inputs document comes to the hashes of the receipt, or does not."""

    def setUp(self):
        self.run_1 = Run(self, EXAMPLE, "run-1")
        self.document = (INPUTS).read_text()

    def test_the_document(self):
        for document in [
            self.document,
            self.document.replace('"real"', '"\\u0072eal"').replace("1e2", "100.0"),
            self.document.replace(',\n  "mode": "real"', ""),  # it comes from the receipt
            json.dumps(dict(reversed(json.loads(self.document).items()))),
        ]:
            with self.subTest(document=document):
                self.run_1.assert_holds(document)

    def test_other_documents(self):
        inputs = json.loads(self.document)
        swapped = {**inputs, "params": dict(reversed(inputs["params"].items()))}
        for document, finding in [
            (self.document.replace("three", "four"), "inputs have the inputs_hash"),
            (self.document.replace('"real"', '"mock"'), "inputs have the inputs_hash"),
            (json.dumps(swapped), "with keys in another order"),
            ("", "inputs Expecting value"),
            ("[]", "inputs is not an object"),
            (json.dumps({**inputs, "more": 1}), "inputs has the fields ['more']"),
            (json.dumps({**inputs, "params": []}), "inputs has the fields ['params']"),
            (json.dumps({**inputs, "schema": "v2"}), "inputs has the fields ['schema']"),
            (json.dumps({**inputs, "mode": "test"}), "inputs has the fields ['mode']"),
        ]:
            with self.subTest(document=document):
                self.run_1.assert_differs(finding, document)


if __name__ == "__main__":
    unittest.main()
