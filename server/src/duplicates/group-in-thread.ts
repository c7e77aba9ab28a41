import { Worker } from 'node:worker_threads'

import type { TextTable } from './score-duplicates.ts'

const MOST_MEGABYTES = 1024

/**
 * `groupRows` in a thread of its own, which may take so much memory and no more.
 * @returns undefined if it was called off
 */
export function groupInThread(
  table: TextTable,
  signal: AbortSignal,
): Promise<Uint32Array | undefined> {
  const worker = new Worker(new URL('group-rows-worker.ts', import.meta.url), {
    workerData: table,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  })
  const stop = (): void => void worker.terminate()
  signal.addEventListener('abort', stop)
  return new Promise<Uint32Array | undefined>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => resolve(undefined))
  }).finally(() => signal.removeEventListener('abort', stop))
}
