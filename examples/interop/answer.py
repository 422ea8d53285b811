#!/usr/bin/env python3
"""Signs the receipt for an envelope that was opened, as the recipient.

usage: answer.py OPENED OUTCOME MINE.private.jwks MY/PARTY SENDER.public.jwks OUT

OPENED: OUT.opened of open.py. OUTCOME: accepted, or refused:REASON with a reason of package envelope that
ends the matter: not_granted, structure, rejected, superseded.
SENDER.public.jwks: with exactly one encryption key, the sender's current one.
It writes OUT, for the sender, and OUT.jws, the signed receipt. A receipt is final: keep OUT.jws before
anybody sees OUT, and give the same one again when the same envelope comes again.
"""
import json, time
from segel import ENCRYPT, SIGN, need, read, read_json, read_keys, run, write
from tokens import encrypt, sign

FINAL = ("not_granted", "structure", "rejected", "superseded")

def only(keys, algs):
    found = [key for key in keys.values() if key["alg"] in algs]
    need(len(found) == 1, "misuse")
    return found[0]

def answer(opened, outcome, key, party, now):
    """Returns the signed receipt."""
    outcome, colon, reason = outcome.partition(":")
    need(reason in FINAL if outcome == "refused" else outcome == "accepted" and not colon, "misuse")
    claims = {"v": 1, "jti": opened["jti"], "iss": party, "aud": opened["iss"], "iat": int(now),
              "manifest": opened["manifest"], "outcome": outcome, "final": True}
    if reason:
        claims["reason"] = reason
    text = json.dumps(claims, separators=(",", ":")).encode()
    return sign("segel-receipt+jwt", text + b" " * (-len(text) % 1024), key)

def main(opened, outcome, mine, party, sender, out):
    signed = answer(read_json(read(opened)), outcome, only(read_keys(mine, private=True), SIGN), party, time.time())
    sealed = encrypt("segel-receipt+jwe", signed.encode(), only(read_keys(sender), ENCRYPT))
    write(out + ".jws", signed.encode())
    write(out, sealed.encode())

if __name__ == "__main__":
    run(main, __doc__)
