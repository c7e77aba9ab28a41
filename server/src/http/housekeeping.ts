import type { FastifyInstance } from 'fastify'

import { purgeAttempts } from '../access/attempts.ts'
import { purgeAnswers } from '../access/kept-answers.ts'
import { purgeTokens } from '../access/one-time-tokens.ts'
import { purgeSessions } from '../access/sessions.ts'
import { checkpointsFile, noteCheckpoint } from '../audit/index.ts'
import { openFileStore, sweepFiles } from '../files/index.ts'
import { eraseExpired } from '../records/erase-records.ts'
import { purgeShares } from '../sharing/purge-shares.ts'
import type { Foundation } from './services.ts'

const EVERY_MS = 3600_000

/**
 * Removes what is over, once an hour: sessions, tokens, answers that are kept no longer, shares that ended long ago, what the
 * recycle bin keeps no longer, files that belong to nothing; and writes down outside the database how far the audit log has
 * come.
 */
export function keepHouse(app: FastifyInstance, { db, currentModel, config }: Foundation): void {
  const clean = async (): Promise<void> => {
    if (!currentModel.ready) return
    const { schema } = currentModel.release.physical.names
    await noteCheckpoint(db, schema, checkpointsFile(config.dataDir))
    await purgeSessions(db)
    await purgeTokens(db)
    await purgeAttempts(db)
    await purgeAnswers(db, currentModel.release)
    await purgeShares(db, currentModel.release, new Date())
    await eraseExpired(db, currentModel.release, new Date())
    await sweepFiles({ db, schema, store: openFileStore(config) }, new Date())
  }
  const timer = setInterval(() => {
    clean().catch((error: unknown) => app.log.error({ err: error }, 'Housekeeping failed'))
  }, EVERY_MS)
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))
}
