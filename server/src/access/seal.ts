import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

import { KEY_ID_BYTES, type KeyRing, type NamedKey } from './key-ring.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
/** What begins a sealed value that names its key; those from before name none. */
const MARK = Buffer.from('TS1')
const HEADER_BYTES = MARK.length + KEY_ID_BYTES

/**
 * Seals what is kept for the house alone with AES-256-GCM. What was sealed under one name opens under
 * that name only, so that nothing can be moved to another row. Each value names the key that sealed it.
 *
 * @example await new Seal(keys, 'second factors').seal(Buffer.from('…'), 'main 0199…')
 */
export class Seal {
  readonly #ring: KeyRing
  readonly #purpose: string

  /** @param purpose each has keys of its own, made from those of the ring. */
  constructor(ring: KeyRing, purpose: string) {
    this.#ring = ring
    this.#purpose = purpose
  }

  async seal(content: Buffer, name: string): Promise<Buffer> {
    const key = await this.#ring.newest()
    return sealContent(content, name, { id: key.id, secret: this.#keyOf(key) })
  }

  /** @throws Error when it was sealed with another key or under another name, or was changed. */
  async open(sealed: Buffer, name: string): Promise<Buffer> {
    const key = await this.#sealedBy(sealed)
    const opened = key && openSealed(sealed, name, this.#keyOf(key))
    if (opened !== undefined) return opened
    for (const old of this.#ring.all()) {
      const content = tryOpen(sealed, name, this.#keyOf(old))
      if (content !== undefined) return content
    }
    throw new Error('What was sealed cannot be opened')
  }

  /** The same value under the newest key; undefined if it is sealed with that one already. */
  async reseal(sealed: Buffer, name: string): Promise<Buffer | undefined> {
    const { id } = await this.#ring.newest()
    const key = await this.#sealedBy(sealed)
    if (key?.id.equals(id) === true) return undefined
    return this.seal(await this.open(sealed, name), name)
  }

  async #sealedBy(sealed: Buffer): Promise<NamedKey | undefined> {
    const id = keyIdOf(sealed)
    return id && this.#ring.find(id)
  }

  #keyOf({ secret }: NamedKey): Buffer {
    return Buffer.from(hkdfSync('sha256', secret, '', this.#purpose, 32))
  }
}

/** Seals something under a name with a key that is made for its purpose. */
export function sealContent(content: Buffer, name: string, { id, secret }: NamedKey): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', secret, nonce)
  cipher.setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  return Buffer.concat([MARK, id, nonce, cipher.getAuthTag(), sealed])
}

/** The name of the key that has sealed something; undefined if it does not say. */
export function keyIdOf(sealed: Buffer): Buffer | undefined {
  const isMarked = sealed.subarray(0, MARK.length).equals(MARK)
  return isMarked ? sealed.subarray(MARK.length, HEADER_BYTES) : undefined
}

/** Opens what `sealContent` made; undefined if key or name is another, or it was changed. */
export function openSealed(sealed: Buffer, name: string, secret: Buffer): Buffer | undefined {
  return tryOpen(sealed.subarray(HEADER_BYTES), name, secret)
}

function tryOpen(sealed: Buffer, name: string, secret: Buffer): Buffer | undefined {
  const start = NONCE_BYTES + TAG_BYTES
  if (sealed.length < start) return undefined
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(name)).setAuthTag(sealed.subarray(NONCE_BYTES, start))
  const content = decipher.update(sealed.subarray(start))
  try {
    return Buffer.concat([content, decipher.final()])
  } catch {
    return undefined
  }
}
