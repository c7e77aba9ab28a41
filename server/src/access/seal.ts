import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals what is kept for the house alone with AES-256-GCM. What was sealed under one name opens under
 * that name only, so that nothing can be moved to another row.
 *
 * @example new Seal(secret, 'second factors').seal(Buffer.from('…'), 'main 0199…')
 */
export class Seal {
  readonly #key: Buffer

  /** @param secret at least 32 random bytes; each purpose has a key of its own made from it. */
  constructor(secret: Buffer, purpose: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  }

  seal(content: Buffer, name: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(name))
    const sealed = Buffer.concat([cipher.update(content), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
  }

  /** @throws Error when it was sealed with another key or under another name, or was changed. */
  open(sealed: Buffer, name: string): Buffer {
    const content = NONCE_BYTES + TAG_BYTES
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(name)).setAuthTag(sealed.subarray(NONCE_BYTES, content))
    return Buffer.concat([decipher.update(sealed.subarray(content)), decipher.final()])
  }
}
