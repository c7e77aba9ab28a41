import { listRecords, searchRecords } from '../../api/index.ts'
import type { DataPort, FoundRecord } from '../../renderer/index.ts'

const OFFERED = 10

/** Connects the fields with the server: look-ups search by name, and offer the newest before anything is typed. */
export function createDataPort(): DataPort {
  return {
    searchRecords: (object, text, signal) =>
      text === '' ? newest(object, signal) : matching(object, text, signal),
    recordLink: (object, id) => `/o/${object}/${id}`,
  }
}

async function newest(object: string, signal?: AbortSignal): Promise<FoundRecord[]> {
  const { records } = await listRecords(
    object,
    { select: ['name'], sort: ['-updated_at'], limit: OFFERED },
    signal,
  )
  return records.map(({ id, name }) => ({ id, name }))
}

async function matching(object: string, text: string, signal?: AbortSignal): Promise<FoundRecord[]> {
  const { groups } = await searchRecords(text, [object], signal)
  return groups.flatMap((group) => group.records)
}
