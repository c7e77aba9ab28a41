import { orientationOnly, readOrientation } from './exif-orientation.ts'
import { PictureParts, UnreadablePicture } from './picture-parts.ts'
import type { PictureSource } from './picture-source.ts'

const OF_THE_PICTURE = new Set(['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF', 'ICCP'])
const HEAD_BYTES = 12
/** In the first byte of the chunk that says what else there is. */
const [HAS_EXIF, HAS_XMP] = [0x08, 0x04]
/** Some programs write it before Exif data as in a JPEG. */
const PREFIX = 'Exif\0\0'
const MOST_CHUNKS = 100_000

interface Walked {
  /** After the chunk that says what there is, if it has one. */
  parts: PictureParts
  /** That chunk. */
  extended: Buffer | undefined
  exif: Buffer | undefined
}

/**
 * A WebP without what does not make the picture: Exif (but for the orientation), XMP, chunks that nobody knows, and what
 * comes after its end.
 * @throws UnreadablePicture
 */
export async function webpParts(source: PictureSource): Promise<PictureParts> {
  const { parts, extended, exif } = await walk(source)
  const size = parts.size + (extended?.length ?? 0) + (extended && exif ? exif.length : 0)
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1')
  head.writeUInt32LE(size + 4, 4)
  const whole = new PictureParts()
  if (!extended) {
    whole.put(head)
  } else {
    const flags = (extended[8] ?? 0) & ~(HAS_EXIF | HAS_XMP)
    extended[8] = flags | (exif ? HAS_EXIF : 0)
    whole.put(Buffer.concat([head, extended]))
  }
  whole.add(parts)
  if (extended && exif) whole.put(exif)
  return whole
}

async function walk(source: PictureSource): Promise<Walked> {
  const walked: Walked = { parts: new PictureParts(), extended: undefined, exif: undefined }
  const end = Math.min(source.size, 8 + (await source.read(0, HEAD_BYTES)).readUInt32LE(4))
  let at = HEAD_BYTES
  for (let count = 0; count < MOST_CHUNKS; count += 1) {
    const head = await source.read(at, 8)
    if (at + 8 > end || head.length < 8) return walked
    const length = head.readUInt32LE(4)
    const next = at + 8 + length + (length % 2)
    await take(source, walked, { type: head.toString('latin1', 0, 4), at, length })
    if (next > end) return walked
    at = next
  }
  throw new UnreadablePicture()
}

async function take(
  source: PictureSource,
  walked: Walked,
  { type, at, length }: { type: string; at: number; length: number },
): Promise<void> {
  const to = Math.min(at + 8 + length + (length % 2), source.size)
  if (OF_THE_PICTURE.has(type)) walked.parts.keep(at, to)
  else if (type === 'VP8X' && length === 10) {
    walked.extended = Buffer.from(await source.read(at, to - at))
  } else if (type === 'EXIF') walked.exif ??= await orientationChunk(source, at + 8, to)
}

async function orientationChunk(
  source: PictureSource,
  from: number,
  to: number,
): Promise<Buffer | undefined> {
  const start = (await source.read(from, PREFIX.length)).toString('latin1')
  const prefix = start === PREFIX ? PREFIX : ''
  const orientation = await readOrientation(source, from + prefix.length, to)
  if (orientation === undefined) return undefined
  const head = Buffer.from('EXIF\0\0\0\0', 'latin1')
  const exif = Buffer.concat([Buffer.from(prefix, 'latin1'), orientationOnly(orientation)])
  head.writeUInt32LE(exif.length, 4)
  return Buffer.concat([head, exif])
}
