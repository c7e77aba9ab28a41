import type { Message, WirePlanStep } from '@trellis/metamodel'

/** One thing that publishing does to the database. */
export interface SchemaStep {
  kind:
    | 'create_table'
    | 'retire_table'
    | 'restore_table'
    | 'add_column'
    | 'retire_column'
    | 'restore_column'
    | 'set_not_null'
    | 'drop_not_null'
    | 'set_default'
    | 'change_type'
    | 'add_foreign_key'
    | 'drop_foreign_key'
    | 'create_index'
    | 'drop_index'
  object: string
  field?: string
  table: string
  title: Message
  sql: string[]
  lock: WirePlanStep['lock']
  class: WirePlanStep['class']
  isReversible: boolean
  undo: Message
}
