import type { Readable } from 'node:stream'

import { canonicalJson, componentFile, isKind, type RawComponent } from '@trellis/metamodel'
import { ZipFile } from 'yazl'

/** The moment that every file of a package bears, so that equal packages are equal bytes. */
const TIMELESS = new Date('2000-01-01T00:00:00Z')

/** Components as a zip of files: the layout of a package folder, one component, one file. */
export function zipPackage(components: readonly RawComponent[]): Readable {
  const zip = new ZipFile()
  for (const { kind, name, definition } of components) {
    if (!isKind(kind)) continue
    // Every app has an app.json; in one zip each lies under its own name.
    const path = kind === 'app' ? `apps/${name}.json` : componentFile(kind, name)
    zip.addBuffer(Buffer.from(`${canonicalJson(definition, 2)}\n`), path, { mtime: TIMELESS })
  }
  zip.end()
  return zip.outputStream as Readable
}
