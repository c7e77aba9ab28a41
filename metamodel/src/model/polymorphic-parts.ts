import type { ExpressionType, TypedExpression, TypedField } from '../expression/index.ts'
import { type FieldType, type FieldTypes } from '../field-types/index.ts'
import type { FieldModel } from './model.ts'
import { fieldModel } from './system-fields.ts'

/** What may be asked of a lookup of several objects besides the fields of the other record. */
export const REFERENCE_PARTS = ['object', 'id', 'name'] as const
type ReferencePart = (typeof REFERENCE_PARTS)[number]

/** The name of a part of a lookup of several objects: no field that people make is called so. */
export function partName(field: string, part: string): string {
  return `${field}$${part}`
}

/**
 * A lookup of several objects with the fields that it is made of: one lookup per object, which has the column, and
 * which object, id and name it comes to, computed of those.
 */
export function withParts(field: FieldModel, types: FieldTypes): FieldModel[] {
  const { targets } = field.definition
  const lookup = types.get('lookup')
  const text = types.get('text')
  if (targets === undefined || !lookup || !text) return [field]
  const members = targets.map((target) => memberOf(field, target, lookup))
  const computed = REFERENCE_PARTS.map((part) =>
    computedPart(field, members, part, part === 'id' ? lookup : text),
  )
  return [{ ...field, members }, ...members, ...computed]
}

function memberOf(field: FieldModel, target: string, lookup: FieldType): FieldModel {
  const { label, relationship, on_delete: own, required } = field.definition
  const member = fieldModel(
    field.object,
    partName(field.name, target),
    {
      type: 'lookup',
      label,
      target,
      on_delete: own ?? (required === true ? 'restrict' : 'set_null'),
      ...(relationship ? { relationship } : {}),
    },
    lookup,
  )
  return { ...member, partOf: field.name, isReadOnly: true }
}

function computedPart(
  field: FieldModel,
  members: readonly FieldModel[],
  part: ReferencePart,
  type: FieldType,
): FieldModel {
  const typed = PARTS[part](members)
  const names = members.map(({ name }) => (part === 'name' ? `${name}.name` : name))
  return {
    ...fieldModel(
      field.object,
      partName(field.name, part),
      { type: type.name, label: field.label, history: false },
      type,
    ),
    partOf: field.name,
    isReadOnly: true,
    keepsHistory: false,
    isVirtual: true,
    formula: {
      expression: null,
      typed,
      reads: part === 'name' ? names : [],
      inputs: names,
    },
    ...(part === 'object'
      ? { values: members.map(({ target = '' }) => ({ code: target, label: target })) }
      : {}),
  }
}

const PARTS: Readonly<Record<ReferencePart, (members: readonly FieldModel[]) => TypedExpression>> =
  {
    id: (members) =>
      firstOf(
        'id',
        members.map(({ name }) => name),
      ),
    name: (members) =>
      firstOf(
        'text',
        members.map(({ name }) => `${name}.name`),
      ),
    object: (members) => objectOf(members),
  }

function fieldAt(type: ExpressionType, name: string, path: (string | number)[]): TypedField {
  return { kind: 'field', type, name, path }
}

/** The first of these fields that has a value. */
function firstOf(
  type: ExpressionType,
  names: readonly string[],
  path: (string | number)[] = [],
): TypedExpression {
  const [name = '', ...others] = names
  if (others.length === 0) return fieldAt(type, name, path)
  return {
    kind: 'operation',
    type,
    path,
    operator: 'blank_value',
    operands: [
      fieldAt(type, name, [...path, 'blank_value', 0]),
      firstOf(type, others, [...path, 'blank_value', 1]),
    ],
  }
}

/** The object whose lookup has a value. */
function objectOf(members: readonly FieldModel[], path: (string | number)[] = []): TypedExpression {
  const [member, ...others] = members
  if (!member) return { kind: 'literal', type: 'text', path, value: null }
  const at = (index: number): (string | number)[] => [...path, 'if', index]
  return {
    kind: 'operation',
    type: 'text',
    path,
    operator: 'if',
    operands: [
      {
        kind: 'operation',
        type: 'boolean',
        path: at(0),
        operator: 'is_blank',
        operands: [fieldAt('id', member.name, [...at(0), 'is_blank', 0])],
      },
      objectOf(others, at(1)),
      { kind: 'literal', type: 'text', path: at(2), value: member.target ?? '' },
    ],
  }
}
