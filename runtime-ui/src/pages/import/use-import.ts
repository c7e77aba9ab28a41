import type { DescribedObject, ImportJob } from '@trellis/metamodel'
import { computed, type ComputedRef, onScopeDispose, ref, type Ref, shallowRef } from 'vue'

import { type ColumnMapping, loadImport, startImport, undoImport } from '../../api/index.ts'
import {
  checkMapping, mapColumns, type MappedColumn, type MappingFaults, mapTo, matchFields,
} from '../../screens/import-mapping.ts'
import { decodeText, parseCsv } from '../../screens/parse-csv.ts'

export type ImportStep = 'file' | 'map' | 'check' | 'run'
export const MOST_BYTES = 50 * 1024 * 1024
const PREVIEW_BYTES = 4 * 1024 * 1024
const LOOK_AGAIN_MS = 700

export interface ImportScreen {
  step: Ref<ImportStep>
  file: Ref<File | undefined>
  columns: Ref<MappedColumn[]>
  mode: Ref<ImportJob['mode']>
  matchField: Ref<string>
  faults: ComputedRef<MappingFaults>
  isReady: ComputedRef<boolean>
  /** The job of the step: the dry run, then the import. */
  job: Ref<ImportJob | undefined>
  isBusy: Ref<boolean>
  failure: Ref<unknown>
  /** Reads a file; false if there is nothing in it. */
  open: (file: File) => Promise<boolean>
  assign: (index: number, field: string) => void
  check: () => Promise<void>
  run: () => Promise<void>
  undo: () => Promise<void>
  restart: () => void
}

/** The way of a file into an object: read here for its columns, checked and imported by the server. */
export function useImport(object: () => DescribedObject): ImportScreen {
  const step = ref<ImportStep>('file')
  const file = shallowRef<File>()
  const columns = ref<MappedColumn[]>([])
  const mode = ref<ImportJob['mode']>('create')
  const matchField = ref('')
  const job = shallowRef<ImportJob>()
  const isBusy = ref(false)
  const failure = shallowRef<unknown>()
  let rows: string[][] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))

  const faults = computed(() => checkMapping(object(), columns.value, mode.value !== 'update'))
  const isReady = computed(() => {
    const { missing, twice } = faults.value
    const used = columns.value.map(({ field }) => field).filter((name) => name !== '')
    const isMatched = mode.value === 'create' || used.includes(matchField.value)
    return used.length > 0 && missing.length === 0 && twice.length === 0 && isMatched
  })

  async function open(given: File): Promise<boolean> {
    const bytes = await given.slice(0, PREVIEW_BYTES).arrayBuffer()
    const table = parseCsv(decodeText(bytes, given.size <= PREVIEW_BYTES))
    if (table.header.length === 0 || table.rows.length === 0) return false
    // A preview that was cut may end within a row.
    rows = table.isCut || given.size > PREVIEW_BYTES ? table.rows.slice(0, -1) : table.rows
    file.value = given
    columns.value = mapColumns(object(), table.header, rows)
    matchField.value = matchFields(object()).find(({ name }) => columns.value.some(({ field }) => field === name))?.name ?? ''
    step.value = 'map'
    return true
  }

  function assign(index: number, field: string): void {
    const column = columns.value[index]
    const cells = rows.map((row) => row[index] ?? '')
    if (column) columns.value[index] = mapTo(object(), column, field, cells)
  }

  /** Starts a job and follows it to its end. */
  async function follow(isDryRun: boolean): Promise<void> {
    if (file.value === undefined) return
    isBusy.value = true
    failure.value = undefined
    job.value = undefined
    try {
      job.value = await startImport({
        file: file.value,
        object: object().name,
        mapping: wireMapping(columns.value),
        mode: mode.value,
        ...(mode.value === 'create' ? {} : { matchField: matchField.value }),
        dryRun: isDryRun,
      })
      while (job.value && isUnderWay(job.value)) {
        await new Promise((resolve) => (timer = setTimeout(resolve, LOOK_AGAIN_MS)))
        job.value = await loadImport(job.value.id)
      }
    } catch (error) {
      failure.value = error
    } finally {
      isBusy.value = false
    }
  }

  async function check(): Promise<void> {
    step.value = 'check'
    await follow(true)
  }

  async function run(): Promise<void> {
    step.value = 'run'
    await follow(false)
  }

  async function undo(): Promise<void> {
    if (job.value === undefined) return
    try {
      job.value = await undoImport(job.value.id)
    } catch (error) {
      failure.value = error
    }
  }

  function restart(): void {
    step.value = 'file'
    file.value = undefined
    job.value = undefined
    failure.value = undefined
  }

  return {
    step, file, columns, mode, matchField, faults, isReady, job, isBusy, failure,
    open, assign, check, run, undo, restart,
  }
}

function isUnderWay({ status }: ImportJob): boolean {
  return status === 'pending' || status === 'running'
}

function wireMapping(columns: readonly MappedColumn[]): Record<string, ColumnMapping | null> {
  return Object.fromEntries(
    columns.map(({ header, field, values }) => {
      if (field === '') return [header, null]
      const decided = Object.entries(values).filter(([, code]) => code !== '')
      return [header, decided.length > 0 ? { field, values: Object.fromEntries(decided) } : { field }]
    }),
  )
}
