import { useQuery, useQueryClient } from '@tanstack/vue-query'
import type { WireRecord } from '@trellis/metamodel'
import { computed, type ComputedRef, reactive, type Ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { aggregateRecords, isApiError, listRecords } from '../../api/index.ts'
import type { KanbanColumn, KanbanMove } from '../../renderer/kanban-types.ts'
import { notify } from '../../ui/index.ts'
import {
  type Board,
  type BoardColumn,
  boardTotals,
  columnQuery,
  resolveColumns,
} from './resolve-board.ts'

/** A column with its first page. */
interface LoadedColumn extends BoardColumn {
  count: number | null
  sum: number | null
  records: WireRecord[]
  next: string | null
}

export interface BoardColumns {
  columns: ComputedRef<KanbanColumn[]>
  isLoading: ComputedRef<boolean>
  error: Ref<unknown>
  reload(): void
  loadMore(value: string | null): Promise<void>
  /** Puts a card into its new column before the server has been asked again. */
  place(move: KanbanMove, saved: WireRecord): void
}

type Total = Record<string, unknown>

/** Loads a board: counts and sums of all columns in one call, then the columns side by side, each by its own pages. */
export function useBoard(board: () => Board): BoardColumns {
  const { t } = useI18n()
  const client = useQueryClient()
  const key = computed(() => {
    const { object, ...asked } = board()
    return ['records', object.name, 'board', asked] as const
  })

  async function load(signal: AbortSignal): Promise<LoadedColumn[]> {
    const shown = board()
    const totals = shown.q === '' ? await loadTotals(shown, signal) : null
    const counts =
      totals && new Map([...totals].map(([value, total]) => [value, Number(total['count'] ?? 0)]))
    const columns = resolveColumns(shown, counts, t('records.board.no_value'))
    return Promise.all(columns.map((column) => loadColumn(shown, column, { totals, signal })))
  }

  const { data, error, isPending, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => load(signal),
    enabled: computed(() => board().groupBy !== ''),
  })

  const later = useLaterPages(board)
  watch(data, () => later.forget())

  function place({ record, from, to }: KanbanMove, saved: WireRecord): void {
    const { sum } = board()
    later.remove(from, record.id)
    const moved = { ...record, ...saved }
    client.setQueryData(key.value, (old: LoadedColumn[] | undefined) =>
      old?.map((column) => {
        const others = column.records.filter(({ id }) => id !== record.id)
        const amount = sum === null ? 0 : Number(moved[sum] ?? 0)
        const former = sum === null ? 0 : Number(record[sum] ?? 0)
        if (column.value === to) {
          return { ...column, ...added(column, 1, amount), records: [moved, ...others] }
        }
        if (column.value === from) {
          return { ...column, ...added(column, -1, -former), records: others }
        }
        return column
      }),
    )
  }

  return {
    columns: computed(() =>
      (data.value ?? []).map((column) => shownColumn(column, later.pages.get(column.value))),
    ),
    isLoading: computed(() => isPending.value),
    error,
    reload: () => void refetch(),
    async loadMore(value) {
      const column = data.value?.find((one) => one.value === value)
      if (column) await later.load(column)
    },
    place,
  }
}

/** What was loaded of a column behind its first page. */
interface LaterPages {
  records: WireRecord[]
  next: string | null
  isLoading: boolean
}

function shownColumn(column: LoadedColumn, more: LaterPages | undefined): KanbanColumn {
  const { value, label, color, count, sum } = column
  return {
    value,
    label,
    color,
    count,
    sum,
    records: [...column.records, ...(more?.records ?? [])],
    hasMore: (more ? more.next : column.next) !== null,
    isLoading: more?.isLoading ?? false,
  }
}

interface LaterColumns {
  pages: ReadonlyMap<string | null, LaterPages>
  load(column: LoadedColumn): Promise<void>
  remove(value: string | null, id: string): void
  forget(): void
}

/** Pages behind the first, by column; gone when the board is loaded anew. */
function useLaterPages(board: () => Board): LaterColumns {
  const pages = reactive(new Map<string | null, LaterPages>())
  return {
    pages,
    async load(column) {
      const more = pages.get(column.value) ?? { records: [], next: column.next, isLoading: false }
      if (more.isLoading || more.next === null) return
      pages.set(column.value, { ...more, isLoading: true })
      try {
        const page = await listRecords(board().object.name, columnQuery(board(), column, more.next))
        pages.set(column.value, {
          records: [...more.records, ...page.records],
          next: page.next_cursor,
          isLoading: false,
        })
      } catch (failure) {
        if (!isApiError(failure)) throw failure
        pages.set(column.value, { ...more, isLoading: false })
        notify(failure.message, { tone: 'danger' })
      }
    },
    remove(value, id) {
      const more = pages.get(value)
      if (more) {
        pages.set(value, { ...more, records: more.records.filter((record) => record.id !== id) })
      }
    },
    forget: () => pages.clear(),
  }
}

function added(
  { count, sum }: LoadedColumn,
  records: number,
  amount: number,
): Pick<LoadedColumn, 'count' | 'sum'> {
  return { count: count === null ? null : count + records, sum: sum === null ? null : sum + amount }
}

async function loadTotals(board: Board, signal: AbortSignal): Promise<Map<string | null, Total>> {
  const { groups } = await aggregateRecords(board.object.name, boardTotals(board), signal)
  return new Map(groups.map((group) => [(group[board.groupBy] ?? null) as string | null, group]))
}

async function loadColumn(
  board: Board,
  column: BoardColumn,
  { totals, signal }: { totals: Map<string | null, Total> | null; signal: AbortSignal },
): Promise<LoadedColumn> {
  const total = totals?.get(column.value)
  const count = totals ? Number(total?.['count'] ?? 0) : null
  const sum = totals && board.sum !== null ? Number(total?.['sum'] ?? 0) : null
  // A column that is known to be empty need not be asked for.
  if (count === 0) return { ...column, count, sum, records: [], next: null }
  const page = await listRecords(board.object.name, columnQuery(board, column, undefined), signal)
  return { ...column, count, sum, records: page.records, next: page.next_cursor }
}
