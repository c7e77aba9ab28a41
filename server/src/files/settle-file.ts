import { open } from 'node:fs/promises'

import { RASTER_TYPES } from '@trellis/metamodel'
import { fileTypeFromFile } from 'file-type'
import { imageSize } from 'image-size'

import { stripMetadata } from './strip-metadata.ts'

/** What the bytes of a file say that it is. */
export interface SniffedFile {
  type: string
  /** Of a picture, in pixels. */
  width: number | null
  height: number | null
}

/** What nobody recognises. */
const UNKNOWN = 'application/octet-stream'
const NO_PICTURE: SniffedFile = { type: UNKNOWN, width: null, height: null }
const LOOKED_AT = 512 * 1024

/**
 * Tells the type of a file by its bytes alone; its name only tells one plain text from another. Of a picture nothing is
 * left in the file but what it shows.
 */
export async function settleFile(path: string, name: string): Promise<SniffedFile> {
  const found = await fileTypeFromFile(path)
  if (found === undefined || isMarkup(found.mime)) {
    return { type: typeOfText(await readHead(path), name), width: null, height: null }
  }
  const type = RASTER_TYPES.find((raster) => raster === found.mime)
  if (type === undefined) return { type: found.mime, width: null, height: null }
  const isPicture = await stripMetadata(path, type)
  return isPicture ? measure(await readHead(path), type) : NO_PICTURE
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
    return width > 0 && height > 0 ? { type, width, height } : NO_PICTURE
  } catch {
    return NO_PICTURE
  }
}
