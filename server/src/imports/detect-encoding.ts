import { TextDecoder } from 'node:util'

/** An encoding as `TextDecoder` names it, and whether every byte of the file makes sense in it. */
export interface FoundEncoding {
  encoding: string
  hasBom: boolean
  /** Some bytes belong to no character; they are read as U+FFFD. */
  isDamaged: boolean
}

const REPLACEMENT = '\uFFFD'
/** In a text of another encoding hardly any character beyond ASCII is good UTF-8. */
const GOOD_TO_BAD = 4

/**
 * Finds the encoding of a file while its bytes go by: a byte order mark decides; else what is good
 * UTF-8 is UTF-8; else what is good GB18030 (and so GBK and GB2312) is that.
 *
 * @example
 * const detector = new EncodingDetector()
 * for await (const bytes of stream) detector.take(bytes)
 * detector.result() // { encoding: 'gb18030', hasBom: false, isDamaged: false }
 */
export class EncodingDetector {
  #start: Uint8Array = new Uint8Array()
  readonly #utf8 = new Tally('utf-8')
  readonly #gb18030 = new Tally('gb18030')

  take(bytes: Uint8Array): void {
    if (this.#start.length < 3) {
      this.#start = Buffer.concat([this.#start, bytes.subarray(0, 3)]).subarray(0, 3)
    }
    this.#utf8.take(bytes)
    this.#gb18030.take(bytes)
  }

  result(): FoundEncoding {
    this.#utf8.end()
    this.#gb18030.end()
    const marked = byMark(this.#start)
    if (marked !== undefined) {
      return {
        encoding: marked,
        hasBom: true,
        isDamaged: marked === 'utf-8' && !this.#utf8.isSound,
      }
    }
    const { good, bad, isSound } = this.#utf8
    if (isSound || good > GOOD_TO_BAD * bad) {
      return { encoding: 'utf-8', hasBom: false, isDamaged: !isSound }
    }
    const isChinese = this.#gb18030.isSound || this.#gb18030.bad < bad
    const encoding = isChinese ? 'gb18030' : 'utf-8'
    return { encoding, hasBom: false, isDamaged: !isChinese || !this.#gb18030.isSound }
  }
}

function byMark(start: Uint8Array): string | undefined {
  const [first, second, third] = start
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return undefined
}

/** What an encoding makes of bytes: whether all are good, and how many characters beyond ASCII are. */
class Tally {
  readonly #strict: TextDecoder
  readonly #lenient: TextDecoder
  isSound = true
  good = 0
  bad = 0

  constructor(encoding: string) {
    this.#strict = new TextDecoder(encoding, { fatal: true })
    this.#lenient = new TextDecoder(encoding)
  }

  take(bytes: Uint8Array): void {
    this.#check(bytes)
    this.#count(this.#lenient.decode(bytes, { stream: true }))
  }

  end(): void {
    this.#check(undefined)
    this.#count(this.#lenient.decode())
  }

  #check(bytes: Uint8Array | undefined): void {
    if (!this.isSound) return
    try {
      this.#strict.decode(bytes, { stream: bytes !== undefined })
    } catch {
      this.isSound = false
    }
  }

  #count(text: string): void {
    for (const [run] of text.matchAll(/[\u0080-\uffff]+/g)) {
      for (const character of run) {
        if (character === REPLACEMENT) this.bad += 1
        else this.good += 1
      }
    }
  }
}
