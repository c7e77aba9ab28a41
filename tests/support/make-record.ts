import type { Caller } from './test-server.ts'

/**
 * A record, as `/api/v1/records/<object>` makes it.
 * @param values it is called X unless they say otherwise
 * @returns its id
 * @throws Error with the answer if it is refused
 */
export async function makeRecord(by: Caller, path: string, values: object): Promise<string> {
  const made = await by.post(path, { name: 'X', ...values })
  if (made.status !== 201) throw new Error(made.text)
  return made.body.id
}
