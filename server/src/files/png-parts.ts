import { crc32 } from 'node:zlib'

import { orientationOnly, readOrientation } from './exif-orientation.ts'
import { PictureParts, UnreadablePicture } from './picture-parts.ts'
import type { PictureSource } from './picture-source.ts'

/** What makes the picture, its colours, its size on paper, and its movement. */
const OF_THE_PICTURE = new Set(
  `IHDR PLTE IDAT IEND tRNS hIST sPLT bKGD pHYs
  cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI acTL fcTL fdAT`.split(/\s+/),
)
const SIGNATURE_BYTES = 8
/** Around the content: its length and type, and its check sum. */
const AROUND = 12
const MOST_CHUNKS = 100_000

/**
 * A PNG without what does not make the picture: Exif (but for the orientation), texts with XMP and whatever else people's
 * programs write there, the time, and what comes after its end.
 * @throws UnreadablePicture
 */
export async function pngParts(source: PictureSource): Promise<PictureParts> {
  const parts = new PictureParts()
  parts.keep(0, SIGNATURE_BYTES)
  let isTurned = false
  let at = SIGNATURE_BYTES
  for (let count = 0; count < MOST_CHUNKS; count += 1) {
    const head = await source.read(at, 8)
    if (head.length < 8) return parts
    const type = head.toString('latin1', 4, 8)
    const end = at + AROUND + head.readUInt32BE(0)
    // What breaks off in the middle of its pixels is shown as far as it goes.
    if (OF_THE_PICTURE.has(type)) parts.keep(at, Math.min(end, source.size))
    if (type === 'IEND' || end > source.size) return parts
    if (type === 'eXIf' && !isTurned) {
      const orientation = await readOrientation(source, at + 8, end - 4)
      if (orientation !== undefined) parts.put(chunk(type, orientationOnly(orientation)))
      isTurned = true
    }
    at = end
  }
  throw new UnreadablePicture()
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const bytes = Buffer.alloc(AROUND + content.length)
  bytes.writeUInt32BE(content.length)
  named.copy(bytes, 4)
  bytes.writeUInt32BE(crc32(named), bytes.length - 4)
  return bytes
}
