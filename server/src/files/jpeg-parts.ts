import { orientationOnly, readOrientation } from './exif-orientation.ts'
import { PictureParts, UnreadablePicture } from './picture-parts.ts'
import type { PictureSource } from './picture-source.ts'

const [SOI, EOI, SOS, APP0, APP1, APP2, APP14, APP15, COM] = [
  0xd8, 0xd9, 0xda, 0xe0, 0xe1, 0xe2, 0xee, 0xef, 0xfe,
]
const EXIF = 'Exif\0\0'
/** Of the header "JFIF": what stands before the small picture in it. */
const JFIF_BYTES = 18

interface Segment {
  code: number
  /** Where its marker stands, where its content begins, and where it is over. */
  at: number
  from: number
  to: number
}

/**
 * A JPEG without what does not make the picture: Exif (but for the orientation), XMP, IPTC, comments, small pictures, and
 * whatever comes after its end, as phones append films and second pictures. Colour profiles stay.
 * @throws UnreadablePicture
 */
export async function jpegParts(source: PictureSource): Promise<PictureParts> {
  const parts = new PictureParts()
  parts.keep(0, 2)
  let isTurned = false
  for (let at = 2; ;) {
    const segment = await nextSegment(source, at)
    if (!segment) return parts
    at = segment.to
    if (segment.code === EOI) {
      parts.keep(segment.at, segment.to)
      return parts
    }
    if (await isOfThePicture(source, segment)) keepSegment(parts, segment)
    else if (!isTurned) isTurned = await putOrientation(source, parts, segment)
    if (segment.code !== SOS) continue
    at = await endOfScan(source, at)
    parts.keep(segment.to, at)
  }
}

/** The next one; undefined where the file breaks off. What stands between segments belongs to none. */
async function nextSegment(source: PictureSource, from: number): Promise<Segment | undefined> {
  const at = await nextMarker(source, from, (code) => code !== 0)
  const bytes = await source.read(at, 4)
  const code = bytes[1]
  if (code === undefined) return undefined
  if (code === SOI) throw new UnreadablePicture()
  if (code === EOI || isRestart(code) || code === 1) return { code, at, from: at + 2, to: at + 2 }
  if (bytes.length < 4) return undefined
  const length = bytes.readUInt16BE(2)
  if (length < 2) throw new UnreadablePicture()
  const to = at + 2 + length
  return to > source.size ? undefined : { code, at, from: at + 4, to }
}

function isRestart(code: number): boolean {
  return code >= 0xd0 && code <= 0xd7
}

/** Where the compressed pixels end that begin here. */
function endOfScan(source: PictureSource, from: number): Promise<number> {
  return nextMarker(source, from, (code) => code >= 0xc0 && !isRestart(code))
}

/** The place of the next marker that is one; the end of the file if there is none. */
async function nextMarker(
  source: PictureSource,
  from: number,
  isMarker: (code: number) => boolean,
): Promise<number> {
  for (let at = from; at < source.size;) {
    const bytes = await source.readSome(at)
    if (bytes.length === 0) break
    const found = bytes.indexOf(0xff)
    if (found < 0) {
      at += bytes.length
      continue
    }
    const [, code] = await source.read(at + found, 2)
    if (code === undefined) break
    if (code !== 0xff && isMarker(code)) return at + found
    at += found + 1
  }
  return source.size
}

async function isOfThePicture(source: PictureSource, { code, from }: Segment): Promise<boolean> {
  if (code === COM) return false
  if (code < APP0 || code > APP15) return true
  if (code === APP14) return startsWith(source, from, 'Adobe')
  if (code === APP0) return startsWith(source, from, 'JFIF\0')
  return code === APP2 && startsWith(source, from, 'ICC_PROFILE\0')
}

function keepSegment(parts: PictureParts, { code, at, to }: Segment): void {
  if (code !== APP0 || to - at <= JFIF_BYTES) return parts.keep(at, to)
  // Its small picture may show what was cut off the large one.
  parts.put(Buffer.from([0xff, APP0, 0, JFIF_BYTES - 2]))
  parts.keep(at + 4, at + JFIF_BYTES - 2)
  parts.put(Buffer.alloc(2))
}

async function putOrientation(
  source: PictureSource,
  parts: PictureParts,
  { code, from, to }: Segment,
): Promise<boolean> {
  if (code !== APP1 || !(await startsWith(source, from, EXIF))) return false
  const orientation = await readOrientation(source, from + EXIF.length, to)
  if (orientation !== undefined) {
    const exif = Buffer.concat([Buffer.from(EXIF, 'latin1'), orientationOnly(orientation)])
    parts.put(Buffer.concat([Buffer.from([0xff, APP1, 0, exif.length + 2]), exif]))
  }
  // The first one counts.
  return true
}

async function startsWith(source: PictureSource, at: number, text: string): Promise<boolean> {
  return (await source.read(at, text.length)).toString('latin1') === text
}
