import Type from 'typebox'

import {
  fault,
  type FieldOptions,
  type FieldType,
  type FieldValue,
  type Parsed,
  wrongType,
} from './field-type.ts'
import type { FileFacts, FileLimits } from './file-limits.ts'
import { isRecordId } from './lookup.ts'

/** A mebibyte, in which the sizes of files are limited. */
export const MEGABYTE = 1024 * 1024
/** The largest file that any field takes, in megabytes. */
export const MAX_FILE_MEGABYTES = 50
/** What a field takes whose `max_size` is left out, in megabytes. */
const USUAL_MEGABYTES = { file: 25, image: 10 } as const
/** The longest side of a picture whose `max_width` or `max_height` is left out, in pixels. */
const USUAL_PIXELS = 12_000

/** Pictures that a browser draws and nothing else: no script, no link, no other document inside. */
export const RASTER_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const

const OFFICE = 'application/vnd.openxmlformats-officedocument'
const OPEN_DOCUMENT = 'application/vnd.oasis.opendocument'
// What Word, Excel and PowerPoint wrote before 2007 is one container: its bytes do not say which of them it was.
const OLD_OFFICE = 'application/x-cfb'

/** The sorts of files that a field can be limited to, and the media types of each. */
const MEDIA_TYPES = {
  pdf: ['application/pdf'],
  image: RASTER_TYPES,
  word: [`${OFFICE}.wordprocessingml.document`, `${OPEN_DOCUMENT}.text`, OLD_OFFICE],
  excel: [`${OFFICE}.spreadsheetml.sheet`, `${OPEN_DOCUMENT}.spreadsheet`, OLD_OFFICE, 'text/csv'],
  slides: [`${OFFICE}.presentationml.presentation`, `${OPEN_DOCUMENT}.presentation`, OLD_OFFICE],
  text: ['text/plain', 'text/csv'],
  archive: ['application/zip', 'application/x-7z-compressed', 'application/x-rar-compressed'],
} as const
export type FileSort = keyof typeof MEDIA_TYPES
export const FILE_SORTS = Object.keys(MEDIA_TYPES) as readonly FileSort[]

const maxSize = Type.Integer({
  minimum: 1,
  maximum: MAX_FILE_MEGABYTES,
  description: 'The largest file, in megabytes; 25 if left out, of pictures 10',
})
const pixels = (what: string): ReturnType<typeof Type.Integer> =>
  Type.Integer({
    minimum: 1,
    maximum: USUAL_PIXELS,
    description: `The greatest ${what} of the picture, in pixels`,
  })

/** Takes `"<id>"` or `{"id": "<id>"}`, with or without what a record tells of the file beside it. */
function parseFile(value: unknown): Parsed {
  if (value === null || value === '') return { value: null }
  const id: unknown = typeof value === 'object' && 'id' in value ? value.id : value
  if (isRecordId(id)) return { value: id.toLowerCase() }
  return wrongType(value, 'the id of an uploaded file', '已上传文件的 id')
}

const attached = {
  expressionType: 'file',
  storage: (): { as: 'reference' } => ({ as: 'reference' }),
  operators: ['is_null'],
  isSortable: false,
  isGroupable: false,
  canBeUnique: false,
  lacks: [
    'default',
    'default_from',
    'derive',
    'sensitive',
    'searchable',
    'index',
    'replaced_values',
    'unconvertible',
  ],
  parse: parseFile,
  // In a list that goes out as a file it stands for itself with its name.
  formatText: (value: FieldValue) => String(Object(value)['name'] ?? ''),
  parseText: (cell: string): Parsed =>
    cell.trim() === ''
      ? { value: null }
      : fault('not_importable', 'Files cannot be imported from a table', '文件不能通过表格导入'),
} as const

/** One uploaded file of any type, or of those that the field accepts. */
export const file: FieldType = {
  ...attached,
  name: 'file',
  options: {
    max_size: maxSize,
    accept: Type.Array(Type.Unsafe<FileSort>({ type: 'string', enum: [...FILE_SORTS] }), {
      minItems: 1,
      uniqueItems: true,
      description: 'The sorts of files that are taken; every sort if left out',
    }),
  },
  fileLimits: (options) => ({
    bytes: sizeOf(options, USUAL_MEGABYTES.file),
    types: typesOf(options['accept']),
  }),
}

/** One uploaded picture, shown as one. */
export const image: FieldType = {
  ...attached,
  name: 'image',
  options: { max_size: maxSize, max_width: pixels('width'), max_height: pixels('height') },
  fileLimits: (options) => ({
    bytes: sizeOf(options, USUAL_MEGABYTES.image),
    types: RASTER_TYPES,
    width: numberOf(options['max_width'], USUAL_PIXELS),
    height: numberOf(options['max_height'], USUAL_PIXELS),
  }),
}

function numberOf(value: unknown, usual: number): number {
  return typeof value === 'number' ? value : usual
}

function sizeOf(options: FieldOptions, usual: number): number {
  return numberOf(options['max_size'], usual) * MEGABYTE
}

function typesOf(accept: unknown): readonly string[] | null {
  if (!Array.isArray(accept)) return null
  return FILE_SORTS.filter((sort) => accept.includes(sort)).flatMap((sort) => MEDIA_TYPES[sort])
}

/**
 * Why a field does not take a file; undefined if it does. Browser and server ask the same question.
 * @example judgeFile(limits, { size: 3e7, type: 'application/pdf', width: null, height: null })?.code // 'file_too_large'
 */
export function judgeFile(
  limits: FileLimits,
  facts: FileFacts,
): ReturnType<typeof fault>['fault'] | undefined {
  const { bytes, types, width, height } = limits
  if (facts.size > bytes) {
    const most = bytes / MEGABYTE
    return fault('file_too_large', `The file may have at most ${most} MB`, `文件最大 ${most} MB`)
      .fault
  }
  if (types !== null && !types.includes(facts.type)) {
    return fault(
      'wrong_file_type',
      'This field does not take files of this type',
      '该字段不接受此类型的文件',
    ).fault
  }
  if (width === undefined || height === undefined) return undefined
  if ((facts.width ?? 0) <= width && (facts.height ?? 0) <= height) return undefined
  return fault(
    'image_too_large',
    `The picture may have at most ${width} × ${height} pixels`,
    `图片最大 ${width} × ${height} 像素`,
  ).fault
}
