import { loadJob, loadJobSteps, PUBLISH_CHANNEL } from '../catalog/index.ts'
import type { Services } from './services.ts'

/** How a publish in steps stands, in a few words: which step, and how many of how many rows. */
export interface PublishEvent {
  id: string
  status: string
  release: number | null
  step: number
  steps: number
  done: number
  total: number
}

/** So often at most it is told how a publish gets on. */
const PAUSE_MS = 250

/**
 * Calls back with every move of a publish in steps, whichever process does it.
 * @returns how to stop
 */
export function followPublishes(
  { db, target }: Services,
  tell: (event: PublishEvent) => void,
  log: (error: unknown) => void,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const look = async (id: string): Promise<void> => {
    timer = undefined
    const event = await loadEvent(target, id)
    if (event) tell(event)
  }
  const hear = (payload: string): void => {
    const [schema, id = ''] = payload.split(' ')
    if (schema !== target.schema) return
    timer ??= setTimeout(() => void look(id).catch(log), PAUSE_MS).unref()
  }
  const listening = db.listen(PUBLISH_CHANNEL, hear, () => undefined)
  listening.catch(log)
  return async () => {
    clearTimeout(timer)
    const unlisten = await listening.catch(() => undefined)
    await unlisten?.()
  }
}

async function loadEvent(
  { db, schema }: Services['target'],
  id: string,
): Promise<PublishEvent | undefined> {
  const job = await loadJob(db, schema, id)
  if (!job) return undefined
  const steps = await loadJobSteps(db, schema, id)
  const at = steps.findIndex(({ status }) => status === 'pending' || status === 'running')
  const current = steps[at]
  return {
    id,
    status: job.status,
    release: job.release,
    step: at < 0 ? steps.length : at + 1,
    steps: steps.length,
    done: current?.done ?? 0,
    total: current?.total ?? 0,
  }
}
