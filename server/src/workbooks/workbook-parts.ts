import { posix } from 'node:path'
import type { Readable } from 'node:stream'

import { type Entry, openPromise, type ZipFile } from 'yauzl'

import { readXml, type XmlEvent } from './xml-events.ts'

/** What a workbook may come to when it is unpacked: a zip tells little about that by its own size. */
const MOST_PARTS = 10_000
const MOST_BYTES = 1_000_000_000
/** Parts that are kept in memory as a whole; sheets are read as they come. */
const MOST_KEPT = 200_000_000

/** A file that is no workbook that can be read; `reason` is a code. */
export class NotAWorkbook extends Error {
  readonly reason: 'no_workbook' | 'damaged' | 'too_large' | 'protected'

  constructor(reason: NotAWorkbook['reason'], cause?: unknown) {
    super(`No workbook: ${reason}`, { cause })
    this.reason = reason
  }
}

/**
 * The parts of a workbook in Office Open XML (ECMA-376, part 2): a zip whose entries refer to each other by
 * relationships.
 */
export class WorkbookParts {
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, Entry>

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip
    this.#entries = entries
  }

  /** @throws NotAWorkbook for what is no zip, is locked by a password, or unpacks to too much */
  static async open(path: string): Promise<WorkbookParts> {
    // Entries are held to the sizes that the zip tells, so that a small one cannot become a large one.
    const zip = await openPromise(path, {
      autoClose: false,
      lazyEntries: true,
      validateEntrySizes: true,
    }).catch((error: unknown) => {
      throw new NotAWorkbook('damaged', error)
    })
    try {
      return new WorkbookParts(zip, await entriesOf(zip))
    } catch (error) {
      zip.close()
      throw error instanceof NotAWorkbook ? error : new NotAWorkbook('damaged', error)
    }
  }

  close(): void {
    this.#zip.close()
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase())
  }

  /** A part as XML. @throws NotAWorkbook if it is not there, or damaged */
  async *read(name: string): AsyncGenerator<readonly XmlEvent[]> {
    const stream = await this.#open(name)
    try {
      yield* readXml(stream)
    } catch (error) {
      throw new NotAWorkbook('damaged', error)
    } finally {
      stream.destroy()
    }
  }

  /** A part that is looked at as a whole; nothing if it is not there. */
  async all(name: string): Promise<XmlEvent[]> {
    const entry = this.#entries.get(name.toLowerCase())
    if (!entry) return []
    if (entry.uncompressedSize > MOST_KEPT) throw new NotAWorkbook('too_large')
    const found: XmlEvent[] = []
    for await (const events of this.read(name)) for (const event of events) found.push(event)
    return found
  }

  /** The parts to which one refers, by relationship id; '' is the workbook as a whole. */
  async relationsOf(name: string): Promise<Map<string, { type: string; part: string }>> {
    const folder = posix.dirname(name)
    const path = name === '' ? '_rels/.rels' : `${folder}/_rels/${posix.basename(name)}.rels`
    const relations = new Map<string, { type: string; part: string }>()
    for (const event of await this.all(path)) {
      if (event.is !== 'open' || event.name !== 'Relationship') continue
      const { Id = '', Type = '', Target = '' } = event.attributes
      const part = posix.join('/', Target.startsWith('/') ? '' : folder, Target).slice(1)
      relations.set(Id, { type: Type.slice(Type.lastIndexOf('/') + 1), part })
    }
    return relations
  }

  async #open(name: string): Promise<Readable> {
    const entry = this.#entries.get(name.toLowerCase())
    if (!entry) throw new NotAWorkbook('damaged')
    try {
      return await this.#zip.openReadStreamPromise(entry)
    } catch (error) {
      throw new NotAWorkbook('damaged', error)
    }
  }
}

/** All entries by their names, which know no capitals. */
async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > MOST_PARTS) throw new NotAWorkbook('too_large')
  const entries = new Map<string, Entry>()
  let left = MOST_BYTES
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw new NotAWorkbook('protected')
    left -= entry.uncompressedSize
    if (left < 0) throw new NotAWorkbook('too_large')
    entries.set(entry.fileName.toLowerCase(), entry)
  }
  return entries
}
