import type { DescribedField } from '@trellis/metamodel'

import { writtenValue } from './diff-record.ts'
import { asOffered } from './record-types.ts'
import {
  isDemanded,
  type RecordScreen,
  type RecordScreenInput,
  resolveField,
  resolveRecordScreen,
  type ScreenField,
  type ScreenSection,
} from './resolve-record-screen.ts'

/** What a form has learned since it was opened. */
export interface FormMemory {
  /** Fields that were missing when the form began to show them: they stay while they are filled. */
  begun?: ReadonlySet<string>
  /** Fields for which the last save was refused. */
  refused?: ReadonlySet<string>
}

/** The screen of a form. */
export interface FormScreen extends RecordScreen {
  /** The fields that it shows only because the record could not be saved without them. */
  asked: ReadonlySet<string>
}

/**
 * The screen of a record's form. A layout arranges what the model demands and cannot waive it: a field without whose
 * value the save would be refused is shown, be it hidden by a condition, in a section that is hidden, or left out of the
 * layout; what has no place follows in a section of its own.
 */
export function resolveFormScreen(input: RecordScreenInput, memory: FormMemory = {}): FormScreen {
  const asked = new Set<string>()
  const ask = (entry: ScreenField): ScreenField => {
    if (entry.isVisible || !isWanted(input, entry, memory)) return entry
    asked.add(entry.name)
    return { ...entry, isVisible: true, isRequired: true }
  }
  const placed = resolveRecordScreen(input).sections.map((section) => {
    const fields = section.fields.map(ask)
    return { ...section, fields, isVisible: fields.some((field) => field.isVisible) }
  })
  const others = unplacedFields(input, placed).map(ask)
  const left = others.filter(({ isVisible }) => isVisible)
  return { sections: left.length > 0 ? [...placed, unplacedSection(left)] : placed, asked }
}

/** Whether a field that is not in sight has to be filled, by somebody who may. */
function isWanted(
  input: RecordScreenInput,
  { name, field, readOnlyReason }: ScreenField,
  { begun, refused }: FormMemory,
): boolean {
  if (readOnlyReason !== null) return false
  if (refused?.has(name) === true) return true
  return isDemanded(input, field) && (begun?.has(name) === true || isMissing(input, field))
}

/** Nothing is there, and a new record is not given what it begins with. */
function isMissing({ record, before }: RecordScreenInput, field: DescribedField): boolean {
  const value = record[field.name]
  const hasDefault = field.default !== undefined || field.default_from !== undefined
  const isFilledOnSaving = !before && value === undefined && hasDefault
  return writtenValue(value) === null && !isFilledOnSaving
}

/** The fields for which the layout has no place. */
function unplacedFields(
  input: RecordScreenInput,
  sections: readonly ScreenSection[],
): ScreenField[] {
  const placed = new Set(sections.flatMap((section) => section.fields.map(({ name }) => name)))
  return input.object.fields
    .filter(({ name, system }) => !placed.has(name) && !system)
    .map((field) => {
      const offered = asOffered(input.object, field, input.record)
      const at = { section: UNPLACED, placed: { field: field.name }, field: offered }
      return resolveField(input, { ...at, isVisible: false })
    })
}

/** The name of the section of what the layout leaves out. */
export const UNPLACED = 'unplaced'

function unplacedSection(fields: ScreenField[]): ScreenSection {
  return {
    node: UNPLACED,
    name: UNPLACED,
    label: '',
    columns: 2,
    isCollapsed: false,
    isVisible: true,
    fields,
  }
}
