import {
  canonicalJson,
  type Compiled,
  type Component,
  diffModels,
  diffRenamed,
  type FieldModel,
  type FieldTypes,
  type Model,
  type ModelChange,
  type Problem,
  type RawComponent,
  type RenamedBefore,
  type Renames,
} from '@trellis/metamodel'

import { assignNames, type AssignedNames, type UsedNames } from '../schema/assign-names.ts'
import { columnType } from '../schema/column-types.ts'
import { isConvertible } from '../schema/convert-column.ts'
import { describeTables, type SchemaAbilities, type TableShape } from '../schema/describe-tables.ts'
import { planSchema } from '../schema/plan-schema.ts'
import type { SchemaStep } from '../schema/schema-step.ts'
import { checkTemplates } from './check-templates.ts'
import { compileOnce } from './compile-once.ts'

/** What a publish starts from. */
export interface PublishBase {
  /** The model in force, under the names that it is to have; undefined on an empty tenant. */
  model: Model | undefined
  /** What is renamed, with the names of before. */
  before?: RenamedBefore
  /** The model in force under its own names, where anything is renamed. */
  was?: Model | undefined
  names: UsedNames
  abilities: SchemaAbilities
  fieldTypes: FieldTypes
  /** Take up retired tables and columns again with their data: a roll back. */
  isRestoring?: boolean
  /** The names that a large publish gave when it began. */
  assigned?: AssignedNames
}

/** Everything that publishing would do, before anything is done. */
export interface PublishPlan {
  problems: Problem[]
  /** Undefined if there are problems. */
  ready?: {
    model: Model
    changes: ModelChange[]
    /** What is called otherwise from now on. */
    renames: Renames
    /** The model of before under its own names. */
    was: Model | undefined
    names: AssignedNames
    steps: SchemaStep[]
    before: ReadonlyMap<string, TableShape>
    next: ReadonlyMap<string, TableShape>
  }
}

/**
 * The plan from the model in force to these components. Reads nothing but them: the preview and the publish are one
 * function. What a file may not say, the API and the studio may not say either, because all of them end here.
 */
export async function planPublish(
  components: readonly RawComponent[],
  base: PublishBase,
): Promise<PublishPlan> {
  const compiled = await compileOnce(components, base.fieldTypes)
  const { model } = compiled
  const known = model && recall(model, base)
  if (known) return known
  const all = [...problemsOf(compiled, components), ...checkTypeChanges(base.model, model)]
  if (!model || all.some((problem) => problem.severity === 'error')) return { problems: all }
  return remember(base, { problems: all, ready: planModel(model, base) })
}

/** What these components are together, and everything that is wrong with them by themselves. */
export async function judgeComponents(
  components: readonly RawComponent[],
  fieldTypes: FieldTypes,
): Promise<Pick<Compiled, 'model' | 'problems'>> {
  const compiled = await compileOnce(components, fieldTypes)
  return { model: compiled.model, problems: problemsOf(compiled, components) }
}

function problemsOf({ problems }: Compiled, components: readonly RawComponent[]): Problem[] {
  return [...problems, ...checkTemplates(components)]
}

function planModel(model: Model, base: PublishBase): NonNullable<PublishPlan['ready']> {
  const used = base.isRestoring === true ? base.names : withoutRestorable(base.names)
  const names = base.assigned ?? assignNames(model, used, findReplaced(base.model, model))
  const before = base.model
    ? describeTables(base.model, base.names, base.abilities)
    : new Map<string, TableShape>()
  const next = describeTables(model, names, base.abilities)
  const steps = planSchema({ schema: base.names.schema, before, next, names })
  return {
    model,
    changes: base.before
      ? diffRenamed(base.before, model.components)
      : diffModels(base.model?.components ?? [], model.components),
    renames: base.before?.renames ?? NOTHING_RENAMED,
    was: base.was ?? base.model,
    names,
    steps,
    before,
    next,
  }
}

interface KnownPlan {
  base: PublishBase
  names: string
  plan: PublishPlan
}

/** The last plan to each model: a publish mostly does what has just been planned. */
const planned = new WeakMap<Model, KnownPlan>()

function recall(model: Model, base: PublishBase): PublishPlan | undefined {
  const known = planned.get(model)
  const isSame =
    known !== undefined &&
    isUsual(base) &&
    known.base.model === base.model &&
    known.base.isRestoring === base.isRestoring &&
    known.base.abilities.hasTrigram === base.abilities.hasTrigram &&
    known.names === said(base.names)
  return isSame ? known.plan : undefined
}

function remember(base: PublishBase, plan: PublishPlan): PublishPlan {
  if (plan.ready && isUsual(base)) {
    planned.set(plan.ready.model, { base, names: said(base.names), plan })
  }
  return plan
}

/** Neither of what is renamed nor of what began before; those are planned anew. */
function isUsual({ before, assigned }: PublishBase): boolean {
  return before === undefined && assigned === undefined
}

function said(names: UsedNames): string {
  return JSON.stringify(names, (_key, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...value] : value,
  )
}

const NOTHING_RENAMED: Renames = { objects: new Map(), fields: new Map(), rules: new Map() }

function withoutRestorable(names: UsedNames): UsedNames {
  const { restorable: _left, ...rest } = names
  return rest
}

/** Fields whose column cannot hold what they are to hold: of another type, or computed in another way. */
function findReplaced(before: Model | undefined, next: Model): Set<string> {
  const all = [...next.objects.values()].flatMap((object) => [...object.fields.values()])
  const replaced = all.filter((now) => {
    const was = before?.objects.get(now.object)?.fields.get(now.name)
    if (!was || was.isVirtual || now.isVirtual) return false
    return typeOf(was) !== typeOf(now) || madeOf(was) !== madeOf(now)
  })
  return new Set(replaced.map((field) => `${field.object}.${field.name}`))
}

function typeOf(field: FieldModel): string {
  return columnType(field.type.storage(field.options))
}

/** What a computed value is made of; nothing for the others. */
function madeOf({
  type,
  definition: { via, fn, field, where, formula, blanks },
}: FieldModel): string {
  if (type.isComputed !== true) return ''
  return canonicalJson({ type: type.name, via, fn, field, where, formula, blanks })
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
    if (!was || !now || isConvertibleField(was, now)) return []
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

/** Whether the column says something that other types of the same column would take for something else. */
function hasOwnForm({ type }: FieldModel): boolean {
  return type.isMarkup === true || ['structure', 'sealed'].includes(type.expressionType)
}

function isConvertibleField(was: FieldModel, now: FieldModel): boolean {
  if (was.type.isComputed === true || now.type.isComputed === true) return true
  if (was.target !== now.target) return false
  const isNumbering = (was.type.name === 'auto_number') !== (now.type.name === 'auto_number')
  const isFile = was.type.fileLimits !== undefined
  if (isFile !== (now.type.fileLimits !== undefined)) return false
  const isOwn = was.type.name !== now.type.name && [was, now].some(hasOwnForm)
  return !isNumbering && !isOwn && isConvertible(typeOf(was), typeOf(now))
}
