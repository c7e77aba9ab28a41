import {
  isMoney,
  isShown,
  isTold,
  type FieldModel,
  MAX_HOPS,
  nearest,
  type ObjectModel,
  ownFields,
  resolveFieldPath,
  type ResolvedPath,
} from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { type Failure, failure, message } from '../errors.ts'

/** A path that the reader may follow to its end: `account.owner.name`. */
export interface FieldPath extends ResolvedPath {
  text: string
}

/** Whether an outcome is a failure. */
export function isFailure(outcome: object): outcome is Failure {
  return 'code' in outcome && 'message' in outcome
}

/** Where a name stands, for messages, and the object that it is read from. */
export interface NameAt {
  object: ObjectModel
  /** Parameter or dotted place in the body, e.g. `sort.0`. */
  place: string
}

/**
 * Follows a path from an object, as far as the reader may see. What is not there and what may not be read
 * are failures that name the field.
 */
export function resolveReadable(
  reader: Reader,
  { object, place }: NameAt,
  text: string,
): FieldPath | Failure {
  const { model } = reader.release
  const resolved = resolveFieldPath(model.objects, object, text)
  if (!resolved) return unknownField(reader, { object, place }, text)
  const hidden = [...resolved.hops, resolved.field].find((field) => !isReadable(reader, field))
  return hidden ? unreadableField(place, text, hidden) : { ...resolved, text }
}

/**
 * Follows a path as `resolveReadable` does, to a field that is only to be shown: it may be masked, what leads
 * to it may not.
 */
export function resolveShown(reader: Reader, at: NameAt, text: string): FieldPath | Failure {
  const resolved = resolveFieldPath(reader.release.model.objects, at.object, text)
  if (!resolved) return unknownField(reader, at, text)
  const hidden = resolved.hops.find((hop) => !isReadable(reader, hop))
  if (hidden) return unreadableField(at.place, text, hidden)
  return isShowable(reader, resolved.field)
    ? { ...resolved, text }
    : unreadableField(at.place, text, resolved.field)
}

/**
 * Follows a path to what is summed. Whoever sums amounts in several currencies learns how they are converted, and so
 * needs to know the currency and the day of each.
 */
export function resolveSummed(reader: Reader, at: NameAt, text: string): FieldPath | Failure {
  const path = resolveReadable(reader, at, text)
  if (isFailure(path) || !isMoney(path.field)) return path
  const money = reader.release.model.objects.get(path.field.object)?.money
  const hidden = [money?.currency, money?.rateDate].find(
    (field) => field !== undefined && !isReadable(reader, field),
  )
  return hidden ? unreadableField(at.place, hiddenPath(text, hidden), hidden) : path
}

function hiddenPath(text: string, { name }: FieldModel): string {
  return [...text.split('.').slice(0, -1), name].join('.')
}

/** Whether the reader may know the values of a field. */
export function isReadable({ actor }: Reader, field: FieldModel): boolean {
  return isTold(actor.rights.field(field))
}

/** Whether the reader may look at a field, if only at its mask. */
export function isShowable({ actor }: Reader, field: FieldModel): boolean {
  return isShown(actor.rights.field(field))
}

/** The fields of an object that the reader may look at, in the order of the model. */
export function shownFields(reader: Reader, object: ObjectModel): FieldModel[] {
  return ownFields(object.fields.values()).filter((field) => isShowable(reader, field))
}

/** The fields of an object whose values the reader may know, in the order of the model. */
export function readableFields(reader: Reader, object: ObjectModel): FieldModel[] {
  return ownFields(object.fields.values()).filter((field) => isReadable(reader, field))
}

/** The refusal of a field that the reader may not know. */
export function unreadableField(place: string, text: string, hidden: FieldModel): Failure {
  const name = text.includes('.') ? `${text} (${hidden.object}.${hidden.name})` : text
  return failure(
    place,
    'unreadable_field',
    message(`You may not read the field "${name}"`, `您无权读取字段“${name}”`),
  )
}

function unknownField(reader: Reader, { object, place }: NameAt, text: string): Failure {
  const shown = text.slice(0, 120)
  if (text.split('.').length > MAX_HOPS + 1) {
    const [en, zh] = [
      `"${shown}" crosses more than ${MAX_HOPS} relations`,
      `“${shown}”跨越了超过 ${MAX_HOPS} 层关联`,
    ]
    return failure(place, 'unknown_field', message(en, zh))
  }
  const suggestion = suggestPath(reader, object, text)
  const hint =
    suggestion === undefined
      ? ['', '']
      : [`. Did you mean "${suggestion}"?`, `，是否想写“${suggestion}”？`]
  const text2 = message(
    `${object.name} has no field "${shown}"${hint[0]}`,
    `${object.name} 没有字段“${shown}”${hint[1]}`,
  )
  return failure(place, 'unknown_field', text2, suggestion === undefined ? {} : { suggestion })
}

/** The path with its first wrong name put right, if a readable field is near it. */
function suggestPath(reader: Reader, object: ObjectModel, text: string): string | undefined {
  const names = text.split('.')
  let at: ObjectModel | undefined = object
  for (const [index, name] of names.entries()) {
    if (!at) return undefined
    const field: FieldModel | undefined = at.fields.get(name)
    if (!field || !isReadable(reader, field)) {
      const near = nearest(
        name.slice(0, 63),
        readableFields(reader, at).map((known) => known.name),
      )
      return near === undefined
        ? undefined
        : [...names.slice(0, index), near, ...names.slice(index + 1)].join('.')
    }
    at = reader.release.model.objects.get(field.target ?? '')
  }
  return undefined
}
