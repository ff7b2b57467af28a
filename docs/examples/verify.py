#!/usr/bin/env python3
"""Verifies one execution by docs/spec.md#verifying, with Python's standard library alone; prints each finding.
Exit status 0: everything holds; 1: something does not; 2: the command line is wrong."""
import argparse, contextlib, datetime, decimal, hashlib, json, math, os, pathlib, re, sys, unicodedata

ROOT, ID, HEX, STRING = "world://artifacts/", "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", "[0-9a-f]{64}", r'"(?:[^"\\]|\\.)*"'
PATH = rf'"({ROOT}(?:.*/)?%s)"'  # the only groups: `check_fields` checks what they find
INDEX = rf'{{"outputs":\[(?:{{"cid":"sha256:{HEX}","mime":{STRING},"path":{STRING},"size_bytes":[0-9]+}},?)*\]}}'
# In a success and in an error: + has to be there, ? may be there, - must not. Then the pattern of the canonical form.
FIELDS = {
    "execution_id": ("++", f'"{ID}"'), "mode": ("+?", '"(?:mock|real)"'), "status": ("++", '"(?:success|error)"'),
    "processor_ref": ("++", '"(?!.{257})[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*@[A-Za-z0-9][A-Za-z0-9._-]*"'),
    "image_digest": ("++", f'"(?:unknown|(?!.{{514}})[A-Za-z0-9._/:-]+@sha256:{HEX})"'),
    "inputs_hash": ("+?", f'"{HEX}"'), "inputs_sha256": ("??", f'"{HEX}"'), "hash_schema": ("++", '"jcs-sha256-v1"'),
    "outputs_index": ("+-", PATH % "outputs[.]json"), "outputs_index_sha256": ("+-", f'"{HEX}"'),
    "timestamp_utc": ("++", '"[0-9T:-]{19}Z"'), "duration_ms": ("++", "[0-9]+"), "processor_info": ("+?", STRING),
    "usage": ("+?", f"{{(?:{STRING}:[0-9.e+-]+,?)*}}"), "extra": ("??", f"{{(?:{STRING}:{STRING},?)*}}"),
    "error": ("-+", rf'{{"code":"ERR_[A-Z0-9_]{{1,60}}","message":{STRING}}}'), "env_fingerprint": ("++", STRING),
    "rejected": ("-?", rf'{{"path":{PATH % "rejected/response[.]bin"},"sha256":"{HEX}","size_bytes":[0-9]+}}'),
    "plan_id": ("??", f'(?!""){STRING}'),
}

def require(condition, why):
    if not condition:
        raise ValueError(why)

def parse(data):
    """Reads one document strictly (docs/spec.md#canonical-json)."""
    def members(pairs):
        require(len(dict(pairs)) == len(pairs), "has a key twice in one object")
        return dict(pairs)

    value = json.loads(data.decode(), object_pairs_hook=members)
    dump(value)  # refuses what has no canonical form, such as a lone surrogate, which has no UTF-8
    return value

def dump(value, ordered=False, depth=1):
    """The canonical form of a value; `ordered` keeps the order of the keys."""
    require(depth < 128 or not isinstance(value, (dict, list)), "is nested 128 levels deep or more")
    if isinstance(value, dict):
        keys = value if ordered else sorted(value, key=lambda key: key.encode("utf-16-be"))
        return b"{" + b",".join(dump(key) + b":" + dump(value[key], ordered, depth + 1) for key in keys) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(dump(item, ordered, depth + 1) for item in value) + b"]"
    if type(value) not in (int, float):
        return json.dumps(value, ensure_ascii=False).encode()
    require(abs(value) < 2**53 or type(value) is float and 1e21 <= abs(value) < math.inf, "has an inexact number")
    digits = decimal.Decimal(repr(abs(value))).normalize()  # the shortest that read back, as in ECMAScript
    return ("-" * (value < 0) + format(digits, "f" if -7 < digits.adjusted() < 21 else "e")).encode()

def is_path(path):
    """Whether a world path has its canonical form (docs/spec.md#world-paths)."""
    segments = path.removeprefix(ROOT).split("/")
    return (path.startswith(ROOT) and unicodedata.is_normalized("NFC", path) and len(path.encode()) <= 1024
            and not any(char in "%\\" or unicodedata.category(char) == "Cc" for char in path)
            and not {"", ".", "..", ".git", ".well-known"}.intersection(segments)
            and all(len(segment.encode()) <= 255 for segment in segments))

def check_fields(receipt):
    """Checks a receipt by the table of docs/spec.md#receipts."""
    require(isinstance(receipt, dict), "is not a JSON object")
    for field, (presence, pattern) in FIELDS.items():
        presence = presence[receipt.get("status") == "error"]
        require(field in receipt or presence != "+", f"has no {field}")
        if field in receipt:
            found = presence != "-" and re.fullmatch(pattern, dump(receipt[field]).decode())
            paths = [path.replace('\\"', '"') for path in found.groups()] if found else [""]
            require(all(map(is_path, paths)), f"has {field}, but not as it has to be")
    datetime.datetime.strptime(receipt["timestamp_utc"], "%Y-%m-%dT%H:%M:%SZ")  # is a real date

