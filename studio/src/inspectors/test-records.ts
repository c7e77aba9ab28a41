/** A record that a test names, and the object that it is of. */
export interface TestRecord {
  record: string
  object: string
}

/** The records that a test makes, in their order. */
export function testRecords(definition: Readonly<Record<string, unknown>>): TestRecord[] {
  const { given, do: steps } = definition as { given?: unknown; do?: unknown }
  const parts = [...listOf(given), ...listOf(steps).filter(({ act }) => act === 'create')]
  return parts.flatMap(({ record, object }) =>
    typeof record === 'string' && typeof object === 'string' && record !== ''
      ? [{ record, object }]
      : [],
  )
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : []
}
