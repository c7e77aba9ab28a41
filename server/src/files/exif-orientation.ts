import type { PictureSource } from './picture-source.ts'

const ORIENTATION = 0x01_12
const SHORT = 3
const ENTRY_BYTES = 12
/** How the camera was held, other than upright. */
const MOST = 8

/** The orientation that Exif data says, if it turns or mirrors the picture; undefined if it is upright, or broken. */
export async function readOrientation(
  source: PictureSource,
  from: number,
  to: number,
): Promise<number | undefined> {
  const head = await source.read(from, 8)
  if (to - from < 8 || head.length < 8) return undefined
  const order = head.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return undefined
  const read16 = (bytes: Buffer, at: number): number =>
    order === 'II' ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
  const directory = from + (order === 'II' ? head.readUInt32LE(4) : head.readUInt32BE(4))
  if (directory + 2 > to) return undefined
  const count = read16(await atLeast(source, directory, 2), 0)
  const length = Math.min(count * ENTRY_BYTES, to - directory - 2)
  const entries = await source.read(directory + 2, length)
  for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
    if (read16(entries, at) !== ORIENTATION || read16(entries, at + 2) !== SHORT) continue
    const value = read16(entries, at + 8)
    return value > 1 && value <= MOST ? value : undefined
  }
  return undefined
}

async function atLeast(source: PictureSource, at: number, length: number): Promise<Buffer> {
  const bytes = await source.read(at, length)
  return bytes.length < length ? Buffer.alloc(length) : bytes
}

/** Exif data that says an orientation and nothing else. */
export function orientationOnly(orientation: number): Buffer {
  const bytes = Buffer.alloc(26)
  bytes.write('MM\0*', 'latin1')
  bytes.writeUInt32BE(8, 4)
  bytes.writeUInt16BE(1, 8)
  bytes.writeUInt16BE(ORIENTATION, 10)
  bytes.writeUInt16BE(SHORT, 12)
  bytes.writeUInt32BE(1, 14)
  bytes.writeUInt16BE(orientation, 18)
  return bytes
}
