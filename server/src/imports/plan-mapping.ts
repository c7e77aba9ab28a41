import {
  isTold,
  type FieldModel,
  type Message,
  nearest,
  type ObjectModel,
  ownFields,
} from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { type Failure, failure, message } from '../errors.ts'
import type { ColumnPlan, ImportOptions } from './import-job.ts'

/** Where a column goes, as it is asked for: a field, one with details, or null to leave the column out. */
export type AskedColumn =
  | string
  | null
  | {
      field: string
      by?: string
      values?: Readonly<Record<string, string>>
      aliases?: Readonly<Record<string, string>>
    }

/** What is asked of an import, besides its file. */
export interface AskedImport {
  mode: ImportOptions['mode']
  match_field?: string
  /** By header; without it, columns go to the fields of their name or label. */
  mapping?: Readonly<Record<string, AskedColumn>>
}

/** Where every column goes, or everything that is wrong with what was asked. */
export interface PlannedMapping {
  columns: ColumnPlan[]
  notes: Message[]
  failures: Failure[]
}

/** Decides where the columns of a file go, for this reader's rights. */
export function planMapping(
  reader: Reader,
  object: ObjectModel,
  header: readonly string[],
  asked: AskedImport,
): PlannedMapping {
  const failures = checkHeader(header)
  const notes: Message[] = []
  const columns =
    asked.mapping === undefined
      ? mapByName(reader, object, header, asked)
      : mapAsAsked(reader, { object, header, mapping: asked.mapping, asked }, failures)
  checkTwice(columns, failures)
  checkMatch(reader, object, { columns, asked }, failures)
  if (columns.length === 0 && failures.length === 0) {
    failures.push(
      failure(
        'mapping',
        'nothing_mapped',
        message('No column goes to a field', '没有任何列对应到字段'),
      ),
    )
  }
  const used = new Set(columns.map(({ index }) => index))
  const left = header.flatMap((name, index) =>
    used.has(index) ? [] : [name === '' ? `#${index + 1}` : name],
  )
  if (left.length > 0) {
    notes.push(
      message(
        `Columns left out: ${left.join(', ').slice(0, 500)}`,
        `未导入的列：${left.join('、').slice(0, 500)}`,
      ),
    )
  }
  return { columns, notes, failures }
}

function checkHeader(header: readonly string[]): Failure[] {
  if (header.every((name) => name === '')) {
    return [
      failure('file', 'empty_header', message('The first row names no column', '首行没有列名')),
    ]
  }
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const name of header) {
    if (name !== '' && seen.has(name)) twice.add(name)
    seen.add(name)
  }
  return [...twice].map((name) =>
    failure(
      'file',
      'duplicate_header',
      message(`The header has "${name}" twice`, `表头中“${name}”重复`),
    ),
  )
}

const plain = (word: string): string => word.normalize('NFKC').trim().toLowerCase()

/** Columns whose header is the name or the label of a field, in either language; the first one takes a field. */
function mapByName(
  reader: Reader,
  object: ObjectModel,
  header: readonly string[],
  asked: AskedImport,
): ColumnPlan[] {
  const byWord = new Map<string, FieldModel>()
  for (const field of ownFields(object.fields.values())) {
    if (refusalOf(reader, field, asked) !== undefined) continue
    const labels = typeof field.label === 'string' ? [field.label] : Object.values(field.label)
    for (const word of [field.name, ...labels]) {
      if (!byWord.has(plain(word))) byWord.set(plain(word), field)
    }
  }
  const taken = new Set<string>()
  return header.flatMap((name, index) => {
    const field = byWord.get(plain(name))
    if (!field || taken.has(field.name)) return []
    taken.add(field.name)
    return [{ index, header: name, field: field.name }]
  })
}

interface MappingAt {
  object: ObjectModel
  header: readonly string[]
  mapping: NonNullable<AskedImport['mapping']>
  asked: AskedImport
}

function mapAsAsked(
  reader: Reader,
  { object, header, mapping, asked }: MappingAt,
  failures: Failure[],
): ColumnPlan[] {
  return Object.entries(mapping).flatMap(([name, wish]) => {
    const path = `mapping.${name}`
    const index = header.indexOf(name.trim())
    if (index < 0) {
      const suggestion = nearest(name, header)
      const hint =
        suggestion === undefined
          ? ['', '']
          : [`. Did you mean "${suggestion}"?`, `，是否想写“${suggestion}”？`]
      failures.push(
        failure(
          path,
          'unknown_column',
          message(`The file has no column "${name}"${hint[0]}`, `文件中没有“${name}”列${hint[1]}`),
          suggestion === undefined ? {} : { suggestion },
        ),
      )
      return []
    }
    if (wish === null) return []
    const { field: word, ...details } = typeof wish === 'string' ? { field: wish } : wish
    // `account.code` is the field `account` by its unique field `code`.
    const [fieldName = '', by] = word.includes('.') ? word.split('.') : [word, details.by]
    const field = object.fields.get(fieldName)
    const problem =
      field === undefined
        ? unknownField(reader, object, fieldName)
        : (refusalOf(reader, field, asked) ??
          checkDetails(reader, field, { ...details, ...(by === undefined ? {} : { by }) }))
    if (problem) {
      failures.push({ ...problem, path })
      return []
    }
    return [
      {
        index,
        header: header[index] ?? name,
        field: fieldName,
        ...details,
        ...(by === undefined ? {} : { by }),
      },
    ]
  })
}

