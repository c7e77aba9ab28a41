import { searchRecords } from '@trellis/runtime-ui/api'
import { listRecords } from '@trellis/runtime-ui/api'
import type { DataPort } from '@trellis/runtime-ui/renderer'

/** Where look-ups in the studio find records: those of the live system. */
export const searchPort: DataPort = {
  searchRecords: async (object, text, signal) => {
    if (text === '') return recent(object, signal)
    const { groups } = await searchRecords(text, [object], signal)
    return groups.find((group) => group.object === object)?.records ?? []
  },
}

async function recent(
  object: string,
  signal: AbortSignal | undefined,
): Promise<{ id: string; name: string }[]> {
  const page = await listRecords(
    object,
    { select: ['name'], sort: ['-updated_at'], limit: 12 },
    signal,
  )
  return page.records.map(({ id, name }) => ({ id, name }))
}
