// Signs the receipt for an envelope that was opened, as the recipient.
import { readFileSync } from 'node:fs'
import { ENCRYPT, SIGN, need, readJSON, readKeys, run, write } from './segel.mjs'
import { encrypt, sign } from './tokens.mjs'

const usage = `usage: node answer.mjs OPENED OUTCOME MINE.private.jwks MY/PARTY SENDER.public.jwks OUT

OPENED: OUT.opened of open.mjs. OUTCOME: accepted, or refused:REASON with a reason of package envelope that
ends the matter: not_granted, structure, rejected, superseded.
SENDER.public.jwks: with exactly one encryption key, the sender's current one.
It writes OUT, for the sender, and OUT.jws, the signed receipt. A receipt is final: keep OUT.jws before
anybody sees OUT, and give the same one again when the same envelope comes again.`

const OUTCOMES = ['accepted', 'refused:not_granted', 'refused:structure', 'refused:rejected', 'refused:superseded']

const only = (keys, algs) => {
  const found = [...keys.values()].filter((k) => algs[k.alg])
  need(found.length === 1, 'misuse')
  return found[0]
}

// Returns the signed receipt.
export const answer = (opened, outcome, key, party, now) => {
  need(OUTCOMES.includes(outcome), 'misuse')
  const [word, reason] = outcome.split(':')
  const { jti, iss: aud, manifest } = opened
  const claims = { v: 1, jti, iss: party, aud, iat: Math.floor(now), manifest, outcome: word, final: true, reason }
  const text = JSON.stringify(claims)
  return sign('segel-receipt+jwt', Buffer.from(text.padEnd(Math.ceil(text.length / 1024) * 1024)), key)
}

export const main = async (opened, outcome, mine, party, sender, out) => {
  const key = only(await readKeys(mine, true), SIGN)
  const signed = await answer(readJSON(readFileSync(opened)), outcome, key, party, Date.now() / 1000)
  const sealed = await encrypt('segel-receipt+jwe', Buffer.from(signed), only(await readKeys(sender), ENCRYPT))
  write(out + '.jws', signed)
  write(out, sealed)
}

await run(import.meta.url, main, usage)
