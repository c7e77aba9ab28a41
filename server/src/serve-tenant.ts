import type { FastifyInstance } from 'fastify'

import { createApp, type Secrets } from './app.ts'
import { checkpointsFile, noteCheckpoint } from './audit/index.ts'
import type { Installation, Log } from './installation.ts'
import { startJobs } from './jobs/start-jobs.ts'

/** A tenant at work: what answers its requests, and its jobs. */
export interface ServedTenant {
  readonly app: FastifyInstance
  /** Ends after what is being answered and done. The installation is closed by whoever opened it. */
  stop(): Promise<void>
}

/** Puts a tenant that was opened to work; nothing listens yet. */
export async function serveTenant(
  installation: Installation,
  secrets: Secrets,
  log: Log,
): Promise<ServedTenant> {
  const { config, db, currentModel, target } = installation
  const app = await createApp({ config, db, currentModel, target, secrets })
  try {
    await noteCheckpoint(db, target.schema, checkpointsFile(config.dataDir))
    const stopJobs = await startJobs(installation, { log })
    const stop = async (): Promise<void> => {
      await stopJobs()
      await app.close()
    }
    return { app, stop }
  } catch (error) {
    await app.close()
    throw error
  }
}
