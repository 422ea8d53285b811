// Opens a Segel envelope whose content is in a body: records or one document, of any size that fits into memory.
//
// For more, read the file chunk by chunk: each is proven before it is used, but keep what was made of them out of
// sight until the closing statement was verified.
import { createHash, createHmac, createPublicKey, hkdfSync, verify as verifyRaw } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Refused, countRecords, has, isInt, need, readJSON, readKeys, run, unb64, write } from './segel.mjs'
import { commitKey, digest, pad, verify } from './tokens.mjs'
import { checkAllowed, openHead } from './open.mjs'
import { TAG, decryptChunk, uint, unzip } from './chunk.mjs'

const usage = `usage: node body.mjs FILE.segel EXPECT.json MINE.private.jwks SENDER.public.jwks OUT

The arguments and the outputs are those of open.mjs. Codec zstd needs node 22.15 or newer.`

const CLOSING = 4096
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()

const tree = (leaves) => {
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0])
  let left = 1
  while (2 * left < leaves.length) left *= 2
  return sha256(Buffer.of(1), tree(leaves.slice(0, left)), tree(leaves.slice(left)))
}

// Returns the data of the chunks, the content root, and the closing statement, whose signature is unproven.
const openChunks = (c, seed, manifest, rest) => {
  need(has(c, ['form', 'media', 'chunk', 'codec', 'key']) && ['none', 'zstd'].includes(c.codec), 'malformed')
  need([16, 17, 18, 19, 20, 21, 22].some((bits) => c.chunk === 2 ** bits), 'malformed')
  const oneTime = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: c.key }, format: 'jwk' })
  const info = Buffer.concat([Buffer.from('segel/1 body'), manifest])
  const key = Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), info, 32))
  const zstd = c.codec === 'zstd'
  const most = (n) => n + (zstd ? (n >> 8) + 64 : 0)
  const [pieces, leaves] = [[], []]
  for (let pos = 0, index = 0; ; index++) {
    need(pos + 4 <= rest.length, 'malformed')
    const length = rest.subarray(pos, pos + 4)
    const n = length.readUInt32BE(0)
    need(n <= 72 + most(c.chunk) + c.chunk / 32 + TAG, 'too_large')
    need(n > TAG && pos + 4 + n <= rest.length, 'malformed')
    const sealed = rest.subarray(pos + 4, (pos += 4 + n))
    const closing = n <= CLOSING + TAG && decryptChunk(key, index, 1, length, sealed)
    if (closing) {
      need(pos === rest.length && pieces.length > 0, 'malformed')
      return { content: Buffer.concat(pieces), root: tree(leaves), chunks: index, closing: closing.toString('latin1') }
    }
    const plain = decryptChunk(key, index, 0, length, sealed)
    need(plain, 'cannot_open')
    need(plain.length > 72 && !pieces.some((piece) => piece.length < c.chunk), 'malformed')
    const [data, size] = [plain.readUInt32BE(64), plain.readUInt32BE(68)]
    const stored = plain.subarray(72, 72 + size)
    need(data > 0 && data <= c.chunk && size > 0 && stored.length === size && size <= most(data), 'malformed')
    need((zstd || size === data) && plain.subarray(72).equals(data < c.chunk ? pad(stored) : stored), 'malformed')
    const said = [uint(data, 4), sha256(stored)]
    const signed = [Buffer.from('segel/1 chunk'), manifest, uint(index, 8), Buffer.of(0, zstd ? 1 : 0), ...said]
    need(verifyRaw(null, Buffer.concat(signed), oneTime, plain.subarray(0, 64)), 'bad_signature')
    pieces.push(zstd ? unzip(stored, data, c.chunk) : stored)
    leaves.push(createHmac('sha256', commitKey(seed)).update(Buffer.concat([uint(index, 8), ...said])).digest())
  }
}

// Returns the manifest, its digest and the content.
export const openBody = async (data, expect, mine, sender, now) => {
  const { m, signed, seed, padded, rest } = await openHead(data, expect, mine, sender)
  need(m.content.form === 'body', 'misuse')
  need(padded.length === 0, 'malformed')
  checkAllowed(m, expect, now)
  const manifest = digest(signed)
  const { content, root, chunks, closing } = openChunks(m.content, seed, unb64(manifest), rest)
  const { kid } = readJSON(unb64(signed.split('.')[0]))
  const said = readJSON(await verify('segel-closing+jwt', closing, new Map([[kid, sender.get(kid)]])).catch((e) => {
    throw e.message === 'unknown_key' ? new Refused('bad_signature') : e
  }))
  need(isInt(said.v) && said.v <= 1, isInt(said.v) ? 'newer_version' : 'malformed')
  need(has(said, ['v', 'manifest', 'root', 'chunks', 'bytes', 'records']) && said.v === 1, 'malformed')
  need(unb64(said.root).length === 32, 'malformed')
  need(isInt(said.chunks) && isInt(said.bytes) && isInt(said.records), 'malformed')
  need(said.chunks > 0 && said.bytes > 0 && said.records >= 0, 'malformed')
  need(said.manifest === manifest && said.root === root.toString('base64url'), 'bad_content')
  const records = m.content.media === 'application/x-ndjson' ? countRecords(content, 'structure') : 1
  need(said.chunks === chunks && said.bytes === content.length && said.records === records, 'structure')
  return { m, manifest, content }
}

export const main = async (file, expect, mine, sender, out) => {
  const held = [readJSON(readFileSync(expect)), await readKeys(mine, true), await readKeys(sender)]
  const { m, manifest, content } = await openBody(readFileSync(file), ...held, Date.now() / 1000)
  write(out, content)
  write(out + '.opened', JSON.stringify({ jti: m.jti, iss: m.iss, manifest }))
  console.log(m.iss, m.jti, manifest)
}

await run(import.meta.url, main, usage)
