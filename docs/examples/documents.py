"""The documents of docs/spec.md: canonical JSON, the hashes of inputs, the fields of receipts and indexes."""
import datetime
import decimal
import hashlib
import json
import re
import unicodedata

ROOT, HEX = "world://artifacts/", "[0-9a-f]{64}"


def parse(data):
    """Reads one document strictly (docs/spec.md#canonical-json); raises ValueError."""
    def members(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("has a key twice in one object")
        return dict(pairs)

    try:
        value = json.loads(data.decode(), object_pairs_hook=members)
        dump(value)  # refuses what has no canonical form, such as a lone surrogate, which has no UTF-8
    except RecursionError:
        raise ValueError("is nested 128 levels deep or more") from None
    return value


def number(value):
    """Writes a number as ECMAScript does. Both languages use the shortest digits that read back as the same double."""
    is_integer = isinstance(value, int) or value % 1 == 0 and abs(value) < 1e21
    if value - value != 0 or is_integer and abs(value) >= 2**53:
        raise ValueError("has an integer outside -(2^53-1) to 2^53-1, or a number that is not finite")
    _, digits, exponent = decimal.Decimal(repr(abs(value))).normalize().as_tuple()
    digits, point = "".join(map(str, digits)), len(digits) + exponent
    if 0 < point <= 21:
        text = digits[:point].ljust(point, "0") + ("." + digits[point:] if digits[point:] else "")
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits[0] + ("." + digits[1:] if digits[1:] else "") + f"e{point - 1:+d}"
    return "-" + text if value < 0 else text


def dump(value, ordered=False):
    """The canonical form of a value; `ordered` keeps the order of the keys."""
    def write(value, depth):
        if depth > 127 and isinstance(value, (dict, list)):
            raise ValueError("is nested 128 levels deep or more")
        if isinstance(value, dict):
            keys = value if ordered else sorted(value, key=lambda key: key.encode("utf-16-be"))
            return "{" + ",".join(write(key, 0) + ":" + write(value[key], depth + 1) for key in keys) + "}"
        if isinstance(value, list):
            return "[" + ",".join(write(item, depth + 1) for item in value) + "]"
        return number(value) if type(value) in (int, float) else json.dumps(value, ensure_ascii=False)

    return write(value, 1).encode()


def inputs_hashes(document, mode="mock"):
    """`inputs_hash` and `inputs_sha256` of an inputs document (docs/spec.md#hashing); raises ValueError."""
    inputs = parse(document)
    defaults = {"schema": "v1", "model": "", "params": {}, "files": {}, "mode": mode}  # in the ordered form's order
    if not isinstance(inputs, dict):
        raise ValueError("is not an object")
    for field, value in inputs.items():
        if field not in defaults or type(value) is not type(defaults[field]):
            raise ValueError(f"has the field {field}, which does not exist or has another type")
    if inputs.get("schema", "v1") != "v1" or inputs.get("mode", mode) not in ("mock", "real"):
        raise ValueError("has a schema other than v1, or a mode other than mock and real")
    normalized = {field: inputs.get(field, value) for field, value in defaults.items()
                  if field in inputs or field != "model"}
    return tuple(hashlib.sha256(dump(normalized, ordered)).hexdigest() for ordered in (False, True))


# Rules for values: functions from a value to whether it is good.
def like(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None


def path(end=""):  # a world path in its canonical form
    def is_good(segment):
        return (segment not in ("", ".", "..", ".git", ".well-known") and len(segment.encode()) <= 255
                and not any(c in "%\\" or unicodedata.category(c) == "Cc" for c in segment))

    return lambda value: (like(f"{ROOT}.*{re.escape(end)}")(value) and len(value.encode()) <= 1024
                          and unicodedata.is_normalized("NFC", value)
                          and all(map(is_good, value[len(ROOT):].split("/"))))


def each(rule):  # an object with any names
    return lambda value: isinstance(value, dict) and all(map(rule, value.values()))


def only(**rules):  # an object with exactly these names
    return lambda value: (isinstance(value, dict) and value.keys() == rules.keys()
                          and all(rule(value[name]) for name, rule in rules.items()))


def is_time(value):
    try:
        return like("[0-9-]{10}T[0-9:]{8}Z")(value) and bool(datetime.datetime.fromisoformat(value))
    except ValueError:
        return False


TEXT, DIGEST, COUNT = like(".*"), like(HEX), lambda value: type(value) is int and value >= 0
IS_EXECUTION_ID = like("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
ENTRY = {"path": path(), "cid": like("sha256:" + HEX), "size_bytes": COUNT, "mime": TEXT}
FIELDS = {  # in a success and in an error: + has to be there, ? may be there, - may not; and the rule for the value
    "execution_id": ("++", IS_EXECUTION_ID), "mode": ("+?", like("mock|real")),
    "processor_ref": ("++", like("(?!.{256})[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*@[A-Za-z0-9][A-Za-z0-9._-]*")),
    "image_digest": ("++", like(f"unknown|(?!.{{513}})[A-Za-z0-9._/:-]+@sha256:{HEX}")), "extra": ("??", each(TEXT)),
    "env_fingerprint": ("++", TEXT), "processor_info": ("+?", TEXT), "status": ("++", like("success|error")),
    "inputs_hash": ("+?", DIGEST), "inputs_sha256": ("??", DIGEST), "hash_schema": ("++", like("jcs-sha256-v1")),
    "outputs_index": ("+-", path("/outputs.json")), "outputs_index_sha256": ("+-", DIGEST),
    "timestamp_utc": ("++", is_time), "duration_ms": ("++", COUNT),
    "usage": ("+?", each(lambda number: type(number) in (int, float))),
    "error": ("-+", only(code=like("ERR_[A-Z0-9_]{1,60}"), message=TEXT)),
    "rejected": ("-?", only(path=path("/rejected/response.bin"), sha256=DIGEST, size_bytes=COUNT)),
}


def receipt_problems(receipt):
    """What is wrong with the fields of a receipt (docs/spec.md#receipts), one text each."""
    if not isinstance(receipt, dict):
        return ["is not a JSON object"]
    is_error = receipt.get("status") == "error"
    problems = []
    for field, (when, rule) in FIELDS.items():
        if field not in receipt and when[is_error] == "+":
            problems.append(f"has no {field}")
        elif field in receipt and when[is_error] == "-":
            problems.append(f"has {field}, but records {'an error' if is_error else 'a success'}")
        elif field in receipt and not rule(receipt[field]):
            problems.append(f"has {field}, but not as it has to be")
    return problems


def outputs_of(index):
    """The outputs of an index (docs/spec.md#outputs-index); raises ValueError."""
    value = parse(index)
    if not only(outputs=lambda outputs: isinstance(outputs, list) and all(map(only(**ENTRY), outputs)))(value):
        raise ValueError("is not an index")
    outputs = [{field: output[field] for field in ENTRY} for output in value["outputs"]]
    if dump({"outputs": outputs}, ordered=True) != index:
        raise ValueError("is not one compact line with its fields in their order")
    paths = [output["path"] for output in outputs]
    if paths != sorted(set(paths)):
        raise ValueError("is not sorted by path")
    return outputs
