import { PictureParts, UnreadablePicture } from './picture-parts.ts'
import type { PictureSource } from './picture-source.ts'

const HEAD_BYTES = 13
const [EXTENSION, IMAGE, END] = [0x21, 0x2c, 0x3b]
const [CONTROL, APPLICATION] = [0xf9, 0xff]
/** How often an animation is repeated. */
const LOOPS = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0'])

/**
 * A GIF without what does not make the picture: comments, XMP and other programs' data, and what comes after its end.
 * @throws UnreadablePicture
 */
export async function gifParts(source: PictureSource): Promise<PictureParts> {
  const parts = new PictureParts()
  let at = HEAD_BYTES + colorBytes((await source.read(10, 1))[0])
  parts.keep(0, Math.min(at, source.size))
  while (at < source.size) {
    const [kind, label] = await source.read(at, 2)
    if (kind === END) {
      parts.keep(at, at + 1)
      return parts
    }
    if (kind !== IMAGE && kind !== EXTENSION) throw new UnreadablePicture()
    const from = at
    at = await endOfBlocks(source, kind === IMAGE ? await startOfPixels(source, at) : at + 2)
    if (kind === IMAGE || (await isOfThePicture(source, from, label))) parts.keep(from, at)
  }
  return parts
}

/** The length of a table of colours, by the byte that says whether there is one. */
function colorBytes(flags = 0): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)
}

async function startOfPixels(source: PictureSource, at: number): Promise<number> {
  return at + 11 + colorBytes((await source.read(at + 9, 1))[0])
}

/** Where blocks end that each tell their length and of which the last is empty. */
async function endOfBlocks(source: PictureSource, from: number): Promise<number> {
  for (let at = from; at < source.size;) {
    const [length = 0] = await source.read(at, 1)
    at += length + 1
    if (length === 0) return at
  }
  return source.size
}

async function isOfThePicture(
  source: PictureSource,
  at: number,
  label: number | undefined,
): Promise<boolean> {
  if (label === CONTROL) return true
  return label === APPLICATION && LOOPS.has((await source.read(at + 3, 11)).toString('latin1'))
}
