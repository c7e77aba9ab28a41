import {
  type DescribedField,
  type DescribedLayout,
  type DescribedObject,
  RECORD_TYPE,
  WIDE_TYPES,
} from '@trellis/metamodel'

import { type Conditions, holds, type RecordValues } from './conditions.ts'
import { asOffered, layoutOf } from './record-types.ts'

/** Why a field cannot be edited now; the words are in the locale files. */
export type ReadOnlyReason =
  | 'locked'
  | 'system'
  | 'access'
  | 'layout'
  | 'condition'
  | 'master'
  | 'type'

/** A field as it stands on the screen for one record, one user, one moment. */
export interface ScreenField {
  /** Stable name for designers and tests: `<section>.<field>`. */
  node: string
  name: string
  field: DescribedField
  isVisible: boolean
  isRequired: boolean
  isReadOnly: boolean
  readOnlyReason: ReadOnlyReason | null
  /** Takes the whole width of its section. */
  isWide: boolean
}

/** A section with the fields that the caller may read, in the order of the layout. */
export interface ScreenSection {
  node: string
  name: string
  label: string
  columns: 1 | 2
  isCollapsed: boolean
  isVisible: boolean
  fields: ScreenField[]
}

/** The form or the details of one record, with every condition decided. */
export interface RecordScreen {
  sections: ScreenSection[]
}

/** What a screen is resolved from. A record without `id` is a new one. */
export interface RecordScreenInput extends Conditions {
  object: DescribedObject
  /** The layout of the record's type if left out. */
  layout?: DescribedLayout | undefined
  record: RecordValues
  /** The record as it was loaded; null while it is being created. */
  before?: RecordValues | null | undefined
  /** Locked by an approval or by its life: nothing may be edited. */
  isLocked?: boolean
}

type LayoutSection = DescribedLayout['sections'][number]
type LayoutField = LayoutSection['fields'][number]

/**
 * Decides what of a record is shown, must be filled and may be edited. A layout tightens what the object says
 * and never loosens it; a hidden field is not required. Fields that the caller may not read are left out.
 * @example resolveRecordScreen({ object, record, user, now, timeZone }).sections[0].fields
 */
export function resolveRecordScreen(input: RecordScreenInput): RecordScreen {
  const { object, record } = input
  const layout = input.layout ?? layoutOf(object, record)
  const fields = new Map(
    object.fields.map((field) => [field.name, asOffered(object, field, record)]),
  )
  const sections = withRecordType(layout?.sections ?? [], fields).map((section) =>
    resolveSection(input, section, fields),
  )
  return { sections }
}

/** The type of a record decides about the rest: where the layout leaves it out, it stands first. */
function withRecordType(
  sections: readonly LayoutSection[],
  fields: ReadonlyMap<string, DescribedField>,
): readonly LayoutSection[] {
  const [first, ...others] = sections
  const isPlaced = sections.some((section) =>
    section.fields.some(({ field }) => field === RECORD_TYPE),
  )
  if (!first || isPlaced || !fields.has(RECORD_TYPE)) return sections
  return [{ ...first, fields: [{ field: RECORD_TYPE }, ...first.fields] }, ...others]
}

function resolveSection(
  input: RecordScreenInput,
  section: LayoutSection,
  fields: ReadonlyMap<string, DescribedField>,
): ScreenSection {
  const isVisible = isShown(section.visible_when, input)
  const resolved = section.fields.flatMap((placed) => {
    const field = fields.get(placed.field)
    return field ? [resolveField(input, { section: section.name, placed, field, isVisible })] : []
  })
  return {
    node: section.name,
    name: section.name,
    label: section.label ?? '',
    columns: section.columns ?? 2,
    isCollapsed: section.collapsed ?? false,
    isVisible: isVisible && resolved.some((field) => field.isVisible),
    fields: resolved,
  }
}

/** A field at its place, or where it would stand if the layout had one for it. */
export interface PlacedField {
  section: string
  placed: LayoutField
  field: DescribedField
  /** Whether its section is shown. */
  isVisible: boolean
}

/** Decides about one field at its place. */
export function resolveField(
  input: RecordScreenInput,
  { section, placed, field, isVisible }: PlacedField,
): ScreenField {
  const shown =
    isVisible && isShown(field.visible_when, input) && isShown(placed.visible_when, input)
  const reason = readOnlyReason(input, field, placed)
  return {
    node: `${section}.${field.name}`,
    name: field.name,
    field,
    isVisible: shown,
    isRequired: shown && reason === null && mustBeFilled(input, field, placed),
    isReadOnly: reason !== null,
    readOnlyReason: reason,
    isWide: placed.wide ?? WIDE_TYPES.has(field.type),
  }
}

/** A condition that cannot be decided here (it reads a parent that is not loaded) does not hide anything. */
function isShown(condition: unknown, input: RecordScreenInput): boolean {
  return (
    condition === undefined || condition === null || holds(condition, input.record, input) !== false
  )
}

function mustBeFilled(
  input: RecordScreenInput,
  field: DescribedField,
  placed: LayoutField,
): boolean {
  return (placed.required === true && field.type !== 'checkbox') || isDemanded(input, field)
}

/**
 * Whether a save without a value is refused, whoever makes it: always where the field is required; where it is required
 * under a condition, not while its own condition hides it, since then no form shows it.
 */
export function isDemanded(input: RecordScreenInput, field: DescribedField): boolean {
  if (field.type === 'checkbox') return false
  if (field.required) return true
  const { required_when: condition } = field
  return (
    isGiven(condition) &&
    holds(condition, input.record, input) === true &&
    isShown(field.visible_when, input)
  )
}

function readOnlyReason(
  input: RecordScreenInput,
  field: DescribedField,
  placed: LayoutField,
): ReadOnlyReason | null {
  if (input.isLocked) return 'locked'
  if (field.read_only) return 'system'
  if (field.access !== 'edit' || !mayWrite(input)) return 'access'
  if (isFixedMaster(input, field)) return 'master'
  if (field.name === RECORD_TYPE && input.before) return 'type'
  if (placed.read_only) return 'layout'
  const isClosed =
    isGiven(field.read_only_when) && holds(field.read_only_when, input.record, input) === true
  return isClosed ? 'condition' : null
}

function mayWrite({ object, before }: RecordScreenInput): boolean {
  return before ? object.access.edit : object.access.create
}

/** A detail keeps its master unless the model says that it may move. */
function isFixedMaster({ before }: RecordScreenInput, field: DescribedField): boolean {
  return field.type === 'master_detail' && Boolean(before) && field.options['reparentable'] !== true
}

function isGiven(condition: unknown): boolean {
  return condition !== undefined && condition !== null
}
