import type { Expression } from '@trellis/metamodel'

import {
  fileUrl,
  listRecords,
  loadRecord,
  revealValue,
  searchRecords,
  uploadFile,
} from '../../api/index.ts'
import { type DataPort, type FoundRecord, useFieldContext } from '../../fields/index.ts'
import { useModel } from '../../stores/model.ts'
import { quickCreate } from '../record/quick-create.ts'
import { describeRecord } from './describe-record.ts'

const OFFERED = 10

/** Connects the fields with the server: look-ups search by name, and offer the newest before anything is typed. */
export function createDataPort(): DataPort {
  const model = useModel()
  const context = useFieldContext()
  return {
    searchRecords: (object, text, signal, where) =>
      text === '' || where !== undefined
        ? listed(object, { text, where }, signal)
        : matching(object, text, signal),
    revealValue: ({ object, id }, field) => revealValue(object, id, field),
    uploadFile,
    fileLink: fileUrl,
    recordLink: (object, id) => `/o/${object}/${id}`,
    async describeRecord(object, id) {
      const described = model.object(object)
      return described ? describeRecord(described, await loadRecord(object, id), context) : ''
    },
    objectLabel: (object) => model.object(object)?.label,
    mayCreate: (object) => model.object(object)?.access.create ?? false,
    createRecord: (object, name) =>
      quickCreate(object, startingValues(object, name), { mayTake: true }),
  }
}

/** What was typed becomes the name, unless the system gives the names. */
function startingValues(object: string, name: string): Record<string, unknown> {
  return name !== '' && useModel().object(object)?.name_field === 'text' ? { name } : {}
}

/** The newest records, of those that meet a condition and have a text in them. */
async function listed(
  object: string,
  { text, where }: { text: string; where: unknown },
  signal?: AbortSignal,
): Promise<FoundRecord[]> {
  const { records } = await listRecords(
    object,
    {
      select: ['name'],
      sort: ['-updated_at'],
      limit: OFFERED,
      ...(text === '' ? {} : { q: text }),
      ...(where === undefined ? {} : { where: where as Expression }),
    },
    signal,
  )
  return records.map(({ id, name }) => ({ id, name }))
}

async function matching(
  object: string,
  text: string,
  signal?: AbortSignal,
): Promise<FoundRecord[]> {
  const { groups } = await searchRecords(text, [object], signal)
  return groups.flatMap((group) => group.records)
}
