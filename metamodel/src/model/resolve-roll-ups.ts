import { type Expression, expressionReferences } from '../expression/index.ts'
import { type FieldTypes, rollUpAs, type RollUpFunction } from '../field-types/index.ts'
import type { ObjectDefinition } from '../kinds/index.ts'
import { isMoney } from './corporate-currency.ts'
import { CURRENCY, type FieldModel, type Model, type RelationshipModel } from './model.ts'

/** What roll-ups are resolved against: fields and relationships by object. */
export interface RollUpGround {
  fields: ReadonlyMap<string, Map<string, FieldModel>>
  relationships: ReadonlyMap<string, ReadonlyMap<string, RelationshipModel>>
  definitions: ReadonlyMap<string, ObjectDefinition>
  types: FieldTypes
}

/**
 * Gives every roll-up the type of what it rolls up, which may be a roll-up itself. One that leads nowhere, or to
 * itself, stays as it is, for its check to say why.
 */
export function resolveRollUps(ground: RollUpGround): void {
  const open = new Set<FieldModel>()
  const resolve = (field: FieldModel): FieldModel => {
    if (field.type.name !== 'roll_up' || field.rollUp || open.has(field)) return field
    open.add(field)
    const resolved = resolveOne(ground, field, resolve)
    open.delete(field)
    if (resolved !== field) ground.fields.get(field.object)?.set(field.name, resolved)
    return resolved
  }
  for (const fields of ground.fields.values()) for (const field of fields.values()) resolve(field)
}

function resolveOne(
  { fields, relationships, definitions, types }: RollUpGround,
  field: FieldModel,
  resolve: (field: FieldModel) => FieldModel,
): FieldModel {
  const { fn, via = '', field: of, where } = field.definition
  const relationship = relationships.get(field.object)?.get(via)
  const given = of === undefined ? undefined : fields.get(relationship?.object ?? '')?.get(of)
  const source = given && resolve(given)
  const measured = fn === 'count' ? { type: types.get('number'), options: {} } : source
  if (!relationship || fn === undefined || !measured?.type) return field
  const isOpen = source?.type.name === 'roll_up' && !source.rollUp
  if (isOpen || (fn === 'count') === (of !== undefined)) return field
  const type = rollUpAs(fn, { type: measured.type, options: measured.options })
  const moneys = [relationship.object, field.object].map(
    (name) => definitions.get(name)?.multi_currency,
  )
  return {
    ...field,
    type,
    options: { ...field.options, ...scaleOf(type) },
    rollUp: rollUpModel(fn, relationship, {
      source: source?.name,
      where,
      ...(isMoney({ type }) ? readToConvert(moneys) : {}),
    }),
  }
}

/** What a conversion reads of the record whose amount it is, if it or the one above has a currency of its own. */
function readToConvert(moneys: readonly ObjectDefinition['multi_currency'][]): {
  converted?: readonly string[]
} {
  if (moneys.every((money) => money === undefined)) return {}
  const [below] = moneys
  return { converted: below ? [CURRENCY, below.rate_date ?? CURRENCY] : [] }
}

function scaleOf(type: FieldModel['type']): { scale?: number } {
  const storage = type.storage({})
  return storage.as === 'numeric' ? { scale: storage.scale } : {}
}

function rollUpModel(
  fn: RollUpFunction,
  { object, field: via }: RelationshipModel,
  {
    source,
    where,
    converted,
  }: { source: string | undefined; where: unknown; converted?: readonly string[] },
): FieldModel['rollUp'] & object {
  const named = where === undefined ? [] : expressionReferences(where as Expression).fields
  return {
    fn,
    child: object,
    via,
    ...(source === undefined ? {} : { source }),
    ...(where === undefined ? {} : { where: where as Expression }),
    ...(converted ? { isConverted: true } : {}),
    reads: new Set([
      via,
      ...(source === undefined ? [] : [source]),
      ...named,
      ...(converted ?? []),
    ]),
  }
}

/** The roll-ups that are made of records of an object, e.g. of payments: what contracts and accounts have of them. */
export function rollUpsOf(model: Pick<Model, 'objects'>, child: string): RollUpField[] {
  return allRollUps(model).filter((field) => field.rollUp.child === child)
}

/** A field that is a roll-up. */
export type RollUpField = FieldModel & Required<Pick<FieldModel, 'rollUp'>>

/** Every roll-up of the model. */
export function allRollUps(model: Pick<Model, 'objects'>): RollUpField[] {
  return [...model.objects.values()].flatMap((object) =>
    [...object.fields.values()].filter(isRollUp),
  )
}

/** Whether a field is a roll-up. */
export function isRollUp(field: FieldModel): field is RollUpField {
  return field.rollUp !== undefined
}
