import type { BatchOperation, BatchResult } from '@trellis/metamodel'
import { computed, type ComputedRef, type Ref, shallowReactive, toRefs } from 'vue'

import { batchRecords, listRecords, restoreRecord } from '../../api/index.ts'
import type { ListRequest } from './use-record-list.ts'

const CHUNK = 200
const GATHER = 1000
const RESTORED_AT_ONCE = 6

export interface MassFailure {
  id: string
  message: string
}

export interface MassOutcome {
  done: string[]
  failures: MassFailure[]
  isStopped: boolean
}

interface Progress {
  phase: 'idle' | 'gathering' | 'running' | 'finished'
  done: number
  total: number
  outcome: MassOutcome | undefined
  isStopped: boolean
}

export interface MassChange {
  phase: Ref<Progress['phase']>
  done: Ref<number>
  total: Ref<number>
  outcome: Ref<MassOutcome | undefined>
  isBusy: ComputedRef<boolean>
  /** Applies one operation to each of the records; what is refused does not stop the rest. */
  run: (targets: MassTargets, operationOf: (id: string) => BatchOperation) => Promise<MassOutcome>
  stop: () => void
  reset: () => void
}

/** The records to change: these ids, or everything that a list shows. */
export type MassTargets =
  | { object: string; ids: readonly string[] }
  | { object: string; matching: ListRequest }

const IDLE: Progress = { phase: 'idle', done: 0, total: 0, outcome: undefined, isStopped: false }

/** Changes to many records in batches, with progress, a way to stop, and every refusal with its reason. */
export function useMassChange(): MassChange {
  const progress = shallowReactive<Progress>({ ...IDLE })
  const { phase, done, total, outcome } = toRefs(progress)

  async function run(
    targets: MassTargets,
    operationOf: (id: string) => BatchOperation,
  ): Promise<MassOutcome> {
    const result: MassOutcome = { done: [], failures: [], isStopped: false }
    Object.assign(progress, IDLE)
    try {
      const ids = 'ids' in targets ? targets.ids : await gather(targets, progress)
      Object.assign(progress, { phase: 'running', done: 0, total: ids.length })
      for (const chunk of chunksOf(ids)) {
        if (progress.isStopped) break
        const operations = chunk.map(operationOf)
        sortResults(
          chunk,
          await batchRecords(targets.object, { atomic: false, operations }),
          result,
        )
        progress.done += chunk.length
      }
    } finally {
      result.isStopped = progress.isStopped
      Object.assign(progress, { phase: 'finished', outcome: result })
    }
    return result
  }

  return {
    phase,
    done,
    total,
    outcome,
    isBusy: computed(() => progress.phase === 'gathering' || progress.phase === 'running'),
    run,
    stop: () => (progress.isStopped = true),
    reset: () => Object.assign(progress, IDLE),
  }
}

/** The ids of everything that a list shows, page by page. */
async function gather(
  { object, matching: { where, q } }: Extract<MassTargets, { matching: ListRequest }>,
  progress: Progress,
): Promise<string[]> {
  progress.phase = 'gathering'
  const criteria = { ...(where === undefined ? {} : { where }), ...(q === '' ? {} : { q }) }
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const next = cursor === undefined ? {} : { cursor }
    const page = await listRecords(object, {
      select: ['name'],
      limit: GATHER,
      ...criteria,
      ...next,
    })
    ids.push(...page.records.map(({ id }) => id))
    progress.done = ids.length
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined && !progress.isStopped)
  return ids
}

function chunksOf(ids: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, index) =>
    ids.slice(index * CHUNK, (index + 1) * CHUNK),
  )
}

function sortResults(
  ids: readonly string[],
  results: readonly BatchResult[],
  into: MassOutcome,
): void {
  for (const [index, id] of ids.entries()) {
    const { status = 0, errors = [] } = results[index] ?? {}
    if (status >= 200 && status < 300) into.done.push(id)
    else into.failures.push({ id, message: errors.map(({ message }) => message).join(' ') })
  }
}

/** Brings records back from the recycle bin; answers how many came. */
export async function restoreAll(object: string, ids: readonly string[]): Promise<number> {
  const left = [...ids]
  let restored = 0
  async function work(): Promise<void> {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      await restoreRecord(object, id)
      restored += 1
    }
  }
  await Promise.all(Array.from({ length: RESTORED_AT_ONCE }, work))
  return restored
}
