import type { Message } from '@trellis/metamodel'

import { message } from '../errors.ts'
import type { IndexShape, TableShape } from './describe-tables.ts'
import { checkDefinition } from './plan-checks.ts'
import { quoteIdentifier as q } from './quote.ts'
import type { CatalogState } from './read-catalog.ts'

/** Something in which metadata and database disagree. */
export interface Disagreement {
  code: string
  place: string
  message: Message
  /** SQL that would make them agree, where there is one way only. */
  mend?: string
}

/** Names that the map knows but that are out of use. */
export interface RetiredNames {
  tables: ReadonlySet<string>
  /** `table.column`. */
  columns: ReadonlySet<string>
}

/** Compares what the metadata promises with what PostgreSQL has, both ways. Empty: they agree. */
export function compareCatalog(
  promised: ReadonlyMap<string, TableShape>,
  found: CatalogState,
  { schema, retired }: { schema: string; retired: RetiredNames },
): Disagreement[] {
  return [
    ...[...promised.values()].flatMap((table) => missingIn(schema, table, found)),
    ...strangersIn(promised, found, { schema, retired }),
  ]
}

function missingIn(schema: string, table: TableShape, found: CatalogState): Disagreement[] {
  const at = `${q(schema)}.${q(table.name)}`
  if (!found.tables.has(table.name)) {
    return [missing('missing_table', table.name, 'table', '数据表')]
  }
  const columns = [...table.columns.values()].flatMap((column): Disagreement[] => {
    const place = `${table.name}.${column.name}`
    const there = found.columns.get(place)
    if (!there) return [missing('missing_column', place, 'column', '列')]
    if (there.type !== column.type) {
      return [
        differs(
          place,
          `type ${there.type}, promised ${column.type}`,
          `类型 ${there.type}，应为 ${column.type}`,
        ),
      ]
    }
    if (there.isNotNull !== column.isNotNull) {
      const wrong = differs(
        place,
        column.isNotNull ? 'may be empty' : 'must not be empty',
        column.isNotNull ? '允许为空' : '不允许为空',
      )
      const change = column.isNotNull ? 'SET NOT NULL' : 'DROP NOT NULL'
      return [{ ...wrong, mend: `ALTER TABLE ${at} ALTER COLUMN ${q(column.name)} ${change}` }]
    }
    return []
  })
  const create = ({ isUnique, name, definition }: IndexShape): string =>
    `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${q(name)} ON ${at} ${definition}`
  const indexes = [...table.indexes.values()].flatMap((index): Disagreement[] => {
    const there = found.indexes.get(index.name)
    if (!there || there.table !== table.name) {
      return [{ ...missing('missing_index', index.name, 'index', '索引'), mend: create(index) }]
    }
    if (!there.isValid || there.isUnique !== index.isUnique) {
      const wrong = differs(
        index.name,
        there.isValid ? 'uniqueness differs' : 'invalid',
        there.isValid ? '唯一性不同' : '无效',
      )
      return [{ ...wrong, mend: `DROP INDEX ${q(schema)}.${q(index.name)}; ${create(index)}` }]
    }
    return []
  })
  const keys = [...table.foreignKeys.values()].flatMap((key): Disagreement[] => {
    const there = found.foreignKeys.get(key.name)
    const alter = `ALTER TABLE ${at}`
    if (!there) {
      const mend = `${alter} ADD CONSTRAINT ${q(key.name)} FOREIGN KEY (${q(key.column)}) REFERENCES ${q(schema)}.${q(key.target)} ("id")`
      return [{ ...missing('missing_foreign_key', key.name, 'foreign key', '外键'), mend }]
    }
    if (there.isValid) return []
    const mend = `${alter} VALIDATE CONSTRAINT ${q(key.name)}`
    return [{ ...differs(key.name, 'not validated', '未校验'), mend }]
  })
  return [...columns, ...indexes, ...keys, ...wrongChecks(at, table, found)]
}

function wrongChecks(at: string, table: TableShape, found: CatalogState): Disagreement[] {
  return [...table.checks.values()].flatMap((check): Disagreement[] => {
    const there = found.checks.get(check.name)
    const alter = `ALTER TABLE ${at}`
    const add = `ADD CONSTRAINT ${q(check.name)} ${checkDefinition(check)}`
    if (there?.table !== table.name) {
      return [{ ...missing('missing_check', check.name, 'check', '检查'), mend: `${alter} ${add}` }]
    }
    if (there.columns.join() !== check.columns.join()) {
      const wrong = differs(check.name, 'looks at other columns', '检查的列不同')
      return [{ ...wrong, mend: `${alter} DROP CONSTRAINT ${q(check.name)}, ${add}` }]
    }
    if (there.isValid) return []
    const mend = `${alter} VALIDATE CONSTRAINT ${q(check.name)}`
    return [{ ...differs(check.name, 'not validated', '未校验'), mend }]
  })
}

function strangersIn(
  promised: ReadonlyMap<string, TableShape>,
  found: CatalogState,
  { schema, retired }: { schema: string; retired: RetiredNames },
): Disagreement[] {
  const isOurs = (table: string): boolean => !table.startsWith('_')
  const tables = [...found.tables].filter(
    (name) => isOurs(name) && !promised.has(name) && !retired.tables.has(name),
  )
  const columns = [...found.columns.keys()].filter((place) => {
    const dot = place.indexOf('.')
    const table = promised.get(place.slice(0, dot))
    return table && !table.columns.has(place.slice(dot + 1)) && !retired.columns.has(place)
  })
  const indexes = [...found.indexes].filter(
    ([name, { table }]) =>
      promised.has(table) && !promised.get(table)?.indexes.has(name) && !name.endsWith('_pkey'),
  )
  return [
    ...tables.map((name) => stranger('unknown_table', name, 'table', '数据表')),
    ...columns.map((place) => stranger('unknown_column', place, 'column', '列')),
    ...indexes.map(([name]) => ({
      ...stranger('unknown_index', name, 'index', '索引'),
      mend: `DROP INDEX ${q(schema)}.${q(name)}`,
    })),
    ...found.strangeTriggers
      .filter(({ table }) => promised.has(table))
      .map(({ name, table }) => ({
        ...stranger('unknown_trigger', `${table}.${name}`, 'trigger', '触发器'),
        mend: `DROP TRIGGER ${q(name)} ON ${q(schema)}.${q(table)}`,
      })),
  ]
}

function missing(code: string, place: string, en: string, zh: string): Disagreement {
  return { code, place, message: message(`The ${en} ${place} is missing`, `缺少${zh} ${place}`) }
}

function stranger(code: string, place: string, en: string, zh: string): Disagreement {
  return {
    code,
    place,
    message: message(`No metadata speaks of the ${en} ${place}`, `元数据中没有${zh} ${place}`),
  }
}

function differs(place: string, en: string, zh: string): Disagreement {
  return { code: 'differs', place, message: message(`${place}: ${en}`, `${place}：${zh}`) }
}
