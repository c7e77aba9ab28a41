import { open } from 'node:fs/promises'

import { RASTER_TYPES } from '@trellis/metamodel'
import { fileTypeFromFile } from 'file-type'
import { imageSize } from 'image-size'

/** What the bytes of a file say that it is. */
export interface SniffedFile {
  type: string
  /** Of a picture, in pixels. */
  width: number | null
  height: number | null
}

/** What nobody recognises. */
const UNKNOWN = 'application/octet-stream'
const LOOKED_AT = 512 * 1024

/** Tells the type of a file by its bytes alone; its name only tells one plain text from another. */
export async function sniffFile(path: string, name: string): Promise<SniffedFile> {
  const head = await readHead(path)
  const found = await fileTypeFromFile(path)
  const type = found === undefined || isMarkup(found.mime) ? typeOfText(head, name) : found.mime
  return RASTER_TYPES.some((raster) => raster === type)
    ? measure(head, type)
    : { type, width: null, height: null }
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function isMarkup(type: string): boolean {
  return /xml$|html/.test(type) && !type.startsWith('application/vnd.')
}

const MARKUP: readonly (readonly [RegExp, string])[] = [
  [/<svg[\s>:/]/i, 'image/svg+xml'],
  [/<(!doctype\s+html|html|head|body|script|iframe|meta|title)[\s>/]/i, 'text/html'],
  [/^\s*<(\?xml|!doctype|!--)/i, 'application/xml'],
]

function typeOfText(head: Buffer, name: string): string {
  // oxlint-disable-next-line no-control-regex -- controls are what tells bytes from text
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(head.toString('latin1'))) return UNKNOWN
  const text = head.toString('utf8')
  const markup = MARKUP.find(([pattern]) => pattern.test(text))
  if (markup) return markup[1]
  return /\.csv$/i.test(name) ? 'text/csv' : 'text/plain'
}

/** A picture that cannot be measured is none. */
function measure(head: Buffer, type: string): SniffedFile {
  try {
    const { width, height } = imageSize(head)
    return width > 0 && height > 0
      ? { type, width, height }
      : { type: UNKNOWN, width: null, height: null }
  } catch {
    return { type: UNKNOWN, width: null, height: null }
  }
}
