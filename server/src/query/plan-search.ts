import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import type { RawBuilder } from 'kysely'

import type { Reader } from '../access/row-filter.ts'
import { plainTextSql } from '../conditions/sql-part-operators.ts'
import { type Failure, failure, message } from '../errors.ts'
import { readableFields } from './field-path.ts'
import type { FromClause } from './from-clause.ts'

const LONGEST = 200

/** The fields that a text is looked for in: the name, and what is marked searchable, if the reader may see it. */
export function searchFields(reader: Reader, object: ObjectModel): FieldModel[] {
  return readableFields(reader, object).filter((field) => {
    const isText = field.type.expressionType === 'text' && !field.values
    return isText && (field.name === 'name' || field.isSearchable)
  })
}

/** What of a field is searched: of a rich text its words. */
export function searchedText(from: FromClause, field: FieldModel): RawBuilder<unknown> {
  const column = from.column({ hops: [], field })
  return field.type.isMarkup ? plainTextSql(column) : column
}

/** What is wrong with a text to search for, if anything. */
export function checkSearchText(text: string): Failure | undefined {
  if (text.length > LONGEST) {
    return failure(
      'q',
      'malformed',
      message(`At most ${LONGEST} characters`, `最多 ${LONGEST} 个字符`),
    )
  }
  if (text.includes('\0') || !text.isWellFormed()) {
    return failure(
      'q',
      'malformed',
      message('Text with a NUL or half a character', '文本含有空字符或不完整的字符'),
    )
  }
  return undefined
}

/** A LIKE pattern that finds a text anywhere; what LIKE reads as wildcards stands for itself. */
export function containsPattern(text: string): string {
  return `%${escapeLike(text)}%`
}

/** A LIKE pattern that finds a text at the beginning. */
export function prefixPattern(text: string): string {
  return `${escapeLike(text)}%`
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`)
}
