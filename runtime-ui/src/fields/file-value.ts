import {
  createFieldTypes,
  type DescribedField,
  type FileLimits,
  MEGABYTE,
  type WireFile,
} from '@trellis/metamodel'

import { formatNumber } from './format-number.ts'
import type { FieldContext } from './ports.ts'

const FIELD_TYPES = createFieldTypes()

/** A value as a file, if it is one. */
export function asFile(value: unknown): WireFile | undefined {
  return typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'size' in value &&
    typeof value.id === 'string'
    ? (value as WireFile)
    : undefined
}

/** What a field asks of a file; undefined for a field that takes none. */
export function fileLimitsOf({
  type,
  options,
}: Pick<DescribedField, 'type' | 'options'>): FileLimits | undefined {
  return FIELD_TYPES.get(type)?.fileLimits?.(options)
}

/** Whether values of a type are uploaded files. */
export function isFileType(type: string): boolean {
  return FIELD_TYPES.get(type)?.fileLimits !== undefined
}

const KILOBYTE = 1024

/** @example formatSize(1_500_000, 'en-US') // '1.4 MB' */
export function formatSize(bytes: number, locale: FieldContext['locale']): string {
  if (bytes < KILOBYTE) return `${bytes} B`
  if (bytes < MEGABYTE) return `${Math.round(bytes / KILOBYTE)} KB`
  const isRound = bytes % MEGABYTE === 0
  return `${formatNumber(bytes / MEGABYTE, locale, isRound ? 0 : 1)} MB`
}

const ICONS: readonly (readonly [RegExp, string])[] = [
  [/^image\//, 'image'],
  [/sheet|csv|excel/, 'file-spreadsheet'],
  [/zip|7z|rar|tar/, 'archive'],
  [/pdf|word|text|cfb/, 'file-text'],
]

/** The icon of a media type. */
export function fileIcon(type: string): string {
  return ICONS.find(([pattern]) => pattern.test(type))?.[1] ?? 'file'
}

// What Word, Excel and PowerPoint wrote before 2007 has one type by its bytes, and three by its name.
const OLD_OFFICE = ['.doc', '.xls', '.ppt']

/** What the file dialog of the browser offers for a field; empty for everything. */
export function acceptOf(limits: FileLimits | undefined): string {
  const types = limits?.types ?? []
  return types.flatMap((type) => (type === 'application/x-cfb' ? OLD_OFFICE : type)).join(',')
}
