import type { MatchMethod } from '../kinds/duplicate-rule.ts'

/** A field that a search compares, and how: null where the records themselves tell what makes them alike. */
export interface ComparedField {
  field: string
  method: MatchMethod | null
}

/** A search for records of an object that may be about the same thing. */
export interface DuplicateSearch {
  id: string
  object: string
  /** The duplicate rule that is searched by; null where the records themselves tell what makes them alike. */
  rule: string | null
  status: 'pending' | 'running' | 'done' | 'failed'
  /** How far it is, from 0 to 1. */
  progress: number
  /** Whether it was cut off under way, and waits to begin anew. */
  interrupted: boolean
  compared: ComparedField[]
  /** Why it failed. */
  note: string | null
  created_at: string
  finished_at: string | null
}

/** Records that may be about the same thing, of those that the caller may see: two at least. */
export interface DuplicateGroup {
  id: string
  /** How alike the compared values are, from 0 to 1. */
  score: number
  /** The fields in which all records of the group agree. */
  agreed: string[]
  records: { id: string; name: string | null }[]
}

/** The last searches of an object, the newest first, and the rules that the caller may search by. */
export interface DuplicateSearchList {
  searches: DuplicateSearch[]
  rules: { name: string; label: string }[]
}

export interface DuplicateGroupPage {
  groups: DuplicateGroup[]
  /** With the first page: how many groups there are still, counted up to 1,000. */
  left?: number
  next_cursor: string | null
}
