import type { Model } from '@trellis/metamodel'

import { RequestError } from '../errors.ts'
import { loadEdits } from './change-sets.ts'
import { compileOnce } from './compile-once.ts'
import { layersInForce } from './edit-session.ts'
import { flatten, withEdits } from './layers.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { problemsError } from './publish-failures.ts'
import type { TestRun } from './testing.ts'

/**
 * Runs the tests of the release in force, or of a change set over it.
 * @returns what became of them, and the model that has them
 * @throws RequestError not_found · invalid_metadata if the change set does not compile · unavailable where none are run
 */
export async function runTests(
  { db, schema, fieldTypes, testing }: PublishTarget,
  changeSet?: string,
): Promise<{ run: TestRun; model: Model }> {
  if (!testing) throw new RequestError('unavailable')
  const layers = await layersInForce(db, schema)
  const edits = changeSet === undefined ? [] : await loadEdits(db, schema, changeSet)
  const { model, problems } = await compileOnce(flatten(withEdits(layers, edits)), fieldTypes)
  if (!model) throw problemsError(problems)
  return { run: await testing.run(model), model }
}
