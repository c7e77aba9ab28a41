import { isComputed } from './computed-values.ts'
import { plainValue } from './make-values.ts'
import { hoursAfter } from './moments.ts'
import type { Random } from './random.ts'
import { fieldOf, targetsOf } from './world-parts.ts'
import type {
  Value,
  World,
  WorldChange,
  WorldField,
  WorldFile,
  WorldObject,
  WorldRecord,
} from './world.ts'

type Past = Pick<World, 'changes' | 'absences' | 'merges' | 'files'>
type Draft = Pick<World, 'users' | 'records'> & { readonly own: readonly WorldObject[] }

/** What became of a world's records before: files, changes, ways to the recycle bin and back, merges. */
export function makePast(
  random: Random,
  draft: Draft,
): Past & { readonly records: readonly WorldRecord[] } {
  const files: WorldFile[] = looseFiles(random, draft)
  const changes: WorldChange[] = []
  const records = draft.records.map((record) => {
    const filed = withFile(random, record, { draft, files, changes })
    changes.push(...changesOf(random, filed, draft))
    return filed
  })
  const absences = random
    .some(records, 0.15)
    .filter((record) => !record.isDeleted)
    .map(({ id }) => ({ record: id, from: hoursAfter(2), to: hoursAfter(5) }))
  return { records, files, changes, absences, merges: makeMerges(random, records) }
}

function looseFiles(random: Random, { users }: Draft): WorldFile[] {
  return Array.from({ length: 8 }, () => ({
    id: random.id(),
    name: `${random.token()}.txt`,
    content: `${random.token()} inside`,
    uploadedBy: random.pick(users).id,
    value: null,
  }))
}

interface Filing {
  readonly draft: Draft
  readonly files: WorldFile[]
  readonly changes: WorldChange[]
}

/** A record with a file where it may have one; some had another one before. */
function withFile(
  random: Random,
  record: WorldRecord,
  { draft: { own, users }, files, changes }: Filing,
): WorldRecord {
  const { fields = [] } = own.find(({ name }) => name === record.object) ?? {}
  const field = fields.find(({ type }) => type === 'file')
  if (field === undefined || random.chance(0.3)) return record
  const [file, former] = [0, 1].map((): WorldFile => ({
    id: random.id(),
    name: `${random.token()}.txt`,
    content: `${random.token()} inside`,
    uploadedBy: random.pick(users).id,
    value: { object: record.object, record: record.id, field: field.name },
  }))
  if (!file || !former) return record
  files.push(file)
  if (random.chance(0.4)) {
    files.push(former)
    const at = hoursAfter(random.between(0, 7))
    changes.push({ record: record.id, field: field.name, at, old: former.id, next: file.id })
  }
  return { ...record, values: { ...record.values, [field.name]: file.id } }
}

function changesOf(random: Random, record: WorldRecord, draft: Draft): WorldChange[] {
  const { fields = [] } = draft.own.find(({ name }) => name === record.object) ?? {}
  const ground = record.owner === null ? ['name'] : ['name', 'owner']
  const written = [
    ...ground.flatMap((name) => fieldOf({ objects: draft.own }, record.object, name) ?? []),
    ...fields.filter((field) => !isComputed(field) && field.type !== 'file'),
  ]
  return written
    .filter((field) => /_t\d$/.test(field.name) || random.chance(0.2))
    .flatMap((field) => chain(random, record, field, draft))
}

/** One change of a field, or two: from what it was to what it is. */
function chain(
  random: Random,
  record: WorldRecord,
  field: WorldField,
  draft: Draft,
): WorldChange[] {
  const hours = random.chance(0.3)
    ? [random.between(0, 3), random.between(4, 7)]
    : [random.between(0, 7)]
  const now = (field.name === 'owner' ? record.owner : record.values[field.name]) ?? null
  const was = hours.map(() => pastValue(random, field, draft))
  return hours.flatMap((hour, index) => {
    const [old = null, next = null] = [was[index], index + 1 < was.length ? was[index + 1] : now]
    if (old === next) return []
    return [{ record: record.id, field: field.name, at: hoursAfter(hour), old, next }]
  })
}

function pastValue(random: Random, field: WorldField, { users, records }: Draft): Value {
  if (field.name === 'name') return `${random.token()} before`
  if (field.name === 'owner') return random.pick(users).id
  const objects = targetsOf(field)
  if (objects.length === 0) return plainValue(random, field)
  const target = random.pick(objects)
  return (
    random.maybe(
      records.filter((one) => one.object === target),
      0.8,
    )?.id ?? null
  )
}

/** Some of what is in the recycle bin was merged into another record. */
function makeMerges(random: Random, records: readonly WorldRecord[]): World['merges'] {
  const deleted = records.filter((record) => record.isDeleted)
  return random.some(deleted, 0.3).flatMap(({ id: merged, object }) => {
    const living = records.filter((one) => one.object === object && !one.isDeleted)
    const survivor = random.maybe(living, 1)
    return survivor ? [{ object, merged, survivor: survivor.id }] : []
  })
}
