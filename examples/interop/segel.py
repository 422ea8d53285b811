"""What the other programs here stand on: refusals, strict texts, keys, files, and a command line's end."""
import base64, json, os, re, sys
from jwcrypto import jwk

SIGN = {"ES256": ["EC P-256"], "EdDSA": ["OKP Ed25519"], "PS256": ["RSA None"]}
ENCRYPT = {"ECDH-ES+A256KW": ["EC P-256", "OKP X25519"], "RSA-OAEP-256": ["RSA None"]}

class Refused(Exception):
    """Its text is a reason code of package envelope and no more: libraries' errors repeat what they read."""

def need(ok, reason):
    if not ok:
        raise Refused(reason)

def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

def unb64(text):
    """Takes the one text of these bytes only; Python would skip what it does not know."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Refused("malformed") from None
    need(b64(raw) == text, "malformed")
    return raw

def read_json(raw):
    """Takes an object in UTF-8 in which no member stands twice and every number is an integer."""
    def once(pairs):
        need(len(dict(pairs)) == len(pairs), "malformed")
        return dict(pairs)
    def integer(text):
        need(re.fullmatch("-?[0-9]{1,16}", text) and text != "-0" and abs(int(text)) < 1 << 53, "malformed")
        return int(text)
    try:
        value = json.loads(raw.decode(), object_pairs_hook=once,
                           parse_int=integer, parse_float=integer, parse_constant=integer)
    except (ValueError, RecursionError):
        raise Refused("malformed") from None
    need(type(value) is dict, "malformed")
    return value

def count_records(ndjson, reason="malformed"):
    """Counts records: each is one line of at least a byte, which ends in a line feed."""
    lines = ndjson.split(b"\n")
    need(lines.pop() == b"" and all(lines), reason)
    return len(lines)

def read_key(member, private=False):
    """Takes one JWK. It is used with its own algorithm, whatever a header says."""
    alg = member["alg"]
    kinds = SIGN.get(alg) or ENCRYPT.get(alg) or []
    need(f'{member["kty"]} {member.get("crv")}' in kinds and ("d" in member) == private, "malformed")
    need(member["use"] == ("sig" if alg in SIGN else "enc"), "malformed")
    if member["kty"] == "RSA":
        bits = len(unb64(member["n"])) * 8
        need((3072 if alg == "PS256" else 2048) <= bits <= 4096 and member["e"] == "AQAB", "malformed")
    key = jwk.JWK(**member)
    need(key.thumbprint() == member["kid"], "malformed")
    return key

def read_keys(path, private=False):
    """Reads a JWK Set: {kid: key}. Nobody but its owner may be able to read private keys."""
    need(not private or os.name == "nt" or not os.stat(path).st_mode & 0o077, "misuse")
    keys = [read_key(member, private) for member in read_json(read(path))["keys"]]
    return {key.thumbprint(): key for key in keys}

def read(path):
    with open(path, "rb") as file:
        return file.read()

def write(path, data):
    """Writes a new file that its owner alone can read; one that is there already stays as it is."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)

def run(program, usage):
    """Runs program(*arguments): exit status 0, or 1 and one line on stderr that says why."""
    arguments = sys.argv[1:]
    try:
        if len(arguments) != program.__code__.co_argcount:
            sys.exit(usage)
        program(*arguments)
    except Refused as e:
        sys.exit(f"refused: {e}")
    except OSError as e:
        sys.exit(f"failed: {e.strerror}: {e.filename}")
    except Exception as e:  # an absent member, a text where a number belongs
        sys.exit(f"refused: malformed ({type(e).__name__})")
