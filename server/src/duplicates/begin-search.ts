import type { DuplicateRuleDefinition, FieldModel, Message, ObjectModel } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { hasSqlState } from '../db/index.ts'
import { message, refuse, RequestError } from '../errors.ts'
import { enqueue } from '../outbox/index.ts'
import { isReadable, unreadableField } from '../query/field-path.ts'
import { isTelling } from './is-telling.ts'
import { insertSearch, SEARCH_TOPIC } from './search-store.ts'

/**
 * Orders a search for duplicates of an object: by one of its rules, or by what its records tell. It is made with the
 * rights of who orders it, and theirs alone: what others find alike may be so by records that they do not see.
 * @returns the id of the search
 * @throws RequestError not_found · forbidden · validation_failed · conflict if one of the object is under way
 */
export async function beginSearch(
  context: Context,
  object: ObjectModel,
  rule: string | undefined,
): Promise<string> {
  if (context.actor.within !== undefined) {
    throw new RequestError('forbidden', {
      detail: message(
        'A key with a permission set of its own searches for no duplicates',
        '限定了权限集的密钥不能查重',
      ),
    })
  }
  const fields = rule === undefined ? tellingFields(context, object) : ruleFields(object, rule)
  const hidden = fields.find((field) => !isReadable(context, field))
  if (hidden) {
    const failures = [unreadableField('rule', hidden.name, hidden)]
    throw new RequestError('forbidden', { failures })
  }
  const { schema } = context.release.physical.names
  try {
    return await context.db.inTransaction(async (tx) => {
      const id = await insertSearch(tx, schema, {
        object: object.name,
        rule: rule ?? null,
        fields: fields.map(({ name }) => name),
        startedBy: context.actor.userId,
        now: context.now,
      })
      await enqueue(tx, schema, [{ topic: SEARCH_TOPIC, payload: { search: id } }])
      return id
    })
  } catch (error) {
    if (!hasSqlState(error, '23505')) throw error
    throw new RequestError('conflict', {
      detail: message('A search of this object is under way', '该对象的查重正在进行'),
    })
  }
}

/** What the caller may know of what tells records apart. */
function tellingFields(context: Context, object: ObjectModel): FieldModel[] {
  const fields = [...object.fields.values()].filter(
    (field) => isTelling(field) && isReadable(context, field),
  )
  if (fields.length > 0) return fields
  throw refuse(
    'validation_failed',
    'object',
    message('You may read nothing that could be compared', '没有您可读取且可比较的字段'),
  )
}

function ruleFields(object: ObjectModel, name: string): FieldModel[] {
  const definition = object.duplicateRules.find((rule) => rule.name === name)?.definition
  if (!definition) {
    const shown = name.slice(0, 63)
    const text = message(`There is no duplicate rule "${shown}"`, `没有查重规则“${shown}”`)
    throw refuse('validation_failed', 'rule', text)
  }
  const obstacle = obstacleOf(object, definition)
  if (obstacle) throw refuse('validation_failed', 'rule', obstacle)
  return fieldsOf(object, definition)
}

const fieldsOf = (object: ObjectModel, { match }: DuplicateRuleDefinition): FieldModel[] =>
  match.flatMap(({ field }) => object.fields.get(field) ?? [])

/** Why an object cannot be searched by a rule; undefined if it can. */
function obstacleOf(
  object: ObjectModel,
  { among, match, when }: DuplicateRuleDefinition,
): Message | undefined {
  const isOfOthers = among !== undefined && among !== object.name
  if (isOfOthers || match.some((one) => one.with !== undefined)) {
    return message('The rule compares with other records', '该规则与其他对象或字段比较')
  }
  return when === undefined ? undefined : message('The rule has a condition', '该规则带有条件')
}

/** The rules by which the caller may search an object. */
export function searchableRules(context: Context, object: ObjectModel): SearchableRule[] {
  return object.duplicateRules.filter(
    ({ definition }) =>
      obstacleOf(object, definition) === undefined &&
      fieldsOf(object, definition).every((field) => isReadable(context, field)),
  )
}
type SearchableRule = ObjectModel['duplicateRules'][number]
