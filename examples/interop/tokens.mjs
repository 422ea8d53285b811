// Segel's tokens on jose (npm install jose, version 6), behind a gate of their own.
//
// A JOSE library reads much that no token of Segel holds: other algorithms, crit, a second encoding of the same
// bytes. So each token is checked by its form first, and the library sees only what is left.
import { createHash, createHmac, hkdfSync } from 'node:crypto'
import * as jose from 'jose'
import { ENCRYPT, Refused, SIGN, b64, has, isInt, need, readJSON, unb64 } from './segel.mjs'

const MEMBERS = 'v jti iss iat nbf exp aud rcpt dataset purpose agreement commit content'.split(' ')
const OPTIONAL = ['seq', 'supersedes', 'inReplyTo', 'asOf', 'obligations', 'commitments']

// Returns header and segments of a compact token that is one of ours by its form.
const gate = (typ, token, count, algs, names) => {
  const raw = token.split('.').map(unb64)
  need(raw.length === count && raw.every((segment) => segment.length > 0), 'malformed')
  need(raw[0].length <= 1024 && /^[!-[\]-~]+$/.test(raw[0].toString('latin1')), 'malformed')
  const head = readJSON(raw[0])
  need(has(head, head.alg === 'ECDH-ES+A256KW' ? [...names, 'epk'] : names), 'malformed')
  need(names.every((name) => typeof head[name] === 'string'), 'malformed')
  need(head.typ === typ && Object.hasOwn(algs, head.alg) && unb64(head.kid).length === 32, 'malformed')
  return { head, raw }
}

export const sign = (typ, payload, { alg, kid, key }) =>
  new jose.CompactSign(payload).setProtectedHeader({ alg, kid, typ }).sign(key)

// Returns the payload, signed by one of the keys.
export const verify = async (typ, token, keys) => {
  const { head, raw } = gate(typ, token, 3, SIGN, ['alg', 'kid', 'typ'])
  need(head.alg === 'PS256' || raw[2].length === 64, 'malformed')
  const found = keys.get(head.kid)
  need(found, 'unknown_key')
  need(found.alg === head.alg, 'bad_signature')
  try {
    return (await jose.compactVerify(token, found.key, { algorithms: [found.alg] })).payload
  } catch {
    throw new Refused('bad_signature')
  }
}

export const encrypt = (typ, plaintext, { alg, kid, key }) =>
  new jose.CompactEncrypt(plaintext).setProtectedHeader({ alg, enc: 'A256GCM', kid, typ }).encrypt(key)

// Returns the kid of an encrypted token. It is a hint and proves nothing.
export const look = (typ, token) => {
  const { head, raw } = gate(typ, token, 5, ENCRYPT, ['alg', 'enc', 'kid', 'typ'])
  need(head.enc === 'A256GCM' && raw[2].length === 12 && raw[4].length === 16, 'malformed')
  if ('epk' in head) need(raw[1].length === 40 && has(head.epk, ['kty', 'crv', 'x'], ['y']), 'malformed')
  return head
}

// Returns the plaintext.
export const decrypt = async (typ, token, keys) => {
  const { kid, alg } = look(typ, token)
  const found = keys.get(kid)
  need(found, 'not_for_me')
  need(found.alg === alg, 'cannot_open')
  try {
    const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: ['A256GCM'] }
    return Buffer.from((await jose.compactDecrypt(token, found.key, options)).plaintext)
  } catch {
    throw new Refused('cannot_open')
  }
}

const log2 = (n) => 31 - Math.clz32(n) // rounded down

// Fills content up with zero bytes to its Padmé length.
export const pad = (content) => {
  const n = content.length
  const e = n > 1 ? log2(n) : 0
  const unit = e ? 2 ** (e - log2(e) - 1) : 1
  return Buffer.concat([content, Buffer.alloc(Math.ceil(n / unit) * unit - n)])
}

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('base64url')

export const commit = (seed) => sha256('segel/1 seed', seed)

export const commitKey = (seed) => Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), 'segel/1 commit', 32))

export const mac = (seed, content) => createHmac('sha256', commitKey(seed)).update(content).digest('base64url')

// The manifest digest: over what is signed, not over the signature.
export const digest = (manifest) => sha256('segel/1 manifest\n', manifest.slice(0, manifest.lastIndexOf('.')))

export const readManifest = (payload) => {
  const m = readJSON(payload)
  need(isInt(m.v), 'malformed')
  need(m.v <= 1, 'newer_version')
  need(m.v === 1 && has(m, MEMBERS, OPTIONAL), 'malformed')
  need(isInt(m.iat) && isInt(m.nbf) && isInt(m.exp) && m.iat >= 0 && m.iat <= m.nbf && m.nbf < m.exp, 'malformed')
  need(Array.isArray(m.aud) && Array.isArray(m.rcpt) && m.aud.length === m.rcpt.length, 'malformed')
  need(new Set(m.aud).size === m.aud.length && new Set(m.rcpt).size === m.rcpt.length, 'malformed')
  return m
}
