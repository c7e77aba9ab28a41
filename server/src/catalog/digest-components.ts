import { createHash } from 'node:crypto'

import { isFrozenJson, type RawComponent } from '@trellis/metamodel'

const digests = new WeakMap<object, string>()

/** What components say, in a few characters: equal ones have equal digests. */
export function digestComponents(components: readonly RawComponent[]): string {
  const parts = components.map(({ kind, name, definition }) => [kind, name, digestOf(definition)])
  return digest(JSON.stringify(parts))
}

/** That of a frozen definition is known from the first time. */
function digestOf(definition: unknown): string {
  if (!isFrozenJson(definition)) return digest(JSON.stringify(definition) ?? '')
  const made = digests.get(definition) ?? digest(JSON.stringify(definition))
  digests.set(definition, made)
  return made
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
