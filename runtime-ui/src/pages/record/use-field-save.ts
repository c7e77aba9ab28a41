import { useQueryClient } from '@tanstack/vue-query'
import type { DescribedObject, Overview, WireRecord } from '@trellis/metamodel'
import { reactive, ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { type ApiError, invalidateRecords, isApiError, queryKeys } from '../../api/index.ts'
import { writableValue } from '../../fields/index.ts'
import { updateKnowingly } from './save-knowingly.ts'
import { errorsOf } from './use-record-editor.ts'

export interface FieldSave {
  savingField: Ref<string>
  /** What was refused, by field. */
  errors: Record<string, string>
  save(change: { field: string; value: unknown }): Promise<void>
  clear(field: string): void
  /** Shows a record that was saved elsewhere on the page. */
  show(record: WireRecord): void
}

/** Saves one field of the record that a page shows, in its place. */
export function useFieldSave(
  object: () => DescribedObject | undefined,
  record: () => WireRecord | undefined,
): FieldSave {
  const { t } = useI18n()
  const client = useQueryClient()
  const savingField = ref('')
  const errors = reactive<Record<string, string>>({})

  function show(saved: WireRecord): void {
    const name = object()?.name ?? ''
    client.setQueryData(
      queryKeys.overview(name, saved.id),
      (old: Overview | undefined) => old && { ...old, record: { ...old.record, ...saved } },
    )
    void invalidateRecords(client)
  }

  async function save({ field, value }: { field: string; value: unknown }): Promise<void> {
    const [described, shown] = [object(), record()]
    if (!described || !shown || savingField.value !== '') return
    savingField.value = field
    delete errors[field]
    try {
      const typed = described.fields.find(({ name }) => name === field) ?? { type: 'text' }
      const values = { [field]: writableValue(typed, value) }
      show(await updateKnowingly(described.name, shown.id, { values, version: shown.version }))
    } catch (error) {
      if (!isApiError(error)) throw error
      errors[field] = refusal(error, described, field)
      // The newer record comes onto the page; what was typed stays, and saving again is a choice.
      if (error.record) show(error.record)
    } finally {
      savingField.value = ''
    }
  }

  function refusal(error: ApiError, described: DescribedObject, field: string): string {
    if (error.status === 412) return t('records.changed_meanwhile')
    const labels = new Map(described.fields.map(({ name, label }) => [name, label]))
    const texts = errorsOf(error).map(({ path, message }) =>
      path === field || path === '' ? message : `${labels.get(path) ?? path}: ${message}`,
    )
    return texts.join(' ')
  }

  return {
    savingField,
    errors,
    save,
    show,
    clear(field) {
      delete errors[field]
    },
  }
}
