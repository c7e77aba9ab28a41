import type { FieldTypes } from '@trellis/metamodel'

import type { Database } from '../db/index.ts'
import { compareCatalog, type Disagreement } from '../schema/compare-catalog.ts'
import { describeTables } from '../schema/describe-tables.ts'
import { hasTrigram, readCatalog } from '../schema/read-catalog.ts'
import { loadHead } from './component-store.ts'
import { loadRelease } from './current-model.ts'
import { loadPhysicalNames } from './physical-store.ts'

/** Whether metadata, tables, indexes and keys agree, both ways. Empty: they do. */
export async function examine(
  db: Database,
  schema: string,
  fieldTypes: FieldTypes,
): Promise<Disagreement[]> {
  const head = await loadHead(db, schema)
  const release = await loadRelease(db, schema, head, fieldTypes)
  const names = await loadPhysicalNames(db, schema)
  const promised = describeTables(release.model, names, { hasTrigram: await hasTrigram(db) })
  return compareCatalog(promised, await readCatalog(db, schema), names.retired)
}
