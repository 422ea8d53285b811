// What a chunk of a body is made of: AES-256-GCM, and perhaps a zstd frame (RFC 8878).
import { createDecipheriv } from 'node:crypto'
import * as zlib from 'node:zlib'
import { Refused, need } from './segel.mjs'

export const TAG = 16
export const uint = (n, size) => Buffer.from(n.toString(16).padStart(2 * size, '0'), 'hex')

// Decrypts a chunk whose length is its additional data. It returns nothing if the chunk is not this one.
export const decryptChunk = (key, index, flag, length, sealed) => {
  const cipher = createDecipheriv('aes-256-gcm', key, Buffer.concat([uint(index, 11), uint(flag, 1)]))
  cipher.setAAD(length).setAuthTag(sealed.subarray(-TAG))
  const plaintext = cipher.update(sealed.subarray(0, -TAG))
  try {
    return Buffer.concat([plaintext, cipher.final()])
  } catch {
    return undefined
  }
}

// Follows the headers of the one zstd frame that may be here, and has size bytes made of it.
export const unzip = (frame, size, chunk) => {
  need(frame.length >= 6 && frame.readUInt32LE(0) === 0xfd2fb528 && (frame[4] & 0x0b) === 0, 'malformed')
  const single = (frame[4] & 0x20) !== 0
  need(single || 2 ** (10 + (frame[5] >> 3)) * (1 + (frame[5] & 7) / 8) <= chunk, 'too_large')
  let pos = single ? 5 : 6
  const n = [single ? 1 : 0, 2, 4, 8][frame[4] >> 6]
  need(pos + n <= frame.length, 'malformed')
  const stated = n && (n === 8 ? Number(frame.readBigUInt64LE(pos)) : frame.readUIntLE(pos, n) + (n === 2 ? 256 : 0))
  need(!n || stated === size, 'malformed')
  const plain = [] // as long as there are only blocks that need no decoder
  let left = size
  for (pos += n; ; ) {
    need(pos + 3 <= frame.length, 'malformed')
    const head = frame.readUIntLE(pos, 3)
    const [last, kind, many] = [head & 1, (head >> 1) & 3, head >> 3]
    const end = pos + 3 + (kind === 1 ? 1 : many)
    if (kind < 2) left -= many
    need(kind < 3 && end <= frame.length && left >= 0, 'malformed')
    plain.push(kind < 2 && (kind === 1 ? Buffer.alloc(many, frame[pos + 3]) : frame.subarray(pos + 3, end)))
    pos = end
    if (last) break
  }
  need(pos + (frame[4] & 4) === frame.length, 'malformed')
  let data = plain.every(Boolean) && !(frame[4] & 4) && Buffer.concat(plain)
  if (!data) {
    need(zlib.zstdDecompressSync, 'unavailable')
    try {
      data = zlib.zstdDecompressSync(frame, { maxOutputLength: size })
    } catch {
      throw new Refused('malformed')
    }
  }
  need(data.length === size, 'malformed')
  return data
}
