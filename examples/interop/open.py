#!/usr/bin/env python3
"""Opens a Segel envelope with jwcrypto (Debian: python3-jwcrypto).

usage: open.py FILE.segel RECIPIENT.private.jwks SENDER.public.jwks > records

It checks form, encryption, signature, addressee, expiry, seed and content.
Purpose, agreement and replay are for the directory and the store: see the
package documentation of envelope.
"""
import base64, hashlib, hmac, json, sys, time
from jwcrypto import jwe, jwk, jws

def b64(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()

def need(ok, what):
    if not ok:
        sys.exit("refused: " + what)

def keys(path, use):
    found = [jwk.JWK(**k) for k in json.load(open(path))["keys"] if k["use"] == use]
    return {k.thumbprint(): k for k in found}

data = open(sys.argv[1], "rb").read()
decrypt, verify = keys(sys.argv[2], "enc"), keys(sys.argv[3], "sig")

# File: magic, count, then length and token for each recipient.
need(data[:8] == b"segel/1\n", "file")
count, pos, mine = int.from_bytes(data[8:10], "big"), 10, None
for _ in range(count):
    size = int.from_bytes(data[pos:pos + 4], "big")
    token = data[pos + 4:pos + 4 + size].decode("ascii")
    pos += 4 + size
    head = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    if head["kid"] in decrypt:
        mine = (token, head)
need(mine and pos == len(data), "no token for these keys, or something follows")
token, head = mine
need(head["typ"] == "segel-envelope+jwe" and head["enc"] == "A256GCM", "header")
outer = jwe.JWE(algs=[decrypt[head["kid"]]["alg"], "A256GCM"])
outer.deserialize(token, decrypt[head["kid"]])

# Plaintext: manifest ~ seed content padding.
manifest, _, rest = outer.payload.partition(b"~")
seed, padded = rest[:32], rest[32:]
inner = jws.JWS()
inner.deserialize(manifest.decode("ascii"))
signer = verify.get(inner.jose_header["kid"])
need(signer and inner.jose_header["typ"] == "segel-manifest+jwt", "signer")
inner.allowed_algs = [signer["alg"]]
inner.verify(signer)
m = json.loads(inner.payload)
need(m["v"] == 1 and head["kid"] in m["rcpt"] and time.time() < m["exp"] + 120, "addressee or expiry")
need(b64(hashlib.sha256(b"segel/1 seed" + seed).digest()) == m["commit"], "seed")
prk = hmac.digest(bytes(32), seed, "sha256")  # HKDF-SHA256 without salt, one block
commit_key = hmac.digest(prk, b"segel/1 commit\x01", "sha256")
content = padded[:m["content"]["bytes"]]
need(b64(hmac.digest(commit_key, content, "sha256")) == m["content"]["mac"], "content")
print(m["iss"], m["jti"], m["dataset"]["id"], m["purpose"], file=sys.stderr)
sys.stdout.buffer.write(content)
