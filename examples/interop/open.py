#!/usr/bin/env python3
"""Opens a Segel envelope of records (NDJSON).

usage: open.py FILE.segel EXPECT.json MINE.private.jwks SENDER.public.jwks OUT

EXPECT.json: {"party": "bawaslu/pengawasan", "sender": "kpu/sirekap", "purpose": "AWAS-TAHAPAN",
  "dataset": {"id": "sirekap/hasil-tps", "version": "1.0.0", "digest": "..."},
  "agreement": {"id": "PKS-1", "digest": "..."}}
SENDER.public.jwks: the keys that a verified directory gives to that sender.
It writes OUT once all is verified, and OUT.opened for answer.py; it prints sender, id, manifest digest.

Not done here, and needed: take each (sender, id) once, by a row that is durable before the records are
used; check the records against the dataset's definition; ask a current directory about the keys.
"""
import json, re, time
from segel import count_records, need, read, read_json, read_keys, run, write
from tokens import commit, decrypt, digest, look, mac, pad, verify

MEMBERS = set("v jti iss iat nbf exp aud rcpt dataset purpose agreement commit content".split())
OPTIONAL = set("seq supersedes inReplyTo asOf obligations commitments".split())
SKEW = 120  # seconds by which two agencies' clocks may differ

def split_file(data):
    """Returns the tokens, and what follows them."""
    need(not re.match(rb"segel/([2-9]|[1-9][0-9]+)\n", data), "newer_version")
    count, pos, tokens = int.from_bytes(data[8:10], "big"), 10, []
    need(data[:8] == b"segel/1\n" and 1 <= count <= 64, "malformed")
    for _ in range(count):
        size = int.from_bytes(data[pos:pos + 4], "big")
        need(size <= 8 << 20, "too_large")
        pos += 4 + size
        need(size and pos <= len(data), "malformed")
        tokens.append(data[pos - size:pos].decode("latin-1"))
    return tokens, data[pos:]

def read_manifest(payload):
    m = read_json(payload)
    need(type(m.get("v")) is int, "malformed")
    need(m["v"] <= 1, "newer_version")
    need(m["v"] == 1 and MEMBERS <= set(m) <= MEMBERS | OPTIONAL and None not in m.values(), "malformed")
    need(all(type(m[t]) is int for t in ("iat", "nbf", "exp")) and 0 <= m["iat"] <= m["nbf"] < m["exp"], "malformed")
    need(len(set(m["aud"])) == len(m["aud"]) == len(m["rcpt"]) == len(set(m["rcpt"])), "malformed")
    return m

def open_content(m, seed, padded, rest):
    """Returns the content, if seed and content are those that the manifest commits to."""
    need(commit(seed) == m["commit"], "bad_content")
    c = m["content"]
    need(c["form"] != "body", "misuse")  # body.mjs opens it
    need(set(c) == {"form", "media", "bytes", "records", "mac"} and c["form"] == "inline", "malformed")
    need(type(c["bytes"]) is int and 0 <= c["bytes"] <= 4 << 20, "malformed")
    content = padded[:c["bytes"]]
    need(len(content) == c["bytes"] and pad(content) == padded, "bad_content")
    need(mac(seed, content) == c["mac"], "bad_content")
    need(not rest, "malformed")
    return content

def open_envelope(data, expect, mine, sender, now):
    """Returns the manifest, its digest and the content."""
    need(set(expect) == {"party", "sender", "purpose", "dataset", "agreement"}, "misuse")
    tokens, rest = split_file(data)
    token = next((t for t, (kid, _) in [(t, look("segel-envelope+jwe", t)) for t in tokens] if kid in mine), None)
    need(token, "not_for_me")
    plaintext, kid = decrypt("segel-envelope+jwe", token, mine)
    signed, tilde, secret = plaintext.partition(b"~")
    need(tilde and len(secret) >= 32, "malformed")
    need(len(signed) <= 64 << 10, "too_large")
    signed = signed.decode("latin-1")
    m = read_manifest(verify("segel-manifest+jwt", signed, sender))
    need(m["iss"] == expect["sender"], "unknown_key")
    need((expect["party"], kid) in zip(m["aud"], m["rcpt"]), "forwarded")
    content = open_content(m, secret[:32], secret[32:], rest)
    need(m["exp"] - m["iat"] <= 30 * 86400, "lifetime")
    need(m["nbf"] - SKEW <= now, "not_yet_valid")
    need(now < m["exp"] + SKEW, "expired")
    need(m["purpose"] == expect["purpose"], "purpose_mismatch")
    need(m["agreement"] == expect["agreement"], "no_agreement")
    need(m["dataset"] == expect["dataset"], "unknown_definition")
    need(m["content"]["media"] == "application/x-ndjson", "structure")
    need(count_records(content, "structure") == m["content"]["records"], "structure")
    return m, digest(signed), content

def main(file, expect, mine, sender, out):
    m, manifest, content = open_envelope(
        read(file), read_json(read(expect)), read_keys(mine, private=True), read_keys(sender), time.time())
    opened = {"jti": m["jti"], "iss": m["iss"], "manifest": manifest}
    write(out, content)
    write(out + ".opened", json.dumps(opened).encode())
    print(opened["iss"], opened["jti"], opened["manifest"])

if __name__ == "__main__":
    run(main, __doc__)
