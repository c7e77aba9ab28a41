import type { FastifyInstance } from 'fastify'

import { purgeAnswers } from '../access/kept-answers.ts'
import { purgeTokens } from '../access/one-time-tokens.ts'
import { purgeSessions } from '../access/sessions.ts'
import type { Foundation } from './services.ts'

const EVERY_MS = 3600_000

/** Removes sessions that are over, tokens that are too old, and answers that are kept no longer, once an hour. */
export function keepHouse(app: FastifyInstance, { db, currentModel }: Foundation): void {
  const clean = async (): Promise<void> => {
    if (!currentModel.ready) return
    await purgeSessions(db)
    await purgeTokens(db)
    await purgeAnswers(db, currentModel.release)
  }
  const timer = setInterval(() => {
    clean().catch((error: unknown) => app.log.error({ err: error }, 'Housekeeping failed'))
  }, EVERY_MS)
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))
}
