import type { FieldTypes } from '@trellis/metamodel'

import type { Database, Queryable } from '../db/index.ts'
import { compareCatalog, type Disagreement } from '../schema/compare-catalog.ts'
import { describeTables } from '../schema/describe-tables.ts'
import { hasTrigram, readCatalog } from '../schema/read-catalog.ts'
import type { Release } from '../schema/release.ts'
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
  const release = await loadRelease(db, schema, await loadHead(db, schema), fieldTypes)
  const disagreements = await examineTables(db, schema, release)
  // Values can be looked at only where their columns are.
  return disagreements.length > 0 ? disagreements : findDrift(db, release)
}

/** Whether the tables, columns, indexes, keys and triggers there are, are those that the metadata asks for. Looks at no row. */
export async function examineTables(
  db: Queryable,
  schema: string,
  { model }: Pick<Release, 'model'>,
): Promise<Disagreement[]> {
  const names = await loadPhysicalNames(db, schema)
  const promised = describeTables(model, names, { hasTrigram: await hasTrigram(db) })
  return compareCatalog(promised, await readCatalog(db, schema), {
    schema,
    retired: names.retired,
  })
}
