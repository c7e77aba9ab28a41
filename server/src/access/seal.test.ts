import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { KeyRing } from './key-ring.ts'
import { Seal } from './seal.ts'

const [first, second, third] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [
  Buffer,
  Buffer,
  Buffer,
]
const content = Buffer.from('kept for the house')

/** As values were sealed before they named their key. */
function sealUnnamed(secret: Buffer, name: string, nonce = randomBytes(12)): Buffer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'test', 32))
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

const sealOf = (...secrets: Buffer[]): Seal => new Seal(new KeyRing(secrets), 'test')

describe('Seal', () => {
  it('opens under the same name and purpose only, and nothing that was changed', async () => {
    const sealed = await sealOf(first).seal(content, 'a')
    expect(await sealOf(first).open(sealed, 'a')).toEqual(content)
    expect(sealed.includes(content)).toBe(false)
    const altered = Buffer.from(sealed)
    altered.writeUInt8(altered.readUInt8(altered.length - 1) ^ 1, altered.length - 1)
    const other = new Seal(new KeyRing([first]), 'other')
    for (const opened of [
      sealOf(first).open(sealed, 'b'),
      sealOf(second).open(sealed, 'a'),
      sealOf(first).open(altered, 'a'),
      other.open(sealed, 'a'),
      sealOf(first).open(Buffer.from('TS1'), 'a'),
    ]) {
      await expect(opened).rejects.toThrow('cannot be opened')
    }
  })

  it('opens what an older key has sealed, also before values named their key', async () => {
    const sealed = await sealOf(first).seal(content, 'a')
    expect(await sealOf(second, first).open(sealed, 'a')).toEqual(content)
    expect(await sealOf(second, first).open(sealUnnamed(first, 'a'), 'a')).toEqual(content)
    const likeNamed = sealUnnamed(first, 'a', Buffer.from('TS1 a nonce!'))
    expect(await sealOf(first).open(likeNamed, 'a')).toEqual(content)
  })

  it('seals anew with the newest key what another has sealed', async () => {
    const seal = sealOf(second, first)
    for (const old of [await sealOf(first).seal(content, 'a'), sealUnnamed(first, 'a')]) {
      const again = await seal.reseal(old, 'a')
      if (again === undefined) throw new Error('It was not sealed anew')
      expect(await sealOf(second).open(again, 'a')).toEqual(content)
      expect(await seal.reseal(again, 'a')).toBeUndefined()
    }
  })

  it('looks for a key that it does not know, and takes it up', async () => {
    let secrets = [first]
    const ring = new KeyRing(secrets, async () => secrets)
    secrets = [third, first]
    const sealed = await sealOf(third).seal(content, 'a')
    expect(await new Seal(ring, 'test').open(sealed, 'a')).toEqual(content)
    expect((await ring.newest()).secret).toEqual(third)
  })

  it('refuses keys that are too short', () => {
    expect(() => new KeyRing([Buffer.alloc(31)])).toThrow('32 bytes')
  })
})
