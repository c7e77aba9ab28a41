import {
  type Component,
  compileModel,
  diffModels,
  type FieldTypes,
  type Model,
  type ModelChange,
  type Problem,
  type RawComponent,
} from '@trellis/metamodel'

import { assignNames, type AssignedNames, type UsedNames } from '../schema/assign-names.ts'
import { describeTables, type SchemaAbilities, type TableShape } from '../schema/describe-tables.ts'
import { planSchema } from '../schema/plan-schema.ts'
import type { SchemaStep } from '../schema/schema-step.ts'
import { checkTemplates } from './check-templates.ts'

/** What a publish starts from. */
export interface PublishBase {
  /** The model in force; undefined on an empty tenant. */
  model: Model | undefined
  names: UsedNames
  abilities: SchemaAbilities
  fieldTypes: FieldTypes
  /** Take up retired tables and columns again with their data: a roll back. */
  isRestoring?: boolean
}

/** Everything that publishing would do, before anything is done. */
export interface PublishPlan {
  problems: Problem[]
  /** Undefined if there are problems. */
  ready?: {
    model: Model
    changes: ModelChange[]
    names: AssignedNames
    steps: SchemaStep[]
    before: ReadonlyMap<string, TableShape>
    next: ReadonlyMap<string, TableShape>
  }
}

/**
 * The plan from the model in force to these components. Pure: the preview and the publish are one function.
 * What a file may not say, the API and the studio may not say either, because all of them end here.
 */
export function planPublish(components: readonly RawComponent[], base: PublishBase): PublishPlan {
  const { model, problems } = compileModel(components, base.fieldTypes)
  const all = [...problems, ...checkTemplates(components), ...checkTypeChanges(base.model, model)]
  if (!model || all.some((problem) => problem.severity === 'error')) return { problems: all }
  const used = base.isRestoring === true ? base.names : withoutRestorable(base.names)
  const names = assignNames(model, used)
  const before = base.model
    ? describeTables(base.model, base.names, base.abilities)
    : new Map<string, TableShape>()
  const next = describeTables(model, names, base.abilities)
  const steps = planSchema({ schema: base.names.schema, before, next, names })
  return {
    problems: all,
    ready: {
      model,
      changes: diffModels(base.model?.components ?? [], model.components),
      names,
      steps,
      before,
      next,
    },
  }
}

function withoutRestorable(names: UsedNames): UsedNames {
  const { restorable: _left, ...rest } = names
  return rest
}

/** Conversions that keep every value as it is; PostgreSQL does them without being told how. */
const CONVERTIBLE: Readonly<Record<string, readonly string[]>> = {
  bigint: ['numeric'],
  numeric: ['numeric'],
}

// Any other change of storage would need a rule for each value; it is refused rather than guessed.
function checkTypeChanges(before: Model | undefined, next: Model | undefined): Problem[] {
  const changed = (next?.components ?? []).filter(
    (one): one is Component<'field'> => one.kind === 'field',
  )
  return changed.flatMap((component): Problem[] => {
    const [object = '', name = ''] = component.name.split('.')
    const was = before?.objects.get(object)?.fields.get(name)
    const now = next?.objects.get(object)?.fields.get(name)
    if (!was || !now || isConvertible(was, now)) return []
    return [
      {
        code: 'type_change',
        severity: 'error',
        kind: 'field',
        name: component.name,
        path: 'type',
        message: {
          'en-US': `Values of type ${was.type.name} cannot become ${now.type.name}: add a new field and move the values`,
          'zh-CN': `${was.type.name} 类型的值不能直接变为 ${now.type.name}：请新建字段并迁移数据`,
        },
      },
    ]
  })
}

type Field = NonNullable<
  ReturnType<NonNullable<ReturnType<Model['objects']['get']>>['fields']['get']>
>

function isConvertible(was: Field, now: Field): boolean {
  if (was.target !== now.target) return false
  const [from, to] = [was.type.storage(was.options).as, now.type.storage(now.options).as]
  const isNumbering = (was.type.name === 'auto_number') !== (now.type.name === 'auto_number')
  return !isNumbering && (from === to || (CONVERTIBLE[from]?.includes(to) ?? false))
}