function unknownField(reader: Reader, object: ObjectModel, name: string): Failure {
  const known = ownFields(object.fields.values())
    .filter((field) => isTold(reader.actor.rights.field(field)))
    .map((field) => field.name)
  const suggestion = nearest(name, known)
  const hint =
    suggestion === undefined
      ? ['', '']
      : [`. Did you mean "${suggestion}"?`, `，是否想写“${suggestion}”？`]
  return failure(
    '',
    'unknown_field',
    message(
      `${object.name} has no field "${name}"${hint[0]}`,
      `${object.name} 没有字段“${name}”${hint[1]}`,
    ),
    suggestion === undefined ? {} : { suggestion },
  )
}

/** Why a column may not go to a field; undefined if it may. */
function refusalOf(reader: Reader, field: FieldModel, asked: AskedImport): Failure | undefined {
  const access = reader.actor.rights.field(field)
  if (access === 'none') {
    return failure(
      '',
      'unknown_field',
      message(`There is no field "${field.name}"`, `没有字段“${field.name}”`),
    )
  }
  const isMatched = field.name === asked.match_field && (field.name === 'id' || field.isReadOnly)
  if (isMatched && isTold(access)) return undefined
  if (field.type.fileLimits) {
    return failure(
      '',
      'not_importable',
      message(
        `"${field.name}" takes a file, which no table holds`,
        `“${field.name}”是文件字段，不能通过表格导入`,
      ),
    )
  }
  if (field.isReadOnly || (field.isSystem && field.name !== 'owner')) {
    return failure(
      '',
      'read_only',
      message(`The system fills "${field.name}"`, `字段“${field.name}”由系统填写`),
    )
  }
  if (access !== 'edit') {
    return failure(
      '',
      'forbidden',
      message(
        `You may not change the field "${field.name}"`,
        `您没有修改字段“${field.name}”的权限`,
      ),
    )
  }
  return undefined
}

function checkDetails(
  reader: Reader,
  field: FieldModel,
  { by, values }: { by?: string; values?: Readonly<Record<string, string>> },
): Failure | undefined {
  if (by !== undefined) return checkBy(reader, field, by)
  if (values === undefined) return undefined
  if (!field.values) {
    return failure(
      '',
      'no_picklist',
      message(
        `"${field.name}" has no values to map to; aliases serve other fields`,
        `“${field.name}”不是选项字段；其他字段请用 aliases`,
      ),
    )
  }
  const codes = field.values.map((value) => value.code)
  const wrong = Object.values(values).find((code) => !codes.includes(code))
  if (wrong === undefined) return undefined
  const suggestion = nearest(wrong, codes)
  return failure(
    '',
    'unknown_value',
    message(
      `"${wrong}" is not one of the values of "${field.name}"`,
      `“${wrong}”不在“${field.name}”的可选值之中`,
    ),
    suggestion === undefined ? {} : { suggestion },
  )
}

function checkBy(reader: Reader, field: FieldModel, by: string): Failure | undefined {
  if (field.members) {
    return field.members.map((one) => checkBy(reader, one, by)).find((one) => one !== undefined)
  }
  const target = reader.release.model.objects.get(field.target ?? '')
  if (!target) {
    return failure(
      '',
      'no_reference',
      message(`"${field.name}" refers to nothing`, `“${field.name}”不是引用字段`),
    )
  }
  const key = target.fields.get(by)
  const isUsable =
    key &&
    (key.isUnique || key.name === 'name' || key.name === 'id') &&
    isTold(reader.actor.rights.field(key))
  if (isUsable) return undefined
  return failure(
    '',
    'unknown_field',
    message(
      `"${by}" is no unique field of ${target.name}`,
      `“${by}”不是 ${target.name} 的唯一字段`,
    ),
  )
}

function checkTwice(columns: readonly ColumnPlan[], failures: Failure[]): void {
  for (const [field, group] of Map.groupBy(columns, (column) => column.field)) {
    if (group.length < 2) continue
    const headers = group.map(({ header }) => `"${header}"`).join(', ')
    failures.push(
      failure(
        'mapping',
        'mapped_twice',
        message(
          `${headers} go to the same field "${field}"`,
          `${headers} 对应到同一字段“${field}”`,
        ),
      ),
    )
  }
}

function checkMatch(
  reader: Reader,
  object: ObjectModel,
  {
    columns,
    asked: { mode, match_field: match },
  }: { columns: readonly ColumnPlan[]; asked: AskedImport },
  failures: Failure[],
): void {
  const refuse = (code: string, en: string, zh: string): void =>
    void failures.push(failure('match_field', code, message(en, zh)))
  if (mode === 'create') {
    if (match !== undefined) {
      refuse('unknown_parameter', 'Creating matches no records', '新建模式不需要匹配字段')
    }
    return
  }
  if (match === undefined) {
    return refuse('required', `The mode "${mode}" needs a match field`, `“${mode}”模式需要匹配字段`)
  }
  const field = object.fields.get(match)
  const isUsable =
    field &&
    isTold(reader.actor.rights.field(field)) &&
    (field.isUnique || (match === 'id' && mode === 'update'))
  if (!isUsable) {
    return refuse(
      'unknown_field',
      `"${match}" is no unique field of ${object.name}`,
      `“${match}”不是 ${object.name} 的唯一字段`,
    )
  }
  if (mode === 'upsert' && field.isReadOnly) {
    return refuse(
      'read_only',
      `The system fills "${match}": only the mode "update" can match by it`,
      `“${match}”由系统填写，只能在更新模式下匹配`,
    )
  }
  if (!columns.some((column) => column.field === match)) {
    refuse(
      'unmapped_match_field',
      `No column goes to the match field "${match}"`,
      `没有列对应到匹配字段“${match}”`,
    )
  }
}
