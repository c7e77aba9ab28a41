import type { TypedExpression } from '../expression/index.ts'
import type { FieldPart } from '../field-types/index.ts'
import type { LocalizedText } from '../localized-text.ts'
import type { FieldModel } from './model.ts'

/** A part of a field as a field of its own: virtual, and computed of the field alone. */
export function partModel(
  whole: FieldModel,
  { name, label, type, options = {} }: FieldPart,
): FieldModel {
  return {
    object: whole.object,
    name: `${whole.name}.${name}`,
    label: {
      'zh-CN': joined(whole.label, label, 'zh-CN'),
      'en-US': joined(whole.label, label, 'en-US'),
    },
    type,
    options,
    definition: { ...options, type: type.name, label: whole.label },
    isRequired: false,
    isUnique: false,
    isSystem: false,
    isReadOnly: true,
    keepsHistory: false,
    isSearchable: false,
    isVirtual: true,
    partOf: whole.name,
    formula: {
      expression: { [operatorOf(type)]: [{ var: whole.name }, name] },
      typed: reading(whole, name, type),
      reads: [whole.name],
      inputs: [whole.name],
    },
  }
}

function joined(whole: LocalizedText, part: FieldPart['label'], locale: 'zh-CN' | 'en-US'): string {
  const own = typeof whole === 'string' ? whole : (whole[locale] ?? '')
  return `${own} · ${part[locale]}`
}

function operatorOf({ expressionType }: FieldPart['type']): 'part' | 'part_number' {
  return expressionType === 'number' ? 'part_number' : 'part'
}

function reading(whole: FieldModel, name: string, type: FieldPart['type']): TypedExpression {
  const operator = operatorOf(type)
  return {
    kind: 'operation',
    type: type.expressionType,
    path: [],
    operator,
    operands: [
      { kind: 'field', type: 'structure', path: [operator, 0], name: whole.name },
      { kind: 'literal', type: 'text', path: [operator, 1], value: name },
    ],
  }
}
