import type { Message, RecordRight } from '@trellis/metamodel'

import type { Reader } from '../access/reader.ts'

/** What a change of access means for the people and the records there are. */
export interface AccessEffect {
  object: string
  right: RecordRight | 'create' | 'export' | 'fields'
  isGain: boolean
  /** Null where counting took too long. */
  users: number | null
  /** The records that any of them gains or loses; null where it is not about single records, or was not counted. */
  records: number | null
  /** There are more than these. */
  isMore: boolean
  message: Message
}

/** The same person under the release in force and under the one to come. */
export interface Compared {
  before: Reader
  after: Reader
}
