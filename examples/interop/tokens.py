"""Segel's tokens on jwcrypto (Debian: python3-jwcrypto), behind a gate of their own.

jwcrypto reads much that no token of Segel holds: other algorithms, zip, crit, JSON, a second encoding of
the same bytes. So each token is checked by its form first, and the library sees only what is left.
"""
import hashlib, hmac, json, re
from jwcrypto import jwe, jws
from segel import ENCRYPT, SIGN, Refused, b64, need, read_json, unb64

def gate(typ, token, count, algs, members):
    """Returns header and segments of a compact token that is one of ours by its form."""
    raw = [unb64(segment) for segment in token.split(".")]
    need(len(raw) == count and all(raw), "malformed")
    need(len(raw[0]) <= 1024 and re.fullmatch(rb"[!-\[\]-~]+", raw[0]), "malformed")
    head = read_json(raw[0])
    need(all(type(head.get(name)) is str for name in members), "malformed")
    need(head["typ"] == typ and head["alg"] in algs and len(unb64(head["kid"])) == 32, "malformed")
    need(set(head) == members | ({"epk"} if head["alg"] == "ECDH-ES+A256KW" else set()), "malformed")
    return head, raw

def sign(typ, payload, key):
    token = jws.JWS(payload)
    token.allowed_algs = [key["alg"]]
    token.add_signature(key, protected=header(alg=key["alg"], kid=key.thumbprint(), typ=typ))
    return token.serialize(compact=True)

def verify(typ, token, keys):
    """Returns the payload, signed by one of the keys."""
    head, raw = gate(typ, token, 3, SIGN, {"alg", "kid", "typ"})
    need(head["alg"] == "PS256" or len(raw[2]) == 64, "malformed")
    need(head["kid"] in keys, "unknown_key")
    key, signed = keys[head["kid"]], jws.JWS()
    need(key["alg"] == head["alg"], "bad_signature")
    signed.allowed_algs = [key["alg"]]
    try:
        signed.deserialize(token, key)
    except Exception:
        raise Refused("bad_signature") from None
    return signed.payload

def encrypt(typ, plaintext, key):
    protected = header(alg=key["alg"], enc="A256GCM", kid=key.thumbprint(), typ=typ)
    token = jwe.JWE(plaintext, protected, algs=[key["alg"], "A256GCM"])
    token.add_recipient(key)
    return token.serialize(compact=True)

def look(typ, token):
    """Returns the kid of an encrypted token. It is a hint and proves nothing."""
    head, raw = gate(typ, token, 5, ENCRYPT, {"alg", "enc", "kid", "typ"})
    need(head["enc"] == "A256GCM" and (len(raw[2]), len(raw[4])) == (12, 16), "malformed")
    if head["alg"] == "ECDH-ES+A256KW":
        need(len(raw[1]) == 40 and type(head["epk"]) is dict, "malformed")
        need(set(head["epk"]) in ({"kty", "crv", "x"}, {"kty", "crv", "x", "y"}), "malformed")
    return head["kid"], head["alg"]

def decrypt(typ, token, keys):
    """Returns the plaintext and the kid of the key that opened it."""
    kid, alg = look(typ, token)
    need(kid in keys, "not_for_me")
    need(keys[kid]["alg"] == alg, "cannot_open")
    opened = jwe.JWE(algs=[alg, "A256GCM"])
    try:
        opened.deserialize(token, keys[kid])
    except Exception:
        raise Refused("cannot_open") from None
    return opened.payload, kid

def header(**members):
    return json.dumps(members, separators=(",", ":"))

def pad(content):
    """Fills content up with zero bytes to its Padmé length."""
    n = len(content)
    e = max(n, 1).bit_length() - 1
    unit = 1 << (e - e.bit_length()) if e else 1
    return content + bytes(-n % unit)

def commit(seed):
    return b64(hashlib.sha256(b"segel/1 seed" + seed).digest())

def commit_key(seed):
    prk = hmac.digest(bytes(32), seed, "sha256")  # HKDF-SHA256 (RFC 5869) without salt, one block
    return hmac.digest(prk, b"segel/1 commit\x01", "sha256")

def mac(seed, content):
    return b64(hmac.digest(commit_key(seed), content, "sha256"))

def digest(manifest):
    """The manifest digest: over what is signed, not over the signature."""
    return b64(hashlib.sha256(b"segel/1 manifest\n" + manifest.rpartition(".")[0].encode()).digest())
