import { type FieldModel, type Mask, type MaskedValue, maskOf, maskText } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'
import { openCell } from '../access/sealed-values.ts'
import { CELL_WRITERS, type CellKind, type CellWriter, quote } from './cells.ts'

/** What the values of a field are written as. */
export function cellKind(field: FieldModel): CellKind {
  return field.type.expressionType
}

/** How a field is masked for a reader; undefined if its value may be told. */
export function maskFor({ actor }: Reader, field: FieldModel): Mask | undefined {
  return actor.rights.field(field) === 'masked' ? maskOf(field) : undefined
}

/** Writes the cells of a field as JSON, as far as the reader may know them. */
export function cellWriter(reader: Reader, field: FieldModel): CellWriter {
  const mask = maskFor(reader, field)
  if (mask === undefined && field.type.isSealed === true) {
    return (text) => quote(openCell(reader.release, field, text))
  }
  if (mask === undefined) return CELL_WRITERS[cellKind(field)]
  // Whoever shows a record shows its name as a text.
  if (field.name === 'name') return (text) => quote(maskText(mask, text))
  const shown = (text: string): string =>
    field.type.isSealed ? openCell(reader.release, field, text) : text
  return (text) => JSON.stringify(masked(mask, shown(text)))
}

/** A value as JSON has it, as far as the reader may know it. */
export function shownValue(reader: Reader, field: FieldModel, value: unknown): unknown {
  const mask = maskFor(reader, field)
  if (mask === undefined || value === null || value === undefined) return value ?? null
  const text = typeof value === 'object' ? '' : String(value)
  return field.name === 'name' ? maskText(mask, text) : masked(mask, text)
}

/** Tells the name of a record of an object, or as much of it as the reader may know; null for none. */
export type TellName = (name: string | null | undefined) => string | null

/** How a reader is told the names of records of an object. */
export function nameTeller(reader: Reader, object: string): TellName {
  const field = reader.release.model.objects.get(object)?.fields.get('name')
  if (!field || reader.actor.rights.field(field) === 'none') return () => null
  return nameMask(reader, object)
}

/**
 * As `nameTeller`, of records whose names the reader is to know whatever they may read: a mask is kept, and of an
 * object that they work with what their permission sets hide.
 */
export function nameMask(reader: Reader, object: string): TellName {
  const { rights } = reader.actor
  const field = reader.release.model.objects.get(object)?.fields.get('name')
  const access = field && rights.field(field)
  if (access === 'none' && rights.object(object).read) return () => null
  const mask = field && maskFor(reader, field)
  if (mask === undefined) return (name) => name ?? null
  return (name) => (name === null || name === undefined ? null : maskText(mask, name))
}

function masked(mask: Mask, text: string): MaskedValue {
  return { masked: maskText(mask, text) }
}
