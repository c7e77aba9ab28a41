import { useQueryClient } from '@tanstack/vue-query'
import { useI18n } from 'vue-i18n'

import { invalidateRecords, isApiError } from '../../api/index.ts'
import { formatValue, useFieldContext } from '../../fields/index.ts'
import type { CellOutcome, SaveCell } from '../../renderer/use-cell-editing.ts'
import { updateKnowingly } from '../record/save-knowingly.ts'
import type { RecordList } from './use-record-list.ts'

/**
 * Saves one cell. Somebody else's newer value is put into the row and named, so that saving again is a decision;
 * every other refusal is told in the server's words.
 */
export function useCellSave(
  object: () => string,
  list: RecordList,
  select: () => string[],
): SaveCell {
  const { t } = useI18n()
  const context = useFieldContext()
  const client = useQueryClient()

  return async (record, field, value): Promise<CellOutcome> => {
    // The row as it is now, not as it was when the cell was opened: saving twice in a row is no conflict.
    const version = list.records.value.find(({ id }) => id === record.id)?.version ?? record.version
    try {
      const saved = await updateKnowingly(object(), record.id, {
        values: { [field.name]: value },
        version,
      })
      list.replace(saved)
      if (select().some((path) => path.startsWith(`${field.name}.`))) {
        await list.refreshRow(record.id)
      }
      void invalidateRecords(client)
      return { ok: true }
    } catch (error) {
      if (isApiError(error, 412) && error.record) {
        list.replace(error.record)
        return { ok: false, message: conflictText(error.record, field) }
      }
      return { ok: false, message: refusalText(error, field.name) }
    }
  }

  function conflictText(current: Record<string, unknown>, field: Parameters<SaveCell>[1]): string {
    const by = current['updated_by']
    const name =
      typeof by === 'object' && by !== null && 'name' in by
        ? String(by.name)
        : t('lists.cell_conflict_someone')
    const value =
      formatValue(field, current[field.name], { context, record: current }) ||
      t('lists.cell_conflict_empty')
    return t('lists.cell_conflict', { who: name, value })
  }

  function refusalText(error: unknown, field: string): string {
    if (!isApiError(error)) return t('common.failed')
    const own = error.errors.filter(({ path }) => path === field || path === '')
    const told = own.length > 0 ? own : error.errors
    return told.length > 0 ? told.map(({ message }) => message).join(' ') : error.message
  }
}
