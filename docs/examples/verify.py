#!/usr/bin/env python3
"""Verifies one execution by docs/spec.md#verifying; needs nothing but Python's standard library.

Prints a line for each finding. Exit status 0: everything holds; 1: something does not; 2: the command line is wrong.
"""
import argparse
import hashlib
import os
import pathlib
import sys

import documents
from documents import ROOT


class Verification:
    def __init__(self, base):
        self.base, self.holds = base, True

    def differs(self, name, why):
        print("DIFFERS", name, why)
        self.holds = False

    def attempt(self, name, function, *arguments):
        """What a function returns; nothing, and a finding, where it refuses."""
        try:
            return function(*arguments)
        except (OSError, ValueError) as error:
            self.differs(name, error)

    def open(self, name):
        """Opens a regular file that no symbolic link leads to; below the artifacts directory none is followed."""
        at = self.base
        for segment in name.removeprefix(ROOT).split("/"):
            at = os.path.join(at, segment)
            if os.path.islink(at):
                raise ValueError("is a symbolic link, or lies below one")
        if not os.path.isfile(at):
            raise ValueError("is not a file" if os.path.exists(at) else "is missing")
        return open(at, "rb")

    def read(self, name):
        with self.open(name) as file:
            return file.read()

    def check_file(self, name, size, digest):
        with self.open(name) as file:
            found, sha256 = os.fstat(file.fileno()).st_size, hashlib.sha256()
            if found != size:
                raise ValueError(f"has changed: its size is {found}, and {size} was written")
            while chunk := file.read(1 << 20):
                sha256.update(chunk)
        if sha256.hexdigest() != digest:
            raise ValueError(f"has changed: its SHA-256 is {sha256.hexdigest()}, and {digest} was written")

    def check_inputs(self, receipt, document):
        canonical, ordered = documents.inputs_hashes(document, receipt.get("mode", "mock"))
        if canonical != receipt.get("inputs_hash"):
            raise ValueError(f"have the inputs_hash {canonical}, which is not the receipt's")
        if ordered != receipt.get("inputs_sha256", ordered):
            raise ValueError("have the values of the receipt's, but their keys in another order")

    def note_unlisted(self, prefix, listed):
        for above, directories, files in os.walk(os.path.join(self.base, prefix.removeprefix(ROOT), "outputs")):
            links = [name for name in directories if os.path.islink(os.path.join(above, name))]
            for name in files + links:
                name = ROOT + os.path.relpath(os.path.join(above, name), self.base)
                if name not in listed:
                    print("note   ", name, "is in no index")

    def run(self, execution_id, prefix, document):
        name = f"{ROOT}execution/{execution_id}/determinism.json"
        data = self.attempt(name, self.read, name)  # step 1
        receipt = self.attempt(name, documents.parse, data) if data is not None else None
        if not self.holds:
            return
        problems = documents.receipt_problems(receipt)  # step 2
        for problem in problems:
            self.differs(name, problem)
        if problems:
            return
        for field in sorted(receipt.keys() - documents.FIELDS.keys()):
            print("note   ", name, f"has the field {field}, which this version does not know")
        if documents.dump(receipt) != data:
            self.differs(name, "is not in its canonical form")
        if receipt["execution_id"] != execution_id:
            self.differs(name, "is the receipt of another execution")

        index, rejected = receipt.get("outputs_index"), receipt.get("rejected")  # step 3
        if index:
            prefix = index.removesuffix("outputs.json")
        elif rejected:
            prefix = rejected["path"].removesuffix("rejected/response.bin")
        if prefix:
            twin = prefix + "receipt.json"
            if self.attempt(twin, self.read, twin) not in (None, data):
                self.differs(twin, "differs from the other receipt")
        else:
            print("note   ", name, "does not say where the other receipt is; --write-prefix does")

        outputs = []
        if index and (data := self.attempt(index, self.read, index)) is not None:  # step 4
            if hashlib.sha256(data).hexdigest() != receipt["outputs_index_sha256"]:
                self.differs(index, "has changed: it has not the SHA-256 that the receipt has")
            outputs = self.attempt(index, documents.outputs_of, data) or []
        for output in outputs:  # step 5
            path, digest = output["path"], output["cid"].removeprefix("sha256:")
            if path.startswith(prefix + "outputs/"):
                self.attempt(path, self.check_file, path, output["size_bytes"], digest)
            else:
                self.differs(path, "is listed, but is not below outputs/ of the write prefix")
        if rejected:  # step 6
            path = rejected["path"]
            self.attempt(path, self.check_file, path, rejected["size_bytes"], rejected["sha256"])
        if document is not None:  # step 7
            self.attempt("inputs", self.check_inputs, receipt, document)
        if prefix:  # step 8
            self.note_unlisted(prefix, {output["path"] for output in outputs})


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Verifies one execution.")
    parser.add_argument("artifacts_dir")
    parser.add_argument("execution_id")
    parser.add_argument("--write-prefix", help="of a failed run, world://artifacts/.../: its other receipt is there")
    parser.add_argument("--inputs", type=pathlib.Path, help="the inputs document of the run")
    options = parser.parse_args(arguments)
    prefix = options.write_prefix
    if not documents.IS_EXECUTION_ID(options.execution_id) or prefix and not documents.path("/x")(prefix + "x"):
        parser.error("the execution id or the write prefix is not well-formed")
    try:
        document = options.inputs and options.inputs.read_bytes()
    except OSError as error:
        parser.error(error)
    verification = Verification(options.artifacts_dir)
    verification.run(options.execution_id, prefix, document)
    print("verified" if verification.holds else "NOT verified")
    sys.exit(0 if verification.holds else 1)


if __name__ == "__main__":
    main()
