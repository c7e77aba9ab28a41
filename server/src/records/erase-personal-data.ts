import { type FieldModel, type ObjectModel, personalData } from '@trellis/metamodel'

import type { Context, WriteContext } from '../access/context.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import type { StoredValues } from '../effects/record-request.ts'
import { message, RequestError } from '../errors.ts'
import { requireUnlocked } from './approval-locks.ts'
import { refuseOrganization } from './erase-records.ts'
import { forgetPersonalData } from './forget-personal-data.ts'
import { performIn } from './perform.ts'
import { type LoadedRecord, loadForWrite } from './read-rows.ts'
import { inSaveTransaction } from './save-transaction.ts'
import type { Written } from './write-record.ts'

/** Stands where a text must not be empty. */
export const ERASED_TEXT = '已清除 / Erased'

/** What was left of a record, and whose bytes are nobody's any more. */
export interface ErasedPersonalData extends Written {
  files: readonly string[]
}

/**
 * Takes the personal data out of a record that stays: the values of fields that are marked as personal, of this record
 * and of those that were merged into it, and all that is kept of them. The house does it: rules and the rights to single
 * fields do not stand against it. Nothing brings them back.
 *
 * @throws RequestError forbidden · not_found · stale_version · locked · conflict where nothing is marked
 */
export async function erasePersonalData(
  context: Context,
  object: ObjectModel,
  record: { id: string; version?: number },
): Promise<ErasedPersonalData> {
  const { rights } = context.actor
  if (!rights.system.has('erase') || !rights.object(object.name).edit) {
    throw new RequestError('forbidden')
  }
  refuseOrganization(object)
  const { marked, made } = personalData(context.release.model, object)
  if (marked.length === 0) {
    throw new RequestError('conflict', {
      detail: message(
        'No field of these records is marked as personal data',
        '该对象没有标记为个人信息的字段',
      ),
    })
  }
  return inSaveTransaction(context, async (inside) => {
    const loaded = (await loadForWrite(inside, object, [record.id])).get(record.id)
    await requireErasable(inside, object, { ...record, loaded })
    const written = await empty(inside, object, { id: record.id, marked })
    const files = await forgetPersonalData(inside, object, {
      id: record.id,
      marked,
      made,
      values: (id) => emptied(marked, id),
    })
    recordAudit(inside.tx, {
      ...callerOf(inside),
      action: 'erase',
      object: object.name,
      record: record.id,
      details: { personal: marked.map(({ name }) => name) },
    })
    return { ...written, files }
  })
}

async function requireErasable(
  context: WriteContext,
  object: ObjectModel,
  { version, loaded }: { version?: number; loaded: LoadedRecord | undefined },
): Promise<void> {
  if (loaded?.canRead !== true) throw new RequestError('not_found')
  if (!loaded.canEdit) throw new RequestError('forbidden')
  if (version !== undefined && version !== loaded.version) throw new RequestError('stale_version')
  await requireUnlocked(context, object, [loaded])
}

/** Saves the record without them, so that all that is computed of it follows. */
async function empty(
  context: WriteContext,
  object: ObjectModel,
  { id, marked }: { id: string; marked: readonly FieldModel[] },
): Promise<Written> {
  const values = emptied(marked, id)
  const [outcome] = await performIn(
    context,
    [{ op: 'update', as: 'system', object: object.name, id, values }],
    { atomic: true },
  )
  if (!outcome) throw new Error('Erasing personal data came to nothing')
  if ('error' in outcome) throw outcome.error
  return outcome
}

function emptied(marked: readonly FieldModel[], id: string): StoredValues {
  return Object.fromEntries(marked.map((field) => [field.name, emptyValue(field, id)]))
}

function emptyValue(
  { isRequired, isUnique, type, definition }: FieldModel,
  id: string,
): string | boolean | null {
  if (type.name === 'checkbox') return false
  if (!isRequired) return null
  // Of several with the same text only one may be there.
  const text = isUnique ? id.slice(-12) : ERASED_TEXT
  return text.slice(0, definition.max_length)
}
