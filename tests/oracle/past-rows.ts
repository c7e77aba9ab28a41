import { createdAt, hoursAfter, LONG_AGO } from './moments.ts'
import { Random } from './random.ts'
import { fieldOf } from './world-parts.ts'
import type { Value, World, WorldChange, WorldRecord } from './world.ts'

type Row = Readonly<Record<string, unknown>>

/** What is kept of a world's past, by table. */
export function pastRows(world: World): [string, Row[]][] {
  const by = world.users[0]?.id
  const { merges, files, searches, distinct } = world
  return [
    ['_history', historyRows(world)],
    ['_merge', merges.map((merge) => ({ ...merge, at: LONG_AGO, by }))],
    [
      '_file',
      files.map(({ id, name, content, uploadedBy, value }) => ({
        id,
        name,
        size: content.length,
        type: 'text/plain',
        sha256: `\\x${id.replaceAll('-', '')}`,
        uploaded_by: uploadedBy,
        uploaded_at: LONG_AGO,
        touched_at: LONG_AGO,
        ...value,
      })),
    ],
    [
      '_duplicate_search',
      searches.map(({ id, object, fields, startedBy }) => ({
        id,
        object,
        fields,
        status: 'done',
        progress: 1,
        started_by: startedBy,
        created_at: LONG_AGO,
        finished_at: LONG_AGO,
      })),
    ],
    [
      '_duplicate_group',
      searches.flatMap(({ id: search, groups }) => groups.map((group) => ({ ...group, search }))),
    ],
    ...approvalRows(world),
    ['_distinct', distinct.map(([one, other]) => ({ one, other, by, at: LONG_AGO }))],
  ]
}

function approvalRows({ approvals, processes, delegations, users }: World): [string, Row[]][] {
  const by = users[0]?.id
  return [
    [
      '_approval',
      approvals.map(({ id, object, record, status, submittedBy, comment }) => {
        const process = processes.find((one) => one.object === object)
        return {
          id,
          process: process?.name,
          definition: process?.definition,
          object,
          record,
          status,
          step: 0,
          submitted_by: submittedBy,
          submitted_at: hoursAfter(3),
          finished_at: status === 'pending' ? null : hoursAfter(6),
          comment,
        }
      }),
    ],
    [
      '_work_item',
      approvals.flatMap(({ id: approval, items }) =>
        items.map(({ id, assignee, status, decidedBy }, position) => ({
          id,
          approval,
          step: 0,
          position,
          assignee,
          status,
          created_at: hoursAfter(3),
          decided_by: decidedBy,
          decided_at: decidedBy === null ? null : hoursAfter(6),
        })),
      ),
    ],
    [
      '_delegation',
      delegations.map(({ id, user, delegate, isOver }) => ({
        id,
        user_id: user,
        delegate,
        starts_at: LONG_AGO,
        ends_at: isOver ? hoursAfter(1) : '2999-01-01T00:00:00.000Z',
        created_by: by,
        created_at: LONG_AGO,
      })),
    ],
  ]
}

function historyRows(world: World): Row[] {
  const random = new Random(world.seed + 1)
  const known = new Map(world.records.map((record) => [record.id, record]))
  const row = (id: string, more: Row): Row => ({
    id: random.id(),
    object: known.get(id)?.object,
    record: id,
    actor: world.users[0]?.id,
    cause: 'user',
    ...more,
  })
  const own = new Set(world.objects.filter((one) => !one.isPlatform).map((one) => one.name))
  return [
    ...world.records
      .filter((record) => own.has(record.object))
      .map(({ id }) => row(id, { action: 'created', at: createdAt(id) })),
    ...world.changes.map((change) =>
      row(change.record, {
        action: 'updated',
        at: change.at,
        field: change.field,
        ...keptChange(world, known, change),
      }),
    ),
    ...world.absences.flatMap(({ record, from, to }) => [
      row(record, { action: 'deleted', at: from }),
      row(record, { action: 'restored', at: to }),
    ]),
    ...world.merges.map(({ survivor, merged }) =>
      row(survivor, { action: 'merged', cause: 'merge', at: LONG_AGO, new: { id: merged } }),
    ),
  ]
}

/** The history says of a lookup of several objects which of them it was. */
function keptChange(
  world: World,
  known: ReadonlyMap<string, WorldRecord>,
  { record, field, old, next }: WorldChange,
): Row {
  const { object = '' } = known.get(record) ?? {}
  const isOfSeveral = fieldOf(world, object, field)?.targets !== undefined
  const kept = (value: Value): unknown =>
    isOfSeveral && value !== null ? { object: known.get(String(value))?.object, id: value } : value
  return { old: kept(old), new: kept(next) }
}
