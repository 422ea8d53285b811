// Opens a Segel envelope of records (NDJSON) that stand in the token. For content in a body there is body.mjs.
import { readFileSync } from 'node:fs'
import { countRecords, has, isInt, need, readJSON, readKeys, run, same, write } from './segel.mjs'
import { commit, decrypt, digest, look, mac, pad, readManifest, verify } from './tokens.mjs'

const usage = `usage: node open.mjs FILE.segel EXPECT.json MINE.private.jwks SENDER.public.jwks OUT

EXPECT.json: {"party": "bawaslu/pengawasan", "sender": "kpu/sirekap", "purpose": "AWAS-TAHAPAN",
  "dataset": {"id": "sirekap/hasil-tps", "version": "1.0.0", "digest": "..."},
  "agreement": {"id": "PKS-1", "digest": "..."}}
SENDER.public.jwks: the keys that a verified directory gives to that sender.
It writes OUT once all is verified, and OUT.opened for answer.mjs; it prints sender, id, manifest digest.

Not done here, and needed: take each (sender, id) once, by a row that is durable before the records are
used; check the records against the dataset's definition; ask a current directory about the keys.`

const SKEW = 120 // seconds by which two agencies' clocks may differ

// Returns the tokens, and what follows them.
const splitFile = (data) => {
  need(!/^segel\/([2-9]|[1-9][0-9]+)\n/.test(data.toString('latin1', 0, 16)), 'newer_version')
  need(data.length > 10 && data.toString('latin1', 0, 8) === 'segel/1\n', 'malformed')
  const count = data.readUInt16BE(8)
  need(count >= 1 && count <= 64, 'malformed')
  const tokens = []
  let pos = 10
  while (tokens.length < count) {
    need(pos + 4 <= data.length, 'malformed')
    const size = data.readUInt32BE(pos)
    need(size <= 8 << 20, 'too_large')
    pos += 4 + size
    need(size > 0 && pos <= data.length, 'malformed')
    tokens.push(data.toString('latin1', pos - size, pos))
  }
  return { tokens, rest: data.subarray(pos) }
}

// Returns the content, if it is what the manifest commits to.
const openContent = (m, seed, padded, rest) => {
  const c = m.content
  need(c.form !== 'body', 'misuse')
  need(has(c, ['form', 'media', 'bytes', 'records', 'mac']) && c.form === 'inline', 'malformed')
  need(isInt(c.bytes) && c.bytes >= 0 && c.bytes <= 4 << 20, 'malformed')
  const content = padded.subarray(0, c.bytes)
  need(content.length === c.bytes && pad(content).equals(padded), 'bad_content')
  need(mac(seed, content) === c.mac, 'bad_content')
  need(rest.length === 0, 'malformed')
  return content
}

// Returns the manifest, as it was signed and as it was read, the seed, and what stands behind the seed and the tokens.
export const openHead = async (data, expect, mine, sender) => {
  need(has(expect, ['party', 'sender', 'purpose', 'dataset', 'agreement']), 'misuse')
  const { tokens, rest } = splitFile(data)
  const looked = tokens.map((token) => ({ token, kid: look('segel-envelope+jwe', token).kid }))
  const { token, kid } = looked.find((t) => mine.has(t.kid)) ?? {}
  need(token, 'not_for_me')
  const plaintext = await decrypt('segel-envelope+jwe', token, mine)
  const tilde = plaintext.indexOf('~')
  need(tilde >= 0 && plaintext.length >= tilde + 33, 'malformed')
  need(tilde <= 64 << 10, 'too_large')
  const signed = plaintext.toString('latin1', 0, tilde)
  const m = readManifest(await verify('segel-manifest+jwt', signed, sender))
  need(m.iss === expect.sender, 'unknown_key')
  need(m.aud[m.rcpt.indexOf(kid)] === expect.party, 'forwarded')
  const seed = plaintext.subarray(tilde + 1, tilde + 33)
  need(commit(seed) === m.commit, 'bad_content')
  return { m, signed, seed, padded: plaintext.subarray(tilde + 33), rest }
}

export const checkAllowed = (m, expect, now) => {
  need(m.exp - m.iat <= 30 * 86400, 'lifetime')
  need(m.nbf - SKEW <= now, 'not_yet_valid')
  need(now < m.exp + SKEW, 'expired')
  need(m.purpose === expect.purpose, 'purpose_mismatch')
  need(same(m.agreement, expect.agreement), 'no_agreement')
  need(same(m.dataset, expect.dataset), 'unknown_definition')
}

// Returns the manifest, its digest and the content.
export const open = async (data, expect, mine, sender, now) => {
  const { m, signed, seed, padded, rest } = await openHead(data, expect, mine, sender)
  const content = openContent(m, seed, padded, rest)
  checkAllowed(m, expect, now)
  need(m.content.media === 'application/x-ndjson', 'structure')
  need(countRecords(content, 'structure') === m.content.records, 'structure')
  return { m, manifest: digest(signed), content }
}

export const main = async (file, expect, mine, sender, out) => {
  const held = [readJSON(readFileSync(expect)), await readKeys(mine, true), await readKeys(sender)]
  const { m, manifest, content } = await open(readFileSync(file), ...held, Date.now() / 1000)
  write(out, content)
  write(out + '.opened', JSON.stringify({ jti: m.jti, iss: m.iss, manifest }))
  console.log(m.iss, m.jti, manifest)
}

await run(import.meta.url, main, usage)
