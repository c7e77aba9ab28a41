import { type Locale, localize } from '@trellis/metamodel'

import { type DatabaseRefusal, refusalOf } from '../db/index.ts'
import { failure, message, RequestError } from '../errors.ts'
import { describeTables, type TableShape } from '../schema/describe-tables.ts'
import type { Release } from '../schema/release.ts'

/**
 * What a constraint of the database refused, in the words of the metadata. Checks before the write find most
 * of it; two writers at the same moment are told apart only here. What was refused of a record that is written along
 * with one of the object is told with what that is. Undefined if it is no such refusal.
 */
export function mapConstraint(
  release: Release,
  object: string,
  error: unknown,
): RequestError | undefined {
  const refusal = refusalOf(error)
  if (!refusal) return undefined
  const written = objectOf(release, refusal.table) ?? object
  const told = tell(release, written, refusal)
  return told && written !== object ? ofAnother(release, written, told) : told
}

function objectOf(release: Release, table: string | undefined): string | undefined {
  const { tables } = release.physical.names
  return [...tables].find(([, name]) => name === table)?.[0]
}

/** The same refusal for who asked for something of another object. */
function ofAnother(release: Release, name: string, { code, details }: RequestError): RequestError {
  const object = release.model.objects.get(name)
  const place = (path: string, locale: Locale): string => {
    const label = localize(object?.label, locale, name)
    const field = object?.fields.get(path)
    if (!field) return label
    return locale === 'zh-CN'
      ? `${label}“${localize(field.label, locale, path)}”`
      : `${label}, ${localize(field.label, locale, path)}`
  }
  return new RequestError(code, {
    failures: (details.failures ?? []).map((one) =>
      failure(
        '',
        one.code,
        message(
          `${place(one.path, 'en-US')}: ${one.message['en-US']}`,
          `${place(one.path, 'zh-CN')}：${one.message['zh-CN']}`,
        ),
      ),
    ),
  })
}

function tell(
  release: Release,
  object: string,
  refusal: DatabaseRefusal,
): RequestError | undefined {
  const field = fieldOf(release, object, refusal.constraint ?? '', refusal.column ?? '')
  switch (refusal.code) {
    case '23505':
      return combinationAt(release, object, refusal.constraint ?? '') ?? duplicateAt(field)
    case '23503':
      return new RequestError('validation_failed', {
        failures: [
          failure(
            field,
            'unknown_reference',
            message('There is no such record', '引用的记录不存在'),
          ),
        ],
      })
    case '23502':
      return new RequestError('validation_failed', {
        failures: [failure(field, 'required', message('Needs a value', '不能为空'))],
      })
    case '22003':
      return new RequestError('validation_failed', {
        failures: [failure(field, 'too_large', message('The number is too large', '数值过大'))],
      })
    case '54000':
      return new RequestError('validation_failed', {
        failures: [
          failure(
            field,
            'too_long',
            message('The text is too long to be found by', '文本过长，无法建立索引'),
          ),
        ],
      })
    default:
      return undefined
  }
}

/** The refusal of a value of a unique field that another record has. */
export function duplicateAt(field: string): RequestError {
  return new RequestError('duplicate', {
    failures: [
      failure(
        field,
        'duplicate',
        message('Another record has this value already', '已有其他记录使用该值'),
      ),
    ],
  })
}

/** The refusal of values that another record has too, all of them; undefined if the constraint is of one field. */
function combinationAt(
  release: Release,
  object: string,
  constraint: string,
): RequestError | undefined {
  const names = tableOf(release, object)?.indexes.get(constraint)?.fields ?? []
  if (names.length < 2) return undefined
  const fields = release.model.objects.get(object)?.fields
  const said = (locale: Locale, between: string): string =>
    names.map((name) => localize(fields?.get(name)?.label, locale, name)).join(between)
  const text = message(
    `Another record has the same ${said('en-US', ', ')} already`,
    `已有其他记录的${said('zh-CN', '、')}与此相同`,
  )
  return new RequestError('duplicate', {
    failures: names.map((name) => failure(name, 'duplicate', text)),
  })
}

function tableOf(release: Release, object: string): TableShape | undefined {
  const tables = describeTables(release.model, release.physical.names, { hasTrigram: true })
  return [...tables.values()].find((one) => one.object === object)
}

function fieldOf(release: Release, object: string, constraint: string, column: string): string {
  const table = tableOf(release, object)
  const found =
    table?.indexes.get(constraint)?.field ??
    table?.foreignKeys.get(constraint)?.field ??
    table?.columns.get(column)?.field
  return found ?? column
}
