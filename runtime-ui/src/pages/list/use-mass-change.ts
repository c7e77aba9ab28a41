import type { BatchOperation, BatchResult } from '@trellis/metamodel'
import { computed, type ComputedRef, ref, type Ref, shallowRef } from 'vue'

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

export interface MassChange {
  phase: Ref<'idle' | 'gathering' | 'running' | 'finished'>
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
export type MassTargets = { object: string; ids: readonly string[] } | { object: string; matching: ListRequest }

/** Changes to many records in batches, with progress, a way to stop, and every refusal with its reason. */
export function useMassChange(): MassChange {
  const phase = ref<'idle' | 'gathering' | 'running' | 'finished'>('idle')
  const done = ref(0)
  const total = ref(0)
  const outcome = shallowRef<MassOutcome>()
  let isStopped = false

  async function gather(targets: MassTargets): Promise<readonly string[]> {
    if ('ids' in targets) return targets.ids
    phase.value = 'gathering'
    const { where, q } = targets.matching
    const ids: string[] = []
    let cursor: string | null = ''
    while (cursor !== null && !isStopped) {
      const page: Awaited<ReturnType<typeof listRecords>> = await listRecords(targets.object, {
        select: ['name'],
        limit: GATHER,
        ...(where === undefined ? {} : { where }),
        ...(q === '' ? {} : { q }),
        ...(cursor === '' ? {} : { cursor }),
      })
      ids.push(...page.records.map(({ id }) => id))
      done.value = ids.length
      cursor = page.next_cursor
    }
    return ids
  }

  async function run(
    targets: MassTargets,
    operationOf: (id: string) => BatchOperation,
  ): Promise<MassOutcome> {
    isStopped = false
    const result: MassOutcome = { done: [], failures: [], isStopped: false }
    try {
      const ids = await gather(targets)
      phase.value = 'running'
      done.value = 0
      total.value = ids.length
      for (let at = 0; at < ids.length && !isStopped; at += CHUNK) {
        const chunk = ids.slice(at, at + CHUNK)
        const results = await batchRecords(targets.object, { atomic: false, operations: chunk.map(operationOf) })
        sortResults(chunk, results, result)
        done.value = result.done.length + result.failures.length
      }
    } finally {
      result.isStopped = isStopped
      outcome.value = result
      phase.value = 'finished'
    }
    return result
  }

  return {
    phase,
    done,
    total,
    outcome,
    isBusy: computed(() => phase.value === 'gathering' || phase.value === 'running'),
    run,
    stop: () => (isStopped = true),
    reset: () => {
      phase.value = 'idle'
      outcome.value = undefined
      done.value = 0
    },
  }
}

function sortResults(ids: readonly string[], results: readonly BatchResult[], into: MassOutcome): void {
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
