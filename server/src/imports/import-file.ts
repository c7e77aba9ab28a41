import type { ImportJob, Locale } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { answerImport } from './answer-import.ts'
import { type ImportGround, runImport } from './run-import.ts'
import { type ImportRequest, stageImport } from './stage-import.ts'

/** How a caller follows an import that it waits for. */
export interface FollowOptions {
  locale?: Locale
  /** Hears how far it is about every two seconds. */
  onProgress?: (job: ImportJob) => void
}

/**
 * Imports a file and waits for the end, as a command line does; a server on the same database may help. The job
 * acts as the user of the context, with the rights that they have.
 *
 * @example
 * const job = await importFile(ground, context, { path, fileName: 'accounts.csv', object: 'account', mode: 'create' })
 * @throws RequestError as `stageImport` does; what is wrong with single rows is in the job
 */
export async function importFile(
  ground: ImportGround,
  context: Context,
  request: ImportRequest,
  options: FollowOptions = {},
): Promise<ImportJob> {
  const { locale = context.actor.locale, onProgress } = options
  const id = await stageImport(context, request)
  for (;;) {
    const outcome = await runImport(ground, id)
    const job = await answerImport(context, id, locale)
    onProgress?.(job)
    if (outcome === 'done') return job
  }
}
