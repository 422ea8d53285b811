// What the other programs here stand on: refusals, strict texts, keys, files, and a command line's end.
import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as jose from 'jose'

export const SIGN = { ES256: ['EC P-256'], EdDSA: ['OKP Ed25519'], PS256: ['RSA undefined'] }
export const ENCRYPT = { 'ECDH-ES+A256KW': ['EC P-256', 'OKP X25519'], 'RSA-OAEP-256': ['RSA undefined'] }

// Its text is a reason code of package envelope and no more: libraries' errors repeat what they read.
export class Refused extends Error {}

export const need = (ok, reason) => {
  if (!ok) throw new Refused(reason)
}

export const b64 = (raw) => Buffer.from(raw).toString('base64url')

// Takes the one text of these bytes only; Buffer alone would skip what it does not know.
export const unb64 = (text) => {
  const raw = Buffer.from(text, 'base64url')
  need(b64(raw) === text, 'malformed')
  return raw
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value)
export const isInt = (value) => Number.isSafeInteger(value)

const members = (value) => {
  if (value === null || typeof value !== 'object') return 0
  return Object.values(value).reduce((sum, v) => sum + members(v), isObject(value) ? Object.keys(value).length : 0)
}

// Takes an object in UTF-8 in which no member stands twice and every number is an integer. JSON.parse keeps the
// last of two members, so they are counted: outside of strings, each has one colon.
export const readJSON = (raw) => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
    const value = JSON.parse(text, (_, v) => (need(typeof v !== 'number' || isInt(v), 'malformed'), v))
    const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '')
    need(isObject(value) && !/[0-9][.eE]|-0/.test(bare) && bare.split(':').length - 1 === members(value), 'malformed')
    return value
  } catch {
    throw new Refused('malformed')
  }
}

// Whether value is an object with exactly these members, in any order, and none of them null.
export const has = (value, mandatory, optional = []) =>
  isObject(value) && mandatory.every((k) => Object.hasOwn(value, k)) &&
  Object.keys(value).every((k) => value[k] !== null && (mandatory.includes(k) || optional.includes(k)))

export const same = (a, b) => has(a, Object.keys(b)) && Object.keys(b).every((k) => a[k] === b[k])

// Counts records: each is one line of at least a byte, which ends in a line feed.
export const countRecords = (ndjson, reason = 'malformed') => {
  const lines = ndjson.toString('latin1').split('\n')
  need(lines.pop() === '' && lines.every((line) => line), reason)
  return lines.length
}

// Takes one JWK. It is used with its own algorithm, whatever a header says.
export const readKey = async (jwk, secret = false) => {
  const { kty, crv, alg, use, kid, n, e } = jwk
  need((SIGN[alg] ?? ENCRYPT[alg])?.includes(`${kty} ${crv}`) && Object.hasOwn(jwk, 'd') === secret, 'malformed')
  need(use === (SIGN[alg] ? 'sig' : 'enc'), 'malformed')
  if (kty === 'RSA') {
    const bits = unb64(n).length * 8
    need(bits >= (alg === 'PS256' ? 3072 : 2048) && bits <= 4096 && e === 'AQAB', 'malformed')
  }
  need((await jose.calculateJwkThumbprint(jwk)) === kid, 'malformed')
  return { alg, kid, key: await jose.importJWK(jwk, alg) }
}

// Reads a JWK Set: kid → key. Nobody but its owner may be able to read private keys.
export const readKeys = async (path, secret = false) => {
  need(!secret || process.platform === 'win32' || !(statSync(path).mode & 0o077), 'misuse')
  const keys = await Promise.all(readJSON(readFileSync(path)).keys.map((jwk) => readKey(jwk, secret)))
  return new Map(keys.map((key) => [key.kid, key]))
}

// Writes a new file that its owner alone can read; one that is there already stays as it is.
export const write = (path, data) => writeFileSync(path, data, { mode: 0o600, flag: 'wx' })

// Runs program(...arguments) if url is the file that was started: exit status 0, or 1 and one line that says why.
export const run = async (url, program, usage) => {
  if (!process.argv[1] || realpathSync(process.argv[1]) !== realpathSync(fileURLToPath(url))) return
  const args = process.argv.slice(2)
  try {
    if (args.length === program.length) return await program(...args)
    console.error(usage)
  } catch (e) {
    if (e instanceof Refused) console.error('refused:', e.message)
    else if (e.syscall) console.error('failed:', e.code, e.path)
    else console.error(`refused: malformed (${e.name})`) // an absent member, a text where a number belongs
  }
  process.exitCode = 1
}
