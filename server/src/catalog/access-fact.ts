import {
  type FieldAccess,
  type Kind,
  localize,
  type LocalizedText,
  type Message,
  type Model,
  type Rights,
} from '@trellis/metamodel'

import { message } from '../errors.ts'

/** One thing that metadata says about who may see and do what. */
export interface AccessFact {
  /** The component that says it. */
  kind: Kind
  name: string
  /** Names the fact: what has the same key in two models is the same fact, perhaps with another value. */
  key: string
  /** Where it stands in the snapshot, and in how few words; facts of one line are joined. */
  section: string
  line: string
  short: string
  /** The usual in its place: told of, but not worth a line of its own. */
  isUsual?: boolean
  /** What is decided, and how, in words. */
  what: Message
  value: Message
  /** All that it lets through, as marks that can be compared: the wider value has more of them. */
  reach: ReadonlySet<string>
  /** It takes away rather than gives. */
  isClosing?: boolean
  /** The objects whose records or fields it is about. */
  touches: readonly string[]
  /** Whether somebody has as much as this gives, in the model in force; only they may give it. */
  isHeldBy(rights: Rights, current: Model): boolean
}

/** The value of a fact that is not there. */
export const NOT_GIVEN: Message = message('no', '无')
export const GIVEN: Message = message('yes', '有')

/** A label in both languages. */
export function said(text: LocalizedText | undefined, name: string): Message {
  return message(localize(text, 'en-US', name), localize(text, 'zh-CN', name))
}

/** How much is let through by the access to a field: each wider one includes the narrower. */
export const FIELD_REACH: Readonly<Record<FieldAccess, ReadonlySet<string>>> = {
  none: new Set(),
  masked: new Set(['masked']),
  read: new Set(['masked', 'reveal', 'read']),
  edit: new Set(['masked', 'reveal', 'read', 'edit']),
}

/** Whether one reach contains another. */
export function contains(wide: ReadonlySet<string>, narrow: ReadonlySet<string>): boolean {
  return [...narrow].every((mark) => wide.has(mark))
}
