import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { RASTER_TYPES } from '@trellis/metamodel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { PictureSource } from '../../server/src/files/picture-source.ts'
import { settleFile } from '../../server/src/files/settle-file.ts'
import { stripMetadata } from '../../server/src/files/strip-metadata.ts'
import { exif, PICTURES, SECRET, tellingPicture } from '../support/telling-pictures.ts'

type PictureType = (typeof RASTER_TYPES)[number]

let folder: string
let count = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-pictures-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function stored(bytes: Uint8Array): Promise<string> {
  count += 1
  const path = join(folder, String(count))
  await writeFile(path, bytes)
  return path
}

async function strip(type: PictureType, bytes: Uint8Array): Promise<Buffer | undefined> {
  const path = await stored(bytes)
  const isPicture = await stripMetadata(path, type)
  const after = await readFile(path)
  await rm(path)
  return isPicture ? after : undefined
}

const told = fc.array(
  fc.record({ kind: fc.nat(20), content: fc.uint8Array({ minLength: 1, maxLength: 600 }) }),
  { maxLength: 6 },
)
const TURNED = RASTER_TYPES.filter((type) => type !== 'image/gif')

describe.each(RASTER_TYPES)('metadata of %s', (type) => {
  it('goes, and what makes the picture stays byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(told, async (pieces) => {
        const bare = await strip(type, tellingPicture(type, pieces))
        expect(bare?.equals(PICTURES[type])).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('is looked for in whatever comes, without harm', async () => {
    const picture = tellingPicture(type, [], 6)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(picture.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(picture.length),
        async (changes, length) => {
          const broken = Buffer.from(picture.subarray(0, length))
          for (const [at, value] of changes) if (at >= 16 && at < length) broken[at] = value
          const bare = await strip(type, broken.length < 16 ? picture : broken)
          if (!bare) return
          expect(bare.length).toBeLessThanOrEqual(picture.length + 40)
          expect((await strip(type, bare))?.equals(bare)).toBe(true)
        },
      ),
      { numRuns: 120 },
    )
  })
})

describe.each(TURNED)('the orientation of %s', (type) => {
  it('is all that stays of Exif data', async () => {
    for (let orientation = 2; orientation <= 8; orientation += 1) {
      const bare = await strip(type, tellingPicture(type, [], orientation))
      expect(bare?.includes(SECRET)).toBe(false)
      expect(orientationIn(bare ?? Buffer.alloc(0))).toBe(orientation)
      expect((await strip(type, bare ?? Buffer.alloc(0)))?.equals(bare ?? Buffer.alloc(0))).toBe(
        true,
      )
    }
  })
})

it('reads the orientation in both orders of bytes', async () => {
  const picture = tellingPicture('image/jpeg', [], 5)
  const at = picture.indexOf('Exif') + 6
  exif(5, 'II').copy(picture, at)
  expect(orientationIn((await strip('image/jpeg', picture)) ?? Buffer.alloc(0))).toBe(5)
})

it('takes no second picture along, as phones append them, nor the small one in the head', async () => {
  const plain = PICTURES['image/jpeg']
  const twice = Buffer.concat([plain, tellingPicture('image/jpeg', [], 3)])
  expect((await strip('image/jpeg', twice))?.equals(plain)).toBe(true)
  const thumbnail = Buffer.from(plain.subarray(0, 20))
  thumbnail.writeUInt16BE(16 + 3, 4)
  thumbnail.writeUInt16BE(0x01_01, 18)
  const withSmall = Buffer.concat([thumbnail, Buffer.from('abc'), plain.subarray(20)])
  expect((await strip('image/jpeg', withSmall))?.equals(plain)).toBe(true)
})

it('calls what is not built as a picture none', async () => {
  const broken = Buffer.from(PICTURES['image/jpeg'])
  broken.writeUInt16BE(0, 4)
  expect(await settleFile(await stored(broken), 'a.jpg')).toMatchObject({
    type: 'application/octet-stream',
    width: null,
  })
})

it('holds no more than a window of a large picture in memory', async () => {
  const text = Buffer.concat([Buffer.alloc(4), Buffer.from('tEXt'), Buffer.alloc(40_000_000, 65)])
  text.writeUInt32BE(40_000_000 - 4)
  const png = PICTURES['image/png']
  const large = Buffer.concat([png.subarray(0, 33), text, png.subarray(33)])
  const read = vi.spyOn(PictureSource.prototype, 'read')
  expect((await strip('image/png', large))?.equals(png)).toBe(true)
  const longest = Math.max(...read.mock.calls.map(([, length]) => length))
  expect(longest).toBeLessThan(1000)
})

/** What Exif data of one entry says. */
function orientationIn(bytes: Buffer): number | undefined {
  const at = bytes.indexOf(Buffer.from('MM\0*\0\0\0\x08\0\x01\x01\x12', 'latin1'))
  return at < 0 ? undefined : bytes.readUInt16BE(at + 18)
}
