import { crc32 } from 'node:zlib'

import type { RASTER_TYPES } from '@trellis/metamodel'

type PictureType = (typeof RASTER_TYPES)[number]

/** Small pictures that tell nothing, as a browser draws them: red and blue, with a profile of colours where it adds one. */
export const PICTURES: Readonly<Record<PictureType, Buffer>> = {
  'image/jpeg': Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAA' +
      'AABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
      'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAA' +
      'ABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAA' +
      'AAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAA' +
      'AAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAA' +
      'AABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDABALDA4M' +
      'ChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8a' +
      'Gi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAEAAgDASIAAhEB' +
      'AxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAbEAACAQUAAAAAAAAAAAAAAAAAAhEBBRITwf/EABUBAQEAAAAAAAAAAAAA' +
      'AAAAAAEE/8QAHREAAgIBBQAAAAAAAAAAAAAAAQIAAwQFFHGBsf/aAAwDAQACEQMRAD8AlLu7JqxrEzwADj32pUFViByZdqQG' +
      '6brwT//Z',
    'base64',
  ),
  'image/webp': Buffer.from(
    'UklGRk4CAABXRUJQVlA4WAoAAAAwAAAABwAAAwAASUNDUMgBAAAAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAA' +
      'AABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
      'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAA' +
      'ABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAA' +
      'AAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAA' +
      'AAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAA' +
      'AABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADZBTFBIDQAAAAEP' +
      'MP8REeIP/xH9jwEAVlA4IEoAAAAwAgCdASoIAAQAAsBMJbACdEf/7iACMDuVmAD+40/Sj54MIv+BLrtZR1c90Zj3gN+kf4LM' +
      'qOnclQP/x2/+rEivFEz+zv/ViQkAAA==',
    'base64',
  ),
  'image/png': Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAYAAACzzX7wAAAAJklEQVR4AYSKSQoAAAiErP//eTq2MJDgQTAFmp5U8mCGCGjN' +
      'wKIAAAD//z7xuUMAAAAGSURBVAMALZUQASInRFEAAAAASUVORK5CYII=',
    'base64',
  ),
  'image/gif': Buffer.from(
    'R0lGODlhAgABAIAAAP8AAAAA/yH/C05FVFNDQVBFMi4wAwEAAAAh+QQAAAAAACwAAAAAAgABAAACAkQKADs=',
    'base64',
  ),
}

/** What a picture must not tell. */
export const SECRET = 'N31.2304 E121.4737 Wang Wei'

/** A piece of metadata: of a kind by a number, and its content. */
export interface Told {
  readonly kind: number
  readonly content: Uint8Array
}

/** A picture of a type that tells more than it shows. */
export function tellingPicture(
  type: PictureType,
  told: readonly Told[] = [],
  orientation = 1,
): Buffer {
  return TELLING[type](PICTURES[type], [...told, { kind: 0, content: Buffer.from(SECRET) }], {
    exif: orientation === 1 ? undefined : exif(orientation),
  })
}

/** Exif data with an orientation among other things, in one or the other order of bytes. */
export function exif(orientation: number, order: 'II' | 'MM' = 'MM'): Buffer {
  const bytes = Buffer.alloc(8 + 2 + 12 * 2 + 4)
  const put16 = (value: number, at: number): unknown =>
    order === 'II' ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at)
  const put32 = (value: number, at: number): unknown =>
    order === 'II' ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at)
  bytes.write(order, 'latin1')
  put16(42, 2)
  put32(8, 4)
  put16(2, 8)
  // Who made the device: a text that stands behind.
  for (const [at, value] of [0x01_0f, 2].entries()) put16(value, 10 + 2 * at)
  put32(SECRET.length, 14)
  put32(bytes.length, 18)
  for (const [at, value] of [0x01_12, 3].entries()) put16(value, 22 + 2 * at)
  put32(1, 26)
  put16(orientation, 30)
  return Buffer.concat([bytes, Buffer.from(SECRET)])
}

type Tell = (
  picture: Buffer,
  told: readonly Told[],
  options: { exif: Buffer | undefined },
) => Buffer

const TELLING: Readonly<Record<PictureType, Tell>> = {
  'image/jpeg': (picture, told, options) => {
    const pixels = picture.indexOf(Buffer.from([0xff, 0xda]))
    const turned = options.exif
      ? [jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), options.exif]))]
      : []
    const pieces = told.map(({ kind, content }) =>
      jpegSegment(JPEG_KINDS[kind % JPEG_KINDS.length] ?? 0xfe, content),
    )
    return Buffer.concat([
      picture.subarray(0, 20),
      ...turned,
      ...pieces,
      picture.subarray(20, pixels),
      ...pieces,
      picture.subarray(pixels),
      Buffer.from(SECRET),
    ])
  },
  'image/png': (picture, told, options) => {
    const pieces = told.map(({ kind, content }) =>
      pngChunk(PNG_KINDS[kind % PNG_KINDS.length] ?? 'tEXt', content),
    )
    const turned = options.exif ? [pngChunk('eXIf', options.exif)] : []
    return Buffer.concat([
      picture.subarray(0, 33),
      ...turned,
      ...pieces,
      picture.subarray(33, -12),
      ...pieces,
      picture.subarray(-12),
      Buffer.from(SECRET),
    ])
  },
  'image/webp': (picture, told, options) => {
    const pieces = told.map(({ kind, content }) =>
      webpChunk(WEBP_KINDS[kind % WEBP_KINDS.length] ?? 'XMP ', content),
    )
    const turned = options.exif ? [webpChunk('EXIF', options.exif)] : []
    const whole = Buffer.concat([picture, ...turned, ...pieces])
    whole.writeUInt32LE(whole.length - 8, 4)
    whole[20] = (whole[20] ?? 0) | 0x04 | (options.exif ? 0x08 : 0)
    return Buffer.concat([whole, Buffer.from(SECRET)])
  },
  'image/gif': (picture, told) => {
    const pieces = told.map(({ kind, content }) =>
      gifExtension(GIF_KINDS[kind % GIF_KINDS.length] ?? 0xfe, content),
    )
    const end = picture.length - 1
    return Buffer.concat([
      picture.subarray(0, 19),
      ...pieces,
      picture.subarray(19, end),
      ...pieces,
      picture.subarray(end),
      Buffer.from(SECRET),
    ])
  },
}

const JPEG_KINDS = [0xfe, 0xe1, 0xe2, 0xe3, 0xed, 0xec, 0xef]
const PNG_KINDS = ['tEXt', 'zTXt', 'iTXt', 'tIME', 'prVt']
const WEBP_KINDS = ['XMP ', 'PRVT']
const GIF_KINDS = [0xfe, 0xff, 0x01]

function jpegSegment(code: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0xff, code, 0, 0])
  head.writeUInt16BE(content.length + 2, 2)
  return Buffer.concat([head, content])
}

function pngChunk(type: string, content: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

function webpChunk(type: string, content: Uint8Array): Buffer {
  const head = Buffer.from(`${type}\0\0\0\0`)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)])
}

function gifExtension(label: number, content: Uint8Array): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at < content.length; at += 255) {
    const block = content.subarray(at, at + 255)
    blocks.push(Buffer.concat([Buffer.from([block.length]), block]))
  }
  return Buffer.concat([Buffer.from([0x21, label]), ...blocks, Buffer.alloc(1)])
}
