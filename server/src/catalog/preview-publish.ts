import type { Problem } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import type { Transaction } from '../db/index.ts'
import { PhysicalMap } from '../schema/physical-map.ts'
import type { AccessEffect } from './access-effect.ts'
import { loadChangeSet, loadEdits, type StoredChangeSet } from './change-sets.ts'
import { checkCustomerNames } from './check-customer-names.ts'
import { loadHead } from './component-store.ts'
import { countAccessEffects } from './count-access-effects.ts'
import { type Layers, withEdits } from './layers.ts'
import { loadLayers } from './load-layers.ts'
import {
  type PreparedPublish,
  preparePublish,
  type Preview,
  type PublishTarget,
} from './prepare-publish.ts'
import { findFailedTests, needsTests } from './testing.ts'

/** How much a preview looks at. */
export interface PreviewAsked {
  /** Who would publish. */
  publisher?: Reader
  /** Whether those who gain and lose are counted on live data, which takes its time. */
  isCounting?: boolean
  /** Whether the tests of what is to be published are run. */
  isTesting?: boolean
}

/** What looks at every row of a large table may take longer than what people wait for as they work. */
const LOOK_TIMEOUT_MS = 240_000

/** The plan against the layers in force, and what live data says to it. Reads only. */
export async function previewPublish(
  target: PublishTarget,
  next: (layers: Layers) => Layers | Promise<Layers>,
  { publisher, isCounting = false, isTesting = false }: PreviewAsked = {},
): Promise<Preview> {
  const preview = await target.db.inTransaction(
    async (tx) => {
      const head = await loadHead(tx, target.schema)
      const layers = await loadLayers(tx, target.schema, head.release)
      const asked = { head, next: await next(layers), isRestoring: false, publisher }
      const prepared = await preparePublish(tx, target, asked)
      return { ...prepared, head, effects: isCounting ? await countEffects(tx, prepared) : [] }
    },
    {
      readOnly: true,
      isolation: 'repeatable read',
      statementTimeoutMs: LOOK_TIMEOUT_MS,
      onOneCore: true,
    },
  )
  return isTesting ? withTests(target, preview) : { ...preview, tests: undefined }
}

async function withTests(
  { testing }: PublishTarget,
  preview: Omit<Preview, 'tests'>,
): Promise<Preview> {
  const { ready } = preview.plan
  if (!testing || !ready || !needsTests(ready.changes)) return { ...preview, tests: undefined }
  const tests = await testing.run(ready.model)
  return { ...preview, tests, findings: [...preview.findings, ...findFailedTests(tests)] }
}

async function countEffects(
  tx: Transaction,
  { current, plan, access }: PreparedPublish,
): Promise<AccessEffect[]> {
  if (!current || !plan.ready) return []
  const { model, names } = plan.ready
  const next = {
    number: current.number,
    model,
    physical: new PhysicalMap(names),
    derived: new Map(),
  }
  return countAccessEffects(tx, { current, next }, access)
}

/** What publishing a change set would do, and everything that stands against it. */
export async function previewChangeSet(
  target: PublishTarget,
  id: string,
  asked: PreviewAsked = {},
): Promise<Preview & { set: StoredChangeSet }> {
  const set = await loadChangeSet(target.db, target.schema, id)
  const edits = await loadEdits(target.db, target.schema, id)
  let names: Problem[] = []
  const preview = await previewPublish(
    target,
    (layers) => {
      names = checkCustomerNames(layers, edits)
      return withEdits(layers, edits)
    },
    asked,
  )
  const problems = [...preview.plan.problems, ...names]
  return { ...preview, plan: names.length > 0 ? { problems } : { ...preview.plan, problems }, set }
}
