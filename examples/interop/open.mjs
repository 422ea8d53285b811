// Opens a Segel envelope with jose (npm install jose, version 6).
//
//   node open.mjs FILE.segel RECIPIENT.private.jwks SENDER.public.jwks > records
//
// It checks form, encryption, signature, addressee, expiry, seed and content.
// Purpose, agreement and replay are for the directory and the store: see the
// package documentation of envelope.
import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const modules = process.env.SEGEL_NODE_MODULES // where jose is, if not beside this file
const jose = await import(modules ? pathToFileURL(`${modules}/jose/dist/webapi/index.js`) : 'jose')

const need = (ok, what) => {
  if (!ok) throw new Error('refused: ' + what)
}
const keys = async (path, use) => {
  const found = new Map()
  for (const k of JSON.parse(readFileSync(path)).keys.filter((k) => k.use === use)) {
    found.set(await jose.calculateJwkThumbprint(k), { alg: k.alg, key: await jose.importJWK(k, k.alg) })
  }
  return found
}
const [file, recipient, sender] = process.argv.slice(2)
const data = readFileSync(file)
const decrypt = await keys(recipient, 'enc')
const verify = await keys(sender, 'sig')

// File: magic, count, then length and token for each recipient.
need(data.toString('latin1', 0, 8) === 'segel/1\n', 'file')
let pos = 10
let token
for (let n = data.readUInt16BE(8); n > 0; n--) {
  const size = data.readUInt32BE(pos)
  const t = data.toString('latin1', pos + 4, pos + 4 + size)
  pos += 4 + size
  if (decrypt.has(jose.decodeProtectedHeader(t).kid)) token = t
}
need(token && pos === data.length, 'no token for these keys, or something follows')
const { kid, typ } = jose.decodeProtectedHeader(token)
need(typ === 'segel-envelope+jwe', 'header')
const mine = decrypt.get(kid)
const { plaintext } = await jose.compactDecrypt(token, mine.key, { keyManagementAlgorithms: [mine.alg], contentEncryptionAlgorithms: ['A256GCM'] })

// Plaintext: manifest ~ seed content padding.
const tilde = plaintext.indexOf(0x7e)
const manifest = Buffer.from(plaintext.subarray(0, tilde)).toString('latin1')
const seed = plaintext.subarray(tilde + 1, tilde + 33)
const signer = verify.get(jose.decodeProtectedHeader(manifest).kid)
need(signer && jose.decodeProtectedHeader(manifest).typ === 'segel-manifest+jwt', 'signer')
const m = JSON.parse(Buffer.from((await jose.compactVerify(manifest, signer.key, { algorithms: [signer.alg] })).payload))
need(m.v === 1 && m.rcpt.includes(kid) && Date.now() / 1000 < m.exp + 120, 'addressee or expiry')
need(createHash('sha256').update('segel/1 seed').update(seed).digest('base64url') === m.commit, 'seed')
const commitKey = Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), 'segel/1 commit', 32))
const content = plaintext.subarray(tilde + 33, tilde + 33 + m.content.bytes)
need(createHmac('sha256', commitKey).update(content).digest('base64url') === m.content.mac, 'content')
console.error(m.iss, m.jti, m.dataset.id, m.purpose)
process.stdout.write(content)
