/** A part of a picture as it is to be: bytes of the file that came, from one place to before another, or bytes made here. */
export type PicturePart = Readonly<{ from: number; to: number }> | Buffer

/** No picture that people take or draw is made of more. */
const MOST_PARTS = 10_000

/** What a picture is made of once its metadata is left out, in order. */
export class PictureParts {
  readonly #parts: PicturePart[] = []

  get parts(): readonly PicturePart[] {
    return this.#parts
  }

  /** How many bytes it has. */
  get size(): number {
    return this.#parts.reduce((sum, part) => sum + sizeOf(part), 0)
  }

  /** Keeps bytes of the file. @throws UnreadablePicture */
  keep(from: number, to: number): void {
    const last = this.#parts.at(-1)
    if (last && !Buffer.isBuffer(last) && last.to === from) {
      this.#parts[this.#parts.length - 1] = { from: last.from, to }
    } else this.#push({ from, to })
  }

  /** Puts other bytes there. @throws UnreadablePicture */
  put(bytes: Buffer): void {
    this.#push(bytes)
  }

  /** Adds what another one is made of. @throws UnreadablePicture */
  add({ parts }: PictureParts): void {
    for (const part of parts) {
      if (Buffer.isBuffer(part)) this.put(part)
      else this.keep(part.from, part.to)
    }
  }

  /** Whether it is the file as it came. */
  isWhole(size: number): boolean {
    const [only, ...others] = this.#parts
    if (!only || others.length > 0 || Buffer.isBuffer(only)) return false
    return only.from === 0 && only.to === size
  }

  #push(part: PicturePart): void {
    if (this.#parts.length >= MOST_PARTS) throw new UnreadablePicture()
    this.#parts.push(part)
  }
}

function sizeOf(part: PicturePart): number {
  return Buffer.isBuffer(part) ? part.length : part.to - part.from
}

/** What says that it is a picture is not built as one. */
export class UnreadablePicture extends Error {
  constructor() {
    super('The picture is not built as its type says')
  }
}
