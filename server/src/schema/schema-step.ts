import type { Message, WirePlanStep } from '@trellis/metamodel'

import type { Stage } from './stage.ts'

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
    | 'convert_column'
    | 'backfill'
    | 'replace_values'
    | 'add_foreign_key'
    | 'drop_foreign_key'
    | 'add_check'
    | 'drop_check'
    | 'create_index'
    | 'drop_index'
  object: string
  field?: string
  table: string
  /** Other tables whose rows it reads. */
  reads?: readonly string[]
  title: Message
  /** How it is done at once, within the one transaction of a small publish. */
  sql: string[]
  /**
   * How the same is done on a large table while people work on it. Without stages `sql` is part of the short
   * transaction that makes the release live.
   */
  stages?: readonly Stage[]
  lock: WirePlanStep['lock']
  class: WirePlanStep['class']
  isReversible: boolean
  undo: Message
}
