import type { JsonValue } from '@trellis/metamodel'

/** Names another demo record by its `_key`; the loader puts the record's id in its place. */
export interface DemoReference {
  _ref: string
  /** Its object, where a field may refer to several. */
  _of?: string
}

/** A file with these bytes; the loader stores it and puts its id in its place. */
export interface DemoFile {
  _file: { name: string; bytes: Buffer }
}

export type DemoValue =
  | string
  | number
  | boolean
  | readonly string[]
  | { readonly [part: string]: JsonValue }
  | DemoReference
  | DemoFile

/**
 * A record to create: field values under their API names, and what the loader needs besides.
 * Fields that the system fills (auto-numbers, derived values, values that follow a stage) are left out.
 */
export interface DemoRecord {
  /** Names the record within the demo data, e.g. `account.17`. */
  _key: string
  /** When it was made, RFC 3339; the moment of loading if left out. */
  _created_at?: string
  /** Who looks after it; whoever loads it if left out. */
  _owner?: DemoReference
  /** Who made it; its owner if left out. */
  _created_by?: DemoReference
  [field: string]: DemoValue | undefined
}

export interface DemoObject {
  object: string
  records: DemoRecord[]
}

/**
 * Demo data in an order in which it can be created: a record refers only to records before it, of its
 * own object or an earlier one. `updates` are values that close a circle (a department's head is a user
 * of that department): they are written to existing records after everything has been created.
 */
export interface DemoData {
  objects: DemoObject[]
  updates: DemoObject[]
}

/** A reference to the record with this key. */
export function ref(key: string): DemoReference {
  return { _ref: key }
}

/** The same for a lookup of several objects, which has to be told which of them it is. */
export function refOf(object: string, key: string): DemoReference {
  return { _ref: key, _of: object }
}
