import {
  localize,
  type LocalizedText,
  type ObjectModel,
  type TimelineEntry,
} from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { message, RequestError } from '../errors.ts'
import { type Cells, toMoment } from './cells.ts'
import {
  compileTimeline,
  TIMELINE_COLUMNS as COLUMN,
  timelineSources,
  type TimelineSource,
} from './compile-timeline.ts'
import { openCursor, sealCursor } from './cursor.ts'
import { shownFields } from './field-path.ts'
import type { StoryRequest } from './load-history.ts'
import { nameTeller, type TellName } from './mask-cells.ts'
import { nameReferences, type ReferenceNames } from './name-references.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { referredBy, toldValue } from './stored-reference.ts'
import { isVisible } from './visible-record.ts'

/** A page of a timeline. */
export interface TimelinePage {
  entries: TimelineEntry[]
  next_cursor: string | null
}

/** A change as it is kept in history. */
interface KeptChange {
  field: string
  old: unknown
  new: unknown
}

const timelines = releaseCache<{ read: PreparedRead; sources: readonly TimelineSource[] }>(
  'timelines',
  300,
)

/**
 * Reads all that happened around a record, newest first: its own creation and changes, the records that refer
 * to it, its approvals.
 * @throws RequestError `not_found` if the record is not there or not for the reader
 */
export async function loadTimeline(context: Context, request: StoryRequest): Promise<TimelinePage> {
  if (!(await isVisible(context, request.object, request.id))) throw new RequestError('not_found')
  return loadTimelinePage(context, request)
}

/** As `loadTimeline`, of a record that the reader is known to see. */
export async function loadTimelinePage(
  context: Context,
  { object, id, limit, cursor, cursorKey }: StoryRequest,
): Promise<TimelinePage> {
  const binding = `${context.actor.userId} timeline ${object.name} ${id}`
  const [at, last] =
    cursor === undefined ? ['infinity', LAST_ID] : openCursor(cursor, binding, cursorKey)
  const { read, sources } = readyTimeline(context, object)
  const fields = shownFields(context, object).map((field) => field.name)
  const rows = await runPrepared(context, read, {
    slots: { id, at, last, fields, limit: limit + 1 },
  })
  const shown = rows.slice(0, limit)
  const end = rows.length > limit ? shown.at(-1) : undefined
  const names = await nameReferences(context, [
    ...shown.flatMap((row) => referencesOf(object, sourceOf(sources, row), row)),
    { object: object.name, id },
  ])
  return {
    entries: shown.map((row) =>
      new EntryWriter(context, object, names).write(sourceOf(sources, row), row),
    ),
    next_cursor: end
      ? sealCursor([end[COLUMN.at] ?? null, end[COLUMN.id] ?? null], binding, cursorKey)
      : null,
  }
}

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

function readyTimeline(
  context: Context,
  object: ObjectModel,
): { read: PreparedRead; sources: readonly TimelineSource[] } {
  return timelines(context.release).get(`${context.actor.accessSignature}|${object.name}`, () => {
    const sources = timelineSources(context, object)
    return {
      sources,
      read: prepareRead(compileTimeline(context, object, sources)),
    }
  })
}

function sourceOf(sources: readonly TimelineSource[], row: Cells): TimelineSource {
  const source = sources[Number(row[COLUMN.source])]
  if (!source) throw new Error(`A line of source ${row[COLUMN.source]}`)
  return source
}

function referencesOf(
  object: ObjectModel,
  source: TimelineSource,
  row: Cells,
): { object: string; id: string }[] {
  if (source.kind === 'approval') {
    const { in_name_of: user } = approvalOf(row)
    return user ? [{ object: 'user', id: user }] : []
  }
  if (source.kind !== 'history') return []
  return changesOf(row).flatMap((change) => {
    const field = object.fields.get(change.field)
    return [change.old, change.new].flatMap((value) => referredBy(field, value))
  })
}

/** What an event of an approval tells besides its moment. */
interface ToldEvent {
  label?: LocalizedText
  act?: string
  in_name_of?: string | null
}

function approvalOf(row: Cells): ToldEvent {
  return JSON.parse(row[COLUMN.more] ?? '{}') as ToldEvent
}

function changesOf(row: Cells): KeptChange[] {
  return JSON.parse(row[COLUMN.more] ?? '[]') as KeptChange[]
}

/** Writes lines of a timeline in the words of the reader. */
class EntryWriter {
  readonly #context: Context
  readonly #object: ObjectModel
  readonly #names: ReferenceNames
  readonly #tellUser: TellName

  constructor(context: Context, object: ObjectModel, names: ReferenceNames) {
    this.#context = context
    this.#object = object
    this.#names = names
    this.#tellUser = nameTeller(context, 'user')
  }

  write(source: TimelineSource, row: Cells): TimelineEntry {
    const { locale } = this.#context.actor
    const object = 'object' in source ? source.object : this.#object
    const record = row[COLUMN.record] ?? ''
    const own = nameTeller(this.#context, object.name)(row[COLUMN.name])
    const name = own ?? this.#names(object.name, record)
    const actor = row[COLUMN.actor]
    return {
      id: row[COLUMN.id] ?? '',
      at: toMoment(row[COLUMN.at] ?? ''),
      by:
        actor === null || actor === undefined
          ? null
          : { id: actor, name: this.#tellUser(row[COLUMN.actorName]) },
      type: typeOf(source),
      object: object.name,
      record: { id: record, name },
      title:
        source.kind === 'approval'
          ? this.#approvalTitle(row)
          : (name ?? localize(object.label, locale, object.name)),
      text: row[COLUMN.text] ?? null,
      ...(source.kind === 'history'
        ? { changes: changesOf(row).map((change) => this.#change(change)) }
        : {}),
    }
  }

  #approvalTitle(row: Cells): string {
    const { locale } = this.#context.actor
    const { label, act, in_name_of: user } = approvalOf(row)
    const word = ACTS.get(act ?? '')?.[locale] ?? act ?? ''
    const name = user ? this.#names('user', user) : null
    const place = name === null ? '' : inNameOf(name)[locale]
    return `${localize(label, locale)} · ${word}${place}`
  }

  #change({
    field: name,
    old,
    new: next,
  }: KeptChange): NonNullable<TimelineEntry['changes']>[number] {
    const field = this.#object.fields.get(name)
    const label = localize(field?.label, this.#context.actor.locale, name)
    return {
      field: name,
      label,
      old: toldValue(this.#context, field, old, this.#names),
      new: toldValue(this.#context, field, next, this.#names),
    }
  }
}

function typeOf(source: TimelineSource): string {
  if (source.kind === 'history') return 'field_changed'
  if (source.kind === 'approval') return 'approval'
  return source.kind === 'related' && source.object.definition.features?.activity === true
    ? 'activity'
    : 'record_created'
}

const inNameOf = (name: string) => message(` for ${name}`, `（代 ${name}）`)

const ACTS = new Map([
  ['submitted', message('submitted', '提交审批')],
  ['approved', message('approved', '同意')],
  ['auto_approved', message('approved by itself', '自动通过')],
  ['rejected', message('rejected', '拒绝')],
  ['recalled', message('recalled', '撤回')],
  ['transferred', message('handed over', '转交')],
])
