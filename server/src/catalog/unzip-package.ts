import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'

import { failure, message, RequestError } from '../errors.ts'
import { type PackageFiles, readComponent } from './package-files.ts'

/** What a package may come to when it is unpacked: a zip tells little about that by its own size. */
const MOST_FILES = 10_000
const MOST_BYTES = 100_000_000

/** Files of a package that hold no components, and what systems leave in zips. */
const BESIDE = /^demo\/|\/$|^README|(^|\/)(\.|__MACOSX\/)/

/**
 * Reads a package from the bytes of a zip in the layout of `zipPackage`. What is in it is judged file by file; the
 * zip itself is refused if it is none, if it is damaged, or if it unpacks to more than 10,000 files or 100 MB.
 * @throws RequestError malformed · too_large
 */
export async function unzipPackage(bytes: Buffer): Promise<PackageFiles> {
  const found: PackageFiles = { app: '', components: [], problems: [] }
  try {
    // Entries are held to the sizes that the zip tells, so that a small one cannot become a large one.
    const zip = await fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: true })
    if (zip.entryCount > MOST_FILES) throw new RequestError('too_large')
    let left = MOST_BYTES
    for await (const entry of zip.eachEntry()) {
      if (BESIDE.test(entry.fileName)) continue
      left -= entry.uncompressedSize
      if (left < 0) throw new RequestError('too_large')
      readFile(found, entry.fileName, await readText(zip, entry))
    }
  } catch (error) {
    throw error instanceof RequestError ? error : notAPackage()
  }
  return found
}

/** In a zip of several apps each has its own file; a folder of one has `app.json`. */
const APP_FILE = /^apps\/([^/]+)\.json$/

function readFile(found: PackageFiles, path: string, text: string): void {
  const app = APP_FILE.exec(path)?.[1]
  if (app === undefined) readComponent(found, path, text)
  else readComponent({ ...found, app }, 'app.json', text)
}

async function readText(zip: ZipFile, entry: Entry): Promise<string> {
  const stream = await zip.openReadStreamPromise(entry)
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

function notAPackage(): RequestError {
  return new RequestError('malformed', {
    failures: [
      failure(
        'file',
        'malformed',
        message(
          'This is no package: it cannot be read as a zip',
          '这不是元数据包：无法作为 zip 读取',
        ),
      ),
    ],
  })
}
