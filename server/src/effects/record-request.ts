import type { FieldValue } from '@trellis/metamodel'

/** What is asked of the record engine. */
export type RecordRequest =
  | CreateRequest
  | UpdateRequest
  | UpsertRequest
  | DeleteRequest
  | RestoreRequest

interface Asked {
  object: string
  /**
   * `system`: asked for by the house itself (an approval's effects, demo data), so that rights, locks and
   * validation rules of the caller do not apply; types still do.
   */
  as?: 'caller' | 'system'
  /** The caller knows of likely twins: duplicate rules that warn let the record pass. */
  allowDuplicates?: boolean
}

export interface CreateRequest extends Asked {
  op: 'create'
  values: Readonly<Record<string, unknown>>
  /** The id to be; made here if left out. Only with `as: 'system'`. */
  id?: string
  /** When and by whom the record is said to have been made; only with `as: 'system'`. */
  audit?: { at: string; by: string }
}

export interface UpdateRequest extends Asked {
  op: 'update'
  id: string
  values: Readonly<Record<string, unknown>>
  /** Refuse unless this is the version in force. */
  version?: number
}

/** Update the one record whose unique field has this value, or create it. */
export interface UpsertRequest extends Asked {
  op: 'upsert'
  by: { field: string; value: unknown }
  values: Readonly<Record<string, unknown>>
}

export interface DeleteRequest extends Asked {
  op: 'delete'
  id: string
  version?: number
  /** Refuse as `in_use` if anything at all refers to it, even what could be emptied or deleted with it. */
  unreferred?: true
}

export interface RestoreRequest extends Asked {
  op: 'restore'
  id: string
}

/** The values of a record by field API name, as they are stored. */
export type StoredValues = Record<string, FieldValue>

/** A record as it is stored. */
export interface StoredRecord {
  id: string
  version: number
  values: StoredValues
}
