import type { DemoData, DemoFile, DemoRecord, DemoReference, DemoValue } from './demo-data.ts'

/** The records of one object. */
export function recordsOf(data: DemoData, object: string): DemoRecord[] {
  return data.objects.find((one) => one.object === object)?.records ?? []
}

/** The field values of a record, without what is said to the loader. */
export function fieldsOf(record: DemoRecord): [name: string, value: DemoValue][] {
  return Object.entries(record).flatMap(([name, value]): [string, DemoValue][] =>
    name.startsWith('_') || value === undefined ? [] : [[name, value]],
  )
}

/** The key of the record that a field refers to. */
export function keyIn(record: DemoRecord, field: string): string | undefined {
  const value = record[field]
  return isReference(value) ? value._ref : undefined
}

export function isFile(value: unknown): value is DemoFile {
  return typeof value === 'object' && value !== null && '_file' in value
}

export function isReference(value: unknown): value is DemoReference {
  return typeof value === 'object' && value !== null && '_ref' in value
}

/** Records by their keys. */
export function byKey(records: readonly DemoRecord[]): Map<string, DemoRecord> {
  return new Map(records.map((record) => [record._key, record]))
}
