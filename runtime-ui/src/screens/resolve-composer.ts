import type { DescribedField, DescribedObject } from '@trellis/metamodel'

/** What a quick note on a timeline becomes. */
export interface Composer {
  object: DescribedObject
  /** The field that refers to the record of the page. */
  parentField: string
  /** Takes the text that is written. */
  text: DescribedField
  /** Asked beside the text: what the object demands besides it. */
  beside: DescribedField[]
  /** Whether the name has to be made from the text. */
  needsName: boolean
}

const MOST_BESIDE = 3
const NAME_LENGTH = 60

/**
 * How a record of a child object (a follow-up) can be written in one line; null if the caller may not, or if it
 * demands more than fits.
 */
export function resolveComposer(object: DescribedObject, parentField: string): Composer | null {
  const parent = object.fields.find((field) => field.name === parentField)
  if (!object.access.create || parent?.targets) return null
  const open = object.fields.filter(
    (field) => !field.system && !field.read_only && field.access === 'edit',
  )
  const long = open.filter((field) => field.type === 'long_text')
  const text = long.find((field) => field.required) ?? long[0]
  const own = new Set(['name', parentField, text?.name])
  const demanded = open.filter(
    (field) => field.required && field.default === undefined && !own.has(field.name),
  )
  const kind = open.find((field) => field.type === 'picklist' && !demanded.includes(field))
  const beside = kind ? [...demanded, kind] : demanded
  if (!text || demanded.length > MOST_BESIDE) return null
  return { object, parentField, text, beside, needsName: object.name_field === 'text' }
}

/** The record that a note makes. A name that people would have to type is the beginning of the text. */
export function composedValues(
  composer: Composer,
  given: { text: string; beside: Readonly<Record<string, unknown>>; parent: string },
): Record<string, unknown> {
  const text = given.text.trim()
  const [line = ''] = text.split('\n')
  const name = [...line].slice(0, NAME_LENGTH).join('')
  return {
    ...given.beside,
    [composer.parentField]: given.parent,
    [composer.text.name]: text,
    ...(composer.needsName ? { name } : {}),
  }
}
