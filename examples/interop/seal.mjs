// Seals records (NDJSON) in a Segel envelope.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ENCRYPT, SIGN, b64, countRecords, has, isInt, need } from './segel.mjs'
import { readJSON, readKey, readKeys, run, write } from './segel.mjs'
import { commit, commitKey, encrypt, mac, pad, sign } from './tokens.mjs'

const usage = `usage: node seal.mjs DRAFT.json RECORDS.ndjson SENDER.private.jwks OUT.segel

DRAFT.json: {"sender": "kpu/sirekap", "recipients": [{"party": "bawaslu/pengawasan", "key": JWK}],
  "dataset": {"id": "sirekap/hasil-tps", "version": "1.0.0", "digest": "..."}, "purpose": "AWAS-TAHAPAN",
  "agreement": {"id": "PKS-1", "digest": "..."}, "validFor": 86400}
SENDER.private.jwks: with exactly one signing key.
Beside OUT.segel, the tokens of all recipients, it writes OUT.segel.sent for receipt.mjs: keep that, it
proves with the records what was sent. It holds no record, but keep it as safe as the records.

Not done here: checking the records against the dataset's definition, and whether the agreement allows it.`

// go doc ./envelope: the texts in the manifest
const FORMS = {
  party: /^[a-z][a-z0-9-]{0,31}\/[a-z][a-z0-9-]{0,31}$/,
  dataset: /^[a-z][a-z0-9-]{0,31}\/[a-z][a-z0-9-]{0,63}$/,
  version: /^(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}$/,
  purpose: /^[A-Z][A-Z0-9]{0,31}(-[A-Z0-9]{1,32}){1,3}$/,
  agreement: /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/,
  digest: /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/,
}
const check = (form, text) => {
  need(typeof text === 'string' && FORMS[form].test(text), 'misuse')
  return text
}

const uuid7 = (now) => {
  const raw = randomBytes(16)
  raw.writeUIntBE(Math.floor(now * 1000), 0, 6)
  raw[6] = (raw[6] & 0x0f) | 0x70
  raw[8] = (raw[8] & 0x3f) | 0x80
  return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

// Returns the manifest without its commitments, and the recipients' keys.
const state = async (draft, ndjson, now) => {
  need(has(draft, ['sender', 'recipients', 'dataset', 'purpose', 'agreement', 'validFor']), 'misuse')
  const aud = draft.recipients.map((r) => check('party', r.party))
  const keys = await Promise.all(draft.recipients.map((r) => readKey(r.key)))
  const rcpt = keys.map((k) => k.kid)
  need(keys.every((k) => ENCRYPT[k.alg]) && aud.length >= 1 && aud.length <= 64, 'misuse')
  need(new Set(aud).size === aud.length && new Set(rcpt).size === aud.length, 'misuse')
  need(ndjson.length <= 4 << 20, 'too_large')
  need(isInt(draft.validFor) && draft.validFor >= 1 && draft.validFor <= 30 * 86400, 'lifetime')
  const { dataset: d, agreement: a } = draft
  const iat = Math.floor(now)
  const manifest = {
    v: 1, jti: uuid7(now), iss: check('party', draft.sender), aud, rcpt,
    iat, nbf: iat, exp: iat + draft.validFor,
    dataset: { id: check('dataset', d.id), version: check('version', d.version), digest: check('digest', d.digest) },
    purpose: check('purpose', draft.purpose),
    agreement: { id: check('agreement', a.id), digest: check('digest', a.digest) },
    content: { form: 'inline', media: 'application/x-ndjson', bytes: ndjson.length, records: countRecords(ndjson) },
  }
  return { manifest, keys }
}

// Returns the file, the manifest as a JWS, and the key that proves the content against it.
export const seal = async (draft, ndjson, signer, now) => {
  const { manifest, keys } = await state(draft, ndjson, now)
  const seed = randomBytes(32)
  manifest.commit = commit(seed)
  manifest.content.mac = mac(seed, ndjson)
  const text = JSON.stringify(manifest) // ASCII only, as all texts in it are
  const filled = text.padEnd(Math.ceil(text.length / 512) * 512)
  const signed = await sign('segel-manifest+jwt', Buffer.from(filled), signer)
  const secret = Buffer.concat([Buffer.from(signed + '~'), seed, pad(ndjson)])
  const parts = [Buffer.from('segel/1\n'), uint(2, keys.length)]
  for (const key of keys) {
    const token = Buffer.from(await encrypt('segel-envelope+jwe', secret, key))
    parts.push(uint(4, token.length), token)
  }
  return { file: Buffer.concat(parts), signed, proof: commitKey(seed) }
}

const uint = (bytes, n) => {
  const raw = Buffer.alloc(bytes)
  raw.writeUIntBE(n, 0, bytes)
  return raw
}

export const main = async (draft, records, sender, out) => {
  const signers = [...(await readKeys(sender, true)).values()].filter((k) => SIGN[k.alg])
  need(signers.length === 1, 'misuse')
  const ndjson = readFileSync(records)
  const { file, signed, proof } = await seal(readJSON(readFileSync(draft)), ndjson, signers[0], Date.now() / 1000)
  write(out + '.sent', JSON.stringify({ manifest: signed, commitKey: b64(proof) }))
  write(out, file)
}

await run(import.meta.url, main, usage)
