import { useQueryClient } from '@tanstack/vue-query'
import { ElMessageBox } from 'element-plus'
import { useI18n } from 'vue-i18n'

import { invalidateRecords } from '../../api/index.ts'
import { notify } from '../../ui/index.ts'
import { type MassOutcome, type MassTargets, restoreAll, useMassChange } from './use-mass-change.ts'

const ASKED_FROM = 20

export interface DeletedThings {
  targets: MassTargets
  count: number
  label: string
}

/** Deletes records at once and offers to take it back; asks first only when they are many. */
export function useMassDelete(): (
  things: DeletedThings,
  onChange: (outcome?: MassOutcome) => void,
) => Promise<void> {
  const { t, n } = useI18n()
  const client = useQueryClient()
  const { run } = useMassChange()

  async function isWanted({ count, label }: DeletedThings): Promise<boolean> {
    if (count < ASKED_FROM) return true
    try {
      await ElMessageBox.confirm(
        t('lists.mass_delete_hint'),
        t('lists.mass_delete_title', { n: n(count), name: label }),
        {
          confirmButtonText: t('lists.mass_delete_apply', { n: n(count) }),
          cancelButtonText: t('common.cancel'),
          confirmButtonType: 'danger',
        },
      )
      return true
    } catch {
      return false
    }
  }

  return async (things, onChange) => {
    if (!(await isWanted(things))) return
    const { targets } = things
    const outcome = await run(targets, (id) => ({ op: 'delete', id }))
    onChange(outcome)
    void invalidateRecords(client)
    if (outcome.failures.length > 0) {
      const [first] = outcome.failures
      notify(
        `${t('lists.mass_failed', { n: n(outcome.failures.length) })} ${first?.message ?? ''}`,
        { tone: 'danger' },
      )
    }
    if (outcome.done.length === 0) return
    notify(t('lists.mass_deleted', { n: n(outcome.done.length) }), {
      action: {
        label: t('common.undo'),
        run: () => void undo(targets.object, outcome.done, onChange),
      },
    })
  }

  async function undo(object: string, ids: readonly string[], onChange: () => void): Promise<void> {
    const restored = await restoreAll(object, ids)
    notify(t('lists.mass_restored', { n: n(restored) }))
    onChange()
    void invalidateRecords(client)
  }
}
