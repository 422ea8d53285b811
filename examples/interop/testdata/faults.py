"""Makes envelopes that are sound but for one thing, as a sender, a recipient or somebody on the way could.

usage: faults.py FOLDER NOW OUT, with the programs in FOLDER and the keys and the draft in OUT
"""
import json, sys

folder, now, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sys.path.insert(0, folder)
import seal
from jwcrypto import jwe, jws
from segel import b64, unb64, read, read_json, read_keys, write
from tokens import commit, encrypt, mac, pad, sign

def load(name):
    return list(read_keys(f"{out}/{name}.private.jwks", private=True).values())

sender, stranger = load("sender")[0], load("stranger")[0]
key, other = [k for name in ("first", "second") for k in load(name) if k["use"] == "enc"]
draft, ndjson, changed = read_json(read(f"{out}/draft")), b'{"a":1}\n{"a":2}\n', b'{"a":1}\n{"a":3}\n'
SEED = bytes(range(32))

def forge(name, change=lambda m: None, text=lambda t: t, typ="segel-manifest+jwt", signer=sender, claim=None,
          seed=SEED, content=ndjson, padded=None, header=None, to=key, swap=lambda s: s):
    m, _ = seal.state(draft, ndjson, now)
    m["content"]["bytes"] = len(content)
    m["commit"], m["content"]["mac"] = commit(SEED), mac(SEED, content)
    change(m)
    payload = text(compact(m)).encode()
    signed = sign_as(payload, signer, claim) if claim else sign(typ, payload, signer)
    secret = swap(signed).encode() + b"~" + seed + (pad(content) if padded is None else padded)
    token = encrypt_as(header, secret, to) if header else encrypt("segel-envelope+jwe", secret, to)
    write(f"{out}/{name}.segel", b"segel/1\n\0\1" + len(token).to_bytes(4, "big") + token.encode())

def sign_as(payload, signer, claim):
    token = jws.JWS(payload)
    token.add_signature(signer, protected=claim if type(claim) is str else compact(claim))
    return token.serialize(compact=True)

def compact(members):
    return json.dumps(members, separators=(",", ":"))

def encrypt_as(change, secret, to):
    """Encrypts under another header, in compact form without jwcrypto's own opinion of the text."""
    members = {"alg": to["alg"], "enc": "A256GCM", "kid": to.thumbprint(), "typ": "segel-envelope+jwe"}
    token = jwe.JWE(secret, compact(change(members)), algs=[to["alg"], "A256GCM", "A128CBC-HS256"])
    token.add_recipient(to)
    return token.serialize(compact=True)

def put(*path_and_value):
    *path, last, value = path_and_value
    def change(m):
        for name in path:
            m = m[name]
        m[last] = value
    return change

def shift(iat, nbf, exp):
    return lambda m: m.update(iat=now + iat, nbf=now + nbf, exp=now + exp)

def segment(at, change):
    def swap(token):
        raw = [unb64(part) for part in token.split(".")]
        raw[at] = change(raw[at])
        return ".".join(b64(part) for part in raw)
    return swap

