import type { Value, WorldField, WorldObject, WorldRecord } from './world.ts'

/** Whether a field follows from others, so that nobody writes it. */
export function isComputed({ madeOf, rolledUp }: WorldField): boolean {
  return madeOf !== undefined || rolledUp !== undefined
}

/** What a field comes to that is made of others: the one value that it repeats, or a sum, of which no part is empty. */
export function made(parts: readonly unknown[]): Value {
  if (parts.length === 1) return (parts[0] ?? null) as Value
  const numbers = parts.filter((part) => typeof part === 'number')
  if (numbers.length < parts.length) return null
  return numbers.reduce((sum, part) => sum + part, 0)
}

/** What a roll-up comes to: how many records refer to one, or the sum of a number of theirs. */
export function rolledUpOf(
  { of }: NonNullable<WorldField['rolledUp']>,
  children: readonly WorldRecord[],
): number {
  const living = children.filter((child) => !child.isDeleted)
  if (of === undefined) return living.length
  return living.reduce((sum, child) => sum + Number(child.values[of] ?? 0), 0)
}

/** The records with the values that the server keeps of computed fields, whoever may see what they are made of. */
export function withComputed(
  objects: readonly WorldObject[],
  records: readonly WorldRecord[],
): WorldRecord[] {
  const byId = new Map(records.map((record) => [record.id, record]))
  const byObject = Map.groupBy(records, (record) => record.object)
  const computed = new Map(objects.map(({ name, fields }) => [name, fields.filter(isComputed)]))
  const valueAt = (record: WorldRecord | undefined, path: string): Value => {
    const [name = '', ...rest] = path.split('.')
    const value = record?.values[name] ?? null
    if (rest.length === 0) return value
    const parent = byId.get(String(value))
    return parent === undefined || parent.isDeleted ? null : valueAt(parent, rest.join('.'))
  }
  const referring = (record: WorldRecord, { child, by }: { child: string; by: string }) =>
    (byObject.get(child) ?? []).filter((one) => one.values[by] === record.id)
  return records.map((record) => {
    const fields = computed.get(record.object) ?? []
    if (fields.length === 0) return record
    const entries = fields.map(({ name, madeOf = [], rolledUp }) => [
      name,
      rolledUp
        ? rolledUpOf(rolledUp, referring(record, rolledUp))
        : made(madeOf.map((path) => valueAt(record, path))),
    ])
    return { ...record, values: { ...record.values, ...Object.fromEntries(entries) } }
  })
}
