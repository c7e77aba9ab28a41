import type { FieldModel, Message, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { loadActor } from '../access/load-actor.ts'
import { type Reader, rowFilter } from '../access/row-filter.ts'
import { type Database, DatabaseUnavailable } from '../db/index.ts'
import { message } from '../errors.ts'
import type { Release } from '../schema/release.ts'
import { findPairs } from './find-pairs.ts'
import { groupInThread } from './group-in-thread.ts'
import { rateGroup } from './rate-groups.ts'
import {
  finishSearch,
  type FoundGroup,
  loadSearch,
  type StoredSearch,
  tellProgress,
} from './search-store.ts'

/** What a search needs of the house. */
export interface SearchGround {
  readonly db: Database
  readonly currentModel: { readonly release: Release }
}

/** So many records are compared with each other without a rule. */
const MOST_RECORDS = 50_000
/** So many records may be in groups. */
const MOST_GROUPED = 100_000
const LARGEST_GROUP = 50
const CHUNK = 2000
/** A search that fails this often for a reason nobody foresaw is ended, and says so. */
const MOST_FAILURES = 4
/** What of a search is over when the records are read, or paired. */
const READ = 0.5

/**
 * Searches an object for duplicates. Groups are written at the end, all together: a search that was interrupted begins
 * anew, and nobody sees half of its list.
 * @returns `again` if the server is about to stop
 */
export async function runSearch(
  ground: SearchGround,
  id: string,
  { attempt, signal }: { attempt: number; signal: AbortSignal },
): Promise<'done' | 'again'> {
  const { db } = ground
  const { schema } = ground.currentModel.release.physical.names
  const search = await loadSearch(db, schema, id)
  if (!search || search.status === 'done' || search.status === 'failed') return 'done'
  const end = (how: { groups: FoundGroup[] } | { note: Message }): Promise<void> =>
    db.inTransaction((tx) => finishSearch(tx, schema, search, how), { statementTimeoutMs: 0 })
  try {
    await tellProgress(db, schema, id, 0)
    const reader = await readerOf(ground, search)
    const groups = await new Search({ ground, search, reader, signal }).groups()
    if (groups === undefined) return 'again'
    await end({ groups })
  } catch (error) {
    const note = error instanceof Unsearchable ? error.note : undefined
    const isHopeless = attempt >= MOST_FAILURES && !(error instanceof DatabaseUnavailable)
    if (!note && !isHopeless) throw error
    await end({ note: note ?? message('Stopped by an error', '因错误中止') })
  }
  return 'done'
}

/** A search that cannot come to an end. */
class Unsearchable extends Error {
  readonly note: Message

  constructor(note: Message) {
    super(note['en-US'])
    this.note = note
  }
}

const tooMany = (): Unsearchable =>
  new Unsearchable(
    message(
      'Too many records to compare; search by a rule that tells more of them apart',
      '记录太多，无法比较；请使用更严格的查重规则',
    ),
  )

interface Row {
  id: string
  values: (string | null)[]
}

interface SearchAsked {
  readonly ground: SearchGround
  readonly search: StoredSearch
  /** Whose search it is: only what they may read is compared. */
  readonly reader: Reader
  readonly signal: AbortSignal
}

async function readerOf(
  { db, currentModel: { release } }: SearchGround,
  { startedBy }: StoredSearch,
): Promise<Reader> {
  const asked = { tenant: release.physical.names.schema, userId: startedBy, by: 'system' } as const
  const actor = await loadActor(db, release, asked)
  if (actor) return { release, actor }
  throw new Unsearchable(
    message('The user of the search is not active any more', '发起查重的用户已停用'),
  )
}

class Search {
  readonly #ground: SearchGround
  readonly #search: StoredSearch
  readonly #signal: AbortSignal
  readonly #release: Release
  readonly #object: ObjectModel
  readonly #fields: FieldModel[]
  /** What holds of the rows that may be told of, under the alias `t`. */
  readonly #seen: RawBuilder<boolean>

  constructor({ ground, search, reader, signal }: SearchAsked) {
    this.#ground = ground
    this.#search = search
    this.#signal = signal
    this.#release = reader.release
    const object = this.#release.model.objects.get(search.object)
    const fields = search.fields.flatMap((name) => object?.fields.get(name) ?? [])
    if (!object || fields.length < search.fields.length) {
      throw new Unsearchable(message('The object or a field is gone', '对象或字段已不存在'))
    }
    this.#object = object
    this.#fields = fields
    this.#seen = rowFilter(reader, { object, right: 'read', alias: 't' }) ?? sql<boolean>`true`
  }

  /** What was found; undefined if the search was called off. */
  async groups(): Promise<FoundGroup[] | undefined> {
    const { rule } = this.#search
    const groups = rule === null ? await this.#byRecords() : await this.#byRule(rule)
    return groups && (await this.#rate(groups))
  }

  async #byRecords(): Promise<string[][] | undefined> {
    const rows: Row[] = []
    for (let after: string | undefined; ;) {
      const more: Row[] = await this.#read(
        after === undefined ? sql`true` : sql`t.id > ${after}::uuid`,
      )
      rows.push(...more)
      if (this.#signal.aborted) return undefined
      if (rows.length > MOST_RECORDS) throw tooMany()
      after = more.at(-1)?.id
      if (more.length < CHUNK) break
    }
    await this.#tell(READ)
    const table = {
      header: this.#fields.map(({ name }) => name),
      rows: rows.map(({ values }) => values.map((value) => value ?? '')),
    }
    const numbers = await groupInThread(table, this.#signal)
    if (numbers === undefined) return undefined
    const groups = Map.groupBy(rows, (_, at) => numbers[at])
    return [...groups.values()].map((group) => group.map(({ id }) => id))
  }

  async #byRule(name: string): Promise<string[][] | undefined> {
    const { physical } = this.#release
    const object = this.#object
    const definition = object.duplicateRules.find((rule) => rule.name === name)?.definition
    if (!definition) throw new Unsearchable(message('The rule is gone', '规则已不存在'))
    const parents = new Map<string, string>()
    const root = (id: string): string => {
      let at = id
      for (let next = parents.get(at); next !== undefined; next = parents.get(at)) at = next
      return at
    }
    const asked = { physical, object, definition, seen: this.#seen }
    for await (const pairs of findPairs(this.#ground.db, asked)) {
      if (this.#signal.aborted) return undefined
      for (const [one, other] of pairs) {
        const [mine, theirs] = [root(one), root(other)]
        if (mine !== theirs) parents.set(theirs, mine)
      }
      if (parents.size > MOST_GROUPED) throw tooMany()
    }
    await this.#tell(READ)
    const ids = new Set([...parents].flat())
    return [...Map.groupBy(ids, root).values()]
  }

  async #rate(groups: string[][]): Promise<FoundGroup[] | undefined> {
    const parts = groups.flatMap(partsOf).filter((part) => part.length > 1)
    const found: FoundGroup[] = []
    const names = this.#fields.map(({ name }) => name)
    const step = Math.floor(CHUNK / LARGEST_GROUP)
    for (let at = 0; at < parts.length; at += step) {
      const some = parts.slice(at, at + step)
      const rows = await this.#read(sql`t.id = any(${some.flat()}::uuid[])`)
      const byId = new Map(rows.map((row) => [row.id, row]))
      for (const part of some) {
        const records = part.flatMap((id) => byId.get(id) ?? [])
        if (records.length > 1) found.push(rateGroup(names, records))
      }
      if (this.#signal.aborted) return undefined
    }
    return found
  }

  #read(where: ReturnType<typeof sql>): Promise<Row[]> {
    const { physical } = this.#release
    const { name: object } = this.#object
    const values = this.#fields.map(({ name }) => sql`${physical.column(object, name, 't')}::text`)
    return this.#ground.db.query<Row>(sql`
      select t.id, array[${sql.join(values)}] as values from ${physical.table(object)} as t
      where t.deleted_at is null and ${this.#seen} and ${where} order by t.id limit ${CHUNK}`)
  }

  #tell(progress: number): Promise<void> {
    const { schema } = this.#release.physical.names
    return tellProgress(this.#ground.db, schema, this.#search.id, progress)
  }
}

function partsOf(group: string[]): string[][] {
  const count = Math.ceil(group.length / LARGEST_GROUP)
  return Array.from({ length: count }, (_, at) =>
    group.slice(at * LARGEST_GROUP, (at + 1) * LARGEST_GROUP),
  )
}
