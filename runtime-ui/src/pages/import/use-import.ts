import type { DescribedObject, ImportDuplicates, ImportJob } from '@trellis/metamodel'
import { computed, type ComputedRef, onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'

import {
  type ColumnMapping,
  type ImportRequest,
  loadImport,
  previewImport,
  startImport,
  undoImport,
} from '../../api/index.ts'
import {
  checkMapping,
  mapColumns,
  type MappedColumn,
  type MappingFaults,
  mapTo,
  matchFields,
} from '../../screens/import-mapping.ts'
import { decodeText, parseCsv } from '../../screens/parse-csv.ts'
import { language } from '../../ui/index.ts'

export type ImportStep = 'file' | 'map' | 'check' | 'run'
export const MOST_BYTES = 50 * 1024 * 1024
const PREVIEW_BYTES = 4 * 1024 * 1024
/** Files that the server reads for their preview too. */
const WORKBOOK = /\.xlsx$/i
const LOOK_AGAIN_MS = 700

/** The file and where its columns go. */
export interface ImportFile {
  file: Ref<File | undefined>
  columns: Ref<MappedColumn[]>
  mode: Ref<ImportJob['mode']>
  /** What becomes of rows that duplicate rules warn of. */
  duplicates: Ref<ImportDuplicates>
  matchField: Ref<string>
  faults: ComputedRef<MappingFaults>
  /** Whether the server may be asked to check it. */
  isReady: ComputedRef<boolean>
  /** Reads a file; false if there is nothing in it. @throws ApiError for a workbook that cannot be read */
  open: (file: File) => Promise<boolean>
  assign: (index: number, field: string) => void
}

/** A job on the server, followed to its end: the dry run, then the import. */
export interface FollowedJob {
  job: Ref<ImportJob | undefined>
  isBusy: Ref<boolean>
  failure: Ref<unknown>
  start: (request: ImportRequest) => Promise<void>
  undo: () => Promise<void>
  clear: () => void
}

export interface ImportScreen
  extends ImportFile, Pick<FollowedJob, 'job' | 'isBusy' | 'failure' | 'undo'> {
  step: Ref<ImportStep>
  check: () => Promise<void>
  run: () => Promise<void>
  restart: () => void
}

/** The way of a file into an object: read here for its columns, checked and imported by the server. */
export function useImport(object: () => DescribedObject): ImportScreen {
  const step = ref<ImportStep>('file')
  const source = useImportFile(object)
  const followed = useFollowedJob()

  async function start(isDryRun: boolean): Promise<void> {
    const { file, columns, mode, duplicates, matchField } = source
    if (file.value === undefined) return
    step.value = isDryRun ? 'check' : 'run'
    await followed.start({
      file: file.value,
      object: object().name,
      mapping: wireMapping(columns.value),
      mode: mode.value,
      duplicates: wireDuplicates(mode.value, duplicates.value),
      ...(mode.value === 'create' ? {} : { matchField: matchField.value }),
      dryRun: isDryRun,
    })
  }

  async function open(given: File): Promise<boolean> {
    const hasRows = await source.open(given)
    if (hasRows) step.value = 'map'
    return hasRows
  }

  function restart(): void {
    step.value = 'file'
    source.file.value = undefined
    followed.clear()
  }

  return {
    ...source,
    ...followed,
    step,
    open,
    check: () => start(true),
    run: () => start(false),
    restart,
  }
}

async function previewCsv(file: File): Promise<{ header: string[]; rows: string[][] }> {
  const bytes = await file.slice(0, PREVIEW_BYTES).arrayBuffer()
  const { header, rows, isCut } = parseCsv(decodeText(bytes, file.size <= PREVIEW_BYTES))
  // A preview that was cut may end within a row.
  return { header, rows: isCut || file.size > PREVIEW_BYTES ? rows.slice(0, -1) : rows }
}

function useImportFile(object: () => DescribedObject): ImportFile {
  const file = shallowRef<File>()
  const columns = ref<MappedColumn[]>([])
  const mode = ref<ImportJob['mode']>('create')
  const duplicates = ref<ImportDuplicates>('refuse')
  const matchField = ref('')
  let rows: string[][] = []

  const faults = computed(() => checkMapping(object(), columns.value, mode.value !== 'update'))
  const isReady = computed(() => {
    const used = columns.value.map(({ field }) => field).filter((name) => name !== '')
    const isMatched = mode.value === 'create' || used.includes(matchField.value)
    return (
      used.length > 0 && faults.value.missing.length + faults.value.twice.length === 0 && isMatched
    )
  })

  async function open(given: File): Promise<boolean> {
    const table = WORKBOOK.test(given.name) ? await previewImport(given) : await previewCsv(given)
    if (table.header.length === 0 || table.rows.length === 0) return false
    rows = table.rows
    file.value = given
    columns.value = mapColumns(object(), table.header, rows)
    const mapped = new Set(columns.value.map(({ field }) => field))
    matchField.value = matchFields(object()).find(({ name }) => mapped.has(name))?.name ?? ''
    return true
  }

  function assign(index: number, field: string): void {
    const column = columns.value[index]
    const cells = rows.map((row) => row[index] ?? '')
    if (column) columns.value[index] = mapTo(object(), column, { field, cells })
  }

  return { file, columns, mode, duplicates, matchField, faults, isReady, open, assign }
}

function useFollowedJob(): FollowedJob {
  const job = shallowRef<ImportJob>()
  const isBusy = ref(false)
  const failure = shallowRef<unknown>()
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))

  async function attempt(act: () => Promise<void>): Promise<void> {
    isBusy.value = true
    failure.value = undefined
    try {
      await act()
    } catch (error) {
      failure.value = error
    } finally {
      isBusy.value = false
    }
  }

  async function toItsEnd(started: ImportJob): Promise<void> {
    job.value = started
    while (isUnderWay(job.value)) {
      await new Promise((resolve) => (timer = setTimeout(resolve, LOOK_AGAIN_MS)))
      job.value = await loadImport(started.id)
    }
  }

  function clear(): void {
    job.value = undefined
    failure.value = undefined
  }

  // The reasons for which rows were refused come in the words of the server.
  watch(language, async () => {
    if (job.value && !isBusy.value) job.value = await loadImport(job.value.id)
  })

  return {
    job,
    isBusy,
    failure,
    clear,
    start: (request) => {
      clear()
      return attempt(async () => toItsEnd(await startImport(request)))
    },
    undo: () =>
      attempt(async () => {
        if (job.value) await toItsEnd(await undoImport(job.value.id))
      }),
  }
}

function isUnderWay({ status }: ImportJob): boolean {
  return status === 'pending' || status === 'running'
}

/** Rows that only update have their record already. */
function wireDuplicates(mode: ImportJob['mode'], chosen: ImportDuplicates): ImportDuplicates {
  return mode === 'update' && chosen === 'update' ? 'refuse' : chosen
}

function wireMapping(columns: readonly MappedColumn[]): Record<string, ColumnMapping | null> {
  return Object.fromEntries(
    columns.map(({ header, field, values }) => {
      if (field === '') return [header, null]
      const decided = Object.entries(values).filter(([, code]) => code !== '')
      return [
        header,
        decided.length > 0 ? { field, values: Object.fromEntries(decided) } : { field },
      ]
    }),
  )
}
