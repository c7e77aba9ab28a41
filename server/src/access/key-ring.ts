import { createHash } from 'node:crypto'

/** How long a key that was changed elsewhere may still be the one that seals here. */
export const KEYS_REMEMBERED_MS = 60_000

/** A key by the name that goes along with what it seals. */
export interface NamedKey {
  /** The first four bytes of its SHA-256. */
  readonly id: Buffer
  readonly secret: Buffer
}

/**
 * The keys of an installation, the newest first: it seals, all of them open. Read anew from time to time and where one
 * is unknown, so that keys are changed while servers run.
 */
export class KeyRing {
  readonly #load: (() => Promise<readonly Buffer[]>) | undefined
  #keys: readonly NamedKey[]
  #loadedAt = performance.now()

  /**
   * @param secrets at least 32 random bytes each, the newest first
   * @param load reads them anew; without it they never change
   */
  constructor(secrets: readonly Buffer[], load?: () => Promise<readonly Buffer[]>) {
    this.#keys = nameKeys(secrets)
    this.#load = load
  }

  /** @example await KeyRing.open(() => loadKeys(dataDir)) */
  static async open(load: () => Promise<readonly Buffer[]>): Promise<KeyRing> {
    return new KeyRing(await load(), load)
  }

  /** The key that seals. */
  async newest(): Promise<NamedKey> {
    if (performance.now() - this.#loadedAt > KEYS_REMEMBERED_MS) await this.reload()
    const [newest] = this.#keys
    if (newest === undefined) throw new Error('There is no key')
    return newest
  }

  /** All keys, the newest first. */
  all(): readonly NamedKey[] {
    return this.#keys
  }

  /** The key of a name; undefined if there is none (any more). */
  async find(id: Buffer): Promise<NamedKey | undefined> {
    const known = this.#keys.find((key) => key.id.equals(id))
    if (known !== undefined || this.#load === undefined) return known
    await this.reload()
    return this.#keys.find((key) => key.id.equals(id))
  }

  /** Reads the keys anew. */
  async reload(): Promise<void> {
    if (this.#load !== undefined) this.#keys = nameKeys(await this.#load())
    this.#loadedAt = performance.now()
  }
}

/** How many bytes the name of a key has. */
export const KEY_ID_BYTES = 4

/** Keys with the names that what they seal has. @throws Error if one is too short to seal anything */
export function nameKeys(secrets: readonly Buffer[]): NamedKey[] {
  if (secrets.some((secret) => secret.length < 32)) {
    throw new Error('A key that seals has fewer than 32 bytes')
  }
  return secrets.map((secret) => ({ id: idOf(secret), secret }))
}

function idOf(secret: Buffer): Buffer {
  return createHash('sha256').update(secret).digest().subarray(0, KEY_ID_BYTES)
}
