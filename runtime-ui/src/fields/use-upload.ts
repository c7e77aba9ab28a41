import { judgeFile, type WireFile } from '@trellis/metamodel'
import { onBeforeUnmount, ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { notify } from '../ui/index.ts'
import type { FieldInputProps } from './field-props.ts'
import { fileLimitsOf } from './file-value.ts'
import { usePendingUploads } from './pending-uploads.ts'
import { useDataPort, useFieldContext } from './ports.ts'

/** An upload under way: whose name, and how much of it is done, from 0 to 1. */
interface Upload {
  name: string
  done: number
}

interface Uploading {
  upload: Ref<Upload | undefined>
  /** What was wrong with the last one, in words; else empty. */
  problem: Ref<string>
  start(files: readonly File[]): Promise<void>
  cancel(): void
  /** Whether there is a server to upload to. */
  isPossible: boolean
}

/** Uploads one file for a field: how far it is, what was wrong in words, and a way to think better of it. */
export function useUpload(
  field: () => FieldInputProps['field'],
  take: (file: WireFile) => void,
): Uploading {
  const { t } = useI18n()
  const port = useDataPort()
  const context = useFieldContext()
  const upload = ref<Upload>()
  const problem = ref('')
  let running: AbortController | undefined
  const register = usePendingUploads()
  onBeforeUnmount(() => {
    // A field that goes while its upload runs does not take the file away unsaid.
    if (upload.value) notify(t('files.dropped', { name: upload.value.name }), { tone: 'danger' })
    cancel()
  })

  function refuse(fault: ReturnType<typeof judgeFile>): boolean {
    problem.value = fault?.message[context.locale] ?? ''
    return fault !== undefined
  }

  function start(files: readonly File[]): Promise<void> {
    const sent = send(files)
    register(sent.then(() => problem.value === ''))
    return sent
  }

  async function send(files: readonly File[]): Promise<void> {
    const [file, ...others] = files
    if (!file || !port.uploadFile) return
    if (others.length > 0) {
      problem.value = t('files.one_only')
      return
    }
    problem.value = ''
    const limits = fileLimitsOf(field())
    const facts = { size: file.size, type: file.type, width: null, height: null }
    // What the file is, its bytes say to the server; here only its size is known.
    if (limits && refuse(judgeFile({ ...limits, types: null }, facts))) return
    running?.abort()
    const mine = (running = new AbortController())
    upload.value = { name: file.name, done: 0 }
    try {
      const made = await port.uploadFile(file, {
        signal: mine.signal,
        onProgress: (done) => {
          if (running === mine) upload.value = { name: file.name, done }
        },
      })
      const known = { ...made, width: null, height: null }
      if (running === mine && !(limits && refuse(judgeFile(limits, known)))) take(made)
    } catch (error) {
      if (!mine.signal.aborted) problem.value = wordsOf(error)
    } finally {
      if (running === mine) upload.value = undefined
    }
  }

  function wordsOf(error: unknown): string {
    return error instanceof Error && error.message !== '' ? error.message : t('files.failed')
  }

  function cancel(): void {
    running?.abort()
    running = undefined
    upload.value = undefined
  }

  return { upload, problem, start, cancel, isPossible: port.uploadFile !== undefined }
}
