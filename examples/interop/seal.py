#!/usr/bin/env python3
"""Seals records (NDJSON) in a Segel envelope.

usage: seal.py DRAFT.json RECORDS.ndjson SENDER.private.jwks OUT.segel

DRAFT.json: {"sender": "kpu/sirekap", "recipients": [{"party": "bawaslu/pengawasan", "key": JWK}],
  "dataset": {"id": "sirekap/hasil-tps", "version": "1.0.0", "digest": "..."}, "purpose": "AWAS-TAHAPAN",
  "agreement": {"id": "PKS-1", "digest": "..."}, "validFor": 86400}
SENDER.private.jwks: with exactly one signing key.
Beside OUT.segel, the tokens of all recipients, it writes OUT.segel.sent for receipt.py: keep that, it
proves with the records what was sent. It holds no record, but keep it as safe as the records.

Not done here: checking the records against the dataset's definition, and whether the agreement allows it.
"""
import json, os, re, time
from segel import ENCRYPT, SIGN, b64, count_records, need, read, read_json, read_key, read_keys, run, write
from tokens import commit, commit_key, encrypt, mac, pad, sign

FORMS = {  # envelope/doc.go: the texts in it
    "party": r"[a-z][a-z0-9-]{0,31}/[a-z][a-z0-9-]{0,31}",
    "dataset": r"[a-z][a-z0-9-]{0,31}/[a-z][a-z0-9-]{0,63}",
    "version": r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}",
    "purpose": r"[A-Z][A-Z0-9]{0,31}(-[A-Z0-9]{1,32}){1,3}",
    "agreement": r"[A-Za-z0-9][A-Za-z0-9._/-]{0,127}",
    "digest": r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]",
}

def check(form, text):
    need(re.fullmatch(FORMS[form], text), "misuse")
    return text

def uuid7(now):
    raw = int(now * 1000).to_bytes(6, "big") + os.urandom(10)
    raw = raw[:6] + bytes([raw[6] & 0x0F | 0x70, raw[7], raw[8] & 0x3F | 0x80]) + raw[9:]
    return "-".join([raw[:4].hex(), raw[4:6].hex(), raw[6:8].hex(), raw[8:10].hex(), raw[10:].hex()])

def state(draft, ndjson, now):
    """Returns the manifest without its commitments, and the recipients' keys."""
    need(set(draft) == {"sender", "recipients", "dataset", "purpose", "agreement", "validFor"}, "misuse")
    parties = [check("party", r["party"]) for r in draft["recipients"]]
    keys = [read_key(r["key"]) for r in draft["recipients"]]
    need(all(k["alg"] in ENCRYPT for k in keys) and 1 <= len(parties) <= 64, "misuse")
    need(len({k.thumbprint() for k in keys}) == len(set(parties)) == len(parties), "misuse")
    need(len(ndjson) <= 4 << 20, "too_large")
    need(type(draft["validFor"]) is int and 1 <= draft["validFor"] <= 30 * 86400, "lifetime")
    dataset, agreement = draft["dataset"], draft["agreement"]
    return {
        "v": 1, "jti": uuid7(now), "iss": check("party", draft["sender"]),
        "iat": int(now), "nbf": int(now), "exp": int(now) + draft["validFor"],
        "aud": parties, "rcpt": [k.thumbprint() for k in keys],
        "dataset": {"id": check("dataset", dataset["id"]), "version": check("version", dataset["version"]),
                    "digest": check("digest", dataset["digest"])},
        "purpose": check("purpose", draft["purpose"]),
        "agreement": {"id": check("agreement", agreement["id"]), "digest": check("digest", agreement["digest"])},
        "content": {"form": "inline", "media": "application/x-ndjson", "bytes": len(ndjson),
                    "records": count_records(ndjson)},
    }, keys

def seal(draft, ndjson, signer, now):
    """Returns the file, the manifest as a JWS, and the key that proves the content against it."""
    manifest, keys = state(draft, ndjson, now)
    seed = os.urandom(32)
    manifest["commit"], manifest["content"]["mac"] = commit(seed), mac(seed, ndjson)
    text = json.dumps(manifest, separators=(",", ":")).encode()
    signed = sign("segel-manifest+jwt", text + b" " * (-len(text) % 512), signer)
    secret = signed.encode() + b"~" + seed + pad(ndjson)
    file = b"segel/1\n" + len(keys).to_bytes(2, "big")
    for key in keys:
        token = encrypt("segel-envelope+jwe", secret, key).encode()
        file += len(token).to_bytes(4, "big") + token
    return file, signed, commit_key(seed)

def main(draft, records, sender, out):
    signers = [k for k in read_keys(sender, private=True).values() if k["alg"] in SIGN]
    need(len(signers) == 1, "misuse")
    file, manifest, proof = seal(read_json(read(draft)), read(records), signers[0], time.time())
    write(out + ".sent", json.dumps({"manifest": manifest, "commitKey": b64(proof)}).encode())
    write(out, file)

if __name__ == "__main__":
    run(main, __doc__)
