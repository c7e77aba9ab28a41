import type { TSchema } from 'typebox'

/** What a text or an expression in a definition speaks of. */
export type ReferenceTarget = 'object' | 'field' | 'rule' | 'expression' | 'formula' | 'template'

/**
 * Whose fields a name means. `own`: of the object that the component belongs to. `object`, `among`: of the object that
 * the nearest property of this name tells. `relationship`, `via`: of the records behind that relationship.
 * `key`: of the object that is the key of the entry it stands in. `target`: of the object that a reference leads to; there,
 * `$record.` begins names of the component's own object.
 */
export type ReferenceGround = 'own' | 'object' | 'among' | 'relationship' | 'via' | 'key' | 'target'

/** What a schema says of the names that its values hold: by it they are found, and rewritten when they change. */
export interface Refers {
  to: ReferenceTarget
  of: ReferenceGround
}

/** The same shape, whose values are names of something else. */
export function refers<S extends TSchema>(
  schema: S,
  to: ReferenceTarget,
  of: ReferenceGround = 'own',
): S {
  return { ...schema, refers: { to, of } }
}

/** A record whose keys are names of something else. */
export function keyedBy<S extends TSchema>(
  to: 'object' | 'field',
  of: ReferenceGround,
  schema: S,
): S {
  return { ...schema, keys: { to, of } }
}
