import type { Locale, WireFile, WireReference } from '@trellis/metamodel'
import { inject, type InjectionKey } from 'vue'

import type { RecordPlace } from './field-props.ts'

/** The reader for whom values are written out. */
export interface FieldContext {
  locale: Locale
  /** IANA name, e.g. `Asia/Shanghai`. */
  timeZone: string
  /** ISO 4217, e.g. `CNY`. */
  currency: string
}

/** A record that a look-up offers; `detail` tells it from one of the same name. */
export interface FoundRecord {
  id: string
  name: string
  detail?: string | null
}

/** Where fields get records from: the pages connect it with the server, the studio's preview with a sample. */
export interface DataPort {
  /** Records of an object by what was typed; with an empty text the recent ones. */
  searchRecords: (
    object: string,
    text: string,
    signal?: AbortSignal,
    where?: unknown,
  ) => Promise<FoundRecord[]>
  /** The address of a record's page; without it references are plain text. */
  recordLink?: (object: string, id: string) => string
  /** What tells a record from others of its name, in a line. */
  describeRecord?: (object: string, id: string) => Promise<string>
  /** What the records of an object are called. */
  objectLabel?: (object: string) => string | undefined
  /** The value behind the mask of a field; each time is counted. @throws Error with the reason, in words */
  revealValue?: (place: RecordPlace, field: string) => Promise<unknown>
  /** Uploads a file, telling how much of it is done (0 to 1). @throws Error with the reason, in words */
  uploadFile?: (
    file: File,
    options: { signal: AbortSignal; onProgress: (done: number) => void },
  ) => Promise<WireFile>
  /** The address of a file, to download it or to show it as a picture. */
  fileLink?: (id: string, isInline?: boolean) => string
  /** Whether the person may make records of an object. */
  mayCreate?: (object: string) => boolean
  /** Lets the person make a record in place; null if they think better of it. */
  createRecord?: (object: string, name: string) => Promise<WireReference | null>
}

export const fieldContextKey: InjectionKey<FieldContext> = Symbol('fieldContext')
export const dataPortKey: InjectionKey<DataPort> = Symbol('dataPort')

const UNKNOWN_READER: FieldContext = { locale: 'zh-CN', timeZone: 'Asia/Shanghai', currency: 'CNY' }
const NO_DATA: DataPort = { searchRecords: () => Promise.resolve([]) }

/** The reader of the part of the page in which this is called. */
export function useFieldContext(): FieldContext {
  return inject(fieldContextKey, UNKNOWN_READER)
}

export function useDataPort(): DataPort {
  return inject(dataPortKey, NO_DATA)
}
