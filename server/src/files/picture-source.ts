import type { FileHandle } from 'node:fs/promises'

const WINDOW = 64 * 1024

/** The bytes of a picture on disk, read here and there; only a window of them is in memory. */
export class PictureSource {
  readonly size: number
  readonly #file: FileHandle
  #window: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** These bytes; fewer where the file ends. */
  async read(at: number, length: number): Promise<Buffer> {
    const isKnown = at >= this.#at && at + length <= this.#at + this.#window.length
    if (!isKnown) await this.#look(at, Math.max(length, WINDOW))
    return this.#window.subarray(at - this.#at, at - this.#at + length)
  }

  /** What of the file begins at a place, as much as is at hand; empty at its end. */
  async readSome(at: number): Promise<Buffer> {
    await this.read(at, 1)
    return this.#window.subarray(at - this.#at)
  }

  async #look(at: number, length: number): Promise<void> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, at)
    this.#window = buffer.subarray(0, bytesRead)
    this.#at = at
  }
}
