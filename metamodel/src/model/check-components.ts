import type { FieldTypes } from '../field-types/index.ts'
import { isFrozenJson } from '../json-value.ts'
import { splitName } from '../kinds/component-files.ts'
import {
  anyFieldSchema,
  API_NAME,
  type Component,
  fieldSchema,
  isKind,
  type Kind,
  KINDS,
  MAX_NAME_LENGTH,
  type RawComponent,
} from '../kinds/index.ts'
import { SYSTEM_FIELDS } from './model.ts'
import type { ProblemList } from './problems.ts'
import type { Turns } from './turns.ts'

const NAME = new RegExp(API_NAME)
const RESERVED = new Set<string>([
  ...SYSTEM_FIELDS,
  'name',
  'deleted_at',
  'record_type',
  'currency',
  'life_status',
])

/** Judges each component by itself, one in each turn: kind, name, shape, uniqueness. @returns those that are sound. */
export function* checkComponents(
  components: readonly RawComponent[],
  types: FieldTypes,
  problems: ProblemList,
): Turns<Component[]> {
  const seen = new Set<string>()
  const sound: Component[] = []
  for (const component of components) {
    yield
    if (!isKind(component.kind)) {
      problems.addMissing(component, '', 'kind', component.kind, Object.keys(KINDS))
      continue
    }
    const key = `${component.kind} ${component.name}`
    if (seen.has(key)) {
      problems.add(
        component,
        'duplicate_name',
        '',
        `"${component.name}" is defined twice`,
        `“${component.name}”重复定义`,
      )
    }
    const isNamed = checkName(component, component.kind, problems)
    const isShaped = checkDefinition(component, component.kind, types, problems)
    if (isNamed && isShaped && !seen.has(key)) sound.push(component as Component)
    else if (component.kind === 'object') problems.faultyObjects.add(component.name)
    seen.add(key)
  }
  return sound
}

function checkName(component: RawComponent, kind: Kind, problems: ProblemList): boolean {
  const before = problems.all.length
  const [object, own] = splitName(component.name)
  const parts = KINDS[kind].isOfObject ? [object, own] : [component.name]
  if (KINDS[kind].isOfObject && own === '') {
    problems.add(
      component,
      'wrong_name',
      '',
      `A ${kind} is named "<object>.<name>"`,
      `${kind} 的名称应为“<对象>.<名称>”`,
    )
  }
  for (const part of parts.filter((one) => one !== '')) checkNamePart(component, part, problems)
  if (kind === 'field' && RESERVED.has(own)) {
    problems.add(
      component,
      'reserved_name',
      '',
      `"${own}" is a field that every record has already`,
      `“${own}”是系统保留字段`,
    )
  }
  return problems.all.length === before
}

function checkNamePart(component: RawComponent, part: string, problems: ProblemList): void {
  if (part.length > MAX_NAME_LENGTH) {
    problems.add(
      component,
      'name_too_long',
      '',
      `"${part}" has ${part.length} characters; PostgreSQL would cut it after ${MAX_NAME_LENGTH}`,
      `“${part}”有 ${part.length} 个字符，超过 PostgreSQL 的 ${MAX_NAME_LENGTH} 个上限会被截断`,
    )
  } else if (!NAME.test(part)) {
    problems.add(
      component,
      'wrong_name',
      '',
      `"${part}" is no API name: lower-case letters, digits and single _`,
      `“${part}”不是合法的 API 名称：小写字母、数字和单个下划线`,
    )
  }
}

/** Frozen definitions whose shape is right, and as what: they are judged once, however often they are compiled. */
const judged = new WeakMap<FieldTypes, WeakMap<object, Kind>>()

function checkDefinition(
  component: RawComponent,
  kind: Kind,
  types: FieldTypes,
  problems: ProblemList,
): boolean {
  const { definition } = component
  const known = judged.get(types) ?? new WeakMap<object, Kind>()
  judged.set(types, known)
  const isFrozen = isFrozenJson(definition)
  if (isFrozen && known.get(definition) === kind) return true
  const isSound = checkShapeOf(component, kind, types, problems)
  if (isFrozen && isSound) known.set(definition, kind)
  return isSound
}

function checkShapeOf(
  component: RawComponent,
  kind: Kind,
  types: FieldTypes,
  problems: ProblemList,
): boolean {
  const schema = KINDS[kind].schema
  if (schema) return problems.addShape(component, schema, component.definition)
  if (!problems.addShape(component, anyFieldSchema(types), component.definition)) return false
  const type = types.get((component.definition as { type: string }).type)
  return type !== undefined && problems.addShape(component, fieldSchema(type), component.definition)
}