def outputs_of(data):
    """The outputs of an index (docs/spec.md#outputs-index) by their paths."""
    index = parse(data)
    require(re.fullmatch(INDEX, dump(index).decode()), "is not an index")
    outputs = {entry["path"]: {name: entry[name] for name in ("path", "cid", "size_bytes", "mime")}
               for entry in sorted(index["outputs"], key=lambda entry: entry["path"])}
    require(dump({"outputs": list(outputs.values())}, True) == data, "is not compact, sorted by path and in its order")
    return outputs

def check_inputs(receipt, document):
    """Compares the hashes of an inputs document (docs/spec.md#hashing) with those of a receipt."""
    given = parse(document)
    order = {"schema": '"v1"', "model": STRING, "params": "{.*}", "files": "{.*}", "mode": '"(?:mock|real)"'}
    require(isinstance(given, dict), "is not an object")
    given = {"schema": "v1", "params": {}, "files": {}, "mode": receipt.get("mode", "mock"), **given}
    wrong = [field for field in given if not re.fullmatch(order.get(field, ""), dump(given[field]).decode())]
    require(not wrong, f"has the fields {wrong}, which do not exist or have a wrong value")
    inputs = {field: given[field] for field in order if field in given}
    found = [hashlib.sha256(dump(inputs, ordered)).hexdigest() for ordered in (False, True)]
    require(found[0] == receipt.get("inputs_hash"), f"have the inputs_hash {found[0]}, which is not the receipt's")
    require(receipt.get("inputs_sha256") in (None, found[1]), "have the receipt's values with keys in another order")

def read(base, name, size=None, digest=None):
    """The bytes of a regular file that no symbolic link leads to, which have this size and SHA-256."""
    at = os.path.join(base, name.removeprefix(ROOT))
    require(os.path.realpath(at) == at, "is a symbolic link, or lies below one")
    require(os.path.isfile(at), "is not a file" if os.path.exists(at) else "is missing")
    data = pathlib.Path(at).read_bytes()
    require(size in (None, len(data)), f"has changed: its size is {len(data)}, and {size} was written")
    found = hashlib.sha256(data).hexdigest()
    require(digest in (None, found), f"has changed: its SHA-256 is {found}, and {digest} was written")
    return data

def verify(base, execution_id, document=None):
    """Prints each finding; returns whether there is none."""
    findings = []

    @contextlib.contextmanager
    def checking(name):
        try:
            yield name
        except (OSError, ValueError, RecursionError) as error:
            findings.append(print("DIFFERS", name, error))

    with checking(f"{ROOT}execution/{execution_id}/determinism.json") as name:
        receipt = parse(data := read(base, name))  # step 1
        check_fields(receipt)  # step 2
        require(receipt["execution_id"] == execution_id, "is the receipt of another execution")
        with checking(name):
            require(dump(receipt) == data, "is not in its canonical form")
        outputs, index, rejected = None, receipt.get("outputs_index"), receipt.get("rejected")
        prefix = re.sub(r"(outputs\.json|rejected/response\.bin)$", "", index or rejected and rejected["path"] or "")
        with checking(prefix + "receipt.json") as twin:  # step 3
            require(not prefix or read(base, twin) == data, "differs from the other receipt")
        if index:
            with checking(index):  # step 4
                outputs = outputs_of(read(base, index, None, receipt["outputs_index_sha256"]))
        for path, output in (outputs or {}).items():
            with checking(path):  # step 5
                require(path.startswith(prefix + "outputs/") and is_path(path), "is no canonical path below outputs/")
                read(base, path, output["size_bytes"], output["cid"].removeprefix("sha256:"))
        if rejected:
            with checking(rejected["path"]) as path:  # step 6
                read(base, path, rejected["size_bytes"], rejected["sha256"])
        if document:
            with checking("inputs"):  # step 7
                check_inputs(receipt, document.read())
        below = pathlib.Path(base, prefix.removeprefix(ROOT), "outputs")
        for path in below.rglob("*") if prefix and (outputs is not None or not index) else ():  # step 8
            is_directory = path.is_dir() and not path.is_symlink()
            with checking(ROOT + str(path.relative_to(base))) as name:
                require(name in (outputs or {}) or is_directory and any(path.iterdir()), "is in no index")
        if prefix and not index:
            with checking(prefix + "outputs.json") as name:
                require(not os.path.lexists(os.path.join(base, name.removeprefix(ROOT))), "lies beside a failure's receipt")
    return not findings

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", metavar="artifacts_dir", type=os.path.realpath)
    parser.add_argument("execution_id", type=lambda text: re.fullmatch(ID, text)[0])
    parser.add_argument("--inputs", dest="document", type=argparse.FileType("rb"), help="its inputs document")
    holds = verify(**vars(parser.parse_args()))
    print("verified" if holds else "NOT verified")
    sys.exit(not holds)
