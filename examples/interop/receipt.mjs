// Verifies a recipient's receipt, as the sender.
import { readFileSync } from 'node:fs'
import { has, isInt, need, readJSON, readKeys, run, unb64, write } from './segel.mjs'
import { decrypt, digest, verify } from './tokens.mjs'

const usage = `usage: node receipt.mjs RECEIPT SENT SENDER.private.jwks RECIPIENT.public.jwks RECIPIENT/PARTY OUT

RECEIPT: what the recipient answered, a compact JWE. SENT: OUT.segel.sent of seal.mjs.
RECIPIENT.public.jwks: the keys that a verified directory gives to that recipient.
It writes OUT, the signed receipt: the evidence to keep, and prints the claims as JSON. Look at "outcome" (accepted,
refused, cancelled) and "final": if final is false, nothing is settled yet.`

const MEMBERS = ['v', 'jti', 'iss', 'aud', 'iat', 'manifest', 'outcome', 'final']
const OPTIONAL = ['reason', 'code', 'findings', 'missing']
const SKEW = 600

// Returns the claims, and the signed receipt.
export const openReceipt = async (token, sent, mine, recipient, party, now) => {
  const m = readJSON(unb64(sent.manifest.split('.')[1])) // our own file
  need(m.aud.includes(party), 'misuse')
  const signed = (await decrypt('segel-receipt+jwe', token, mine)).toString('latin1')
  const c = readJSON(await verify('segel-receipt+jwt', signed, recipient))
  need(has(c, MEMBERS, OPTIONAL) && c.v === 1 && isInt(c.iat) && typeof c.final === 'boolean', 'malformed')
  need(['accepted', 'refused', 'cancelled'].includes(c.outcome), 'malformed')
  need((c.outcome === 'accepted') === !c.reason && (c.final || c.outcome === 'refused'), 'malformed')
  need(c.jti === m.jti && c.aud === m.iss && c.manifest === digest(sent.manifest), 'bad_content')
  need(c.iss === party, 'bad_content')
  need(c.iat >= m.iat - SKEW || c.outcome === 'cancelled', 'bad_content')
  need(c.iat <= now + SKEW, 'not_yet_valid')
  return { claims: c, signed }
}

export const main = async (receipt, sent, mine, recipient, party, out) => {
  const keys = [await readKeys(mine, true), await readKeys(recipient)]
  const token = readFileSync(receipt, 'latin1')
  const { claims, signed } = await openReceipt(token, readJSON(readFileSync(sent)), ...keys, party, Date.now() / 1000)
  write(out, signed)
  console.log(JSON.stringify(claims))
}

await run(import.meta.url, main, usage)
