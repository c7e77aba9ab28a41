import type { FieldTypes } from '@trellis/metamodel'

import type { Database } from '../db/index.ts'
import { compareCatalog, type Disagreement } from '../schema/compare-catalog.ts'
import { describeTables } from '../schema/describe-tables.ts'
import { hasTrigram, readCatalog } from '../schema/read-catalog.ts'
import { loadHead } from './component-store.ts'
import { loadRelease } from './current-model.ts'
import { findDrift } from './find-drift.ts'
import { loadPhysicalNames } from './physical-store.ts'

/** Whether metadata, tables, indexes and keys agree, both ways, and what is kept with what it is made of. Empty: they do. */
export async function examine(
  db: Database,
  schema: string,
  fieldTypes: FieldTypes,
): Promise<Disagreement[]> {
  const head = await loadHead(db, schema)
  const release = await loadRelease(db, schema, head, fieldTypes)
  const names = await loadPhysicalNames(db, schema)
  const promised = describeTables(release.model, names, { hasTrigram: await hasTrigram(db) })
  const disagreements = compareCatalog(promised, await readCatalog(db, schema), names.retired)
  // Values can be looked at only where their columns are.
  return disagreements.length > 0 ? disagreements : findDrift(db, release)
}
