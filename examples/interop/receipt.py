#!/usr/bin/env python3
"""Verifies a recipient's receipt, as the sender.

usage: receipt.py RECEIPT SENT SENDER.private.jwks RECIPIENT.public.jwks RECIPIENT/PARTY OUT

RECEIPT: what the recipient answered, a compact JWE. SENT: OUT.segel.sent of seal.py.
RECIPIENT.public.jwks: the keys that a verified directory gives to that recipient.
It writes OUT, the signed receipt: the evidence to keep, and prints the claims as JSON. Look at "outcome" (accepted,
refused, cancelled) and "final": if final is false, nothing is settled yet.
"""
import json, re, time
from segel import need, read, read_json, read_keys, run, unb64, write
from tokens import decrypt, digest, verify

MEMBERS = {"v", "jti", "iss", "aud", "iat", "manifest", "outcome", "final"}
OPTIONAL = {"reason", "code", "findings", "missing"}
SKEW = 600

def open_receipt(token, sent, mine, recipient, party, now):
    """Returns the claims, and the signed receipt."""
    m = read_json(unb64(sent["manifest"].split(".")[1]))  # our own file
    need(party in m["aud"], "misuse")
    signed = decrypt("segel-receipt+jwe", token, mine)[0].decode("latin-1")
    c = read_json(verify("segel-receipt+jwt", signed, recipient))
    need(MEMBERS <= set(c) <= MEMBERS | OPTIONAL and None not in c.values(), "malformed")
    need(type(c["v"]) is int and c["v"] == 1 and type(c["iat"]) is int and type(c["final"]) is bool, "malformed")
    need(c["outcome"] in ("accepted", "refused", "cancelled"), "malformed")
    need((c["outcome"] == "accepted") == ("reason" not in c) and (c["final"] or c["outcome"] == "refused"), "malformed")
    need((c["jti"], c["aud"], c["manifest"]) == (m["jti"], m["iss"], digest(sent["manifest"])), "bad_content")
    need(c["iss"] == party, "bad_content")
    need(c["iat"] >= m["iat"] - SKEW or c["outcome"] == "cancelled", "bad_content")
    need(c["iat"] <= now + SKEW, "not_yet_valid")
    return c, signed

def main(receipt, sent, mine, recipient, party, out):
    keys = read_keys(mine, private=True), read_keys(recipient)
    claims, signed = open_receipt(read(receipt).decode("latin-1"), read_json(read(sent)), *keys, party, time.time())
    write(out, signed.encode())
    print(json.dumps(claims))

if __name__ == "__main__":
    run(main, __doc__)
