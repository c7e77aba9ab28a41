import {
  compileEvaluator,
  createFieldTypes,
  type DescribedField,
  type DescribedObject,
  type Evaluator,
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  type ScopeField,
  settledEvaluator,
} from '@trellis/metamodel'

/** A record on the screen: values by field name, references as `{id, name}`. */
export type RecordValues = Readonly<Record<string, unknown>>

/** The circumstances under which conditions are judged. */
export interface Conditions {
  /** What is known of the reader: `id`, `name`, `email`, `role`, `department`. */
  user: Readonly<Record<string, unknown>>
  /** The present moment, RFC 3339. */
  now: string
  timeZone: string
  /** Finds other objects, so that conditions may read parents; without it they are not decided here. */
  describe?: (object: string) => DescribedObject | undefined
}

/** The object whose fields an expression names, and the record as it was before the edit. */
export interface Subject extends Conditions {
  object: DescribedObject
  before?: RecordValues | null | undefined
}

/**
 * Whether a condition holds for a record: true, false, or null (SQL's unknown). Undefined if it cannot be
 * decided here, e.g. because it reads a parent of which only the name is loaded; the server will know.
 */
export function holds(
  condition: unknown,
  record: RecordValues,
  subject: Subject,
): boolean | null | undefined {
  const value = evaluate(condition, record, subject)
  return typeof value === 'boolean' || value === null ? value : undefined
}

/**
 * The value of an expression on a record as the form shows it: numbers as numbers. Undefined if it cannot be
 * decided here.
 */
export function evaluate(
  expression: unknown,
  record: RecordValues,
  subject: Subject,
): string | number | boolean | readonly string[] | null | undefined {
  try {
    const { type, run } = compiled(expression, subject)
    const { before, user, now, timeZone } = subject
    const value = run({
      record: sourceOf(record),
      before: before ? sourceOf(before) : null,
      user,
      now,
      timeZone,
    })
    return type === 'number' && value !== null ? Number(value) : value
  } catch {
    return undefined
  }
}

/**
 * The value of a formula field on a record as the form shows it. Undefined if it cannot be computed here: it reads other
 * records, or the reader may not know how it is made.
 */
export function computed(
  field: DescribedField,
  record: RecordValues,
  subject: Subject,
): ReturnType<typeof evaluate> {
  if (field.formula === undefined) return undefined
  try {
    const { user, now, timeZone } = subject
    const value = formulaOf(field, subject)({ record: sourceOf(record), user, now, timeZone })
    if (value === '' || value === null) return null
    return scopeField(field).type === 'number' ? Number(value) : value
  } catch {
    return undefined
  }
}

const formulas = new WeakMap<DescribedField, Evaluator>()

function formulaOf(field: DescribedField, { object, describe }: Subject): Evaluator {
  const known = formulas.get(field)
  if (known) return known
  const { type } = scopeField(field)
  const made = settledEvaluator(field.formula as Expression, scopeOf(object, describe), type)
  formulas.set(field, made)
  return made
}

interface Compiled {
  run: Evaluator
  type: 'number' | 'other'
}

// An expression of a description belongs to one object; it is checked and typed once.
const cache = new WeakMap<object, Compiled>()

function compiled(expression: unknown, subject: Subject): Compiled {
  if (typeof expression !== 'object' || expression === null) return compile(expression, subject)
  const known = cache.get(expression)
  if (known) return known
  const made = compile(expression, subject)
  cache.set(expression, made)
  return made
}

function compile(expression: unknown, { object, describe }: Subject): Compiled {
  const scope = scopeOf(object, describe)
  // What an expression yields is found by asking whether it holds as a number.
  const tryAs = (type?: ExpressionType): Evaluator | undefined => {
    try {
      return compileEvaluator(expression as Expression, scope, type)
    } catch (error) {
      if (type === undefined) throw error
      return undefined
    }
  }
  const asNumber = tryAs('number')
  if (asNumber) return { run: asNumber, type: 'number' }
  const run = tryAs()
  if (!run) throw new Error('Not an expression')
  return { run, type: 'other' }
}

const FIELD_TYPES = createFieldTypes()
const USER_FIELDS: Readonly<Record<string, ExpressionType>> = {
  id: 'id',
  name: 'text',
  email: 'text',
  role: 'text',
  department: 'id',
}

/** The names that an expression on an object may use, as far as the caller may read them. */
export function scopeOf(
  object: DescribedObject,
  describe?: Conditions['describe'],
): ExpressionScope {
  const fields = new Map(object.fields.map((field) => [field.name, field]))
  return {
    saving: true,
    field(path) {
      if (path.startsWith('$user.')) return userField(path.slice('$user.'.length))
      const [first = '', ...rest] = path.split('.')
      const field = fields.get(first)
      const part = field?.parts?.find(({ name }) => name === path)
      if (part) return scopeField(part)
      if (!field || rest.length === 0) return field && scopeField(field)
      const parent = field.target === undefined ? undefined : describe?.(field.target)
      return parent && scopeOf(parent, describe).field(rest.join('.'))
    },
  }
}

function userField(name: string): ScopeField | undefined {
  const type = USER_FIELDS[name]
  return type && { type }
}

function scopeField(field: DescribedField): ScopeField {
  const type = field.name === 'id' ? 'id' : (FIELD_TYPES.get(field.type)?.expressionType ?? 'text')
  const codes = field.values?.map((value) => value.code)
  return {
    type,
    ...(codes === undefined ? {} : { values: codes }),
    ...(FIELD_TYPES.get(field.type)?.isMarkup ? { isMarkup: true } : {}),
  }
}

/** Reads a record of the wire by path; a field of a parent that was not loaded is unknown, not empty. */
function sourceOf(record: RecordValues): (path: string) => unknown {
  return (path) => {
    let at: unknown = record
    for (const key of path.split('.')) {
      if (at === null || at === undefined) return null
      if (typeof at !== 'object' || (at !== record && !Object.hasOwn(at, key))) {
        throw new Error(`${path} is not loaded`)
      }
      at = Reflect.get(at, key)
    }
    return at === '' ? null : at
  }
}
