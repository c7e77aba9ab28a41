import type { Random } from './random.ts'
import type { Value, WorldField } from './world.ts'

/** The days that records have. */
export const DATES = ['2026-01-15', '2026-06-30', '2026-11-21']

/** A random value of a field that is no reference. */
export function plainValue(random: Random, field: WorldField): Value {
  if (random.chance(0.15) && field.type !== 'checkbox') return null
  switch (field.type) {
    case 'text':
    case 'long_text':
      return `${random.token()} text`
    case 'email':
      return `${random.token()}@example.com`
    case 'number':
      return random.between(0, 9)
    case 'checkbox':
      return random.chance(0.5)
    case 'date':
      return random.pick(DATES)
    case 'picklist':
      return random.pick(field.codes ?? [])
    default:
      return null
  }
}
