import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

import type { RASTER_TYPES } from '@trellis/metamodel'

import { gifParts } from './gif-parts.ts'
import { jpegParts } from './jpeg-parts.ts'
import { type PicturePart, type PictureParts, UnreadablePicture } from './picture-parts.ts'
import { PictureSource } from './picture-source.ts'
import { pngParts } from './png-parts.ts'
import { webpParts } from './webp-parts.ts'

type PictureType = (typeof RASTER_TYPES)[number]

const PARTS_OF: Readonly<Record<PictureType, (source: PictureSource) => Promise<PictureParts>>> = {
  'image/jpeg': jpegParts,
  'image/png': pngParts,
  'image/webp': webpParts,
  'image/gif': gifParts,
}

/**
 * Takes out of a picture on disk what tells more than it shows: where and when it was taken, with which device, by whom.
 * Its pixels stay as they are compressed, and it looks as it did: colours, orientation, movement.
 * @returns false if it is not built as a picture of its type, and was left as it is
 */
export async function stripMetadata(path: string, type: PictureType): Promise<boolean> {
  const bare = `${path}.bare`
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const parts = await PARTS_OF[type](new PictureSource(file, size))
    if (parts.isWhole(size)) return true
    await pipeline(bytesOf(path, parts.parts), createWriteStream(bare))
    await rename(bare, path)
    return true
  } catch (error) {
    if (error instanceof UnreadablePicture) return false
    // A disk that is full, say: what has come of it is of no use.
    await rm(bare, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function* bytesOf(path: string, parts: readonly PicturePart[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    if (Buffer.isBuffer(part)) {
      yield part
    } else if (part.to > part.from) {
      yield* createReadStream(path, { start: part.from, end: part.to - 1 })
    }
  }
}
