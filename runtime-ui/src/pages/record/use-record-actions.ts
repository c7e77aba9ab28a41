import { useQueryClient } from '@tanstack/vue-query'
import type { Overview } from '@trellis/metamodel'
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import {
  actOnWorkItem,
  deleteRecord,
  invalidateApprovals,
  invalidateRecords,
  isApiError,
  recallApproval,
  restoreRecord,
  submitForApproval,
} from '../../api/index.ts'
import type { ApprovalAct } from '../../renderer/ApprovalBanner.vue'
import { useNavigation } from '../../stores/navigation.ts'
import { notify } from '../../ui/index.ts'
import { errorsOf } from './use-record-editor.ts'

export interface RecordActions {
  isBusy: Ref<boolean>
  remove(): Promise<void>
  submit(comment: string): Promise<boolean>
  act(act: ApprovalAct): Promise<void>
}

/** What can be done with a record as a whole: delete with undo, send for approval, decide, take back. */
export function useRecordActions(
  object: () => string,
  overview: () => Overview | undefined,
): RecordActions {
  const { t } = useI18n()
  const client = useQueryClient()
  const router = useRouter()
  const navigation = useNavigation()
  const isBusy = ref(false)

  /** Runs one action at a time; a refusal is said, and afterwards everything shows what is so now. */
  async function run(action: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    try {
      await action()
      return true
    } catch (error) {
      if (!isApiError(error)) throw error
      notify(
        errorsOf(error)
          .map(({ message }) => message)
          .join(' '),
        { tone: 'danger' },
      )
      return false
    } finally {
      isBusy.value = false
      await Promise.all([invalidateRecords(client), invalidateApprovals(client)])
    }
  }

  async function remove(): Promise<void> {
    const record = overview()?.record
    if (!record) return
    const name = object()
    const isGone = await run(async () => {
      await deleteRecord(name, record.id)
      navigation.forget(record.id)
      // The page of a record that is gone has nothing to show any more.
      await router.push(`/o/${name}`)
    })
    if (!isGone) return
    const undo = async (): Promise<void> => {
      const isBack = await run(() => restoreRecord(name, record.id))
      if (isBack) await router.push(`/o/${name}/${record.id}`)
    }
    notify(t('records.deleted_named', { name: record.name }), {
      action: { label: t('common.undo'), run: () => void undo() },
    })
  }

  return {
    isBusy,
    remove,
    submit: (comment) =>
      run(() =>
        submitForApproval({
          object: object(),
          record: overview()?.record.id ?? '',
          ...(comment ? { comment } : {}),
        }),
      ),
    async act({ act, id, comment }) {
      await run(() =>
        act === 'recall' ? recallApproval(id, comment) : actOnWorkItem(id, act, comment),
      )
    },
  }
}