NIL, CLAIM = b64(bytes(32)), {"alg": "ES256", "kid": sender.thumbprint(), "typ": "segel-manifest+jwt"}
BODY = {"form": "body", "media": "application/x-ndjson", "chunk": 524288, "codec": "none",
        "key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
forge("honest")
# The sender's key is missing or another's.
forge("signed by another key", signer=stranger)
forge("signed by another key under the sender's kid", signer=stranger, claim=CLAIM)
forge("signature of zeros", swap=segment(2, lambda raw: bytes(64)))
forge("signature cut short", swap=segment(2, lambda raw: raw[:63]))
forge("a fourth segment", swap=lambda token: token + ".AA")
forge("an empty payload", swap=segment(1, lambda raw: b""))
forge("an algorithm that is not the key's", swap=segment(0, lambda raw: raw.replace(b"ES256", b"EdDSA")))
# What a recipient can do with what it opened.
forge("passed on to another key", to=other)
forge("content swapped", padded=pad(changed))
forge("content left out", padded=b"")
forge("seed swapped", seed=bytes(32))
forge("no seed", seed=b"", padded=b"")
forge("padding that is not zero", padded=pad(ndjson + b"x" * 60)[:-1] + b"x", content=ndjson + b"x" * 59)
forge("padding that is missing", content=ndjson * 5 + b"{}\n", padded=ndjson * 5 + b"{}\n")
forge("a seed that is not the signed one", put("commit", NIL))
# A statement of another type in its place.
forge("signed as a receipt", typ="segel-receipt+jwt")
forge("encrypted as a receipt", header=lambda h: {**h, "typ": "segel-receipt+jwe"})
forge("encrypted without a type", header=lambda h: {k: v for k, v in h.items() if k != "typ"})
# Headers that choose.
forge("compressed", header=lambda h: {**h, "zip": "DEF"})
forge("another content encryption", header=lambda h: {**h, "enc": "A128CBC-HS256"})
forge("a header member that is not ours", header=lambda h: {**h, "jku": "http://127.0.0.1/"})
forge("signed with another header member", claim={**CLAIM, "cty": "JWT"})
forge("signed under a header with blanks", claim=json.dumps(CLAIM))
forge("signed under a header with an escape", claim=compact(CLAIM).replace("jwt", "jw\\u0074"))
forge("signed under a header with a member twice", claim=compact(CLAIM).replace("{", '{"alg":"ES256",'))
# What the sender signed.
forge("another recipient party", put("aud", ["kominfo/jaringan"]))
forge("another recipient key", put("rcpt", [other.thumbprint()]))
forge("another sender named", put("iss", "kpu/sipol"))
forge("another purpose", put("purpose", "REKAP-KIRIM"))
forge("another agreement", put("agreement", "digest", NIL))
forge("another definition", put("dataset", "digest", NIL))
forge("expired", shift(-7200, -7200, -121))
forge("in the last second of the skew", shift(-7200, -7200, -119))
forge("not yet valid", shift(0, 180, 7200))
forge("31 days of life", shift(0, 0, 31 * 86400))
forge("records miscounted", put("content", "records", 3))
forge("a record without its line feed", content=ndjson[:-1])
forge("a version to come", put("v", 2))
forge("content in a body", put("content", BODY), content=b"")
forge("a later version that is a text", put("v", "2"))
forge("a version of 0", put("v", 0))
forge("not before its issue", shift(0, -60, 7200))
forge("over before it begins", shift(0, 3600, 3600))
forge("more parties than keys", put("aud", ["bawaslu/pengawasan", "kominfo/jaringan"]))
forge("a party twice", lambda m: m.update(aud=m["aud"] * 2, rcpt=m["rcpt"] + [NIL]))
forge("a key twice", lambda m: m.update(aud=m["aud"] + ["kominfo/jaringan"], rcpt=m["rcpt"] * 2))
forge("a length that is a text", put("content", "bytes", "16"))
forge("a length below zero", put("content", "bytes", -1))
forge("content with a member that nobody knows", put("content", "note", "x"))
forge("a media type that is no sequence", put("content", "media", "application/pdf"))
forge("an empty record", content=b'{"a":1}\n\n')
forge("a member that nobody knows", put("note", "x"))
forge("a member twice", text=lambda t: t.replace('"v":1,', '"v":1,"purpose":"REKAP-KIRIM",'))
forge("a member missing", lambda m: m.pop("agreement"))
forge("a null member", put("asOf", None))
forge("a number with a fraction", text=lambda t: t.replace('"v":1,', '"v":1.0,'))
forge("a number that rounds", text=lambda t: t.replace('"v":1,', '"v":1.00000000000000001,'))
forge("a number beyond 2^53", text=lambda t: t.replace('"records":2', '"records":9007199254740993'))
forge("less than nothing", text=lambda t: t.replace('"records":2', '"records":-0'))
forge("a list for a manifest", text=lambda t: f"[{t}]")
forge("a manifest beyond 64 KiB", text=lambda t: t + " " * (64 << 10))
forge("something behind the manifest", text=lambda t: t + "{}")
forge("blanks and lines between the members", text=lambda t: t.replace(",", " ,\n\t").replace(":", " : "))
