import type { DescribedField } from '@trellis/metamodel'

/** Where a value stands: its record, and the object that the record is of. */
export interface RecordPlace {
  object: string
  id: string
}

/** What the view of a field type is given. */
export interface FieldViewProps {
  field: DescribedField
  value: unknown
  /** The whole record, for views that show more than their own value. */
  record?: Readonly<Record<string, unknown>> | undefined
  /** In a table cell or a card: one line, no decimals where none are needed. */
  compact?: boolean | undefined
}

/** What the input of a field type is given. */
export interface FieldInputProps {
  field: DescribedField
  modelValue: unknown
  /** A message to be shown as wrong; the input turns red, the caller writes the text. */
  error?: string | undefined
  disabled?: boolean | undefined
  autofocus?: boolean | undefined
  /** In a table cell: lower, without its own frame. */
  compact?: boolean | undefined
  /** The whole record as it is being edited, for inputs that offer what suits it. */
  record?: Readonly<Record<string, unknown>> | undefined
}

/**
 * What an input says: every change of the value; `commit` when the person has finished with it (Enter, a
 * choice made), never for the Enter of an input method; `cancel` for Escape.
 */
export interface FieldInputEmits {
  'update:modelValue': [value: unknown]
  commit: []
  cancel: []
}
